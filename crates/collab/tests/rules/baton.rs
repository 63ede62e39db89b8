//! Who drives the presentation, and how that changes.

use collab::access::Role;
use collab::room::{Effect, Event, PeerId, Protocol};
use collab::wire::{ClientMessage, ServerMessage};

use super::stage::{Stage, driver, is_refused, shown};

#[test]
fn p4_the_slide_stays_until_somebody_goes_on_from_it() {
    let mut stage = Stage::begun();
    let (alice, bob, vera) = (stage.alice, stage.bob, stage.vera);
    stage.house.handle(Event::Leave { peer: alice });
    let effects = stage.seconds(10);
    let (held, _) = shown(&stage.house, &effects, vera);
    let held = held.unwrap();
    assert_eq!((held.driver, held.shown.slide), (None, stage.slide.clone()));
    // Who comes now sees it too; who presents now needs not take it from anybody.
    let (nina, joined) = stage.house.enter(Role::Follow, Protocol::Ondeck);
    assert!(shown(&stage.house, &joined, nina).0.is_some());
    let effects = stage.present(bob, None);
    assert_eq!(driver(&stage.house, &effects, vera).0.as_deref(), Some("Bob"));
}

#[test]
fn p6_one_drives_and_another_one_only_by_taking_over() {
    let mut stage = Stage::new();
    let (alice, bob, vera) = (stage.alice, stage.bob, stage.vera);
    let effects = stage.present(alice, None);
    assert!(shown(&stage.house, &effects, alice).1);
    let (presentation, driving) = shown(&stage.house, &effects, bob);
    let term = presentation.unwrap().term;
    assert!(!driving);
    let effects = stage.present(bob, None);
    let (presentation, driving) = shown(&stage.house, &effects, bob);
    assert_eq!((presentation.unwrap().driver.as_deref(), driving), (Some("Alice"), false));
    assert_eq!(stage.house.told(&effects, vera), []);
    let effects = stage.present(bob, Some(term));
    assert!(shown(&stage.house, &effects, bob).1);
    let (presentation, driving) = shown(&stage.house, &effects, alice);
    let presentation = presentation.unwrap();
    assert_eq!((presentation.driver.as_deref(), driving), (Some("Bob"), false));
    assert_eq!(presentation.term, term + 1);
}

#[test]
fn p6_of_two_who_take_over_at_once_the_first_one_drives() {
    let mut stage = Stage::begun();
    let (bob, vera) = (stage.bob, stage.vera);
    let carol = stage.house.join(Role::Present, "Carol");
    stage.present(bob, Some(1));
    let effects = stage.present(carol, Some(1));
    assert_eq!(driver(&stage.house, &effects, carol).0.as_deref(), Some("Bob"));
    assert_eq!(stage.house.told(&effects, vera), [], "nobody else is bothered");
    let effects = stage.present(carol, Some(3));
    assert!(!shown(&stage.house, &effects, carol).1, "there is no such driver yet");
    // Knowing who drives she may.
    let effects = stage.present(carol, Some(2));
    assert_eq!(driver(&stage.house, &effects, vera).0.as_deref(), Some("Carol"));
}

#[test]
fn p9_the_driver_or_who_began_it_ends_the_presentation() {
    for by_host in [false, true] {
        let mut stage = Stage::begun();
        let (alice, bob, vera) = (stage.alice, stage.bob, stage.vera);
        assert_eq!(stage.stop(bob), []);
        if by_host {
            stage.present(bob, Some(1));
        }
        let effects = stage.stop(alice);
        for peer in [alice, bob, vera] {
            let told = stage.house.told(&effects, peer);
            let ended = ServerMessage::Presentation {
                presentation: None,
                driving: false,
                host: false,
                ended: true,
            };
            assert_eq!(told, [ended]);
        }
        // Bob wanted to take over from her: there is nothing left to take.
        let effects = stage.present(bob, Some(1));
        assert_eq!(shown(&stage.house, &effects, bob), (None, false));
        let (late, joined) = stage.house.enter(Role::Follow, Protocol::Ondeck);
        let told = stage.house.told(&joined, late);
        assert!(matches!(told[1], ServerMessage::Presentation { ended: true, .. }));
        let effects = stage.present(bob, None);
        let told = stage.house.told(&effects, bob);
        assert!(matches!(
            &told[..],
            [ServerMessage::Presentation { driving: true, host: true, ended: false, .. }]
        ));
    }
}

#[test]
fn p11_the_baton_waits_ten_seconds_for_its_driver() {
    let mut stage = Stage::begun();
    let (alice, bob, vera) = (stage.alice, stage.bob, stage.vera);
    let effects = stage.house.handle(Event::Leave { peer: alice });
    let alice_away = (Some("Alice".to_owned()), true);
    assert_eq!(driver(&stage.house, &effects, vera), alice_away);
    assert_eq!(stage.seconds(9), []);
    let effects = stage.present(bob, None);
    assert_eq!(driver(&stage.house, &effects, bob), alice_away, "he gets it only by taking over");
    // She is back, and nobody takes her for somebody new.
    let (back, joined) = stage.house.enter(Role::Present, Protocol::Ondeck);
    assert_eq!(driver(&stage.house, &joined, back), alice_away);
    let effects = stage.house.introduce(back, "Alice", alice.0);
    let (presentation, driving) = shown(&stage.house, &effects, back);
    let presentation = presentation.unwrap();
    assert_eq!((driving, presentation.away, presentation.term), (true, false, 1));
    assert_eq!(driver(&stage.house, &effects, vera), (Some("Alice".to_owned()), false));
    assert_eq!(stage.seconds(20), []);
    // Gone for good.
    stage.house.handle(Event::Leave { peer: back });
    assert_eq!(stage.seconds(9), []);
    let effects = stage.seconds(1);
    assert_eq!(driver(&stage.house, &effects, vera), (None, false));
    let effects = stage.present(bob, None);
    assert!(shown(&stage.house, &effects, bob).1);
}

#[test]
fn p11_whoever_takes_over_from_one_who_is_away_drives() {
    let mut stage = Stage::begun();
    let (alice, bob) = (stage.alice, stage.bob);
    stage.house.handle(Event::Leave { peer: alice });
    let effects = stage.present(bob, Some(1));
    assert!(shown(&stage.house, &effects, bob).1);
    let (back, _) = stage.house.enter(Role::Present, Protocol::Ondeck);
    let effects = stage.house.introduce(back, "Alice", alice.0);
    assert_eq!(driver(&stage.house, &effects, back), (Some("Bob".to_owned()), false));
    let effects = stage.present(back, None);
    assert_eq!(driver(&stage.house, &effects, back), (Some("Bob".to_owned()), false));
}

#[test]
fn p12_who_began_takes_the_baton_back_from_whoever_has_it() {
    let mut stage = Stage::begun();
    let (alice, bob, vera) = (stage.alice, stage.bob, stage.vera);
    let carol = stage.house.join(Role::Present, "Carol");
    let effects = stage.present(bob, Some(1));
    let host =
        |message: &ServerMessage| matches!(message, ServerMessage::Presentation { host: true, .. });
    assert!(stage.house.told(&effects, alice).iter().any(host));
    assert!(!stage.house.told(&effects, bob).iter().any(host));
    stage.present(carol, Some(2));
    // She has not heard of Carol yet.
    let effects = stage.present(alice, Some(2));
    assert_eq!(driver(&stage.house, &effects, vera).0.as_deref(), Some("Alice"));
    // It is the person who began it, not the connection.
    stage.present(bob, Some(4));
    stage.house.handle(Event::Leave { peer: alice });
    let (back, joined) = stage.house.enter(Role::Present, Protocol::Ondeck);
    assert!(!stage.house.told(&joined, back).iter().any(host));
    let effects = stage.house.introduce(back, "Alice", alice.0);
    assert!(stage.house.told(&effects, back).iter().any(host));
    let effects = stage.present(back, Some(1));
    assert_eq!(driver(&stage.house, &effects, vera).0.as_deref(), Some("Alice"));
}

#[test]
fn p12_who_says_late_who_they_are_is_the_same_person() {
    let mut stage = Stage::new();
    let (early, _) = stage.house.enter(Role::Present, Protocol::Ondeck);
    stage.present(early, None);
    let effects = stage.house.introduce(early, "Early", 77);
    assert_eq!(driver(&stage.house, &effects, stage.vera), (Some("Early".to_owned()), false));
    let told = stage.house.told(&effects, early);
    assert!(matches!(&told[..], [ServerMessage::Presentation { driving: true, host: true, .. }]));
    stage.house.handle(Event::Leave { peer: early });
    let (back, _) = stage.house.enter(Role::Present, Protocol::Ondeck);
    let effects = stage.house.introduce(back, "Early", 77);
    assert_eq!(stage.house.told(&effects, back), told);
}

/// Alice offers the baton to Ed, who may only edit and whose client id is 50.
fn offered() -> (Stage, PeerId, Vec<Effect>) {
    let mut stage = Stage::begun();
    let ed = stage.house.join(Role::Edit, "Ed");
    stage.house.announce(ed, 50, 0);
    let effects = stage.offer();
    (stage, ed, effects)
}

#[test]
fn p13_the_driver_offers_the_baton_to_one_who_may_edit() {
    let (mut stage, ed, effects) = offered();
    let (alice, bob, vera) = (stage.alice, stage.bob, stage.vera);
    let (by, section) = ("Alice".to_owned(), "Team Ops".to_owned());
    assert_eq!(stage.house.told(&effects, ed), [ServerMessage::Offered { by, section, term: 1 }]);
    assert_eq!(effects.len(), 1, "nobody else hears of it");
    // It is for him, and for this term.
    let erin = stage.house.join(Role::Edit, "Erin");
    for (peer, take) in [(erin, Some(1)), (ed, None), (ed, Some(2))] {
        let effects = stage.present(peer, take);
        assert!(is_refused(&stage.house, &effects, peer));
    }
    let effects = stage.present(ed, Some(1));
    assert_eq!(driver(&stage.house, &effects, vera).0.as_deref(), Some("Ed"));
    // He drives as anybody would, on another connection too, and ends it.
    stage.house.handle(Event::Leave { peer: ed });
    let (back, _) = stage.house.enter(Role::Edit, Protocol::Ondeck);
    let effects = stage.house.introduce(back, "Ed", ed.0);
    assert!(shown(&stage.house, &effects, back).1);
    let effects = stage.present(back, None);
    assert!(shown(&stage.house, &effects, back).1);
    // Used once.
    stage.present(bob, Some(2));
    let effects = stage.present(back, Some(3));
    assert!(is_refused(&stage.house, &effects, back));
    // Who began it may always end it.
    let effects = stage.stop(alice);
    assert_eq!(shown(&stage.house, &effects, vera), (None, false));
}

#[test]
fn p13_who_drives_by_an_offer_loses_the_baton_with_the_right_to_edit() {
    let (mut stage, ed, _) = offered();
    let vera = stage.vera;
    stage.present(ed, Some(1));
    let effects = stage.house.handle(Event::RoleChanged { peer: ed, role: Role::Follow });
    assert_eq!(driver(&stage.house, &effects, vera), (None, false));
    // Or while they were away.
    let (mut stage, ed, _) = offered();
    stage.present(ed, Some(1));
    stage.house.handle(Event::Leave { peer: ed });
    let (back, _) = stage.house.enter(Role::Follow, Protocol::Ondeck);
    let effects = stage.house.introduce(back, "Ed", ed.0);
    assert_eq!(driver(&stage.house, &effects, vera), (None, false));
}

#[test]
fn p13_an_offer_ends_by_itself() {
    // After ten seconds.
    let (mut stage, ed, _) = offered();
    stage.seconds(9);
    stage.offer();
    stage.seconds(9);
    let effects = stage.present(ed, Some(1));
    assert!(!is_refused(&stage.house, &effects, ed), "offered anew");
    let (mut stage, ed, _) = offered();
    stage.seconds(10);
    let effects = stage.present(ed, Some(1));
    assert!(is_refused(&stage.house, &effects, ed));
    // With the section, which may not have begun when it was made.
    for (sections, is_over) in [(vec![0], false), (vec![0, 1, 1], false), (vec![0, 1, 0], true)] {
        let (mut stage, ed, _) = offered();
        for current in sections {
            stage.section(current);
        }
        let effects = stage.present(ed, Some(1));
        assert_eq!(is_refused(&stage.house, &effects, ed), is_over);
    }
    // With the baton.
    let (mut stage, ed, _) = offered();
    stage.present(stage.bob, Some(1));
    for take in [1, 2] {
        let effects = stage.present(ed, Some(take));
        assert!(is_refused(&stage.house, &effects, ed));
    }
}

#[test]
fn p13_only_the_driver_offers_and_only_what_can_be_taken() {
    let (mut stage, ed, _) = offered();
    let (alice, bob) = (stage.alice, stage.bob);
    let offer = |to| ClientMessage::Offer { to, section: "Ops".into() };
    let effects = stage.house.say(bob, &offer(50));
    assert_eq!(driver(&stage.house, &effects, bob).0.as_deref(), Some("Alice"));
    let effects = stage.house.say(ed, &offer(50));
    assert!(is_refused(&stage.house, &effects, ed));
    stage.house.announce(alice, 2, 0);
    let (stock, _) = stage.house.enter(Role::Edit, Protocol::Yjs);
    stage.house.announce(stock, 70, 0);
    for nobody in [2, 70, 99] {
        assert_eq!(stage.house.say(alice, &offer(nobody)), []);
    }
}
