//! The bounded queue from a room to one connection.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use collab::room::CloseReason;
use collab::wire::Frame;
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
pub(super) struct OutboxSender(Arc<Shared>);

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

pub(super) fn outbox() -> (OutboxSender, Outbox) {
    let shared = Arc::new(Shared { queue: Mutex::default(), changed: Notify::new() });
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
    pub(super) fn send(&self, bytes: Bytes) -> bool {
        let mut queue = self.0.queue();
        let waiting = queue.bytes + bytes.len();
        let busy = queue.messages.len() >= MOST_MESSAGES_BEFORE_PRESENCE
            || waiting > MOST_BYTES_BEFORE_PRESENCE;
        if busy && !queue.left && can_be_left_out(&bytes) {
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
    pub(super) fn close(self, reason: CloseReason) {
        self.0.end(reason);
    }

    /// Whether the connection has gone.
    pub(super) fn is_closed(&self) -> bool {
        self.0.queue().left
    }
}

impl Drop for OutboxSender {
    fn drop(&mut self) {
        self.0.end(CloseReason::SlowConsumer);
    }
}

/// Presence, unless it says that somebody has left, which nothing says again. A room sends one
/// entry at a time to those who are here already.
fn can_be_left_out(bytes: &Bytes) -> bool {
    matches!(Frame::decode(bytes), Ok(Frame::Awareness(entry)) if !entry.ends_with(b"null"))
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
        queue.messages = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use collab::presence::{self, Entry};

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
    fn nothing_is_kept_for_a_connection_that_has_gone() {
        let (room, outbox) = outbox();
        assert!(room.send(update(1)) && !room.is_closed());
        drop(outbox);
        assert!(room.is_closed() && !room.send(update(1)));
        assert!(!room.send(presence("{}")));
    }
}
