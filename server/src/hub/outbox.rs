//! The bounded queue from a room to one connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use collab::room::CloseReason;
use tokio::sync::mpsc;

/// Messages that may wait for a slow connection.
const MOST_MESSAGES: usize = 256;
/// Bytes that may wait for a slow connection. A larger message may wait behind half as much.
const MOST_BYTES: usize = 1024 * 1024;

/// What a connection has to do for its room.
#[derive(Debug)]
pub enum Outgoing {
    /// Send this message.
    Message(Bytes),
    /// Close with this reason.
    Close(CloseReason),
}

/// The room's end.
pub(super) struct OutboxSender {
    queue: mpsc::Sender<Outgoing>,
    waiting: Arc<AtomicUsize>,
}

/// The connection's end.
pub struct Outbox {
    queue: mpsc::Receiver<Outgoing>,
    waiting: Arc<AtomicUsize>,
}

pub(super) fn outbox() -> (OutboxSender, Outbox) {
    let (sender, receiver) = mpsc::channel(MOST_MESSAGES);
    let waiting = Arc::new(AtomicUsize::new(0));
    (
        OutboxSender { queue: sender, waiting: Arc::clone(&waiting) },
        Outbox { queue: receiver, waiting },
    )
}

impl OutboxSender {
    /// Queues a message; `false` when the connection is too slow, or gone. A sync frame that is
    /// not queued is lost for this connection, so the room must then end it.
    pub(super) fn send(&self, bytes: Bytes) -> bool {
        let length = bytes.len();
        let waiting = self.waiting.fetch_add(length, Ordering::Relaxed);
        // One message may be larger than all: the whole of a deck, for one who joins.
        let fits = waiting + length <= MOST_BYTES.max(length + MOST_BYTES / 2);
        fits && self.queue.try_send(Outgoing::Message(bytes)).is_ok()
    }

    /// Queues the end of the connection. When there is no room for it the connection finds the
    /// queue closed, which means the same.
    pub(super) fn close(self, reason: CloseReason) {
        let _ = self.queue.try_send(Outgoing::Close(reason));
    }

    /// Whether the connection has gone.
    pub(super) fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }
}

impl Outbox {
    /// The next thing to do. A queue that the room gave up on ends with `SlowConsumer`.
    pub async fn next(&mut self) -> Outgoing {
        let next = self.queue.recv().await;
        self.taken(next.unwrap_or(Outgoing::Close(CloseReason::SlowConsumer)))
    }

    /// The next thing to do, if it is there already.
    pub fn try_next(&mut self) -> Option<Outgoing> {
        let next = self.queue.try_recv().ok()?;
        Some(self.taken(next))
    }

    fn taken(&self, outgoing: Outgoing) -> Outgoing {
        if let Outgoing::Message(bytes) = &outgoing {
            self.waiting.fetch_sub(bytes.len(), Ordering::Relaxed);
        }
        outgoing
    }
}
