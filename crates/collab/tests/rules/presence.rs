//! Who is here.

use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit};
use collab::presence::{self, Person};
use collab::replica::ClientEffect;
use collab::room::{Effect, Event, PeerId, Protocol};
use collab::wire::{Frame, Profile};

use super::harness::{Client, House, awareness, sent};

/// The one person that a peer hears of.
fn person(house: &House, effects: &[Effect], listener: PeerId) -> Person {
    let heard = house.heard(effects, listener);
    let Ok(Frame::Awareness(payload)) = Frame::decode(&heard[0]) else { panic!("no presence") };
    Person::read(&presence::decode(payload).unwrap()[0]).unwrap()
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
fn p1_who_signed_in_is_called_what_the_server_calls_them() {
    let mut house = House::new("");
    let bob = house.join(Role::Present, "Bob");
    let (ada, _) = house.enter_as(Role::Present, Protocol::Ondeck, Some("Ada Lovelace"));
    for (clock, claimed) in ["Bob", "Admin"].into_iter().enumerate() {
        house.introduce(ada, claimed, ada.0);
        let claim = format!(r#"{{"user":{{"name":"{claimed}"}}}}"#);
        let state = awareness(&[(5, clock as u64, &claim)]);
        let effects = house.frame(ada, Frame::Awareness(&state));
        let expected = Profile { name: "Ada Lovelace".into(), color: 1 };
        assert_eq!(person(&house, &effects, bob).profile, expected);
    }
    // A stock client sends no profile.
    let (stock, _) = house.enter_as(Role::Edit, Protocol::Yjs, Some("Eve"));
    let state = awareness(&[(6, 0, r#"{"user":{"name":"Bob"}}"#)]);
    let effects = house.frame(stock, Frame::Awareness(&state));
    assert_eq!(person(&house, &effects, bob).profile.name, "Eve");
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
