//! Many people in one deck.

use client::Client;
use collab::access::Role;
use collab::doc::TextEdit;
use futures_util::future::join_all;
use tests::TestServer;

use crate::soon;

async fn until_text(client: &Client, wanted: &str) {
    let wanted = wanted.to_owned();
    soon(client.wait_until(move |replica| replica.text() == wanted)).await.unwrap();
}

#[tokio::test]
async fn an_edit_reaches_everybody_and_the_source() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("# Call\n").await.unwrap();
    let alice = server.join(&deck, "Alice", Role::Edit);
    let bob = server.join(&deck, "Bob", Role::Edit);
    until_text(&bob, "# Call\n").await;
    until_text(&alice, "# Call\n").await;
    alice.edit(vec![TextEdit::insert(7, "- 👋 Grüße\n")]).await.unwrap();
    until_text(&bob, "# Call\n- 👋 Grüße\n").await;
    soon(alice.saved()).await.unwrap();
    assert_eq!(server.source(&deck).await.unwrap(), "# Call\n- 👋 Grüße\n");
}

#[tokio::test]
async fn a_dozen_writers_at_once_end_with_the_same_text_and_all_of_it() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("").await.unwrap();
    let writers: Vec<_> =
        (0..12).map(|n| server.join(&deck, &format!("Writer {n}"), Role::Edit)).collect();
    join_all(writers.iter().enumerate().map(|(number, writer)| async move {
        soon(writer.saved()).await.unwrap();
        for line in 0..25 {
            let text = format!("- writer {number} line {line} 🚢\n");
            writer.edit(vec![TextEdit::insert(u32::MAX, &text)]).await.unwrap();
        }
        soon(writer.saved()).await.unwrap();
    }))
    .await;
    let text = server.source(&deck).await.unwrap();
    for number in 0..12 {
        for line in 0..25 {
            let wanted = format!("- writer {number} line {line} 🚢\n");
            assert_eq!(text.matches(&wanted).count(), 1, "{wanted}");
        }
    }
    for writer in &writers {
        until_text(writer, &text).await;
    }
}

#[tokio::test]
async fn a_paste_of_200_kb_arrives_whole() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("").await.unwrap();
    let alice = server.join(&deck, "Alice", Role::Edit);
    let bob = server.join(&deck, "Bob", Role::Follow);
    soon(alice.saved()).await.unwrap();
    let paste = "Zeile mit Umlauten: äöü, 日本語, 🧭\n".repeat(5_000);
    assert!(paste.len() > 200_000);
    alice.edit(vec![TextEdit::insert(0, &paste)]).await.unwrap();
    until_text(&bob, &paste).await;
}

#[tokio::test]
async fn people_see_each_other_with_names_until_they_leave() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("hello").await.unwrap();
    let alice = server.join(&deck, "Alice", Role::Edit);
    let bob = server.join(&deck, "Bob", Role::Edit);
    soon(alice.saved()).await.unwrap();
    alice.with(|replica, now, out| replica.select(now, Some((1, 3)), out)).await.unwrap();
    let sees_alice = |replica: &collab::replica::Replica| {
        replica.people().any(|person| {
            let head = person.cursor.as_ref().and_then(|cursor| replica.offset(&cursor.head));
            person.profile.name == "Alice" && head == Some(3)
        })
    };
    soon(bob.wait_until(sees_alice)).await.unwrap();
    drop(alice);
    soon(bob.wait_until(|replica| replica.people().count() == 0)).await.unwrap();
}

#[tokio::test]
async fn a_follower_sees_the_slide_but_nobody_and_cannot_write() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck("# One\n\n---\n\n# Two\n").await.unwrap();
    let presenter = server.join(&deck, "Paula", Role::Present);
    let follower = server.join(&deck, "Fred", Role::Follow);
    soon(presenter.saved()).await.unwrap();
    presenter
        .with(|replica, now, out| {
            replica.select(now, Some((0, 0)), out);
            replica.present(12, -1, false, None, out);
        })
        .await
        .unwrap();
    let shows = |offset| {
        move |replica: &collab::replica::Replica| {
            let shown = replica.presentation().map(|presentation| &presentation.shown);
            shown.and_then(|shown| replica.offset(&shown.slide)) == Some(offset)
        }
    };
    soon(follower.wait_until(shows(12))).await.unwrap();
    // A slide is inserted before it: the follower stays on the same slide.
    presenter.edit(vec![TextEdit::insert(0, "# Zero\n\n---\n\n")]).await.unwrap();
    soon(follower.wait_until(shows(25))).await.unwrap();
    let people = follower.look(|replica| replica.people().count()).await.unwrap();
    assert_eq!(people, 0);
    // Even a client that sends edits in spite of its role changes nothing.
    follower.edit(vec![TextEdit::insert(0, "graffiti")]).await.unwrap();
    presenter.edit(vec![TextEdit::insert(u32::MAX, "!")]).await.unwrap();
    soon(presenter.saved()).await.unwrap();
    let text = server.source(&deck).await.unwrap();
    assert_eq!(text, "# Zero\n\n---\n\n# One\n\n---\n\n# Two\n!");
}
