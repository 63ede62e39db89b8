//! The agenda: a slide with a line `<!-- agenda -->` lists the sections of its deck.
//!
//! What a slide shows depends on nothing but its own text, and on this. So the HTML of a slide holds
//! only the place of the agenda, and the list is put there when the slide is handed out.

use std::sync::Arc;

use crate::{html, outline::Section};

/// Where the list goes. No author can write it: all other comments are left out of the HTML.
pub(crate) const PLACE: &str = "<!--agenda-->";
/// Nobody needs more agendas in one deck; each is written anew whenever the outline changes.
pub(crate) const AGENDAS_AT_MOST: usize = 4;
/// Nobody reads a longer list from a slide.
const ENTRIES_AT_MOST: usize = 100;

/// Whether a comment is the place of an agenda.
pub(crate) fn is_asked_by(comment: &str) -> bool {
    comment.trim() == "agenda"
}

/// Whether a slide has an agenda.
pub(crate) fn is_asked(source: &str) -> bool {
    source.contains("agenda")
        && source
            .split("<!--")
            .skip(1)
            .any(|rest| rest.split_once("-->").is_some_and(|(comment, _)| is_asked_by(comment)))
}

/// Whether a deck in this language is spoken to in German.
pub(crate) fn is_german(lang: Option<&str>) -> bool {
    let language = lang.and_then(|lang| lang.split('-').next());
    language.is_some_and(|language| language.eq_ignore_ascii_case("de"))
}

/// The list of all sections that have a title, without the first one and that of the agenda itself.
/// Those that the audience never sees are named only if that is for want of a report.
pub(crate) fn html(
    sections: &[Section],
    own: u32,
    lang: Option<&str>,
    is_hidden: impl Fn(&Section) -> bool,
) -> Arc<str> {
    let numbered = (0..).zip(sections).skip(1);
    let listed = numbered.filter(|(number, section)| {
        *number != own && !section.title.is_empty() && (section.no_report || !is_hidden(section))
    });
    let mut list = String::new();
    for (_, section) in listed.take(ENTRIES_AT_MOST) {
        list.push_str(if section.no_report { "<li class=\"no-report\">" } else { "<li>" });
        html::push_escaped(&mut list, &section.title);
        let details = details(section, is_german(lang));
        if !details.is_empty() {
            list.push_str(" <small>");
            html::push_escaped(&mut list, &details);
            list.push_str("</small>");
        }
        list.push_str("</li>\n");
    }
    if list.is_empty() { list.into() } else { format!("<ul>\n{list}</ul>").into() }
}

/// Who reports, and how long that may take.
fn details(section: &Section, german: bool) -> String {
    if section.no_report {
        let words = if german { "diese Woche kein Bericht" } else { "no report this week" };
        return words.to_owned();
    }
    let minutes = section.minutes.map(|minutes| {
        let number = minutes.to_string();
        format!("{} min", if german { number.replace('.', ",") } else { number })
    });
    let details: Vec<String> = section.reporter.clone().into_iter().chain(minutes).collect();
    details.join(" · ")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::{Command, LiveDeck, TextEdit, apply, apply_to_lines};

    const DECK: &str = "---\nminutes:\n  Team A: 2.5\n---\n\n# Call\n\n---\n\n# Agenda\n\n<!-- agenda -->\n\n---\n\n# Team *A*\n\nReport by @ada\n\n---\n\n# R&D <b onclick=\"x\">\n\n---\n\n<!-- .slide: data-visibility=\"hidden\" -->\n# Secret\n\n---\n\n# Team C\n";

    #[track_caller]
    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&LiveDeck::new(text).html()[1].html);
    }

    #[test]
    fn the_agenda_lists_the_sections_with_who_reports_and_for_how_long() {
        check(
            DECK,
            expect![[r#"
            <h1 data-line="1">Agenda</h1>
            <div class="agenda" data-line="3"><ul>
            <li>Team A <small>ada · 2.5 min</small></li>
            <li>R&amp;D</li>
            <li>Team C</li>
            </ul></div>"#]],
        );
    }

    #[test]
    fn it_says_in_the_language_of_the_deck_what_is_not_reported() {
        let deck = LiveDeck::new(&DECK.replace("minutes:", "lang: de-CH\nminutes:"));
        let change = deck.perform(&Command::NoReport { section: 5 }).expect("it can be said");
        let text = apply_to_lines(&deck.text(), &change.edits);
        check(
            &text,
            expect![[r#"
            <h1 data-line="1">Agenda</h1>
            <div class="agenda" data-line="3"><ul>
            <li>Team A <small>ada · 2,5 min</small></li>
            <li>R&amp;D</li>
            <li class="no-report">Team C <small>diese Woche kein Bericht</small></li>
            </ul></div>"#]],
        );
    }

    #[test]
    fn only_a_comment_of_its_own_is_an_agenda_and_only_the_first_on_its_slide() {
        let html = |slide: &str| {
            let deck = LiveDeck::new(&format!("# Call\n\n---\n\n{slide}\n\n---\n\n# Team A"));
            let html = deck.html()[1].html.to_string();
            assert!(!html.contains("<!--"), "{html}");
            html.matches("Team A").count()
        };
        assert_eq!(html("<!--agenda-->\n\n<!-- agenda -->"), 1);
        assert_eq!(html("text\n<!-- agenda -->\nmore"), 1);
        assert_eq!(html("- <!-- agenda -->"), 1);
        assert_eq!(html("```\n<!-- agenda -->\n```\n"), 0);
        assert_eq!(html("`<!-- agenda -->`"), 0);
        assert_eq!(html("<!-- my agenda -->"), 0);
        assert_eq!(html("<style>\n<!-- agenda -->\n</style>"), 0);
        assert_eq!(html("# x\n\nNote:\n<!-- agenda -->"), 0);
    }

    #[test]
    fn a_deck_has_no_more_than_a_few_agendas() {
        let slide = "\n\n---\n\n<!-- agenda -->";
        let deck = LiveDeck::new(&format!("# Call{}\n\n---\n\n# Team A", slide.repeat(9)));
        let drawn = deck.html().iter().filter(|slide| slide.html.contains("Team A</li>")).count();
        assert_eq!(drawn, super::AGENDAS_AT_MOST);
    }

    #[test]
    fn an_edit_of_a_title_writes_the_agenda_anew_and_one_of_a_text_does_not() {
        let mut deck = LiveDeck::new(DECK);
        let mut shown = Vec::new();
        apply(&mut shown, &deck.update().patches);
        let mut patched = |deck: &mut LiveDeck, before: &str, insert: &str| {
            let at = deck.text().find(before).map_or(0, |at| at + before.len()) as u32;
            deck.edit(&[TextEdit { at, delete: 0, insert: insert.to_owned() }]);
            let update = deck.update();
            apply(&mut shown, &update.patches);
            assert_eq!(shown, deck.html());
            update.patches.len()
        };
        assert_eq!(patched(&mut deck, "@ada", "\n\nMore to say"), 1);
        assert_eq!(patched(&mut deck, "@ada", "m"), 2);
        assert_eq!(patched(&mut deck, "Team C", "ompute"), 2);
        assert_eq!(patched(&mut deck, "2.5", "1"), 1);
        assert_eq!(patched(&mut deck, "---\n", "lang: de\n"), 1);
    }
}
