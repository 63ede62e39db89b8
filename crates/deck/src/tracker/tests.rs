//! Each rule about the slide that is presented, by name.

use super::*;
use crate::edit::units;

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

#[test]
fn inserting_deleting_and_reordering_elsewhere_leave_the_slide() {
    let mut talk = Talk::on(CALL, "Cherry");
    assert_eq!(talk.replace(&[("# Apple", "# New\n\n---\n\n# Apple")]), Fate::Same);
    talk.shows(3, "Cherry");
    assert_eq!(talk.replace(&[("# New\n\n---\n\n", "")]), Fate::Same);
    talk.shows(2, "Cherry");
    let fate = talk.replace(&[("# Elder", "#"), ("# Apple", "# Elder"), ("- date", "date")]);
    assert_eq!(fate, Fate::Same);
    talk.shows(2, "Cherry");
    assert_eq!(
        talk.replace(&[(BERRY, ""), ("# Date", &format!("{BERRY}\n----\n\n# Date"))]),
        Fate::Same
    );
    talk.shows(2, "Cherry");
}

#[test]
fn an_edit_within_leaves_the_slide() {
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[("# Berry", "# Strawberry")]), Fate::Same);
    talk.shows(1, "Strawberry");
    assert_eq!(talk.replace(&[("- berry one\n- berry two\n", "")]), Fate::Same);
    talk.shows(1, "Strawberry");
}

#[test]
fn of_a_slide_that_is_split_the_upper_half_is_shown() {
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[("- berry two", "\n---\n\n# Half\n- berry two")]), Fate::Same);
    talk.shows(1, "Berry");
    assert!(talk.types("\n---\n\n", "- berry one").iter().all(|fate| *fate == Fate::Same));
    talk.shows(1, "Berry");
}

#[test]
fn a_slide_that_is_joined_to_another_is_shown_as_one() {
    let mut talk = Talk::on(CALL, "Cherry");
    assert_eq!(talk.replace(&[("\n----\n\n# Cherry", "# Cherry")]), Fate::Same);
    talk.shows(1, "Berry");
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[("\n----\n\n# Cherry", "# Cherry")]), Fate::Same);
    talk.shows(1, "Berry");
}

#[test]
fn a_slide_that_was_joined_goes_on_when_its_separator_is_back() {
    let mut talk = Talk::on(CALL, "Cherry");
    assert_eq!(talk.replace(&[("three\n\n----\n\n#", "three\n\n#")]), Fate::Same);
    talk.shows(1, "Berry");
    talk.wait(60_000);
    assert_eq!(talk.replace(&[("- apple", "* apple"), ("- cherry", "* cherry")]), Fate::Same);
    assert!(talk.types("---\n\n", "# Cherry").iter().all(|fate| *fate == Fate::Same));
    talk.shows(2, "Cherry");
}

#[test]
fn a_code_block_that_is_being_written_above_gives_the_slide_back_when_it_is_closed() {
    let mut talk = Talk::on(CALL, "Date");
    assert!(talk.types("\n```\n", "- apple two").iter().all(|fate| *fate == Fate::Same));
    talk.shows(0, "Apple");
    talk.wait(60_000);
    assert!(talk.types("code\n```\n", "- apple two").iter().all(|fate| *fate == Fate::Same));
    talk.shows(3, "Date");
}

#[test]
fn who_joins_while_a_separator_is_missing_sees_the_slide_when_it_is_back() {
    let joined = CALL.replacen("----", "---x", 1);
    let mut talk = Talk::on(&joined, "Apple");
    talk.tracker.show_at(&talk.deck, at(&joined, "# Cherry"));
    talk.shows(1, "Berry");
    talk.replace(&[("---x", "---")]);
    talk.shows(2, "Cherry");
    talk.tracker.show_at(&talk.deck, at(CALL, "# Berry"));
    talk.replace(&[("- berry one", "\n---\n\n- berry one")]);
    talk.shows(1, "Berry");
}

#[test]
fn a_heading_made_by_the_separator_below_does_not_make_its_slide_ours() {
    // Typed right above a separator, a line becomes a heading, and the separator none.
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.change("three\n\n----", "three\n----"), Fate::Same);
    talk.shows(1, "Berry");
    assert_eq!(
        talk.replace(&[("# Berry\n\n- berry one\n- berry two\n- berry three", "")]),
        Fate::Same
    );
    talk.shows(1, "");
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[(BERRY, "")]), Fate::Same);
    assert_eq!(talk.types("x", "\n----"), [Fate::Same]);
    talk.shows(1, "x");
    assert_eq!(talk.change("x\n", "\n"), Fate::Same);
    talk.shows(1, "");
}

#[test]
fn a_slide_that_is_emptied_while_its_separator_is_missing_goes_on_when_that_is_back() {
    let mut talk = Talk::on(CALL, "Cherry");
    assert_eq!(talk.change("three\n\n----", "three\n----"), Fate::Same);
    talk.shows(1, "Berry");
    assert_eq!(talk.replace(&[("# Cherry\n\n- cherry one", "")]), Fate::Same);
    talk.shows(1, "Berry");
    assert_eq!(talk.change("three\n", "three\n\n"), Fate::Same);
    talk.shows(2, "");
}

#[test]
fn a_separator_that_becomes_another_one_leaves_the_slide() {
    let mut talk = Talk::on(CALL, "Cherry");
    for (from, to) in
        [("----", "---"), ("# Cherry", "# Cherry "), ("\n---\n\n# Cherry", "\n----\n\n# Cherry")]
    {
        assert_eq!(talk.replace(&[(from, to)]), Fate::Same);
        talk.shows(2, "Cherry");
    }
}

#[test]
fn a_slide_that_is_emptied_and_typed_anew_is_the_same() {
    for (title, rest) in [("Apple", "\n\n- apple one\n- apple two"), ("Cherry", "\n\n- cherry one")]
    {
        let mut talk = Talk::on(CALL, title);
        let number = talk.tracker.slide();
        assert_eq!(talk.replace(&[(&format!("# {title}{rest}"), "")]), Fate::Same);
        talk.shows(number, "");
        talk.wait(60_000);
        let below =
            talk.deck.text().find("\n\n\n---").map(|at| talk.deck.text()[at + 2..].to_owned());
        let below = below.expect("the slide is empty");
        assert!(talk.types("# Anew", &below).iter().all(|fate| *fate == Fate::Same));
        talk.shows(number, "Anew");
    }
}

#[test]
fn a_slide_that_is_selected_and_typed_over_is_the_same() {
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[(BERRY, "x")]), Fate::Same);
    talk.shows(1, "x");
}

#[test]
fn a_slide_that_is_emptied_can_still_be_pasted_elsewhere() {
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[(BERRY, "x\n")]), Fate::Same);
    talk.wait(REBIND_WITHIN);
    assert_eq!(talk.replace(&[("# Elder", &format!("{BERRY}\n---\n\n# Elder"))]), Fate::Rebound);
    talk.shows(4, "Berry");
}

#[test]
fn the_last_slide_that_is_emptied_and_typed_anew_is_the_same() {
    let mut talk = Talk::on(CALL, "Elder");
    assert_eq!(talk.replace(&[("# Elder\n\n- elder one\n- elder two\n", "")]), Fate::Removed);
    talk.shows(3, "Date");
    let end = talk.deck.text().encode_utf16().count() as u32;
    let edit = TextEdit { at: end, delete: 0, insert: "# Anew".to_owned() };
    assert_eq!(talk.tracker.edit(&mut talk.deck, &[edit], talk.now), Fate::Rebound);
    talk.shows(4, "Anew");
}

#[test]
fn what_is_typed_behind_the_last_slide_much_later_is_another_one() {
    let mut talk = Talk::on(CALL, "Elder");
    assert_eq!(talk.replace(&[("# Elder\n\n- elder one\n- elder two\n", "")]), Fate::Removed);
    talk.wait(REBIND_WITHIN + 1);
    let end = talk.deck.text().encode_utf16().count() as u32;
    let edit = TextEdit { at: end, delete: 0, insert: "# Anew".to_owned() };
    assert_eq!(talk.tracker.edit(&mut talk.deck, &[edit], talk.now), Fate::Same);
    talk.shows(3, "Date");
}

#[test]
fn a_slide_that_is_moved_in_one_transaction_is_followed() {
    let mut talk = Talk::on(CALL, "Berry");
    let below = format!("# Elder\n\n- elder one\n- elder two\n\n---\n\n{BERRY}");
    let elder = "# Elder\n\n- elder one\n- elder two\n";
    assert_eq!(
        talk.replace(&[(&format!("{BERRY}\n----\n\n"), ""), (elder, &below)]),
        Fate::Rebound
    );
    talk.shows(4, "Berry");
}

#[test]
fn a_slide_that_the_outline_moves_is_followed() {
    for (slide, section, place) in
        [(1, 0, 1), (1, 1, 2), (1, 2, 0), (3, 1, 0), (0, 2, 1), (4, 0, 0)]
    {
        for shown in 0..5 {
            let deck = LiveDeck::new(CALL);
            let title = deck.slides().nth(shown as usize).expect("it is there").title.to_string();
            let mut talk = Talk::on(CALL, &title);
            let command = crate::Command::MoveSlide { slide, section, place };
            let Some(change) = talk.deck.perform(&command) else { continue };
            let edits = text_edits(CALL, &change.edits);
            talk.tracker.edit(&mut talk.deck, &edits, 0);
            assert_eq!(talk.title(), title, "{command:?}");
        }
    }
}

/// Edits of lines as edits of characters, the last one first.
fn text_edits(text: &str, edits: &[crate::LineEdit]) -> Vec<TextEdit> {
    let start_of = |line: u32| {
        let lines: Vec<&str> = text.split_inclusive('\n').take(line as usize).collect();
        units(&lines.concat()) as u32
    };
    let edit = |edit: &crate::LineEdit| {
        let (start, end) = (start_of(edit.lines.start), start_of(edit.lines.end));
        let insert = edit.text.iter().map(|line| format!("{line}\n")).collect();
        TextEdit { at: start, delete: end - start, insert }
    };
    edits.iter().rev().map(edit).collect()
}

#[test]
fn for_a_slide_that_is_removed_the_next_one_of_its_section_comes_then_the_one_before_then_any() {
    let cherry = "----\n\n# Cherry\n\n- cherry one\n\n";
    let date = "----\n\n# Date\n\n- date one\n- date two\n\n";
    let elder = "\n---\n\n# Elder\n\n- elder one\n- elder two\n";
    let apple = "# Apple\n\n- apple one\n- apple two\n\n---\n\n";
    for (shown, gone, number, title) in [
        ("Cherry", cherry, 2, "Date"),
        ("Date", date, 2, "Cherry"),
        ("Elder", elder, 3, "Date"),
        ("Apple", apple, 0, "Berry"),
    ] {
        let mut talk = Talk::on(CALL, shown);
        assert_eq!(talk.replace(&[(gone, "")]), Fate::Removed);
        talk.shows(number, title);
    }
    let mut talk = Talk::on(CALL, "Berry");
    let head = format!("\n---\n\n{BERRY}");
    assert_eq!(talk.replace(&[(&head, "")]), Fate::Removed);
    talk.shows(1, "Cherry");
    let mut talk = Talk::on(CALL, "Cherry");
    assert_eq!(talk.replace(&[(cherry, ""), (date, "")]), Fate::Removed);
    talk.shows(1, "Berry");
}

#[test]
fn a_slide_that_is_cut_and_pasted_within_ten_seconds_is_bound_again() {
    for (wait, title) in [(0, "Cherry"), (REBIND_WITHIN, "Cherry"), (REBIND_WITHIN + 1, "Date")] {
        let mut talk = Talk::on(CALL, "Cherry");
        let cherry = "# Cherry\n\n- cherry one\n\n----\n\n";
        assert_eq!(talk.replace(&[(cherry, "")]), Fate::Removed);
        talk.shows(2, "Date");
        talk.wait(wait);
        let fate = talk.replace(&[("# Apple", "# Cherry\n\n- cherry one\n\n---\n\n# Apple")]);
        assert_eq!(fate, if title == "Cherry" { Fate::Rebound } else { Fate::Same });
        assert_eq!(talk.title(), title);
    }
}

#[test]
fn a_deletion_that_is_undone_is_bound_again() {
    let mut talk = Talk::on(CALL, "Cherry");
    let cherry = "\n----\n\n# Cherry\n\n- cherry one\n";
    assert_eq!(talk.replace(&[(cherry, "")]), Fate::Removed);
    assert_eq!(talk.replace(&[("three\n", &format!("three\n{cherry}"))]), Fate::Rebound);
    talk.shows(2, "Cherry");
    assert_eq!(talk.deck.text(), CALL);
}

#[test]
fn slides_that_are_deleted_one_after_the_other_and_brought_back_end_at_the_first_one() {
    let mut talk = Talk::on(CALL, "Cherry");
    let cherry = "# Cherry\n\n- cherry one\n\n----\n\n";
    let date = "\n----\n\n# Date\n\n- date one\n- date two\n";
    assert_eq!(talk.replace(&[(cherry, "")]), Fate::Removed);
    assert_eq!(talk.replace(&[(date, "")]), Fate::Removed);
    talk.shows(1, "Berry");
    assert_eq!(talk.replace(&[("three\n", &format!("three\n{date}"))]), Fate::Rebound);
    talk.shows(2, "Date");
    assert_eq!(talk.replace(&[("# Date", &format!("{cherry}# Date"))]), Fate::Rebound);
    talk.shows(2, "Cherry");
}

#[test]
fn a_slide_that_is_deleted_letter_by_letter_comes_back_as_it_was() {
    let mut talk = Talk::on(CALL, "Berry");
    let start = at(CALL, "# Berry");
    for length in (0..units(BERRY) as u32).rev() {
        let edit = TextEdit { at: start + length, delete: 1, insert: String::new() };
        assert_eq!(talk.tracker.edit(&mut talk.deck, &[edit], talk.now), Fate::Same);
        talk.wait(30);
    }
    assert_eq!(talk.replace(&[("---\n\n\n---", "---")]), Fate::Removed);
    talk.shows(1, "Cherry");
    assert_eq!(talk.replace(&[("# Elder", &format!("{BERRY}\n---\n\n# Elder"))]), Fate::Rebound);
    assert_eq!(talk.title(), "Berry");
}

#[test]
fn what_is_not_much_like_it_is_another_slide() {
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[(&format!("{BERRY}\n----\n\n"), "")]), Fate::Removed);
    let other = "# Berry\n\n- berry nine\n- berry ten\n";
    assert_eq!(talk.replace(&[("# Elder", &format!("{other}\n---\n\n# Elder"))]), Fate::Same);
    talk.shows(1, "Cherry");
    let alike = "# Berry\n\n- berry one, berry two\n- berry eleven";
    assert_eq!(talk.replace(&[("# Elder", &format!("{alike}\n\n---\n\n# Elder"))]), Fate::Rebound);
    talk.shows(4, "Berry");
}

#[test]
fn what_was_cut_is_forgotten_when_the_driver_goes_on() {
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[(&format!("{BERRY}\n----\n\n"), "")]), Fate::Removed);
    talk.tracker.show(2);
    assert_eq!(talk.replace(&[("# Apple", &format!("{BERRY}\n---\n\n# Apple"))]), Fate::Same);
    talk.shows(3, "Date");
}

#[test]
fn a_slide_that_was_copied_and_then_cut_is_its_copy() {
    let cut = format!("{BERRY}\n----\n\n");
    for (wait, title) in [(REBIND_WITHIN, "Berry"), (REBIND_WITHIN + 1, "Cherry")] {
        let mut talk = Talk::on(CALL, "Berry");
        assert_eq!(talk.replace(&[("# Elder", &format!("{BERRY}\n---\n\n# Elder"))]), Fate::Same);
        talk.shows(1, "Berry");
        talk.wait(wait);
        talk.replace(&[("title: Call", "title: The Call")]);
        talk.replace(&[(&cut, "")]);
        assert_eq!(talk.title(), title);
    }
}

#[test]
fn a_slide_that_said_the_same_all_along_is_not_the_one_that_was_cut() {
    let text = CALL.replace("# Elder\n", &format!("{BERRY}\n---\n\n# Elder\n"));
    let mut talk = Talk::on(&text, "Berry");
    assert_eq!(talk.replace(&[(&format!("{BERRY}\n----\n\n"), "")]), Fate::Removed);
    talk.shows(1, "Cherry");
    assert!(talk.types("er", " three").iter().all(|fate| *fate == Fate::Same));
    talk.shows(1, "Cherry");
}

#[test]
fn what_somebody_types_into_a_slide_that_is_cut_is_the_slide_until_it_is_pasted() {
    let mut talk = Talk::on(CALL, "Berry");
    talk.replace(&[("one\n- berry two", "one\n- aha\n- berry two")]);
    let changes =
        [("# Berry\n\n- berry one\n", ""), ("- berry two\n- berry three\n\n----\n\n", "")];
    assert_eq!(talk.replace(&changes), Fate::Same);
    talk.shows(1, "Cherry");
    assert!(talk.deck.text().contains("---\n\n- aha\n# Cherry"));
    assert_eq!(talk.replace(&[("# Elder", &format!("{BERRY}\n---\n\n# Elder"))]), Fate::Rebound);
    talk.shows(3, "Berry");
}

#[test]
fn a_piece_of_a_word_that_is_left_on_another_slide_is_not_the_slide() {
    // As a comparison of texts says it: the next heading begins with the same letters.
    let text = CALL.replace("# Elder", "# Data");
    let mut talk = Talk::on(&text, "Date");
    assert_eq!(talk.replace(&[("te\n\n- date one\n- date two\n\n---\n\n# Da", "")]), Fate::Removed);
    talk.shows(2, "Cherry");
}

#[test]
fn in_a_deck_that_is_pasted_over_the_slide_that_is_alike_is_shown() {
    let mut talk = Talk::on(CALL, "Cherry");
    let other =
        CALL.replace("# Apple", "# Intro\n\n---\n\n# Apple").replace("- cherry", "* cherry");
    assert_eq!(talk.replace(&[(CALL, &other)]), Fate::Rebound);
    talk.shows(3, "Cherry");
    assert_eq!(
        talk.replace(&[(&other, "# Else\n\n---\n\n# Other\n\n---\n\n# More")]),
        Fate::Removed
    );
    talk.shows(2, "More");
    assert_eq!(talk.replace(&[("# Else\n\n---\n\n# Other\n\n---\n\n# More", "")]), Fate::Removed);
    talk.shows(0, "");
    let end = TextEdit { at: 0, delete: 0, insert: CALL.to_owned() };
    assert_eq!(talk.tracker.edit(&mut talk.deck, &[end], talk.now), Fate::Rebound);
    talk.shows(2, "Cherry");
}

#[test]
fn a_deck_of_one_slide_always_shows_it() {
    let mut talk = Talk::on("# Only", "Only");
    assert_eq!(talk.replace(&[("# Only", "")]), Fate::Same);
    assert_eq!(talk.types("---\ntitle: x\n---\n\n# New\n\n", "").pop(), Some(Fate::Same));
    talk.shows(0, "New");
    assert!(talk.types("# Intro\n\n---\n\n", "# New").iter().all(|fate| *fate == Fate::Same));
    talk.shows(0, "Intro");
    assert_eq!(talk.replace(&[("# Intro", "# Start\n\n---\n\n# Intro")]), Fate::Rebound);
    talk.shows(1, "Intro");
}

#[test]
fn the_first_slide_stays_below_front_matter_that_comes_and_goes() {
    let mut talk = Talk::on(CALL, "Apple");
    for (from, to) in [
        ("---\ntitle: Call\n---\n", ""),
        ("# Apple", "---\n\n# Apple"),
        ("---\n", "---\ntitle: x\n---\n"),
        ("title: x\n---\n", ""),
    ] {
        assert_eq!(talk.replace(&[(from, to)]), Fate::Same);
        assert_eq!(talk.title(), "Apple");
    }
}

#[test]
fn a_slide_with_one_word_or_one_picture_is_followed() {
    for slide in ["Hi", "![](/a/picture.png)", "🎉"] {
        let text = format!("# One\n\n---\n\n{slide}\n\n---\n\n# Three\n");
        let deck = LiveDeck::new(&text);
        let mut talk = Talk { deck, tracker: Tracker::new(1), now: 0 };
        assert_eq!(talk.replace(&[(&format!("{slide}\n\n---\n\n"), "")]), Fate::Removed);
        talk.shows(1, "Three");
        let pasted = format!("# Three\n\n---\n\n{slide}\n");
        assert_eq!(talk.replace(&[("# Three", &pasted)]), Fate::Rebound);
        assert_eq!(talk.tracker.slide(), 2);
    }
}

#[test]
fn a_heading_that_joins_another_section_moves_nothing() {
    let mut talk = Talk::on(CALL, "Elder");
    assert_eq!(talk.replace(&[("# Elder", "# Berry")]), Fate::Same);
    talk.shows(4, "Berry");
    assert_eq!(talk.deck.sections().len(), 2);
}
