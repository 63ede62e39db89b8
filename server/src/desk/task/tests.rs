//! Desks on a real hub and a real store, without sockets.

mod nodes;

use std::sync::atomic::Ordering;

use collab::doc::{DeckDoc, TextEdit};
use collab::wire::Frame;
use futures_util::FutureExt as _;
use serde_json::Value;
use tokio_util::task::TaskTracker;

use super::*;
use crate::hub::{Hub, HubOptions};
use crate::store::sections::{DeckSections, SectionStore, SharedSections};
use crate::store::sqlite::SqliteStore;
use crate::store::{NewDeck, Snapshot, Store as _, StoreError, StoreResult};

const TEXT: &str = "# Hello\n\nHi\n\n---\n\n# Team A\n\n- one\n\n---\n\n# Team B\n\n- two\n";

/// A store that takes nothing while it is told so.
struct Faulty {
    store: Arc<SqliteStore>,
    refuses: std::sync::atomic::AtomicBool,
}

impl SectionStore for Faulty {
    fn sections(&self, deck: &DeckId) -> StoreResult<Option<DeckSections>> {
        self.store.sections(deck)
    }

    fn change_sections(&self, deck: &DeckId, changes: SectionChanges) -> StoreResult<()> {
        if self.refuses.load(Ordering::SeqCst) {
            return async { Err(StoreError("on purpose".into())) }.boxed();
        }
        self.store.change_sections(deck, changes)
    }
}

struct Fixture {
    hub: Hub,
    desks: Desks,
    deck: DeckId,
    store: Arc<Faulty>,
    _dir: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&dir.path().join("test.sqlite")).unwrap());
        let deck = DeckId::parse("deck").unwrap();
        let snapshot = Snapshot::new(DeckDoc::seed(9, TEXT), TEXT);
        let made = NewDeck { id: deck.clone(), title: String::new(), snapshot };
        store.create_deck(made).await.unwrap();
        let (unload_after, version) = (Duration::from_millis(100), "test");
        let options = HubOptions { unload_after, title_of: str::to_owned, version };
        let hub = Hub::new(store.clone(), options);
        let store = Arc::new(Faulty { store, refuses: false.into() });
        let sections: SharedSections = store.clone();
        let desks = Desks::new(hub.clone(), sections, TaskTracker::new(), None);
        Self { hub, desks, deck, store, _dir: dir }
    }

    async fn states(&self) -> Vec<String> {
        let board = self.desks.board(&self.deck).await.unwrap();
        let board = serde_json::to_value(board).unwrap();
        let rows = board["sections"].as_array().unwrap().clone();
        rows.iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect()
    }

    async fn ready(&self, section: u64) -> Result<(), DeskError> {
        let mark = Mark::Ready { name: "Ada".into() };
        self.desks.mark(&self.deck, section, mark).await
    }

    /// A page opens the deck.
    async fn open(&self) -> Seat {
        let principal = "vera".to_owned();
        let (role, protocol) = (Role::Follow, Protocol::Ondeck);
        let visitor = Visitor { principal, name: None, role, protocol };
        self.hub.join(&self.deck, visitor).await.unwrap()
    }
}

/// The next post that a page hears.
async fn post(seat: &mut Seat) -> Value {
    loop {
        let Outgoing::Message(bytes) = seat.outbox().next().await else { panic!("it was closed") };
        if let Ok(Frame::Control(json)) = Frame::decode(&bytes) {
            let message: Value = serde_json::from_str(json).unwrap();
            if message["type"] == "desk" {
                return serde_json::from_str(message["json"].as_str().unwrap()).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn the_board_is_there_without_anybody_and_marks_are_durable() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.states().await, ["drafting"; 3]);
    fixture.ready(2).await.unwrap();
    assert_eq!(fixture.states().await, ["drafting", "ready", "drafting"]);
    assert!(matches!(fixture.ready(77).await, Err(DeskError::NoSection)));
    let known = fixture.store.sections(&fixture.deck).await.unwrap().unwrap();
    assert!(known.records.iter().any(|record| record.id == 2 && record.ready_at.is_some()));
    let nowhere = DeckId::parse("nowhere").unwrap();
    let board = fixture.desks.board(&nowhere).await;
    assert!(matches!(board, Err(DeskError::Room(JoinError::NoDeck))));
    fixture.hub.shutdown().await;
    // The list of decks knows it, once all is stored.
    assert!(matches!(fixture.ready(2).await, Err(DeskError::Room(JoinError::Stopping))));
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_and_nobody_is_told() {
    let fixture = Fixture::new().await;
    let _attending = fixture.desks.attend(&fixture.deck).await.unwrap();
    fixture.states().await;
    let mut page = fixture.open().await;
    fixture.store.refuses.store(true, Ordering::SeqCst);
    assert!(matches!(fixture.ready(2).await, Err(DeskError::Room(JoinError::Store(_)))));
    assert_eq!(fixture.states().await, ["drafting"; 3]);
    fixture.store.refuses.store(false, Ordering::SeqCst);
    fixture.ready(3).await.unwrap();
    // Newcomers are told all of it; then the first thing that is new is what was stored.
    loop {
        let post = post(&mut page).await;
        assert!(post["id"] != "2" || post["state"] == "drafting");
        if post["id"] == "3" && post["state"] == "ready" {
            break;
        }
    }
}

#[tokio::test]
async fn a_desk_goes_on_in_the_next_room() {
    let fixture = Fixture::new().await;
    let _attending = fixture.desks.attend(&fixture.deck).await.unwrap();
    fixture.ready(2).await.unwrap();
    for reason in [CloseReason::AnotherHistory, CloseReason::SlowConsumer] {
        fixture.hub.close(&fixture.deck, reason).await;
        let mut page = fixture.open().await;
        while post(&mut page).await["order"] != serde_json::json!(["1", "2", "3"]) {}
        assert_eq!(fixture.states().await, ["drafting", "ready", "drafting"]);
    }
}

#[tokio::test]
async fn a_desk_ends_some_time_after_the_last_one_left() {
    let fixture = Fixture::new().await;
    let attending = fixture.desks.attend(&fixture.deck).await.unwrap();
    assert_eq!(fixture.desks.inner.running.len(), 1);
    drop(attending);
    let ended = async {
        while fixture.desks.inner.running.len() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap();
    assert_eq!(fixture.states().await, ["drafting"; 3]);
}

#[tokio::test]
async fn whoever_writes_is_named() {
    let fixture = Fixture::new().await;
    let _attending = fixture.desks.attend(&fixture.deck).await.unwrap();
    fixture.states().await;
    let (principal, name) = ("bob".to_owned(), Some("Bob".to_owned()));
    let visitor = Visitor { principal, name, role: Role::Edit, protocol: Protocol::Yjs };
    let bob = fixture.hub.join(&fixture.deck, visitor).await.unwrap();
    assert!(bob.send(Frame::SyncStep2(&[0, 0]).encode()).await);
    let update = DeckDoc::new(5).edit(&[TextEdit::insert(0, "# New\n\n---\n\n")]);
    let mut page = fixture.open().await;
    assert!(bob.send(Frame::Update(&update).encode()).await);
    let row = loop {
        let post = post(&mut page).await;
        if post["title"] == "New" {
            break post;
        }
    };
    assert_eq!(row["editedBy"], "Bob");
}
