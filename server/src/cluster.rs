//! The nodes that serve the same decks: who is there, and what they tell each other.
//!
//! The store is the truth; the bus makes it fast. Every [`LOOK_EVERY`] a node looks at what the store
//! has of the decks that are open here, whether the bus works or not: that heals whatever was lost.

mod look;
mod message;
mod seal;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use collab::nodes::NodeId;
use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bus::{Incoming, MAX_MESSAGE_BYTES, Request, RequestError, SharedBus, Subscription};
use crate::store::cluster::SharedClusterStore;
use crate::store::{DeckId, StoreError, StoreResult};
pub(crate) use look::{DeckNews, OpenDeck, Seen};
pub(crate) use message::{DeckMessage, NodesMessage, rows as encode_rows};
use seal::Seal;

/// How often a node says that it is there.
pub(crate) const BEAT_EVERY: Duration = Duration::from_secs(2);
/// A node that was not heard of for this long is gone: three beats, so that one may be late.
pub(crate) const NODE_GONE_AFTER: Duration = Duration::from_secs(6);
/// How often a node looks at what it may have missed: people wait no longer for what was written
/// while the bus is away.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A question to the store that takes longer has failed: it is asked again at the next look.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// Decks of which somebody may still have to be told; whoever is further behind asks for all.
const KEPT_NEWS: usize = 1024;
/// Under which all nodes hear of what is of no deck that is open.
const NODES: &str = "ondeck.nodes";

/// The nodes, as this one sees them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Cluster {
    shared: Option<Arc<Shared>>,
}

/// What nodes share.
pub(crate) struct Shared {
    /// This one.
    pub(crate) node: NodeId,
    /// The store of all.
    pub(crate) store: SharedClusterStore,
    bus: Option<SharedBus>,
    seal: Seal,
    open: look::OpenDecks,
    present: watch::Sender<Vec<NodeId>>,
    live: watch::Sender<Arc<BTreeSet<DeckId>>>,
    /// Decks of which something changed. Whoever is too slow looks at all: each only says "look
    /// again".
    news: broadcast::Sender<DeckNews>,
    look_now: Notify,
    /// Messages that were of another version or not of ours.
    strange: AtomicU64,
    /// Messages that were too large.
    too_large: AtomicU64,
    gaps: AtomicU64,
    away: Mutex<Away>,
    stopping: CancellationToken,
}

/// Since when something does not work.
#[derive(Default)]
struct Away {
    store: Option<Instant>,
    bus: Option<Instant>,
}

/// How the nodes are.
#[derive(Debug, Clone)]
pub(crate) struct ClusterHealth {
    /// How many are there, this one included.
    pub(crate) nodes: usize,
    /// Whether messages pass.
    pub(crate) bus: BusHealth,
    /// Since when the shared store cannot be asked.
    pub(crate) store_away_since: Option<Instant>,
    /// Rows of one deck that are stored and not here, at most.
    pub(crate) journal_lag_rows: u64,
    /// Messages that were dropped, as they were not of ours, of another version, or too large.
    pub(crate) refused_messages: u64,
    /// Messages that were not sent, as the bus was away or did not keep up.
    pub(crate) dropped_messages: u64,
    /// How often something may have been missed.
    pub(crate) gaps: u64,
}

/// Whether messages pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BusHealth {
    /// There is no bus.
    None,
    /// They do.
    Up,
    /// They do not.
    Away {
        /// Since when.
        since: Instant,
    },
}

impl Cluster {
    /// This process is the only one.
    pub(crate) fn alone() -> Self {
        Self { shared: None }
    }

    /// Joins those who share a store, and says so again and again until [`Cluster::stop`].
    ///
    /// # Errors
    /// When the system has no random bits.
    pub(crate) async fn start(
        store: SharedClusterStore,
        bus: Option<SharedBus>,
        secret: &[u8; 32],
        tasks: &TaskTracker,
    ) -> anyhow::Result<Self> {
        let node = NodeId(random()?);
        let shared = Arc::new(Shared {
            node,
            store,
            bus,
            seal: Seal::new(secret, node),
            open: look::OpenDecks::default(),
            present: watch::Sender::new(vec![node]),
            live: watch::Sender::default(),
            news: broadcast::Sender::new(KEPT_NEWS),
            look_now: Notify::new(),
            strange: AtomicU64::new(0),
            too_large: AtomicU64::new(0),
            gaps: AtomicU64::new(0),
            away: Mutex::default(),
            stopping: CancellationToken::new(),
        });
        // Others know of it before anybody can be on it.
        shared.beat().await;
        let stopping = || shared.stopping.clone();
        tasks.spawn(stopping().run_until_cancelled_owned(keep_beating(Arc::clone(&shared))));
        tasks.spawn(stopping().run_until_cancelled_owned(keep_looking(Arc::clone(&shared))));
        tracing::info!(node = node.0, bus = shared.bus.is_some(), "this is one of several nodes");
        Ok(Self { shared: Some(shared) })
    }

    /// What is shared; `None` when this process is the only one.
    pub(crate) fn shared(&self) -> Option<&Arc<Shared>> {
        self.shared.as_ref()
    }

    /// How the nodes are.
    pub(crate) fn health(&self) -> ClusterHealth {
        let Some(shared) = &self.shared else {
            return ClusterHealth {
                nodes: 1,
                bus: BusHealth::None,
                store_away_since: None,
                journal_lag_rows: 0,
                refused_messages: 0,
                dropped_messages: 0,
                gaps: 0,
            };
        };
        ClusterHealth {
            nodes: shared.present.borrow().len(),
            bus: shared.bus_health(),
            store_away_since: shared.away().store,
            journal_lag_rows: shared.open.lag(),
            refused_messages: shared.strange.load(Ordering::Relaxed)
                + shared.too_large.load(Ordering::Relaxed),
            dropped_messages: shared.bus.as_ref().map_or(0, |bus| bus.dropped()),
            gaps: shared.gaps.load(Ordering::Relaxed),
        }
    }

    /// Leaves the others in good order, after the last room has ended.
    pub(crate) async fn stop(&self) {
        let Some(shared) = &self.shared else { return };
        shared.stopping.cancel();
        if let Err(error) = soon(shared.store.leave(shared.node)).await {
            tracing::warn!(%error, "the other nodes wait until they notice that this one is gone");
        }
        if let Some(bus) = &shared.bus {
            bus.close().await;
        }
    }
}

impl Shared {
    /// The nodes that are there, this one included, whenever they change.
    pub(crate) fn present_nodes(&self) -> watch::Receiver<Vec<NodeId>> {
        self.present.subscribe()
    }

    /// Whether somebody presents a deck on any node, as of the last look.
    pub(crate) fn is_live(&self, deck: &DeckId) -> bool {
        self.live.borrow().contains(deck)
    }

    /// Open decks of which something changed, as of the last look.
    pub(crate) fn news(&self) -> broadcast::Receiver<DeckNews> {
        self.news.subscribe()
    }

    /// Looks at all open decks at once, and not only when it is time to.
    pub(crate) fn look_now(&self) {
        self.look_now.notify_one();
    }

    /// Where the rooms of a deck hear each other.
    pub(crate) fn deck_subject(deck: &DeckId) -> String {
        format!("ondeck.deck.{deck}")
    }

    /// Tells all who listen to a subject on other nodes. `false` when it is too much for a message.
    pub(crate) fn publish(&self, subject: &str, payload: &[u8]) -> bool {
        let Some(bus) = &self.bus else { return true };
        let sealed = self.seal.close(&[subject.as_bytes()], payload);
        let fits = sealed.len() <= MAX_MESSAGE_BYTES;
        if fits {
            bus.publish(subject, sealed);
        }
        fits
    }

    /// Tells those who have a deck open on other nodes.
    pub(crate) fn tell_deck(&self, deck: &DeckId, message: &DeckMessage) {
        if !self.publish(&Self::deck_subject(deck), &message.encode()) {
            self.too_large.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(%deck, "a message to other nodes is too large");
        }
    }

    /// Tells all other nodes.
    pub(crate) fn tell_nodes(&self, message: &NodesMessage) {
        // A name and a word: it is never too large.
        self.publish(NODES, &serde_json::to_vec(message).unwrap_or_default());
    }

    /// Hears what all nodes are told.
    pub(crate) async fn listen_to_nodes(self: &Arc<Self>) -> Listening {
        self.listen(NODES).await
    }

    /// Hears what other nodes say under a subject.
    pub(crate) async fn listen(self: &Arc<Self>, subject: &str) -> Listening {
        let messages = match &self.bus {
            Some(bus) => Some(bus.subscribe(subject).await),
            None => None,
        };
        Listening { shared: Arc::clone(self), subject: subject.to_owned(), messages }
    }

    /// Asks the node that answers under a subject.
    ///
    /// # Errors
    /// When none does in time.
    pub(crate) async fn ask(
        &self,
        subject: &str,
        question: Bytes,
        within: Duration,
    ) -> Result<Bytes, RequestError> {
        let bus = self.bus.as_ref().ok_or(RequestError::Away)?;
        let sealed = self.seal.close(&[subject.as_bytes()], &question);
        let answer = bus.request(subject, sealed.clone(), within).await?;
        let opened = self.seal.open(&[subject.as_bytes(), &sealed], &answer);
        opened.map(|(_, answer)| answer).ok_or_else(|| {
            self.strange.fetch_add(1, Ordering::Relaxed);
            RequestError::Nobody
        })
    }

    /// Answers what other nodes ask under a subject, until it is dropped.
    pub(crate) async fn answer(self: &Arc<Self>, subject: &str) -> Answering {
        let questions = match &self.bus {
            Some(bus) => Some(bus.answer(subject).await),
            None => None,
        };
        Answering { shared: Arc::clone(self), subject: subject.to_owned(), questions }
    }

    pub(crate) fn bus_health(&self) -> BusHealth {
        let Some(bus) = &self.bus else { return BusHealth::None };
        let mut away = self.away();
        if bus.is_connected() {
            if let Some(since) = away.bus.take() {
                tracing::info!(seconds = since.elapsed().as_secs(), "the bus is back");
            }
            return BusHealth::Up;
        }
        let since = *away.bus.get_or_insert_with(|| {
            tracing::warn!("the bus is away: nodes hear of each other through the store");
            Instant::now()
        });
        BusHealth::Away { since }
    }

    fn away(&self) -> std::sync::MutexGuard<'_, Away> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn beat(&self) {
        // One that hangs must not take the time of the next.
        let beat = timeout(BEAT_EVERY, self.store.beat(self.node, NODE_GONE_AFTER)).await;
        let beat = beat.unwrap_or_else(|_| Err(StoreError("no beat in time".into())));
        self.note_store(beat.as_ref().err());
        self.bus_health();
        let Ok(mut nodes) = beat else { return };
        nodes.sort_unstable();
        self.present.send_if_modified(|present| {
            let changed = *present != nodes;
            *present = nodes;
            changed
        });
    }

    fn note_store(&self, error: Option<&StoreError>) {
        let mut away = self.away();
        match error {
            None => {
                if let Some(since) = away.store.take() {
                    tracing::info!(seconds = since.elapsed().as_secs(), "the store is back");
                }
            }
            Some(error) if away.store.is_none() => {
                away.store = Some(Instant::now());
                tracing::error!(%error, "the store that the nodes share cannot be asked");
            }
            Some(_) => {}
        }
    }
}

async fn keep_beating(shared: Arc<Shared>) {
    let mut ticks = interval(BEAT_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first has been.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        shared.beat().await;
    }
}

async fn keep_looking(shared: Arc<Shared>) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = shared.look_now.notified() => {}
        }
        let looked = shared.look().await;
        shared.note_store(looked.as_ref().err());
    }
}

/// An answer of the store, or that there is none in time.
pub(crate) async fn soon<T>(asked: StoreResult<T>) -> Result<T, StoreError> {
    timeout(ANSWERS_WITHIN, asked)
        .await
        .unwrap_or_else(|_| Err(StoreError("the store does not answer".into())))
}

/// 63 random bits.
///
/// # Errors
/// When the system has none.
pub(crate) fn random() -> anyhow::Result<u64> {
    let random = getrandom::u64();
    random.map(|bits| bits >> 1).map_err(|error| anyhow::anyhow!("no random bits: {error}"))
}

/// What comes from other nodes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// One of them says this.
    Message(NodeId, Bytes),
    /// Something may have been lost.
    Gap,
}

/// Hears what other nodes say under a subject, until it is dropped.
pub(crate) struct Listening {
    shared: Arc<Shared>,
    subject: String,
    messages: Option<Subscription>,
}

impl Listening {
    /// What comes next; never ends. May be given up at any time.
    pub(crate) async fn next(&mut self) -> Heard {
        let Some(messages) = &mut self.messages else { return std::future::pending().await };
        loop {
            match messages.recv().await {
                Some(Incoming::Gap) => {
                    self.shared.gaps.fetch_add(1, Ordering::Relaxed);
                    return Heard::Gap;
                }
                Some(Incoming::Message(sealed)) => {
                    match self.shared.seal.open(&[self.subject.as_bytes()], &sealed) {
                        Some((node, _)) if node == self.shared.node => {}
                        Some((node, payload)) => return Heard::Message(node, payload),
                        None => _ = self.shared.strange.fetch_add(1, Ordering::Relaxed),
                    }
                }
                // The bus has ended, as the server does.
                None => std::future::pending::<()>().await,
            }
        }
    }

    /// Notes that a message could not be read.
    pub(crate) fn not_understood(&self) {
        self.shared.strange.fetch_add(1, Ordering::Relaxed);
    }
}

/// Hears what other nodes ask under a subject, until it is dropped.
pub(crate) struct Answering {
    shared: Arc<Shared>,
    subject: String,
    questions: Option<mpsc::Receiver<Request>>,
}

/// A question of another node.
pub(crate) struct Question {
    /// What is asked.
    pub(crate) payload: Bytes,
    /// Sends the answer. Dropped, nobody answers.
    pub(crate) reply: Box<dyn FnOnce(Bytes) + Send>,
}

impl Answering {
    /// The next question; never ends. May be given up at any time.
    pub(crate) async fn next(&mut self) -> Question {
        let Some(questions) = &mut self.questions else { return std::future::pending().await };
        loop {
            let Some(Request { payload: sealed, reply }) = questions.recv().await else {
                return std::future::pending().await;
            };
            let Some((_, payload)) = self.shared.seal.open(&[self.subject.as_bytes()], &sealed)
            else {
                self.shared.strange.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let (shared, subject) = (Arc::clone(&self.shared), self.subject.clone());
            let reply = Box::new(move |answer: Bytes| {
                reply(shared.seal.close(&[subject.as_bytes(), &sealed], &answer));
            });
            return Question { payload, reply };
        }
    }
}
