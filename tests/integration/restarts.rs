//! The server stops and starts while people write.

use collab::access::Role;
use collab::doc::TextEdit;
use collab::replica::{ClientEvent, Status};
use tests::TestServer;

use crate::soon;

#[tokio::test]
async fn everything_is_there_after_a_restart_and_clients_go_on() {
    let mut server = TestServer::start().await.unwrap();
    let deck = server.deck("start\n").await.unwrap();
    let alice = server.join(&deck, "Alice", Role::Present);
    soon(alice.saved()).await.unwrap();
    alice.edit(vec![TextEdit::insert(6, "before\n")]).await.unwrap();
    soon(alice.saved()).await.unwrap();
    alice.with(|replica, _, out| replica.present(6, 0, false, None, out)).await.unwrap();
    server.stop().await.unwrap();
    soon(alice.wait_until(|replica| matches!(replica.status(), Status::Offline { .. })))
        .await
        .unwrap();
    alice.edit(vec![TextEdit::insert(13, "while it was down\n")]).await.unwrap();
    assert_eq!(alice.look(|replica| replica.unsaved()).await.unwrap(), 1);
    server.start_again().await.unwrap();
    alice.with(|replica, now, out| replica.handle(now, ClientEvent::Nudge, out)).await.unwrap();
    soon(alice.saved()).await.unwrap();
    assert_eq!(server.source(&deck).await.unwrap(), "start\nbefore\nwhile it was down\n");
    // The presentation goes on where it was.
    let bob = server.join(&deck, "Bob", Role::Follow);
    soon(bob.wait_until(|replica| {
        let shown = replica.presentation().map(|presentation| &presentation.shown);
        shown.is_some_and(|shown| replica.offset(&shown.slide) == Some(6) && shown.fragment == 0)
    }))
    .await
    .unwrap();
}

#[tokio::test]
async fn a_room_closes_when_everybody_left_and_opens_again_with_everything() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("").await.unwrap();
    for round in 0..3 {
        let alice = server.join(&deck, "Alice", Role::Edit);
        soon(alice.saved()).await.unwrap();
        alice.edit(vec![TextEdit::insert(u32::MAX, &format!("{round}\n"))]).await.unwrap();
        soon(alice.saved()).await.unwrap();
        drop(alice);
    }
    assert_eq!(server.source(&deck).await.unwrap(), "0\n1\n2\n");
}

#[tokio::test]
async fn a_deleted_deck_closes_under_its_writers_and_keeps_their_text() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("text").await.unwrap();
    let alice = server.join(&deck, "Alice", Role::Edit);
    soon(alice.saved()).await.unwrap();
    let path = format!("/api/decks/{deck}");
    let deleted = tests::http(&server.address(), "DELETE", &path, &[], "").await.unwrap();
    assert_eq!(deleted.status, 204);
    soon(alice.wait_until(|replica| matches!(replica.status(), Status::Refused { .. })))
        .await
        .unwrap();
    assert_eq!(alice.text().await.unwrap(), "text");
    let path = format!("{path}/restore");
    let restored = tests::http(&server.address(), "POST", &path, &[], "").await.unwrap();
    assert_eq!(restored.status, 200);
    assert_eq!(server.source(&deck).await.unwrap(), "text");
}
