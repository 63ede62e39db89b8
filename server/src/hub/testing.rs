//! A store that takes its time and fails, and people in front of a hub: for tests.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use collab::Millis;
use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit};
use collab::replica::{ClientEffect, ClientEvent, Replica, Status};
use collab::room::{CloseReason, Protocol};
use collab::testing::Rng;
use collab::wire::Profile;
use tokio::time::{Instant, sleep};

use super::{Hub, HubOptions, JoinError, Outgoing, Seat, Visitor};
use crate::document;
use crate::store::memory::MemoryStore;
use crate::store::{
    Damage, DeckId, DeckRecord, Journal, NewDeck, NewUpdate, Snapshot, Store, StoreError,
    StoreResult,
};

/// How a store misbehaves.
#[derive(Default)]
pub(super) struct Faults {
    /// Longest time of a call before and after it takes effect, in milliseconds.
    pub(super) slowest: usize,
    /// One in so many writes fails; none when 0.
    pub(super) fails: usize,
}

/// A store that takes its time, fails, and notices two documents of one deck: the room that loaded
/// a deck last is the only one that may write. What has begun comes to its end, whether anybody
/// waits for it or not, as in a store with a thread of its own.
pub(super) struct FaultyStore {
    inner: MemoryStore,
    faults: Faults,
    random: Mutex<Rng>,
    owners: Arc<Mutex<HashMap<DeckId, tokio::task::Id>>>,
    /// No update can be stored.
    pub(super) is_full: AtomicBool,
    /// It says so when asked.
    pub(super) is_honest: AtomicBool,
    /// How often a deck was loaded.
    pub(super) loads: AtomicUsize,
    /// Writes of rooms that another one has replaced.
    pub(super) strangers: Arc<AtomicUsize>,
}

impl FaultyStore {
    pub(super) fn new(faults: Faults, seed: u64) -> Self {
        Self {
            inner: MemoryStore::default(),
            faults,
            random: Mutex::new(Rng::new(seed)),
            owners: Arc::default(),
            is_full: AtomicBool::new(false),
            is_honest: AtomicBool::new(true),
            loads: AtomicUsize::new(0),
            strangers: Arc::default(),
        }
    }

    /// Makes a deck.
    pub(super) async fn deck(&self, name: &str, text: &str) -> DeckId {
        let id = DeckId::parse(name).unwrap();
        let snapshot = Snapshot::new(DeckDoc::seed(9, text), text);
        let deck = NewDeck { id: id.clone(), title: String::new(), snapshot };
        self.inner.create_deck(deck).await.unwrap();
        id
    }

    /// What a restart would find.
    pub(super) async fn text(&self, deck: &DeckId) -> String {
        let journal = self.inner.load(deck).await.unwrap().unwrap();
        let opened = document::open(&journal);
        assert_eq!((opened.damage, opened.unsound), (Vec::new(), None));
        opened.doc.text()
    }

    fn slowly<T: Send + 'static>(&self, call: StoreResult<T>) -> StoreResult<T> {
        let mut random = self.random.lock().unwrap();
        let most = self.faults.slowest + 1;
        let mut delay = || Duration::from_millis(random.below(most) as u64);
        let (before, after) = (delay(), delay());
        #[expect(clippy::disallowed_methods, reason = "goes on when nobody waits any more")]
        let call = tokio::spawn(async move {
            sleep(before).await;
            let answer = call.await;
            sleep(after).await;
            answer
        });
        Box::pin(async move { call.await.map_err(|error| StoreError(error.to_string()))? })
    }

    /// A write to a deck, which may fail.
    fn written<T: Send + 'static>(&self, id: &DeckId, call: StoreResult<T>) -> StoreResult<T> {
        let fails = self.faults.fails;
        let fails = fails > 0 && self.random.lock().unwrap().one_in(fails);
        let (owners, strangers) = (Arc::clone(&self.owners), Arc::clone(&self.strangers));
        let (id, room) = (id.clone(), tokio::task::try_id());
        self.slowly(Box::pin(async move {
            // At the moment when it takes effect.
            if owners.lock().unwrap().get(&id).copied() != room {
                strangers.fetch_add(1, Ordering::Relaxed);
            }
            if fails { refused().await } else { call.await }
        }))
    }
}

fn refused<T: Send + 'static>() -> StoreResult<T> {
    Box::pin(async { Err(StoreError("on purpose".into())) })
}

impl Store for FaultyStore {
    fn secret(&self) -> StoreResult<[u8; 32]> {
        self.inner.secret()
    }

    fn create_deck(&self, deck: NewDeck) -> StoreResult<DeckRecord> {
        self.inner.create_deck(deck)
    }

    fn decks(&self) -> StoreResult<Vec<DeckRecord>> {
        self.inner.decks()
    }

    fn deck(&self, id: &DeckId) -> StoreResult<Option<DeckRecord>> {
        self.inner.deck(id)
    }

    fn set_deleted(&self, id: &DeckId, deleted: bool) -> StoreResult<bool> {
        self.inner.set_deleted(id, deleted)
    }

    fn set_title(&self, id: &DeckId, title: &str) -> StoreResult<()> {
        self.written(id, self.inner.set_title(id, title))
    }

    fn load(&self, id: &DeckId) -> StoreResult<Option<Journal>> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        if let Some(room) = tokio::task::try_id() {
            self.owners.lock().unwrap().insert(id.clone(), room);
        }
        self.slowly(self.inner.load(id))
    }

    fn load_before(&self, id: &DeckId, snapshot_seq: u64) -> StoreResult<Option<Journal>> {
        self.inner.load_before(id, snapshot_seq)
    }

    fn append(&self, id: &DeckId, updates: Vec<NewUpdate>) -> StoreResult<u64> {
        let full = self.is_full.load(Ordering::Relaxed);
        self.written(id, if full { refused() } else { self.inner.append(id, updates) })
    }

    fn quarantine(&self, id: &DeckId, damage: Vec<Damage>) -> StoreResult<()> {
        panic!("rows of {id} cannot be used: {damage:?}");
    }

    fn probe(&self) -> StoreResult<()> {
        let full = self.is_full.load(Ordering::Relaxed) && self.is_honest.load(Ordering::Relaxed);
        self.slowly(if full { refused() } else { self.inner.probe() })
    }

    fn compact(&self, id: &DeckId, upto_seq: u64, snapshot: Snapshot) -> StoreResult<()> {
        self.written(id, self.inner.compact(id, upto_seq, snapshot))
    }

    fn rebase(&self, id: &DeckId, upto_seq: u64, snapshot: Snapshot) -> StoreResult<u64> {
        self.written(id, self.inner.rebase(id, upto_seq, snapshot))
    }
}

/// Options of a hub that closes rooms soon.
pub(super) fn options() -> HubOptions {
    HubOptions {
        unload_after: Duration::from_millis(200),
        title_of: str::to_owned,
        version: "test",
    }
}

/// Somebody with a browser: what they type stays with them until it is acknowledged.
pub(super) struct Person {
    pub(super) name: String,
    pub(super) replica: Replica,
    pub(super) role: Role,
    /// How often the deck was another one than before.
    pub(super) replaced: usize,
    pub(super) typed: usize,
    /// The deck has been complete once.
    pub(super) is_ready: bool,
    sending: Vec<Bytes>,
    started: Instant,
}

impl Person {
    pub(super) fn new(name: &str, role: Role, seed: u64) -> Self {
        let name = name.to_owned();
        let mut person = Self {
            replica: Replica::new(seed, Profile { name: name.clone(), color: 0 }),
            name,
            role,
            replaced: 0,
            typed: 0,
            is_ready: false,
            sending: Vec::new(),
            started: Instant::now(),
        };
        person.happens(ClientEvent::Start);
        person
    }

    /// Takes a seat; what the replica says at the beginning is still to be sent.
    pub(super) async fn joins(&mut self, hub: &Hub, deck: &DeckId) -> Seat {
        self.tries_to_join(hub, deck).await.unwrap()
    }

    pub(super) async fn tries_to_join(
        &mut self,
        hub: &Hub,
        deck: &DeckId,
    ) -> Result<Seat, JoinError> {
        let principal = self.name.clone();
        let visitor =
            Visitor { principal, name: None, role: self.role, protocol: Protocol::Ondeck };
        let seat = hub.join(deck, visitor).await?;
        self.happens(ClientEvent::Nudge);
        self.happens(ClientEvent::Opened);
        Ok(seat)
    }

    /// The connection is gone.
    pub(super) fn loses_connection(&mut self) {
        self.happens(ClientEvent::Closed { code: 1006, reason: String::new() });
    }

    pub(super) fn types(&mut self) {
        let token = self.token(self.typed);
        let at = if self.typed.is_multiple_of(2) { 0 } else { u32::MAX };
        self.acts(|replica, now, out| replica.edit(now, &[TextEdit::insert(at, &token)], out));
        self.typed += 1;
    }

    pub(super) fn acts(&mut self, act: impl FnOnce(&mut Replica, Millis, &mut Vec<ClientEffect>)) {
        let (now, mut effects) = (self.started.elapsed().as_millis() as Millis, Vec::new());
        act(&mut self.replica, now, &mut effects);
        for effect in effects {
            match effect {
                ClientEffect::Send(bytes) => self.sending.push(bytes),
                ClientEffect::Ready => self.is_ready = true,
                ClientEffect::Replaced { .. } => self.replaced += 1,
                _ => {}
            }
        }
    }

    fn happens(&mut self, event: ClientEvent) {
        self.acts(|replica, now, out| replica.handle(now, event, out));
    }

    fn token(&self, number: usize) -> String {
        format!("[{}.{number}]", self.name)
    }

    /// What was acknowledged is in the text once.
    pub(super) fn finds_what_is_saved_in(&self, text: &str) {
        for number in 0..self.typed - self.replica.unsaved() {
            let token = self.token(number);
            assert_eq!(text.matches(&token).count(), 1, "{token}, which was acknowledged: {text}");
        }
    }

    /// `false` when the room has ended.
    pub(super) async fn sends(&mut self, seat: &mut Seat) -> bool {
        for bytes in std::mem::take(&mut self.sending) {
            if !seat.send(bytes).await {
                return false;
            }
        }
        true
    }

    /// Why the connection has ended, if it has.
    pub(super) fn hears(&mut self, outgoing: Outgoing) -> Option<CloseReason> {
        match outgoing {
            Outgoing::Message(bytes) => {
                self.happens(ClientEvent::Frame(bytes));
                None
            }
            Outgoing::Close(reason) => {
                let closed =
                    ClientEvent::Closed { code: reason.code(), reason: reason.to_string() };
                self.happens(closed);
                Some(reason)
            }
        }
    }

    /// Talks with the room until something is so, or the connection ends.
    pub(super) async fn stays_until(
        &mut self,
        seat: &mut Seat,
        is_so: impl Fn(&Self) -> bool,
    ) -> Option<CloseReason> {
        while self.sends(seat).await && !is_so(self) {
            let outgoing = seat.outbox().next().await;
            if let Some(reason) = self.hears(outgoing) {
                return Some(reason);
            }
        }
        None
    }

    pub(super) fn is_saved(&self) -> bool {
        self.replica.status() == Status::Saved
    }
}
