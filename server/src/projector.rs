//! Shows decks to their audience: those who watch get slides and a position, and nothing else.
//!
//! A deck that is watched or presented has one projector, a peer of its room inside the server. It
//! tracks the slide that is presented and renders what changes, once for everybody.

mod agenda;
mod audience;
mod clean;
mod holding;
mod machine;
mod messages;
mod record;
mod snapshot;
mod source;
mod task;
mod text;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use collab::doc::Anchor;
use collab::room::CloseReason;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::elsewhere::SharedElsewhere;
use crate::hub::{Hub, JoinError, Outbox};
use crate::peer::Attending;
use crate::roster::{self, Roster};
use crate::store::talk::SharedCalls;
use crate::store::{DeckId, LinkRole, StoreError};
pub(crate) use machine::Survey;
use machine::ViewerId;
pub(crate) use messages::SUBPROTOCOL;
pub(crate) use record::StoredTimes;
pub(crate) use snapshot::{Snapshot, escape};
pub(crate) use text::with_ticket;

type Reply<T> = roster::Reply<T, CloseReason>;

enum Command {
    /// Somebody wants to watch, and may have a revision already.
    View {
        role: LinkRole,
        have: Option<String>,
        reply: Reply<Place>,
    },
    /// Somebody wants all of the deck once.
    Show {
        reply: Reply<Arc<Snapshot>>,
    },
    /// Somebody wants to know where some positions are.
    Survey {
        anchors: Vec<Option<Anchor>>,
        reply: Reply<Survey>,
    },
    /// Somebody wants a position on the slide of this title near this number.
    Spot {
        title: String,
        number: u32,
        reply: Reply<Option<Anchor>>,
    },
    /// Somebody who may present has come.
    Attend {
        reply: Reply<Attending>,
    },
    Say {
        viewer: ViewerId,
        json: String,
    },
    Leave {
        viewer: ViewerId,
    },
}

/// What a projector gives to one who comes.
struct Place {
    viewer: ViewerId,
    outbox: Outbox,
}

/// All projectors.
#[derive(Clone)]
pub(crate) struct Projectors {
    inner: Arc<Inner>,
}

struct Inner {
    hub: Hub,
    tasks: TaskTracker,
    running: Roster<Command>,
    lives: AtomicU64,
    /// Decks that somebody presents at this moment. Never locked across an await.
    live: Mutex<HashSet<DeckId>>,
    calls: SharedCalls,
    /// Unix milliseconds.
    clock: fn() -> i64,
    /// Other nodes that serve the same decks.
    elsewhere: Option<SharedElsewhere>,
}

impl Projectors {
    /// No projector yet. They store the times of calls, by this clock.
    pub(crate) fn new(
        hub: Hub,
        tasks: TaskTracker,
        calls: SharedCalls,
        clock: fn() -> i64,
        elsewhere: Option<SharedElsewhere>,
    ) -> Self {
        let (running, lives, live) = (Roster::default(), AtomicU64::new(1), Mutex::default());
        let inner = Inner { hub, tasks, running, lives, live, calls, clock, elsewhere };
        Self { inner: Arc::new(inner) }
    }

    /// Whether somebody presents a deck at this moment, on whatever node.
    pub(crate) fn is_live(&self, deck: &DeckId) -> bool {
        let elsewhere = self.inner.elsewhere.as_ref();
        self.live().contains(deck) || elsewhere.is_some_and(|elsewhere| elsewhere.is_live(deck))
    }

    fn live(&self) -> MutexGuard<'_, HashSet<DeckId>> {
        self.inner.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a seat in the audience of a deck.
    pub(crate) async fn view(
        &self,
        deck: &DeckId,
        role: LinkRole,
        have: Option<String>,
    ) -> Result<ViewerSeat, CloseReason> {
        let ask = |reply| Command::View { role, have: have.clone(), reply };
        let (inbox, Place { viewer, outbox }) = self.ask(deck, ask).await?;
        Ok(ViewerSeat { viewer, inbox, outbox, _running: self.inner.hub.running() })
    }

    /// The deck as its audience has it.
    pub(crate) async fn snapshot(&self, deck: &DeckId) -> Result<Arc<Snapshot>, CloseReason> {
        Ok(self.ask(deck, |reply| Command::Show { reply }).await?.1)
    }

    /// The text of a deck, and on which of its slides these positions are.
    pub(crate) async fn survey(
        &self,
        deck: &DeckId,
        anchors: Vec<Option<Anchor>>,
    ) -> Result<Survey, CloseReason> {
        Ok(self.ask(deck, |reply| Command::Survey { anchors: anchors.clone(), reply }).await?.1)
    }

    /// Where the slide of this title begins that is nearest to a number.
    pub(crate) async fn spot(
        &self,
        deck: &DeckId,
        title: &str,
        number: u32,
    ) -> Result<Option<Anchor>, CloseReason> {
        let ask = |reply| Command::Spot { title: title.to_owned(), number, reply };
        Ok(self.ask(deck, ask).await?.1)
    }

    /// Keeps a projector running for one who may present, until it is dropped.
    pub(crate) async fn attend(&self, deck: &DeckId) -> Option<Attending> {
        let attended = self.ask(deck, |reply| Command::Attend { reply }).await;
        attended.ok().map(|(_, attending)| attending)
    }

    /// Asks the deck's projector, which is started if there is none.
    async fn ask<T>(
        &self,
        deck: &DeckId,
        command: impl Fn(Reply<T>) -> Command,
    ) -> Result<(mpsc::Sender<Command>, T), CloseReason> {
        let running = || {
            Ok(self.inner.running.get_or_start(deck, |listed, mailbox| {
                self.inner.tasks.spawn(task::run(self.clone(), listed, mailbox));
            }))
        };
        let failed = || {
            tracing::error!(%deck, "the projector of a deck fails again and again");
            CloseReason::StorageFailed
        };
        roster::ask(running, command, failed).await
    }

    /// A name that no projector has had, also not before a restart.
    fn next_life(&self) -> String {
        let number = self.inner.lives.fetch_add(1, Ordering::Relaxed);
        let random = getrandom::u32().unwrap_or_default();
        format!("r{number}x{random:08x}")
    }
}

/// A place in the audience. Dropping it leaves.
pub(crate) struct ViewerSeat {
    viewer: ViewerId,
    inbox: mpsc::Sender<Command>,
    outbox: Outbox,
    /// Shutdown waits for the connection, so that its last words get out.
    _running: TaskTrackerToken,
}

impl ViewerSeat {
    /// What the projector sends.
    pub(crate) fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Hands on what the viewer says.
    pub(crate) async fn say(&self, json: String) {
        // When the projector has ended, its last words are in the outbox.
        let _ = self.inbox.send(Command::Say { viewer: self.viewer, json }).await;
    }
}

impl Drop for ViewerSeat {
    fn drop(&mut self) {
        // When the mailbox is full the projector notices the closed outbox with its next message.
        let _ = self.inbox.try_send(Command::Leave { viewer: self.viewer });
    }
}

/// Why there is no room, for those who watch.
fn reason(error: &JoinError) -> CloseReason {
    match error {
        JoinError::NoDeck => CloseReason::NoDeck,
        JoinError::Stopping => CloseReason::Draining,
        JoinError::Store(StoreError(_)) => CloseReason::StorageFailed,
    }
}
