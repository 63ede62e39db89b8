//! Roles and what they allow.

use collab::access::Role;
use collab::doc::TextEdit;
use collab::room::{Effect, Event, Protocol};
use collab::testing::lib0;
use collab::wire::{ClientMessage, Frame, Profile, ServerMessage};

use super::harness::{House, appended, audience, awareness, closed};

const ROLES: [Role; 3] = [Role::Follow, Role::Edit, Role::Present];

#[test]
fn a1_a_follower_reads_everything_and_is_asked_for_nothing() {
    let mut house = House::new("text");
    let (vera, joined) = house.enter(Role::Follow, Protocol::Ondeck);
    let asked = |bytes: &bytes::Bytes| matches!(Frame::decode(bytes), Ok(Frame::SyncStep1(_)));
    assert!(!house.heard(&joined, vera).iter().any(asked));
    let answer = house.frame(vera, Frame::SyncStep1(&[0]));
    assert!(matches!(Frame::decode(&house.heard(&answer, vera)[0]), Ok(Frame::SyncStep2(_))));
    let alice = house.join(Role::Present, "Alice");
    let mut doc = house.copy(9);
    let effects = house.stored(alice, Frame::Update(&doc.edit(&[TextEdit::insert(0, "x")])));
    assert_eq!(house.heard(&effects, vera).len(), 1);
    let effects = house.present(alice, &doc.anchor(0), None);
    assert_eq!(house.told(&effects, vera).len(), 1);
}

#[test]
fn a2_a_follower_never_changes_the_deck() {
    for protocol in [Protocol::Ondeck, Protocol::Yjs] {
        let mut house = House::new("text");
        house.join(Role::Edit, "Alice");
        let (mallory, _) = house.enter(Role::Follow, protocol);
        let update = house.copy(9).edit(&[TextEdit { at: 0, delete: 4, insert: "mine".into() }]);
        let state = house.room.snapshot();
        let mut told = 0;
        for frame in [Frame::Update(&update), Frame::SyncStep2(&update)] {
            let effects = house.frame(mallory, frame);
            let answers =
                |effect: &Effect| matches!(effect, Effect::Send { peer, .. } if *peer == mallory);
            let reports = |effect: &Effect| matches!(effect, Effect::Refused { .. });
            assert!(effects.iter().all(|it| answers(it) || reports(it)), "{effects:?}");
            told += house.heard(&effects, mallory).len();
        }
        assert_eq!(told, 2);
        assert_eq!(house.room.snapshot(), state);
    }
}

#[test]
fn a3_a_follower_neither_sees_nor_is_seen_but_is_counted() {
    let mut house = House::new("text");
    let alice = house.join(Role::Edit, "Alice");
    house.announce(alice, 5, 0);
    let (vera, joined) = house.enter(Role::Follow, Protocol::Ondeck);
    let mut effects = joined;
    effects.extend(house.frame(vera, Frame::QueryAwareness));
    effects.extend(house.announce(vera, 6, 0));
    effects.extend(house.frame(vera, Frame::Awareness(&awareness(&[(5, 9, "null")]))));
    effects.extend(house.announce(alice, 5, 1));
    assert_eq!(house.seen(&effects, vera), []);
    assert_eq!(house.seen(&effects, alice), []);
    let told = house.handle(Event::Tick);
    assert_eq!(house.told(&told, alice), [audience(1)]);
}

#[test]
fn a4_presenting_and_ending_it_take_the_right_to_present() {
    let mut house = House::new("text");
    let slide = house.copy(9).anchor(0);
    let peers = ROLES.map(|role| house.join(role, "P"));
    for (role, peer) in ROLES.into_iter().zip(peers) {
        let effects = house.present(peer, &slide, Some(1));
        let presents = house.told(&effects, peers[0]).len() + house.told(&effects, peers[1]).len();
        assert_eq!(presents == 2, role == Role::Present);
    }
    let effects = house.say(peers[1], &ClientMessage::StopPresenting);
    assert_eq!(house.told(&effects, peers[2]), []);
    // Who began it has no say any more without the right to present.
    let other = house.join(Role::Present, "Other");
    house.present(other, &slide, Some(1));
    house.handle(Event::RoleChanged { peer: peers[2], role: Role::Edit });
    let effects = house.say(peers[2], &ClientMessage::StopPresenting);
    assert_eq!(house.told(&effects, other), []);
    house.handle(Event::RoleChanged { peer: peers[2], role: Role::Present });
    let effects = house.say(peers[2], &ClientMessage::StopPresenting);
    assert_eq!(house.told(&effects, other).len(), 1);
}

#[test]
fn a5_each_role_includes_the_ones_before_it() {
    let rights = |role: Role| [role.can_edit(), role.has_presence(), role.can_present()];
    assert_eq!(ROLES.map(rights), [[false; 3], [true, true, false], [true; 3]]);
    assert!(ROLES.is_sorted());
}

#[test]
fn a6_a_changed_role_holds_at_once_and_is_told() {
    let mut house = House::new("text");
    let alice = house.join(Role::Present, "Alice");
    let bob = house.join(Role::Edit, "Bob");
    house.announce(alice, 5, 3);
    house.announce(bob, 6, 0);
    let slide = house.copy(9).anchor(0);
    house.present(alice, &slide, None);

    let effects = house.handle(Event::RoleChanged { peer: alice, role: Role::Follow });
    let told = house.told(&effects, alice);
    assert!(matches!(told[0], ServerMessage::Hello { role: Role::Follow, .. }));
    assert_eq!(house.seen(&effects, bob), [(5, 3, false)]);
    let ServerMessage::Presentation { presentation: Some(held), .. } =
        &house.told(&effects, bob)[0]
    else {
        panic!("bob hears nothing of the baton")
    };
    assert_eq!(held.driver, None);
    let update = house.copy(9).edit(&[TextEdit::insert(0, "x")]);
    assert_eq!(appended(&house.frame(alice, Frame::Update(&update))), []);

    let effects = house.handle(Event::RoleChanged { peer: alice, role: Role::Edit });
    assert!(matches!(
        house.told(&effects, alice)[0],
        ServerMessage::Hello { role: Role::Edit, .. }
    ));
    let asked = |bytes: &bytes::Bytes| matches!(Frame::decode(bytes), Ok(Frame::SyncStep1(_)));
    assert!(house.heard(&effects, alice).iter().any(asked));
    assert_eq!(house.seen(&effects, alice), [(6, 0, true)]);
    let effects = house.frame(alice, Frame::SyncStep2(&update));
    assert_eq!((appended(&effects).len(), closed(&effects)), (1, None));
    assert_eq!(house.room.text(), "xtext");
}

/// An update that begins at a clock of a client that nobody has used yet.
fn written_as(house: &House, client: u64) -> Vec<u8> {
    house.copy(client).edit(&[TextEdit::insert(0, "squatted ")])
}

#[test]
fn a7_nobody_writes_with_an_id_that_was_issued_to_somebody_else() {
    let mut house = House::new("text");
    let issued = |house: &House, effects: &[Effect], peer| {
        let hello = |message| match message {
            ServerMessage::Hello { client, proof, .. } => Some((client, proof)),
            _ => None,
        };
        house.told(effects, peer).into_iter().find_map(hello).unwrap()
    };
    let (alice, effects) = house.enter(Role::Edit, Protocol::Ondeck);
    let (hers, proof) = issued(&house, &effects, alice);
    for protocol in [Protocol::Ondeck, Protocol::Yjs] {
        let (mallory, _) = house.enter(Role::Edit, protocol);
        let update = written_as(&house, hers);
        let effects = house.frame(mallory, Frame::Update(&update));
        assert_eq!(closed(&effects).unwrap().code(), 4410);
        // Seven bytes that would use up her next clocks.
        let (mallory, _) = house.enter(Role::Edit, protocol);
        let squat = [&[1, 1][..], &lib0(hers), &[0, 0, 50, 0]].concat();
        assert_eq!(closed(&house.frame(mallory, Frame::SyncStep2(&squat))).unwrap().code(), 4410);
        let (mallory, _) = house.enter(Role::Edit, protocol);
        let forged = house.announce(mallory, hers, 0);
        assert_eq!(house.seen(&forged, alice), [], "nor speaks for her");
    }
    assert_eq!(house.room.text(), "text");
    let update = written_as(&house, hers);
    assert_eq!(appended(&house.frame(alice, Frame::Update(&update))).len(), 1);
    // Whoever shows the proof goes on with it: her next tab, say. A wrong one shows nothing.
    for (proof, taken) in [(proof.clone(), true), (proof.to_lowercase() + "x", false)] {
        let (next, _) = house.enter(Role::Edit, Protocol::Ondeck);
        let profile = Profile::default();
        let clients = vec![(hers, proof)];
        house.say(next, &ClientMessage::Introduce { profile, session: next.0, clients });
        let update = house.copy(hers).edit(&[TextEdit::insert(0, "more ")]);
        assert_eq!(appended(&house.frame(next, Frame::Update(&update))).len() == 1, taken);
    }
}

#[test]
fn a7_the_id_of_a_stock_client_belongs_to_who_used_it_first() {
    let mut house = House::new("text");
    let (stock, _) = house.enter(Role::Edit, Protocol::Yjs);
    let mut doc = house.copy(1234);
    let effects = house.frame(stock, Frame::Update(&doc.edit(&[TextEdit::insert(0, "a")])));
    let claims = effects.iter().find_map(|effect| match effect {
        Effect::Append { claims, .. } => Some(claims.clone()),
        _ => None,
    });
    assert_eq!(claims, Some(vec![1234]));
    let more = doc.edit(&[TextEdit::insert(0, "b")]);
    let (mallory, _) = house.enter(Role::Edit, Protocol::Yjs);
    assert_eq!(closed(&house.frame(mallory, Frame::Update(&more))).unwrap().code(), 4410);
    let effects = house.frame(stock, Frame::Update(&more));
    let again =
        |effect: &Effect| matches!(effect, Effect::Append { claims, .. } if claims.is_empty());
    assert!(effects.iter().any(again), "it is claimed once");
}
