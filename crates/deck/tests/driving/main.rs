//! An hour of driving and editing, in simulated time: whatever people do to a deck, the slide that is
//! presented is the one that the rules say.
#![forbid(unsafe_code)]

mod model;
mod talk;

use talk::Talk;

/// Decks that are presented; each from a seed of its own, which a failure names.
const TALKS: u64 = 4;
/// How long all of them take together, in milliseconds of simulated time.
const HOUR: u64 = 60 * 60 * 1_000;

#[test]
fn an_hour_of_driving_and_editing_never_shows_a_wrong_slide() {
    let (mut edits, mut ambiguous) = (0, 0);
    for seed in 0..TALKS {
        let mut talk = Talk::new(seed);
        while talk.now() < HOUR / TALKS {
            talk.act();
        }
        edits += talk.edits().0;
        ambiguous += talk.edits().1;
    }
    println!("{edits} edits, {ambiguous} times a choice, seeds 0 to {}", TALKS - 1);
    assert!(edits > 15_000, "people write all the time: {edits} edits");
    assert!(ambiguous * 2_000 < edits, "the rules hardly ever leave a choice: {ambiguous}");
}
