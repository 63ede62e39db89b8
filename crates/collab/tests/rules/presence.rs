//! Who is here, and what is presented.

use collab::access::Role;
use collab::doc::{Anchor, DeckDoc, TextEdit};
use collab::presence::{self, Person};
use collab::presentation::Presentation;
use collab::replica::ClientEffect;
use collab::room::{Effect, Event, PeerId, Protocol};
use collab::wire::{ClientMessage, Frame, Profile, ServerMessage};

use super::harness::{Client, House, awareness, sent};

/// The one person that a peer hears of.
fn person(house: &House, effects: &[Effect], listener: PeerId) -> Person {
    let heard = house.heard(effects, listener);
    let Ok(Frame::Awareness(payload)) = Frame::decode(&heard[0]) else { panic!("no presence") };
    Person::read(&presence::decode(payload).unwrap()[0]).unwrap()
}

/// What a peer hears of the presentation, and whether it drives.
fn shown(house: &House, effects: &[Effect], listener: PeerId) -> (Option<Presentation>, bool) {
    match house.told(effects, listener).pop() {
        Some(ServerMessage::Presentation { presentation, driving }) => (presentation, driving),
        other => panic!("no presentation but {other:?}"),
    }
}

fn presenters() -> (House, PeerId, PeerId, PeerId, Anchor) {
    let mut house = House::new("one\n\n---\n\ntwo");
    let alice = house.join(Role::Present, "Alice");
    let bob = house.join(Role::Present, "Bob");
    let vera = house.join(Role::Follow, "Vera");
    let slide = house.copy(9).anchor(10);
    (house, alice, bob, vera, slide)
}

#[test]
fn p1_the_server_says_who_somebody_is() {
    let mut house = House::new("");
    let bob = house.join(Role::Edit, "Bob");
    let alice = house.join(Role::Edit, "Alice");
    let claim = awareness(&[(5, 0, r#"{"user":{"name":"Bob"},"admin":true}"#)]);
    let effects = house.frame(alice, Frame::Awareness(&claim));
    assert_eq!(person(&house, &effects, bob).profile, Profile { name: "Alice".into(), color: 1 });
    assert!(!String::from_utf8_lossy(&house.heard(&effects, bob)[0]).contains("admin"));

    let (stock, _) = house.enter(Role::Edit, Protocol::Yjs);
    let first = awareness(&[(6, 0, r#"{"user":{"name":"\u202eYjs\n"}}"#)]);
    let effects = house.frame(stock, Frame::Awareness(&first));
    assert_eq!(person(&house, &effects, bob).profile.name, "Yjs");
    let second = awareness(&[(6, 1, r#"{"user":{"name":"Alice"}}"#)]);
    let effects = house.frame(stock, Frame::Awareness(&second));
    assert_eq!(person(&house, &effects, bob).profile.name, "Yjs");
}

#[test]
fn p2_nobody_speaks_for_others() {
    let mut house = House::new("");
    let alice = house.join(Role::Edit, "Alice");
    let mallory = house.join(Role::Edit, "Mallory");
    house.announce(alice, 5, 0);
    assert_eq!(house.announce(mallory, 5, 9), []);
    // Stock clients repeat what they hear: only what is theirs counts.
    let repeated = awareness(&[(5, 9, "null"), (6, 0, "{}")]);
    let effects = house.frame(mallory, Frame::Awareness(&repeated));
    assert_eq!(house.seen(&effects, alice), [(6, 0, true)]);
    assert_eq!(house.announce(mallory, 7, 0), []);
}

#[test]
fn p3_presence_is_small_and_its_clock_climbs_slowly() {
    let mut house = House::new("");
    house.join(Role::Edit, "Bob");
    let alice = house.join(Role::Edit, "Alice");
    assert_eq!(house.announce(alice, 5, (1 << 30) + 1), []);
    assert_ne!(house.announce(alice, 5, 7), []);
    for clock in [0, 7, 1_008, u64::MAX >> 1] {
        assert_eq!(house.announce(alice, 5, clock), []);
    }
    assert_ne!(house.announce(alice, 5, 1_007), []);
    let big = format!(r#"{{"cursor":"{}"}}"#, "x".repeat(2 * 1024));
    let effects = house.frame(alice, Frame::Awareness(&awareness(&[(5, 1_008, &big)])));
    assert_eq!(effects, []);
}

#[test]
fn p4_the_slide_is_held_until_somebody_goes_on_from_it() {
    let (mut house, alice, bob, vera, slide) = presenters();
    house.present(alice, &slide, false);
    let effects = house.handle(Event::Leave { peer: alice });
    let (held, _) = shown(&house, &effects, vera);
    let held = held.unwrap();
    assert_eq!((held.driver, held.shown.slide), (None, slide.clone()));
    // Who comes now sees it too; who presents now needs not take it from anybody.
    let (nina, joined) = house.enter(Role::Follow, Protocol::Ondeck);
    assert!(shown(&house, &joined, nina).0.is_some());
    let effects = house.present(bob, &slide, false);
    assert_eq!(shown(&house, &effects, vera).0.unwrap().driver.as_deref(), Some("Bob"));
}

#[test]
fn p5_edits_before_the_slide_leave_every_screen_on_it() {
    let (mut house, alice, bob, _, slide) = presenters();
    let mut viewer = Client::new();
    viewer.connect(Role::Follow, &house.copy(3));
    let presented = house.present(alice, &slide, false);
    let (presentation, driving) = shown(&house, &presented, bob);
    viewer.hear(&ServerMessage::Presentation { presentation, driving });
    let mut doc = house.copy(9);
    for edits in [
        vec![TextEdit::insert(0, "zero 👋\n\n---\n\n")],
        vec![TextEdit::delete(0, 3)],
        // A slide moves from before it to behind it.
        vec![TextEdit::delete(0, 6), TextEdit::insert(99, "\n\n---\n\nzero")],
    ] {
        let update = doc.edit(&edits);
        viewer.frame(Frame::Update(&update));
        house.frame(bob, Frame::Update(&update));
        let on_screen = &viewer.replica.presentation().unwrap().shown.slide;
        let units: Vec<u16> = viewer.replica.text().encode_utf16().collect();
        let at = viewer.replica.offset(on_screen).unwrap() as usize;
        assert!(String::from_utf16_lossy(&units[at..]).starts_with("two"));
        assert_eq!(viewer.replica.text(), house.room.text());
    }
}

#[test]
fn p6_one_drives_and_another_one_only_by_taking_over() {
    let (mut house, alice, bob, vera, slide) = presenters();
    let effects = house.present(alice, &slide, false);
    assert!(shown(&house, &effects, alice).1);
    assert!(!shown(&house, &effects, bob).1);
    let effects = house.present(bob, &slide, false);
    let (presentation, driving) = shown(&house, &effects, bob);
    assert_eq!((presentation.unwrap().driver.as_deref(), driving), (Some("Alice"), false));
    assert_eq!(house.told(&effects, vera), []);
    let effects = house.present(bob, &slide, true);
    assert!(shown(&house, &effects, bob).1);
    let (presentation, driving) = shown(&house, &effects, alice);
    assert_eq!((presentation.unwrap().driver.as_deref(), driving), (Some("Bob"), false));
}

#[test]
fn p7_who_leaves_is_gone_with_the_clock_they_had() {
    let mut house = House::new("");
    let bob = house.join(Role::Edit, "Bob");
    let alice = house.join(Role::Edit, "Alice");
    house.announce(alice, 5, 41);
    let effects = house.handle(Event::Leave { peer: alice });
    assert_eq!(house.seen(&effects, bob), [(5, 41, false)]);
    // What she says next is news to a Yjs client that has seen clock 41.
    let again = house.join(Role::Edit, "Alice");
    let effects = house.announce(again, 5, 42);
    assert_eq!(house.seen(&effects, bob), [(5, 42, true)]);
}

#[test]
fn p8_carets_are_spaced_renewed_and_silent_while_they_ride_along() {
    let mut server = DeckDoc::new(1);
    server.edit(&[TextEdit::insert(0, "hello world")]);
    let mut client = Client::new();
    client.connect(Role::Edit, &server);
    client.wake_after(100);
    let carets = |effects: &[ClientEffect]| {
        let caret = |bytes: &bytes::Bytes| matches!(Frame::decode(bytes), Ok(Frame::Awareness(_)));
        sent(effects).iter().filter(|bytes| caret(bytes)).count()
    };
    let select = |client: &mut Client, at| {
        let mut out = Vec::new();
        client.replica.select(client.now, Some((at, at)), &mut out);
        carets(&out)
    };
    client.now += 100;
    assert_eq!(select(&mut client, 5), 1);
    assert_eq!((select(&mut client, 6), select(&mut client, 7)), (0, 0));
    assert_eq!(client.replica.next_wake(), Some(client.now + 100));
    assert_eq!(carets(&client.wake_after(100)), 1);
    client.now += 100;
    let edited = client.edit(TextEdit::insert(7, "x"));
    assert_eq!((carets(&edited), select(&mut client, 8)), (0, 0));
    assert_eq!(carets(&client.wake_after(14_900)), 1);
}

#[test]
fn p9_only_the_driver_ends_the_presentation() {
    let (mut house, alice, bob, vera, slide) = presenters();
    house.present(alice, &slide, false);
    assert_eq!(house.say(bob, &ClientMessage::StopPresenting), []);
    let effects = house.say(alice, &ClientMessage::StopPresenting);
    assert_eq!(shown(&house, &effects, vera), (None, false));
    assert_eq!(shown(&house, &effects, alice), (None, false));
}

#[test]
fn p10_a_newcomer_hears_who_is_here_and_what_changes() {
    let mut house = House::new("");
    let alice = house.join(Role::Edit, "Alice");
    let bob = house.join(Role::Edit, "Bob");
    house.announce(alice, 5, 0);
    house.announce(bob, 6, 3);
    let (carol, joined) = house.enter(Role::Edit, Protocol::Ondeck);
    assert_eq!(house.seen(&joined, carol), [(5, 0, true), (6, 3, true)]);
    let asked = house.frame(carol, Frame::QueryAwareness);
    assert_eq!(house.seen(&asked, carol).len(), 2);
    let effects = house.announce(bob, 6, 4);
    assert_eq!(house.seen(&effects, carol), [(6, 4, true)]);
}
