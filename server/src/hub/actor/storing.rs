//! What a room writes, and how it goes on when that fails.

use std::collections::BTreeSet;
use std::time::Duration;

use collab::nodes::{Span, WrittenElsewhere};
use collab::room::{CloseReason, Event, PeerId, Ticket};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, timeout};

use super::loading::{anew, load};
use super::nodes::Nodes;
use super::{Actor, End, JoinError, TICK};
use crate::cluster::{DeckMessage, Shared, encode_rows, soon};
use crate::store::cluster::{AppendError, Batch, Row, SharedClusterStore};
use crate::store::{DeckId, Journal, NewUpdate, Snapshot, StoreError};

/// A snapshot is taken after this many updates, or this many bytes of them.
const COMPACT_UPDATES: usize = 500;
const COMPACT_BYTES: usize = 256 * 1024;
/// A room that cannot store edits although the store says it works tries again after 2ⁿ ticks, n
/// up to this: each attempt reads the deck again and asks its editors for everything.
const MOST_SETBACKS: u32 = 5;
/// A write to the store of all nodes that takes longer is tried again: a connection that hangs must
/// not keep a room waiting for ever.
const WRITES_WITHIN: Duration = Duration::from_secs(10);
/// Who writes what another node has stored differently is asked again so many times in a row. An
/// honest client that changes nodes may meet it more than once, as each knows a little more.
const MOST_CONFLICTS: u32 = 5;

/// Where a room is in its journal.
pub(super) struct Progress {
    epoch: u64,
    /// Number of the last row up to which everything is in the room.
    pub(super) seq: u64,
    /// What came since the last snapshot: how many rows, bytes, and of whom.
    rows: usize,
    bytes: usize,
    principals: BTreeSet<String>,
    snapshot_bytes: usize,
    /// Nothing may be removed: there are rows that could neither be used nor put aside.
    keeps_rows: bool,
}

/// Something that waits for the store.
pub(super) struct Unwritten {
    pub(super) update: NewUpdate,
    /// What other nodes must not have stored differently.
    pub(super) spans: Vec<Span>,
    /// What its author is called.
    pub(super) name: String,
    /// Whose connection it came from.
    pub(super) peer: PeerId,
    /// When.
    pub(super) came_at: Instant,
}

/// A batch on its way to the disk. One at a time, so that the order of the journal is the
/// order of the room whatever the store does inside.
pub(super) struct Write {
    ticket: Ticket,
    rows: usize,
    bytes: usize,
    /// When each row came, and when writing began.
    since: Vec<Instant>,
    begun: Instant,
    done: BoxFuture<'static, Result<u64, AppendError>>,
    /// What is kept of it until it is stored, when other nodes have to hear of it.
    shared: Option<SharedWrite>,
}

/// A batch of which other nodes hear.
struct SharedWrite {
    batch: Batch,
    names: Vec<String>,
    peers: Vec<PeerId>,
}

impl SharedWrite {
    fn new(unwritten: Vec<Unwritten>, id: u128, epoch: u64) -> Self {
        let (mut names, mut peers, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for Unwritten { update, spans, name, peer, .. } in unwritten {
            rows.push(Row { update, spans });
            names.push(name);
            peers.push(peer);
        }
        Self { batch: Batch { id, epoch, rows }, names, peers }
    }
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

    /// Lineage of the document.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Other nodes wrote something.
    pub(super) fn took_in(&mut self, rows: &[WrittenElsewhere]) {
        self.rows += rows.len();
        self.bytes += rows.iter().map(|row| row.update.len()).sum::<usize>();
    }

    /// Another node stored a snapshot.
    pub(super) fn is_covered(&mut self, upto_seq: u64) {
        let later = usize::try_from(self.seq.saturating_sub(upto_seq)).unwrap_or(usize::MAX);
        if later < self.rows {
            self.bytes = self.bytes / self.rows * later;
            self.rows = later;
        }
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
pub(super) async fn finish(write: &mut Option<Write>) -> Result<u64, AppendError> {
    match write {
        Some(write) => (&mut write.done).await,
        None => std::future::pending().await,
    }
}

/// Appends rows for all nodes. Without an answer in time nobody knows what became of them.
async fn append_batch(
    store: SharedClusterStore,
    deck: DeckId,
    batch: Batch,
) -> Result<u64, AppendError> {
    let late = || AppendError::Away(StoreError("no answer in time".into()));
    let appended = timeout(WRITES_WITHIN, store.append_batch(&deck, batch)).await;
    appended.unwrap_or_else(|_| Err(late()))
}

impl Actor {
    pub(super) fn append(&mut self, ticket: Ticket, unwritten: Unwritten) {
        self.unwritten_bytes += unwritten.update.bytes.len();
        self.issued = ticket;
        self.unwritten.push(unwritten);
        self.text_changed.get_or_insert_with(Instant::now);
    }

    pub(super) fn next_write(&mut self) -> Option<Write> {
        if self.unwritten.is_empty() {
            return None;
        }
        let unwritten = std::mem::take(&mut self.unwritten);
        let bytes = std::mem::take(&mut self.unwritten_bytes);
        let rows = unwritten.len();
        let principals = unwritten.iter().map(|row| row.update.principal.clone());
        self.progress.principals.extend(principals);
        let (ticket, deck) = (self.issued, &self.deck);
        let (since, begun) = (unwritten.iter().map(|row| row.came_at).collect(), Instant::now());
        let Some(nodes) = &self.nodes else {
            let updates = unwritten.into_iter().map(|row| row.update).collect();
            let done = self.hub.inner.store.append(deck, updates);
            let done = Box::pin(done.map(|done| done.map_err(AppendError::Refused)));
            return Some(Write { ticket, rows, bytes, since, begun, done, shared: None });
        };
        // Without random bits two nodes differ all the same, and so do two tickets of one room.
        let random = getrandom::u64().unwrap_or(ticket);
        let id = u128::from(nodes.shared.node.0) << 64 | u128::from(random);
        let shared = SharedWrite::new(unwritten, id, self.progress.epoch);
        let done = append_batch(nodes.shared.store.clone(), deck.clone(), shared.batch.clone());
        Some(Write {
            ticket,
            rows,
            bytes,
            since,
            begun,
            done: Box::pin(done),
            shared: Some(shared),
        })
    }

    /// Takes the end of a write; after a failure the room goes on without storing. Gives the write
    /// back when nobody knows what became of it: it is tried again.
    ///
    /// # Errors
    /// When the room has to end.
    pub(super) async fn written(
        &mut self,
        write: Write,
        written: Result<u64, AppendError>,
    ) -> Result<Option<Write>, End> {
        let mut again = None;
        match written {
            Ok(seq) => self.stored(&write, seq),
            Err(AppendError::Refused(error)) => self.stop_writing(&error).await?,
            Err(AppendError::Away(error)) => again = Some(self.write_again(write, &error)),
            Err(AppendError::Conflict { row }) => {
                let peers = write.shared.map(|shared| shared.peers).unwrap_or_default();
                self.give_way(peers.get(row).copied()).await?;
            }
            Err(AppendError::AnotherLineage) => return Err(self.has_another_lineage()),
            Err(AppendError::NoDeck) => return Err(End::Close(CloseReason::NoDeck)),
        }
        self.tell_text();
        Ok(again)
    }

    fn stored(&mut self, write: &Write, last: u64) {
        self.progress.rows += write.rows;
        self.progress.bytes += write.bytes;
        self.outage.setbacks = 0;
        self.gave_way.clear();
        if let (Some(nodes), Some(shared)) = (&mut self.nodes, &write.shared) {
            let first = (last + 1).saturating_sub(write.rows as u64);
            nodes.catching_up.wrote(&mut self.progress.seq, first, last);
            let SharedWrite { batch, names, .. } = shared;
            let rows = encode_rows(batch.epoch, first, &batch.rows, names);
            if !nodes.shared.publish(&Shared::deck_subject(&self.deck), &rows) {
                let epoch = batch.epoch;
                self.tell_nodes(&DeckMessage::Reaches { epoch, last_seq: last });
            }
        } else {
            self.progress.seq = last;
        }
        self.hub.metrics().committed(write.begun.elapsed());
        self.handle(Event::Appended { ticket: write.ticket });
        write.since.iter().for_each(|at| self.hub.metrics().propagated(at.elapsed()));
        self.go_forward();
        self.resume();
    }

    /// The store that nodes share is away. The same rows are tried again until it says what became
    /// of them: nothing is taken back, and nobody is told that they are stored.
    fn write_again(&mut self, write: Write, error: &StoreError) -> Write {
        if !std::mem::replace(&mut self.paused, true) {
            tracing::warn!(deck = %self.deck, %error, "edits cannot be stored: read-only for now");
            let mut effects = Vec::new();
            self.room.storage_paused(&mut effects);
            self.carry_out(effects);
        }
        for asked in self.asked_for_text.drain(..) {
            // The asker may have gone.
            let _ = asked.reply.send(Err(JoinError::Store(error.clone())));
        }
        let (Some(nodes), Some(shared)) = (&self.nodes, &write.shared) else { return write };
        let (store, batch) = (nodes.shared.store.clone(), shared.batch.clone());
        let deck = self.deck.clone();
        let done = async move {
            sleep(TICK).await;
            append_batch(store, deck, batch).await
        };
        Write { done: Box::pin(done), ..write }
    }

    /// Edits are stored again.
    fn resume(&mut self) {
        if std::mem::take(&mut self.paused) {
            tracing::info!(deck = %self.deck, "edits are stored again");
            self.tell_storage_back();
        }
    }

    fn tell_storage_back(&mut self) {
        let mut effects = Vec::new();
        self.room.storage_back(&mut effects);
        self.carry_out(effects);
    }

    /// Another node was first. The room goes back to what is stored, and everybody here is asked
    /// for what is not: most often it is the same text that came by two ways. Who sends again what
    /// does not fit has another history.
    async fn give_way(&mut self, peer: Option<PeerId>) -> Result<(), End> {
        tracing::info!(deck = %self.deck, peer = peer.map(|peer| peer.0), "another node was first");
        self.go_back().await?;
        self.paused = false;
        if let Some(peer) = peer {
            let times = self.gave_way.entry(peer).or_default();
            *times += 1;
            if *times >= MOST_CONFLICTS {
                self.dismiss_one(peer, CloseReason::AnotherHistory);
            }
        }
        self.tell_storage_back();
        Ok(())
    }

    /// Goes back to what is stored, and goes on read-only. No write is under way.
    async fn stop_writing(&mut self, error: &StoreError) -> Result<(), End> {
        let setbacks = self.outage.setbacks;
        if setbacks == 0 {
            tracing::warn!(deck = %self.deck, %error, "edits cannot be stored: read-only for now");
        }
        self.go_back().await?;
        self.paused = false;
        let wait = TICK * 2_u32.pow(setbacks.min(MOST_SETBACKS));
        self.outage =
            Outage { retry_at: Some(Instant::now() + wait), setbacks: setbacks.saturating_add(1) };
        Ok(())
    }

    /// Gives up on what is not stored. What others stored meanwhile is in the document, and the room
    /// tells everybody here.
    async fn go_back(&mut self) -> Result<(), End> {
        self.unwritten.clear();
        self.unwritten_bytes = 0;
        let loaded = load(&self.hub, &self.deck).await.map_err(|error| self.unreadable(&error))?;
        let claims = loaded.journal.claims.clone();
        let (doc, _) = self.catch_up_with(loaded)?;
        // Whatever became of the document that goes.
        self.broken = false;
        let mut effects = Vec::new();
        self.room.storage_failed(doc, &mut effects);
        self.carry_out(effects);
        self.room.learn_claims(claims);
        Ok(())
    }

    /// Finds out whether edits can be stored again, when it is time to.
    pub(super) async fn retry_writing(&mut self) {
        let due = self.outage.retry_at.is_some_and(|at| Instant::now() >= at);
        if !due || soon(self.hub.inner.store.probe()).await.is_err() {
            return;
        }
        self.outage.retry_at = None;
        if self.outage.setbacks == 1 {
            tracing::info!(deck = %self.deck, "edits are stored again");
        }
        self.tell_storage_back();
    }

    /// After yrs failed over an update: everything accepted so far goes to the journal, and the
    /// document is read back from there.
    pub(super) async fn reload(&mut self, write: &mut Option<Write>) -> Result<(), End> {
        tracing::error!(deck = %self.deck, "an update broke the document; reloading it");
        self.flush(write).await?;
        let loaded = load(&self.hub, &self.deck).await.map_err(|error| self.unreadable(&error))?;
        let claims = loaded.journal.claims.clone();
        let (doc, rows) = self.catch_up_with(loaded)?;
        if !rows.is_empty() {
            self.handle(Event::Written { rows });
            self.broken = false;
        }
        self.room.replace_document(doc);
        self.room.learn_claims(claims);
        Ok(())
    }

    /// The deck cannot be read back.
    pub(super) fn unreadable(&self, error: &JoinError) -> End {
        if self.nodes.is_some() && matches!(error, JoinError::NoDeck) {
            return End::Close(CloseReason::NoDeck);
        }
        tracing::error!(deck = %self.deck, %error, "the room ends, its deck cannot be read back");
        End::Failed
    }

    /// The deck was damaged, or another node began it anew. Whoever is here has to as well.
    pub(super) fn has_another_lineage(&self) -> End {
        tracing::error!(deck = %self.deck, "the room ends, its deck has another lineage now");
        if self.nodes.is_some() { End::Close(CloseReason::AnotherHistory) } else { End::Failed }
    }

    /// Stores all that the room has accepted, unless that fails. While the store is away that takes
    /// until it is back, or the server stops.
    async fn flush(&mut self, write: &mut Option<Write>) -> Result<(), End> {
        while let Some(mut current) = write.take().or_else(|| self.next_write()) {
            let written = (&mut current.done).await;
            *write = self.written(current, written).await?;
            if write.is_some() && self.hub.stopping().is_cancelled() {
                return Err(End::Failed);
            }
        }
        Ok(())
    }

    /// Stores what waits, so that the document is what the journal holds up to its last row. `false`
    /// when it is not: then it is tried another time. On one node a snapshot may be ahead of the
    /// journal, as nobody else can come in between.
    async fn settle(&mut self, write: &mut Option<Write>) -> Result<bool, End> {
        if self.nodes.is_none() {
            return Ok(true);
        }
        if write.is_none() {
            *write = self.next_write();
        }
        if let Some(mut current) = write.take() {
            let written = (&mut current.done).await;
            *write = self.written(current, written).await?;
        }
        Ok(write.is_none() && self.holds_what_is_stored())
    }

    fn holds_what_is_stored(&self) -> bool {
        let is_whole = |nodes: &Nodes| nodes.catching_up.is_whole() && self.room.is_durable();
        self.nodes.as_ref().is_none_or(is_whole)
    }

    /// As [`Actor::compact`], when enough has come together.
    ///
    /// # Errors
    /// When the room has to end.
    pub(super) async fn compact_when_due(&mut self, write: &mut Option<Write>) -> Result<(), End> {
        let due = self.progress.is_compaction_due() && !self.paused;
        if due && self.settle(write).await? && self.compact().await {
            return Err(End::Close(CloseReason::AnotherHistory));
        }
        Ok(())
    }

    /// Stores a snapshot if anything came since the last one. A failure loses nothing: the
    /// journal stays as it is. `true` when the deck has a new lineage instead: then this room
    /// must end.
    pub(super) async fn compact(&mut self) -> bool {
        let kept = self.progress.keeps_rows || self.outage.retry_at.is_some();
        if !self.progress.is_new() || kept || !self.holds_what_is_stored() {
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
                self.tell_nodes(&DeckMessage::Compacted { upto_seq: self.progress.seq });
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
        match &rebased {
            Ok(_) => self.tell_nodes(&DeckMessage::Look),
            Err(error) => {
                tracing::error!(deck = %self.deck, %error, "the text could not be stored anew");
            }
        }
        rebased.is_ok()
    }
}
