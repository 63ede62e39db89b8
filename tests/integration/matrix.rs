//! Who may go where: every row of the table of routes for everybody, in every mode of the server.

use std::collections::BTreeMap;

use collab::wire::{Frame, SUBPROTOCOL};
use futures_util::StreamExt as _;
use ondeck_server::cli::AccessMode;
use ondeck_server::store::access::{AccessStore as _, DeckLevel, PersonRole, Principal};
use ondeck_server::store::sqlite::SqliteStore;
use ondeck_server::store::{DeckId, LinkRole};
use ondeck_server::{Access, Kind, Need, Row, link_access, table};
use serde_json::{Value, json};
use tests::TestServer;
use tests::people::Somebody;
use tokio_tungstenite::tungstenite::Message;

use crate::soon;

const MODES: [AccessMode; 3] = [AccessMode::Open, AccessMode::GuestsEdit, AccessMode::Members];
const LINKS: [LinkRole; 5] = LinkRole::ALL;

/// Everybody there is, and what the deck of the matrix is for them: it is private and has an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Program,
    Guest,
    GuestBy(LinkRole),
    Member,
    Viewer,
    Editor,
    Owner,
    Admin,
}

const EVERYBODY: [Who; 11] = [
    Who::Program,
    Who::Guest,
    Who::GuestBy(LinkRole::Follow),
    Who::GuestBy(LinkRole::Comment),
    Who::GuestBy(LinkRole::Edit),
    Who::GuestBy(LinkRole::Present),
    Who::Member,
    Who::Viewer,
    Who::Editor,
    Who::Owner,
    Who::Admin,
];

impl Who {
    fn access(self, mode: AccessMode) -> Access {
        let for_members_only = mode == AccessMode::Members;
        match self {
            Self::Program | Self::Guest | Self::Member => Access::None,
            Self::GuestBy(_) if for_members_only => Access::Follow,
            Self::GuestBy(LinkRole::Comment) => Access::Comment,
            Self::GuestBy(LinkRole::Edit) => Access::Edit,
            Self::GuestBy(LinkRole::Present) => Access::Present,
            Self::GuestBy(_) => Access::Follow,
            Self::Viewer => Access::Read,
            Self::Editor => Access::Present,
            Self::Owner | Self::Admin => Access::Own,
        }
    }

    fn makes_decks(self, mode: AccessMode) -> bool {
        let is_guest = matches!(self, Self::Program | Self::Guest | Self::GuestBy(_));
        mode == AccessMode::Open || !is_guest
    }

    /// What a route answers, or the class of it for those that let them in.
    fn expects(self, mode: AccessMode, need: Need, link: LinkRole) -> Expected {
        let enough = |least: Access| match self.access(mode) >= least {
            true => Expected::Passes,
            false => Expected::Forbidden,
        };
        match need {
            Need::Nothing | Need::Visitor | Need::Link(_) => Expected::Passes,
            // All of them are on this machine; see `operating.rs` for others.
            Need::AdminOrHere => Expected::Passes,
            Need::Create if self.makes_decks(mode) => Expected::Passes,
            Need::Create => Expected::SignIn,
            Need::Deck(least) | Need::DeckInBin(least) => enough(least),
            Need::CreateFrom(least) => match enough(least) {
                Expected::Passes if !self.makes_decks(mode) => Expected::SignIn,
                expected => expected,
            },
            Need::DeckLink => enough(link_access(link)),
            Need::Admin if self == Self::Admin => Expected::Passes,
            Need::Admin => Expected::Forbidden,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Passes,
    SignIn,
    Forbidden,
}

/// A server, those who come to it, and what they come to.
struct House {
    server: TestServer,
    store: SqliteStore,
    mode: AccessMode,
    /// For what only reads.
    deck: Deck,
}

#[derive(Clone)]
struct Deck {
    id: String,
    /// Codes of links by what they are for.
    codes: BTreeMap<LinkRole, String>,
}

impl House {
    async fn new(mode: AccessMode) -> Self {
        let server = TestServer::start_for(mode).await.unwrap();
        let store = SqliteStore::open(&server.data_dir().join("ondeck.sqlite")).unwrap();
        let deck = Deck { id: String::new(), codes: BTreeMap::new() };
        let mut house = Self { server, store, mode, deck };
        house.deck = house.make_deck().await;
        house
    }

    async fn make_deck(&self) -> Deck {
        let admin = Somebody::admin(&self.server).unwrap();
        let id = admin.make_deck("# Private").await.unwrap();
        let deck = DeckId::parse(&id).unwrap();
        self.store.set_level(&deck, DeckLevel::Private).await.unwrap();
        for (name, role) in [
            ("Owner", PersonRole::Owner),
            ("Editor", PersonRole::Editor),
            ("Viewer", PersonRole::Viewer),
        ] {
            let subject = format!("email:{}@example.org", name.to_lowercase());
            self.store.set_person(&deck, subject, Some(role), 1).await.unwrap();
        }
        let sharing = admin.ask("GET", &format!("/api/decks/{id}/sharing"), None).await.unwrap();
        let code = |role: LinkRole| {
            let links = sharing["links"].as_array().unwrap();
            let link = links.iter().find(|link| link["role"] == role.name()).unwrap();
            let url = link["url"].as_str().unwrap();
            (role, url.rsplit(['/', '#']).next().unwrap().to_owned())
        };
        admin.ask("PUT", &format!("/api/decks/{id}/series"), Some(series())).await.unwrap();
        Deck { id, codes: LINKS.into_iter().map(code).collect() }
    }

    /// Somebody with a session of their own.
    async fn come(&self, who: Who, deck: &Deck) -> Somebody {
        let member = |name| Somebody::member(&self.server, &self.store, name);
        match who {
            Who::Program => Somebody::program(&self.server),
            Who::Guest => Somebody::guest(&self.server).await.unwrap(),
            Who::GuestBy(role) => {
                let guest = Somebody::guest(&self.server).await.unwrap();
                let deck = DeckId::parse(&deck.id).unwrap();
                let link = self.store.newest_link(&deck, role).await.unwrap().unwrap();
                self.store.add_grant(Principal(guest.principal.clone()), link, 1).await.unwrap();
                guest
            }
            Who::Member => member("Somebody").await.unwrap(),
            Who::Viewer => member("Viewer").await.unwrap(),
            Who::Editor => member("Editor").await.unwrap(),
            Who::Owner => member("Owner").await.unwrap(),
            Who::Admin => Somebody::admin(&self.server).unwrap(),
        }
    }

    /// The path of a row, for a link of this role where it is about one.
    fn path(row: &Row, deck: &Deck, link: LinkRole) -> String {
        let code = match row.need {
            Need::Link(role) => deck.codes[&role].clone(),
            _ => String::new(),
        };
        row.path
            .replace("{id}", &deck.id)
            .replace("{code}", &code)
            .replace("{role}", link.name())
            .replace("{subject}", "email:viewer@example.org")
            .replace("{section}", "1")
            .replace("{message}", "abcdefghijklmnopqrstuv")
            .replace("{*path}", "nothing.js")
            .replace("{name}", "nothing.png")
            .replace("/proposal", "/proposal?date=2024-04-25")
    }
}

/// What a request says, and what is answered when it is let in.
fn sample(row: &Row, deck: &Deck) -> (Option<Value>, Option<u16>) {
    let body = match (row.method.as_str(), row.path) {
        ("POST", "/api/decks") => json!({ "source": "# Mine" }),
        ("POST", "/api/redeem") => json!({ "code": deck.codes[&LinkRole::Edit] }),
        ("PUT", "/api/decks/{id}/level") => json!({ "level": "locked" }),
        ("PUT", "/api/decks/{id}/people") => json!({ "subject": "group:x", "role": "viewer" }),
        ("PUT", "/api/decks/{id}/links/{role}") => json!({ "expiresAt": null }),
        ("POST", "/api/decks/{id}/sections/{section}") => json!({ "ready": true }),
        ("POST", "/api/decks/{id}/discussion") => {
            json!({ "id": "abcdefghijklmnopqrstuv", "slide": "Private", "text": "Hello" })
        }
        ("PUT", "/api/decks/{id}/discussion/{message}") => json!({ "text": "Changed" }),
        ("POST", "/l/{code}/questions") => {
            json!({ "id": "abcdefghijklmnopqrstuv", "slide": "Private", "text": "Why?" })
        }
        ("POST", "/api/decks/{id}/attendance" | "/l/{code}/attendance") => json!({ "name": "A" }),
        ("PUT", "/api/decks/{id}/archived") => json!({ "archived": true }),
        ("PUT", "/api/decks/{id}/call") => json!({ "at": "2024-04-25T14:05", "series": null }),
        ("PUT", "/api/decks/{id}/series") => series(),
        ("POST", "/api/decks/{id}/calls") => json!({ "date": "2024-04-25" }),
        _ => Value::Null,
    };
    let status = match (row.method.as_str(), row.path) {
        ("POST", "/api/decks" | "/api/decks/{id}/duplicate" | "/api/decks/{id}/calls") => Some(201),
        ("DELETE", "/api/session" | "/api/decks/{id}" | "/api/decks/{id}/series") => Some(204),
        ("POST", "/api/decks/{id}/sections/{section}") => Some(204),
        ("POST", "/api/decks/{id}/discussion" | "/l/{code}/questions") => Some(201),
        // There is no such message.
        ("PUT", "/api/decks/{id}/discussion/{message}") => Some(404),
        ("DELETE", "/api/decks/{id}/discussion/{message}") => Some(204),
        ("DELETE", "/api/decks/{id}/attendance" | "/l/{code}/attendance") => Some(204),
        (_, "/assets/{*path}" | "/examples/{*path}") => Some(404),
        (_, "/d/{id}/follow") => Some(303),
        (_, path) if path.starts_with("/api/decks/{id}/pictures") => None,
        (_, path) if path.starts_with("/auth/") || path.starts_with("/p/") => None,
        _ => Some(200),
    };
    ((body != Value::Null).then_some(body), status)
}

/// A series for a deck of the matrix.
fn series() -> Value {
    let cadence = json!({ "every": "week", "day": "thu" });
    json!({ "name": "Call", "cadence": cadence, "time": "14:05", "zone": "Europe/Berlin" })
}

/// The roles of links for which a row is asked.
fn links_of(row: &Row) -> Vec<LinkRole> {
    if row.path.contains("{role}") { LINKS.to_vec() } else { vec![LinkRole::Follow] }
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_says_and_nobody_else() {
    let mut cells = 0;
    for mode in MODES {
        let house = House::new(mode).await;
        for row in table().iter().filter(|row| row.kind != Kind::Socket) {
            for who in EVERYBODY {
                for link in links_of(row) {
                    check(&house, row, who, link).await;
                    cells += 1;
                }
            }
        }
    }
    assert!(cells >= 3 * 11 * 46, "{cells}");
}

async fn check(house: &House, row: &Row, who: Who, link: LinkRole) {
    let reads = row.method == "GET";
    let deck = if reads { house.deck.clone() } else { house.make_deck().await };
    let somebody = house.come(who, &deck).await;
    let (body, status) = sample(row, &deck);
    if matches!(row.need, Need::DeckInBin(_)) {
        let admin = house.come(Who::Admin, &deck).await;
        admin.ask("DELETE", &format!("/api/decks/{}", deck.id), None).await.unwrap();
    }
    let answer =
        somebody.send(row.method.as_str(), &House::path(row, &deck, link), body).await.unwrap();
    let cell = format!("{:?}: {} {} as {who:?}: {answer:?}", house.mode, row.method, row.path);
    match who.expects(house.mode, row.need, link) {
        // A link for editing is none for guests of a server for members.
        Expected::Passes if row.path == "/api/redeem" => {
            let is_member = who.makes_decks(AccessMode::Members);
            let passes = is_member || house.mode != AccessMode::Members;
            assert_eq!(answer.status, if passes { 200 } else { 401 }, "{cell}");
        }
        Expected::Passes => match status {
            Some(status) => assert_eq!(answer.status, status, "{cell}"),
            None => assert!(!matches!(answer.status, 401 | 405 | 500..), "{cell}"),
        },
        Expected::SignIn => assert_eq!(answer.status, 401, "{cell}"),
        Expected::Forbidden => assert_eq!(answer.status, 403, "{cell}"),
    }
    let is_page = row.kind == Kind::Page;
    if answer.status >= 400 && !is_page && row.need != Need::Nothing && status.is_some() {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{cell}");
    }
}

#[tokio::test]
async fn every_socket_takes_whom_the_table_says_and_tells_the_others_in_its_close_frame() {
    for mode in MODES {
        let house = House::new(mode).await;
        for row in table().iter().filter(|row| row.kind == Kind::Socket) {
            for who in EVERYBODY {
                let somebody = house.come(who, &house.deck).await;
                let path = House::path(row, &house.deck, LinkRole::Follow);
                let protocol = match row.need {
                    Need::Link(_) => "ondeck-live.1",
                    _ => SUBPROTOCOL,
                };
                let mut socket = somebody.connect(&path, protocol).await.unwrap().unwrap();
                let first = soon(socket.next()).await.unwrap().unwrap();
                let cell = format!("{mode:?}: {} as {who:?}: {first:?}", row.path);
                let role = match who.access(mode) {
                    Access::None | Access::Follow => None,
                    Access::Read | Access::Comment => Some("follow"),
                    Access::Edit => Some("edit"),
                    Access::Present | Access::Own => Some("present"),
                };
                match (row.need, role, first) {
                    (Need::Link(_), _, Message::Text(_)) => {}
                    (_, Some(role), Message::Binary(bytes)) => {
                        let Ok(Frame::Control(hello)) = Frame::decode(&bytes) else {
                            panic!("{cell}")
                        };
                        assert!(hello.contains(&format!("\"role\":\"{role}\"")), "{cell}");
                    }
                    (_, None, Message::Close(Some(close))) => {
                        assert_eq!(u16::from(close.code), 4403, "{cell}");
                    }
                    _ => panic!("{cell}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_there_for_those_who_could_go_there() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let nowhere = Deck {
        id: "nowhere".into(),
        codes: LINKS.into_iter().map(|role| (role, "nothing".to_owned())).collect(),
    };
    for row in table() {
        let is_deck = matches!(
            row.need,
            Need::Deck(_) | Need::CreateFrom(_) | Need::DeckInBin(_) | Need::DeckLink
        );
        if !is_deck && !matches!(row.need, Need::Link(_)) || row.kind == Kind::Socket {
            continue;
        }
        let path = House::path(&row, &nowhere, LinkRole::Edit);
        for who in [Who::Program, Who::Owner, Who::Admin] {
            let somebody = house.come(who, &house.deck).await;
            let answer = somebody.send(row.method.as_str(), &path, None).await.unwrap();
            assert_eq!(answer.status, 404, "{} {path} as {who:?}: {answer:?}", row.method);
        }
    }
}

#[tokio::test]
async fn what_changes_something_is_taken_from_our_own_pages_alone() {
    let house = House::new(AccessMode::Open).await;
    let deck = house.make_deck().await;
    let mut rows = 0;
    for row in table() {
        if row.method == "GET" && row.kind != Kind::Socket {
            continue;
        }
        rows += 1;
        let path = House::path(&row, &deck, LinkRole::Follow);
        for who in [Who::Program, Who::Guest, Who::Owner, Who::Admin] {
            let somebody = house.come(who, &deck).await;
            for origin in ["https://example.org", "null", "http://127.0.0.1:1"] {
                let answer = somebody.send_from(origin, row.method.as_str(), &path).await.unwrap();
                let cell = format!("{} {path} as {who:?} from {origin}", row.method);
                assert_eq!(answer.status, 403, "{cell}");
                assert!(answer.body.contains("are not allowed"), "{cell}: {}", answer.body);
            }
            // Browsers always say so: what has a cookie and does not is no browser of ours.
            if somebody.cookie.is_some() {
                let answer = somebody.send_from("", row.method.as_str(), &path).await.unwrap();
                assert_eq!(answer.status, 403, "{} {path} as {who:?}", row.method);
            }
        }
    }
    assert!(rows > 12, "{rows}");
}

#[tokio::test]
async fn a_wrong_token_opens_nothing() {
    let house = House::new(AccessMode::Open).await;
    let headers = [("authorization", "Bearer wrong")];
    let asks = |row: &&Row| row.need != Need::Nothing && row.kind != Kind::Socket;
    for row in table().iter().filter(asks) {
        let path = House::path(row, &house.deck, LinkRole::Follow);
        let answer =
            tests::http(&house.server.address(), row.method.as_str(), &path, &headers, "").await;
        assert_eq!(answer.unwrap().status, 401, "{} {path}", row.method);
    }
}
