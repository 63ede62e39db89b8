//! Who may do what with a deck changes on one of several servers, while people are connected to another.

use client::Client;
use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit};
use collab::replica::Status;
use collab::wire::Frame;
use tests::nodes::Nodes;
use tests::people::Somebody;

use crate::access::{Socket, join, role, send, set_level, share, until};
use crate::bad_input::closed;
use crate::{at_once, soon};

/// Ada, whose deck it is, on the first node; Bob, who has a session of his own, on the second.
struct Place {
    nodes: Nodes,
    ada: Somebody,
    bob: Somebody,
    deck: String,
}

impl Place {
    async fn new() -> Self {
        let nodes = Nodes::start(2).await.unwrap();
        let ada = Somebody::guest(&nodes[0]).await.unwrap();
        let bob = Somebody::guest(&nodes[1]).await.unwrap();
        let deck = ada.make_deck("mine").await.unwrap();
        Self { nodes, ada, bob, deck }
    }

    /// The text as it is for Ada, on both nodes.
    async fn texts(&self) -> [String; 2] {
        let path = format!("/api/decks/{}/source", self.deck);
        let here = self.ada.send("GET", &path, None).await.unwrap();
        let there = self.ada.at(&self.nodes[1]).send("GET", &path, None).await.unwrap();
        assert_eq!((here.status, there.status), (200, 200), "{} {}", here.body, there.body);
        [here.body, there.body]
    }
}

/// Writes whatever the server says of roles, as a modified client does, and is told that nothing came of it.
async fn write_in_vain(socket: &mut Socket) {
    let update = DeckDoc::new(77).edit(&[TextEdit::insert(0, "graffiti")]);
    send(socket, Frame::Update(&update)).await;
    until(socket, |frame| matches!(frame, Frame::PermissionDenied(_)).then_some(())).await;
}

#[tokio::test]
async fn a_level_lowered_on_one_node_makes_writers_on_the_other_readers_at_once() {
    let place = Place::new().await;
    let Place { ada, bob, deck, .. } = &place;
    let mut socket = join(bob, deck).await;
    assert_ne!(role(&mut socket).await, "follow");
    let writer = Client::open(bob.options(deck, "Bob", Role::Edit));
    soon(writer.saved()).await.unwrap();
    set_level(ada, deck, "locked").await;
    assert_eq!(at_once(role(&mut socket)).await, "follow");
    write_in_vain(&mut socket).await;
    at_once(writer.wait_until(|replica| replica.role() == Some(Role::Follow))).await.unwrap();
    writer.edit(vec![TextEdit::insert(0, "at last ")]).await.unwrap();
    let waits = |status: &Status| *status == Status::ReadOnly { unsaved: 1 };
    soon(writer.wait_until(move |replica| waits(&replica.status()))).await.unwrap();
    assert_eq!(place.texts().await, ["mine", "mine"]);
    // And back, for who has waited.
    set_level(ada, deck, "freely").await;
    at_once(writer.saved()).await.unwrap();
    assert_eq!(place.texts().await, ["at last mine", "at last mine"]);
}

#[tokio::test]
async fn a_level_that_shuts_people_out_on_one_node_closes_their_connections_to_the_other() {
    let place = Place::new().await;
    let Place { ada, bob, deck, .. } = &place;
    let mut socket = join(bob, deck).await;
    role(&mut socket).await;
    set_level(ada, deck, "private").await;
    assert_eq!(at_once(closed(&mut socket)).await.0, 4403);
    let view = bob.send("GET", &format!("/api/decks/{deck}"), None).await.unwrap();
    assert_eq!(view.status, 403);
}

#[tokio::test]
async fn a_role_taken_away_on_one_node_ends_on_the_other_at_once_and_the_others_go_on() {
    let place = Place::new().await;
    let Place { nodes, ada, bob, deck } = &place;
    set_level(ada, deck, "private").await;
    share(ada, deck, &bob.principal, "editor").await;
    let writer = Client::open(ada.at(&nodes[1]).options(deck, "Ada", Role::Present));
    soon(writer.saved()).await.unwrap();
    let mut socket = join(bob, deck).await;
    assert_eq!(role(&mut socket).await, "present");
    // A viewer from now on: in place, and at once.
    share(ada, deck, &bob.principal, "viewer").await;
    assert_eq!(at_once(role(&mut socket)).await, "follow");
    write_in_vain(&mut socket).await;
    // Nobody from now on.
    let path = format!("/api/decks/{deck}/people/{}", bob.principal);
    ada.ask("DELETE", &path, None).await.unwrap();
    assert_eq!(at_once(closed(&mut socket)).await.0, 4403);
    let view = bob.send("GET", &format!("/api/decks/{deck}"), None).await.unwrap();
    assert_eq!(view.status, 403);
    writer.edit(vec![TextEdit::insert(0, "still ")]).await.unwrap();
    soon(writer.saved()).await.unwrap();
    assert_eq!(place.texts().await, ["still mine", "still mine"]);
}
