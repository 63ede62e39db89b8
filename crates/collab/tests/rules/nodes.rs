//! The text on several nodes: what others stored, and what happens when storing goes wrong.

use bytes::Bytes;
use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit};
use collab::room::{Effect, PeerId, Protocol};
use collab::wire::{Frame, ServerMessage};

use super::harness::{House, appended, closed};

/// The updates and answers among messages, as text that they add up to.
fn text_of(base: &[u8], messages: &[Bytes]) -> String {
    let mut doc = DeckDoc::restore(9, base).unwrap();
    for message in messages {
        if let Ok(Frame::Update(update) | Frame::SyncStep2(update)) = Frame::decode(message) {
            doc.apply_unchecked(update).unwrap();
        }
    }
    doc.text()
}

fn is_asked(messages: &[Bytes]) -> bool {
    messages.iter().any(|message| matches!(Frame::decode(message), Ok(Frame::SyncStep1(_))))
}

fn is_text(message: &&Bytes) -> bool {
    matches!(Frame::decode(message), Ok(Frame::Update(_) | Frame::SyncStep2(_)))
}

/// A peer that has answered what it was asked.
fn settled(house: &mut House, name: &str) -> PeerId {
    let peer = house.join(Role::Edit, name);
    house.stored(peer, Frame::SyncStep2(&[0, 0]));
    peer
}

#[test]
fn n1_what_others_stored_goes_to_everybody_once_and_is_not_stored_again() {
    let mut house = House::on_node(1, "one");
    let alice = house.join(Role::Edit, "Alice");
    let before = house.room.snapshot().unwrap();
    let update = house.copy(90).edit(&[TextEdit::insert(3, " two")]);
    let effects = house.row("Bob", &update);
    assert_eq!(appended(&effects), []);
    assert_eq!(text_of(&before, &house.heard(&effects, alice)), "one two");
    assert_eq!(house.row("Bob", &update), []);
    // Part of it is known.
    let mut writer = house.copy(91);
    let both = [writer.edit(&[TextEdit::insert(0, "a")]), writer.edit(&[TextEdit::insert(0, "b")])];
    house.row("Bob", &both[0]);
    let effects = house.row("Bob", &writer.encode());
    assert_eq!(house.room.text(), "baone two");
    assert_eq!(house.heard(&effects, alice), [Frame::Update(&both[1]).encode()]);
}

#[test]
fn n1_what_others_stored_does_not_overtake_what_a_newcomer_waits_for() {
    let mut house = House::on_node(1, "one");
    let alice = house.join(Role::Edit, "Alice");
    let mut own = house.copy(3);
    house.frame(alice, Frame::Update(&own.edit(&[TextEdit::insert(0, "own ")])));
    let (nina, _) = house.enter(Role::Follow, Protocol::Ondeck);
    house.frame(nina, Frame::SyncStep1(&[0]));
    let row = house.copy(90).edit(&[TextEdit::insert(0, "their ")]);
    let effects = house.row("Bob", &row);
    for peer in [alice, nina] {
        assert_eq!(house.heard(&effects, peer), Vec::<Bytes>::new());
    }
    let effects = house.store();
    let heard = house.heard(&effects, nina);
    let texts: Vec<&Bytes> = heard.iter().filter(is_text).collect();
    assert!(matches!(Frame::decode(texts[0]), Ok(Frame::SyncStep2(_))));
    assert_eq!(texts[1..], [&Frame::Update(&row).encode()]);
    assert_eq!(text_of(&[0, 0], &heard), house.room.text());
}

#[test]
fn n1_the_projector_and_the_desk_hear_whose_a_row_is() {
    let mut house = House::on_node(1, "one");
    let mut ours = Vec::new();
    for protocol in [Protocol::Projector, Protocol::Desk] {
        let (peer, _) = house.enter(Role::Follow, protocol);
        house.frame(peer, Frame::SyncStep1(&[0]));
        ours.push(peer);
    }
    let row = house.copy(90).edit(&[TextEdit::delete(0, 1)]);
    let effects = house.row("Bob", &row);
    for peer in ours {
        assert_eq!(house.told(&effects, peer), [ServerMessage::Author { name: "Bob".into() }]);
    }
}

#[test]
fn n2_an_update_tells_which_clocks_are_new_in_it() {
    let mut house = House::on_node(1, "one");
    let alice = settled(&mut house, "Alice");
    let mut own = house.copy(3);
    let updates = [own.edit(&[TextEdit::insert(0, "abc")]), own.edit(&[TextEdit::insert(3, "de")])];
    let spans = |effects: &[Effect]| match effects {
        [Effect::Append { spans, name, .. }, ..] => {
            assert_eq!(name, "Alice");
            spans.iter().map(|span| (span.client, span.from, span.until)).collect()
        }
        _ => Vec::new(),
    };
    assert_eq!(spans(&house.frame(alice, Frame::Update(&updates[0]))), [(3, 0, 3)]);
    // All of it is sent again with what is new.
    assert_eq!(spans(&house.frame(alice, Frame::SyncStep2(&own.encode()))), [(3, 3, 5)]);
}

#[test]
fn n2_after_a_conflict_everybody_has_what_is_stored_and_is_asked() {
    let mut house = House::on_node(1, "one");
    let (alice, bob) = (settled(&mut house, "Alice"), settled(&mut house, "Bob"));
    let (before, mut stored) = (house.room.snapshot().unwrap(), house.copy(3));
    // She wrote the same through another node, and more, and somebody else did.
    let update = stored.edit(&[TextEdit::insert(0, "abc ")]);
    house.frame(alice, Frame::Update(&update));
    stored.edit(&[TextEdit::insert(0, "more ")]);
    let mut stored = DeckDoc::restore(90, &stored.encode()).unwrap();
    stored.edit(&[TextEdit::insert(0, "their ")]);
    let mut effects = Vec::new();
    house.room.storage_failed(DeckDoc::restore(1, &stored.encode()).unwrap(), &mut effects);
    house.room.storage_back(&mut effects);
    assert_eq!(house.room.text(), "their more abc one");
    for peer in [alice, bob] {
        let heard = house.heard(&effects, peer);
        assert_eq!(text_of(&before, &heard), "their more abc one");
        assert!(is_asked(&heard));
    }
    assert!(house.room.is_writable() && house.room.is_durable());
}

#[test]
fn n2_what_waited_behind_edits_that_are_lost_is_told_all_the_same() {
    let mut house = House::on_node(1, "one");
    let (alice, bob) = (settled(&mut house, "Alice"), settled(&mut house, "Bob"));
    let (before, mut own) = (house.room.snapshot().unwrap(), house.copy(3));
    let twice = own.edit(&[TextEdit::insert(0, "twice ")]);
    let lost = own.edit(&[TextEdit::insert(0, "lost ")]);
    for update in [&twice, &lost] {
        house.frame(alice, Frame::Update(update));
    }
    // The first of them came through another node too, where somebody went on from it.
    house.row("Alice", &twice);
    let mut stored = DeckDoc::restore(90, &before).unwrap();
    stored.apply(&twice).unwrap();
    house.row("Eve", &stored.edit(&[TextEdit::insert(6, "first ")]));
    stored.edit(&[TextEdit::insert(12, "second ")]);
    let mut effects = Vec::new();
    house.room.storage_failed(DeckDoc::restore(1, &stored.encode()).unwrap(), &mut effects);
    assert_eq!(text_of(&before, &house.heard(&effects, bob)), "twice first second one");
}

#[test]
fn n3_who_has_what_has_not_come_here_yet_is_asked_again() {
    for by_rows in [true, false] {
        let mut house = House::on_node(1, "one");
        let alice = settled(&mut house, "Alice");
        let row = house.copy(90).edit(&[TextEdit::insert(3, " two")]);
        let mut own = house.copy(3);
        own.apply(&row).unwrap();
        let update = own.edit(&[TextEdit::insert(7, "!")]);
        for frame in [Frame::Update(&update), Frame::SyncStep2(&own.encode())] {
            let effects = house.stored(alice, frame);
            assert_eq!((closed(&effects), house.told(&effects, alice)), (None, Vec::new()));
        }
        // A removal would find its place, but would acknowledge what was dropped.
        let removal = own.edit(&[TextEdit::delete(0, 1)]);
        let effects = house.stored(alice, Frame::Update(&removal));
        assert_eq!(house.told(&effects, alice), []);
        let effects = if by_rows { house.row("Bob", &row) } else { house.ticks(2) };
        assert!(is_asked(&house.heard(&effects, alice)));
        house.row("Bob", &row);
        let effects = house.stored(alice, Frame::SyncStep2(&own.encode()));
        assert_eq!(house.told(&effects, alice), [ServerMessage::Saved { frames: 5 }]);
        assert_eq!(house.room.text(), "ne two!");
    }
}

#[test]
fn n3_what_never_comes_is_another_history() {
    let mut house = House::on_node(1, "one");
    let alice = settled(&mut house, "Alice");
    let mut other = house.copy(90);
    other.edit(&[TextEdit::insert(0, "nobody's ")]);
    for _ in 0..15 {
        let effects = house.frame(alice, Frame::SyncStep2(&other.encode()));
        assert_eq!(closed(&effects), None);
        house.ticks(2);
    }
    let effects = house.frame(alice, Frame::SyncStep2(&other.encode()));
    assert_eq!(closed(&effects).map(|reason| reason.code()), Some(4410));
}

#[test]
fn n3_rows_of_others_do_not_shorten_the_wait() {
    let mut house = House::on_node(1, "one");
    let alice = settled(&mut house, "Alice");
    let row = house.copy(90).edit(&[TextEdit::insert(3, " two")]);
    let mut own = house.copy(3);
    own.apply(&row).unwrap();
    let mut carol = house.copy(91);
    for _ in 0..100 {
        let effects = house.stored(alice, Frame::SyncStep2(&own.encode()));
        assert_eq!(closed(&effects), None);
        let other = carol.edit(&[TextEdit::insert(0, "c")]);
        let effects = house.row("Carol", &other);
        assert!(is_asked(&house.heard(&effects, alice)));
    }
    house.row("Bob", &row);
    let effects = house.stored(alice, Frame::SyncStep2(&own.encode()));
    assert_eq!(house.told(&effects, alice), [ServerMessage::Saved { frames: 102 }]);
}

#[test]
fn n4_what_may_be_stored_or_not_stays_until_it_is() {
    let mut house = House::on_node(1, "one");
    let (alice, bob) = (settled(&mut house, "Alice"), settled(&mut house, "Bob"));
    let mut own = house.copy(3);
    let updates = [own.edit(&[TextEdit::insert(0, "a")]), own.edit(&[TextEdit::insert(0, "b")])];
    house.frame(alice, Frame::Update(&updates[0]));
    let mut effects = Vec::new();
    house.room.storage_paused(&mut effects);
    house.room.storage_paused(&mut effects);
    assert_eq!(house.told(&effects, bob), [ServerMessage::Storage { writable: false }]);
    assert_eq!(house.frame(alice, Frame::Update(&updates[1])), []);
    // It works again.
    let effects = house.store();
    assert_eq!(house.heard(&effects, bob), [Frame::Update(&updates[0]).encode()]);
    assert_eq!(house.told(&effects, alice), [ServerMessage::Saved { frames: 2 }]);
    let mut effects = Vec::new();
    house.room.storage_back(&mut effects);
    assert!(is_asked(&house.heard(&effects, alice)));
    let effects = house.stored(alice, Frame::SyncStep2(&own.encode()));
    assert_eq!(house.told(&effects, alice), [ServerMessage::Saved { frames: 4 }]);
    assert_eq!(house.room.text(), "baone");
}

#[test]
fn n5_a_row_that_cannot_be_applied_has_the_document_read_anew() {
    let mut house = House::on_node(1, "one");
    let alice = house.join(Role::Edit, "Alice");
    let mut stored = house.copy(90);
    stored.edit(&[TextEdit::insert(0, "a")]);
    let later = stored.edit(&[TextEdit::insert(1, "b")]);
    assert_eq!(house.row("Bob", &later), [Effect::Reload]);
    house.room.replace_document(DeckDoc::restore(1, &stored.encode()).unwrap());
    let before = DeckDoc::seed(2, "one");
    let effects = house.ticks(1);
    assert_eq!(text_of(&before, &house.heard(&effects, alice)), "abone");
    let effects = house.ticks(1);
    assert!(!house.heard(&effects, alice).iter().any(|bytes| is_text(&bytes)));
}
