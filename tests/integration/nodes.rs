//! Several servers of the same decks, on a real PostgreSQL and a real NATS: whoever is connected to
//! one of them has everything of the others.

use client::{Client, PostHook};
use collab::access::Role;
use collab::doc::TextEdit;
use collab::replica::{Replica, Status};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::nodes::Nodes;
use tests::people::Somebody;
use tests::viewer::{Viewer, links};
use tokio::sync::mpsc;

use crate::operating::figure;
use crate::soon;

const DECK: &str = "# One\n\n---\n\n# Team A\n\n- \n\n---\n\n# Team B\n\n- \n";
/// More is never posted to a page in one of these tests.
const MOST_HEARD: usize = 256;

async fn until_text(client: &Client, wanted: &str) {
    let wanted = wanted.to_owned();
    soon(client.wait_until(move |replica| replica.text() == wanted)).await.unwrap();
}

/// Drives to the slide that begins with this text; `take` takes the baton from whoever has it.
async fn present(client: &Client, text: &'static str, take: bool) {
    let call = move |replica: &mut Replica, _, out: &mut _| {
        let offset = replica.text().find(text).unwrap() as u32;
        let term = replica.presentation().map(|now| now.term).filter(|_| take);
        replica.present(offset, -1, false, term, out);
    };
    client.with(call).await.unwrap();
}

/// Waits until a client is told that this person drives, or that nobody does.
async fn until_driver(client: &Client, name: Option<&'static str>) {
    let is_so = move |replica: &Replica| {
        replica.presentation().is_some_and(|now| now.driver.as_deref() == name)
    };
    soon(client.wait_until(is_so)).await.unwrap();
}

/// A page that hears what is posted beside the text.
fn page(somebody: &Somebody, deck: &str) -> (Client, mpsc::Receiver<Value>) {
    let (sender, heard) = mpsc::channel(MOST_HEARD);
    let hook: PostHook = Box::new(move |json| {
        sender.try_send(serde_json::from_str(json).unwrap()).unwrap();
    });
    (Client::open_hearing(somebody.options(deck, "Vera", Role::Edit), hook), heard)
}

async fn until_heard(heard: &mut mpsc::Receiver<Value>, wanted: impl Fn(&Value) -> bool) -> Value {
    soon(async {
        loop {
            let post = heard.recv().await.expect("the page is open");
            if wanted(&post) {
                return post;
            }
        }
    })
    .await
}

#[tokio::test]
async fn what_one_writes_on_one_node_others_read_on_every_node() {
    let mut nodes = Nodes::start(2).await.unwrap();
    let deck = nodes[0].deck("# Call\n").await.unwrap();
    let alice = nodes[0].join(&deck, "Alice", Role::Edit);
    let bob = nodes[1].join(&deck, "Bob", Role::Edit);
    until_text(&alice, "# Call\n").await;
    until_text(&bob, "# Call\n").await;
    alice.edit(vec![TextEdit::insert(7, "- 👋 Grüße\n")]).await.unwrap();
    until_text(&bob, "# Call\n- 👋 Grüße\n").await;
    bob.edit(vec![TextEdit::delete(0, 2)]).await.unwrap();
    until_text(&alice, "Call\n- 👋 Grüße\n").await;
    soon(bob.saved()).await.unwrap();
    // Also on a node that comes later, and without anybody there.
    nodes.add().await.unwrap();
    for number in 0..3 {
        assert_eq!(nodes[number].source(&deck).await.unwrap(), "Call\n- 👋 Grüße\n", "{number}");
    }
    nodes.stop().await.unwrap();
}

#[tokio::test]
async fn writers_on_three_nodes_end_with_the_same_text_and_all_of_it() {
    let mut nodes = Nodes::start(3).await.unwrap();
    let deck = nodes[0].deck("").await.unwrap();
    let writers: Vec<_> = (0..9)
        .map(|number| nodes[number % 3].join(&deck, &format!("Writer {number}"), Role::Edit))
        .collect();
    join_all(writers.iter().enumerate().map(|(number, writer)| async move {
        soon(writer.saved()).await.unwrap();
        for line in 0..20 {
            let text = format!("- writer {number} line {line} 🚢\n");
            writer.edit(vec![TextEdit::insert(u32::MAX, &text)]).await.unwrap();
        }
        soon(writer.saved()).await.unwrap();
    }))
    .await;
    // A node that was not there reads all of it from the journal.
    nodes.add().await.unwrap();
    let text = nodes[3].source(&deck).await.unwrap();
    for number in 0..9 {
        for line in 0..20 {
            let wanted = format!("- writer {number} line {line} 🚢\n");
            assert_eq!(text.matches(&wanted).count(), 1, "{wanted}");
        }
    }
    for writer in &writers {
        until_text(writer, &text).await;
    }
}

#[tokio::test]
async fn what_was_saved_on_a_node_that_is_gone_is_on_the_others() {
    let mut nodes = Nodes::start(2).await.unwrap();
    let deck = nodes[0].deck("").await.unwrap();
    let alice = nodes[0].join(&deck, "Alice", Role::Edit);
    let bob = nodes[1].join(&deck, "Bob", Role::Edit);
    soon(alice.saved()).await.unwrap();
    soon(bob.saved()).await.unwrap();
    alice.edit(vec![TextEdit::insert(0, "kept")]).await.unwrap();
    soon(alice.saved()).await.unwrap();
    nodes.node(0).stop().await.unwrap();
    drop(alice);
    until_text(&bob, "kept").await;
    assert_eq!(nodes[1].source(&deck).await.unwrap(), "kept");
}

#[tokio::test]
async fn people_on_other_nodes_are_seen_until_they_leave() {
    let nodes = Nodes::start(2).await.unwrap();
    let deck = nodes[0].deck("hello").await.unwrap();
    let alice = nodes[0].join(&deck, "Alice", Role::Edit);
    soon(alice.saved()).await.unwrap();
    alice.with(|replica, now, out| replica.select(now, Some((1, 3)), out)).await.unwrap();
    // He comes later, and is told who was there before.
    let bob = nodes[1].join(&deck, "Bob", Role::Edit);
    let sees_alice = |replica: &Replica| {
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
async fn one_drives_and_all_follow_wherever_they_are_connected() {
    let nodes = Nodes::start(2).await.unwrap();
    let deck = nodes[0].deck(DECK).await.unwrap();
    let paula = nodes[0].join(&deck, "Paula", Role::Present);
    let peter = nodes[1].join(&deck, "Peter", Role::Present);
    soon(paula.saved()).await.unwrap();
    soon(peter.saved()).await.unwrap();
    let (follow, _) = links(&nodes[0].address(), &deck).await.unwrap();
    let mut fred = Viewer::open(&nodes[1].address(), &follow, None).await.unwrap();
    present(&paula, "# Team A", false).await;
    until_driver(&peter, Some("Paula")).await;
    soon(fred.until(|viewer| viewer.place().0 == 1)).await.unwrap();
    // Without asking for it, nobody gets what somebody has.
    present(&peter, "# Team B", false).await;
    present(&paula, "# One", false).await;
    soon(fred.until(|viewer| viewer.place().0 == 0)).await.unwrap();
    until_driver(&peter, Some("Paula")).await;
    // Who takes it has it everywhere, and the other one has it nowhere.
    present(&peter, "# Team B", true).await;
    until_driver(&paula, Some("Peter")).await;
    soon(paula.wait_until(|replica| !replica.is_driving())).await.unwrap();
    soon(peter.wait_until(Replica::is_driving)).await.unwrap();
    soon(fred.until(|viewer| viewer.place().0 == 2)).await.unwrap();
}

#[tokio::test]
async fn two_who_take_the_baton_at_once_on_two_nodes_do_not_both_get_it() {
    let nodes = Nodes::start(2).await.unwrap();
    let deck = nodes[0].deck(DECK).await.unwrap();
    let people = [
        nodes[0].join(&deck, "Paula", Role::Present),
        nodes[1].join(&deck, "Peter", Role::Present),
    ];
    for person in &people {
        soon(person.saved()).await.unwrap();
    }
    for _ in 0..10 {
        tokio::join!(present(&people[0], "# One", true), present(&people[1], "# Team A", true));
        let mut told = Vec::new();
        for person in &people {
            let settled = |replica: &Replica| {
                let name = if replica.is_driving() { Some(()) } else { None };
                replica.presentation().is_some_and(|now| now.driver.is_some()) || name.is_some()
            };
            soon(person.wait_until(settled)).await.unwrap();
        }
        // Both know of the same driver in the same term, sooner or later.
        soon(async {
            loop {
                told.clear();
                for person in &people {
                    let look = |replica: &mut Replica, _, _: &mut _| {
                        let now = replica.presentation().unwrap();
                        (now.term, now.driver.clone(), replica.is_driving())
                    };
                    told.push(person.with(look).await.unwrap());
                }
                if told[0].0 == told[1].0 {
                    return;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(told[0].1, told[1].1, "one name");
        assert!(told.iter().filter(|(_, _, drives)| *drives).count() <= 1, "{told:?}");
    }
}

#[tokio::test]
async fn a_driver_whose_node_ends_is_away_for_those_on_other_nodes() {
    let mut nodes = Nodes::start(2).await.unwrap();
    let deck = nodes[0].deck(DECK).await.unwrap();
    let paula = nodes[0].join(&deck, "Paula", Role::Present);
    let peter = nodes[1].join(&deck, "Peter", Role::Present);
    soon(paula.saved()).await.unwrap();
    soon(peter.saved()).await.unwrap();
    present(&paula, "# Team A", false).await;
    until_driver(&peter, Some("Paula")).await;
    nodes.node(0).stop().await.unwrap();
    drop(paula);
    let is_gone = |replica: &Replica| {
        replica.presentation().is_some_and(|now| now.away || now.driver.is_none())
    };
    soon(peter.wait_until(is_gone)).await.unwrap();
    // What is shown stays, and somebody else may go on.
    present(&peter, "# Team B", true).await;
    until_driver(&peter, Some("Peter")).await;
}

#[tokio::test]
async fn a_link_that_is_reset_on_one_node_ends_on_the_other() {
    let nodes = Nodes::start(2).await.unwrap();
    let deck = nodes[0].deck(DECK).await.unwrap();
    let (follow, _) = links(&nodes[0].address(), &deck).await.unwrap();
    let mut fred = Viewer::open(&nodes[1].address(), &follow, None).await.unwrap();
    soon(fred.until(|viewer| !viewer.slides.is_empty())).await.unwrap();
    let path = format!("/api/decks/{deck}/links/follow/reset");
    let answer = tests::http(&nodes[0].address(), "POST", &path, &[], "").await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(soon(fred.ended()).await.unwrap(), (4404, "this link has ended".into()));
    let page = tests::http(&nodes[1].address(), "GET", &follow, &[], "").await.unwrap();
    assert_eq!(page.status, 404);
}

#[tokio::test]
async fn a_deck_that_is_deleted_on_one_node_closes_under_its_writers_on_the_other() {
    let nodes = Nodes::start(2).await.unwrap();
    let deck = nodes[0].deck("text").await.unwrap();
    let alice = nodes[1].join(&deck, "Alice", Role::Edit);
    soon(alice.saved()).await.unwrap();
    let path = format!("/api/decks/{deck}");
    let deleted = tests::http(&nodes[0].address(), "DELETE", &path, &[], "").await.unwrap();
    assert_eq!(deleted.status, 204);
    soon(alice.wait_until(|replica| matches!(replica.status(), Status::Refused { .. })))
        .await
        .unwrap();
    assert_eq!(alice.text().await.unwrap(), "text");
}

#[tokio::test]
async fn a_section_is_marked_on_a_node_that_does_not_keep_the_board() {
    let nodes = Nodes::start(2).await.unwrap();
    let ada = Somebody::guest(&nodes[0]).await.unwrap();
    let elsewhere = ada.at(&nodes[1]);
    let deck = ada.make_deck(DECK).await.unwrap();
    let path = format!("/api/decks/{deck}/board");
    // Whoever asks first keeps it; the other node asks there.
    let board = ada.ask("GET", &path, None).await.unwrap();
    assert_eq!(elsewhere.ask("GET", &path, None).await.unwrap()["sections"], board["sections"]);
    let mut pages = [page(&ada, &deck), page(&elsewhere, &deck)];
    for (client, _) in &pages {
        soon(client.saved()).await.unwrap();
    }
    let section = board["sections"][1]["id"].as_str().unwrap();
    let mark = format!("/api/decks/{deck}/sections/{section}");
    let ready = json!({ "ready": true, "name": "Ada" });
    assert_eq!(elsewhere.send("POST", &mark, Some(ready)).await.unwrap().status, 204);
    // They stay open: a board that moves to another node is asked for again a little later.
    for (_page, heard) in &mut pages {
        until_heard(heard, |row| row["title"] == "Team A" && row["state"] == "ready").await;
    }
    for somebody in [&ada, &elsewhere] {
        let board = somebody.ask("GET", &path, None).await.unwrap();
        assert_eq!((&board["ready"], &board["sections"][1]["readyBy"]), (&json!(1), &json!("Ada")));
    }
}

#[tokio::test]
async fn what_is_said_beside_a_slide_is_heard_on_every_node() {
    let nodes = Nodes::start(2).await.unwrap();
    let ada = Somebody::guest(&nodes[0]).await.unwrap();
    let deck = ada.make_deck(DECK).await.unwrap();
    let elsewhere = ada.at(&nodes[1]);
    let (vera, mut heard) = page(&elsewhere, &deck);
    soon(vera.saved()).await.unwrap();
    let path = format!("/api/decks/{deck}/discussion");
    let message = json!({ "id": "first_________________", "slide": "Team A", "name": "Ada", "text": "Hello" });
    assert_eq!(ada.send("POST", &path, Some(message)).await.unwrap().status, 201);
    let said = until_heard(&mut heard, |post| post["kind"] == "said").await;
    assert_eq!(said["message"]["text"], "Hello");
    let list = elsewhere.ask("GET", &path, None).await.unwrap();
    assert_eq!(list["messages"][0]["text"], "Hello");
}

/// Waits until each node says whether it has the bus; people may be sent to it in any case.
async fn until_bus(nodes: &Nodes, count: usize, bus: &str) {
    for number in 0..count {
        let address = nodes[number].address();
        let get = async |path| tests::http(&address, "GET", path, &[], "").await.unwrap();
        let answer = soon(async {
            loop {
                let answer = get("/readyz").await;
                let report: Value = serde_json::from_str(&answer.body).unwrap();
                if report["bus"] == bus {
                    return (answer.status, report);
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        let has_bus = bus == "connected";
        let (status, report) = answer;
        let said = (status, &report["ready"], &report["degraded"]);
        assert_eq!(said, (200, &json!(true), &json!(!has_bus)), "node {number}: {report}");
        let connected = figure(&get("/metrics").await.body, "ondeck_bus_connected");
        assert_eq!(connected, f64::from(u8::from(has_bus)), "node {number}");
    }
}

#[tokio::test]
async fn without_nats_everything_comes_a_little_later_and_the_nodes_say_that_it_is_away() {
    let mut nodes = Nodes::start(2).await.unwrap();
    let deck = nodes[0].deck(DECK).await.unwrap();
    let paula = nodes[0].join(&deck, "Paula", Role::Present);
    let peter = nodes[1].join(&deck, "Peter", Role::Present);
    soon(paula.saved()).await.unwrap();
    soon(peter.saved()).await.unwrap();
    until_bus(&nodes, 2, "connected").await;
    nodes.nats().stop();
    until_bus(&nodes, 2, "away").await;
    for (round, wanted) in ["without", "and with"].into_iter().enumerate() {
        paula.edit(vec![TextEdit::insert(0, &format!("{wanted} "))]).await.unwrap();
        soon(paula.saved()).await.unwrap();
        soon(peter.wait_until(move |replica| replica.text().starts_with(wanted))).await.unwrap();
        let (driver, name) = [(&paula, "Paula"), (&peter, "Peter")][round];
        present(driver, "# Team A", true).await;
        until_driver(&paula, Some(name)).await;
        until_driver(&peter, Some(name)).await;
        if round == 0 {
            nodes.nats().start_again().unwrap();
            until_bus(&nodes, 2, "connected").await;
        }
    }
}

#[tokio::test]
async fn without_postgresql_nothing_is_called_saved_and_with_it_all_heals() {
    let mut nodes = Nodes::start_apart(2).await.unwrap();
    let deck = nodes[0].deck("").await.unwrap();
    let alice = nodes[0].join(&deck, "Alice", Role::Edit);
    let bob = nodes[1].join(&deck, "Bob", Role::Edit);
    soon(alice.saved()).await.unwrap();
    soon(bob.saved()).await.unwrap();
    nodes.postgres().unwrap().stop(true);
    alice.edit(vec![TextEdit::insert(0, "meanwhile")]).await.unwrap();
    // The server says itself that it stores nothing.
    soon(alice.wait_until(|replica| matches!(replica.status(), Status::Full { .. })))
        .await
        .unwrap();
    assert_eq!(alice.look(|replica| replica.unsaved()).await.unwrap(), 1);
    assert_eq!(bob.text().await.unwrap(), "");
    nodes.postgres().unwrap().start_again().unwrap();
    soon(alice.saved()).await.unwrap();
    until_text(&bob, "meanwhile").await;
    for number in 0..2 {
        assert_eq!(nodes[number].source(&deck).await.unwrap(), "meanwhile");
    }
}
