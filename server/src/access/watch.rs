//! Looks again and again whether those who are connected may still be there.

use std::time::Duration;

use collab::access::Role;
use collab::room::CloseReason;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

use super::judge;
use crate::auth::Allowed;
use crate::cluster::{Cluster, DeckNews, Heard, Listening, NodesMessage, Shared};
use crate::desk::Desks;
use crate::error::ApiError;
use crate::hub::Hub;
use crate::router::{App, Linked};
use crate::store::DeckId;
use crate::store::access::Principal;

/// What ends by itself, a link or a session, is noticed after this time at the latest.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Changes that a connection may be behind. One that is further behind looks as if all had changed:
/// every change only says "look again", so none is lost with its message.
const KEPT_CHANGES: usize = 256;
/// Tells clients that what was said beside the slides may not be all that they know.
const UNSURE: &str = r#"{"kind":"unsure"}"#;

/// Something after which somebody may have more or less access than before.
#[derive(Debug, Clone)]
enum Change {
    Deck(DeckId),
    Principal(Principal),
    /// Nobody knows what.
    Something,
}

/// Tells all connections what has changed, to whatever node.
#[derive(Clone)]
pub(crate) struct Changes {
    sender: broadcast::Sender<Change>,
    cluster: Cluster,
}

impl Changes {
    pub(crate) fn new(cluster: Cluster) -> Self {
        Self { sender: broadcast::Sender::new(KEPT_CHANGES), cluster }
    }

    /// A deck's level, people or links have changed.
    pub(crate) fn deck_changed(&self, deck: &DeckId) {
        if let Some(shared) = self.cluster.shared() {
            shared.tell_nodes(&NodesMessage::deck(deck));
            shared.heard_news(deck);
        }
        self.tell(Change::Deck(deck.clone()));
    }

    /// Somebody signed in or out, or came by a link.
    pub(crate) fn principal_changed(&self, principal: &Principal) {
        if let Some(shared) = self.cluster.shared() {
            shared.tell_nodes(&NodesMessage::principal(principal));
        }
        self.tell(Change::Principal(principal.clone()));
    }

    fn tell(&self, change: Change) {
        // Nobody may be there to hear it.
        let _ = self.sender.send(change);
    }

    /// Tells the connections of this node what other nodes change, until the server stops.
    pub(crate) async fn follow(self, hub: Hub, desks: Desks) {
        let Some(shared) = self.cluster.shared() else { return };
        let mut told = shared.listen_to_nodes().await;
        let mut news = shared.news();
        loop {
            tokio::select! {
                heard = told.next() => match heard {
                    Heard::Message(_, payload) => self.hear(shared, &payload, &told),
                    Heard::Gap => {
                        shared.look_now();
                        self.tell(Change::Something);
                    }
                },
                changed = news.recv() => match changed {
                    Ok(changed) => {
                        desks.renew_here(&changed.deck).await;
                        self.look_again(&hub, changed).await;
                    }
                    Err(RecvError::Lagged(_)) => self.tell(Change::Something),
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }

    fn hear(&self, shared: &Shared, payload: &[u8], told: &Listening) {
        match serde_json::from_slice(payload) {
            Ok(NodesMessage::Deck { deck }) => {
                if let Some(deck) = DeckId::parse(&deck) {
                    shared.heard_news(&deck);
                    self.tell(Change::Deck(deck));
                }
            }
            Ok(NodesMessage::Principal { principal }) => {
                self.tell(Change::Principal(Principal(principal)));
            }
            Err(_) => told.not_understood(),
        }
    }

    /// Something about a deck changed: access, or what was said about it. Who may be here is looked
    /// at whatever was told of it before.
    async fn look_again(&self, hub: &Hub, DeckNews { deck, was_told }: DeckNews) {
        if !was_told {
            hub.post_here(&deck, UNSURE.to_owned()).await;
        }
        self.tell(Change::Deck(deck));
    }
}

/// What becomes of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// It goes on with less.
    Role(Role),
    /// It ends.
    Close(CloseReason),
}

/// Hears of changes from its making on, and waits for those that matter to one connection.
struct Lookout {
    changes: broadcast::Receiver<Change>,
    look_at: Instant,
}

impl Lookout {
    fn new(changes: &Changes) -> Self {
        // Whatever was found out before this moment may have changed since.
        Self { changes: changes.sender.subscribe(), look_at: Instant::now() }
    }

    async fn next(&mut self, deck: &DeckId, principal: Option<&Principal>) {
        loop {
            let change = tokio::select! {
                change = self.changes.recv() => change,
                () = sleep_until(self.look_at) => break,
            };
            let matters = match change {
                Ok(Change::Deck(changed)) => changed == *deck,
                Ok(Change::Principal(changed)) => Some(&changed) == principal,
                Ok(Change::Something) | Err(RecvError::Lagged(_) | RecvError::Closed) => true,
            };
            if matters {
                break;
            }
        }
        self.look_at = Instant::now() + LOOK_EVERY;
    }
}

struct Watched {
    app: App,
    allowed: Allowed,
    asked: Role,
    has: Role,
    lookout: Lookout,
}

/// What becomes of somebody in a deck's room, who asked for a role and has one, from now on.
pub(crate) fn room(
    app: App,
    allowed: Allowed,
    asked: Role,
    has: Role,
) -> BoxStream<'static, Judgement> {
    let lookout = Lookout::new(&app.changes);
    let watched = Watched { app, allowed, asked, has, lookout };
    stream::unfold(watched, |mut watched| async move {
        let judgement = watched.next().await;
        Some((judgement, watched))
    })
    .boxed()
}

impl Watched {
    async fn next(&mut self) -> Judgement {
        loop {
            let Allowed { visitor, deck, .. } = &self.allowed;
            self.lookout.next(deck, Some(&visitor.principal)).await;
            let role = match self.role().await {
                Ok(role) => role,
                Err(error) if is_passing(&error) => continue,
                Err(error) => return Judgement::Close(close_reason(&error)),
            };
            match role {
                Some(role) if role < self.has => {
                    self.has = role;
                    return Judgement::Role(role);
                }
                Some(role) if role == self.has => {}
                // Whoever it is now, or has more now, is asked on the next connection: that takes
                // another place among the limits, and another buffer.
                _ => return Judgement::Close(CloseReason::AccessChanged),
            }
        }
    }

    /// The role as it is now; `None` when the session is over.
    async fn role(&mut self) -> Result<Option<Role>, ApiError> {
        let Allowed { visitor, deck, .. } = &mut self.allowed;
        let Some(now) = self.app.sessions.refresh(visitor).await? else { return Ok(None) };
        *visitor = now;
        let role = judge(&self.app, visitor, deck).await?.role().ok_or(ApiError::NoAccess)?;
        Ok(Some(role.min(self.asked)))
    }
}

/// Ends when the link by which somebody watches does.
pub(crate) fn link(app: App, linked: Linked) -> BoxFuture<'static, CloseReason> {
    let mut lookout = Lookout::new(&app.changes);
    Box::pin(async move {
        loop {
            lookout.next(&linked.deck, None).await;
            match app.links.find(&linked.code, linked.role).await {
                Ok(_) => {}
                Err(error) if is_passing(&error) => {}
                Err(error) => return close_reason(&error),
            }
        }
    })
}

/// While the store cannot be read nobody's access was taken either: those who are here stay.
fn is_passing(error: &ApiError) -> bool {
    let passes = matches!(error, ApiError::Store(_));
    if passes {
        tracing::warn!(%error, "it could not be found out who may still be here");
    }
    passes
}

/// What a connection is told where a request would be answered with this.
pub(crate) fn close_reason(error: &ApiError) -> CloseReason {
    match error {
        ApiError::NoDeck | ApiError::NotFound | ApiError::LinkEnded => CloseReason::NoDeck,
        ApiError::Stopping => CloseReason::Draining,
        ApiError::NoAccess | ApiError::SignIn => CloseReason::NoAccess,
        error => {
            tracing::error!(%error, "it could not be found out who may be here");
            CloseReason::StorageFailed
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use collab::doc::DeckDoc;
    use tokio::time::sleep;
    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::bus::SharedBus;
    use crate::bus::local::{LocalBus, LocalLink};
    use crate::cluster;
    use crate::hub::HubOptions;
    use crate::store::cluster::SharedClusterStore;
    use crate::store::memory::MemoryStore;
    use crate::store::sqlite::SqliteStore;
    use crate::store::{NewDeck, Snapshot, Store as _};

    #[tokio::test(start_paused = true)]
    async fn everybody_is_looked_at_at_once_then_after_each_change_and_once_a_minute() {
        let (changes, deck) = (Changes::new(Cluster::alone()), DeckId::parse("deck").unwrap());
        let other = DeckId::parse("other").unwrap();
        let [ada, eve] = ["user:ada", "user:eve"].map(|name| Principal(name.into()));
        let mut lookout = Lookout::new(&changes);
        let start = Instant::now();
        lookout.next(&deck, Some(&ada)).await;
        assert_eq!(start.elapsed(), Duration::ZERO, "what was found out before may be old");
        lookout.next(&deck, Some(&ada)).await;
        assert_eq!(start.elapsed(), LOOK_EVERY);
        changes.deck_changed(&other);
        changes.principal_changed(&eve);
        lookout.next(&deck, Some(&ada)).await;
        assert_eq!(start.elapsed(), 2 * LOOK_EVERY, "others have changed");
        for change in [Change::Deck(deck.clone()), Change::Principal(ada.clone())] {
            changes.sender.send(change).unwrap();
            lookout.next(&deck, Some(&ada)).await;
        }
        (0..2 * KEPT_CHANGES).for_each(|_| changes.deck_changed(&other));
        lookout.next(&deck, None).await;
        assert_eq!(start.elapsed(), 2 * LOOK_EVERY, "each of these is looked at without a wait");
    }

    /// A node, and its connection to the bus.
    async fn node(store: &Arc<MemoryStore>, bus: &LocalBus) -> (Changes, Arc<LocalLink>) {
        let (link, secret) = (bus.link(), store.secret().await.unwrap());
        let shared = Arc::clone(store) as SharedClusterStore;
        let own = Some(Arc::clone(&link) as SharedBus);
        let cluster = Cluster::start(shared, own, &secret, &TaskTracker::new()).await.unwrap();
        (Changes::new(cluster), link)
    }

    #[tokio::test(start_paused = true)]
    async fn what_changes_on_one_node_is_looked_at_on_the_others_whether_they_hear_of_it_or_not() {
        let dir = tempfile::tempdir().unwrap();
        let (store, bus) = (Arc::new(MemoryStore::default()), LocalBus::default());
        let deck = DeckId::parse("deck").unwrap();
        let snapshot = Snapshot::new(DeckDoc::seed(9, ""), "");
        let made = NewDeck { id: deck.clone(), title: String::new(), snapshot };
        store.create_deck(made).await.unwrap();
        let ((there, _), (here, link)) = (node(&store, &bus).await, node(&store, &bus).await);
        let shared = here.cluster.shared().unwrap();
        let options = HubOptions {
            unload_after: Duration::from_secs(1),
            title_of: str::to_owned,
            version: "test",
        };
        let hub = Hub::in_cluster(store.clone(), options, here.cluster.clone());
        let tasks = TaskTracker::new();
        let sections = Arc::new(SqliteStore::open(&dir.path().join("sections.sqlite")).unwrap());
        let desks = Desks::new(hub.clone(), sections, tasks.clone(), None);
        tasks.spawn(here.clone().follow(hub, desks));
        // Somebody has it open.
        let _open = shared.open(&deck);
        shared.head(&deck).await.unwrap();
        sleep(Duration::from_millis(10)).await;
        let (ada, mut lookout) = (Principal("user:ada".into()), Lookout::new(&here));
        lookout.next(&deck, Some(&ada)).await;
        let start = Instant::now();
        there.deck_changed(&deck);
        store.raise_news(&deck);
        lookout.next(&deck, Some(&ada)).await;
        there.principal_changed(&ada);
        lookout.next(&deck, Some(&ada)).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        // What was told is looked at once more, as it might hide what was not told.
        link.cut();
        lookout.next(&deck, Some(&ada)).await;
        assert!((Duration::from_millis(1)..=cluster::LOOK_EVERY).contains(&start.elapsed()));
        // What was not told is looked at with the next look.
        let start = Instant::now();
        there.deck_changed(&deck);
        store.raise_news(&deck);
        lookout.next(&deck, Some(&ada)).await;
        assert!((Duration::from_millis(1)..=cluster::LOOK_EVERY).contains(&start.elapsed()));
        // Nobody knows what was missed.
        let start = Instant::now();
        link.mend();
        lookout.next(&deck, None).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
