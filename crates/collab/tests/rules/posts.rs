//! What is posted beside the text, and the desk.

use collab::access::Role;
use collab::doc::TextEdit;
use collab::replica::ClientEffect;
use collab::room::{Effect, Event, MAX_FOLLOWERS, PeerId, Protocol};
use collab::wire::{Frame, ServerMessage};

use super::harness::{Client, House, closed};
use super::stage::Stage;

impl House {
    fn post(&mut self, key: Option<&str>, json: &str) -> Vec<Effect> {
        self.handle(Event::Post { key: key.map(str::to_owned), json: json.to_owned() })
    }

    /// What a peer hears of posts.
    fn posts(&self, effects: &[Effect], listener: PeerId) -> Vec<String> {
        let json = |message| match message {
            ServerMessage::Desk { json } => Some(json),
            _ => None,
        };
        self.told(effects, listener).into_iter().filter_map(json).collect()
    }

    /// An Ondeck client comes: what was posted before it came.
    fn newcomer(&mut self) -> Vec<String> {
        let (peer, joined) = self.enter(Role::Follow, Protocol::Ondeck);
        let posts = self.posts(&joined, peer);
        self.handle(Event::Leave { peer });
        posts
    }
}

#[test]
fn p19_a_post_goes_to_all_ondeck_clients_and_with_a_key_to_newcomers() {
    let mut house = House::new("text");
    let peers = [Role::Follow, Role::Edit, Role::Present].map(|role| house.join(role, "Alice"));
    let (desk, _) = house.enter(Role::Follow, Protocol::Desk);
    let (stock, _) = house.enter(Role::Present, Protocol::Yjs);
    let (projector, _) = house.enter(Role::Follow, Protocol::Projector);
    for (key, json) in [(None, "now"), (Some("b"), "old"), (Some("b"), "kept"), (Some("a"), "too")]
    {
        let effects = house.post(key, json);
        for peer in peers {
            assert_eq!(house.posts(&effects, peer), [json]);
        }
        for peer in [desk, stock, projector] {
            assert_eq!(house.heard(&effects, peer).len(), 0);
        }
    }
    assert_eq!(house.newcomer(), ["too", "kept"]);
    for protocol in [Protocol::Yjs, Protocol::Projector, Protocol::Desk] {
        let (peer, joined) = house.enter(Role::Follow, protocol);
        assert!(house.posts(&joined, peer).is_empty());
    }
    assert_eq!(house.post(Some("b"), ""), []);
    assert_eq!(house.newcomer(), ["too"]);
}

#[test]
fn p19_what_the_desk_posted_goes_with_it() {
    let mut house = House::new("text");
    let (desk, _) = house.enter(Role::Follow, Protocol::Desk);
    house.post(Some("a"), "kept");
    assert_eq!(house.newcomer(), ["kept"]);
    house.handle(Event::Leave { peer: desk });
    assert!(house.newcomer().is_empty());
}

#[test]
fn p19_what_is_too_long_for_a_message_is_not_posted() {
    let mut house = House::new("text");
    let alice = house.join(Role::Edit, "Alice");
    let effects = house.post(None, &"\u{65e5}".repeat(5_000));
    let heard = house.heard(&effects, alice);
    assert!(Frame::decode(&heard[0]).is_ok());
    house.post(Some("a"), "before");
    assert_eq!(house.post(Some("a"), &"x".repeat(16 * 1024)), []);
    assert_eq!(house.newcomer(), ["before"]);
}

#[test]
fn p20_the_desk_hears_the_deck_and_who_writes() {
    let mut house = House::new("text");
    let (alice, bob) = (house.join(Role::Edit, "Alice"), house.join(Role::Edit, "Bob"));
    let mut doc = house.copy(9);
    let mut write = |at| doc.edit(&[TextEdit::insert(at, "x")]);
    // Whoever wrote last before it came is not known to it.
    let before = write(0);
    house.stored(alice, Frame::Update(&before));
    let (desk, joined) = house.enter(Role::Follow, Protocol::Desk);
    let told = house.told(&joined, desk);
    assert!(matches!(told[0], ServerMessage::Hello { role: Role::Follow, .. }));
    let missed = write(0);
    house.frame(alice, Frame::Update(&missed));
    house.frame(desk, Frame::SyncStep1(&[0]));
    let updates = [write(1), write(2), write(3)];
    house.frame(alice, Frame::Update(&updates[0]));
    house.frame(alice, Frame::Update(&updates[1]));
    let effects = house.frame(bob, Frame::Update(&updates[2]));
    assert_eq!(house.heard(&effects, desk).len(), 0);
    let effects = house.store();
    let author =
        |name: &str| collab::wire::control(&ServerMessage::Author { name: name.to_owned() });
    let update = |update: &[u8]| Frame::Update(update).encode();
    let [one, two, three] = &updates;
    let expected = [author("Alice"), update(one), update(two), author("Bob"), update(three)];
    let heard = house.heard(&effects, desk);
    assert!(matches!(Frame::decode(&heard[0]), Ok(Frame::SyncStep2(_))));
    assert_eq!(heard[1..], expected);
    for peer in [alice, bob] {
        assert!(!house.heard(&effects, peer).contains(&author("Bob")));
    }
}

#[test]
fn p20_the_desk_hears_the_times_and_what_is_presented() {
    let mut stage = Stage::begun();
    let (desk, joined) = stage.house.enter(Role::Follow, Protocol::Desk);
    let is_on = |message: &ServerMessage| {
        matches!(message, ServerMessage::Presentation { presentation: Some(_), .. })
    };
    assert!(stage.house.told(&joined, desk).iter().any(is_on));
    let is_times = |message: &ServerMessage| matches!(message, ServerMessage::Times { .. });
    let effects = stage.section(1);
    assert!(stage.house.told(&effects, desk).iter().any(is_times));
    let (late, joined) = stage.house.enter(Role::Follow, Protocol::Desk);
    assert!(stage.house.told(&joined, late).iter().any(is_times));
    let effects = stage.stop(stage.alice);
    assert!(!stage.house.told(&effects, desk).is_empty());
}

#[test]
fn p20_the_desk_is_neither_counted_nor_turned_away() {
    let mut house = House::new("text");
    for _ in 0..MAX_FOLLOWERS {
        house.enter(Role::Follow, Protocol::Ondeck);
    }
    assert!(closed(&house.enter(Role::Follow, Protocol::Ondeck).1).is_some());
    let (_, joined) = house.enter(Role::Follow, Protocol::Desk);
    assert_eq!(closed(&joined), None);
}

#[test]
fn c22_what_is_posted_is_handed_on_as_it_is() {
    let mut client = Client::new();
    client.open();
    for json in ["{\"kind\":\"said\"}", "what nobody knows yet"] {
        let effects = client.hear(&ServerMessage::Desk { json: json.into() });
        assert_eq!(effects, [ClientEffect::Desk(json.into())]);
    }
}
