//! Who may do what with a deck, and how it ends: people, levels, links, names, the audit log.

use client::Client;
use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit};
use collab::presence::{self, Entry};
use collab::presentation::Shown;
use collab::replica::{Replica, Status};
use collab::wire::{self, ClientMessage, Frame, SUBPROTOCOL};
use futures_util::{SinkExt as _, StreamExt as _};
use ondeck_server::cli::AccessMode;
use ondeck_server::store::sqlite::SqliteStore;
use serde_json::{Value, json};
use tests::TestServer;
use tests::people::Somebody;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::bad_input::closed;
use crate::{at_once, soon};

pub(crate) type Socket = WebSocketStream<TcpStream>;

struct House {
    server: TestServer,
    store: SqliteStore,
}

impl House {
    async fn new(mode: AccessMode) -> Self {
        let server = TestServer::start_for(mode).await.unwrap();
        let store = SqliteStore::open(&server.data_dir().join("ondeck.sqlite")).unwrap();
        Self { server, store }
    }

    async fn member(&self, name: &str) -> Somebody {
        Somebody::member(&self.server, &self.store, name).await.unwrap()
    }

    async fn guest(&self) -> Somebody {
        Somebody::guest(&self.server).await.unwrap()
    }
}

/// What a browser sends and a modified client as well.
pub(crate) async fn join(somebody: &Somebody, deck: &str) -> Socket {
    somebody.connect(&format!("/sync/{deck}"), SUBPROTOCOL).await.unwrap().unwrap()
}

pub(crate) async fn send(socket: &mut Socket, frame: Frame<'_>) {
    socket.send(Message::Binary(frame.encode())).await.unwrap();
}

/// Reads until a frame of this kind has come.
pub(crate) async fn until<T>(socket: &mut Socket, wanted: impl Fn(Frame<'_>) -> Option<T>) -> T {
    loop {
        let Message::Binary(bytes) = soon(socket.next()).await.unwrap().unwrap() else { continue };
        if let Some(found) = Frame::decode(&bytes).ok().and_then(&wanted) {
            return found;
        }
    }
}

/// The role of the next hello.
pub(crate) async fn role(socket: &mut Socket) -> String {
    until(socket, |frame| match frame {
        Frame::Control(json) => {
            let json: Value = serde_json::from_str(json).unwrap();
            (json["type"] == "hello").then(|| json["role"].as_str().unwrap().to_owned())
        }
        _ => None,
    })
    .await
}

pub(crate) async fn share(owner: &Somebody, deck: &str, subject: &str, role: &str) -> Value {
    let body = json!({ "subject": subject, "role": role });
    owner.ask("PUT", &format!("/api/decks/{deck}/people"), Some(body)).await.unwrap()
}

pub(crate) async fn set_level(owner: &Somebody, deck: &str, level: &str) -> Value {
    let body = json!({ "level": level });
    owner.ask("PUT", &format!("/api/decks/{deck}/level"), Some(body)).await.unwrap()
}

/// The link of a role as it is shown.
fn link(sharing: &Value, role: &str) -> String {
    let links = sharing["links"].as_array().unwrap();
    let found = links.iter().find(|link| link["role"] == role);
    found.unwrap()["url"].as_str().unwrap().to_owned()
}

async fn actions(owner: &Somebody, deck: &str) -> Vec<(String, String, String)> {
    let path = format!("/api/decks/{deck}/audit");
    let audit = owner.ask("GET", &path, None).await.unwrap();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    let entries = audit["entries"].as_array().unwrap().iter();
    entries.map(|it| (text(it, "principal"), text(it, "action"), text(it, "detail"))).collect()
}

/// Whose writes were refused, once that is noted.
async fn refused(owner: &Somebody, deck: &str) -> Vec<String> {
    let find = async {
        loop {
            let all = actions(owner, deck).await.into_iter();
            let refused = all.filter(|(_, done, _)| done == "write.refused");
            let refused: Vec<String> = refused.map(|(principal, _, _)| principal).collect();
            if !refused.is_empty() {
                return refused;
            }
        }
    };
    soon(find).await
}

#[tokio::test]
async fn who_is_taken_off_a_deck_is_out_at_once_and_the_others_go_on() {
    let house = House::new(AccessMode::Members).await;
    let (ada, bob) = (house.member("Ada").await, house.member("Bob").await);
    let deck = ada.make_deck("mine").await.unwrap();
    set_level(&ada, &deck, "private").await;
    share(&ada, &deck, "email:Bob@example.org", "editor").await;
    let writer = Client::open(ada.options(&deck, "Ada", Role::Present));
    soon(writer.saved()).await.unwrap();
    let mut socket = join(&bob, &deck).await;
    assert_eq!(role(&mut socket).await, "present");
    // A viewer from now on: in place, and at once.
    share(&ada, &deck, "email:bob@example.org", "viewer").await;
    assert_eq!(at_once(role(&mut socket)).await, "follow");
    let update = DeckDoc::new(77).edit(&[TextEdit::insert(0, "graffiti")]);
    send(&mut socket, Frame::Update(&update)).await;
    until(&mut socket, |frame| matches!(frame, Frame::PermissionDenied(_)).then_some(())).await;
    // Nobody from now on.
    let path = format!("/api/decks/{deck}/people/email:bob@example.org");
    ada.ask("DELETE", &path, None).await.unwrap();
    assert_eq!(at_once(closed(&mut socket)).await.0, 4403);
    assert_eq!(bob.send("GET", &format!("/api/decks/{deck}"), None).await.unwrap().status, 403);
    writer.edit(vec![TextEdit::insert(0, "still ")]).await.unwrap();
    soon(writer.saved()).await.unwrap();
    let source = ada.send("GET", &format!("/api/decks/{deck}/source"), None).await.unwrap();
    assert_eq!(source.body, "still mine");
    assert_eq!(refused(&ada, &deck).await, [bob.principal]);
    let done = actions(&ada, &deck).await.into_iter().map(|(_, done, _)| done);
    let beside = |done: &String| done == "write.refused" || done == "link.make";
    let done: Vec<_> = done.filter(|done| !beside(done)).collect();
    let expected =
        ["deck.export", "person.remove", "person.set", "person.set", "level.set", "deck.create"];
    assert_eq!(done, expected);
}

#[tokio::test]
async fn who_may_do_more_gets_it_on_the_next_connection() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let (ada, bob) = (house.member("Ada").await, house.member("Bob").await);
    let deck = ada.make_deck("").await.unwrap();
    set_level(&ada, &deck, "protected").await;
    let reader = Client::open(bob.options(&deck, "Bob", Role::Edit));
    soon(reader.saved()).await.unwrap();
    reader.edit(vec![TextEdit::insert(0, "at last")]).await.unwrap();
    let waits = |status: &Status| *status == Status::ReadOnly { unsaved: 1 };
    soon(reader.wait_until(move |replica| waits(&replica.status()))).await.unwrap();
    set_level(&ada, &deck, "limited").await;
    at_once(reader.saved()).await.unwrap();
    let source = ada.send("GET", &format!("/api/decks/{deck}/source"), None).await.unwrap();
    assert_eq!(source.body, "at last");
}

#[tokio::test]
async fn a_note_that_is_brought_in_keeps_its_level() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let (ada, bob) = (house.member("Ada").await, house.member("Bob").await);
    for (level, reads) in [("freely", 200), ("protected", 200), ("private", 403)] {
        let note = json!({ "source": "# Minutes", "level": level });
        let made = ada.ask("POST", "/api/decks", Some(note)).await.unwrap();
        let path = format!("/api/decks/{}", made["id"].as_str().unwrap());
        let sharing = ada.ask("GET", &format!("{path}/sharing"), None).await.unwrap();
        assert_eq!(sharing["level"], level);
        assert_eq!(bob.send("GET", &path, None).await.unwrap().status, reads);
    }
    let other = json!({ "source": "# Minutes", "level": "secret" });
    let refused = ada.send("POST", "/api/decks", Some(other)).await.unwrap();
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("freely, editable, limited"), "{}", refused.body);
    // Nobody could ever see it.
    let nobodys = json!({ "source": "# Minutes", "level": "private" });
    let open = House::new(AccessMode::Open).await;
    let program = Somebody::program(&open.server);
    assert_eq!(program.send("POST", "/api/decks", Some(nobodys)).await.unwrap().status, 400);
}

#[tokio::test]
async fn a_link_lets_guests_in_until_it_is_reset() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let ada = house.member("Ada").await;
    let deck = ada.make_deck("").await.unwrap();
    let sharing = set_level(&ada, &deck, "private").await;
    let code = link(&sharing, "edit").split_once('#').unwrap().1.to_owned();
    // A browser that was never here gets a session with it.
    let mut guest = Somebody::program(&house.server);
    let answer = guest.send("POST", "/api/redeem", Some(json!({ "code": code }))).await.unwrap();
    guest.take_cookie(&answer);
    assert_eq!(answer.body, format!(r#"{{"to":"/d/{deck}"}}"#));
    let view = guest.ask("GET", &format!("/api/decks/{deck}"), None).await.unwrap();
    assert_eq!(view["access"], "edit");
    let listed = guest.ask("GET", "/api/decks", None).await.unwrap();
    assert_eq!(listed["decks"][0]["id"], *deck);
    let mut socket = join(&guest, &deck).await;
    assert_eq!(role(&mut socket).await, "edit");
    let stranger = house.guest().await;
    assert_eq!(closed(&mut join(&stranger, &deck).await).await.0, 4403);
    let path = format!("/api/decks/{deck}/links/edit/reset");
    assert_eq!(guest.send("POST", &path, None).await.unwrap().status, 403);
    let sharing = ada.ask("POST", &path, None).await.unwrap();
    assert_eq!(at_once(closed(&mut socket)).await.0, 4403);
    let again = guest.send("POST", "/api/redeem", Some(json!({ "code": code }))).await.unwrap();
    assert_eq!(again.status, 404);
    assert!(again.body.contains("this link has ended"), "{}", again.body);
    // The next one works, also for presenting; those of the audience are not for this.
    let present = link(&sharing, "present").split_once('#').unwrap().1.to_owned();
    let to = guest.ask("POST", "/api/redeem", Some(json!({ "code": present }))).await.unwrap();
    assert_eq!(to["to"], format!("/d/{deck}/present"));
    let follow = link(&sharing, "follow").rsplit('/').next().unwrap().to_owned();
    let refused = guest.send("POST", "/api/redeem", Some(json!({ "code": follow }))).await.unwrap();
    assert_eq!(refused.status, 404);
}

#[tokio::test]
async fn a_link_ends_when_its_owner_said_so() {
    let house = House::new(AccessMode::Open).await;
    let ada = house.guest().await;
    let deck = ada.make_deck("").await.unwrap();
    let path = format!("/api/decks/{deck}/links/edit");
    for (expires_at, status) in
        [(json!("2020-01-01T00:00:00Z"), 400), (json!("soon"), 400), (json!(5), 400)]
    {
        let answer = ada.send("PUT", &path, Some(json!({ "expiresAt": expires_at }))).await;
        assert_eq!(answer.unwrap().status, status);
    }
    let until = "2099-01-01T00:00:00Z";
    let sharing = ada.ask("PUT", &path, Some(json!({ "expiresAt": until }))).await.unwrap();
    let links = sharing["links"].as_array().unwrap();
    let found = links.iter().find(|link| link["role"] == "edit").unwrap();
    assert_eq!(found["expiresAt"], until);
}

#[tokio::test]
async fn a_link_to_comment_gives_more_than_reading_and_less_than_writing_until_it_ends() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let ada = house.member("Ada").await;
    let deck = ada.make_deck("").await.unwrap();
    let sharing = set_level(&ada, &deck, "private").await;
    let code = link(&sharing, "comment").split_once('#').unwrap().1.to_owned();
    let guest = house.guest().await;
    let to = guest.ask("POST", "/api/redeem", Some(json!({ "code": code }))).await.unwrap();
    assert_eq!(to["to"], format!("/d/{deck}"));
    let view = guest.ask("GET", &format!("/api/decks/{deck}"), None).await.unwrap();
    assert_eq!(view["access"], "comment");
    // In the room they only follow.
    let mut socket = join(&guest, &deck).await;
    assert_eq!(role(&mut socket).await, "follow");
    let discussion = format!("/api/decks/{deck}/discussion");
    let said = json!({ "id": "abcdefghijklmnopqrstuv", "slide": "", "text": "Hello" });
    assert_eq!(guest.send("POST", &discussion, Some(said)).await.unwrap().status, 201);
    assert_eq!(
        guest.send("GET", &format!("/api/decks/{deck}/sharing"), None).await.unwrap().status,
        403
    );
    ada.ask("POST", &format!("/api/decks/{deck}/links/comment/reset"), None).await.unwrap();
    assert_eq!(closed(&mut socket).await.0, 4403);
    assert_eq!(guest.send("GET", &discussion, None).await.unwrap().status, 403);
    let again = guest.send("POST", "/api/redeem", Some(json!({ "code": code }))).await.unwrap();
    assert_eq!(again.status, 404);
}

#[tokio::test]
async fn a_level_that_shuts_guests_out_ends_their_connections_at_once() {
    let house = House::new(AccessMode::Open).await;
    let (ada, eve) = (house.guest().await, house.guest().await);
    // Nobody's: whoever shuts the others out keeps it.
    let deck = house.server.deck("nobody's").await.unwrap();
    let mut sockets = [join(&ada, &deck).await, join(&eve, &deck).await];
    let stock = format!("/sync/{deck}");
    // A stock Yjs client, which knows nothing of all that.
    let tcp = TcpStream::connect(house.server.address()).await.unwrap();
    let url = format!("ws://{}{stock}", house.server.address());
    let (mut program, _) = client_async(url, tcp).await.unwrap();
    for socket in &mut sockets {
        assert_eq!(role(socket).await, "present");
    }
    let sharing = set_level(&ada, &deck, "private").await;
    assert_eq!((&sharing["access"], &sharing["people"][0]["you"]), (&json!("own"), &json!(true)));
    let [hers, other] = &mut sockets;
    assert_eq!(at_once(closed(other)).await.0, 4403);
    assert_eq!(at_once(closed(&mut program)).await.0, 4403);
    send(hers, wire_ping()).await;
    until(hers, |frame| matches!(frame, Frame::Control(r#"{"type":"pong"}"#)).then_some(())).await;
}

fn wire_ping() -> Frame<'static> {
    Frame::Control(r#"{"type":"ping"}"#)
}

#[tokio::test]
async fn who_signs_out_is_somebody_else_on_the_next_connection() {
    let house = House::new(AccessMode::Open).await;
    let ada = house.guest().await;
    let deck = ada.make_deck("").await.unwrap();
    let mut socket = join(&ada, &deck).await;
    role(&mut socket).await;
    assert_eq!(ada.send("DELETE", "/api/session", None).await.unwrap().status, 204);
    assert_eq!(at_once(closed(&mut socket)).await.0, 4401);
    let view = ada.ask("GET", &format!("/api/decks/{deck}"), None).await.unwrap();
    assert_eq!(view["access"], "present", "it is freely writable, and no longer theirs");
}

/// Everything that a modified client can send, as one who has all of the deck.
fn attacks() -> Vec<bytes::Bytes> {
    let mut doc = DeckDoc::new(4_242);
    let update = doc.edit(&[TextEdit::insert(0, "graffiti ")]);
    let entry = Entry { client: 4_242, clock: 1, state: "{}".into() };
    let shown = Shown { slide: doc.anchor(0), fragment: -1, blackout: true };
    vec![
        Frame::Update(&update).encode(),
        Frame::SyncStep2(&update).encode(),
        Frame::Update(&update).encode(),
        Frame::Awareness(&presence::encode([&entry].into_iter())).encode(),
        Frame::QueryAwareness.encode(),
        wire::control(&ClientMessage::Present { shown: shown.clone(), take: None }),
        wire::control(&ClientMessage::Present { shown, take: Some(0) }),
        wire::control(&ClientMessage::Hold { on: true }),
        wire::control(&ClientMessage::Offer { to: 1, section: String::new() }),
        wire::control(&ClientMessage::StopPresenting),
    ]
}

#[tokio::test]
async fn a_modified_client_of_a_viewer_changes_nothing_and_is_noted_once() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let (ada, eve) = (house.member("Ada").await, house.member("Eve").await);
    let deck = ada.make_deck("mine").await.unwrap();
    set_level(&ada, &deck, "locked").await;
    let mut owner = join(&ada, &deck).await;
    send(&mut owner, Frame::SyncStep1(&[0])).await;
    until(&mut owner, |frame| matches!(frame, Frame::SyncStep2(_)).then_some(())).await;
    let mut viewer = join(&eve, &deck).await;
    assert_eq!(role(&mut viewer).await, "follow");
    for attack in attacks() {
        viewer.send(Message::Binary(attack)).await.unwrap();
    }
    send(&mut viewer, wire_ping()).await;
    let mut denied = 0;
    loop {
        let pong = until(&mut viewer, |frame| match frame {
            Frame::PermissionDenied(_) => Some(false),
            Frame::Control(r#"{"type":"pong"}"#) => Some(true),
            _ => None,
        });
        if pong.await {
            break;
        }
        denied += 1;
    }
    // All but awareness, which stock clients send without being asked.
    assert_eq!(denied, attacks().len() - 2);
    // Nobody has heard of it; how many watch, and the board of the deck as it is, the server says itself.
    send(&mut owner, wire_ping()).await;
    let heard = until(&mut owner, |frame| match frame {
        Frame::Control(r#"{"type":"pong"}"#) => Some(None),
        Frame::Control(json) if json.contains(r#""type":"audience""#) => None,
        Frame::Control(json) if json.contains(r#""type":"desk""#) => None,
        frame => Some(Some(format!("{frame:?}"))),
    });
    assert_eq!(heard.await, None);
    let source = ada.send("GET", &format!("/api/decks/{deck}/source"), None).await.unwrap();
    assert_eq!(source.body, "mine");
    assert_eq!(refused(&ada, &deck).await, [eve.principal]);
}

#[tokio::test]
async fn who_may_not_write_and_asks_to_again_and_again_is_noted_once() {
    let house = House::new(AccessMode::Members).await;
    let (ada, eve) = (house.member("Ada").await, house.member("Eve").await);
    let deck = ada.make_deck("mine").await.unwrap();
    set_level(&ada, &deck, "private").await;
    let path = format!("/api/decks/{deck}/level");
    let program = Somebody::program(&house.server);
    for _ in 0..3 {
        for who in [&eve, &program] {
            let body = json!({ "level": "freely" });
            assert_eq!(who.send("PUT", &path, Some(body)).await.unwrap().status, 403);
        }
    }
    assert_eq!(refused(&ada, &deck).await, [eve.principal]);
}

#[tokio::test]
async fn who_signed_in_is_called_by_their_name_and_guests_as_they_like() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let (ada, guest) = (house.member("Ada").await, house.guest().await);
    let deck = ada.make_deck("").await.unwrap();
    let impostor = Client::open(guest.options(&deck, "Bob", Role::Edit));
    let signed_in = Client::open(ada.options(&deck, "Mallory", Role::Edit));
    for client in [&impostor, &signed_in] {
        soon(client.saved()).await.unwrap();
        client.with(|replica, now, out| replica.select(now, Some((0, 0)), out)).await.unwrap();
    }
    for (client, other) in [(&impostor, "Ada"), (&signed_in, "Bob")] {
        let sees = |replica: &Replica, name| replica.people().any(|it| it.profile.name == name);
        soon(client.wait_until(move |replica| sees(replica, other))).await.unwrap();
    }
}

#[tokio::test]
async fn decks_are_listed_for_those_who_may_read_them() {
    for (mode, guests, members) in [
        (AccessMode::Open, vec!["editable", "freely", "locked"], 5),
        (AccessMode::GuestsEdit, vec![], 5),
        (AccessMode::Members, vec![], 5),
    ] {
        let house = House::new(mode).await;
        let (ada, bob) = (house.member("Ada").await, house.member("Bob").await);
        for level in ["freely", "editable", "limited", "locked", "protected", "private"] {
            let deck = ada.make_deck(&format!("---\ntitle: {level}\n---\n")).await.unwrap();
            set_level(&ada, &deck, level).await;
        }
        let titles = async |somebody: &Somebody| {
            let listed = somebody.ask("GET", "/api/decks", None).await.unwrap();
            let decks = listed["decks"].as_array().unwrap().iter();
            let mut titles: Vec<_> =
                decks.map(|deck| deck["title"].as_str().unwrap().to_owned()).collect();
            titles.sort();
            titles
        };
        for guest in [Somebody::program(&house.server), house.guest().await] {
            assert_eq!(titles(&guest).await, guests, "{mode:?}");
        }
        assert_eq!(titles(&bob).await.len(), members, "{mode:?}");
        assert_eq!(titles(&ada).await.len(), 6, "{mode:?}");
        let admin = Somebody::admin(&house.server).unwrap();
        assert_eq!(titles(&admin).await.len(), 6, "{mode:?}");
    }
}

#[tokio::test]
async fn a_deck_keeps_an_owner_and_may_have_several() {
    let house = House::new(AccessMode::Members).await;
    let (ada, bob) = (house.member("Ada").await, house.member("Bob").await);
    let deck = ada.make_deck("").await.unwrap();
    let last = format!("/api/decks/{deck}/people/{}", ada.principal);
    assert_eq!(ada.send("DELETE", &last, None).await.unwrap().status, 409);
    let demoted = json!({ "subject": ada.principal, "role": "editor" });
    let path = format!("/api/decks/{deck}/people");
    assert_eq!(ada.send("PUT", &path, Some(demoted)).await.unwrap().status, 409);
    for subject in ["", "ada", "email:ada", "user:nobody", "guest", "admin:x", "group:"] {
        let body = json!({ "subject": subject, "role": "viewer" });
        assert_eq!(ada.send("PUT", &path, Some(body)).await.unwrap().status, 400, "{subject}");
    }
    let sharing = share(&ada, &deck, &bob.principal, "owner").await;
    let people: Vec<_> = sharing["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["name"].as_str().unwrap(), it["role"].as_str().unwrap(), it["you"] == true))
        .collect();
    assert_eq!(people, [("Ada", "owner", true), ("Bob", "owner", false)]);
    assert_eq!(sharing["levels"], json!(["limited", "protected", "private"]));
    bob.ask("DELETE", &last, None).await.unwrap();
    let view = ada.ask("GET", &format!("/api/decks/{deck}"), None).await.unwrap();
    assert_eq!(view["access"], "present", "by its level");
    assert_eq!(
        ada.send("GET", &format!("/api/decks/{deck}/audit"), None).await.unwrap().status,
        403
    );
}
