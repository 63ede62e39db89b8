//! The bounded queue from a room to one connection.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use collab::presence;
use collab::room::CloseReason;
use tokio::sync::Notify;

/// Messages that may wait for a slow connection. All that is written while the disk is slow goes
/// out at once when it is done: half a minute of thirty people who type must fit.
const MOST_MESSAGES: usize = 4_096;
/// Bytes that may wait for a slow connection. A larger message may wait behind half as much.
const MOST_BYTES: usize = 1024 * 1024;
/// Where others have their carets is left out from here on: the next move says it again.
const MOST_MESSAGES_BEFORE_PRESENCE: usize = 128;
/// As above, in bytes.
const MOST_BYTES_BEFORE_PRESENCE: usize = MOST_BYTES / 2;
/// An empty queue keeps room for so many; most connections never have more.
const KEPT_ROOM: usize = 4;

/// What a connection has to do for its room.
#[derive(Debug)]
pub enum Outgoing {
    /// Send this message.
    Message(Bytes),
    /// Close with this reason.
    Close(CloseReason),
}

/// The room's end. Dropping it without a reason ends the connection as too slow.
pub(crate) struct OutboxSender(Arc<Shared>);

/// The connection's end.
pub struct Outbox(Arc<Shared>);

/// A channel of its own: an idle one takes a tenth of the memory of tokio's, and however full it
/// is, the reason for the end has a place.
struct Shared {
    queue: Mutex<Queue>,
    /// Something was added, or the room is done with it.
    changed: Notify,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Bytes>,
    bytes: usize,
    /// The room sends nothing more; after the messages comes this.
    end: Option<CloseReason>,
    /// The connection has gone.
    left: bool,
}

/// All of this process, so that what waits in them can be added up when somebody asks: sending a message
/// costs nothing for that. Locked before any queue, and never the other way round.
static ALL: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// Bytes that wait in all outboxes together.
pub(crate) fn waiting_bytes() -> u64 {
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|outbox| outbox.strong_count() > 0);
    all.iter().filter_map(Weak::upgrade).map(|outbox| outbox.queue().bytes as u64).sum()
}

fn list(outbox: &Arc<Shared>) {
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() == all.capacity() {
        all.retain(|outbox| outbox.strong_count() > 0);
        // So that this happens once in a while only.
        let here = all.len();
        all.reserve(here.max(64));
    }
    all.push(Arc::downgrade(outbox));
}

pub(crate) fn outbox() -> (OutboxSender, Outbox) {
    let shared = Arc::new(Shared { queue: Mutex::default(), changed: Notify::new() });
    list(&shared);
    (OutboxSender(Arc::clone(&shared)), Outbox(shared))
}

impl Shared {
    /// Never held across an await.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, reason: CloseReason) {
        self.queue().end.get_or_insert(reason);
        self.changed.notify_one();
    }
}

impl OutboxSender {
    /// Queues a message; `false` when the connection is too slow, or gone. A sync frame that is
    /// not queued is lost for this connection, so the room must then end it.
    pub(crate) fn send(&self, bytes: Bytes) -> bool {
        let mut queue = self.0.queue();
        let waiting = queue.bytes + bytes.len();
        let busy = queue.messages.len() >= MOST_MESSAGES_BEFORE_PRESENCE
            || waiting > MOST_BYTES_BEFORE_PRESENCE;
        if busy && !queue.left && presence::is_said_again(&bytes) {
            return true;
        }
        // One message may be larger than all: the whole of a deck, for one who joins.
        let fits = queue.messages.len() < MOST_MESSAGES
            && waiting <= MOST_BYTES.max(bytes.len() + MOST_BYTES / 2);
        if queue.left || !fits {
            return false;
        }
        queue.bytes = waiting;
        queue.messages.push_back(bytes);
        drop(queue);
        self.0.changed.notify_one();
        true
    }

    /// Ends the connection after what is queued.
    pub(crate) fn close(self, reason: CloseReason) {
        self.0.end(reason);
    }

    /// Whether the connection has gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.queue().left
    }
}

impl Drop for OutboxSender {
    fn drop(&mut self) {
        self.0.end(CloseReason::SlowConsumer);
    }
}

impl Outbox {
    /// The next thing to do. A queue that the room gave up on ends with `SlowConsumer`.
    pub async fn next(&mut self) -> Outgoing {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.0.changed.notified().await;
        }
    }

    /// The next thing to do, if it is there already.
    pub fn try_next(&mut self) -> Option<Outgoing> {
        let mut queue = self.0.queue();
        let Some(bytes) = queue.messages.pop_front() else {
            return queue.end.clone().map(Outgoing::Close);
        };
        queue.bytes -= bytes.len();
        if queue.messages.is_empty() {
            queue.messages.shrink_to(KEPT_ROOM);
        }
        Some(Outgoing::Message(bytes))
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.left = true;
        queue.bytes = 0;
        queue.messages = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use collab::presence::Entry;
    use collab::wire::Frame;

    use super::*;

    fn update(length: usize) -> Bytes {
        Frame::Update(&vec![0; length]).encode()
    }

    fn presence(state: &str) -> Bytes {
        let entry = Entry { client: 1, clock: 1, state: state.to_owned() };
        Frame::Awareness(&presence::encode([&entry].into_iter())).encode()
    }

    async fn rest(mut outbox: Outbox) -> (usize, CloseReason) {
        let mut messages = 0;
        loop {
            match outbox.next().await {
                Outgoing::Message(_) => messages += 1,
                Outgoing::Close(reason) => return (messages, reason),
            }
        }
    }

    #[tokio::test]
    async fn a_slow_connection_gets_what_is_queued_and_then_the_reason() {
        for length in [1, MOST_BYTES / 10] {
            let (room, outbox) = outbox();
            let sent = (0..).take_while(|_| room.send(update(length))).count();
            assert!(sent == MOST_MESSAGES || sent == 9, "{sent}");
            room.close(CloseReason::SlowConsumer);
            assert_eq!(rest(outbox).await, (sent, CloseReason::SlowConsumer));
        }
    }

    #[tokio::test]
    async fn a_whole_deck_fits_although_it_is_larger_than_all() {
        let (room, outbox) = outbox();
        assert!(room.send(update(MOST_BYTES / 4)));
        assert!(room.send(update(8 * MOST_BYTES)));
        assert!(!room.send(update(1)));
        drop(room);
        assert_eq!(rest(outbox).await, (2, CloseReason::SlowConsumer));
    }

    #[tokio::test]
    async fn of_a_slow_connection_presence_goes_first_but_not_that_somebody_left() {
        let (room, outbox) = outbox();
        (0..MOST_MESSAGES_BEFORE_PRESENCE).for_each(|_| assert!(room.send(update(1))));
        (0..MOST_MESSAGES).for_each(|_| assert!(room.send(presence("{}"))));
        assert!(room.send(presence("null")));
        assert!(room.send(update(1)));
        room.close(CloseReason::NoDeck);
        let queued = MOST_MESSAGES_BEFORE_PRESENCE + 2;
        assert_eq!(rest(outbox).await, (queued, CloseReason::NoDeck));
    }

    #[test]
    fn what_waits_is_added_up_as_long_as_somebody_may_read_it() {
        let (room, mut outbox) = outbox();
        assert!(room.send(update(300_000)) && room.send(update(200_000)));
        // Other tests have outboxes, too, each with less than the two messages here.
        assert!(waiting_bytes() >= 500_000);
        assert!(matches!(outbox.try_next(), Some(Outgoing::Message(_))));
        assert_eq!(room.0.queue().bytes, update(200_000).len());
        drop(outbox);
        assert_eq!(room.0.queue().bytes, 0);
    }

    #[test]
    fn nothing_is_kept_for_a_connection_that_has_gone() {
        let (room, outbox) = outbox();
        assert!(room.send(update(1)) && !room.is_closed());
        drop(outbox);
        assert!(room.is_closed() && !room.send(update(1)));
        assert!(!room.send(presence("{}")));
    }
}
