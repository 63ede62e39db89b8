//! What needs a clock that can be moved: a server that waits for 45 s, in no time.

use std::sync::Arc;

use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit};
use collab::presence::{self, Entry};
use collab::room::Protocol;
use collab::wire::Frame;
use futures_util::SinkExt as _;
use tokio::io::{DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::protocol;

use super::frames::{MOST_REASON_BYTES, WRITE_LIMIT};
use super::*;
use crate::hub::{Hub, HubOptions, Visitor};
use crate::store::sqlite::SqliteStore;
use crate::store::{DeckId, NewDeck, Snapshot, Store as _};

struct Fixture {
    hub: Hub,
    deck: DeckId,
    _dir: tempfile::TempDir,
}

type Client = WebSocketStream<DuplexStream>;

impl Fixture {
    /// A deck; from here on the clock stands still unless everybody waits for it.
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join("test.sqlite")).unwrap();
        let deck = DeckId::parse("deck").unwrap();
        let snapshot = Snapshot::new(DeckDoc::seed(9, "text"), "text");
        let new = NewDeck { id: deck.clone(), title: String::new(), snapshot };
        store.create_deck(new).await.unwrap();
        let unload_after = Duration::from_secs(3_600);
        let options = HubOptions { unload_after, title_of: str::to_owned, version: "test" };
        let hub = Hub::new(Arc::new(store), options);
        assert_eq!(hub.text(&deck).await.unwrap(), "text");
        Self { hub, deck, _dir: dir }
    }

    /// Joins with a pipe that holds this many bytes.
    async fn join(&self, role: Role, pipe: usize) -> (Client, JoinHandle<()>) {
        let visitor =
            Visitor { principal: "guest".into(), name: None, role, protocol: Protocol::Yjs };
        let seat = self.hub.join(&self.deck, visitor).await.unwrap();
        let (ours, theirs) = duplex(pipe);
        let config = Some(upgrade::config(upgrade::most_bytes(role)));
        let server = WebSocketStream::from_raw_socket(theirs, protocol::Role::Server, config).await;
        let visit = self.hub.metrics().visit(role);
        let client = WebSocketStream::from_raw_socket(ours, protocol::Role::Client, None).await;
        #[expect(clippy::disallowed_methods, reason = "awaited by the test")]
        let served = tokio::spawn(serve(server, seat, futures_util::stream::pending(), visit));
        (client, served)
    }
}

fn caret(clock: u64) -> Message {
    let entry = Entry { client: 77, clock, state: format!(r#"{{"n":{clock}}}"#) };
    Message::Binary(Frame::Awareness(&presence::encode([&entry].into_iter())).encode())
}

/// The clocks of the carets that a client hears of within a time.
async fn carets(client: &mut Client, time: Duration) -> Vec<u64> {
    let end = Instant::now() + time;
    let mut clocks = Vec::new();
    while let Ok(Some(Ok(message))) = tokio::time::timeout_at(end, client.next()).await {
        let Message::Binary(bytes) = message else { continue };
        if let Ok(Frame::Awareness(payload)) = Frame::decode(&bytes) {
            clocks.extend(presence::decode(payload).unwrap().iter().map(|entry| entry.clock));
        }
    }
    clocks
}

/// Reads until a frame like this has come.
async fn hears(client: &mut Client, wanted: impl Fn(Frame<'_>) -> bool) {
    loop {
        let Message::Binary(bytes) = client.next().await.unwrap().unwrap() else { continue };
        if Frame::decode(&bytes).is_ok_and(&wanted) {
            return;
        }
    }
}

#[tokio::test]
async fn a_socket_that_says_nothing_is_given_up_after_45_seconds() {
    let fixture = Fixture::new().await;
    let (client, served) = fixture.join(Role::Edit, 1024 * 1024).await;
    tokio::time::pause();
    let start = Instant::now();
    // The other end is there but answers nothing: a laptop that sleeps, a cable that was pulled.
    served.await.unwrap();
    assert_eq!(start.elapsed().as_secs(), DEAD_AFTER.as_secs());
    drop(client);
}

#[tokio::test]
async fn a_socket_that_only_answers_pings_stays() {
    let fixture = Fixture::new().await;
    let (mut client, served) = fixture.join(Role::Follow, 1024 * 1024).await;
    tokio::time::pause();
    assert!(carets(&mut client, Duration::from_secs(3_600)).await.is_empty());
    assert!(!served.is_finished());
}

#[tokio::test]
async fn of_presence_that_comes_too_often_the_newest_arrives() {
    let fixture = Fixture::new().await;
    let (mut alice, _served) = fixture.join(Role::Edit, 1024 * 1024).await;
    let (mut bob, _served) = fixture.join(Role::Edit, 1024 * 1024).await;
    tokio::time::pause();
    for clock in 1..=60 {
        alice.send(caret(clock)).await.unwrap();
    }
    let heard = carets(&mut bob, Duration::from_secs(1)).await;
    assert_eq!(heard, (1..=20).chain([60]).collect::<Vec<_>>());
    // Who goes on so is heard ten times a second.
    let move_on = async {
        for clock in 61..=160 {
            alice.send(caret(clock)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let (heard, ()) = tokio::join!(carets(&mut bob, Duration::from_secs(3)), move_on);
    assert!((25..=35).contains(&heard.len()), "{heard:?}");
    assert_eq!(heard.last(), Some(&160));
}

#[tokio::test]
async fn edits_pass_a_flood_of_presence_and_none_is_lost() {
    let fixture = Fixture::new().await;
    let (mut alice, _served) = fixture.join(Role::Edit, 16 * 1024).await;
    let mut doc = DeckDoc::new(77);
    alice.send(Message::Binary(Frame::SyncStep2(&[0, 0]).encode())).await.unwrap();
    for clock in 1..=300 {
        alice.send(caret(clock)).await.unwrap();
        if clock % 3 == 0 {
            let update = doc.edit(&[TextEdit::insert(0, ".")]);
            alice.send(Message::Binary(Frame::Update(&update).encode())).await.unwrap();
        }
        // Its own answers; a pipe that nobody empties would stop it.
        while let Some(Some(Ok(_))) = futures_util::FutureExt::now_or_never(alice.next()) {}
    }
    let reader = async { while let Some(Ok(_)) = alice.next().await {} };
    let arrived = async {
        while fixture.hub.text(&fixture.deck).await.unwrap().matches('.').count() < 100 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = arrived => {}
        () = reader => panic!("the connection ended"),
    }
}

#[tokio::test]
async fn a_reader_that_is_stuck_is_given_up_and_the_room_goes_on() {
    let fixture = Fixture::new().await;
    let (mut stuck, served) = fixture.join(Role::Follow, 256).await;
    let (mut witness, _served) = fixture.join(Role::Follow, 1024 * 1024).await;
    let (mut writer, _served) = fixture.join(Role::Edit, 1024 * 1024).await;
    for follower in [&mut stuck, &mut witness] {
        follower.send(Message::Binary(Frame::SyncStep1(&[0]).encode())).await.unwrap();
        hears(follower, |frame| matches!(frame, Frame::SyncStep2(_))).await;
    }
    let update = DeckDoc::new(77).edit(&[TextEdit::insert(0, &"x".repeat(1_000))]);
    writer.send(Message::Binary(Frame::SyncStep2(&[0, 0]).encode())).await.unwrap();
    writer.send(Message::Binary(Frame::Update(&update).encode())).await.unwrap();
    // What one hears is on its way to the other.
    hears(&mut witness, |frame| matches!(frame, Frame::Update(_))).await;
    tokio::time::pause();
    let start = Instant::now();
    served.await.unwrap();
    let longest = WRITE_LIMIT + Duration::from_secs(1);
    assert!(start.elapsed() <= longest, "{:?}", start.elapsed());
    tokio::time::resume();
    assert!(fixture.hub.text(&fixture.deck).await.unwrap().contains('x'));
}

#[test]
fn what_is_said_at_the_end_fits_into_a_close_frame() {
    assert!(TOO_MANY.len() <= MOST_REASON_BYTES);
}
