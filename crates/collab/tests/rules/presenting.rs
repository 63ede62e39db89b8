//! What is presented, what the projector has to do with it, and who watches.

use collab::access::Role;
use collab::doc::{Anchor, TextEdit};
use collab::presentation::{Press, Shown};
use collab::room::{Effect, Event, MAX_FOLLOWERS, Protocol};
use collab::wire::{ClientMessage, Frame, ServerMessage};

use super::harness::{Client, audience, closed};
use super::stage::{Stage, driver, is_refused, shown};

#[test]
fn p5_edits_before_the_slide_leave_every_screen_on_it() {
    let mut stage = Stage::new();
    let (alice, bob) = (stage.alice, stage.bob);
    let mut viewer = Client::new();
    viewer.connect(Role::Follow, &stage.house.copy(3));
    let presented = stage.present(alice, None);
    let (presentation, driving) = shown(&stage.house, &presented, bob);
    let (host, ended) = (false, false);
    viewer.hear(&ServerMessage::Presentation { presentation, driving, host, ended });
    let mut doc = stage.house.copy(9);
    for edits in [
        vec![TextEdit::insert(0, "zero 👋\n\n---\n\n")],
        vec![TextEdit::delete(0, 3)],
        // A slide moves from before it to behind it.
        vec![TextEdit::delete(0, 6), TextEdit::insert(99, "\n\n---\n\nzero")],
    ] {
        let update = doc.edit(&edits);
        viewer.frame(Frame::Update(&update));
        stage.house.frame(bob, Frame::Update(&update));
        let on_screen = &viewer.replica.presentation().unwrap().shown.slide;
        let units: Vec<u16> = viewer.replica.text().encode_utf16().collect();
        let at = viewer.replica.offset(on_screen).unwrap() as usize;
        assert!(String::from_utf16_lossy(&units[at..]).starts_with("two"));
        assert_eq!(viewer.replica.text(), stage.house.room.text());
    }
}

#[test]
fn p14_what_the_audience_sees_is_held_until_a_driver_lets_it_go() {
    let mut stage = Stage::begun();
    let (alice, bob, vera) = (stage.alice, stage.bob, stage.vera);
    let held =
        |stage: &Stage, effects: &[Effect]| shown(&stage.house, effects, vera).0.unwrap().held;
    let effects = stage.hold(bob, true);
    assert_eq!(driver(&stage.house, &effects, bob).0.as_deref(), Some("Alice"));
    let effects = stage.hold(vera, true);
    assert!(is_refused(&stage.house, &effects, vera));
    let effects = stage.hold(alice, true);
    assert!(held(&stage, &effects));
    assert_eq!(stage.hold(alice, true), [], "it is held already");
    let effects = stage.present(bob, Some(1));
    assert!(held(&stage, &effects), "whoever drives");
    let effects = stage.hold(bob, false);
    assert!(!held(&stage, &effects));
    stage.hold(bob, true);
    stage.stop(bob);
    let effects = stage.present(alice, None);
    assert!(!held(&stage, &effects));
}

#[test]
fn p14_what_a_new_room_presents_is_held_when_the_projector_says_that_it_was() {
    let mut stage = Stage::begun();
    let (alice, bob, vera) = (stage.alice, stage.bob, stage.vera);
    let held = |stage: &Stage, effects: &[Effect], peer| {
        shown(&stage.house, effects, peer).0.unwrap().held
    };
    let effects = stage.house.handle(Event::Held);
    assert_eq!([alice, bob, vera].map(|peer| held(&stage, &effects, peer)), [true; 3]);
    assert_eq!(stage.house.handle(Event::Held), [], "it is known");
    let effects = stage.hold(alice, false);
    assert!(!held(&stage, &effects, vera), "whoever drives may let it go");
    // Nobody presents by the time that it is heard.
    stage.stop(alice);
    assert_eq!(stage.house.handle(Event::Held), []);
    let effects = stage.present(alice, None);
    assert!(!held(&stage, &effects, vera));
}

#[test]
fn p15_the_projector_says_where_the_slide_went() {
    let mut stage = Stage::begun();
    let (alice, bob, vera) = (stage.alice, stage.bob, stage.vera);
    let ed = stage.house.join(Role::Edit, "Ed");
    let shown_to = Shown { slide: stage.slide.clone(), fragment: 2, blackout: false };
    let driven = ClientMessage::Present { shown: shown_to, take: None };
    let effects = stage.house.say(alice, &driven);
    let seq = shown(&stage.house, &effects, vera).0.unwrap().seq;
    assert_eq!(seq, 1, "another fragment is the same slide");
    let (first, end) = (stage.house.copy(9).anchor(0), stage.house.copy(9).anchor(13));

    let rebound = |seq, slide: &Anchor, by: Option<&str>| {
        let (slide, removed_by) = (slide.clone(), by.map(str::to_owned));
        Event::Rebound { seq, slide, removed_by }
    };
    let effects = stage.house.handle(rebound(seq, &end, None));
    let (moved, driving) = shown(&stage.house, &effects, alice);
    let moved = moved.unwrap();
    assert_eq!((&moved.shown.slide, moved.shown.fragment, driving), (&end, 2, true));
    assert_eq!((moved.seq, moved.term), (seq + 1, 1));
    assert_eq!(shown(&stage.house, &effects, vera).0, Some(moved));
    // It speaks of a slide that is not shown any more.
    assert_eq!(stage.house.handle(rebound(seq, &first, None)), []);

    let effects = stage.house.handle(rebound(seq + 1, &first, Some("Mona")));
    let moved = shown(&stage.house, &effects, vera).0.unwrap();
    assert_eq!((moved.shown.slide, moved.shown.fragment), (first.clone(), -1));
    let removed = ServerMessage::SlideRemoved { by: "Mona".into() };
    let hears = |peer| stage.house.told(&effects, peer).contains(&removed);
    assert_eq!([alice, bob, ed, vera].map(hears), [true, true, false, false]);
    // Nobody knows any more who it was.
    let effects = stage.house.handle(rebound(seq + 2, &end, Some("")));
    assert_eq!(shown(&stage.house, &effects, vera).0.unwrap().shown.fragment, -1);
    let is_named = |message: &ServerMessage| matches!(message, ServerMessage::SlideRemoved { .. });
    assert!(!stage.house.told(&effects, alice).iter().any(is_named));
    // The driver goes somewhere.
    let effects = stage.present(alice, None);
    assert_eq!(shown(&stage.house, &effects, vera).0.unwrap().seq, seq + 4);
    stage.stop(alice);
    assert_eq!(stage.house.handle(rebound(seq + 4, &first, None)), []);
}

#[test]
fn p16_the_projector_hears_the_deck_and_who_removed_what() {
    let mut stage = Stage::begun();
    let (alice, bob) = (stage.alice, stage.bob);
    let (projector, joined) = stage.house.enter(Role::Follow, Protocol::Projector);
    let told = stage.house.told(&joined, projector);
    assert!(matches!(told[0], ServerMessage::Hello { role: Role::Follow, .. }));
    assert!(matches!(told[1], ServerMessage::Presentation { presentation: Some(_), .. }));
    let answer = stage.house.frame(projector, Frame::SyncStep1(&[0]));
    assert!(matches!(
        Frame::decode(&stage.house.heard(&answer, projector)[0]),
        Ok(Frame::SyncStep2(_))
    ));
    // Nothing gets out before it is stored, and then in order.
    let mut doc = stage.house.copy(9);
    let written = doc.edit(&[TextEdit::insert(0, "zero ")]);
    let (removed, moved) =
        (doc.edit(&[TextEdit::delete(1, 2)]), doc.edit(&[TextEdit::delete(0, 1)]));
    stage.house.frame(alice, Frame::Update(&written));
    stage.house.frame(alice, Frame::Update(&removed));
    let effects = stage.house.frame(bob, Frame::Update(&moved));
    assert_eq!(stage.house.heard(&effects, projector).len(), 0);
    let effects = stage.house.store();
    let author =
        |name: &str| collab::wire::control(&ServerMessage::Author { name: name.to_owned() });
    let update = |update: &[u8]| Frame::Update(update).encode();
    let expected =
        [update(&written), author("Alice"), update(&removed), author("Bob"), update(&moved)];
    assert_eq!(stage.house.heard(&effects, projector), expected);
    for peer in [alice, bob, stage.vera] {
        let heard = stage.house.heard(&effects, peer);
        assert!(!heard.contains(&author("Alice")) && !heard.contains(&author("Bob")));
    }
}

#[test]
fn p16_the_projector_is_neither_counted_nor_turned_away() {
    let mut stage = Stage::new();
    for _ in 1..MAX_FOLLOWERS {
        stage.house.enter(Role::Follow, Protocol::Ondeck);
    }
    let late = stage.house.enter(Role::Follow, Protocol::Ondeck).1;
    assert_eq!(closed(&late).unwrap().code(), 4503);
    let projector = stage.projector();
    let effects = stage.seconds(1);
    assert_eq!(stage.house.told(&effects, stage.alice), [audience(MAX_FOLLOWERS as u32)]);
    assert!(closed(&stage.house.enter(Role::Follow, Protocol::Ondeck).1).is_some());
    stage.house.handle(Event::Viewers { followers: 7, roaming: 1, held_edits: 2 });
    stage.seconds(1);
    stage.house.handle(Event::Leave { peer: projector });
    let effects = stage.seconds(1);
    assert_eq!(stage.house.told(&effects, stage.alice), [audience(MAX_FOLLOWERS as u32)]);
}

#[test]
fn p17_times_are_told_to_those_who_may_present_and_to_the_driver() {
    let mut stage = Stage::begun();
    let (ed, projector) = (stage.house.join(Role::Edit, "Ed"), stage.projector());
    stage.house.announce(ed, 50, 0);
    let effects = stage.section(1);
    let sections = vec![("Hello".to_owned(), 0), ("Team Ops".to_owned(), 0)];
    let times = ServerMessage::Times { elapsed: 0, sections, current: Some(1) };
    let hears = |peer| stage.house.told(&effects, peer).contains(&times);
    let others = [stage.alice, stage.bob, ed, stage.vera, projector];
    assert_eq!(others.map(hears), [true, true, false, false, false]);
    // Who comes later, or may present from now on, hears it as well, and so does a driver.
    let (carol, joined) = stage.house.enter(Role::Present, Protocol::Ondeck);
    assert!(stage.house.told(&joined, carol).contains(&times));
    let (erin, joined) = stage.house.enter(Role::Edit, Protocol::Ondeck);
    assert!(!stage.house.told(&joined, erin).contains(&times));
    let effects = stage.house.handle(Event::RoleChanged { peer: erin, role: Role::Present });
    assert!(stage.house.told(&effects, erin).contains(&times));
    stage.offer();
    stage.present(ed, Some(1));
    let effects = stage.section(1);
    assert!(stage.house.told(&effects, ed).contains(&times));
    // The next presentation has times of its own.
    stage.stop(ed);
    stage.present(stage.bob, None);
    let (late, joined) = stage.house.enter(Role::Present, Protocol::Ondeck);
    assert!(!stage.house.told(&joined, late).contains(&times));
}

#[test]
fn p17_times_of_many_sections_fit_into_one_message() {
    let mut stage = Stage::begun();
    for title in ["x", "日", "👋", "\"", "\u{1}\n"] {
        let sections = (0..100).map(|_| (title.repeat(500), 1_000_000)).collect();
        let effects =
            stage.house.handle(Event::Times { elapsed: u64::MAX, sections, current: Some(99) });
        let heard = stage.house.heard(&effects, stage.alice);
        assert!(Frame::decode(&heard[0]).is_ok(), "over 4 KB");
        let told = stage.house.told(&effects, stage.alice).remove(0);
        let ServerMessage::Times { sections, current, .. } = told else { panic!("{told:?}") };
        assert_eq!((sections.len(), current), (40, Some(39)));
        assert_eq!((sections[0].1, sections[39].1), (1_000_000, 61_000_000));
        let least = if title == "x" { 80 } else { 10 };
        let chars = sections[0].0.chars().count();
        assert!(title.starts_with('\u{1}') || (least..=80).contains(&chars), "{chars}");
    }
}

#[test]
fn p18_a_press_goes_to_the_driver_at_once_or_never() {
    let mut stage = Stage::begun();
    let (alice, bob) = (stage.alice, stage.bob);
    for key in [Press::Next, Press::Previous, Press::Blackout] {
        let effects = stage.house.handle(Event::Press { key });
        assert_eq!(stage.house.told(&effects, alice), [ServerMessage::Press { key }]);
        assert_eq!(effects.len(), 1);
    }
    stage.house.handle(Event::Leave { peer: alice });
    assert_eq!(stage.house.handle(Event::Press { key: Press::Next }), []);
    let effects = stage.present(bob, Some(1));
    assert!(shown(&stage.house, &effects, bob).1);
    assert_eq!(stage.house.told(&effects, bob).len(), 1);
}
