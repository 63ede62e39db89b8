//! The document: edits, lint, anchors.

use collab::doc::{Anchor, Applied, ApplyError, DeckDoc, MAX_TEXT_UNITS, TextEdit, apply_edits};
use collab::lint::{self, Malformed};
use collab::testing::Rng;

use super::harness::House;

/// The root's name as parent of a struct.
const ROOT: [u8; 8] = [1, 6, b's', b'o', b'u', b'r', b'c', b'e'];

fn replica_of(doc: &DeckDoc, client: u64) -> DeckDoc {
    DeckDoc::restore(client, &doc.encode()).unwrap()
}

fn written(text: &str) -> DeckDoc {
    let mut doc = DeckDoc::new(7);
    doc.edit(&[TextEdit::insert(0, text)]);
    doc
}

#[test]
fn d1_offsets_are_utf16_units_of_the_root_text() {
    let mut doc = written("👋b");
    assert_eq!(doc.len(), 3);
    doc.edit(&[TextEdit::insert(2, "日")]);
    assert_eq!(doc.text(), "👋日b");
    assert!(doc.encode().windows(ROOT.len()).any(|bytes| bytes == ROOT));
}

#[test]
fn d2_own_edits_apply_one_after_the_other_and_are_clamped() {
    let mut doc = written("abc");
    let update = doc.edit(&[
        TextEdit::insert(3, "def"),
        TextEdit { at: 5, delete: 99, insert: "!".into() },
        TextEdit::insert(99, "?"),
    ]);
    assert_eq!(doc.text(), "abcde!?");
    let mut other = written("abc");
    other.apply(&update).unwrap();
    assert_eq!(other.text(), "abcde!?");
}

#[test]
fn d3_known_updates_change_nothing_and_order_between_writers_does_not_matter() {
    let base = written("base");
    let (mut alice, mut bob) = (replica_of(&base, 1), replica_of(&base, 2));
    let from_alice =
        [alice.edit(&[TextEdit::insert(4, "A")]), alice.edit(&[TextEdit::delete(0, 2)])];
    let from_bob = [bob.edit(&[TextEdit::insert(4, "B")]), bob.edit(&[TextEdit::insert(1, "日")])];
    let (mut one, mut other) = (replica_of(&base, 3), replica_of(&base, 4));
    for update in from_alice.iter().chain(&from_bob) {
        one.apply(update).unwrap();
    }
    for update in from_bob.iter().chain(&from_alice) {
        other.apply(update).unwrap();
        assert_eq!(other.apply(update), Ok(Applied::Nothing));
    }
    assert_eq!(one.text(), other.text());
}

#[test]
fn d4_remote_changes_are_told_as_edits_and_own_ones_are_not() {
    let base = written("# Täam 🚢\n\n- 日本\n");
    let mut alice = replica_of(&base, 1);
    let mut bob = DeckDoc::observed(2);
    bob.apply(&base.encode()).unwrap();
    bob.take_remote_edits();
    let mut shown = bob.text();
    let mut rng = Rng::new(4);
    for _ in 0..200 {
        let at = rng.below(alice.len() as usize + 1) as u32;
        let delete = if rng.one_in(3) { rng.below(6) as u32 } else { 0 };
        let insert = rng.pick(&["x", "日本", "é", "", "\n\n---\n\n"]).to_owned();
        let update = alice.edit(&[TextEdit { at, delete, insert }, TextEdit::insert(0, "→")]);
        bob.apply(&update).unwrap();
        apply_edits(&mut shown, &bob.take_remote_edits());
        assert_eq!(shown.encode_utf16().count(), alice.text().encode_utf16().count());
        if !alice.text().contains('\u{fffd}') {
            assert_eq!(shown, alice.text());
        }
        assert_eq!(bob.text(), alice.text());
    }
    bob.edit(&[TextEdit::insert(0, "mine")]);
    assert_eq!(bob.take_remote_edits(), []);
}

#[test]
fn d5_a_cut_through_a_surrogate_pair_leaves_replacement_characters_everywhere() {
    for (at, delete, insert) in
        [(1, 0, "x"), (0, 1, ""), (1, 1, ""), (1, 2, "y"), (2, 1, ""), (1, 4, "z"), (1, 0, "")]
    {
        let edit = [TextEdit { at, delete, insert: insert.into() }];
        let (mut alice, mut bob) = (written("👋🚢b"), DeckDoc::observed(2));
        bob.apply(&alice.encode()).unwrap();
        bob.take_remote_edits();
        let (mut own, mut shown) = (alice.text(), bob.text());
        apply_edits(&mut own, &edit);
        bob.apply(&alice.edit(&edit)).unwrap();
        apply_edits(&mut shown, &bob.take_remote_edits());
        assert_eq!([&own, &shown, &bob.text()], [&alice.text(); 3], "{edit:?}");
        assert_eq!(alice.len() as usize, own.encode_utf16().count());
    }
}

#[test]
fn d6_stage_1_refuses_what_no_text_editor_sends() {
    let one = |info: u8, rest: &[u8]| [&[1, 1, 7, 0, info][..], rest, &[0]].concat();
    let honest = [&ROOT[..], &[1, b'y']].concat();
    assert!(lint::update(&one(4, &honest)).is_ok());
    let bad: [(&str, Vec<u8>); 12] = [
        ("a kind of content that is not text", one(7, &[&ROOT[..], &[0]].concat())),
        ("a kind of content that is not text", one(10, &[&ROOT[..], &[9]].concat())),
        ("a parent other than the deck's text", one(4, &[1, 1, b'x', 1, b'y'])),
        ("a map entry", one(0x24, &[&ROOT[..], &[1, b'k', 1, b'y']].concat())),
        ("an empty string", one(4, &[&ROOT[..], &[0]].concat())),
        ("text that is not UTF-8", one(4, &[&ROOT[..], &[1, 0xff]].concat())),
        ("a length of zero", one(0, &[0])),
        ("an origin in its own future", one(0x84, &[7, 0, 1, b'x'])),
        ("a clock out of range", vec![1, 1, 7, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 1, 0]),
        ("a client id out of range", vec![1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0]),
        ("a client twice", vec![2, 1, 7, 0, 0, 1, 1, 7, 0, 0, 1, 0]),
        ("bytes after its end", [one(4, &honest), vec![0]].concat()),
    ];
    for (reason, bytes) in bad {
        assert_eq!(lint::update(&bytes), Err(Malformed(reason)), "{bytes:?}");
    }
    // Lengths and counts that the bytes cannot hold cost nothing.
    let huge = [0xff, 0xff, 0xff, 0x7f];
    for bytes in [&huge[..], &[&[1][..], &huge].concat(), &[&[0][..], &huge].concat()] {
        assert!(lint::update(bytes).is_err());
    }
}

#[test]
fn d7_stage_2_refuses_what_is_ahead_of_the_document() {
    let mut alice = DeckDoc::new(7);
    let first = alice.edit(&[TextEdit::insert(0, "one")]);
    let second = alice.edit(&[TextEdit::insert(3, "two")]);
    let removal = alice.edit(&[TextEdit::delete(0, 6)]);
    let mut room = DeckDoc::new(1);
    assert!(matches!(room.apply(&second), Err(ApplyError::Ahead(_))));
    assert!(matches!(room.apply(&removal), Err(ApplyError::Ahead(_))));
    let elsewhere = [&[1, 1, 9, 0, 0x84, 8, 0, 1, b'x'][..], &[0]].concat();
    assert!(matches!(room.apply(&elsewhere), Err(ApplyError::Ahead(_))));
    for update in [first, second, removal] {
        assert!(room.apply(&update).is_ok());
    }
    assert_eq!(room.text(), "");
}

#[test]
fn d8_state_vectors_are_bounded_by_their_bytes() {
    let bomb = [0x80, 0xca, 0xb5, 0xee, 0x01];
    assert_eq!(lint::state_vector(&bomb), Err(Malformed("too many entries")));
    assert_eq!(lint::state_vector(&[9, 1, 1]), Err(Malformed("more entries declared than bytes")));
    assert_eq!(lint::state_vector(&[2, 1, 1, 1, 2]), Err(Malformed("a client twice")));
    assert_eq!(lint::state_vector(&[1, 1, 1, 0]), Err(Malformed("bytes after its end")));
    assert_eq!(lint::state_vector(&written("x").state_vector()), Ok(()));
    assert!(written("x").diff(&bomb).is_err());
}

#[test]
fn d9_a_deck_has_a_longest_length() {
    let mut doc = written(&"x".repeat(MAX_TEXT_UNITS as usize));
    let mut alice = replica_of(&doc, 9);
    let more = alice.edit(&[TextEdit::insert(0, "y")]);
    assert_eq!(doc.apply(&more), Err(ApplyError::TooLong));
    let mut bob = replica_of(&doc, 10);
    let less = bob.edit(&[TextEdit::delete(0, 1)]);
    assert!(doc.apply(&less).is_ok());
    assert!(doc.apply(&more).is_ok());
}

#[test]
fn d10_a_refused_update_leaves_the_document_as_it_was() {
    let mut doc = written("Team Harbour 🚢");
    let before = doc.encode();
    let mut alice = replica_of(&doc, 9);
    let update = alice.edit(&[TextEdit::insert(4, " of"), TextEdit::delete(0, 2)]);
    let later = alice.edit(&[TextEdit::insert(0, "!")]);
    for length in 0..update.len() {
        assert!(doc.apply(&update[..length]).is_err());
    }
    assert!(doc.apply(&later).is_err());
    assert_eq!(doc.encode(), before);
    assert!(doc.apply(&update).is_ok());
}

#[test]
fn d11_anchors_stay_with_their_character_and_senseless_ones_resolve_to_nothing() {
    let mut doc = written("one\n\n---\n\ntwo");
    let (two, end) = (doc.anchor(10), doc.anchor(99));
    doc.edit(&[TextEdit::insert(0, "zero "), TextEdit::delete(5, 3)]);
    let text = doc.text();
    assert_eq!(doc.offset(&two).map(|at| &text[at as usize..]), Some("two"));
    doc.edit(&[TextEdit::insert(doc.len(), "!")]);
    assert_eq!(doc.offset(&end), Some(doc.len()));
    let json = serde_json::to_string(&two).unwrap();
    let copy = replica_of(&doc, 9);
    assert_eq!(copy.offset(&serde_json::from_str(&json).unwrap()), doc.offset(&two));
    for json in [
        r#"{"item":{"client":7,"clock":99},"assoc":0}"#,
        r#"{"item":{"client":77,"clock":0},"assoc":0}"#,
        r#"{"type":{"client":7,"clock":0},"tname":null,"assoc":0}"#,
        r#"{"tname":"elsewhere","assoc":0}"#,
    ] {
        assert_eq!(doc.offset(&serde_json::from_str(json).unwrap()), None, "{json}");
    }
    for json in [
        r#"{"item":{"client":9007199254740992,"clock":0},"assoc":0}"#,
        r#"{"type":{"client":18446744073709551615,"clock":0},"assoc":0}"#,
        r#"{"item":{"client":-1,"clock":0},"assoc":0}"#,
        "{}",
        "7",
    ] {
        assert!(serde_json::from_str::<Anchor>(json).is_err(), "{json}");
    }
}

#[test]
fn d12_a_snapshot_reads_back_to_the_same_text() {
    let house = House::new("# One 👋\n\n---\n\n# Two");
    let snapshot = house.room.snapshot().unwrap();
    assert_eq!(DeckDoc::restore(3, &snapshot).unwrap().text(), house.room.text());
}

#[test]
fn d13_an_update_brings_in_a_bounded_number_of_writers() {
    let written_by = |clients: u64| {
        let mut all = DeckDoc::new(1);
        for client in 2..2 + clients {
            let update = DeckDoc::new(client).edit(&[TextEdit::insert(0, "x")]);
            all.apply(&update).unwrap();
        }
        all.encode()
    };
    assert!(DeckDoc::new(1).apply(&written_by(64)).is_ok());
    assert_eq!(DeckDoc::new(1).apply(&written_by(65)), Err(ApplyError::TooManyClients));
    let mut doc = DeckDoc::new(1);
    doc.apply(&written_by(64)).unwrap();
    assert!(doc.apply(&written_by(65)).is_ok(), "only one of them is new");
}

#[test]
fn d14_an_update_that_would_take_too_long_is_refused() {
    let mut doc = DeckDoc::new(1);
    doc.edit(&[TextEdit::insert(0, &"x".repeat(900_000))]);
    let update = |places: u32| {
        let mut writer = DeckDoc::restore(2, &doc.encode()).unwrap();
        let edits: Vec<_> = (0..places).rev().map(|at| TextEdit::insert(at * 100, "y")).collect();
        writer.edit(&edits)
    };
    let (little, much) = (update(300), update(7_000));
    let before = doc.text();
    assert_eq!(doc.apply(&much), Err(ApplyError::TooMuchAtOnce));
    assert_eq!(doc.text(), before);
    assert!(matches!(doc.apply(&little), Ok(Applied::Changed { .. })));
}
