//! Where decks live: ids, opaque bytes and sequence numbers, whatever the engine.

pub mod access;
pub mod cluster;
#[cfg(test)]
mod contract;
pub mod holds;
#[cfg(test)]
pub(crate) mod memory;
pub mod pictures;
pub mod postgres;
pub mod sections;
pub mod series;
pub mod sqlite;
pub mod talk;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// A store, shared by all who need it.
pub type SharedStore = Arc<dyn Store>;

/// A deck's id: 1 to 64 characters of `A–Z a–z 0–9 _ -`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct DeckId(String);

impl DeckId {
    /// Reads an id from a URL; `None` when it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(valid);
        fits.then(|| Self(text.to_owned()))
    }

    /// A new id of 128 random bits.
    ///
    /// # Errors
    /// When the operating system has no random bytes.
    pub fn random() -> Result<Self, StoreError> {
        use base64::Engine as _;
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| StoreError(error.to_string()))?;
        Ok(Self(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The id as it stands in URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of a deck besides its text. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeckRecord {
    /// Its id.
    pub id: DeckId,
    /// As last read from its text.
    pub title: String,
    /// When it was made.
    pub created_at: i64,
    /// When its text last changed.
    pub updated_at: i64,
}

/// A deck to be made.
#[derive(Debug, Clone)]
pub struct NewDeck {
    /// Its id.
    pub id: DeckId,
    /// Its first title.
    pub title: String,
    /// Its first snapshot.
    pub snapshot: Snapshot,
}

/// A document's encoded state, and what must be read back out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The state.
    pub state: Bytes,
    /// SHA-256 of the text when the snapshot was taken; `None` when an earlier Ondeck took it.
    pub text_sha256: Option<[u8; 32]>,
}

impl Snapshot {
    /// The state of a document that has this text.
    pub fn new(state: impl Into<Bytes>, text: &str) -> Self {
        Self { state: state.into(), text_sha256: Some(Sha256::digest(text).into()) }
    }

    /// Whether this is the text that it was taken of, as far as that is known.
    pub fn holds(&self, text: &str) -> bool {
        self.text_sha256.is_none_or(|sum| sum[..] == Sha256::digest(text)[..])
    }
}

/// One row to append to a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUpdate {
    /// Who sent it.
    pub principal: String,
    /// Client id inside the update, when known.
    pub client: Option<u64>,
    /// Client ids that belong to the principal from now on, unless somebody was first.
    pub claims: Vec<u64>,
    /// The update.
    pub bytes: Bytes,
}

/// One update as it was read back from a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUpdate {
    /// Its place in the journal.
    pub seq: u64,
    /// Who sent it.
    pub principal: String,
    /// The update.
    pub bytes: Bytes,
}

/// What is wrong with a row whose bytes are not those that were written.
pub(crate) const BAD_SUM: &str = "it fails its checksum";

/// What a row of the journal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKind {
    /// An update, at its own sequence number.
    Update,
    /// A snapshot, at that of the last update in it.
    Snapshot,
}

impl RowKind {
    /// The word for it in the database and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Snapshot => "snapshot",
        }
    }
}

/// A row of a journal that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// What it holds.
    pub kind: RowKind,
    /// Its place in the journal.
    pub seq: u64,
    /// What is wrong with it, for the operator.
    pub why: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.kind.name(), self.seq, self.why)
    }
}

/// All that is needed to open a deck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// Lineage of the document.
    pub epoch: u64,
    /// The newest snapshot that is whole; when there is none, the newest.
    pub snapshot: Snapshot,
    /// Whether it is.
    pub snapshot_is_whole: bool,
    /// Its place in the journal: it covers the updates up to here.
    pub snapshot_seq: u64,
    /// What came after it, oldest first.
    pub updates: Vec<StoredUpdate>,
    /// Sequence number of the last update, 0 when there never was one.
    pub last_seq: u64,
    /// Rows that fail their checksum; they are not among the ones above.
    pub damage: Vec<Damage>,
    /// What kept further rows from being read at all. Rows must not be removed from such a journal.
    pub unreadable: Option<String>,
    /// Client id → principal, of the ids that were claimed.
    pub claims: BTreeMap<u64, String>,
}

/// What a check of a database found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// Decks, those in the bin included.
    pub decks: usize,
    /// Updates that their newest snapshots do not cover.
    pub updates: usize,
    /// What is wrong, one line each, beginning with the deck where it is one deck's.
    pub faults: Vec<String>,
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LinkRole {
    /// To see the slides, and where the presenter is.
    Follow,
    /// The same from a phone that also turns the pages.
    Remote,
    /// To comment.
    Comment,
    /// To write.
    Edit,
    /// To write and present.
    Present,
}

impl LinkRole {
    /// All, the least first.
    pub const ALL: [Self; 5] =
        [Self::Follow, Self::Remote, Self::Comment, Self::Edit, Self::Present];

    /// The word for it in the database and in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Remote => "remote",
            Self::Comment => "comment",
            Self::Edit => "edit",
            Self::Present => "present",
        }
    }

    /// The role of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A link to a deck. Its code is not in it, only the sum that finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// To which deck.
    pub deck: DeckId,
    /// What for.
    pub role: LinkRole,
    /// The how-manieth of its deck and role, from 1.
    pub serial: u64,
    /// SHA-256 of the code.
    pub code_sha256: [u8; 32],
    /// When it ends by itself.
    pub expires_at: Option<i64>,
}

/// A store failed. The text is for the log, not for people.
#[derive(Debug, Clone, thiserror::Error)]
#[error("storage: {0}")]
pub struct StoreError(pub String);

/// Result of a call to a store.
pub type StoreResult<T> = BoxFuture<'static, Result<T, StoreError>>;

/// A journal of opaque updates for each deck. Every write that has returned is durable.
pub trait Store: Send + Sync + 'static {
    /// What only this server and its backups know. Made once, at the first start.
    fn secret(&self) -> StoreResult<[u8; 32]>;
    /// Makes a deck with a first snapshot.
    fn create_deck(&self, deck: NewDeck) -> StoreResult<DeckRecord>;
    /// All decks that are not in the bin, last changed first.
    fn decks(&self) -> StoreResult<Vec<DeckRecord>>;
    /// One deck, unless it is in the bin.
    fn deck(&self, id: &DeckId) -> StoreResult<Option<DeckRecord>>;
    /// Puts a deck into the bin, or takes it out. `false` when there is no such deck.
    fn set_deleted(&self, id: &DeckId, deleted: bool) -> StoreResult<bool>;
    /// Notes a deck's title.
    fn set_title(&self, id: &DeckId, title: &str) -> StoreResult<()>;
    /// Reads a deck for opening; `None` when there is none outside the bin.
    fn load(&self, id: &DeckId) -> StoreResult<Option<Journal>>;
    /// The same from the snapshot before the one at this number; `None` when there is none.
    fn load_before(&self, id: &DeckId, snapshot_seq: u64) -> StoreResult<Option<Journal>>;
    /// Appends updates in this order and gives the sequence number of the last one.
    /// All of them are durable then, or none is.
    fn append(&self, id: &DeckId, updates: Vec<NewUpdate>) -> StoreResult<u64>;
    /// Takes rows that cannot be used out of the journal and keeps them aside: they hold somebody's
    /// work, and compaction would remove them.
    fn quarantine(&self, id: &DeckId, damage: Vec<Damage>) -> StoreResult<()>;
    /// Writes something and makes it durable: whether edits could be stored at this moment.
    fn probe(&self) -> StoreResult<()>;
    /// Adds a snapshot that covers everything up to `upto_seq`, keeps the one before, and
    /// removes the updates that even that one covers.
    fn compact(&self, id: &DeckId, upto_seq: u64, snapshot: Snapshot) -> StoreResult<()>;
    /// Begins a new lineage with this snapshot as its only content and gives its epoch. Older rows
    /// stay until a compaction. Fails when anything was appended after `upto_seq`.
    fn rebase(&self, id: &DeckId, upto_seq: u64, snapshot: Snapshot) -> StoreResult<u64>;
}
