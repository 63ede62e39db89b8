//! The text of decks whose audience is held, for projectors on other nodes that begin meanwhile.

use std::sync::Arc;

use super::{DeckId, StoreResult};

/// A store of it, shared by all who need it.
pub type SharedHolds = Arc<dyn HoldStore>;

/// One text for each deck that is held.
pub trait HoldStore: Send + Sync + 'static {
    /// Keeps the text that an audience goes on to see, instead of the one that was kept before;
    /// `None` when it is not held any more.
    fn keep_hold(&self, deck: &DeckId, text: Option<String>) -> StoreResult<()>;
    /// What is kept of a deck.
    fn hold(&self, deck: &DeckId) -> StoreResult<Option<String>>;
}
