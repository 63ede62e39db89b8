//! Long decks that were made to be slow. Whatever goes over such a text again for each of its parts would
//! run for minutes or hours, so it is enough that these tests end.

use crate::{LiveDeck, lint::Code};

/// Long enough, in bytes, that whatever takes the square of it never ends; all that a deck may have takes
/// an unoptimized build seconds.
const LONG: usize = 250_000;

fn filled(above: &str, part: &str, below: &str) -> String {
    let room = LONG - above.len() - below.len();
    format!("{above}{}{below}", part.repeat(room / part.len()))
}

#[track_caller]
fn count(text: &str, code: Code) -> usize {
    let problems = LiveDeck::new(text).problems();
    problems.iter().filter(|problem| problem.code == code).count()
}

#[test]
fn many_sections_of_a_few_titles_are_compared_in_one_pass() {
    let two = "# A\n\n---\n\n# B\n\n---\n\n";
    assert!(count(&filled("", two, ""), Code::SectionRepeated) > 10_000);
    let numbered: String = (0..12_000).map(|it| format!("# {it:06}\n\n---\n\n")).collect();
    assert_eq!(count(&numbered, Code::SectionRepeated), 0);
}

#[test]
fn sections_that_say_the_same_are_compared_a_few_times() {
    let said: String = (0..400).map(|it| format!("- alike {it} other{it} words\n")).collect();
    let own = |word: &str| (0..4_000).map(|it| format!("- {word} {it}\n")).collect::<String>();
    let text =
        format!("# One\n\n{said}\n{}\n---\n\n# Other\n\n{said}\n{}", own("here"), own("there"));
    assert_eq!(count(&text, Code::WrongSlide), 2);
}

#[test]
fn chat_is_looked_for_in_paragraphs_alone() {
    let blank = "\n".repeat(LONG / 2);
    let chat = "can you scroll up?? :)\n\n".repeat(2_000);
    let text = format!("# A\n\n{blank}text\n\n{chat}{blank}");
    assert_eq!(count(&text, Code::StrayText), 2_000);
}

#[test]
fn items_within_each_other_are_not_read_to_the_end_of_the_slide_each() {
    let items: String =
        (0..400).map(|it| format!("{}- a <!-- carried 2024-04-11 -->\n", " ".repeat(it))).collect();
    let text = filled(&format!("# A\n\n{items}"), "\n", "x");
    assert_eq!(count(&text, Code::Carried), 400);
}

#[test]
fn what_is_never_closed_is_not_looked_for_again_and_again() {
    for part in
        ["{{ ", "{{", "`a ``b ```c ", "[a](b", "<a ", "[](", "\"<A_B>\" ", "1.2. ", "1. May 14 "]
    {
        let text = filled("---\ntitle: 2024-04-11\n---\n\n# ", part, "");
        assert_eq!(count(&text, Code::SlideEmpty), 0, "{part}");
    }
}

#[test]
fn images_are_found_on_their_lines_at_once() {
    assert!(count(&filled("", "![](a)\n", ""), Code::ImageAlt) > 30_000);
    assert!(count(&filled("", "![](a) ", ""), Code::ImageAlt) > 30_000);
}

#[test]
fn the_minutes_of_many_sections_are_looked_up() {
    let minutes: String = (0..600).map(|it| format!("  {it:04}: 1\n")).collect();
    let settings = format!("---\nminutes:\n{minutes}---\n\n");
    let deck = filled(&settings, "# A\n\n---\n\n# B\n\n---\n\n", "");
    assert_eq!(count(&deck, Code::MinutesSection), 600);
}
