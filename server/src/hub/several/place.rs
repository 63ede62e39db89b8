//! Several hubs over one store and one bus, all in one process, that misbehave on demand.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use collab::access::Role;
use collab::doc::DeckDoc;
use collab::nodes::NodeId;
use collab::testing::Rng;
use futures_util::future::BoxFuture;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;

use crate::bus::SharedBus;
use crate::bus::local::{LocalBus, LocalLink};
use crate::cluster::Cluster;
use crate::document;
use crate::hub::testing::{Person, options};
use crate::hub::{Hub, Seat};
use crate::store::cluster::{
    AppendError, Batch, ClusterStore, Head, SharedClusterStore, StageSet, StoredStage, Tail,
};
use crate::store::memory::MemoryStore;
use crate::store::{DeckId, NewDeck, SharedStore, Snapshot, Store as _, StoreError, StoreResult};

/// The shared store as one node reaches it: slow, away, or with answers that get lost.
pub(in crate::hub) struct Line {
    store: Arc<MemoryStore>,
    /// Longest time of a call before and after it takes effect, in milliseconds.
    slowest: usize,
    random: Mutex<Rng>,
    pub(in crate::hub) is_away: AtomicBool,
    /// So many rows are stored and nobody hears of it.
    pub(in crate::hub) lose_answers: AtomicUsize,
    /// So many batches are refused, as if another node had been first.
    pub(in crate::hub) conflicts: AtomicUsize,
    pub(in crate::hub) tails: AtomicUsize,
    /// So often it cannot be asked what is presented in a deck.
    pub(in crate::hub) stageless: AtomicUsize,
}

/// Whether it happens this time.
fn once(times: &AtomicUsize) -> bool {
    let less = |count: usize| count.checked_sub(1);
    times.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
}

impl Line {
    fn slowly<T: Send + 'static, E: Send + 'static>(
        &self,
        call: BoxFuture<'static, Result<T, E>>,
    ) -> BoxFuture<'static, Result<T, E>> {
        if self.slowest == 0 {
            return call;
        }
        let mut random = self.random.lock().unwrap();
        let most = self.slowest + 1;
        let mut delay = || Duration::from_millis(random.below(most) as u64);
        let (before, after) = (delay(), delay());
        #[expect(clippy::disallowed_methods, reason = "goes on when nobody waits any more")]
        let call = tokio::spawn(async move {
            sleep(before).await;
            let answer = call.await;
            sleep(after).await;
            answer
        });
        Box::pin(async move { call.await.unwrap() })
    }

    fn ask<T: Send + 'static>(&self, call: StoreResult<T>) -> StoreResult<T> {
        if self.is_away.load(Ordering::Relaxed) {
            return Box::pin(async { Err(away()) });
        }
        self.slowly(call)
    }
}

fn away() -> StoreError {
    StoreError("away on purpose".into())
}

impl ClusterStore for Line {
    fn append_batch(
        &self,
        deck: &DeckId,
        batch: Batch,
    ) -> BoxFuture<'static, Result<u64, AppendError>> {
        if self.is_away.load(Ordering::Relaxed) {
            return Box::pin(async { Err(AppendError::Away(away())) });
        }
        if once(&self.conflicts) {
            return Box::pin(async { Err(AppendError::Conflict { row: 0 }) });
        }
        let appended = self.slowly(self.store.append_batch(deck, batch));
        if !once(&self.lose_answers) {
            return appended;
        }
        Box::pin(async move {
            appended.await?;
            Err(AppendError::Away(away()))
        })
    }

    fn tail(&self, deck: &DeckId, after: u64) -> StoreResult<Tail> {
        self.tails.fetch_add(1, Ordering::Relaxed);
        self.ask(self.store.tail(deck, after))
    }

    fn heads(&self, decks: Vec<DeckId>) -> StoreResult<Vec<Head>> {
        self.ask(self.store.heads(decks))
    }

    fn stage(&self, deck: &DeckId) -> StoreResult<Option<StoredStage>> {
        if once(&self.stageless) {
            return Box::pin(async { Err(away()) });
        }
        self.ask(self.store.stage(deck))
    }

    fn set_stage(
        &self,
        deck: &DeckId,
        expected: u64,
        json: String,
        live: bool,
    ) -> StoreResult<StageSet> {
        self.ask(self.store.set_stage(deck, expected, json, live))
    }

    fn live_decks(&self) -> StoreResult<Vec<DeckId>> {
        self.ask(self.store.live_decks())
    }

    fn beat(&self, node: NodeId, gone_after: Duration) -> StoreResult<Vec<NodeId>> {
        self.ask(self.store.beat(node, gone_after))
    }

    fn leave(&self, node: NodeId) -> StoreResult<()> {
        self.ask(self.store.leave(node))
    }

    fn take_lease(&self, name: &str, node: NodeId, gone_after: Duration) -> StoreResult<NodeId> {
        self.ask(self.store.take_lease(name, node, gone_after))
    }

    fn give_lease_back(&self, name: &str, node: NodeId) -> StoreResult<()> {
        self.ask(self.store.give_lease_back(name, node))
    }

    fn clock(&self) -> StoreResult<i64> {
        self.ask(self.store.clock())
    }
}

/// One of the nodes.
pub(in crate::hub) struct Node {
    pub(in crate::hub) hub: Hub,
    pub(in crate::hub) cluster: Cluster,
    pub(in crate::hub) link: Arc<LocalLink>,
    pub(in crate::hub) line: Arc<Line>,
}

/// All of them.
pub(in crate::hub) struct Place {
    pub(in crate::hub) store: Arc<MemoryStore>,
    pub(in crate::hub) bus: LocalBus,
    pub(in crate::hub) nodes: Vec<Node>,
    pub(in crate::hub) deck: DeckId,
}

impl Place {
    pub(in crate::hub) async fn new(count: usize, slowest: usize, seed: u64) -> Self {
        let (store, bus) = (Arc::new(MemoryStore::default()), LocalBus::default());
        let deck = DeckId::parse("deck").unwrap();
        let snapshot = Snapshot::new(DeckDoc::seed(9, "start "), "start ");
        let made = NewDeck { id: deck.clone(), title: String::new(), snapshot };
        store.create_deck(made).await.unwrap();
        let mut nodes = Vec::new();
        for number in 0..count {
            let line = Arc::new(Line {
                store: Arc::clone(&store),
                slowest,
                random: Mutex::new(Rng::new(seed + number as u64)),
                is_away: AtomicBool::new(false),
                lose_answers: AtomicUsize::new(0),
                conflicts: AtomicUsize::new(0),
                tails: AtomicUsize::new(0),
                stageless: AtomicUsize::new(0),
            });
            let link = bus.link();
            let shared: SharedClusterStore = line.clone();
            let own_bus: SharedBus = link.clone();
            let secret = store.secret().await.unwrap();
            let tasks = TaskTracker::new();
            let cluster = Cluster::start(shared, Some(own_bus), &secret, &tasks).await.unwrap();
            let decks = Arc::clone(&store) as SharedStore;
            let hub = Hub::in_cluster(decks, options(), cluster.clone());
            nodes.push(Node { hub, cluster, link, line });
        }
        Self { store, bus, nodes, deck }
    }

    /// Somebody comes to a node and has the deck.
    pub(in crate::hub) async fn person(
        &self,
        name: &str,
        role: Role,
        node: usize,
    ) -> (Person, Seat) {
        let seed = name.bytes().fold(7, |seed, byte| seed * 31 + u64::from(byte));
        let mut person = Person::new(name, role, seed);
        let mut seat = person.joins(&self.nodes[node].hub, &self.deck).await;
        let ready = |person: &Person| person.is_ready && person.is_saved();
        assert_eq!(person.stays_until(&mut seat, ready).await, None);
        (person, seat)
    }

    /// What a restart would find.
    pub(in crate::hub) async fn stored(&self) -> String {
        let journal = self.store.load(&self.deck).await.unwrap().unwrap();
        let opened = document::open(&journal);
        assert_eq!((opened.damage, opened.unsound), (Vec::new(), None));
        opened.doc.text()
    }

    /// Every room ends in good order and says in the end what is stored.
    pub(in crate::hub) async fn end(self) {
        let stored = self.stored().await;
        for node in &self.nodes {
            assert_eq!(node.hub.text(&self.deck).await.unwrap(), stored);
        }
        for node in &self.nodes {
            node.hub.shutdown().await;
            node.cluster.stop().await;
        }
        assert_eq!(self.stored().await, stored);
    }
}
