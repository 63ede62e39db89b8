//! Who and what is on other nodes: people, watchers, times, presses, posts.

use collab::access::Role;
use collab::nodes::{
    NodeId, NodeMessage, SharedBaton, SharedLive, SharedStage, SharedWatchers, SharedWho,
};
use collab::presence::Entry;
use collab::presentation::{Press, Shown};
use collab::room::{Effect, Event, PeerId, Protocol};
use collab::wire::ServerMessage;

use super::harness::{House, audience, to_nodes};

fn entry(client: u64, clock: u64) -> Entry {
    Entry { client, clock, state: r#"{"user":{"name":"Bob","palette":1}}"#.into() }
}

fn left(client: u64, clock: u64) -> Entry {
    Entry { client, clock, state: "null".into() }
}

fn all(presence: Vec<Entry>, posts: &[(&str, &str)]) -> NodeMessage {
    let posts = posts.iter().map(|&(key, json)| (key.to_owned(), json.to_owned())).collect();
    NodeMessage::All { presence, watchers: SharedWatchers::default(), posts }
}

fn present(nodes: &[u64]) -> Event {
    Event::Nodes { present: nodes.iter().copied().map(NodeId).collect() }
}

/// A room on node 1 with Alice, who may present.
fn house() -> (House, PeerId) {
    let mut house = House::on_node(1, "one");
    let alice = house.join(Role::Present, "Alice");
    house.ticks(1);
    (house, alice)
}

/// Somebody on this node drives.
fn driven_on(node: u64) -> Event {
    let slide = collab::doc::DeckDoc::new(9).anchor(0);
    let (who, name) = (SharedWho::Session(77), "Bob".to_owned());
    let baton = SharedBaton { who, name, node: Some(NodeId(node)), offered: false };
    let shown = Shown { slide, fragment: -1, blackout: false };
    let live = SharedLive { baton: Some(baton), offer: None, host: who, shown, held: false };
    let stage = SharedStage { live: Some(live), term: 1, seq: 1, ..SharedStage::default() };
    Event::Stage { version: 1, stage }
}

#[test]
fn n10_people_on_other_nodes_are_seen_as_if_they_were_here() {
    let (mut house, alice) = house();
    let effects = house.hear(2, NodeMessage::Presence { entry: entry(50, 3) });
    assert_eq!(house.seen(&effects, alice), [(50, 3, true)]);
    for late in [entry(50, 3), entry(50, 2)] {
        assert_eq!(house.hear(2, NodeMessage::Presence { entry: late }), []);
    }
    let (carol, joined) = house.enter(Role::Edit, Protocol::Ondeck);
    assert_eq!(house.seen(&joined, carol), [(50, 3, true)]);
    let (vera, joined) = house.enter(Role::Follow, Protocol::Ondeck);
    assert!(house.seen(&joined, vera).is_empty());
    // What is said of them here goes to the others.
    let effects = house.announce(alice, 5, 0);
    assert!(
        matches!(&to_nodes(&effects)[..], [NodeMessage::Presence { entry }] if entry.client == 5)
    );
    let effects = house.hear(2, NodeMessage::Presence { entry: left(50, 3) });
    assert_eq!(house.seen(&effects, alice), [(50, 3, false)]);
}

#[test]
fn n10_of_one_client_the_newest_presence_counts() {
    let (mut house, alice) = house();
    let bob = house.join(Role::Edit, "Bob");
    house.hear(2, NodeMessage::Presence { entry: entry(50, 3) });
    // He changed nodes, and this one hears him before the other one noticed.
    let effects = house.announce(bob, 50, 4);
    assert_eq!(house.seen(&effects, alice), [(50, 4, true)]);
    assert_eq!(house.hear(2, NodeMessage::Presence { entry: left(50, 3) }), []);
    // He changed once more.
    let effects = house.hear(3, NodeMessage::Presence { entry: entry(50, 5) });
    assert_eq!(house.seen(&effects, alice), [(50, 5, true)]);
    let effects = house.handle(Event::Leave { peer: bob });
    assert!(house.seen(&effects, alice).is_empty());
    // Nobody speaks for a stock client that is elsewhere.
    let (mallory, _) = house.enter(Role::Edit, Protocol::Yjs);
    house.hear(2, NodeMessage::Presence { entry: entry(900, 1) });
    let effects = house.announce(mallory, 900, 2);
    assert!(house.seen(&effects, alice).is_empty());
}

#[test]
fn n12_what_a_node_said_is_over_with_it() {
    let (mut house, alice) = house();
    let say = |house: &mut House| {
        house.hear(2, all(vec![entry(50, 3), entry(51, 0)], &[("board", "1")]));
    };
    say(&mut house);
    let effects = house.hear(2, all(vec![entry(51, 0)], &[]));
    assert_eq!(house.seen(&effects, alice), [(50, 3, false)]);
    let effects = house.ticks(35);
    assert!(house.seen(&effects, alice).is_empty());
    let effects = house.ticks(1);
    assert_eq!(house.seen(&effects, alice), [(51, 0, false)]);
    say(&mut house);
    house.handle(present(&[1, 2]));
    let effects = house.handle(present(&[1]));
    assert_eq!(house.seen(&effects, alice), [(50, 3, false), (51, 0, false)]);
    // What comes late from a node that is gone is not believed.
    assert_eq!(house.hear(2, NodeMessage::Presence { entry: entry(50, 4) }), []);
    house.handle(present(&[1, 2]));
    let effects = house.hear(2, NodeMessage::Presence { entry: entry(50, 5) });
    assert_eq!(house.seen(&effects, alice), [(50, 5, true)]);
}

#[test]
fn n12_a_room_tells_everything_when_asked_now_and_then_and_at_its_end() {
    let (mut house, alice) = house();
    house.announce(alice, 5, 0);
    let people = |effects: &[Effect]| {
        let people = |message| match message {
            NodeMessage::All { presence, .. } => Some(presence.len()),
            _ => None,
        };
        to_nodes(effects).into_iter().filter_map(people).collect::<Vec<usize>>()
    };
    assert_eq!(people(&house.hear(2, NodeMessage::Hello)), [1]);
    assert_eq!(people(&house.ticks(20)), [1, 1]);
    assert_eq!(people(&house.handle(Event::Leave { peer: alice })), [0]);
    assert_eq!(people(&house.ticks(20)), [0; 0]);
}

#[test]
fn n13_followers_are_counted_over_all_nodes() {
    let (mut house, alice) = house();
    house.enter(Role::Follow, Protocol::Ondeck);
    let effects = house.ticks(1);
    let watchers = SharedWatchers { followers: 1, ..SharedWatchers::default() };
    assert_eq!(to_nodes(&effects), [NodeMessage::Watchers { watchers }]);
    assert_eq!(house.told(&effects, alice), [audience(1)]);
    let watchers = SharedWatchers { followers: 4, ..SharedWatchers::default() };
    house.hear(2, NodeMessage::Watchers { watchers });
    let effects = house.ticks(1);
    assert_eq!(house.told(&effects, alice), [audience(5)]);
    house.hear(2, all(Vec::new(), &[]));
    let effects = house.ticks(1);
    assert_eq!(house.told(&effects, alice), [audience(1)]);
}

#[test]
fn n13_times_come_from_the_node_of_the_driver_and_presses_go_there() {
    let (mut house, alice) = house();
    house.handle(driven_on(2));
    let times = |elapsed| (elapsed, vec![("Ops".to_owned(), elapsed)], Some(0));
    let (elapsed, sections, current) = times(1);
    assert_eq!(house.handle(Event::Times { elapsed, sections, current }), []);
    let (elapsed, sections, current) = times(2);
    let effects = house.hear(2, NodeMessage::Times { elapsed, sections, current });
    assert!(matches!(&house.told(&effects, alice)[..], [ServerMessage::Times { elapsed: 2, .. }]));
    let key = Press::Next;
    assert_eq!(to_nodes(&house.handle(Event::Press { key })), [NodeMessage::Press { key }]);
    // The same on the node of the driver.
    let (mut house, alice) = self::house();
    house.introduce(alice, "Alice", 77);
    house.handle(driven_on(1));
    let (elapsed, sections, current) = times(3);
    let effects = house.handle(Event::Times { elapsed, sections, current });
    assert!(matches!(&to_nodes(&effects)[..], [NodeMessage::Times { elapsed: 3, .. }]));
    let effects = house.hear(2, NodeMessage::Press { key });
    assert_eq!(house.told(&effects, alice), [ServerMessage::Press { key }]);
    let asked = house.hear(3, NodeMessage::Hello);
    assert!(to_nodes(&asked).iter().any(|said| matches!(said, NodeMessage::Times { .. })));
}

#[test]
fn n13_the_projector_on_the_node_of_the_driver_hears_that_it_is_there() {
    let (mut house, alice) = house();
    house.introduce(alice, "Alice", 77);
    let (early, _) = house.enter(Role::Follow, Protocol::Projector);
    // A projector need not have asked for the text to hear of it, and the driver changes nodes.
    for (version, node) in [(1, 2), (2, 1), (3, 3), (4, 1)] {
        let Event::Stage { stage, .. } = driven_on(node) else { panic!("the stage") };
        let effects = house.handle(Event::Stage { version, stage });
        assert_eq!(driving(&house, &effects, early), [node == 1], "{version}");
        let (late, joined) = house.enter(Role::Follow, Protocol::Projector);
        assert_eq!(driving(&house, &joined, late), [node == 1], "{version}");
        house.handle(Event::Leave { peer: late });
        let (vera, joined) = house.enter(Role::Follow, Protocol::Ondeck);
        assert_eq!(driving(&house, &joined, vera), [false], "who only watches");
        house.handle(Event::Leave { peer: vera });
    }
}

/// What a peer hears of who drives.
fn driving(house: &House, effects: &[Effect], listener: PeerId) -> Vec<bool> {
    let driving = |told: ServerMessage| match told {
        ServerMessage::Presentation { driving, .. } => Some(driving),
        _ => None,
    };
    house.told(effects, listener).into_iter().filter_map(driving).collect()
}

#[test]
fn n14_posts_of_other_nodes_are_kept_for_newcomers() {
    let (mut house, alice) = house();
    let desk = |json: &str| ServerMessage::Desk { json: json.to_owned() };
    let post = |json: &str| NodeMessage::Post { key: Some("board".into()), json: json.into() };
    let effects = house.hear(2, post("1"));
    assert_eq!(house.told(&effects, alice), [desk("1")]);
    let joins = |house: &mut House| {
        let (peer, joined) = house.enter(Role::Edit, Protocol::Ondeck);
        let posts = house.told(&joined, peer).into_iter();
        posts.filter(|told| matches!(told, ServerMessage::Desk { .. })).collect::<Vec<_>>()
    };
    assert_eq!(joins(&mut house), [desk("1")]);
    // What is told again is not heard again; the desk may move.
    assert_eq!(house.hear(2, all(Vec::new(), &[("board", "1")])), []);
    house.hear(3, post("2"));
    assert_eq!(joins(&mut house), [desk("2")]);
    let effects = house.handle(Event::Post { key: Some("board".into()), json: "3".into() });
    assert_eq!(to_nodes(&effects), [post("3")]);
    assert_eq!(joins(&mut house), [desk("3")]);
    house.handle(Event::Post { key: Some("board".into()), json: String::new() });
    house.hear(2, post("4"));
    assert_eq!(house.hear(2, post("")), []);
    assert_eq!(joins(&mut house), []);
    house.hear(2, post("5"));
    house.hear(2, all(Vec::new(), &[]));
    assert_eq!(joins(&mut house), []);
}

#[test]
fn n16_nothing_that_came_from_a_node_is_told_to_nodes() {
    let (mut house, alice) = house();
    house.introduce(alice, "Alice", 77);
    house.handle(driven_on(1));
    let (key, by) = (Press::Next, "Bob".to_owned());
    let (elapsed, sections, current) = (1, Vec::new(), None);
    for message in [
        all(vec![entry(50, 1)], &[("board", "1")]),
        NodeMessage::Presence { entry: entry(50, 2) },
        NodeMessage::Watchers { watchers: SharedWatchers::default() },
        NodeMessage::Post { key: None, json: "1".into() },
        NodeMessage::Times { elapsed, sections, current },
        NodeMessage::Press { key },
        NodeMessage::SlideRemoved { by },
    ] {
        let effects = house.hear(2, message.clone());
        assert_eq!(to_nodes(&effects), [], "{message:?}");
    }
    let row = house.copy(90).edit(&[collab::doc::TextEdit::insert(0, "x")]);
    assert_eq!(to_nodes(&house.row("Bob", &row)), []);
}
