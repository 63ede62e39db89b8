//! What several nodes that serve the same decks need of the store that they share.
//!
//! The store is the truth: it gives every row of a deck its place, every presentation its version,
//! and says which nodes are there. A bus between nodes only makes it fast. Times are of the store's
//! own clock, so clocks of nodes may be wrong.

use std::sync::Arc;
use std::time::Duration;

use collab::nodes::{NodeId, Span};
use futures_util::future::BoxFuture;

use super::{DeckId, NewUpdate, StoreError, StoreResult, StoredUpdate};

/// The same store, as all nodes share it.
pub type SharedClusterStore = Arc<dyn ClusterStore>;

/// Rows to append together: all of them, or none.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Random. Appended twice, because nobody heard that it was the first time, it is stored once.
    pub id: u128,
    /// The lineage that they belong to.
    pub epoch: u64,
    /// The rows, in order.
    pub rows: Vec<Row>,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct Row {
    /// The update, and whose it is.
    pub update: NewUpdate,
    /// The clocks of new text in it, by client.
    pub spans: Vec<Span>,
}

/// Why rows were not appended.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// Nobody knows whether they are: the store could not be reached, or not to the end. The same
    /// batch may be appended again, and has to be before another one.
    #[error("the store is away: {0}")]
    Away(StoreError),
    /// They are not, and will not be if it is tried again.
    #[error(transparent)]
    Refused(#[from] StoreError),
    /// They are not: another node stored other text under the same clocks, or somebody else owns a
    /// client id that is claimed. What is stored has to be read first.
    #[error("another node stored row {row} of the batch differently")]
    Conflict {
        /// Which of them, from 0.
        row: usize,
    },
    /// They are not: the deck has another lineage now.
    #[error("the deck has another lineage now")]
    AnotherLineage,
    /// They are not: the deck is in the bin, or gone.
    #[error("there is no such deck")]
    NoDeck,
}

/// What came after a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tail {
    /// The rows, without a gap, oldest first; none when there is nothing new.
    Rows {
        /// The deck's lineage.
        epoch: u64,
        /// Rows, each with the client ids that its principal claimed with it, as far as they are known.
        updates: Vec<StoredUpdate>,
        /// Client id → principal of all ids that were claimed in this deck.
        claims: Vec<(u64, String)>,
        /// Number of the last row.
        last_seq: u64,
    },
    /// Some of them are only in a snapshot by now, or cannot be read: the deck has to be loaded.
    Cut,
    /// The deck is in the bin, or gone.
    NoDeck,
}

/// How far a deck is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which.
    pub deck: DeckId,
    /// Its lineage.
    pub epoch: u64,
    /// Number of the last row of its journal.
    pub last_seq: u64,
    /// Version of its presentation, 0 when there was none.
    pub stage: u64,
    /// Counts everything else that those who have it open must hear of: who may do what, links,
    /// discussion, when its call is, the bin.
    pub news: u64,
}

/// A presentation as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStage {
    /// Goes up by one with each change.
    pub version: u64,
    /// The JSON of a [`collab::nodes::SharedStage`].
    pub json: String,
}

/// What came of a change of a presentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageSet {
    /// It is stored, under the version after the expected one.
    Done,
    /// Somebody was first: this is what is stored.
    Stale(StoredStage),
}

/// A store that several nodes share.
pub trait ClusterStore: Send + Sync + 'static {
    /// Appends rows and gives the number of the last one; the numbers of a batch have no gap. Rows
    /// become visible in the order of their numbers.
    fn append_batch(
        &self,
        deck: &DeckId,
        batch: Batch,
    ) -> BoxFuture<'static, Result<u64, AppendError>>;
    /// The rows after a number.
    fn tail(&self, deck: &DeckId, after: u64) -> StoreResult<Tail>;
    /// How far decks are; those that are in the bin or gone are left out.
    fn heads(&self, decks: Vec<DeckId>) -> StoreResult<Vec<Head>>;
    /// The presentation of a deck; `None` when there never was one.
    fn stage(&self, deck: &DeckId) -> StoreResult<Option<StoredStage>>;
    /// Changes it from the expected version (0: there never was one) to the next. `live`: somebody
    /// presents. What is stored already by the same words counts as done.
    fn set_stage(
        &self,
        deck: &DeckId,
        expected: u64,
        json: String,
        live: bool,
    ) -> StoreResult<StageSet>;
    /// Decks that somebody presents.
    fn live_decks(&self) -> StoreResult<Vec<DeckId>>;
    /// Notes that a node is there, and gives all that were within `gone_after`, itself included.
    /// Leases of nodes that were not are free.
    fn beat(&self, node: NodeId, gone_after: Duration) -> StoreResult<Vec<NodeId>>;
    /// A node goes in good order: nobody waits for it, and its leases are free.
    fn leave(&self, node: NodeId) -> StoreResult<()>;
    /// Takes a lease for a node, unless another one that is there has it; gives who has it now.
    /// Whoever has it keeps it until it is given back, or the node is gone.
    fn take_lease(&self, name: &str, node: NodeId, gone_after: Duration) -> StoreResult<NodeId>;
    /// Gives it back, if the node has it.
    fn give_lease_back(&self, name: &str, node: NodeId) -> StoreResult<()>;
    /// The clock of the store, in Unix milliseconds, and how long it took to ask: for `ondeck doctor`.
    fn clock(&self) -> StoreResult<i64>;
}
