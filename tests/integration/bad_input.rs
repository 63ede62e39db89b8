//! What a broken client sends: it is refused alone, and the room goes on. `bombs.rs` has the rest.

use collab::access::Role;
use collab::doc::TextEdit;
use collab::room::Protocol;
use collab::wire::{Frame, SUBPROTOCOL};
use futures_util::{SinkExt as _, StreamExt as _};
use tests::TestServer;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::soon;

/// A socket of a client that speaks as ours does.
async fn open(server: &TestServer, path: &str) -> WebSocketStream<TcpStream> {
    open_as(Protocol::Ondeck, server, path).await
}

async fn open_as(
    protocol: Protocol,
    server: &TestServer,
    path: &str,
) -> WebSocketStream<TcpStream> {
    let url = format!("ws://{}/sync/{path}", server.address());
    let mut request = url.into_client_request().unwrap();
    if protocol == Protocol::Ondeck {
        request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
    }
    let tcp = TcpStream::connect(server.address()).await.unwrap();
    client_async(request, tcp).await.unwrap().0
}

/// Reads until the close frame and gives its code and reason.
pub(crate) async fn closed(socket: &mut WebSocketStream<TcpStream>) -> (u16, String) {
    loop {
        match soon(socket.next()).await.unwrap().unwrap() {
            Message::Close(Some(frame)) => return (frame.code.into(), frame.reason.to_string()),
            Message::Close(None) => panic!("closed without a reason"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_malformed_frame_closes_that_connection_and_the_room_goes_on() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("ok").await.unwrap();
    let alice = server.join(&deck, "Alice", Role::Edit);
    soon(alice.saved()).await.unwrap();
    // Nested values, a state vector that declares half a billion entries, a gap, garbage.
    let nested = [&[1, 1, 7, 0, 8, 1, 6][..], &[117, 1].repeat(10_000)].concat();
    let gap = [&[1, 1, 7, 99, 4, 1, 6][..], b"source", &[1, b'x', 0]].concat();
    let bombs = [
        Frame::Update(&nested).encode().to_vec(),
        Frame::SyncStep1(&[0x80, 0xca, 0xb5, 0xee, 0x01]).encode().to_vec(),
        Frame::Awareness(&[0xff; 40]).encode().to_vec(),
        Frame::Control("{\"type\":\"present\"}").encode().to_vec(),
        vec![0xff; 100],
        vec![],
    ];
    for bomb in bombs {
        let mut socket = open(&server, &deck).await;
        socket.send(Message::Binary(bomb.into())).await.unwrap();
        let (code, reason) = closed(&mut socket).await;
        assert_eq!(code, 4400, "{reason}");
        assert!(reason.contains("malformed") || reason.contains("unreadable"), "{reason}");
    }
    // Somebody who has said what they have may not build on what nobody has, nor write with an id
    // that they were not given.
    for (protocol, expected) in [(Protocol::Yjs, 4400), (Protocol::Ondeck, 4410)] {
        let mut socket = open_as(protocol, &server, &deck).await;
        socket.send(Message::Binary(Frame::SyncStep2(&[0, 0]).encode())).await.unwrap();
        socket.send(Message::Binary(Frame::Update(&gap).encode())).await.unwrap();
        let (code, reason) = closed(&mut socket).await;
        assert_eq!(code, expected, "{reason}");
    }
    alice.edit(vec![TextEdit::insert(2, "!")]).await.unwrap();
    soon(alice.saved()).await.unwrap();
    assert_eq!(server.source(&deck).await.unwrap(), "ok!");
}

#[tokio::test]
async fn text_messages_and_unknown_decks_are_refused_with_a_reason() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("").await.unwrap();
    let mut socket = open(&server, &deck).await;
    socket.send(Message::Text("hello".into())).await.unwrap();
    assert_eq!(closed(&mut socket).await.0, 4400);
    for unknown in ["nope", "no%20pe"] {
        assert_eq!(
            closed(&mut open(&server, unknown).await).await,
            (4404, "there is no such deck".into())
        );
    }
}

#[tokio::test]
async fn a_follower_that_sends_updates_is_told_and_changes_nothing() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("mine").await.unwrap();
    let mut socket = open(&server, &format!("{deck}?role=follow")).await;
    let mut doc = collab::doc::DeckDoc::new(77);
    let update = doc.edit(&[TextEdit::insert(0, "graffiti")]);
    socket.send(Message::Binary(Frame::Update(&update).encode())).await.unwrap();
    let refused = loop {
        let Message::Binary(bytes) = soon(socket.next()).await.unwrap().unwrap() else { continue };
        if let Ok(Frame::PermissionDenied(reason)) = Frame::decode(&bytes) {
            break reason.to_owned();
        }
    };
    assert_eq!(refused, "you may not change this deck");
    assert_eq!(server.source(&deck).await.unwrap(), "mine");
}

#[tokio::test]
async fn somebody_who_never_reads_does_not_hold_up_the_others() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("").await.unwrap();
    let stuck = open(&server, &deck).await;
    let bob = server.join(&deck, "Bob", Role::Edit);
    // More than the queue, the socket buffers and the kernel hold together; each writer sends no
    // more than a connection may send at once.
    let line = "x".repeat(60_000);
    for round in 0..3 {
        let alice = server.join(&deck, "Alice", Role::Edit);
        soon(alice.saved()).await.unwrap();
        for _ in 0..50 {
            alice.edit(vec![TextEdit::insert(0, &line)]).await.unwrap();
            alice.edit(vec![TextEdit::delete(0, 60_000)]).await.unwrap();
        }
        if round == 2 {
            alice.edit(vec![TextEdit::insert(0, "done")]).await.unwrap();
        }
        soon(alice.saved()).await.unwrap();
    }
    soon(bob.wait_until(|replica| replica.text() == "done")).await.unwrap();
    drop(stuck);
}

#[tokio::test]
async fn a_flood_is_read_slowly_and_keystrokes_of_others_pass_it() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("").await.unwrap();
    let flooding = server.join(&deck, "Flood", Role::Edit);
    let alice = server.join(&deck, "Alice", Role::Edit);
    soon(flooding.saved()).await.unwrap();
    soon(alice.saved()).await.unwrap();
    for _ in 0..400 {
        flooding.edit(vec![TextEdit::insert(u32::MAX, ".")]).await.unwrap();
    }
    alice.edit(vec![TextEdit::insert(0, "alice ")]).await.unwrap();
    soon(alice.saved()).await.unwrap();
    let waiting = flooding.look(|replica| replica.unsaved()).await.unwrap();
    assert!(waiting > 0, "the flood was not held back");
    soon(flooding.saved()).await.unwrap();
    let text = server.source(&deck).await.unwrap();
    assert_eq!(text.matches('.').count(), 400);
    assert!(text.contains("alice "));
}
