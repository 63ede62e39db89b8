//! Deck id → running room: opens rooms, hands out seats, and ends everything on shutdown.

mod abandoned;
mod actor;
#[cfg(test)]
mod outage;
mod outbox;
#[cfg(test)]
mod race;
#[cfg(test)]
mod several;
#[cfg(test)]
mod testing;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use collab::access::Role;
use collab::nodes::NodeMessage;
use collab::room::{CloseReason, Event, PeerId, Protocol};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::cluster::{self, Cluster, DeckMessage};
use crate::metrics::Metrics;
use crate::roster::{self, Roster};
use crate::store::{DeckId, SharedStore, StoreError};
pub(crate) use actor::has_other_threads;
pub use outbox::{Outbox, Outgoing};
pub(crate) use outbox::{OutboxSender, outbox, waiting_bytes};

/// Bytes of frames that wait for a room; more make their connections wait as well.
const MAILBOX_BYTES: usize = 8 * 1024 * 1024;
/// How long shutdown waits for rooms to store everything.
/// (The server as a whole takes 25 s; the rest is for connections that end.)
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(23);

/// How rooms behave; the defaults suit a server, tests shorten the times.
#[derive(Debug, Clone)]
pub struct HubOptions {
    /// How long a room without anybody stays open, for those who reload the page.
    pub unload_after: Duration,
    /// Reads the title of a deck from its text. The hub itself knows no Markdown.
    pub title_of: fn(&str) -> String,
    /// The server's version, told to clients.
    pub version: &'static str,
}

/// Why somebody could not join.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JoinError {
    /// There is no such deck, or it is in the bin.
    #[error("there is no such deck")]
    NoDeck,
    /// The deck could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server is shutting down.
    #[error("the server is shutting down")]
    Stopping,
}

/// Who joins.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Stands in the journal as the author.
    pub principal: String,
    /// The name that others see; `None` for those who choose theirs.
    pub name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// What their client speaks.
    pub protocol: Protocol,
}

type Reply<T> = roster::Reply<T, JoinError>;

/// What a room gives to one who joins.
struct Place {
    peer: PeerId,
    outbox: Outbox,
    /// What is free of [`MAILBOX_BYTES`].
    space: Arc<Semaphore>,
    tally: Arc<Tally>,
}

/// What a room finds out about one connection.
#[derive(Default)]
struct Tally {
    /// Microseconds that the room has worked for it.
    spent: AtomicU64,
    /// It wanted to write, and may not.
    refused: Notify,
}

enum Command {
    Join {
        visitor: Visitor,
        reply: Reply<Place>,
    },
    Frame {
        peer: PeerId,
        bytes: Bytes,
        /// Its share of [`MAILBOX_BYTES`], given back when the room is done with it.
        space: OwnedSemaphorePermit,
        /// When it came.
        at: Instant,
    },
    Leave {
        peer: PeerId,
    },
    ChangeRole {
        peer: PeerId,
        role: Role,
    },
    /// What another part of the server found out.
    Tell {
        event: Event,
    },
    /// Something beside the text for the clients of this node alone, as JSON.
    PostHere {
        json: String,
    },
    Text {
        reply: Reply<String>,
    },
    /// Ends the room for good, after storing everything.
    Close {
        reason: CloseReason,
    },
}

/// All open rooms.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

struct Inner {
    store: SharedStore,
    options: HubOptions,
    cluster: Cluster,
    /// A room is here from before it starts to load until after its last write.
    rooms: Roster<Command>,
    next_peer: AtomicU64,
    metrics: Metrics,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Hub {
    /// A hub without rooms, and without other nodes.
    pub fn new(store: SharedStore, options: HubOptions) -> Self {
        Self::in_cluster(store, options, Cluster::alone())
    }

    /// A hub without rooms, one of several that share a store.
    pub(crate) fn in_cluster(store: SharedStore, options: HubOptions, cluster: Cluster) -> Self {
        // No two connections have the same number, on whatever nodes they are. Without random bits
        // the node would not have begun.
        let first_peer = cluster.shared().and_then(|_| cluster::random().ok()).unwrap_or(1);
        Self {
            inner: Arc::new(Inner {
                store,
                options,
                cluster,
                rooms: Roster::default(),
                next_peer: AtomicU64::new(first_peer),
                metrics: Metrics::default(),
                tasks: TaskTracker::new(),
                stopping: CancellationToken::new(),
            }),
        }
    }

    /// Takes a seat in a deck's room; opens the room when nobody is there.
    ///
    /// # Errors
    /// When there is no such deck, it cannot be read, or the server is stopping.
    pub async fn join(&self, deck: &DeckId, visitor: Visitor) -> Result<Seat, JoinError> {
        let ask = |reply| Command::Join { visitor: visitor.clone(), reply };
        let (inbox, Place { peer, outbox, space, tally }) = self.ask(deck, ask).await?;
        Ok(Seat { peer, inbox, outbox, space, tally, _running: self.running() })
    }

    /// The live text of a deck.
    ///
    /// # Errors
    /// As [`Hub::join`].
    pub async fn text(&self, deck: &DeckId) -> Result<String, JoinError> {
        Ok(self.ask(deck, |reply| Command::Text { reply }).await?.1)
    }

    /// Closes a deck's room, if it is open, and with it everybody's connection. Other nodes look
    /// what became of the deck.
    pub async fn close(&self, deck: &DeckId, reason: CloseReason) {
        if let Some(shared) = self.inner.cluster.shared() {
            shared.tell_deck(deck, &DeckMessage::Look);
        }
        let room = self.inner.rooms.get(deck);
        if let Some(room) = room {
            // A room that has just ended has nothing to close.
            let _ = room.send(Command::Close { reason }).await;
        }
    }

    /// Tells everybody who has a deck open with our own client something beside its text, as JSON.
    /// Under a key the room keeps the last one for newcomers, until an empty one comes or the desk
    /// goes. Nothing happens when nobody is there.
    pub(crate) async fn post(&self, deck: &DeckId, key: Option<&str>, json: String) {
        let key = key.map(str::to_owned);
        let shared = self.inner.cluster.shared();
        shared.inspect(|shared| shared.heard_news(deck));
        if let Some(room) = self.inner.rooms.get(deck) {
            // The room tells those of other nodes. In one that has just ended there is nobody.
            let _ = room.send(Command::Tell { event: Event::Post { key, json } }).await;
        } else if let Some(shared) = shared {
            shared.tell_deck(deck, &DeckMessage::Room(NodeMessage::Post { key, json }));
        }
    }

    /// As [`Hub::post`] without a key, for those who are connected to this node.
    pub(crate) async fn post_here(&self, deck: &DeckId, json: String) {
        if let Some(room) = self.inner.rooms.get(deck) {
            // As above.
            let _ = room.send(Command::PostHere { json }).await;
        }
    }

    /// How many rooms are open.
    pub fn open_rooms(&self) -> usize {
        self.inner.rooms.len()
    }

    /// The figures of this server.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// How long what nobody needs stays, for those who reload the page.
    pub(crate) fn unload_after(&self) -> Duration {
        self.inner.options.unload_after
    }

    /// A future that ends when the server starts to shut down.
    pub fn stopping(&self) -> CancellationToken {
        self.inner.stopping.clone()
    }

    /// Tells everybody to reconnect later, stores everything and ends all rooms.
    pub async fn shutdown(&self) {
        self.inner.stopping.cancel();
        self.inner.tasks.close();
        if tokio::time::timeout(SHUTDOWN_LIMIT, self.inner.tasks.wait()).await.is_err() {
            tracing::error!("rooms were still storing changes when the time for shutdown was over");
        }
    }

    /// Keeps shutdown waiting until it is dropped: for what has to end in good order.
    pub fn running(&self) -> TaskTrackerToken {
        self.inner.tasks.token()
    }

    /// Sends a command to the deck's room, which is opened if it is not open.
    async fn ask<T>(
        &self,
        deck: &DeckId,
        command: impl Fn(Reply<T>) -> Command,
    ) -> Result<(mpsc::Sender<Command>, T), JoinError> {
        let words = || format!("the room of deck {deck} fails again and again");
        let failed = || JoinError::Store(StoreError(words()));
        roster::ask(|| self.room(deck), command, failed).await
    }

    /// The mailbox of the deck's room, which may still be loading.
    fn room(&self, deck: &DeckId) -> Result<mpsc::Sender<Command>, JoinError> {
        if self.inner.stopping.is_cancelled() {
            return Err(JoinError::Stopping);
        }
        Ok(self.inner.rooms.get_or_start(deck, |listed, mailbox| {
            self.inner.tasks.spawn(actor::run(self.clone(), listed, mailbox));
        }))
    }

    fn next_peer(&self) -> PeerId {
        PeerId(self.inner.next_peer.fetch_add(1, Ordering::Relaxed))
    }
}

/// A place in a room. Dropping it leaves the room.
pub struct Seat {
    peer: PeerId,
    inbox: mpsc::Sender<Command>,
    outbox: Outbox,
    space: Arc<Semaphore>,
    tally: Arc<Tally>,
    /// Shutdown waits for the connection, so that its last words get out.
    _running: TaskTrackerToken,
}

impl Seat {
    /// Hands a message to the room; waits while the room is busy. `false` when it has ended.
    pub async fn send(&self, bytes: Bytes) -> bool {
        let at = Instant::now();
        let units = u32::try_from(bytes.len()).unwrap_or(u32::MAX).min(MAILBOX_BYTES as u32);
        // The room never closes it; an error would mean that it has ended.
        let Ok(space) = Arc::clone(&self.space).acquire_many_owned(units).await else {
            return false;
        };
        self.inbox.send(Command::Frame { peer: self.peer, bytes, space, at }).await.is_ok()
    }

    /// Tells the room what it cannot know by itself: for projector and desk, which are part of the
    /// server and are believed. `false` when the room has ended.
    pub(crate) async fn tell(&self, event: Event) -> bool {
        self.inbox.send(Command::Tell { event }).await.is_ok()
    }

    /// What the connection may do from now on.
    pub async fn change_role(&self, role: Role) {
        // When the room has ended, its last words are in the outbox.
        let _ = self.inbox.send(Command::ChangeRole { peer: self.peer, role }).await;
    }

    /// Ends when the room has refused what only those may send who write; at most once.
    pub fn refused(&self) -> impl Future<Output = ()> + Send + 'static {
        let tally = Arc::clone(&self.tally);
        async move { tally.refused.notified().await }
    }

    /// How long the room has worked on its messages since the last time this was asked.
    pub fn take_spent(&self) -> Duration {
        Duration::from_micros(self.tally.spent.swap(0, Ordering::Relaxed))
    }

    /// What the room sends.
    pub fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // When the mailbox is full the room notices the closed outbox at its next tick.
        let _ = self.inbox.try_send(Command::Leave { peer: self.peer });
    }
}
