//! What a store knows of the pictures of decks. Their bytes are elsewhere.

use super::access::Principal;
use super::{DeckId, StoreResult};

/// What is known of pictures, shared by all who need it.
pub type SharedPictures = std::sync::Arc<dyn PictureStore>;

/// A picture that was brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureRecord {
    /// 22 random characters, a dot and the kind: `….png`.
    pub name: String,
    /// Whose it is.
    pub deck: DeckId,
    /// Who brought it in.
    pub principal: Principal,
    /// How large it is stored.
    pub bytes: u64,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Pictures of decks.
pub trait PictureStore: Send + Sync + 'static {
    /// Adds one, unless its deck has `most` pictures or would hold more than `most_bytes` then: `false`.
    fn add_picture(
        &self,
        picture: PictureRecord,
        most: usize,
        most_bytes: u64,
        now: i64,
    ) -> StoreResult<bool>;
    /// The picture of this name.
    fn picture(&self, name: &str) -> StoreResult<Option<PictureRecord>>;
    /// All of a deck, oldest first, and since when each is unused.
    fn pictures(&self, deck: &DeckId) -> StoreResult<Vec<(PictureRecord, Option<i64>)>>;
    /// Notes which of a deck's pictures its text does not name at `now`; those it names are used again.
    fn note_unused(&self, deck: &DeckId, unused: Vec<String>, now: i64) -> StoreResult<()>;
    /// Decks that have pictures, also in the bin.
    fn decks_with_pictures(&self) -> StoreResult<Vec<DeckId>>;
    /// Takes a picture off the list.
    fn remove_picture(&self, name: &str) -> StoreResult<()>;
}
