//! A store that forgets everything: for tests that need one without threads and a disk.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use collab::nodes::{NodeId, Span};
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::cluster::{AppendError, Batch, ClusterStore, Head, Row, StageSet, StoredStage, Tail};
use super::{
    Damage, DeckId, DeckRecord, Journal, NewDeck, NewUpdate, RowKind, Snapshot, Store, StoreError,
    StoreResult, StoredUpdate,
};

/// Decks in memory.
#[derive(Default)]
pub(crate) struct MemoryStore {
    decks: Arc<Mutex<BTreeMap<DeckId, Deck>>>,
    nodes: Arc<Mutex<Nodes>>,
}

/// The nodes that share it.
#[derive(Default)]
struct Nodes {
    seen: BTreeMap<NodeId, Instant>,
    leases: BTreeMap<String, NodeId>,
}

impl Nodes {
    fn forget(&mut self, gone_after: Duration) {
        self.seen.retain(|_, seen| seen.elapsed() <= gone_after);
        self.leases.retain(|_, node| self.seen.contains_key(node));
    }
}

struct Deck {
    record: DeckRecord,
    deleted: bool,
    epoch: u64,
    last_seq: u64,
    snapshots: BTreeMap<u64, Snapshot>,
    updates: BTreeMap<u64, StoredUpdate>,
    claims: BTreeMap<u64, String>,
    /// The next clock of each client.
    clocks: BTreeMap<u64, u64>,
    /// Batches that are stored, and where they end.
    batches: BTreeMap<u128, u64>,
    stage: Option<StoredStage>,
    live: bool,
    news: u64,
}

impl Deck {
    fn new(deck: NewDeck) -> Self {
        let NewDeck { id, title, snapshot } = deck;
        Self {
            record: DeckRecord { id, title, created_at: 0, updated_at: 0 },
            deleted: false,
            epoch: 1,
            last_seq: 0,
            snapshots: BTreeMap::from([(0, snapshot)]),
            updates: BTreeMap::new(),
            claims: BTreeMap::new(),
            clocks: BTreeMap::new(),
            batches: BTreeMap::new(),
            stage: None,
            live: false,
            news: 0,
        }
    }

    fn append_batch(&mut self, batch: Batch) -> Result<u64, AppendError> {
        if self.deleted {
            return Err(AppendError::NoDeck);
        }
        if let Some(&last) = self.batches.get(&batch.id) {
            return Ok(last);
        }
        if batch.epoch != self.epoch {
            return Err(AppendError::AnotherLineage);
        }
        let (mut clocks, mut claims) = (self.clocks.clone(), self.claims.clone());
        for (number, row) in batch.rows.iter().enumerate() {
            if !fits(&mut clocks, &mut claims, row) {
                return Err(AppendError::Conflict { row: number });
            }
        }
        self.clocks = clocks;
        let last = self.append(batch.rows.into_iter().map(|row| row.update).collect());
        self.batches.insert(batch.id, last);
        Ok(last)
    }

    fn tail(&self, after: u64) -> Tail {
        if self.deleted {
            return Tail::NoDeck;
        }
        if after > self.last_seq {
            return Tail::Cut;
        }
        let updates: Vec<_> = self.updates.range(after + 1..).map(|(_, row)| row.clone()).collect();
        if updates.len() as u64 != self.last_seq.saturating_sub(after) {
            return Tail::Cut;
        }
        let claims = self.claims.iter().map(|(&client, who)| (client, who.clone())).collect();
        Tail::Rows { epoch: self.epoch, updates, claims, last_seq: self.last_seq }
    }

    fn head(&self) -> Head {
        Head {
            deck: self.record.id.clone(),
            epoch: self.epoch,
            last_seq: self.last_seq,
            stage: self.stage.as_ref().map_or(0, |stage| stage.version),
            news: self.news,
        }
    }

    fn set_stage(&mut self, expected: u64, json: String, live: bool) -> StageSet {
        match &self.stage {
            Some(stored) if stored.version == expected + 1 && stored.json == json => StageSet::Done,
            Some(stored) if stored.version != expected => StageSet::Stale(stored.clone()),
            None if expected != 0 => {
                StageSet::Stale(StoredStage { version: 0, json: "{}".to_owned() })
            }
            _ => {
                self.stage = Some(StoredStage { version: expected + 1, json });
                self.live = live;
                StageSet::Done
            }
        }
    }

    fn journal(&self, before: u64) -> Option<Journal> {
        let (&snapshot_seq, snapshot) = self.snapshots.range(..before).next_back()?;
        let updates = self.updates.range(snapshot_seq + 1..).map(|(_, update)| update.clone());
        Some(Journal {
            epoch: self.epoch,
            snapshot: snapshot.clone(),
            snapshot_is_whole: true,
            snapshot_seq,
            updates: updates.collect(),
            last_seq: self.last_seq,
            damage: Vec::new(),
            unreadable: None,
            claims: self.claims.clone(),
        })
    }

    fn append(&mut self, updates: Vec<NewUpdate>) -> u64 {
        for NewUpdate { principal, claims, bytes, .. } in updates {
            self.last_seq += 1;
            let seq = self.last_seq;
            for client in claims {
                self.claims.entry(client).or_insert_with(|| principal.clone());
            }
            self.updates.insert(seq, StoredUpdate { seq, principal, bytes });
        }
        self.last_seq
    }

    fn compact(&mut self, upto_seq: u64, snapshot: Snapshot) {
        self.snapshots.insert(upto_seq, snapshot);
        if let Some(previous) = self.snapshots.keys().rev().nth(1).copied() {
            self.snapshots.retain(|&seq, _| seq >= previous);
            self.updates.retain(|&seq, _| seq > previous);
        }
    }

    fn rebase(&mut self, upto_seq: u64, snapshot: Snapshot) -> Option<u64> {
        if self.last_seq != upto_seq {
            return None;
        }
        self.last_seq += 2;
        self.snapshots.extend([(upto_seq + 1, snapshot.clone()), (upto_seq + 2, snapshot)]);
        self.epoch += 1;
        self.clocks.clear();
        Some(self.epoch)
    }

    fn quarantine(&mut self, damage: Damage) {
        match damage.kind {
            RowKind::Update => drop(self.updates.remove(&damage.seq)),
            RowKind::Snapshot => drop(self.snapshots.remove(&damage.seq)),
        }
    }
}

/// Whether a row continues what is stored; takes it in if so.
fn fits(clocks: &mut BTreeMap<u64, u64>, claims: &mut BTreeMap<u64, String>, row: &Row) -> bool {
    let principal = &row.update.principal;
    let spans = row.spans.iter().all(|&Span { client, from, until }| {
        clocks.insert(client, until).is_none_or(|next| next == from)
    });
    spans
        && row
            .update
            .claims
            .iter()
            .all(|&client| claims.entry(client).or_insert_with(|| principal.clone()) == principal)
}

impl MemoryStore {
    /// Something of a deck changed that is neither text nor presentation.
    pub(crate) fn raise_news(&self, id: &DeckId) {
        let mut decks = self.decks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(deck) = decks.get_mut(id) {
            deck.news += 1;
        }
    }

    /// What is presented is lost, as after a failover.
    pub(crate) fn lose_stage(&self, id: &DeckId) {
        let mut decks = self.decks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(deck) = decks.get_mut(id) {
            deck.stage = None;
        }
    }

    /// Puts back when a node was seen last.
    pub(crate) fn silent_for(&self, node: NodeId, silent: Duration) {
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        match Instant::now().checked_sub(silent) {
            Some(seen) => _ = nodes.seen.insert(node, seen),
            None => _ = nodes.seen.remove(&node),
        }
    }

    fn with_nodes<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Nodes) -> T + Send + 'static,
    ) -> StoreResult<T> {
        let nodes = Arc::clone(&self.nodes);
        Box::pin(async move {
            let mut nodes = nodes.lock().map_err(|_| StoreError("poisoned".into()))?;
            Ok(work(&mut nodes))
        })
    }

    /// Answers at the first poll, as futures of other stores do nothing before it either.
    fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut BTreeMap<DeckId, Deck>) -> Result<T, StoreError> + Send + 'static,
    ) -> StoreResult<T> {
        let decks = Arc::clone(&self.decks);
        Box::pin(async move {
            let mut decks = decks.lock().map_err(|_| StoreError("poisoned".into()))?;
            work(&mut decks)
        })
    }

    fn on<T: Send + 'static>(
        &self,
        id: &DeckId,
        work: impl FnOnce(&mut Deck) -> T + Send + 'static,
    ) -> StoreResult<T> {
        let id = id.clone();
        self.with(move |decks| {
            decks.get_mut(&id).map(work).ok_or_else(|| StoreError("there is no such deck".into()))
        })
    }
}

impl Store for MemoryStore {
    fn secret(&self) -> StoreResult<[u8; 32]> {
        self.with(|_| Ok([7; 32]))
    }

    fn create_deck(&self, deck: NewDeck) -> StoreResult<DeckRecord> {
        self.with(move |decks| {
            let deck = Deck::new(deck);
            let record = deck.record.clone();
            decks.insert(record.id.clone(), deck);
            Ok(record)
        })
    }

    fn decks(&self) -> StoreResult<Vec<DeckRecord>> {
        self.with(|decks| {
            let there = decks.values().filter(|deck| !deck.deleted);
            Ok(there.map(|deck| deck.record.clone()).collect())
        })
    }

    fn deck(&self, id: &DeckId) -> StoreResult<Option<DeckRecord>> {
        let id = id.clone();
        self.with(move |decks| {
            let deck = decks.get(&id).filter(|deck| !deck.deleted);
            Ok(deck.map(|deck| deck.record.clone()))
        })
    }

    fn set_deleted(&self, id: &DeckId, deleted: bool) -> StoreResult<bool> {
        let id = id.clone();
        self.with(move |decks| {
            let Some(deck) = decks.get_mut(&id) else { return Ok(false) };
            deck.news += 1;
            Ok(std::mem::replace(&mut deck.deleted, deleted) != deleted)
        })
    }

    fn set_title(&self, id: &DeckId, title: &str) -> StoreResult<()> {
        let title = title.to_owned();
        self.on(id, move |deck| deck.record.title = title)
    }

    fn load(&self, id: &DeckId) -> StoreResult<Option<Journal>> {
        self.load_before(id, u64::MAX)
    }

    fn load_before(&self, id: &DeckId, snapshot_seq: u64) -> StoreResult<Option<Journal>> {
        let id = id.clone();
        self.with(move |decks| {
            let deck = decks.get(&id).filter(|deck| !deck.deleted);
            Ok(deck.and_then(|deck| deck.journal(snapshot_seq)))
        })
    }

    fn append(&self, id: &DeckId, updates: Vec<NewUpdate>) -> StoreResult<u64> {
        self.on(id, move |deck| {
            // Nobody says which ones the rows hold.
            deck.clocks.clear();
            deck.append(updates)
        })
    }

    fn quarantine(&self, id: &DeckId, damage: Vec<Damage>) -> StoreResult<()> {
        self.on(id, move |deck| damage.into_iter().for_each(|damage| deck.quarantine(damage)))
    }

    fn probe(&self) -> StoreResult<()> {
        self.with(|_| Ok(()))
    }

    fn compact(&self, id: &DeckId, upto_seq: u64, snapshot: Snapshot) -> StoreResult<()> {
        self.on(id, move |deck| deck.compact(upto_seq, snapshot))
    }

    fn rebase(&self, id: &DeckId, upto_seq: u64, snapshot: Snapshot) -> StoreResult<u64> {
        let rebased = self.on(id, move |deck| deck.rebase(upto_seq, snapshot));
        Box::pin(async move { rebased.await?.ok_or_else(|| StoreError("late".into())) })
    }
}

impl ClusterStore for MemoryStore {
    fn append_batch(
        &self,
        deck: &DeckId,
        batch: Batch,
    ) -> BoxFuture<'static, Result<u64, AppendError>> {
        let id = deck.clone();
        let appended = self.with(move |decks| {
            let deck = decks.get_mut(&id);
            Ok(deck.map_or(Err(AppendError::NoDeck), |deck| deck.append_batch(batch)))
        });
        Box::pin(async move { appended.await? })
    }

    fn tail(&self, deck: &DeckId, after: u64) -> StoreResult<Tail> {
        let id = deck.clone();
        self.with(move |decks| Ok(decks.get(&id).map_or(Tail::NoDeck, |deck| deck.tail(after))))
    }

    fn heads(&self, ids: Vec<DeckId>) -> StoreResult<Vec<Head>> {
        self.with(move |decks| {
            let there = ids.iter().filter_map(|id| decks.get(id)).filter(|deck| !deck.deleted);
            Ok(there.map(Deck::head).collect())
        })
    }

    fn stage(&self, deck: &DeckId) -> StoreResult<Option<StoredStage>> {
        self.on(deck, |deck| deck.stage.clone())
    }

    fn set_stage(
        &self,
        deck: &DeckId,
        expected: u64,
        json: String,
        live: bool,
    ) -> StoreResult<StageSet> {
        self.on(deck, move |deck| deck.set_stage(expected, json, live))
    }

    fn live_decks(&self) -> StoreResult<Vec<DeckId>> {
        self.with(|decks| {
            let live = decks.values().filter(|deck| deck.live && !deck.deleted);
            Ok(live.map(|deck| deck.record.id.clone()).collect())
        })
    }

    fn beat(&self, node: NodeId, gone_after: Duration) -> StoreResult<Vec<NodeId>> {
        self.with_nodes(move |nodes| {
            nodes.seen.insert(node, Instant::now());
            nodes.forget(gone_after);
            nodes.seen.keys().copied().collect()
        })
    }

    fn leave(&self, node: NodeId) -> StoreResult<()> {
        self.with_nodes(move |nodes| {
            nodes.seen.remove(&node);
            nodes.leases.retain(|_, owner| *owner != node);
        })
    }

    fn take_lease(&self, name: &str, node: NodeId, gone_after: Duration) -> StoreResult<NodeId> {
        let name = name.to_owned();
        self.with_nodes(move |nodes| {
            nodes.forget(gone_after);
            *nodes.leases.entry(name).or_insert(node)
        })
    }

    fn give_lease_back(&self, name: &str, node: NodeId) -> StoreResult<()> {
        let name = name.to_owned();
        self.with_nodes(move |nodes| {
            if nodes.leases.get(&name) == Some(&node) {
                nodes.leases.remove(&name);
            }
        })
    }

    fn clock(&self) -> StoreResult<i64> {
        self.with(|_| Ok(1))
    }
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    super::contract::check(Arc::new(MemoryStore::default())).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_nodes() {
    let store = Arc::new(MemoryStore::default());
    let seen = Arc::clone(&store);
    let silent = move |node, seconds| seen.silent_for(node, Duration::from_secs(seconds));
    let (one, two) = (store.clone(), store.clone());
    let silent_for = Arc::new(silent);
    super::contract::cluster::check(super::contract::cluster::Shared {
        store,
        one,
        two,
        silent_for,
    })
    .await;
}
