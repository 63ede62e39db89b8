//! Edits that leave nothing of the slide: what is presented then, and what brings it back.

use super::*;

#[test]
fn t11_for_a_slide_that_is_removed_the_next_one_of_its_section_comes_then_the_one_before_then_any()
{
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
fn t12_a_slide_that_is_cut_and_pasted_within_ten_seconds_is_bound_again() {
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
fn t12_a_deletion_that_is_undone_is_bound_again() {
    let mut talk = Talk::on(CALL, "Cherry");
    let cherry = "\n----\n\n# Cherry\n\n- cherry one\n";
    assert_eq!(talk.replace(&[(cherry, "")]), Fate::Removed);
    assert_eq!(talk.replace(&[("three\n", &format!("three\n{cherry}"))]), Fate::Rebound);
    talk.shows(2, "Cherry");
    assert_eq!(talk.deck.text(), CALL);
}

#[test]
fn t12_a_slide_with_one_word_or_one_picture_is_followed() {
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
fn t13_what_is_not_much_like_it_is_another_slide() {
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
fn t14_a_slide_that_is_emptied_can_still_be_pasted_elsewhere() {
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[(BERRY, "x\n")]), Fate::Same);
    talk.wait(REBIND_WITHIN);
    assert_eq!(talk.replace(&[("# Elder", &format!("{BERRY}\n---\n\n# Elder"))]), Fate::Rebound);
    talk.shows(4, "Berry");
}

#[test]
fn t14_what_somebody_types_into_a_slide_that_is_cut_is_the_slide_until_it_is_pasted() {
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
fn t15_a_piece_of_a_word_that_is_left_on_another_slide_is_not_the_slide() {
    // As a comparison of texts says it: the next heading begins with the same letters.
    let text = CALL.replace("# Elder", "# Data");
    let mut talk = Talk::on(&text, "Date");
    assert_eq!(talk.replace(&[("te\n\n- date one\n- date two\n\n---\n\n# Da", "")]), Fate::Removed);
    talk.shows(2, "Cherry");
}

#[test]
fn t16_a_slide_that_is_deleted_letter_by_letter_comes_back_as_it_was() {
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
fn t17_slides_that_are_deleted_one_after_the_other_and_brought_back_end_at_the_first_one() {
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
fn t18_a_slide_that_was_copied_and_then_cut_is_its_copy() {
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
fn t19_a_slide_that_said_the_same_all_along_is_not_the_one_that_was_cut() {
    let text = CALL.replace("# Elder\n", &format!("{BERRY}\n---\n\n# Elder\n"));
    let mut talk = Talk::on(&text, "Berry");
    assert_eq!(talk.replace(&[(&format!("{BERRY}\n----\n\n"), "")]), Fate::Removed);
    talk.shows(1, "Cherry");
    assert!(talk.types("er", " three").iter().all(|fate| *fate == Fate::Same));
    talk.shows(1, "Cherry");
}

#[test]
fn t20_in_a_deck_that_is_pasted_over_the_slide_that_is_alike_is_shown() {
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
fn t21_the_last_slide_that_is_emptied_and_typed_anew_is_the_same() {
    let mut talk = Talk::on(CALL, "Elder");
    assert_eq!(talk.replace(&[("# Elder\n\n- elder one\n- elder two\n", "")]), Fate::Removed);
    talk.shows(3, "Date");
    let end = talk.deck.text().encode_utf16().count() as u32;
    let edit = TextEdit { at: end, delete: 0, insert: "# Anew".to_owned() };
    assert_eq!(talk.tracker.edit(&mut talk.deck, &[edit], talk.now), Fate::Rebound);
    talk.shows(4, "Anew");
}

#[test]
fn t21_what_is_typed_behind_the_last_slide_much_later_is_another_one() {
    let mut talk = Talk::on(CALL, "Elder");
    assert_eq!(talk.replace(&[("# Elder\n\n- elder one\n- elder two\n", "")]), Fate::Removed);
    talk.wait(REBIND_WITHIN + 1);
    let end = talk.deck.text().encode_utf16().count() as u32;
    let edit = TextEdit { at: end, delete: 0, insert: "# Anew".to_owned() };
    assert_eq!(talk.tracker.edit(&mut talk.deck, &[edit], talk.now), Fate::Same);
    talk.shows(3, "Date");
}

#[test]
fn t22_what_was_cut_is_forgotten_when_the_driver_goes_on() {
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[(&format!("{BERRY}\n----\n\n"), "")]), Fate::Removed);
    talk.tracker.show(2);
    assert_eq!(talk.replace(&[("# Apple", &format!("{BERRY}\n---\n\n# Apple"))]), Fate::Same);
    talk.shows(3, "Date");
}

#[test]
fn t13_of_five_words_four_make_it_the_same_slide_and_fewer_do_not() {
    let words = "one two three four five";
    let text = format!("# Before\n\n---\n\n{words}\n\n---\n\n# Behind\n");
    for (pasted, is_same) in [
        ("four three two one six", true),
        ("**One** one _two_ three, four: five!", true),
        ("one two three six seven", false),
        ("one two three four five six seven", false),
        ("one two three four", true),
        ("one two three", false),
    ] {
        let mut talk = Talk::on(&text, words);
        assert_eq!(talk.replace(&[(&format!("{words}\n\n---\n\n"), "")]), Fate::Removed);
        let fate = talk.replace(&[("# Before", &format!("{pasted}\n\n---\n\n# Before"))]);
        assert_eq!(fate, if is_same { Fate::Rebound } else { Fate::Same }, "{pasted}");
        assert_eq!(talk.tracker.slide(), if is_same { 0 } else { 2 }, "{pasted}");
    }
}

#[test]
fn t14_less_than_a_fifth_of_the_words_in_their_place_do_not_keep_what_was_cut_from_coming_back() {
    // A fifth of them is still the slide; of ten words, two stay and one does.
    let words = "a b c d e f g h i j";
    let text = format!("# Before\n\n---\n\n{words}\n\n---\n\n# Behind\n");
    for (cut, slide) in [("c d e f g h i j", 2), ("b c d e f g h i j", 0)] {
        let mut talk = Talk::on(&text, words);
        assert_eq!(talk.replace(&[(cut, "")]), Fate::Same);
        talk.wait(REBIND_WITHIN);
        let fate = talk.replace(&[("# Before", &format!("{words}\n\n---\n\n# Before"))]);
        assert_eq!(fate, if slide == 0 { Fate::Rebound } else { Fate::Same });
        assert_eq!(talk.tracker.slide(), slide, "{cut}");
    }
}

#[test]
fn t17_of_very_many_slides_that_went_the_latest_ones_can_come_back() {
    let text = |number: usize| format!("# alfa{number}\n\nbeta{number} gamma{number}\n\n---\n\n");
    let deck: String = (0..LOST_AT_MOST + 2).map(text).collect();
    let mut talk = Talk::on(&deck, "alfa0");
    for number in 0..=LOST_AT_MOST {
        assert_eq!(talk.replace(&[(&text(number), "")]), Fate::Removed);
    }
    let last = format!("# alfa{}", LOST_AT_MOST + 1);
    assert_eq!(talk.replace(&[(&last, &format!("{}{last}", text(0)))]), Fate::Same);
    talk.shows(1, &last[2..]);
    assert_eq!(talk.replace(&[(&last, &format!("{}{last}", text(1)))]), Fate::Rebound);
    talk.shows(1, "alfa1");
}

#[test]
fn t25_what_became_of_the_slide_is_said_once() {
    let mut talk = Talk::on(CALL, "Berry");
    assert_eq!(talk.replace(&[("apple one", "apple 1")]), Fate::Same);
    assert_eq!(talk.replace(&[(&format!("{BERRY}\n----\n\n"), "")]), Fate::Removed);
    assert_eq!(talk.replace(&[("apple 1", "apple one")]), Fate::Same);
    assert_eq!(talk.replace(&[("# Elder", &format!("{BERRY}\n---\n\n# Elder"))]), Fate::Rebound);
    assert_eq!(talk.replace(&[("apple one", "apple 1")]), Fate::Same);
    talk.shows(3, "Berry");
}
