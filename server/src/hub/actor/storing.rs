//! What a room writes, and how it goes on when that fails.

use std::collections::BTreeSet;

use collab::doc::DeckDoc;
use collab::room::{Event, Ticket};
use tokio::time::Instant;

use super::loading::{Loaded, anew, load};
use super::{Actor, JoinError, TICK};
use crate::store::{Journal, NewUpdate, Snapshot, StoreError, StoreResult};

/// A snapshot is taken after this many updates, or this many bytes of them.
const COMPACT_UPDATES: usize = 500;
const COMPACT_BYTES: usize = 256 * 1024;
/// A room that cannot store edits although the store says it works tries again after 2ⁿ ticks, n
/// up to this: each attempt reads the deck again and asks its editors for everything.
const MOST_SETBACKS: u32 = 5;

/// Where a room is in its journal.
pub(super) struct Progress {
    epoch: u64,
    /// Number of the last row.
    seq: u64,
    /// What came since the last snapshot: how many rows, bytes, and of whom.
    rows: usize,
    bytes: usize,
    principals: BTreeSet<String>,
    snapshot_bytes: usize,
    /// Nothing may be removed: there are rows that could neither be used nor put aside.
    keeps_rows: bool,
}

/// A batch on its way to the disk. One at a time, so that the order of the journal is the
/// order of the room whatever the store does inside.
pub(super) struct Write {
    ticket: Ticket,
    rows: usize,
    bytes: usize,
    done: StoreResult<u64>,
}

/// While edits cannot be stored.
#[derive(Default)]
pub(super) struct Outage {
    /// When to find out whether they can be; `None` while they are.
    retry_at: Option<Instant>,
    /// Failures since something was stored.
    setbacks: u32,
}

impl Progress {
    pub(super) fn of(journal: &Journal, keeps_rows: bool) -> Self {
        let updates = &journal.updates;
        Self {
            epoch: journal.epoch,
            seq: journal.last_seq,
            rows: updates.len(),
            bytes: updates.iter().map(|update| update.bytes.len()).sum(),
            principals: updates.iter().map(|update| update.principal.clone()).collect(),
            snapshot_bytes: journal.snapshot.state.len(),
            keeps_rows,
        }
    }

    /// About how large the document is when it is stored.
    pub(super) fn state_bytes(&self) -> usize {
        self.snapshot_bytes + self.bytes
    }

    /// Whether there is anything that the last snapshot does not cover.
    pub(super) fn is_new(&self) -> bool {
        self.rows > 0
    }

    fn is_compaction_due(&self) -> bool {
        // A large deck costs more to write out, so it must have changed more.
        let enough = self.bytes >= self.snapshot_bytes / 8;
        enough && (self.rows >= COMPACT_UPDATES || self.bytes >= COMPACT_BYTES)
    }

    fn start_anew(&mut self) -> BTreeSet<String> {
        (self.rows, self.bytes) = (0, 0);
        std::mem::take(&mut self.principals)
    }
}

/// The end of a write; never comes when none is under way.
pub(super) async fn finish(write: &mut Option<Write>) -> Result<u64, StoreError> {
    match write {
        Some(write) => (&mut write.done).await,
        None => std::future::pending().await,
    }
}

impl Actor {
    pub(super) fn append(&mut self, ticket: Ticket, update: NewUpdate) {
        self.unwritten_bytes += update.bytes.len();
        self.issued = ticket;
        self.unwritten.push(update);
        self.text_changed.get_or_insert_with(Instant::now);
    }

    pub(super) fn next_write(&mut self) -> Option<Write> {
        if self.unwritten.is_empty() {
            return None;
        }
        let updates = std::mem::take(&mut self.unwritten);
        let bytes = std::mem::take(&mut self.unwritten_bytes);
        let rows = updates.len();
        self.progress.principals.extend(updates.iter().map(|update| update.principal.clone()));
        let done = self.hub.inner.store.append(&self.deck, updates);
        Some(Write { ticket: self.issued, rows, bytes, done })
    }

    /// Takes the end of a write; after a failure the room goes on without storing.
    ///
    /// # Errors
    /// When the deck cannot even be read.
    pub(super) async fn written(
        &mut self,
        write: Write,
        written: Result<u64, StoreError>,
    ) -> Result<(), JoinError> {
        match written {
            Ok(seq) => {
                self.progress.seq = seq;
                self.progress.rows += write.rows;
                self.progress.bytes += write.bytes;
                self.outage.setbacks = 0;
                self.handle(Event::Appended { ticket: write.ticket });
            }
            Err(error) => self.stop_writing(&error).await?,
        }
        self.tell_text();
        Ok(())
    }

    /// Goes back to what is stored, and goes on read-only. No write is under way.
    async fn stop_writing(&mut self, error: &StoreError) -> Result<(), JoinError> {
        let setbacks = self.outage.setbacks;
        if setbacks == 0 {
            tracing::warn!(deck = %self.deck, %error, "edits cannot be stored: read-only for now");
        }
        self.unwritten.clear();
        self.unwritten_bytes = 0;
        let doc = self.load_again().await?;
        let wait = TICK * 2_u32.pow(setbacks.min(MOST_SETBACKS));
        self.outage =
            Outage { retry_at: Some(Instant::now() + wait), setbacks: setbacks.saturating_add(1) };
        let mut effects = Vec::new();
        self.room.storage_failed(doc, &mut effects);
        self.carry_out(effects);
        Ok(())
    }

    /// Finds out whether edits can be stored again, when it is time to.
    pub(super) async fn retry_writing(&mut self) {
        let due = self.outage.retry_at.is_some_and(|at| Instant::now() >= at);
        if !due || self.hub.inner.store.probe().await.is_err() {
            return;
        }
        self.outage.retry_at = None;
        if self.outage.setbacks == 1 {
            tracing::info!(deck = %self.deck, "edits are stored again");
        }
        let mut effects = Vec::new();
        self.room.storage_back(&mut effects);
        self.carry_out(effects);
    }

    /// After yrs failed over an update: everything accepted so far goes to the journal, and the
    /// document is read back from there.
    pub(super) async fn reload(&mut self, write: &mut Option<Write>) -> Result<(), JoinError> {
        tracing::error!(deck = %self.deck, "an update broke the document; reloading it");
        self.flush(write).await?;
        let doc = self.load_again().await?;
        self.room.replace_document(doc);
        Ok(())
    }

    /// Reads back what is stored, for this same room.
    async fn load_again(&mut self) -> Result<DeckDoc, JoinError> {
        let Loaded { doc, progress, .. } = load(&self.hub, &self.deck).await?;
        let epoch = std::mem::replace(&mut self.progress, progress).epoch;
        if self.progress.epoch != epoch {
            // It was damaged meanwhile. Whoever is here has to begin anew.
            return Err(StoreError("the deck has another lineage now".into()).into());
        }
        Ok(doc)
    }

    /// Stores all that the room has accepted, unless that fails.
    async fn flush(&mut self, write: &mut Option<Write>) -> Result<(), JoinError> {
        while let Some(mut current) = write.take().or_else(|| self.next_write()) {
            let written = (&mut current.done).await;
            self.written(current, written).await?;
        }
        Ok(())
    }

    /// As [`Actor::compact`], when enough has come together.
    pub(super) async fn compact_when_due(&mut self) -> bool {
        self.progress.is_compaction_due() && self.compact().await
    }

    /// Stores a snapshot if anything came since the last one. A failure loses nothing: the
    /// journal stays as it is. `true` when the deck has a new lineage instead: then this room
    /// must end.
    pub(super) async fn compact(&mut self) -> bool {
        let kept = self.progress.keeps_rows || self.outage.retry_at.is_some();
        if !self.progress.is_new() || kept {
            return false;
        }
        let Some(state) = self.room.snapshot() else { return self.begin_anew().await };
        // Also after a failure: the next attempt comes after as many updates again.
        self.progress.start_anew();
        let bytes = state.len();
        let snapshot = Snapshot::new(state, &self.room.text());
        match self.hub.inner.store.compact(&self.deck, self.progress.seq, snapshot).await {
            Ok(()) => {
                self.progress.snapshot_bytes = bytes;
                self.room.measured(bytes);
            }
            Err(error) => tracing::warn!(deck = %self.deck, %error, "snapshot not stored"),
        }
        false
    }

    /// The document would be read back to another text than people see. No program of ours writes
    /// what leads to that. What people see is what counts: it begins a lineage of its own.
    async fn begin_anew(&mut self) -> bool {
        let principals = self.progress.start_anew();
        tracing::error!(
            deck = %self.deck, ?principals,
            "the document fails its self-check: one of these has sent an update that no correct \
             client sends; the deck goes on with the text that everybody sees"
        );
        // What is stored must be all that is seen.
        let flushed = self.flush(&mut None).await;
        if flushed.is_err() || self.outage.retry_at.is_some() {
            return false;
        }
        let (store, seq) = (&self.hub.inner.store, self.progress.seq);
        let rebased = store.rebase(&self.deck, seq, anew(&self.room.text(), seq)).await;
        if let Err(error) = &rebased {
            tracing::error!(deck = %self.deck, %error, "the text could not be stored anew");
        }
        rebased.is_ok()
    }
}
