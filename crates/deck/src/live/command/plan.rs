//! Writes into the front matter how long a section may take.

use super::{Change, LiveDeck};
use crate::{
    edit::{self, LineEdit},
    front_matter::FrontMatter,
    split, yaml,
};

const KEY: &str = "minutes:";
const INDENT: &str = "  ";

/// The edit that gives a section so many minutes, or none of its own.
pub(super) fn set(deck: &LiveDeck, section: u32, minutes: Option<f32>) -> Option<Change> {
    let sections = deck.sections();
    let title = sections.get(section as usize)?.title.trim();
    let text = split::normalize(&deck.text()).into_owned();
    let lines: Vec<&str> = text.split('\n').collect();
    let edit = Settings::of(deck, &lines).with(title, minutes)?;
    let (line, edits) = (edit.lines.start, vec![edit]);
    let changed = LiveDeck::new(&edit::apply_to_lines(&text, &edits));
    let (before, after) = (deck.front_matter(), changed.front_matter());
    let own = after.minutes.sections.iter().find(|known| known.is_called(title));
    let minutes_aside = |settings: &FrontMatter| FrontMatter {
        minutes: Default::default(),
        lines: 0..0,
        ..settings.clone()
    };
    let of_others = |deck: &LiveDeck| -> Vec<_> {
        let sections = deck.sections().into_iter();
        let minutes = sections.map(|it| (it.minutes, it.title));
        minutes.filter(|(_, other)| other.to_lowercase() != title.to_lowercase()).collect()
    };
    let is_sound = own.map(|known| known.minutes) == minutes
        && minutes_aside(after) == minutes_aside(before)
        && of_others(&changed) == of_others(deck)
        && changed.sections().len() == sections.len();
    is_sound.then_some(Change { edits, line })
}

/// The settings of a deck, as far as they are about minutes.
struct Settings<'a> {
    lines: &'a [&'a str],
    front: &'a FrontMatter,
    /// The line of the key, and the one behind all that belongs to it.
    place: Option<(usize, usize)>,
    /// The line that closes the settings.
    end: usize,
}

impl<'a> Settings<'a> {
    fn of(deck: &'a LiveDeck, lines: &'a [&'a str]) -> Self {
        let front = deck.front_matter();
        let end = (front.lines.end as usize).saturating_sub(1);
        let key = lines[..end].iter().position(|line| line.starts_with(KEY));
        let place = key.map(|key| {
            let is_inside = |line: &&&str| line.starts_with(' ') || line.trim().is_empty();
            let count = lines[key + 1..end].iter().take_while(is_inside).count();
            let blank = |line: &&&str| line.trim().is_empty();
            let blanks = lines[key + 1..=key + count].iter().rev().take_while(blank).count();
            (key, key + 1 + count - blanks)
        });
        Self { lines, front, place, end }
    }

    /// `None` if there is nothing to take out.
    fn with(&self, title: &str, minutes: Option<f32>) -> Option<LineEdit> {
        let entry = |indent: &str, minutes: f32| format!("{indent}{}: {minutes}", key(title));
        let known = &self.front.minutes;
        let own = known.sections.iter().find(|section| section.is_called(title));
        if own.is_none() && minutes.is_none() {
            return None;
        }
        let Some((at, to)) = self.place else {
            let new = [KEY.to_owned(), entry(INDENT, minutes?)];
            if !self.front.lines.is_empty() {
                return Some(LineEdit::replace(self.end..self.end, new.into()));
            }
            let [open, close] = ["---".to_owned(), "---".to_owned()];
            let [key, entry] = new;
            return Some(LineEdit::replace(0..0, vec![open, key, entry, close, String::new()]));
        };
        let is_one_per_line = yaml::strip_comment(&self.lines[at][KEY.len()..]).trim().is_empty();
        if !is_one_per_line {
            // What could not be read is not written over.
            known.default.or(known.sections.first().map(|it| it.minutes))?;
            let mut new = vec![KEY.to_owned()];
            new.extend(known.default.map(|default| format!("{INDENT}default: {default}")));
            let others = known.sections.iter().filter(|section| !section.is_called(title));
            new.extend(others.map(|it| format!("{INDENT}{}: {}", key(&it.title), it.minutes)));
            new.extend(minutes.map(|minutes| entry(INDENT, minutes)));
            let is_empty = new.len() == 1;
            return Some(LineEdit::replace(at..to, if is_empty { Vec::new() } else { new }));
        }
        let indent = |line: &str| " ".repeat(line.len() - line.trim_start_matches(' ').len());
        if let Some(line) = own.map(|own| own.line as usize) {
            let new = minutes.map(|minutes| entry(&indent(self.lines[line]), minutes));
            let is_last = new.is_none() && to - at == 2;
            let gone = if is_last { at..to } else { line..line + 1 };
            return Some(LineEdit::replace(gone, new.into_iter().collect()));
        }
        let mut inside = self.lines[at + 1..to].iter();
        let first = inside.find(|line| !line.trim().is_empty());
        let indent = first.map_or(INDENT.to_owned(), |line| indent(line));
        Some(LineEdit::replace(to..to, vec![entry(&indent, minutes?)]))
    }
}

/// A title as a key of YAML.
fn key(title: &str) -> String {
    let is_plain = title.starts_with(char::is_alphanumeric)
        && title.chars().all(|c| c.is_alphanumeric() || " -_.&/()".contains(c));
    if is_plain { title.to_owned() } else { yaml::quoted(title) }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::apply_to_lines;
    use crate::live::{Command, LiveDeck};

    const SLIDES: &str = "# Start\n\n---\n\n# Team *Öl*\n\n---\n\n# \"A\": b";

    /// Shows the settings after a command.
    #[track_caller]
    fn check(settings: &str, section: u32, minutes: Option<f32>, expected: Expect) {
        let above =
            if settings.is_empty() { String::new() } else { format!("---\n{settings}\n---\n\n") };
        let text = format!("{above}{SLIDES}");
        let command = Command::Plan { section, minutes };
        let Some(change) = LiveDeck::new(&text).perform(&command) else {
            return expected.assert_eq("nothing");
        };
        let after = apply_to_lines(&text, &change.edits);
        let settings = after.strip_suffix(SLIDES).expect("the slides stay");
        expected.assert_eq(settings);
    }

    #[test]
    fn minutes_are_written_where_those_of_sections_are() {
        check(
            "",
            1,
            Some(5.0),
            expect![[r#"
            ---
            minutes:
              Team Öl: 5
            ---

        "#]],
        );
        check(
            "title: x",
            1,
            Some(2.5),
            expect![[r#"
            ---
            title: x
            minutes:
              Team Öl: 2.5
            ---

        "#]],
        );
        check(
            "minutes:\n    # of all\n    start: 1 # short\nlang: de",
            0,
            Some(2.0),
            expect![[r#"
            ---
            minutes:
                # of all
                Start: 2
            lang: de
            ---

        "#]],
        );
        check(
            "minutes:\n    start: 1\n\n# end\nlang: de",
            1,
            Some(2.0),
            expect![[r#"
            ---
            minutes:
                start: 1
                Team Öl: 2

            # end
            lang: de
            ---

        "#]],
        );
        check(
            "minutes:",
            2,
            Some(3.0),
            expect![[r#"
            ---
            minutes:
              "\"A\": b": 3
            ---

        "#]],
        );
    }

    #[test]
    fn what_stands_on_one_line_gets_a_line_for_each() {
        check(
            "minutes: 3 # each",
            1,
            Some(5.0),
            expect![[r#"
            ---
            minutes:
              default: 3
              Team Öl: 5
            ---

        "#]],
        );
        check(
            "minutes: {Start: 1, \"TEAM ÖL\": 2}",
            1,
            Some(5.0),
            expect![[r#"
            ---
            minutes:
              Start: 1
              Team Öl: 5
            ---

        "#]],
        );
        check(
            "minutes: {Start: 1, Team Öl: 2}\nlang: de",
            1,
            None,
            expect![[r#"
            ---
            minutes:
              Start: 1
            lang: de
            ---

        "#]],
        );
        check(
            "minutes: {Start: 1}",
            0,
            None,
            expect![[r#"
            ---
            ---

        "#]],
        );
    }

    #[test]
    fn minutes_that_are_taken_back_leave_no_line() {
        check(
            "minutes:\n  Start: 1\n  Team Öl: 2",
            0,
            None,
            expect![[r#"
            ---
            minutes:
              Team Öl: 2
            ---

        "#]],
        );
        check(
            "title: x\nminutes:\n  Start: 1\nlang: de",
            0,
            None,
            expect![[r#"
            ---
            title: x
            lang: de
            ---

        "#]],
        );
        check("minutes: 3", 0, None, expect!["nothing"]);
        check("", 0, None, expect!["nothing"]);
    }

    #[test]
    fn what_would_mean_something_else_is_not_done() {
        for minutes in [0.0, -1.0, 601.0, f32::NAN, f32::INFINITY] {
            check("title: x", 0, Some(minutes), expect!["nothing"]);
        }
        // Whatever this is, it is not to be lost.
        check("minutes: [1]", 0, Some(5.0), expect!["nothing"]);
        check("minutes:\n  Start: soon\n", 0, Some(5.0), expect!["nothing"]);
        check("", 9, Some(5.0), expect!["nothing"]);
    }
}
