//! What the room sends, stores and acknowledges.

use bytes::Bytes;
use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit};
use collab::room::{CloseReason, Effect, Event, MAX_EDITORS, MAX_STATE_BYTES, PeerId, Protocol};
use collab::wire::{ClientMessage, Frame, ServerMessage};

use super::harness::{EPOCH, House, appended, audience, closed, ids};

fn saved(house: &House, effects: &[Effect], peer: PeerId) -> Vec<u64> {
    let frames = |message| match message {
        ServerMessage::Saved { frames } => Some(frames),
        _ => None,
    };
    house.told(effects, peer).into_iter().filter_map(frames).collect()
}

fn send(house: &mut House, peer: PeerId, update: &[u8]) -> Vec<Effect> {
    house.frame(peer, Frame::Update(update))
}

/// Sends an update and gives what is acknowledged to its sender by that.
fn acknowledged(house: &mut House, peer: PeerId, update: &[u8]) -> Vec<u64> {
    let effects = send(house, peer, update);
    saved(house, &effects, peer)
}

/// An update that the lint lets through and that yrs cannot apply: two structs that each wait for
/// the other.
fn unsolvable() -> Vec<u8> {
    [&[2, 1, 50, 0, 0x84, 51, 0, 1, b'x'][..], &[1, 51, 0, 0x84, 50, 0, 1, b'y'], &[0]].concat()
}

#[test]
fn r1_a_newcomer_hears_everything_in_order_before_anything_else() {
    let mut house = House::new("text");
    let alice = house.join(Role::Present, "Alice");
    house.announce(alice, 5, 0);
    let slide = house.copy(9).anchor(0);
    house.present(alice, &slide, None);
    house.join(Role::Follow, "Vera");
    house.handle(Event::Tick);
    let (bob, effects) = house.enter(Role::Edit, Protocol::Ondeck);
    let heard = house.heard(&effects, bob);
    assert_eq!(heard.len(), effects.len());
    let told = house.told(&effects, bob);
    let ServerMessage::Hello { role, epoch, client, proof, .. } = &told[0] else {
        panic!("no hello")
    };
    assert_eq!((*role, *epoch), (Role::Edit, EPOCH));
    assert!(ids().is_issued(*client) && ids().is_proven(*client, proof));
    assert!(matches!(Frame::decode(&heard[1]), Ok(Frame::SyncStep1(_))));
    assert!(matches!(Frame::decode(&heard[2]), Ok(Frame::Awareness(_))));
    assert!(matches!(told[1], ServerMessage::Presentation { presentation: Some(_), .. }));
    assert_eq!(told[2], audience(1));
}

#[test]
fn r2_changes_come_only_after_what_they_build_on() {
    let mut house = House::new("text");
    let alice = house.join(Role::Edit, "Alice");
    let mut doc = house.copy(9);
    for (role, protocol) in [(Role::Follow, Protocol::Ondeck), (Role::Edit, Protocol::Yjs)] {
        let (peer, _) = house.enter(role, protocol);
        let early = doc.edit(&[TextEdit::insert(0, "early ")]);
        let effects = house.stored(alice, Frame::Update(&early));
        assert_eq!(house.heard(&effects, peer), Vec::<Bytes>::new());
        let answer = house.frame(peer, Frame::SyncStep1(&[0]));
        let heard = house.heard(&answer, peer);
        let Ok(Frame::SyncStep2(state)) = Frame::decode(&heard[0]) else { panic!("no step 2") };
        let mut copy = DeckDoc::restore(30, state).unwrap();
        let late = doc.edit(&[TextEdit::insert(0, "late ")]);
        let effects = house.stored(alice, Frame::Update(&late));
        let heard = house.heard(&effects, peer);
        let Ok(Frame::Update(update)) = Frame::decode(&heard[0]) else { panic!("no update") };
        copy.apply(update).unwrap();
        assert_eq!(copy.text(), house.room.text());
    }
}

#[test]
fn r3_what_is_new_is_sent_and_appended_once() {
    let mut house = House::new("text");
    let (alice, bob) = (house.join(Role::Edit, "Alice"), house.join(Role::Edit, "Bob"));
    let mut doc = house.copy(9);
    let update = doc.edit(&[TextEdit::insert(4, "!")]);
    let message = Frame::Update(&update).encode();
    let effects = house.frame(alice, Frame::Update(&update));
    assert_eq!(appended(&effects), [(1, Bytes::from(update.clone()))]);
    let effects = house.store();
    assert_eq!(house.heard(&effects, bob), [message]);
    assert!(!house.heard(&effects, alice).contains(&Frame::Update(&update).encode()));

    doc.edit(&[TextEdit::insert(5, "?")]);
    let whole = doc.encode();
    let effects = house.stored(alice, Frame::SyncStep2(&whole));
    let stored = appended(&effects);
    assert_eq!((stored.len(), stored[0].0), (1, 2));
    assert!(stored[0].1.len() < whole.len());
    let heard = house.heard(&effects, bob);
    assert_eq!(heard, [Frame::Update(&stored[0].1).encode()]);

    for frame in [Frame::Update(&update), Frame::SyncStep2(&whole), Frame::Update(&[0, 0])] {
        let effects = house.stored(bob, frame);
        assert_eq!((appended(&effects), house.heard(&effects, alice)), (vec![], vec![]));
    }
    assert_eq!(house.room.text(), "text!?");
}

#[test]
fn r4_a_frame_is_acknowledged_only_after_everything_before_it_is_durable() {
    let mut house = House::new("");
    let (alice, bob) = (house.join(Role::Edit, "Alice"), house.join(Role::Edit, "Bob"));
    let (mut a, mut b) = (DeckDoc::new(8), DeckDoc::new(9));
    // Nothing is on its way to the disk, so what brings nothing is acknowledged at once.
    let effects = house.frame(alice, Frame::SyncStep2(&[0, 0]));
    assert_eq!(saved(&house, &effects, alice), [1]);

    let first = a.edit(&[TextEdit::insert(0, "a")]);
    assert_eq!(acknowledged(&mut house, alice, &first), [0; 0]);
    let second = b.edit(&[TextEdit::insert(0, "b")]);
    assert_eq!(acknowledged(&mut house, bob, &second), [0; 0]);
    // Known already, but not durable: her second connection must not believe it is safe.
    let again = house.join(Role::Edit, "Alice");
    assert_eq!(acknowledged(&mut house, again, &first), [0; 0]);

    let effects = house.handle(Event::Appended { ticket: 1 });
    assert_eq!(saved(&house, &effects, alice), [2]);
    assert_eq!(saved(&house, &effects, bob), [0; 0]);
    assert_eq!(saved(&house, &effects, again), [0; 0]);
    let third = a.edit(&[TextEdit::insert(0, "c")]);
    assert_eq!(acknowledged(&mut house, alice, &third), [0; 0]);
    // Several frames of one peer in one commit are one message with the highest count.
    let fourth = a.edit(&[TextEdit::insert(0, "d")]);
    assert_eq!(acknowledged(&mut house, alice, &fourth), [0; 0]);
    let effects = house.handle(Event::Appended { ticket: 4 });
    assert_eq!(saved(&house, &effects, alice), [4]);
    assert_eq!(saved(&house, &effects, bob), [1]);
    assert_eq!(saved(&house, &effects, again), [1]);

    // A refused frame is counted and never acknowledged by itself.
    house.handle(Event::RoleChanged { peer: alice, role: Role::Follow });
    let fifth = a.edit(&[TextEdit::insert(0, "e")]);
    assert_eq!(acknowledged(&mut house, alice, &fifth), [0; 0]);
    house.handle(Event::RoleChanged { peer: alice, role: Role::Edit });
    house.frame(alice, Frame::SyncStep2(&a.encode()));
    let effects = house.handle(Event::Appended { ticket: 5 });
    assert_eq!(saved(&house, &effects, alice), [6]);
}

#[test]
fn r5_a_room_is_idle_only_when_it_is_empty_and_stored() {
    let mut house = House::new("");
    assert!(house.room.is_idle());
    let alice = house.join(Role::Edit, "Alice");
    assert!(!house.room.is_idle());
    let update = DeckDoc::new(9).edit(&[TextEdit::insert(0, "x")]);
    send(&mut house, alice, &update);
    house.handle(Event::Leave { peer: alice });
    assert!(!house.room.is_idle() && !house.room.is_durable());
    house.handle(Event::Appended { ticket: 1 });
    assert!(house.room.is_idle());
}

#[test]
fn r6_nothing_counts_that_comes_after_the_decision_to_close() {
    let mut house = House::new(&"x".repeat(1024 * 1024));
    let (alice, bob) = (house.join(Role::Edit, "Alice"), house.join(Role::Edit, "Bob"));
    let mut doc = house.copy(9);
    let effects = send(&mut house, alice, &doc.edit(&[TextEdit::insert(0, "too much")]));
    let full = "the deck would be longer than 1 MB of text".to_owned();
    assert_eq!(closed(&effects), Some(&CloseReason::DeckFull(full)));
    // A removal needs nothing of what was refused. Counted, it would acknowledge that as well.
    let effects = send(&mut house, alice, &doc.edit(&[TextEdit::delete(20, 5)]));
    assert_eq!(effects, []);
    assert_eq!(house.announce(alice, 5, 0), []);
    let removal = house.copy(10).edit(&[TextEdit::delete(20, 5)]);
    let effects = send(&mut house, bob, &removal);
    assert_eq!(appended(&effects).len(), 1);
}

#[test]
fn r7_an_update_ahead_of_the_answer_is_dropped_and_comes_with_it() {
    let mut house = House::new("text");
    let mut doc = house.copy(9);
    doc.edit(&[TextEdit::insert(0, "offline ")]);
    let typed = doc.edit(&[TextEdit::insert(0, "typed ")]);
    let (stock, _) = house.enter(Role::Edit, Protocol::Yjs);
    assert_eq!(send(&mut house, stock, &typed), []);
    house.frame(stock, Frame::SyncStep2(&doc.encode()));
    assert_eq!(house.room.text(), "typed offline text");
    doc.edit(&[TextEdit::insert(0, "lost ")]);
    let gap = doc.edit(&[TextEdit::insert(0, "gap ")]);
    assert_eq!(closed(&send(&mut house, stock, &gap)).unwrap().code(), 4400);

    // One whose role came back goes on typing before the question reaches them.
    let alice = house.join(Role::Edit, "Alice");
    let mut doc = house.copy(10);
    house.frame(alice, Frame::SyncStep2(&[0, 0]));
    house.handle(Event::RoleChanged { peer: alice, role: Role::Follow });
    send(&mut house, alice, &doc.edit(&[TextEdit::insert(0, "one ")]));
    house.handle(Event::RoleChanged { peer: alice, role: Role::Edit });
    let effects = send(&mut house, alice, &doc.edit(&[TextEdit::insert(0, "two ")]));
    assert_eq!(effects, []);
    house.frame(alice, Frame::SyncStep2(&doc.encode()));
    assert_eq!(house.room.text(), "two one typed offline text");
}

#[test]
fn r8_an_update_that_yrs_fails_over_costs_its_sender_the_connection() {
    let mut house = House::new("text");
    let (mallory, alice) = (house.join(Role::Edit, "Mallory"), house.join(Role::Edit, "Alice"));
    let fresh = house.copy(1);
    let effects = send(&mut house, mallory, &unsolvable());
    assert_eq!(closed(&effects).unwrap().code(), 4400);
    assert_eq!(effects.last(), Some(&Effect::Reload));
    assert_eq!((appended(&effects), house.heard(&effects, alice)), (vec![], vec![]));
    house.room.replace_document(fresh);
    let update = house.copy(9).edit(&[TextEdit::insert(0, "more ")]);
    assert_eq!(appended(&send(&mut house, alice, &update)).len(), 1);
    assert_eq!(house.room.text(), "more text");
    assert!(house.room.snapshot().is_some());
}

#[test]
fn r9_the_audience_is_told_by_the_second_and_when_it_changed() {
    let mut house = House::new("");
    let alice = house.join(Role::Edit, "Alice");
    let vera = house.join(Role::Follow, "Vera");
    house.join(Role::Follow, "Victor");
    let effects = house.handle(Event::Tick);
    assert_eq!(house.told(&effects, alice), [audience(2)]);
    assert_eq!(house.handle(Event::Tick), []);
    let left = house.handle(Event::Leave { peer: vera });
    assert_eq!(house.told(&left, alice), []);
    let (bob, joined) = house.enter(Role::Edit, Protocol::Ondeck);
    let two = audience(2);
    assert!(house.told(&joined, bob).contains(&two));
    let effects = house.handle(Event::Tick);
    assert_eq!(house.told(&effects, bob), [audience(1)]);
    // Those who watch through the projector count as well.
    for (viewers, roaming, held_edits) in [(7, 0, 0), (37, 3, 2)] {
        let viewers = Event::Viewers { followers: viewers, roaming, held_edits };
        assert_eq!(house.handle(viewers), []);
    }
    let effects = house.handle(Event::Tick);
    let told = ServerMessage::Audience { followers: 38, roaming: 3, held_edits: 2 };
    assert_eq!(house.told(&effects, bob), [told]);
    assert_eq!(house.handle(Event::Tick), []);
}

#[test]
fn r10_whoever_returns_takes_the_place_of_their_own_dead_connection() {
    let mut house = House::new("# One\n");
    let before = house.join(Role::Present, "Paula");
    let bob = house.join(Role::Present, "Bob");
    let slide = house.copy(9).anchor(0);
    house.present(before, &slide, None);
    // Somebody else's number changes nothing.
    assert_eq!(house.introduce(bob, "Bob", bob.0), []);
    let (back, _) = house.enter(Role::Present, Protocol::Ondeck);
    let effects = house.introduce(back, "Paula", before.0);
    assert_eq!(closed(&effects).unwrap().code(), 4409);
    let told = house.told(&effects, back);
    assert!(
        matches!(&told[..], [ServerMessage::Presentation { driving: true, host: true, .. }]),
        "{told:?}"
    );
    // Nobody else could have taken it in between.
    for message in house.told(&effects, bob) {
        let ServerMessage::Presentation { presentation: Some(presentation), .. } = message else {
            panic!("{message:?}")
        };
        assert_eq!((presentation.driver.as_deref(), presentation.away), (Some("Paula"), false));
        assert_eq!(presentation.term, 1);
    }
    // The last words of the old connection change nothing any more.
    assert_eq!(house.say(before, &ClientMessage::StopPresenting), []);
    assert_eq!(house.handle(Event::Leave { peer: before }), []);
}

#[test]
fn r11_a_full_room_turns_newcomers_away_and_nobody_else() {
    let mut house = House::new("");
    let first = house.enter(Role::Edit, Protocol::Ondeck).0;
    for _ in 1..MAX_EDITORS {
        assert_eq!(closed(&house.enter(Role::Edit, Protocol::Ondeck).1), None);
    }
    let (late, effects) = house.enter(Role::Present, Protocol::Ondeck);
    assert_eq!(closed(&effects).unwrap().code(), 4503);
    assert_eq!(effects.len(), 1);
    assert_eq!(house.handle(Event::Leave { peer: late }), []);
    // Followers have places of their own, and a place that is left is free again.
    assert_eq!(closed(&house.enter(Role::Follow, Protocol::Ondeck).1), None);
    house.handle(Event::Leave { peer: first });
    assert_eq!(closed(&house.enter(Role::Edit, Protocol::Ondeck).1), None);
}

#[test]
fn r12_while_edits_cannot_be_stored_everything_else_goes_on() {
    let mut house = House::new("text");
    let (alice, vera) = (house.join(Role::Present, "Alice"), house.join(Role::Follow, "Vera"));
    let (stock, _) = house.enter(Role::Edit, Protocol::Yjs);
    house.frame(alice, Frame::SyncStep2(&[0, 0]));
    let (stored, mut doc) = (house.copy(1), house.copy(9));
    let update = doc.edit(&[TextEdit::insert(4, " lost")]);
    house.frame(alice, Frame::Update(&update));
    let late = house.enter(Role::Edit, Protocol::Ondeck).0;
    assert_eq!(house.frame(late, Frame::SyncStep1(&[0])), [], "its answer waits for the disk");

    let mut effects = Vec::new();
    house.room.storage_failed(stored, &mut effects);
    assert_eq!(house.room.text(), "text");
    let full = ServerMessage::Storage { writable: false };
    assert!(house.told(&effects, alice).contains(&full));
    assert_eq!(saved(&house, &effects, alice), [0; 0]);
    let answers = |bytes: &Bytes| matches!(Frame::decode(bytes), Ok(Frame::SyncStep2(_)));
    assert!(house.heard(&effects, late).iter().any(answers), "it is answered with what is stored");
    assert!(!house.heard(&effects, vera).iter().any(answers));
    // Nothing is taken, nothing is acknowledged, nobody is sent away.
    let more = doc.edit(&[TextEdit::insert(0, "more ")]);
    for peer in [alice, stock] {
        assert_eq!(house.frame(peer, Frame::Update(&more)), []);
    }
    let slide = house.copy(10).anchor(0);
    let effects = house.present(alice, &slide, None);
    assert_eq!(house.told(&effects, vera).len(), 1);
    let (newcomer, joined) = house.enter(Role::Edit, Protocol::Ondeck);
    assert!(house.told(&joined, newcomer).contains(&full));

    let mut effects = Vec::new();
    house.room.storage_back(&mut effects);
    assert!(house.told(&effects, alice).contains(&ServerMessage::Storage { writable: true }));
    for peer in [alice, stock] {
        let asked = |bytes: &Bytes| matches!(Frame::decode(bytes), Ok(Frame::SyncStep1(_)));
        assert!(house.heard(&effects, peer).iter().any(asked));
    }
    let effects = house.stored(alice, Frame::SyncStep2(&doc.encode()));
    assert_eq!(house.room.text(), "more text lost");
    assert_eq!(saved(&house, &effects, alice), [4]);
}

#[test]
fn r13_nobody_learns_of_what_is_not_durable() {
    let mut house = House::new("# One\n");
    let (alice, bob) = (house.join(Role::Present, "Alice"), house.join(Role::Present, "Bob"));
    let vera = house.join(Role::Follow, "Vera");
    let mut doc = house.copy(9);
    let update = doc.edit(&[TextEdit::insert(0, "# Zero\n\n---\n\n")]);
    let effects = house.frame(alice, Frame::Update(&update));
    assert_eq!(house.heard(&effects, vera), Vec::<Bytes>::new());
    // What she says of herself may speak of her new text, so it waits as well.
    let effects = house.present(alice, &doc.anchor(0), None);
    assert_eq!(house.told(&effects, vera), []);
    let effects = house.announce(alice, 9, 0);
    assert_eq!(house.seen(&effects, bob), []);
    // What others say does not: a slow disk stops no presenter.
    let effects = house.announce(bob, 10, 0);
    assert_eq!(house.seen(&effects, alice), [(10, 0, true)]);
    let slide = house.copy(11).anchor(14);
    let effects = house.present(bob, &slide, Some(1));
    assert_eq!(house.told(&effects, vera).len(), 1);
    let effects = house.store();
    let heard = house.heard(&effects, vera);
    assert_eq!(heard[0], Frame::Update(&update).encode(), "in the order in which it was said");
    let told = house.told(&effects, vera);
    let Some(ServerMessage::Presentation { presentation: Some(shown), .. }) = told.last() else {
        panic!("{told:?}")
    };
    assert_eq!(shown.driver.as_deref(), Some("Bob"), "what is shown now, not what was shown then");
    assert_eq!(house.seen(&effects, bob), [(9, 0, true)]);
}

#[test]
fn r14_a_deck_with_too_long_a_history_takes_no_more() {
    let mut house = House::new("text");
    let alice = house.join(Role::Edit, "Alice");
    house.room.measured(MAX_STATE_BYTES - 10);
    let update = house.copy(9).edit(&[TextEdit::insert(0, "a little more")]);
    let effects = send(&mut house, alice, &update);
    assert_eq!(closed(&effects).unwrap().code(), 4413);
    assert_eq!((appended(&effects).len(), house.room.text()), (0, "text".into()));
}
