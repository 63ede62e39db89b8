//! The text of decks whose audience is held, for projectors that begin meanwhile: after a restart, or on
//! other nodes.

use super::{DeckId, StoreResult};

/// One text for each deck that is held.
pub trait HoldStore: Send + Sync + 'static {
    /// Keeps the text that an audience goes on to see, instead of the one that was kept before;
    /// `None` when it is not held any more.
    fn keep_hold(&self, deck: &DeckId, text: Option<String>) -> StoreResult<()>;
    /// What is kept of a deck.
    fn hold(&self, deck: &DeckId) -> StoreResult<Option<String>>;
}
