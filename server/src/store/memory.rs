//! A store that forgets everything: for tests that need one without threads and a disk.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{
    Damage, DeckId, DeckRecord, Journal, NewDeck, NewUpdate, RowKind, Snapshot, Store, StoreError,
    StoreResult, StoredUpdate,
};

/// Decks in memory.
#[derive(Default)]
pub(crate) struct MemoryStore {
    decks: Arc<Mutex<BTreeMap<DeckId, Deck>>>,
}

struct Deck {
    record: DeckRecord,
    deleted: bool,
    epoch: u64,
    last_seq: u64,
    snapshots: BTreeMap<u64, Snapshot>,
    updates: BTreeMap<u64, StoredUpdate>,
    claims: BTreeMap<u64, String>,
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
        Some(self.epoch)
    }

    fn quarantine(&mut self, damage: Damage) {
        match damage.kind {
            RowKind::Update => drop(self.updates.remove(&damage.seq)),
            RowKind::Snapshot => drop(self.snapshots.remove(&damage.seq)),
        }
    }
}

impl MemoryStore {
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
            let deck = decks.get_mut(&id);
            Ok(deck.is_some_and(|deck| std::mem::replace(&mut deck.deleted, deleted) != deleted))
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
        self.on(id, move |deck| deck.append(updates))
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

#[tokio::test]
async fn memory_keeps_the_contract() {
    super::contract::check(Arc::new(MemoryStore::default())).await;
}
