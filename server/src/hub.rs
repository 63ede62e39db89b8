//! Deck id → running room: opens rooms, hands out seats, and ends everything on shutdown.

mod actor;
#[cfg(test)]
mod outage;
mod outbox;
#[cfg(test)]
mod race;
#[cfg(test)]
mod testing;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use collab::access::Role;
use collab::room::{CloseReason, PeerId, Protocol};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::store::{DeckId, SharedStore, StoreError};
pub use outbox::{Outbox, Outgoing};

/// Messages from all peers of a room that wait for it. More make their connections wait, which
/// slows the senders down through TCP.
const MAILBOX: usize = 256;
/// Bytes of frames that wait for a room; more make their connections wait as well.
const MAILBOX_BYTES: usize = 8 * 1024 * 1024;
/// How often a room may end before it has answered: by chance it is once, more is a fault.
const MOST_ATTEMPTS: usize = 10;
/// How long shutdown waits for rooms to store everything.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(25);

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
    /// What they may do.
    pub role: Role,
    /// What their client speaks.
    pub protocol: Protocol,
}

type Reply<T> = oneshot::Sender<Result<T, JoinError>>;

/// What a room gives to one who joins.
struct Place {
    peer: PeerId,
    outbox: Outbox,
    /// What is free of [`MAILBOX_BYTES`].
    space: Arc<Semaphore>,
    /// Microseconds that the room has worked for it.
    spent: Arc<AtomicU64>,
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
    },
    Leave {
        peer: PeerId,
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
    /// A room is here from before it starts to load until after its last write: two rooms for
    /// one deck can never be open at once. Never held across an await.
    rooms: Mutex<HashMap<DeckId, mpsc::Sender<Command>>>,
    next_peer: AtomicU64,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Hub {
    /// A hub without rooms.
    pub fn new(store: SharedStore, options: HubOptions) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                options,
                rooms: Mutex::default(),
                next_peer: AtomicU64::new(1),
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
        let (inbox, Place { peer, outbox, space, spent }) = self.ask(deck, ask).await?;
        Ok(Seat { peer, inbox, outbox, space, spent, _running: self.running() })
    }

    /// The live text of a deck.
    ///
    /// # Errors
    /// As [`Hub::join`].
    pub async fn text(&self, deck: &DeckId) -> Result<String, JoinError> {
        Ok(self.ask(deck, |reply| Command::Text { reply }).await?.1)
    }

    /// Closes a deck's room, if it is open, and with it everybody's connection.
    pub async fn close(&self, deck: &DeckId, reason: CloseReason) {
        let room = self.rooms().get(deck).cloned();
        if let Some(room) = room {
            // A room that has just ended has nothing to close.
            let _ = room.send(Command::Close { reason }).await;
        }
    }

    /// How many rooms are open.
    pub fn open_rooms(&self) -> usize {
        self.rooms().len()
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

    /// Sends a command to the deck's room and waits for the answer. A room that ends in this
    /// very moment drops the command unanswered; then a new room is asked.
    async fn ask<T>(
        &self,
        deck: &DeckId,
        command: impl Fn(Reply<T>) -> Command,
    ) -> Result<(mpsc::Sender<Command>, T), JoinError> {
        for _ in 0..MOST_ATTEMPTS {
            let inbox = self.room(deck)?;
            let (reply, answer) = oneshot::channel();
            if inbox.send(command(reply)).await.is_ok()
                && let Ok(answer) = answer.await
            {
                return answer.map(|answer| (inbox, answer));
            }
            // Let the room that is ending come to its end.
            tokio::task::yield_now().await;
        }
        Err(JoinError::Store(StoreError(format!("the room of deck {deck} fails again and again"))))
    }

    /// The mailbox of the deck's room, which may still be loading.
    fn room(&self, deck: &DeckId) -> Result<mpsc::Sender<Command>, JoinError> {
        if self.inner.stopping.is_cancelled() {
            return Err(JoinError::Stopping);
        }
        let mut rooms = self.rooms();
        if let Some(inbox) = rooms.get(deck) {
            return Ok(inbox.clone());
        }
        let (inbox, mailbox) = mpsc::channel(MAILBOX);
        rooms.insert(deck.clone(), inbox.clone());
        let listed = Listed { hub: self.clone(), deck: deck.clone(), inbox: inbox.downgrade() };
        self.inner.tasks.spawn(actor::run(listed, mailbox));
        Ok(inbox)
    }

    fn rooms(&self) -> std::sync::MutexGuard<'_, HashMap<DeckId, mpsc::Sender<Command>>> {
        self.inner.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_peer(&self) -> PeerId {
        PeerId(self.inner.next_peer.fetch_add(1, Ordering::Relaxed))
    }
}

/// A room's entry in the hub's list. Dropping it, also in a panic, takes the room off.
struct Listed {
    hub: Hub,
    deck: DeckId,
    inbox: mpsc::WeakSender<Command>,
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut rooms = self.hub.rooms();
        let own = self.inbox.upgrade();
        if let (Some(own), Some(listed)) = (own, rooms.get(&self.deck))
            && listed.same_channel(&own)
        {
            rooms.remove(&self.deck);
        }
    }
}

/// A place in a room. Dropping it leaves the room.
pub struct Seat {
    peer: PeerId,
    inbox: mpsc::Sender<Command>,
    outbox: Outbox,
    space: Arc<Semaphore>,
    spent: Arc<AtomicU64>,
    /// Shutdown waits for the connection, so that its last words get out.
    _running: TaskTrackerToken,
}

impl Seat {
    /// Hands a message to the room; waits while the room is busy. `false` when it has ended.
    pub async fn send(&self, bytes: Bytes) -> bool {
        let units = u32::try_from(bytes.len()).unwrap_or(u32::MAX).min(MAILBOX_BYTES as u32);
        // The room never closes it; an error would mean that it has ended.
        let Ok(space) = Arc::clone(&self.space).acquire_many_owned(units).await else {
            return false;
        };
        self.inbox.send(Command::Frame { peer: self.peer, bytes, space }).await.is_ok()
    }

    /// How long the room has worked on its messages since the last time this was asked.
    pub fn take_spent(&self) -> Duration {
        Duration::from_micros(self.spent.swap(0, Ordering::Relaxed))
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
