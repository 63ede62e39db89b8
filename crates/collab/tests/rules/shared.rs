//! What is presented on several nodes: one stored value, changed by whoever is first.

use collab::access::Role;
use collab::doc::{Anchor, TextEdit};
use collab::nodes::{NodeId, NodeMessage, SharedStage, SharedWatchers};
use collab::room::{Effect, Event, PeerId, Protocol};
use collab::wire::{ClientMessage, Frame, ServerMessage};

use super::harness::{House, to_nodes};
use super::stage::{driver, shown};

/// The store of the value.
#[derive(Default)]
struct Store {
    version: u64,
    stage: SharedStage,
}

impl Store {
    /// Stores what a room wants stored, and gives what is stored then.
    fn set(&mut self, effects: &[Effect]) -> Event {
        for effect in effects {
            if let Effect::Stage { expected, stage } = effect
                && *expected == self.version
            {
                (self.version, self.stage) = (expected + 1, stage.clone());
            }
        }
        self.news()
    }

    fn news(&self) -> Event {
        Event::Stage { version: self.version, stage: self.stage.clone() }
    }
}

fn proposals(effects: &[Effect]) -> Vec<(u64, SharedStage)> {
    let proposal = |effect: &Effect| match effect {
        Effect::Stage { expected, stage } => Some((*expected, stage.clone())),
        _ => None,
    };
    effects.iter().filter_map(proposal).collect()
}

/// Rooms on nodes 1 and 2; Alice is on the first, Bob on the second, both may present.
struct Nodes {
    store: Store,
    one: House,
    two: House,
    alice: PeerId,
    bob: PeerId,
    slides: [Anchor; 3],
}

impl Nodes {
    fn new() -> Self {
        let text = "one\n\n---\n\ntwo\n\n---\n\nthree";
        let (mut one, mut two) = (House::on_node(1, text), House::on_node(2, text));
        let alice = one.join(Role::Present, "Alice");
        let bob = two.join(Role::Present, "Bob");
        let slides = [0, 10, 20].map(|at| one.copy(9).anchor(at));
        Self { store: Store::default(), one, two, alice, bob, slides }
    }

    /// Alice began to present.
    fn begun() -> Self {
        let mut this = Self::new();
        let effects = this.one.present(this.alice, &this.slides[0], None);
        this.stored_by_one(&effects);
        this
    }

    /// What the first room wants is stored, and both hear so. Gives what each does then.
    fn stored_by_one(&mut self, effects: &[Effect]) -> (Vec<Effect>, Vec<Effect>) {
        let event = self.store.set(effects);
        (self.one.handle(event.clone()), self.two.handle(event))
    }

    fn stored_by_two(&mut self, effects: &[Effect]) -> (Vec<Effect>, Vec<Effect>) {
        self.stored_by_one(effects)
    }
}

#[test]
fn n6_a_slide_is_told_behind_the_text_that_it_begins_with() {
    for comes in [true, false] {
        let mut nodes = Nodes::new();
        let mut writer = nodes.one.copy(90);
        let update = writer.edit(&[TextEdit::insert(0, "new\n\n---\n\n")]);
        nodes.one.row("Eve", &update);
        let effects = nodes.one.present(nodes.alice, &writer.anchor(0), None);
        let (_, effects) = nodes.stored_by_one(&effects);
        assert_eq!(nodes.two.heard(&effects, nodes.bob).len(), 0);
        let effects = if comes {
            nodes.two.row("Eve", &update)
        } else {
            assert_eq!(nodes.two.ticks(2), []);
            nodes.two.ticks(1)
        };
        let heard = nodes.two.heard(&effects, nodes.bob);
        let first_is_text = matches!(Frame::decode(&heard[0]), Ok(Frame::Update(_)));
        assert_eq!(first_is_text, comes);
        let (presented, _) = shown(&nodes.two, &effects, nodes.bob);
        assert_eq!(presented.unwrap().shown.slide, writer.anchor(0));
        assert_eq!(nodes.two.ticks(5), [], "once");
    }
}

#[test]
fn n7_a_change_counts_once_it_is_stored_and_of_many_moves_the_last() {
    let mut nodes = Nodes::new();
    let alice = nodes.alice;
    let effects = nodes.one.present(alice, &nodes.slides[0], None);
    assert_eq!(nodes.one.heard(&effects, alice).len(), 0);
    for slide in [1, 2] {
        assert_eq!(nodes.one.present(alice, &nodes.slides[slide], None), []);
    }
    let (told, elsewhere) = nodes.stored_by_one(&effects);
    assert!(shown(&nodes.one, &told, alice).1);
    assert_eq!(driver(&nodes.two, &elsewhere, nodes.bob), (Some("Alice".to_owned()), false));
    let [(expected, stage)] = &proposals(&told)[..] else { panic!("not the moves since") };
    assert_eq!((*expected, &stage.live.as_ref().unwrap().shown.slide), (1, &nodes.slides[2]));
    // She hears of each of her moves, so that none seems to be on its way for ever.
    let (told, _) = nodes.stored_by_one(&told);
    assert_eq!(nodes.one.told(&told, alice).len(), 2);
    assert!(proposals(&told).is_empty());
    assert!(nodes.one.room.driver() == Some(alice) && nodes.two.room.driver().is_none());
}

#[test]
fn n7_what_depends_on_text_waits_until_that_is_durable() {
    let mut nodes = Nodes::new();
    let alice = nodes.alice;
    let mut own = nodes.one.copy(3);
    let update = own.edit(&[TextEdit::insert(0, "new\n\n---\n\n")]);
    nodes.one.frame(alice, Frame::Update(&update));
    assert_eq!(nodes.one.present(alice, &own.anchor(0), None), []);
    nodes.one.handle(Event::Leave { peer: alice });
    assert!(!nodes.one.room.is_idle());
    let effects = nodes.one.store();
    // She is gone meanwhile, and away from the beginning.
    let baton = proposals(&effects)[0].1.live.clone().unwrap().baton.unwrap();
    assert_eq!((baton.name.as_str(), baton.node), ("Alice", None));
    nodes.stored_by_one(&effects);
    let watchers = SharedWatchers { followers: 1, ..SharedWatchers::default() };
    nodes.one.hear(2, NodeMessage::Watchers { watchers });
    assert!(nodes.one.room.is_idle(), "the rest is for those on the other node");
}

#[test]
fn n8_of_two_who_take_over_at_once_the_one_who_is_stored_first_drives() {
    let mut nodes = Nodes::begun();
    let (alice, bob) = (nodes.alice, nodes.bob);
    let dora = nodes.one.join(Role::Present, "Dora");
    let first = nodes.one.present(dora, &nodes.slides[1], Some(1));
    let second = nodes.two.present(bob, &nodes.slides[2], Some(1));
    let (_, told) = nodes.stored_by_one(&first);
    assert_eq!(driver(&nodes.two, &told, bob), (Some("Dora".to_owned()), false));
    assert!(proposals(&told).is_empty());
    // The answer to the second one says the same, and nobody is bothered with it.
    let event = nodes.store.set(&second);
    assert_eq!(nodes.two.handle(event), []);
    assert_eq!(nodes.two.room.driver(), None);
    assert_eq!(nodes.store.stage.term, 2);
    assert_eq!(nodes.one.room.driver(), Some(dora));
    // Who began it takes it back; a wish from before changes nothing.
    let effects = nodes.one.present(alice, &nodes.slides[0], Some(1));
    nodes.stored_by_one(&effects);
    let effects = nodes.two.present(bob, &nodes.slides[2], Some(2));
    assert!(proposals(&effects).is_empty());
    assert_eq!(driver(&nodes.two, &effects, bob), (Some("Alice".to_owned()), false));
}

#[test]
fn n9_what_may_have_been_stored_is_proposed_again_and_made_once() {
    let mut nodes = Nodes::begun();
    let (alice, bob) = (nodes.alice, nodes.bob);
    let effects = nodes.two.present(bob, &nodes.slides[1], Some(1));
    nodes.stored_by_two(&effects);
    // The host takes it back; it is stored, and nobody here knows.
    let takes = nodes.one.present(alice, &nodes.slides[2], Some(2));
    let event = nodes.store.set(&takes);
    assert_eq!(nodes.one.handle(Event::StageAway), []);
    let again = nodes.one.ticks(1);
    assert_eq!(proposals(&again), proposals(&takes));
    assert!(proposals(&nodes.one.ticks(1)).is_empty(), "once for each time it went wrong");
    // Bob took it from her in between: she does not take it from him a second time.
    nodes.two.handle(event);
    let effects = nodes.two.present(bob, &nodes.slides[1], Some(3));
    nodes.two.handle(nodes.store.set(&effects));
    let effects = nodes.one.handle(nodes.store.set(&again));
    assert!(proposals(&effects).is_empty());
    assert_eq!(driver(&nodes.one, &effects, alice), (Some("Bob".to_owned()), false));
    // Had it not been stored, it would be judged anew: the host may.
    let takes = nodes.one.present(alice, &nodes.slides[2], Some(4));
    nodes.one.handle(Event::StageAway);
    let effects = nodes.two.present(bob, &nodes.slides[0], None);
    let (again, _) = nodes.stored_by_two(&effects);
    assert_eq!((proposals(&takes).len(), proposals(&again).len()), (1, 1));
    nodes.stored_by_one(&again);
    assert_eq!(nodes.one.room.driver(), Some(alice));
}

#[test]
fn n11_who_returns_on_another_node_has_what_is_theirs() {
    let mut nodes = Nodes::begun();
    let alice = nodes.alice;
    let (back, joined) = nodes.two.enter(Role::Present, Protocol::Ondeck);
    assert!(!shown(&nodes.two, &joined, back).1);
    let effects = nodes.two.introduce(back, "Alice", alice.0);
    let session = NodeMessage::Session { session: alice.0 };
    assert!(to_nodes(&effects).contains(&session));
    let (_, told) = nodes.stored_by_two(&effects);
    assert!(shown(&nodes.two, &told, back).1);
    assert_eq!(nodes.store.stage.term, 1, "it was nobody else's in between");
    let effects = nodes.one.hear(2, session);
    assert!(matches!(&effects[..], [.., Effect::Close { peer, .. }] if *peer == alice));
    let effects = nodes.one.handle(Event::Leave { peer: alice });
    assert!(proposals(&effects).is_empty());
}

#[test]
fn n11_the_baton_waits_for_a_driver_whose_node_is_gone() {
    let mut nodes = Nodes::begun();
    let bob = nodes.bob;
    let present =
        |nodes: &[u64]| Event::Nodes { present: nodes.iter().copied().map(NodeId).collect() };
    assert!(proposals(&nodes.two.handle(present(&[1, 2]))).is_empty());
    let effects = nodes.two.handle(present(&[2]));
    let event = nodes.store.set(&effects);
    let effects = nodes.two.handle(event);
    assert_eq!(driver(&nodes.two, &effects, bob), (Some("Alice".to_owned()), true));
    assert!(proposals(&nodes.two.ticks(9)).is_empty());
    let effects = nodes.two.ticks(1);
    let event = nodes.store.set(&effects);
    let effects = nodes.two.handle(event);
    assert_eq!(driver(&nodes.two, &effects, bob), (None, false));
    // One that this room never saw counts as gone after a while.
    let mut nodes = Nodes::begun();
    nodes.two.handle(present(&[2]));
    assert!(proposals(&nodes.two.ticks(4)).is_empty());
    assert_eq!(proposals(&nodes.two.ticks(1)).len(), 1);
}

#[test]
fn n15_the_baton_is_offered_to_somebody_on_another_node() {
    let mut nodes = Nodes::begun();
    let ed = nodes.two.join(Role::Edit, "Ed");
    let announced = nodes.two.announce(ed, 50, 0);
    for message in to_nodes(&announced) {
        nodes.one.hear(2, message);
    }
    let offer = ClientMessage::Offer { to: 50, section: "Ops".into() };
    let effects = nodes.one.say(nodes.alice, &offer);
    let (_, told) = nodes.stored_by_one(&effects);
    let (by, section) = ("Alice".to_owned(), "Ops".to_owned());
    let offered = [ServerMessage::Offered { by, section, term: 1 }];
    assert_eq!(nodes.two.told(&told, ed), offered);
    // Once more: he has all his time again.
    assert!(proposals(&nodes.two.ticks(9)).is_empty());
    let effects = nodes.one.say(nodes.alice, &offer);
    let [again] = &to_nodes(&effects)[..] else { panic!("nobody is told") };
    let effects = nodes.two.hear(1, again.clone());
    assert_eq!(nodes.two.told(&effects, ed), offered);
    assert!(proposals(&nodes.two.ticks(9)).is_empty());
    let effects = nodes.two.present(ed, &nodes.slides[1], Some(1));
    nodes.stored_by_two(&effects);
    assert_eq!(nodes.two.room.driver(), Some(ed));
    assert_eq!(nodes.one.room.driver(), None);
}

#[test]
fn n17_a_presentation_that_nobody_drives_goes_with_the_last_one_there() {
    for is_watched_elsewhere in [false, true] {
        let mut nodes = Nodes::begun();
        if is_watched_elsewhere {
            let watchers = SharedWatchers { followers: 1, ..SharedWatchers::default() };
            nodes.one.hear(2, NodeMessage::Watchers { watchers });
        }
        let effects = nodes.one.handle(Event::Leave { peer: nodes.alice });
        nodes.stored_by_one(&effects);
        assert_eq!(nodes.one.room.is_idle(), is_watched_elsewhere);
        for _ in 0..25 {
            let effects = nodes.one.ticks(1);
            nodes.stored_by_one(&effects);
        }
        assert_eq!(nodes.store.stage.live.is_some(), is_watched_elsewhere);
        assert!(!nodes.store.stage.ended && nodes.one.room.is_idle());
    }
}
