//! The limits at the server's edge over real sockets: each is explained, costs nobody else
//! anything, and loses nothing.

use std::time::Duration;

use collab::access::Role;
use collab::doc::TextEdit;
use collab::replica::Status;
use collab::wire::{Frame, SUBPROTOCOL};
use futures_util::future::join_all;
use futures_util::{SinkExt as _, StreamExt as _};
use ondeck_server::Server;
use tempfile::TempDir;
use tests::{Response, TestServer, http, markdown};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::bad_input::closed;
use crate::soon;

type Socket = WebSocketStream<TcpStream>;

/// Opens a WebSocket as a proxy on this machine does, for somebody at another address.
async fn open(server: &str, path: &str, from: Option<&str>) -> Socket {
    let mut request = format!("ws://{server}/sync/{path}").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
    if let Some(address) = from {
        request.headers_mut().insert("x-forwarded-for", address.parse().unwrap());
    }
    let tcp = TcpStream::connect(server).await.unwrap();
    client_async(request, tcp).await.unwrap().0
}

/// The next message from the server that is not a ping, which shows that it let us in.
async fn greeted(socket: &mut Socket) -> bool {
    loop {
        match soon(socket.next()).await.unwrap().unwrap() {
            Message::Binary(_) => return true,
            Message::Close(_) => return false,
            _ => {}
        }
    }
}

async fn make(server: &str, from: &str, body: &str) -> Response {
    let headers = [("content-type", "text/markdown"), ("x-forwarded-for", from)];
    http(server, "POST", "/api/decks", &headers, body).await.unwrap()
}

/// A server with a limit of two connections an address.
async fn small_server() -> (Server, TempDir, String, String) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::listen(ondeck_server::Options {
        unload_after: Duration::ZERO,
        connections_per_address: 2,
        ..ondeck_server::Options::local(dir.path())
    })
    .await
    .unwrap();
    let address = server.address().to_string();
    let made = http(&address, "POST", "/api/decks", &markdown(), "text").await.unwrap();
    let deck: serde_json::Value = serde_json::from_str(&made.body).unwrap();
    let deck = deck["id"].as_str().unwrap().to_owned();
    (server, dir, address, deck)
}

#[tokio::test]
async fn an_address_with_too_many_connections_is_told_in_words_and_gets_in_when_one_ends() {
    let (server, _dir, address, deck) = small_server().await;
    let office = Some("192.0.2.7");
    let mut first = open(&address, &deck, office).await;
    let mut second = open(&address, &deck, office).await;
    assert!(greeted(&mut first).await && greeted(&mut second).await);
    let mut third = open(&address, &deck, office).await;
    let (code, reason) = closed(&mut third).await;
    assert_eq!(code, 4503);
    assert!(reason.starts_with("too many decks are open from your network address"), "{reason}");
    // Those who only follow, people elsewhere and programs on this machine are not affected.
    let follow = format!("{deck}?role=follow");
    let others = [
        open(&address, &follow, office).await,
        open(&address, &deck, Some("192.0.2.8")).await,
        open(&address, &deck, None).await,
    ];
    for mut other in others {
        assert!(greeted(&mut other).await);
    }
    first.close(None).await.unwrap();
    while first.next().await.is_some() {}
    let mut admitted = false;
    while !admitted {
        admitted = greeted(&mut open(&address, &deck, office).await).await;
    }
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn of_those_who_follow_an_address_may_have_ten_times_as_many() {
    let (server, _dir, address, deck) = small_server().await;
    let follow = format!("{deck}?role=follow");
    let mut audience = join_all((0..20).map(|_| open(&address, &follow, Some("192.0.2.7")))).await;
    for follower in &mut audience {
        assert!(greeted(follower).await);
    }
    let mut one_more = open(&address, &follow, Some("192.0.2.7")).await;
    assert_eq!(closed(&mut one_more).await.0, 4503);
    drop(audience);
    server.shutdown().await.unwrap();
}

/// What an address is told that makes decks without end. On a machine that was slow to send the
/// first ones, these count no more by now.
async fn one_too_many(address: &str, from: &str) -> Response {
    let mut answer = make(address, from, "x").await;
    for _ in 0..30 {
        if answer.status == 201 {
            answer = make(address, from, "x").await;
        }
    }
    answer
}

#[tokio::test]
async fn an_address_makes_thirty_decks_a_minute_and_is_told_when_the_next() {
    let server = TestServer::start().await.unwrap();
    let address = server.address();
    for _ in 0..30 {
        assert_eq!(make(&address, "192.0.2.7", "x").await.status, 201);
    }
    let refused = one_too_many(&address, "192.0.2.7").await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    let says = format!("too many decks were made from your address; try again in {wait} s");
    assert!(refused.body.contains(&says), "{}", refused.body);
    assert_eq!(make(&address, "192.0.2.8", "x").await.status, 201);
    for _ in 0..40 {
        server.deck("x").await.unwrap();
    }
}

#[tokio::test]
async fn whoever_is_no_proxy_counts_as_who_they_are_whatever_they_say() {
    let dir = tempfile::tempdir().unwrap();
    let proxies = vec!["203.0.113.0/24".parse().unwrap()];
    let options = ondeck_server::Options::local(dir.path());
    let options = ondeck_server::Options { trusted_proxies: proxies, ..options };
    let server = Server::listen(options).await.unwrap();
    let address = server.address().to_string();
    for number in 0..30 {
        let claimed = format!("203.0.113.9, 192.0.2.{number}");
        assert_eq!(make(&address, &claimed, "x").await.status, 201);
    }
    assert_eq!(one_too_many(&address, "198.51.100.1").await.status, 429);
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_body_that_is_too_large_is_explained_also_to_one_who_sends_it_first() {
    let server = TestServer::start().await.unwrap();
    let long = "x".repeat(10 * 1024 * 1024);
    let refused = http(&server.address(), "POST", "/api/decks", &markdown(), &long).await.unwrap();
    assert_eq!(refused.status, 413);
    assert!(refused.body.contains("a request holds at most 4 MB"), "{}", refused.body);
    // One who asks first is spared the sending.
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    let head = format!(
        "POST /api/decks HTTP/1.1\r\nhost: {}\r\ncontent-type: text/markdown\r\n\
         content-length: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n",
        server.address(),
        long.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(socket.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn headers_over_16_kb_are_refused_with_words_up_to_twice_as_much() {
    let server = TestServer::start().await.unwrap();
    for (bytes, status, words) in
        [(15_000, 200, ""), (20_000, 431, "at most 16 KB"), (60_000, 431, "")]
    {
        let cookie = "x".repeat(bytes);
        let headers = [("cookie", cookie.as_str())];
        let answer = http(&server.address(), "GET", "/healthz", &headers, "").await.unwrap();
        assert_eq!(answer.status, status, "{bytes}");
        assert!(answer.body.contains(words), "{}", answer.body);
    }
}

#[tokio::test]
async fn what_is_no_websocket_handshake_is_told_so() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("x").await.unwrap();
    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket")];
    for headers in [&[][..], &upgrade] {
        let path = format!("/sync/{deck}");
        let mut request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n", server.address());
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        let mut socket = TcpStream::connect(server.address()).await.unwrap();
        socket.write_all((request + "\r\n").as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut answer = String::new();
        soon(socket.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("this is a WebSocket"), "{answer}");
    }
}

#[tokio::test]
async fn hundreds_of_half_open_connections_hold_nobody_up() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("ok").await.unwrap();
    let half = "GET / HTTP/1.1\r\nhost: ";
    let body = "POST /api/decks HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9999\r\n\r\nhalf";
    let mut open = Vec::new();
    for number in 0..600 {
        let mut socket = TcpStream::connect(server.address()).await.unwrap();
        let begun = [half, body, ""][number % 3];
        socket.write_all(begun.as_bytes()).await.unwrap();
        open.push(socket);
    }
    let alice = server.join(&deck, "Alice", Role::Edit);
    soon(alice.saved()).await.unwrap();
    alice.edit(vec![TextEdit::insert(2, "!")]).await.unwrap();
    soon(alice.saved()).await.unwrap();
    assert_eq!(soon(server.source(&deck)).await.unwrap(), "ok!");
}

#[tokio::test]
async fn a_message_that_is_too_large_closes_with_a_reason_that_arrives() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("ok").await.unwrap();
    let alice = server.join(&deck, "Alice", Role::Edit);
    soon(alice.saved()).await.unwrap();
    let follow = format!("{deck}?role=follow");
    for (path, bytes) in
        [(&deck, 1024 * 1024 + 17), (&deck, 8 * 1024 * 1024), (&follow, 64 * 1024 + 1)]
    {
        let mut socket = open(&server.address(), path, None).await;
        // All of it is sent, as a browser does, before anything is read.
        let sent = socket.send(Message::Binary(vec![0; bytes].into()));
        soon(sent).await.unwrap();
        let (code, reason) = closed(&mut socket).await;
        assert_eq!((code, reason.contains("larger than allowed: 1 MB")), (4400, true), "{reason}");
    }
    alice.edit(vec![TextEdit::insert(2, "!")]).await.unwrap();
    soon(alice.saved()).await.unwrap();
    assert_eq!(server.source(&deck).await.unwrap(), "ok!");
}

#[tokio::test]
async fn a_message_of_nearly_1_mb_is_taken() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("").await.unwrap();
    let alice = server.join(&deck, "Alice", Role::Edit);
    let bob = server.join(&deck, "Bob", Role::Follow);
    soon(alice.saved()).await.unwrap();
    let paste = "x".repeat(1_000_000);
    alice.edit(vec![TextEdit::insert(0, &paste)]).await.unwrap();
    soon(alice.saved()).await.unwrap();
    soon(bob.wait_until(|replica| replica.text().len() == 1_000_000)).await.unwrap();
}

#[tokio::test]
async fn a_reader_that_falls_behind_is_told_and_has_everything_after_it_returns() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("").await.unwrap();
    let mut slow = open(&server.address(), &deck, None).await;
    slow.send(Message::Binary(Frame::SyncStep1(&[0]).encode())).await.unwrap();
    let alice = server.join(&deck, "Alice", Role::Edit);
    let bob = server.join(&deck, "Bob", Role::Edit);
    soon(alice.saved()).await.unwrap();
    // More than the outbox and the kernel hold for one who does not read.
    let line = "x".repeat(900_000);
    for _ in 0..7 {
        alice.edit(vec![TextEdit::insert(0, &line)]).await.unwrap();
        alice.edit(vec![TextEdit::delete(0, 900_000)]).await.unwrap();
        soon(alice.saved()).await.unwrap();
    }
    alice.edit(vec![TextEdit::insert(0, "done")]).await.unwrap();
    soon(alice.saved()).await.unwrap();
    soon(bob.wait_until(|replica| replica.text() == "done")).await.unwrap();
    let (code, reason) = closed(&mut slow).await;
    assert_eq!(code, 4429);
    assert_eq!(reason, "the connection is too slow; reconnect");
    let again = server.join(&deck, "Slow", Role::Follow);
    soon(again.wait_until(|replica| replica.text() == "done")).await.unwrap();
}

#[tokio::test]
async fn a_client_that_is_refused_by_its_address_keeps_its_text_and_tries_again() {
    let (server, _dir, address, deck) = small_server().await;
    let client = client::Client::open(tests::options(&address, &deck, "Alice", Role::Edit));
    soon(client.saved()).await.unwrap();
    // The code of a full room is one after which clients come back by themselves.
    let closed = collab::replica::ClientEvent::Closed { code: 4503, reason: "full".into() };
    let status = client
        .with(move |replica, now, out| {
            replica.handle(now, closed, out);
            replica.status()
        })
        .await
        .unwrap();
    assert!(matches!(status, Status::Offline { .. }), "{status:?}");
    client.edit(vec![TextEdit::insert(0, "kept ")]).await.unwrap();
    soon(client.saved()).await.unwrap();
    let path = format!("/api/decks/{deck}/source");
    assert_eq!(http(&address, "GET", &path, &[], "").await.unwrap().body, "kept text");
    drop(client);
    server.shutdown().await.unwrap();
}
