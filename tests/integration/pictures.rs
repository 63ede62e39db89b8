//! Pictures over HTTP: who may bring them, who gets them, and what is refused in which words.

use std::path::Path;

use serde_json::{Value, json};
use tests::{TestServer, anatomy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures").join(name)).unwrap()
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap().to_owned()
    }
}

/// A browser: its cookie, and the page that it is on.
struct Person<'a> {
    server: &'a TestServer,
    cookie: String,
}

impl<'a> Person<'a> {
    /// A program, which has no cookie.
    fn nobody(server: &'a TestServer) -> Self {
        Self { server, cookie: String::new() }
    }

    /// A guest with a session.
    async fn guest(server: &'a TestServer) -> Self {
        let begun = Self::nobody(server).send("POST", "/api/session", &[], b"").await;
        let cookie = begun.header("set-cookie").split(';').next().unwrap().to_owned();
        assert!(cookie.starts_with("ondeck="), "{cookie}");
        Self { server, cookie }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let address = self.server.address();
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
        if !self.cookie.is_empty() {
            head += &format!("cookie: {}\r\norigin: http://{address}\r\n", self.cookie);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", body.len());
        let mut socket = TcpStream::connect(&address).await.unwrap();
        let mut answer = Vec::new();
        let talk = async {
            socket.write_all(head.as_bytes()).await.unwrap();
            socket.write_all(body).await.unwrap();
            socket.read_to_end(&mut answer).await.unwrap();
        };
        crate::soon(talk).await;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let text = String::from_utf8(answer[..end].to_vec()).unwrap();
        let mut lines = text.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers =
            headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Answer { status, headers, body: answer[end + 4..].to_vec() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    async fn json(&self, method: &str, path: &str, body: Value) -> Answer {
        let kind = [("content-type", "application/json")];
        self.send(method, path, &kind, body.to_string().as_bytes()).await
    }

    async fn deck(&self) -> String {
        let made = self.json("POST", "/api/decks", json!({ "source": "# A" })).await;
        assert_eq!(made.status, 201);
        made.json()["id"].as_str().unwrap().to_owned()
    }

    async fn set_level(&self, deck: &str, level: &str) {
        let path = format!("/api/decks/{deck}/level");
        let set = self.json("PUT", &path, json!({ "level": level })).await;
        assert_eq!(set.status, 200);
    }

    async fn bring(&self, deck: &str, picture: &[u8]) -> Answer {
        self.send("POST", &format!("/api/decks/{deck}/pictures"), &[], picture).await
    }

    async fn bring_url(&self, deck: &str, url: &str) -> Answer {
        let path = format!("/api/decks/{deck}/pictures/fetch");
        self.json("POST", &path, json!({ "url": url })).await
    }

    /// The address of a picture that was brought to a deck.
    async fn picture(&self, deck: &str) -> String {
        let brought = self.bring(deck, &sample("bits.png")).await;
        assert_eq!(brought.status, 201);
        brought.json()["url"].as_str().unwrap().to_owned()
    }

    async fn ticket(&self, deck: &str) -> String {
        let shown = self.get(&format!("/api/decks/{deck}")).await.json();
        shown["picturesTicket"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_picture_of_each_kind_is_given_back_bare_and_with_exact_headers() {
    let server = TestServer::start().await.unwrap();
    let ada = Person::guest(&server).await;
    let deck = ada.deck().await;
    for (file, kind, size) in [
        ("drawing.png", "image/png", (120, 80)),
        ("turned.jpg", "image/jpeg", (80, 120)),
        ("xmp.gif", "image/gif", (120, 80)),
        ("moving.webp", "image/webp", (120, 80)),
    ] {
        let brought = ada.bring(&deck, &sample(file)).await;
        assert_eq!(brought.status, 201, "{file}");
        let view = brought.json();
        let url = view["url"].as_str().unwrap();
        assert_eq!(brought.header("location"), url);
        assert_eq!((view["width"].as_u64(), view["height"].as_u64()), (Some(size.0), Some(size.1)));
        let got = ada.get(url).await;
        assert_eq!((got.status, got.header("content-type")), (200, kind));
        assert_eq!(view["bytes"], got.body.len());
        assert_eq!(got.header("content-length"), got.body.len().to_string());
        assert!(url.ends_with(anatomy::kind(&got.body).unwrap()), "{url}");
        let tag = format!("\"{}\"", url.trim_start_matches("/p/"));
        for (name, value) in [
            ("etag", tag.as_str()),
            ("cache-control", "private, max-age=3600"),
            ("content-security-policy", "default-src 'none'; sandbox"),
            ("cross-origin-resource-policy", "cross-origin"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(got.header(name), value, "{name}");
        }
        let head = ada.send("HEAD", url, &[], b"").await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), got.body.len().to_string());
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let known = ada.send("GET", url, &[("if-none-match", &known)], b"").await;
            assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, &*tag));
            assert_eq!(known.header("cache-control"), "private, max-age=3600");
        }
        let other = ada.send("GET", url, &[("if-none-match", "\"x\"")], b"").await;
        assert_eq!(other.status, 200);
    }
}

#[tokio::test]
async fn pictures_obey_the_access_to_their_deck() {
    let server = TestServer::start().await.unwrap();
    let (ada, bob) = (Person::guest(&server).await, Person::guest(&server).await);
    let nobody = Person::nobody(&server);
    let deck = ada.deck().await;
    let url = ada.picture(&deck).await;
    let picture = sample("bits.png");
    // Everybody writes.
    assert_eq!((bob.get(&url).await.status, nobody.get(&url).await.status), (200, 200));
    assert_eq!(bob.bring(&deck, &picture).await.status, 201);
    // Guests read.
    ada.set_level(&deck, "locked").await;
    assert_eq!((bob.get(&url).await.status, nobody.get(&url).await.status), (200, 200));
    assert_eq!(bob.bring(&deck, &picture).await.status, 403);
    assert_eq!(bob.bring_url(&deck, &url).await.status, 403);
    // Nobody else sees it.
    ada.set_level(&deck, "private").await;
    for person in [&bob, &nobody] {
        let refused = person.get(&url).await;
        assert_eq!(refused.status, 403);
        assert_eq!(refused.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(refused.header("cache-control"), "no-store");
        let known = person.send("GET", &url, &[("if-none-match", "*")], b"").await;
        assert_eq!(known.status, 403);
        assert_eq!(person.bring(&deck, &picture).await.status, 403);
    }
    assert_eq!(ada.get(&url).await.status, 200);
    assert_eq!(ada.bring(&deck, &picture).await.status, 201);
    // What is in the bin is not shown.
    let path = format!("/api/decks/{deck}");
    assert_eq!(ada.send("DELETE", &path, &[], b"").await.status, 204);
    assert_eq!(ada.get(&url).await.status, 403);
    assert_eq!(ada.send("POST", &format!("{path}/restore"), &[], b"").await.status, 200);
    assert_eq!(ada.get(&url).await.status, 200);
}

#[tokio::test]
async fn a_ticket_opens_the_pictures_of_its_deck_for_as_long_as_its_holder_may_see_it() {
    let server = TestServer::start().await.unwrap();
    let (ada, bob) = (Person::guest(&server).await, Person::guest(&server).await);
    let frame = Person::nobody(&server);
    let (deck, other) = (ada.deck().await, ada.deck().await);
    let (url, elsewhere) = (ada.picture(&deck).await, ada.picture(&other).await);
    let (hers, his) = (ada.ticket(&deck).await, bob.ticket(&deck).await);
    ada.set_level(&deck, "locked").await;
    ada.set_level(&other, "private").await;
    let opens =
        async |url: &str, ticket: &str| frame.get(&format!("{url}?t={ticket}")).await.status;
    assert_eq!((opens(&url, &hers).await, opens(&url, &his).await), (200, 200));
    assert_eq!(opens(&elsewhere, &hers).await, 403);
    ada.set_level(&deck, "private").await;
    assert_eq!((opens(&url, &hers).await, opens(&url, &his).await), (200, 403));
    for wrong in ["", "x", &hers[1..], &hers[..hers.len() - 1], "l.follow.1.AAAAAAAAAAAAAAAAAAAAAA"]
    {
        assert_eq!(opens(&url, wrong).await, 403, "{wrong}");
    }
    // It opens pictures, and nothing else.
    assert_eq!(frame.get(&format!("/api/decks/{deck}?t={hers}")).await.status, 403);
}

#[tokio::test]
async fn what_is_no_picture_is_refused_with_what_to_do() {
    let server = TestServer::start().await.unwrap();
    let ada = Person::guest(&server).await;
    let deck = ada.deck().await;
    let svg =
        ada.bring(&deck, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").await;
    assert_eq!(svg.status, 415);
    assert!(svg.detail().contains("save the drawing as PNG"), "{}", svg.detail());
    assert_eq!(ada.bring(&deck, b"%PDF-1.7").await.status, 415);
    assert_eq!(ada.bring(&deck, b"").await.status, 415);
    let drawing = sample("drawing.png");
    let damaged = ada.bring(&deck, &drawing[..drawing.len() / 2]).await;
    assert_eq!((damaged.status, damaged.detail().contains("damaged")), (422, true));
    let mut wide = drawing;
    wide[16..20].copy_from_slice(&9_000_u32.to_be_bytes());
    anatomy::mend_checksums(&mut wide);
    let wide = ada.bring(&deck, &wide).await;
    assert_eq!((wide.status, wide.detail().contains("9000 × 80")), (422, true));
    let large = ada.bring(&deck, &vec![0; 10 * 1024 * 1024 + 1]).await;
    assert_eq!((large.status, large.detail().contains("at most 10 MB")), (413, true));
    assert_eq!(ada.get("/p/ZXxhQ0bvSzKc4mYpN1dE9g.png").await.status, 404);
    assert_eq!(ada.get("/p/..%2F..%2Fondeck.sqlite").await.status, 404);
    assert_eq!(ada.bring("nowhere", b"x").await.status, 404);
}

#[tokio::test]
async fn pictures_of_other_decks_are_copied_for_those_who_may_read_them() {
    let server = TestServer::start().await.unwrap();
    let (ada, bob) = (Person::guest(&server).await, Person::guest(&server).await);
    let (hers, his) = (ada.deck().await, bob.deck().await);
    let url = ada.picture(&hers).await;
    let copied = bob.bring_url(&his, &url).await;
    assert_eq!(copied.status, 201);
    let copy = copied.json()["url"].as_str().unwrap().to_owned();
    assert_ne!(copy, url);
    // The same deck has it already.
    assert_eq!(ada.bring_url(&hers, &url).await.json()["url"], url);
    ada.set_level(&hers, "private").await;
    assert_eq!(bob.bring_url(&his, &url).await.status, 403);
    // The copy is his.
    assert_eq!(bob.get(&copy).await.status, 200);
    assert_eq!(bob.get(&copy).await.body, ada.get(&url).await.body);
    assert_eq!(bob.bring_url(&his, "/p/ZXxhQ0bvSzKc4mYpN1dE9g.png").await.status, 404);
    assert_eq!(bob.bring_url(&his, "/p/../api/decks").await.status, 404);
}

#[tokio::test]
async fn addresses_on_the_internet_are_not_asked_unless_the_operator_says_so() {
    let server = TestServer::start().await.unwrap();
    let ada = Person::guest(&server).await;
    let deck = ada.deck().await;
    for url in ["https://example.org/a.png", "http://127.0.0.1/", "file:///etc/passwd"] {
        let refused = ada.bring_url(&deck, url).await;
        assert_eq!(refused.status, 403, "{url}");
        assert!(refused.detail().contains("add it from your device"), "{}", refused.detail());
    }
    let path = format!("/api/decks/{deck}/pictures/fetch");
    assert_eq!(ada.send("POST", &path, &[], b"nonsense").await.status, 400);
}

#[tokio::test]
async fn a_flood_of_pictures_from_one_address_is_slowed_down_with_words() {
    let server = TestServer::start().await.unwrap();
    let program = Person::nobody(&server);
    let deck = program.deck().await;
    let path = format!("/api/decks/{deck}/pictures");
    let from = |address| [("x-forwarded-for", address)];
    for number in 0..60 {
        let refused = program.send("POST", &path, &from("192.0.2.7"), b"x").await;
        assert_eq!(refused.status, 415, "{number}");
    }
    // The first ones may count no more by now, on a machine that was slow to send the last.
    let mut flood = program.send("POST", &path, &from("192.0.2.7"), b"x").await;
    for _ in 0..60 {
        if flood.status == 415 {
            flood = program.send("POST", &path, &from("192.0.2.7"), b"x").await;
        }
    }
    assert_eq!(flood.status, 429);
    assert!(flood.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(program.send("POST", &path, &from("192.0.2.8"), b"x").await.status, 415);
}

#[tokio::test]
async fn pages_of_other_sites_bring_nothing() {
    let server = TestServer::start().await.unwrap();
    let program = Person::nobody(&server);
    let deck = program.deck().await;
    let path = format!("/api/decks/{deck}/pictures");
    for origin in ["https://evil.example", "null"] {
        let refused = program.send("POST", &path, &[("origin", origin)], &sample("bits.png")).await;
        assert_eq!(refused.status, 403, "{origin}");
    }
}

#[tokio::test]
async fn who_brought_what_stands_in_the_audit_log() {
    let server = TestServer::start().await.unwrap();
    let ada = Person::guest(&server).await;
    let deck = ada.deck().await;
    let url = ada.picture(&deck).await;
    ada.bring(&deck, b"<svg>").await;
    let log = ada.get(&format!("/api/decks/{deck}/audit")).await.json();
    let entries = log["entries"].as_array().unwrap().iter();
    let mut notes = entries.map(|entry| (entry["action"].as_str(), entry["detail"].as_str()));
    assert_eq!(notes.next(), Some((Some("picture.refused"), Some("415"))));
    assert_eq!(notes.next(), Some((Some("picture.add"), Some(url.trim_start_matches("/p/")))));
}

#[tokio::test]
async fn pictures_are_still_there_after_a_restart() {
    let mut server = TestServer::start().await.unwrap();
    let url = {
        let program = Person::nobody(&server);
        let deck = program.deck().await;
        program.picture(&deck).await
    };
    server.stop().await.unwrap();
    server.start_again().await.unwrap();
    let got = Person::nobody(&server).get(&url).await;
    assert_eq!((got.status, anatomy::kind(&got.body).unwrap()), (200, "png"));
}
