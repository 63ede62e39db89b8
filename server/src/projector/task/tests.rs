//! Projectors on a real hub, without sockets.

mod nodes;

mod several;

use std::collections::BTreeMap;
use std::sync::Mutex;

use collab::doc::{DeckDoc, TextEdit};
use collab::replica::{ClientEffect, ClientEvent, Replica};
use collab::wire::{Frame, Profile};
use serde_json::Value;
use tokio_util::task::TaskTracker;

use super::*;
use crate::hub::{Hub, HubOptions};
use crate::peer::Attending;
use crate::projector::{StoredTimes, ViewerSeat};
use crate::store::holds::HoldStore;
use crate::store::memory::MemoryStore;
use crate::store::talk::{Call, CallStore};
use crate::store::{NewDeck, Snapshot, Store as _, StoreError, StoreResult};

const TEXT: &str = "# One\n\n---\n\n# Two";

/// Unix milliseconds at which these tests begin.
const BEGIN: i64 = 1_000_000_000_000;

/// Calls by when they began.
#[derive(Default)]
struct Calls {
    stored: Arc<Mutex<BTreeMap<i64, Call>>>,
    /// What a held audience sees.
    hold: Arc<Mutex<Option<String>>>,
    /// So many are refused.
    fails: Arc<Mutex<usize>>,
}

impl Calls {
    /// Does it, unless this is one of those that fail.
    fn with<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> StoreResult<T> {
        let fails = Arc::clone(&self.fails);
        Box::pin(async move {
            let mut fails = fails.lock().unwrap();
            if *fails > 0 {
                *fails -= 1;
                return Err(StoreError("the disk is full".into()));
            }
            Ok(work())
        })
    }

    fn held(&self) -> Option<String> {
        self.hold.lock().unwrap().clone()
    }
}

impl HoldStore for Calls {
    fn keep_hold(&self, _: &DeckId, text: Option<String>) -> StoreResult<()> {
        let hold = Arc::clone(&self.hold);
        self.with(move || *hold.lock().unwrap() = text)
    }

    fn hold(&self, _: &DeckId) -> StoreResult<Option<String>> {
        let hold = Arc::clone(&self.hold);
        self.with(move || hold.lock().unwrap().clone())
    }
}

impl CallStore for Calls {
    fn save_call(&self, _: &DeckId, call: Call) -> StoreResult<()> {
        let stored = Arc::clone(&self.stored);
        self.with(move || drop(stored.lock().unwrap().insert(call.began_at, call)))
    }

    fn last_call(&self, _: &DeckId) -> StoreResult<Option<Call>> {
        let last = self.stored.lock().unwrap().values().next_back().cloned();
        Box::pin(async move { Ok(last) })
    }
}

struct Fixture {
    store: Arc<MemoryStore>,
    calls: Arc<Calls>,
    hub: Hub,
    projectors: Projectors,
    deck: DeckId,
}

impl Fixture {
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let deck = DeckId::parse("deck").unwrap();
        let snapshot = Snapshot::new(DeckDoc::seed(9, TEXT), TEXT);
        let made = NewDeck { id: deck.clone(), title: String::new(), snapshot };
        store.create_deck(made).await.unwrap();
        Self::of(store, Arc::default(), deck)
    }

    /// A server that has only what another one stored.
    fn restarted(&self) -> Self {
        Self::of(Arc::clone(&self.store), Arc::clone(&self.calls), self.deck.clone())
    }

    fn of(store: Arc<MemoryStore>, calls: Arc<Calls>, deck: DeckId) -> Self {
        let (unload_after, version) = (Duration::from_millis(100), "test");
        let options = HubOptions { unload_after, title_of: str::to_owned, version };
        let hub = Hub::new(store.clone(), options);
        let projectors = Projectors::new(
            hub.clone(),
            TaskTracker::new(),
            Arc::clone(&calls) as _,
            || BEGIN,
            None,
        );
        Self { store, calls, hub, projectors, deck }
    }

    async fn view(&self) -> ViewerSeat {
        self.projectors.view(&self.deck, LinkRole::Follow, None).await.unwrap()
    }

    /// Somebody comes, writes at the beginning, and goes.
    async fn write(&self, texts: &[&str]) {
        let principal = "alice".to_owned();
        let visitor = Visitor { principal, name: None, role: Role::Edit, protocol: Protocol::Yjs };
        let seat = self.hub.join(&self.deck, visitor).await.unwrap();
        assert!(seat.send(Frame::SyncStep2(&[0, 0]).encode()).await);
        let client = getrandom::u32().unwrap();
        let mut doc = DeckDoc::new(client.into());
        for text in texts {
            let update = doc.edit(&[TextEdit::insert(0, text)]);
            assert!(seat.send(Frame::Update(&update).encode()).await);
        }
        // It was taken once somebody reads it.
        let text = self.hub.text(&self.deck).await.unwrap();
        assert!(texts.iter().all(|part| text.contains(part)));
    }
}

async fn next(seat: &mut ViewerSeat) -> Value {
    match seat.outbox().next().await {
        Outgoing::Message(bytes) => serde_json::from_slice(&bytes).unwrap(),
        Outgoing::Close(reason) => panic!("{reason}"),
    }
}

#[tokio::test]
async fn when_a_room_ends_viewers_keep_their_slides_and_get_the_difference_from_the_next() {
    let fixture = Fixture::new().await;
    let mut fred = fixture.view().await;
    assert_eq!(next(&mut fred).await["slides"].as_array().unwrap().len(), 2);
    for reason in [CloseReason::AnotherHistory, CloseReason::SlowConsumer] {
        fixture.hub.close(&fixture.deck, reason).await;
        fixture.write(&["more "]).await;
        let patch = next(&mut fred).await;
        assert_eq!(
            (&patch["type"], patch["patches"].as_array().unwrap().len()),
            (&"patch".into(), 1)
        );
    }
    fixture.hub.close(&fixture.deck, CloseReason::NoDeck).await;
    assert!(matches!(fred.outbox().next().await, Outgoing::Close(CloseReason::NoDeck)));
}

#[tokio::test]
async fn a_viewer_that_reads_nothing_is_sent_away_alone() {
    let fixture = Fixture::new().await;
    let (mut slow, mut fred) = (fixture.view().await, fixture.view().await);
    next(&mut fred).await;
    // Two bytes to a character: more than an outbox holds, in a deck that is not too long.
    let paragraph = ("ä".repeat(100) + "\n").repeat(1_000) + "\n\n---\n\n";
    let mut count = 0;
    for number in 0..9 {
        fixture.write(&[&format!("{number} {paragraph}")]).await;
        while count <= number {
            count += next(&mut fred).await["patches"].as_array().unwrap().len();
        }
    }
    let mut heard = 0;
    let reason = loop {
        match slow.outbox().next().await {
            Outgoing::Message(_) => heard += 1,
            Outgoing::Close(reason) => break reason,
        }
    };
    assert!(heard > 1 && reason == CloseReason::SlowConsumer, "{heard}: {reason}");
}

#[tokio::test(start_paused = true)]
async fn a_projector_stays_for_those_who_may_present_and_a_while_after_the_last_one() {
    let fixture = Fixture::new().await;
    let running = || fixture.projectors.inner.running.len();
    let attending = fixture.projectors.attend(&fixture.deck).await.unwrap();
    let snapshot = fixture.projectors.snapshot(&fixture.deck).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert_eq!(running(), 1);
    let again = fixture.projectors.snapshot(&fixture.deck).await.unwrap();
    assert_eq!(again.revision, snapshot.revision);
    drop(attending);
    tokio::time::sleep(Duration::from_millis(99)).await;
    assert_eq!(running(), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((running(), fixture.hub.open_rooms()), (0, 0));
    // The next one has a life of its own.
    let next = fixture.projectors.snapshot(&fixture.deck).await.unwrap();
    assert_ne!(next.revision, snapshot.revision);
}

#[tokio::test]
async fn nobody_watches_a_deck_that_is_not_there_or_a_server_that_stops() {
    let fixture = Fixture::new().await;
    let nowhere = DeckId::parse("nowhere").unwrap();
    let refused = fixture.projectors.view(&nowhere, LinkRole::Follow, None).await;
    assert!(matches!(refused, Err(CloseReason::NoDeck)));
    let mut fred = fixture.view().await;
    next(&mut fred).await;
    let told = async {
        let last = fred.outbox().next().await;
        drop(fred);
        last
    };
    let ((), last) = tokio::join!(fixture.hub.shutdown(), told);
    assert!(matches!(last, Outgoing::Close(CloseReason::Draining)), "{last:?}");
    let refused = fixture.projectors.view(&fixture.deck, LinkRole::Follow, None).await;
    assert!(matches!(refused, Err(CloseReason::Draining)));
}

/// Somebody who presents, as a page does.
struct Presenter {
    replica: Replica,
    seat: Seat,
    _attending: Attending,
}

impl Presenter {
    async fn join(fixture: &Fixture) -> Self {
        Self::join_as(fixture, 7).await
    }

    /// With a session of their own.
    async fn join_as(fixture: &Fixture, session: u64) -> Self {
        let profile = Profile { name: "Paula".into(), color: 0 };
        let mut replica = Replica::new(session, profile);
        for event in [ClientEvent::NotKept, ClientEvent::Start] {
            replica.handle(0, event, &mut Vec::new());
        }
        let mut paula = Self::sit_down(fixture, replica).await;
        while paula.replica.text().is_empty() {
            paula.hear().await;
        }
        paula
    }

    /// Connects, for the first time or again.
    async fn sit_down(fixture: &Fixture, replica: Replica) -> Self {
        let attending = fixture.projectors.attend(&fixture.deck).await.unwrap();
        let (principal, protocol) = ("paula".to_owned(), Protocol::Ondeck);
        let visitor = Visitor { principal, name: None, role: Role::Present, protocol };
        let seat = fixture.hub.join(&fixture.deck, visitor).await.unwrap();
        let mut paula = Self { replica, seat, _attending: attending };
        paula.acts(|replica, out| replica.handle(0, ClientEvent::Opened, out)).await;
        paula
    }

    async fn acts(&mut self, act: impl FnOnce(&mut Replica, &mut Vec<ClientEffect>)) {
        let mut effects = Vec::new();
        act(&mut self.replica, &mut effects);
        for effect in effects {
            if let ClientEffect::Send(bytes) = effect {
                assert!(self.seat.send(bytes).await);
            }
        }
    }

    async fn hear(&mut self) {
        let Outgoing::Message(bytes) = self.seat.outbox().next().await else { panic!("closed") };
        self.acts(|replica, out| replica.handle(0, ClientEvent::Frame(bytes), out)).await;
    }

    /// Goes to the slide that begins with this, and waits until the server says so.
    async fn present(&mut self, text: &str) {
        let offset = self.replica.text().find(text).unwrap() as u32;
        self.acts(|replica, out| replica.present(offset, -1, false, None, out)).await;
        let section = (text == "# Two").then_some(1).or(Some(0));
        while self.replica.times().and_then(|times| times.current) != section {
            self.hear().await;
        }
    }
}

/// Titles and milliseconds.
type Sections = Vec<(String, u64)>;

impl Fixture {
    /// The last call: since when, whether it ended, and how long its sections took.
    fn last_call(&self) -> Option<(i64, Option<i64>, Sections)> {
        let call = self.calls.stored.lock().unwrap().values().next_back().cloned()?;
        let times: StoredTimes = serde_json::from_str(&call.times).unwrap();
        Some((call.began_at, call.ended_at, times.sections))
    }
}

fn took(one: u64, two: u64) -> Sections {
    vec![("One".to_owned(), one), ("Two".to_owned(), two)]
}

/// What is stored is stored within this time.
const SOON: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn times_are_stored_when_a_section_begins_now_and_then_and_at_the_end() {
    let fixture = Fixture::new().await;
    let mut paula = Presenter::join(&fixture).await;
    assert!(!fixture.projectors.is_live(&fixture.deck));
    paula.present("# One").await;
    assert!(fixture.projectors.is_live(&fixture.deck));
    tokio::time::sleep(Duration::from_secs(7)).await;
    paula.present("# Two").await;
    tokio::time::sleep(SOON).await;
    assert_eq!(fixture.last_call(), Some((BEGIN, None, took(7_000, 0))));
    // Within a section it costs 15 s at most when the machine fails.
    tokio::time::sleep(Duration::from_secs(16)).await;
    assert_eq!(fixture.last_call(), Some((BEGIN, None, took(7_000, 15_000))));
    // A disk that is full for a moment delays it, and nobody notices.
    *fixture.calls.fails.lock().unwrap() = 2;
    paula.acts(|replica, out| replica.stop_presenting(out)).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!fixture.projectors.is_live(&fixture.deck));
    let ended = Some(BEGIN + 23_001);
    assert_eq!(fixture.last_call(), Some((BEGIN, ended, took(7_000, 16_001))));
}

#[tokio::test(start_paused = true)]
async fn a_projector_that_ends_stores_what_it_knows_and_the_next_one_goes_on_with_it() {
    let fixture = Fixture::new().await;
    let mut paula = Presenter::join(&fixture).await;
    paula.present("# Two").await;
    tokio::time::sleep(Duration::from_secs(9)).await;
    drop(paula);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(fixture.projectors.inner.running.len(), 0);
    assert!(!fixture.projectors.is_live(&fixture.deck));
    let (began, ended, before) = fixture.last_call().unwrap();
    assert_eq!((began, ended, before[1].1 / 1_000), (BEGIN, None, 9));
    // By its own clock the next one begins when this one did: the call was on at that moment.
    let mut paula = Presenter::join(&fixture).await;
    paula.present("# Two").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    paula.acts(|replica, out| replica.stop_presenting(out)).await;
    tokio::time::sleep(SOON).await;
    let (began, _, after) = fixture.last_call().unwrap();
    assert_eq!((began, after[1].1), (BEGIN, before[1].1 + 4_000));
}

#[tokio::test(start_paused = true)]
async fn a_held_audience_is_held_when_the_server_was_restarted() {
    let before = Fixture::new().await;
    let mut paula = Presenter::join(&before).await;
    paula.present("# Two").await;
    paula.acts(|replica, out| replica.hold(true, out)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    before.write(&["# Secret\n\n---\n\n"]).await;
    let Presenter { mut replica, .. } = paula;
    before.hub.shutdown().await;
    let after = before.restarted();
    // The audience is back before the driver.
    let mut fred = after.view().await;
    let shown = next(&mut fred).await;
    assert_eq!(shown["slides"].as_array().unwrap().len(), 2);
    replica.handle(0, ClientEvent::Closed { code: 1006, reason: String::new() }, &mut Vec::new());
    let mut paula = Presenter::sit_down(&after, replica).await;
    while paula.replica.presentation().is_none_or(|one| !one.held) {
        paula.hear().await;
    }
    let state = next(&mut fred).await;
    let told = (&state["type"], &state["state"]["phase"], &state["state"]["slide"]);
    assert_eq!(told, (&"state".into(), &"live".into(), &1.into()));
    paula.acts(|replica, out| replica.hold(false, out)).await;
    let patch = next(&mut fred).await;
    assert!(!shown.to_string().contains("Secret") && patch.to_string().contains("Secret"));
    assert_eq!((&patch["type"], &patch["state"]["slide"]), (&"patch".into(), &1.into()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(after.calls.held(), None);
}
