//! A test for each rule of `SPEC.md` about the slide that is presented, named after it.

mod gone;
mod staying;

use std::collections::BTreeSet;

use super::{survivors::MAX_PLACES, *};
use crate::edit::units;

const SPEC: &str = include_str!("../../SPEC.md");
const TESTS: [&str; 4] = [
    include_str!("tests.rs"),
    include_str!("tests/gone.rs"),
    include_str!("tests/staying.rs"),
    include_str!("properties.rs"),
];
/// What only a screen can do is tried on one.
const ON_SCREENS: &str = include_str!("../../../../frontend/js/test/frame.browser.ts");

/// The ids of all rules.
fn rules() -> BTreeSet<String> {
    let parts = SPEC.split("\n**").skip(1).filter_map(|part| part.split_once("** "));
    parts.map(|(id, _)| id.to_owned()).collect()
}

/// Whether it looks like the id of a rule, and not like another word.
fn is_id(text: &str) -> bool {
    text.len() > 1
        && text.starts_with(['S', 'T'])
        && text[1..].bytes().all(|byte| byte.is_ascii_digit())
}

#[test]
fn every_rule_has_a_test_and_every_test_a_rule() {
    let tests = TESTS.iter().flat_map(|source| source.split("#[test]\nfn ").skip(1));
    // The two tests about this file are the only ones without a rule.
    let tests =
        tests.filter(|test| !test.starts_with("every_rule_has") && !test.starts_with("limits_"));
    let named = tests.filter_map(|test| test.split_once('_')).map(|(id, _)| id.to_uppercase());
    let on_screens = ON_SCREENS.split("\ntest(\"").skip(1).filter_map(|test| test.split_once(": "));
    let on_screens = on_screens.map(|(id, _)| id.to_uppercase()).filter(|id| is_id(id));
    let tested: BTreeSet<String> = named.chain(on_screens).collect();
    let rules = rules();
    assert!(rules.len() > 20, "SPEC.md is not read as it is written");
    assert_eq!(rules, tested, "left: SPEC.md, right: tests");
}

#[test]
fn limits_in_the_rules_are_those_in_the_source() {
    for (name, value) in [
        ("REBIND_WITHIN", REBIND_WITHIN),
        ("REBIND_LIKENESS", REBIND_LIKENESS as u64),
        ("TRIFLE", TRIFLE as u64),
        ("LOST_AT_MOST", LOST_AT_MOST as u64),
        ("MAX_PLACES", MAX_PLACES as u64),
    ] {
        assert!(SPEC.contains(&format!("\n| `{name}` | {value} |")), "{name} is {value}");
    }
}

/// A deck in which each slide is one letter's: heading, bullets and notes of its own.
const CALL: &str = "---\ntitle: Call\n---\n\n# Apple\n\n- apple one\n- apple two\n\n---\n\n\
    # Berry\n\n- berry one\n- berry two\n- berry three\n\n----\n\n# Cherry\n\n- cherry one\n\n----\n\n\
    # Date\n\n- date one\n- date two\n\n---\n\n# Elder\n\n- elder one\n- elder two\n";

/// A deck that is presented, and the time.
struct Talk {
    deck: LiveDeck,
    tracker: Tracker,
    now: u64,
}

impl Talk {
    /// Shows the slide that holds a word.
    fn on(text: &str, word: &str) -> Self {
        let deck = LiveDeck::new(text);
        let slide = deck.slide_at(at(text, word));
        Self { deck, tracker: Tracker::new(slide), now: 1_000 }
    }

    /// Replaces each text by another one, all in one transaction.
    #[track_caller]
    fn replace(&mut self, changes: &[(&str, &str)]) -> Fate {
        let mut text = self.deck.text();
        let mut edits = Vec::new();
        for (from, to) in changes {
            let place = text.find(from).unwrap_or_else(|| panic!("no {from:?} in {text:?}"));
            let at = units(&text[..place]) as u32;
            edits.push(TextEdit { at, delete: units(from) as u32, insert: (*to).to_owned() });
            text.replace_range(place..place + from.len(), to);
        }
        self.tracker.edit(&mut self.deck, &edits, self.now)
    }

    /// Changes a text to another one where they differ, as typing does.
    #[track_caller]
    fn change(&mut self, from: &str, to: &str) -> Fate {
        let head = from.bytes().zip(to.bytes()).take_while(|(a, b)| a == b).count();
        let (old, new) = (&from[head..], &to[head..]);
        let tail = old.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count();
        let edit = TextEdit {
            at: at(&self.deck.text(), from) + units(&from[..head]) as u32,
            delete: units(&old[..old.len() - tail]) as u32,
            insert: new[..new.len() - tail].to_owned(),
        };
        self.tracker.edit(&mut self.deck, &[edit], self.now)
    }

    /// Types a text before another one, a character at a time.
    #[track_caller]
    fn types(&mut self, text: &str, before: &str) -> Vec<Fate> {
        let mut at = at(&self.deck.text(), before);
        let mut fates = Vec::new();
        for character in text.chars() {
            let edit = TextEdit { at, delete: 0, insert: character.to_string() };
            fates.push(self.tracker.edit(&mut self.deck, &[edit], self.now));
            at += character.len_utf16() as u32;
        }
        fates
    }

    fn wait(&mut self, time: u64) {
        self.now += time;
    }

    /// The title of the slide that is shown.
    fn title(&self) -> String {
        let slide = self.deck.slides().nth(self.tracker.slide() as usize);
        slide.expect("the slide is there").title.to_string()
    }

    /// The shown slide's number and title.
    #[track_caller]
    fn shows(&self, number: u32, title: &str) {
        assert_eq!((self.tracker.slide(), self.title().as_str()), (number, title));
    }
}

fn at(text: &str, word: &str) -> u32 {
    let at = text.find(word).unwrap_or_else(|| panic!("no {word:?} in {text:?}"));
    units(&text[..at]) as u32
}

const BERRY: &str = "# Berry\n\n- berry one\n- berry two\n- berry three\n";
