//! What the tasks have in common that are peers of a deck's room inside the server: its desk and its projector.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use collab::room::CloseReason;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

use crate::hub::{Outgoing, Seat};

/// A room that could not be opened is tried again after this.
pub(crate) const JOIN_AGAIN: Duration = Duration::from_secs(1);
/// With nothing to do a task looks around this often.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A frame of this size may take long, like anything in a large deck: others go on meanwhile on
/// other threads.
pub(crate) const LARGE_FRAME_BYTES: usize = 4 * 1024;

/// What the room says next; without a seat there is nothing to hear.
pub(crate) async fn next(seat: &mut Option<Seat>) -> Outgoing {
    match seat {
        Some(seat) => seat.outbox().next().await,
        None => std::future::pending().await,
    }
}

/// When to take a seat again after a room ended.
pub(crate) fn join_at(reason: &CloseReason) -> Instant {
    let wait = if *reason == CloseReason::StorageFailed { JOIN_AGAIN } else { Duration::ZERO };
    Instant::now() + wait
}

/// How many there are for whom a task runs.
#[derive(Default)]
pub(crate) struct Attendance {
    count: AtomicUsize,
    /// One of them left.
    left: Notify,
}

impl Attendance {
    /// One more, until the answer is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> Attending {
        self.count.fetch_add(1, Ordering::SeqCst);
        Attending(Arc::clone(self))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::SeqCst) == 0
    }

    /// Ends when one of them leaves.
    pub(crate) fn left(&self) -> Notified<'_> {
        self.left.notified()
    }
}

/// One of those for whom a task runs, until it is dropped.
pub(crate) struct Attending(Arc<Attendance>);

impl Drop for Attending {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::SeqCst);
        self.0.left.notify_one();
    }
}
