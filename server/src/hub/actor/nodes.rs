//! A room whose deck other nodes serve as well: what it hears of them, and what they hear of it.

use std::sync::Arc;
use std::time::Duration;

use collab::nodes::{NodeId, NodeMessage};
use collab::room::{CloseReason, Event};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::catching_up::{CatchingUp, Read};
use super::staging::{Staged, Staging};
use super::{Actor, End};
use crate::cluster::{DeckMessage, Heard, Listening, OpenDeck, Seen, Shared, soon};
use crate::hub::{Hub, JoinError};
use crate::store::DeckId;
use crate::store::cluster::{Head, StoredStage};

/// After a gap not all rooms ask who is there in the same moment.
const HELLO_SPREAD: Duration = Duration::from_millis(500);

/// What ties a room to the rooms of its deck on other nodes.
pub(super) struct Nodes {
    pub(super) shared: Arc<Shared>,
    listening: Listening,
    pub(super) open: OpenDeck,
    present: watch::Receiver<Vec<NodeId>>,
    pub(super) catching_up: CatchingUp,
    pub(super) staging: Staging,
    /// When to ask the others who is there.
    hello_at: Option<Instant>,
}

/// What a room has to do with other nodes next.
pub(super) enum News {
    Heard(Heard),
    Seen(Seen),
    Nodes(Vec<NodeId>),
    Read(Read),
    Staged(Staged),
    /// It is time to read what was missed.
    Due,
    /// It is time to ask the others who is there.
    Hello,
}

/// A part of [`HELLO_SPREAD`].
fn spread() -> Duration {
    HELLO_SPREAD * (getrandom::u32().unwrap_or_default() % 1024) / 1024
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// What comes from other nodes; nothing ever, when there are none. May be given up at any time.
/// `may_read`: nothing of our own is on its way to the journal.
pub(super) async fn news(nodes: &mut Option<Nodes>, may_read: bool) -> News {
    let Some(nodes) = nodes else { return std::future::pending().await };
    let (due, hello_at) = (nodes.catching_up.due(), nodes.hello_at);
    tokio::select! {
        biased;
        read = nodes.catching_up.read() => News::Read(read),
        // Before what is heard, which may never end: nothing is written until it was read.
        () = due, if may_read => News::Due,
        staged = nodes.staging.done() => News::Staged(staged),
        heard = nodes.listening.next() => News::Heard(heard),
        Ok(()) = nodes.open.seen.changed() => News::Seen(nodes.open.seen.borrow_and_update().clone()),
        Ok(()) = nodes.present.changed() => News::Nodes(nodes.present.borrow_and_update().clone()),
        () = until(hello_at) => News::Hello,
    }
}

impl Nodes {
    /// Listens to the others from now on: before anything of the deck is read. `None` when there
    /// are none.
    pub(super) async fn listen(hub: &Hub, deck: &DeckId) -> Option<Self> {
        let shared = hub.inner.cluster.shared()?;
        let listening = shared.listen(&Shared::deck_subject(deck)).await;
        Some(Self {
            listening,
            open: shared.open(deck),
            present: shared.present_nodes(),
            catching_up: CatchingUp::default(),
            staging: Staging::default(),
            hello_at: None,
            shared: Arc::clone(shared),
        })
    }

    /// How far the deck is, and what is presented. Read after its journal.
    pub(super) async fn standing(
        shared: Arc<Shared>,
        deck: &DeckId,
    ) -> Result<(Head, Option<StoredStage>), JoinError> {
        let head = shared.head(deck).await?.ok_or(JoinError::NoDeck)?;
        let stage = if head.stage > 0 { soon(shared.store.stage(deck)).await? } else { None };
        Ok((head, stage))
    }
}

impl Actor {
    /// Takes in how things stand, before anybody is here.
    pub(super) fn enter(&mut self, head: &Head, stage: Option<StoredStage>) {
        let Some(nodes) = &mut self.nodes else { return };
        let present = nodes.present.borrow_and_update().clone();
        self.handle(Event::Nodes { present });
        if let Some(stage) = stage {
            self.take_stage(stage);
        }
        self.go_forward();
        self.is_behind(head.last_seq);
    }

    pub(super) fn tell_nodes(&self, message: &DeckMessage) {
        if let Some(nodes) = &self.nodes {
            nodes.shared.tell_deck(&self.deck, message);
        }
    }

    /// Takes in what comes from other nodes.
    ///
    /// # Errors
    /// When the room has to end.
    pub(super) async fn hear_news(&mut self, news: News) -> Result<(), End> {
        match news {
            News::Heard(Heard::Message(node, payload)) => match DeckMessage::decode(payload) {
                Some(message) => self.hear(node, message)?,
                None => self.nodes.iter().for_each(|nodes| nodes.listening.not_understood()),
            },
            News::Heard(Heard::Gap) => {
                if let Some(nodes) = &mut self.nodes {
                    nodes.shared.look_now();
                    nodes.hello_at.get_or_insert_with(|| Instant::now() + spread());
                }
            }
            News::Hello => {
                self.nodes.iter_mut().for_each(|nodes| nodes.hello_at = None);
                self.tell_nodes(&DeckMessage::Room(NodeMessage::Hello));
            }
            News::Seen(seen) => self.see(&seen)?,
            News::Nodes(present) => self.handle(Event::Nodes { present }),
            News::Read(read) => self.have_read(read).await?,
            News::Staged(staged) => self.have_staged(staged)?,
            News::Due => self.read_tail(),
        }
        self.tell_text();
        Ok(())
    }

    fn hear(&mut self, node: NodeId, message: DeckMessage) -> Result<(), End> {
        match message {
            DeckMessage::Rows { epoch, first, rows } => self.hear_rows(epoch, first, rows)?,
            DeckMessage::Reaches { epoch, last_seq } => {
                if self.is_of_this_lineage(epoch)? {
                    self.is_behind(last_seq);
                }
            }
            DeckMessage::Room(message) => {
                if let (Some(nodes), NodeMessage::Post { key: None, .. }) = (&self.nodes, &message)
                {
                    nodes.shared.heard_news(&self.deck);
                }
                self.handle(Event::FromNode { node, message });
            }
            DeckMessage::Stage { version, json } => self.hear_stage(StoredStage { version, json }),
            DeckMessage::Look => self.nodes.iter().for_each(|nodes| nodes.shared.look_now()),
            DeckMessage::Compacted { upto_seq } => self.progress.is_covered(upto_seq),
        }
        Ok(())
    }

    fn see(&mut self, seen: &Seen) -> Result<(), End> {
        match seen {
            Seen::Nothing => {}
            Seen::Gone => return Err(End::Close(CloseReason::NoDeck)),
            Seen::Head(head) => {
                if self.is_of_this_lineage(head.epoch)? {
                    self.is_behind(head.last_seq);
                    self.want_stage(head.stage);
                }
            }
        }
        Ok(())
    }

    /// Whether something is said of the deck as it is known here; what is older is of no use.
    ///
    /// # Errors
    /// When the deck has another lineage by now: whoever is here has to begin anew.
    pub(super) fn is_of_this_lineage(&self, epoch: u64) -> Result<bool, End> {
        if epoch > self.progress.epoch() {
            return Err(End::Close(CloseReason::AnotherHistory));
        }
        Ok(epoch == self.progress.epoch())
    }
}
