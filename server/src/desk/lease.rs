//! Which node has the desk of a deck: one of them at a time.
//!
//! The store says who has it, and takes it away from a node that is gone for the others. So a desk
//! asks before each of its writes. What is left is the moment between that answer and the write: a
//! node that stands still there for so long that another one takes the desk writes once what it knew.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::elsewhere::SharedElsewhere;
use crate::store::{DeckId, StoreError};

/// A node without the desk tries to get it this often, and one with it looks whether it still has it.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Who did not see for so long that the desk is theirs may have lost it meanwhile, and got it again: a
/// node is gone for others after 6 s.
const DOUBTED_AFTER: Duration = Duration::from_secs(5);

/// What came of a look.
#[derive(Debug)]
pub(super) enum Looked {
    /// The desk is here, and was all the time.
    Kept,
    /// It is here now; another node may have had it until this moment.
    Taken,
    /// It is not here.
    Elsewhere,
    /// Nobody knows; it was here a moment ago.
    Unknown(StoreError),
}

/// See above.
pub(super) struct Lease {
    /// Nowhere: the desk is always here.
    elsewhere: Option<SharedElsewhere>,
    deck: DeckId,
    tasks: TaskTracker,
    is_here: bool,
    /// The store may have it on this node.
    is_to_give_back: bool,
    /// Before the last look that found it here.
    seen_at: Instant,
    look_at: Instant,
}

impl Lease {
    pub(super) fn new(
        elsewhere: Option<SharedElsewhere>,
        deck: DeckId,
        tasks: TaskTracker,
    ) -> Self {
        let now = Instant::now();
        let is_here = elsewhere.is_none();
        Self { elsewhere, deck, tasks, is_here, is_to_give_back: false, seen_at: now, look_at: now }
    }

    /// Whether this node has the desk, as far as is known.
    pub(super) fn is_here(&self) -> bool {
        self.is_here
    }

    /// When to look again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.elsewhere.as_ref().map(|_| self.look_at)
    }

    /// Takes it, if no other node has it.
    pub(super) async fn look(&mut self) -> Looked {
        let Some(elsewhere) = &self.elsewhere else { return Looked::Kept };
        let now = Instant::now();
        self.is_to_give_back = true;
        let taken = elsewhere.take_desk(&self.deck).await;
        self.look_at = now + LOOK_EVERY;
        let is_sure = self.is_here && self.seen_at.elapsed() < DOUBTED_AFTER;
        match taken {
            Ok(true) => {
                (self.is_here, self.seen_at) = (true, now);
                if is_sure { Looked::Kept } else { Looked::Taken }
            }
            Ok(false) => {
                (self.is_here, self.is_to_give_back) = (false, false);
                Looked::Elsewhere
            }
            Err(error) if is_sure => Looked::Unknown(error),
            Err(error) => {
                tracing::warn!(deck = %self.deck, %error, "nobody knows which node has its desk");
                self.is_here = false;
                Looked::Elsewhere
            }
        }
    }

    /// Whether it is still here, before something is written.
    pub(super) async fn confirm(&mut self) -> Looked {
        if self.is_here { self.look().await } else { Looked::Elsewhere }
    }

    /// Lets another node have it.
    pub(super) async fn give_back(&mut self) {
        self.is_here = false;
        if let Some(elsewhere) = self.elsewhere.as_ref().filter(|_| self.is_to_give_back)
            && let Err(error) = elsewhere.give_desk_back(&self.deck).await
        {
            // It is free when this node is gone, or has a desk for the deck again and gives that back.
            tracing::warn!(deck = %self.deck, %error, "a desk is not given back");
        }
        self.is_to_give_back = false;
    }
}

impl Drop for Lease {
    /// After a panic.
    fn drop(&mut self) {
        if let Some(elsewhere) = self.elsewhere.take().filter(|_| self.is_to_give_back) {
            self.tasks.spawn(elsewhere.give_desk_back(&self.deck));
        }
    }
}
