//! What is known of the sections of decks that their text does not say.

use std::sync::Arc;

use super::access::Sum;
use super::{DeckId, StoreResult};

/// A store of it, shared by all who need it.
pub type SharedSections = Arc<dyn SectionStore>;

/// What is known of one section. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SectionRecord {
    /// A number that no other section of the deck has; later sections have higher ones.
    pub id: u64,
    /// Where it begins: a Yjs relative position as JSON. Nothing before anybody has seen it.
    pub anchor: String,
    /// Its title.
    pub title: String,
    /// The beginning of what it says.
    pub words: String,
    /// Who said that they write it.
    pub principal: Option<String>,
    /// Their name, or that of who should.
    pub reporter: Option<String>,
    /// Of what the section said when its call was made.
    pub first_sum: Option<Sum>,
    /// Of what it said when it was called ready, or was presented after that.
    pub ready_sum: Option<Sum>,
    /// When somebody called it ready.
    pub ready_at: Option<i64>,
    /// Who did, as they were called.
    pub ready_by: Option<String>,
    /// When it was on in the last call.
    pub presented_at: Option<i64>,
    /// When what it says changed.
    pub edited_at: Option<i64>,
    /// Who changed it, as they were called.
    pub edited_by: Option<String>,
    /// Its text let expect a report, until the one who reports wrote something else there.
    pub expected: bool,
}

/// What the list of decks says of a deck's sections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many should report.
    pub expected: u32,
    /// How many of these are ready.
    pub ready: u32,
    /// Who writes them.
    pub reporters: Vec<String>,
}

/// What a store knows of the sections of a deck.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeckSections {
    /// Sections in the order in which they were seen first.
    pub records: Vec<SectionRecord>,
    /// When the call of the deck is, as `2026-11-26T14:05`.
    pub call_at: Option<String>,
}

/// What became different of the sections of a deck.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SectionChanges {
    /// Sections that are as this now.
    pub put: Vec<SectionRecord>,
    /// Sections that are not known any more.
    pub removed: Vec<u64>,
    /// What the list of decks says from now on.
    pub summary: Option<Summary>,
}

/// Records of sections. Every write that has returned is durable.
pub trait SectionStore: Send + Sync + 'static {
    /// What is known of a deck's sections; `None` when there is no such deck outside the bin.
    fn sections(&self, deck: &DeckId) -> StoreResult<Option<DeckSections>>;
    /// Stores what became different: all of it, or nothing.
    fn change_sections(&self, deck: &DeckId, changes: SectionChanges) -> StoreResult<()>;
}
