//! Revisions, identities and what is held back.

use deck::LiveDeck;

use super::*;
use crate::projector::messages::Phase;

fn slide(text: &str, notes: &str) -> SlideHtml {
    let html = format!("<p data-line=\"0\">{text}</p><!-- {notes} -->").into();
    SlideHtml { column: true, attributes: Vec::new(), html, notes: notes.into() }
}

fn insert(index: u32, text: &str) -> SlidePatch {
    SlidePatch::Insert { index, slide: slide(text, "n") }
}

fn replace(index: u32, text: &str, notes: &str) -> SlidePatch {
    SlidePatch::Replace { index, slide: slide(text, notes) }
}

fn outline() -> Outline {
    Outline::of(&LiveDeck::new(""))
}

fn audience(names: &str) -> Audience {
    let mut audience = Audience::new("x".into(), outline());
    let patches = names.chars().enumerate().map(|(at, c)| insert(at as u32, &c.to_string()));
    audience.absorb(patches.collect(), outline());
    audience
}

fn change(audience: &mut Audience, patches: Vec<SlidePatch>) -> Option<Change> {
    audience.absorb(patches, outline()).1
}

fn names(slides: &[Slide]) -> String {
    slides.iter().map(|slide| slide.html.html.replace("<p>", "").replace("</p>", "")).collect()
}

fn ids(audience: &Audience) -> Vec<u64> {
    audience.slides.iter().map(|slide| slide.id.0).collect()
}

const STATE: State = State { phase: Phase::Live, slide: 0, fragment: -1, blackout: false };

#[test]
fn an_edit_of_notes_alone_is_none_of_the_audiences_business() {
    let mut audience = audience("abc");
    assert!(change(&mut audience, vec![replace(1, "b", "other notes")]).is_none());
    assert_eq!(&*audience.slides[1].notes, "other notes");
    assert_eq!(audience.number, 1);
    let told = change(&mut audience, vec![replace(1, "B", "n")]).unwrap();
    let message = audience.patch_message(&told, STATE);
    let json = std::str::from_utf8(&message).unwrap();
    assert!(json.contains("<p>B</p>") && !json.contains("data-line") && !json.contains("--"));
}

#[test]
fn a_slide_that_moves_in_one_change_stays_the_same_slide() {
    let mut audience = audience("abcd");
    change(&mut audience, vec![SlidePatch::Remove { index: 0 }, insert(2, "a")]);
    assert_eq!((names(&audience.slides), ids(&audience)), ("bcad".into(), vec![2, 3, 1, 4]));
    // Also when it comes before it goes.
    change(&mut audience, vec![insert(0, "d"), SlidePatch::Remove { index: 4 }]);
    assert_eq!((names(&audience.slides), ids(&audience)), ("dbca".into(), vec![4, 2, 3, 1]));
    let moved = audience.absorb(vec![SlidePatch::Remove { index: 2 }], outline()).0;
    assert_eq!(moved.gone, [(SlideId(3), SlideId(2))]);
}

#[test]
fn what_is_held_stays_as_it_was_and_is_made_up_for_in_one_patch() {
    let mut audience = audience("abcd");
    audience.hold(2);
    assert!(change(&mut audience, vec![replace(0, "A", "n"), insert(1, "x")]).is_none());
    assert!(change(&mut audience, vec![SlidePatch::Remove { index: 3 }, insert(4, "c")]).is_none());
    assert_eq!(names(&audience.slides), "Axbdc");
    assert_eq!(audience.place_of(9), 2);
    assert_eq!(
        live_places(&audience.held.as_ref().unwrap().slides, &audience.slides),
        [0, 2, 4, 3]
    );
    assert_eq!(audience.held_edits(), 4);
    // The driver goes to a slide that the audience does not have.
    audience.show_held(1);
    assert_eq!(audience.place_of(1), 0);
    audience.show_held(3);
    assert_eq!(audience.place_of(3), 3);
    let number = audience.number;
    let mut shown: Vec<SlideHtml> =
        "abcd".chars().map(|c| clean(&slide(&c.to_string(), ""))).collect();
    let released = audience.release().unwrap();
    deck::apply(&mut shown, &released.patches);
    let live: Vec<SlideHtml> = audience.slides.iter().map(|slide| slide.html.clone()).collect();
    assert_eq!((shown, audience.number), (live, number + 1));
    assert!(audience.release().is_none());
}

#[test]
fn slides_that_are_rendered_anew_touch_only_what_is_different() {
    for (before, after, changes) in [
        ("abc", "abc", 0),
        ("abc", "aXc", 1),
        ("abc", "ac", 1),
        ("abc", "abXc", 1),
        ("", "ab", 2),
        ("abc", "xyzw", 4),
    ] {
        let mut audience = audience(before);
        let inserted =
            after.chars().enumerate().map(|(at, c)| insert(at as u32, &c.to_string())).collect();
        let patches = audience.realigned(inserted);
        assert_eq!(patches.len(), changes, "{before} {after}");
        change(&mut audience, patches);
        assert_eq!(names(&audience.slides), after);
    }
}

#[test]
fn any_two_lists_are_led_into_each_other() {
    let all = audience("abcdef").slides;
    let list = |seed: u64| -> Vec<Slide> {
        let mut picked: Vec<Slide> = Vec::new();
        let mut state = seed;
        for slide in &all {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 33) as usize % (picked.len() + 1);
            if state >> 60 != 0 {
                picked.insert(at, slide.clone());
            }
        }
        picked
    };
    for seed in 0..500 {
        let (old, new) = (list(seed), list(seed + 1_000));
        let html = |slides: &[Slide]| -> Vec<SlideHtml> {
            slides.iter().map(|slide| slide.html.clone()).collect()
        };
        let mut shown = html(&old);
        deck::apply(&mut shown, &difference(&old, &new));
        assert_eq!(shown, html(&new), "seed {seed}");
    }
}

#[test]
fn whoever_was_away_for_a_moment_gets_what_they_lack() {
    let mut audience = audience("ab");
    for text in ["1", "2", "3"] {
        change(&mut audience, vec![replace(0, text, "n")]);
    }
    let greeting = |audience: &mut Audience, have| {
        let json = audience.greeting(have, STATE);
        serde_json::from_slice::<serde_json::Value>(&json).unwrap()
    };
    let all = greeting(&mut audience, None);
    assert_eq!((&all["type"], &all["revision"]), (&"deck".into(), &"x-4".into()));
    let some = greeting(&mut audience, Some("x-2"));
    assert_eq!((&some["from"], &some["revision"]), (&"x-2".into(), &"x-4".into()));
    assert_eq!(some["patches"].as_array().unwrap().len(), 2);
    assert_eq!(greeting(&mut audience, Some("x-4"))["type"], "state");
    for have in ["y-4", "x-5", "x-", "x", "", "x-99999999999999999999"] {
        assert_eq!(greeting(&mut audience, Some(have))["type"], "deck", "{have}");
    }
    for _ in 0..KEPT_CHANGES {
        change(&mut audience, vec![replace(0, "z", "n"), replace(1, "y", "n")]);
        change(&mut audience, vec![replace(0, "y", "n")]);
    }
    assert_eq!(greeting(&mut audience, Some("x-2"))["type"], "deck");
}
