//! What the audience sees while a deck is presented and written at once.

use collab::doc::TextEdit;
use collab::presentation::Press;

use super::hall::{Hall, PAULA, Screen, WILL};
use super::*;

const DECK: &str = "# One\n\nfirst words\n\n---\n\n# Two\n\nsecond words of it\n\n----\n\n# Under\n\nbelow two\n\n\
    ---\n\n# Three\n\nthird words\n\n---\n\n# Four\n\nlast words";

fn hall() -> Hall {
    let mut hall = Hall::new(DECK);
    hall.view(1, LinkRole::Follow, None);
    hall
}

fn shows(hall: &Hall, slide: u64, text: &str) {
    let (shown, words, _) = hall.screen(1).shows();
    assert_eq!((shown, words.starts_with(text)), (slide, true), "{words}");
}

#[test]
fn a_viewer_waits_then_follows_and_knows_when_it_is_over() {
    let mut hall = hall();
    assert_eq!(hall.screen(1).phase(), "waiting");
    assert_eq!(hall.screen(1).slides.len(), 5);
    hall.present("# Two", 2, false);
    assert_eq!(hall.screen(1).phase(), "live");
    assert_eq!(hall.screen(1).shows().2, 2);
    shows(&hall, 1, "Two");
    hall.present("# Three", -1, true);
    assert_eq!(hall.screen(1).state["blackout"], true);
    hall.acts(PAULA, |replica, _, out| replica.stop_presenting(out));
    hall.run();
    assert_eq!(
        (hall.screen(1).phase(), &hall.screen(1).state["blackout"]),
        ("ended", &false.into())
    );
    shows(&hall, 3, "Three");
    // Presenting again begins anew.
    hall.present("# One", -1, false);
    shows(&hall, 0, "One");
}

#[test]
fn who_comes_late_is_where_everybody_is() {
    let mut hall = Hall::new(DECK);
    hall.present("# Under", 1, true);
    hall.edit(WILL, &[("# One", "# Zero\n\n---\n\n# One")]);
    hall.view(1, LinkRole::Follow, None);
    assert_eq!(hall.screen(1).heard, ["deck"]);
    assert_eq!(hall.screen(1).state["blackout"], true);
    assert_eq!(hall.screen(1).shows().2, 1);
    shows(&hall, 3, "Under");
}

#[test]
fn whatever_is_written_the_audience_stays_on_its_slide_and_hears_it_in_one_message() {
    for (edits, slide, text) in [
        // Inserted, deleted and moved before it.
        (&[("# One", "# Zero\n\n---\n\n# One")][..], 2, "Two"),
        (&[("# One\n\nfirst words\n\n---\n\n", "")], 0, "Two"),
        (
            &[
                ("# One\n\nfirst words\n\n---\n\n", ""),
                ("last words", "last words\n\n---\n\n# One\n\nfirst words"),
            ],
            0,
            "Two",
        ),
        // Edited, also from its first character on.
        (&[("second words", "second better words")], 1, "Two second better"),
        (&[("# Two", "# Much more")], 1, "Much more"),
        // Split: the upper half is the slide.
        (&[("second words", "\n\n---\n\nsecond words")], 1, "Two"),
        // The separator above or below goes.
        (&[("first words\n\n---\n\n", "first words\n\n")], 0, "One first words Two"),
        (&[("of it\n\n----\n\n", "of it\n\n")], 1, "Two second words of it Under"),
        // Moved in one transaction.
        (
            &[
                ("# Two\n\nsecond words of it\n\n----\n\n", ""),
                ("last words", "last words\n\n---\n\n# Two\n\nsecond words of it"),
            ],
            4,
            "Two",
        ),
    ] {
        let mut hall = hall();
        hall.present("# Two", -1, false);
        let before = hall.screen(1).heard.len();
        hall.edit(WILL, edits);
        let (shown, words, _) = hall.screen(1).shows();
        assert_eq!((shown, words.starts_with(text)), (slide, true), "{edits:?}: {words}");
        assert_eq!(hall.screen(1).heard[before..], ["patch"], "{edits:?}");
        // The room says the same to everybody else.
        let anchor = hall.replica(WILL).presentation().unwrap().shown.slide.clone();
        let offset = hall.replica(WILL).offset(&anchor).unwrap();
        let live = deck::LiveDeck::new(&hall.replica(WILL).text());
        assert_eq!(u64::from(live.slide_at(offset)), slide, "{edits:?}");
    }
}

#[test]
fn when_the_slide_is_deleted_the_next_of_its_section_takes_its_place_and_its_author_is_named() {
    let mut hall = hall();
    hall.present("# Two", 3, false);
    hall.edit(WILL, &[("# Two\n\nsecond words of it\n\n----\n\n", "")]);
    shows(&hall, 1, "Under");
    assert_eq!(hall.screen(1).shows().2, -1);
    assert_eq!(hall.replica(PAULA).presentation().unwrap().shown.fragment, -1);
    assert!(
        !hall.removed_by.is_empty() && hall.removed_by.iter().all(|by| by == "Will"),
        "{:?}",
        hall.removed_by
    );
    // The driver goes on from there.
    hall.present("# Three", -1, false);
    shows(&hall, 2, "Three");
}

#[test]
fn what_is_cut_and_pasted_within_ten_seconds_is_the_slide_again() {
    for (pause, slide, text) in [(5_000, 4, "Two"), (10_500, 1, "Under")] {
        let mut hall = hall();
        hall.present("# Two", -1, false);
        hall.edit(WILL, &[("# Two\n\nsecond words of it\n\n----\n\n", "")]);
        shows(&hall, 1, "Under");
        hall.wait(pause);
        hall.edit(WILL, &[("last words", "last words\n\n---\n\n# Two\n\nsecond words of it")]);
        shows(&hall, slide, text);
        let rebounds = hall.rebounds();
        hall.edit(WILL, &[("third words", "other words")]);
        shows(&hall, slide, text);
        assert_eq!(hall.rebounds(), rebounds, "nothing is asked for twice");
    }
}

#[test]
fn many_edits_are_one_patch_and_a_turn_of_the_page_waits_for_none() {
    let mut hall = hall();
    hall.present("# Two", -1, false);
    let before = hall.screen(1).heard.len();
    for (old, new) in [("first", "1st"), ("second", "2nd"), ("third", "3rd")] {
        hall.type_in(WILL, &[(old, new)]);
        hall.wait(10);
    }
    assert_eq!(hall.screen(1).heard.len(), before);
    hall.wait(10);
    assert_eq!(hall.screen(1).heard[before..], ["patch"]);
    // What was typed comes along with the page.
    hall.type_in(WILL, &[("3rd", "third")]);
    hall.present("# Three", -1, false);
    assert_eq!(hall.screen(1).heard[before..], ["patch", "patch"]);
    shows(&hall, 3, "Three third");
    hall.present("# Four", -1, false);
    assert_eq!(hall.screen(1).heard[before..], ["patch", "patch", "state"]);
    hall.wait(1_000);
    assert_eq!(hall.screen(1).heard.len(), before + 3);
}

#[test]
fn notes_and_comments_never_reach_a_follower_and_cost_nobody_a_message() {
    let mut hall = hall();
    hall.present("# Two", -1, false);
    let before = hall.screen(1).heard.len();
    hall.edit(WILL, &[("of it", "of it\n\nNote: secret\n\nmore of it")]);
    hall.edit(WILL, &[("secret", "secret and longer")]);
    assert_eq!(hall.screen(1).heard.len(), before);
    hall.edit(WILL, &[("third words", "third words <!-- secret -->")]);
    let html: String = hall.screen(1).slides.iter().map(|slide| format!("{slide:?}")).collect();
    assert!(!html.contains("secret") && !html.contains("<!--"), "{html}");
}

#[test]
fn a_held_audience_keeps_everything_until_it_is_released() {
    let mut hall = hall();
    hall.present("# Two", 1, false);
    hall.acts(PAULA, |replica, _, out| replica.hold(true, out));
    hall.run();
    let before = hall.screen(1).heard.len();
    hall.edit(WILL, &[("second words", "unfinished"), ("first words", "unfinished")]);
    hall.edit(WILL, &[("# Two\n\nunfinished of it\n\n----\n\n", "")]);
    assert_eq!(hall.screen(1).heard.len(), before, "{:?}", hall.screen(1).heard);
    shows(&hall, 1, "Two second words");
    hall.wait_seconds(1);
    // One is another text, one is gone, and the one below it opens the column now.
    assert_eq!(hall.replica(PAULA).held_edits(), 3);
    // A page is turned in the deck as it was.
    hall.present("# Three", -1, false);
    shows(&hall, 3, "Three");
    // Who comes now sees the same.
    hall.view(2, LinkRole::Follow, None);
    assert_eq!(hall.screen(2).text(), hall.screen(1).text());
    assert_eq!(hall.screen(2).shows(), hall.screen(1).shows());
    hall.acts(PAULA, |replica, _, out| replica.hold(false, out));
    hall.run();
    shows(&hall, 2, "Three");
    assert_eq!(hall.screen(1).text()[0].trim(), "One unfinished");
    assert_eq!(hall.screen(1).heard[before..], ["state", "patch"]);
    assert_eq!(hall.screen(2).text(), hall.screen(1).text());
    hall.wait_seconds(1);
    assert_eq!(hall.replica(PAULA).held_edits(), 0);
}

#[test]
fn a_slide_that_is_moved_while_it_is_held_is_found_again() {
    let mut hall = hall();
    hall.present("# Two", -1, false);
    hall.acts(PAULA, |replica, _, out| replica.hold(true, out));
    hall.edit(WILL, &[("# Two\n\nsecond words of it\n\n----\n\n", "")]);
    hall.edit(WILL, &[("last words", "last words\n\n---\n\n# Two\n\nsecond words of it")]);
    hall.present("# Three", -1, false);
    shows(&hall, 3, "Three");
    hall.present("# Two", -1, false);
    shows(&hall, 1, "Two");
    hall.acts(PAULA, |replica, _, out| replica.hold(false, out));
    hall.run();
    shows(&hall, 4, "Two");
}

#[test]
fn the_slide_is_held_while_the_driver_is_away() {
    let mut hall = hall();
    hall.present("# Two", -1, false);
    hall.disconnect(PAULA);
    assert_eq!(hall.screen(1).phase(), "live");
    hall.wait_seconds(11);
    assert_eq!(hall.screen(1).phase(), "away");
    shows(&hall, 1, "Two");
    hall.connect(PAULA);
    assert_eq!(hall.screen(1).phase(), "live");
    shows(&hall, 1, "Two");
}

#[test]
fn another_room_changes_nothing_on_the_screens_but_what_is_different() {
    let mut hall = hall();
    hall.present("# Two", -1, false);
    let before = hall.screen(1).heard.len();
    hall.reopen();
    assert_eq!(hall.screen(1).heard[before..], ["state"]);
    assert_eq!(hall.screen(1).phase(), "away");
    shows(&hall, 1, "Two");
    hall.connect(WILL);
    hall.connect(PAULA);
    assert_eq!(hall.screen(1).phase(), "live");
    shows(&hall, 1, "Two");
    // A backup has other text and another history.
    let before = hall.screen(1).heard.len();
    hall.restore(&DECK.replace("third", "3rd"));
    assert_eq!(hall.screen(1).heard[before..], ["state", "patch"]);
    assert!(hall.screen(1).text()[3].contains("3rd words"));
    shows(&hall, 1, "Two");
}

#[test]
fn who_returns_gets_only_what_they_lack() {
    let mut hall = hall();
    hall.present("# Two", -1, false);
    let gone = hall.leave(1);
    hall.edit(WILL, &[("first words", "first and more")]);
    hall.edit(WILL, &[("# Four", "# New\n\n---\n\n# Four")]);
    hall.view(9, LinkRole::Follow, None);
    hall.screens.insert(ViewerId(1), Screen { heard: Vec::new(), ..gone });
    let have = hall.screen(1).revision.clone();
    hall.view(1, LinkRole::Follow, Some(&have));
    assert_eq!(hall.screen(1).heard, ["patch"]);
    assert_eq!(hall.screen(1).text(), hall.screen(9).text());
    let have = hall.screen(1).revision.clone();
    hall.view(1, LinkRole::Follow, Some(&have));
    assert_eq!(hall.screen(1).heard, ["patch", "state"]);
}

#[test]
fn the_remote_shows_notes_and_time_and_its_presses_reach_the_driver() {
    let text =
        format!("---\nminutes: 5\n---\n\n{DECK}").replace("of it", "of it\n\nNote: **Say** this");
    let mut hall = Hall::new(&text);
    hall.view(1, LinkRole::Remote, None);
    assert_eq!(hall.screen(1).stage["reachable"], false);
    hall.present("# Two", -1, false);
    let stage = &hall.screen(1).stage;
    assert_eq!((&stage["driver"], &stage["reachable"]), (&"Paula".into(), &true.into()));
    assert_eq!((&stage["notes"], &stage["next"]), (&"Say this".into(), &"Under".into()));
    assert_eq!(
        (&stage["section"]["title"], &stage["section"]["minutes"]),
        (&"Two".into(), &5.0.into())
    );
    hall.say(1, r#"{"type":"press","key":"next"}"#);
    hall.say(1, r#"{"type":"press","key":"blackout"}"#);
    assert_eq!(hall.presses, [Press::Next, Press::Blackout]);
    hall.disconnect(PAULA);
    assert_eq!(hall.screen(1).stage["reachable"], false);
    hall.say(1, r#"{"type":"press","key":"next"}"#);
    hall.connect(PAULA);
    assert_eq!(hall.presses.len(), 2, "no press is kept for later");
}

#[test]
fn who_only_follows_may_press_nothing_and_nobody_may_say_what_is_not_known() {
    let mut hall = hall();
    hall.say(1, r#"{"type":"ping"}"#);
    assert_eq!(hall.screen(1).heard.last().unwrap(), "pong");
    for json in
        [r#"{"type":"press","key":"next"}"#, r#"{"type":"deck"}"#, "{", "[]", r#"{"type":"roam"}"#]
    {
        hall.say(1, json);
    }
    assert_eq!(hall.closed.len(), 5);
    assert!(hall.presses.is_empty());
}

#[test]
fn everybody_is_told_how_many_watch() {
    let mut hall = Hall::new(DECK);
    for viewer in 1..=40 {
        hall.view(viewer, LinkRole::Follow, None);
    }
    hall.view(41, LinkRole::Remote, None);
    hall.say(7, r#"{"type":"roam","on":true}"#);
    hall.say(8, r#"{"type":"roam","on":true}"#);
    hall.say(8, r#"{"type":"roam","on":false}"#);
    hall.wait_seconds(1);
    assert_eq!((hall.replica(PAULA).followers(), hall.replica(PAULA).roaming()), (40, 1));
    let told = hall.told.iter().filter(|event| matches!(event, Event::Viewers { .. })).count();
    assert!(told <= 2, "they are told of together, not {told} times");
    hall.leave(7);
    hall.wait_seconds(1);
    assert_eq!((hall.replica(PAULA).followers(), hall.replica(PAULA).roaming()), (39, 0));
}

#[test]
fn each_section_has_the_time_that_its_slides_were_on() {
    let mut hall = hall();
    hall.present("# One", -1, false);
    hall.wait(5_000);
    hall.present("# Two", -1, false);
    hall.wait(3_000);
    hall.present("# Under", -1, false);
    hall.wait(2_000);
    // A slide that is inserted takes no time from anybody, one that goes leaves it to its neighbour.
    hall.edit(WILL, &[("# One", "# Zero\n\n---\n\n# One")]);
    hall.edit(WILL, &[("# Two\n\nsecond words of it\n\n----\n\n", "# Two\n\n----\n\n")]);
    hall.disconnect(PAULA);
    hall.wait_seconds(20);
    hall.connect(PAULA);
    hall.present("# Three", -1, false);
    let (spent, current) = hall.times();
    assert_eq!((spent[0], spent[1], current), (0, 5_000, Some(3)));
    // The driver was away for 20 s, of which the first 10 count.
    assert!((15_000..=15_300).contains(&spent[2]), "{spent:?}");
    assert_eq!(hall.replica(PAULA).times().unwrap().current, Some(3));
    // Within a section it is told once a second at most.
    let told =
        |hall: &Hall| hall.told.iter().filter(|event| matches!(event, Event::Times { .. })).count();
    hall.present("# Two", -1, false);
    let before = told(&hall);
    for _ in 0..5 {
        hall.present("# Under", -1, false);
        hall.present("# Two", -1, false);
        hall.wait(150);
    }
    hall.wait(1_000);
    assert!((1..=2).contains(&(told(&hall) - before)), "{}", told(&hall) - before);
}

#[test]
fn a_sign_of_life_goes_out_every_twenty_seconds() {
    let mut hall = hall();
    let before = hall.screen(1).heard.len();
    hall.wait(61_000);
    assert_eq!(hall.screen(1).heard[before..], ["ping", "ping", "ping"]);
}

#[test]
fn a_mirror_that_is_spoilt_asks_for_everything_once_more() {
    let mut hall = hall();
    let mut out = Vec::new();
    hall.projector.hear(hall.now, &Frame::Update(&[9, 9, 9]).encode(), &mut out);
    assert!(matches!(&out[..], [Output::Send(_)]), "{out:?}");
    hall.edit(WILL, &[("first words", "first and more")]);
    assert!(hall.screen(1).slides.len() == 5);
}

/// One of many talks in which everybody does whatever they like.
fn talk_by_chance(seed: u64) {
    let mut rng = collab::testing::Rng::new(seed);
    let mut hall = hall();
    for step in 0..60 {
        let (who, text) = (rng.below(2), hall.replica(WILL).text());
        let length = text.len();
        let (at, size) = (rng.below(length + 1), rng.below(40));
        let delete = size.min(length - at);
        match rng.below(12) {
            0..=3 => {
                let inserts = [
                    "\n\n---\n\n",
                    "\n\n----\n\n",
                    "word ",
                    "# Head\n\n",
                    "\nNote: n\n",
                    "<!-- c -->",
                    "```\n",
                ];
                let insert = TextEdit::insert(at as u32, inserts[rng.below(inserts.len())]);
                hall.acts(who, |replica, now, out| replica.edit(now, &[insert], out));
            }
            4 | 5 => {
                let edit = TextEdit::delete(at as u32, delete as u32);
                hall.acts(who, |replica, now, out| replica.edit(now, &[edit], out));
            }
            6 => {
                let moved = text[at..at + delete].to_owned();
                let to = rng.below(length - delete + 1) as u32;
                let edits =
                    [TextEdit::delete(at as u32, delete as u32), TextEdit::insert(to, &moved)];
                hall.acts(who, |replica, now, out| replica.edit(now, &edits, out));
            }
            7 | 8 => {
                let (offset, fragment) = (at as u32, rng.below(3) as i32 - 1);
                hall.acts(PAULA, |replica, _, out| {
                    replica.present(offset, fragment, false, None, out)
                });
            }
            9 => {
                let on = rng.one_in(2);
                hall.acts(PAULA, |replica, _, out| replica.hold(on, out));
            }
            10 if rng.one_in(8) => hall.acts(PAULA, |replica, _, out| replica.stop_presenting(out)),
            10 => {
                let have = hall.leave(1);
                hall.wait(rng.below(200) as u64);
                let revision = have.revision.clone();
                hall.screens.insert(ViewerId(1), have);
                hall.view(1, LinkRole::Follow, Some(&revision));
            }
            _ => hall.wait_seconds(rng.below(12) as u64),
        }
        hall.run();
        if rng.one_in(2) {
            hall.wait(rng.below(60) as u64);
        } else {
            hall.wait(1_000);
            everything_fits(&mut hall, &format!("seed {seed}, step {step}"));
        }
    }
}

/// What must hold when nothing is on its way.
#[track_caller]
fn everything_fits(hall: &mut Hall, when: &str) {
    let viewer = 100 + hall.screens.len() as u64;
    hall.view(viewer, LinkRole::Follow, None);
    let late = hall.leave(viewer);
    let screen = hall.screen(1);
    assert_eq!((&screen.slides, &screen.state), (&late.slides, &late.state), "{when}");
    assert!((screen.state["slide"].as_u64().unwrap() as usize) < screen.slides.len(), "{when}");
    let replica = hall.replica(WILL);
    let live = deck::LiveDeck::new(&replica.text());
    let Some(presentation) = replica.presentation() else { return };
    let offset = replica.offset(&presentation.shown.slide).unwrap();
    if presentation.held {
        return;
    }
    let slides: Vec<_> = live.html().iter().map(crate::projector::clean::clean).collect();
    assert_eq!(screen.slides, slides, "{when}");
    assert_eq!(screen.state["slide"], live.slide_at(offset), "{when}: {:?}", replica.text());
}

#[test]
fn whatever_people_do_all_screens_show_the_deck_where_the_presenter_is() {
    for seed in 0..40 {
        talk_by_chance(seed);
    }
}

#[test]
fn who_comes_later_and_may_present_hears_the_times_as_they_are_now() {
    let mut hall = hall();
    hall.present("# Two", -1, false);
    hall.wait_seconds(95);
    let times = |hall: &Hall| {
        let times = hall.told.iter().filter_map(|event| match event {
            Event::Times { elapsed, .. } => Some(*elapsed),
            _ => None,
        });
        times.collect::<Vec<_>>()
    };
    let before = times(&hall);
    assert!(before.last().is_none_or(|elapsed| *elapsed < 95_000), "{before:?}");
    hall.projector.attended(hall.now);
    hall.wait(1_000);
    let after = times(&hall);
    let told = (after.len(), after.last());
    assert_eq!(told, (before.len() + 1, Some(&95_500)), "{before:?} {after:?}");
}
