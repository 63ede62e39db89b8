//! Edits that leave something of the slide: it is the one that is presented, wherever it is now.

use super::*;

#[test]
fn t1_inserting_deleting_and_reordering_elsewhere_leave_the_slide() {
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
fn t1_a_heading_that_joins_another_section_moves_nothing() {
    let mut talk = Talk::on(CALL, "Elder");
    assert_eq!(talk.replace(&[("# Elder", "# Berry")]), Fate::Same);
    talk.shows(4, "Berry");
    assert_eq!(talk.deck.sections().len(), 2);
}

#[test]
fn t2_an_edit_within_leaves_the_slide() {
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[("# Berry", "# Strawberry")]), Fate::Same);
    talk.shows(1, "Strawberry");
    assert_eq!(talk.replace(&[("- berry one\n- berry two\n", "")]), Fate::Same);
    talk.shows(1, "Strawberry");
}

#[test]
fn t3_of_a_slide_that_is_split_the_upper_half_is_shown() {
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[("- berry two", "\n---\n\n# Half\n- berry two")]), Fate::Same);
    talk.shows(1, "Berry");
    assert!(talk.types("\n---\n\n", "- berry one").iter().all(|fate| *fate == Fate::Same));
    talk.shows(1, "Berry");
}

#[test]
fn t4_a_slide_that_is_joined_to_another_is_shown_as_one() {
    let mut talk = Talk::on(CALL, "Cherry");
    assert_eq!(talk.replace(&[("\n----\n\n# Cherry", "# Cherry")]), Fate::Same);
    talk.shows(1, "Berry");
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[("\n----\n\n# Cherry", "# Cherry")]), Fate::Same);
    talk.shows(1, "Berry");
}

#[test]
fn t5_a_slide_that_was_joined_goes_on_when_its_separator_is_back() {
    let mut talk = Talk::on(CALL, "Cherry");
    assert_eq!(talk.replace(&[("three\n\n----\n\n#", "three\n\n#")]), Fate::Same);
    talk.shows(1, "Berry");
    talk.wait(60_000);
    assert_eq!(talk.replace(&[("- apple", "* apple"), ("- cherry", "* cherry")]), Fate::Same);
    assert!(talk.types("---\n\n", "# Cherry").iter().all(|fate| *fate == Fate::Same));
    talk.shows(2, "Cherry");
}

#[test]
fn t5_a_code_block_that_is_being_written_above_gives_the_slide_back_when_it_is_closed() {
    let mut talk = Talk::on(CALL, "Date");
    assert!(talk.types("\n```\n", "- apple two").iter().all(|fate| *fate == Fate::Same));
    talk.shows(0, "Apple");
    talk.wait(60_000);
    assert!(talk.types("code\n```\n", "- apple two").iter().all(|fate| *fate == Fate::Same));
    talk.shows(3, "Date");
}

#[test]
fn t5_a_slide_that_is_emptied_while_its_separator_is_missing_goes_on_when_that_is_back() {
    let mut talk = Talk::on(CALL, "Cherry");
    assert_eq!(talk.change("three\n\n----", "three\n----"), Fate::Same);
    talk.shows(1, "Berry");
    assert_eq!(talk.replace(&[("# Cherry\n\n- cherry one", "")]), Fate::Same);
    talk.shows(1, "Berry");
    assert_eq!(talk.change("three\n", "three\n\n"), Fate::Same);
    talk.shows(2, "");
}

#[test]
fn t6_who_joins_while_a_separator_is_missing_sees_the_slide_when_it_is_back() {
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
fn t7_a_heading_made_by_the_separator_below_does_not_make_its_slide_ours() {
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
fn t7_a_separator_that_becomes_another_one_leaves_the_slide() {
    let mut talk = Talk::on(CALL, "Cherry");
    for (from, to) in
        [("----", "---"), ("# Cherry", "# Cherry "), ("\n---\n\n# Cherry", "\n----\n\n# Cherry")]
    {
        assert_eq!(talk.replace(&[(from, to)]), Fate::Same);
        talk.shows(2, "Cherry");
    }
}

#[test]
fn t8_a_slide_that_is_emptied_and_typed_anew_is_the_same() {
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
fn t8_a_slide_that_is_selected_and_typed_over_is_the_same() {
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[(BERRY, "x")]), Fate::Same);
    talk.shows(1, "x");
}

#[test]
fn t9_the_first_slide_stays_below_front_matter_that_comes_and_goes() {
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
fn t9_a_deck_of_one_slide_always_shows_it() {
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
fn t10_a_slide_that_is_moved_in_one_transaction_is_followed() {
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
fn t10_a_slide_that_the_outline_moves_is_followed() {
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
fn t23_a_transaction_with_very_many_edits_moves_nobody_and_hides_nothing() {
    let edit = |at: u32| TextEdit { at, delete: 0, insert: "x".to_owned() };
    let mut talk = Talk::on(CALL, "Berry");
    let start = at(CALL, "- apple one") + 2;
    let edits: Vec<TextEdit> = (0..MAX_PLACES as u32 + 1).map(|step| edit(start + step)).collect();
    assert_eq!(talk.tracker.edit(&mut talk.deck, &edits, talk.now), Fate::Same);
    talk.shows(1, "Berry");
    // Somebody replaces all over the deck and puts the slide back in the same transaction.
    assert_eq!(talk.replace(&[(&format!("{BERRY}\n----\n\n"), "")]), Fate::Removed);
    let pasted = format!("{BERRY}\n---\n\n");
    let back = TextEdit { at: at(&talk.deck.text(), "# Elder"), delete: 0, insert: pasted };
    let edits: Vec<TextEdit> = std::iter::once(back).chain(edits).collect();
    assert_eq!(talk.tracker.edit(&mut talk.deck, &edits, talk.now), Fate::Rebound);
    talk.shows(3, "Berry");
}

#[test]
fn t24_only_differences_of_time_count() {
    for start in [0, 1 << 60] {
        let mut talk = Talk::on(CALL, "Cherry");
        talk.now = start;
        let cherry = "# Cherry\n\n- cherry one\n\n----\n\n";
        assert_eq!(talk.replace(&[(cherry, "")]), Fate::Removed);
        talk.wait(REBIND_WITHIN);
        assert_eq!(talk.replace(&[("# Apple", &format!("{cherry}# Apple"))]), Fate::Rebound);
        talk.shows(0, "Cherry");
    }
}
