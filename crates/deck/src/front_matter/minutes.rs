//! How long each section may take, as the front matter says it.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::{
    lint::{Code, Problem},
    yaml::{Entry, Value},
};

/// No section takes longer than half a day: such a number has another unit.
const MAX_MINUTES: f64 = 600.0;

/// The name that speaks of all sections that have no line of their own.
const DEFAULT: &str = "default";

/// How long sections may take: `minutes: 3` for each, or a list of sections.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Minutes {
    /// For sections that are not named.
    pub default: Option<f32>,
    /// For those that are.
    pub sections: Vec<SectionMinutes>,
}

/// How long one section may take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SectionMinutes {
    /// The section's title, in any case.
    pub title: String,
    /// How long it may take.
    pub minutes: f32,
    /// The line that says so.
    pub line: u32,
}

impl Minutes {
    /// Tells how long the section with a title may take.
    pub(crate) fn by_title(&self) -> impl Fn(&str) -> Option<f32> {
        let mut known: HashMap<String, f32> = HashMap::new();
        for section in &self.sections {
            known.entry(section.name()).or_insert(section.minutes);
        }
        move |title| known.get(&title.to_lowercase()).copied().or(self.default)
    }

    /// Reads the value of `minutes:`, whose key stands on `line`. Lines of entries count from `first`.
    pub(super) fn read(
        value: Value,
        line: usize,
        first: usize,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut minutes = Self::default();
        let Value::Map(entries) = value else {
            minutes.default = number("minutes", &value, first + line, problems);
            return minutes;
        };
        for Entry { key, value, line: own_line } in entries {
            // What stands in brackets has no line of its own.
            let line = first + own_line.max(line);
            let Some(found) = number(&key, &value, line, problems) else { continue };
            if key == DEFAULT {
                minutes.default = Some(found);
            } else {
                let section = SectionMinutes { title: key, minutes: found, line: line as u32 };
                minutes.sections.push(section);
            }
        }
        minutes
    }

    /// Names that no section has.
    pub(crate) fn unknown<'a>(&self, titles: impl Iterator<Item = &'a str>) -> Vec<Problem> {
        if self.sections.is_empty() {
            return Vec::new();
        }
        let titles: HashSet<String> = titles.map(str::to_lowercase).collect();
        let unknown = self.sections.iter().filter(|section| !titles.contains(&section.name()));
        unknown
            .map(|section| {
                let title = section.title.clone();
                Problem::new(Code::MinutesSection, section.line as usize, [title])
            })
            .collect()
    }
}

impl SectionMinutes {
    /// Whether a section with this title is meant.
    pub(crate) fn is_called(&self, title: &str) -> bool {
        self.name() == title.trim().to_lowercase()
    }

    /// Its title as it is compared.
    fn name(&self) -> String {
        self.title.trim().to_lowercase()
    }
}

/// A number of minutes; nothing is said about a value that is still to be typed.
fn number(name: &str, value: &Value, line: usize, problems: &mut Vec<Problem>) -> Option<f32> {
    let number = match value {
        Value::Null => return None,
        Value::Number(number) => Some(*number),
        Value::Text(text) => text.trim().parse().ok(),
        Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
    };
    let number = number.filter(|number| *number > 0.0 && *number <= MAX_MINUTES);
    if number.is_none() {
        problems.push(Problem::new(Code::MinutesValue, line, [name.to_owned()]));
    }
    number.map(|number| number as f32)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::LiveDeck;

    /// Shows the minutes of each section, and the problems.
    #[track_caller]
    fn check(settings: &str, expected: Expect) {
        let text = format!("---\n{settings}\n---\n\n# Start\n\n---\n\n# Team *Öl*\n\n---\n\n# End");
        let deck = LiveDeck::new(&text);
        let minutes = deck.sections().into_iter().map(|section| section.minutes);
        let mut shown = format!("{:?}\n", minutes.collect::<Vec<_>>());
        for problem in deck.problems() {
            shown += &format!("{}: {}\n", problem.lines.start, problem.message);
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn one_number_is_for_each_section() {
        check(
            "minutes: 3",
            expect![[r#"
            [Some(3.0), Some(3.0), Some(3.0)]
        "#]],
        );
        check(
            "title: x",
            expect![[r#"
            [None, None, None]
        "#]],
        );
    }

    #[test]
    fn sections_are_named_in_any_case_and_the_others_get_the_default() {
        check(
            "minutes:\n  TEAM ÖL: 7.5\n  \"start\": '1'\n  default: 2",
            expect![[r#"
            [Some(1.0), Some(7.5), Some(2.0)]
        "#]],
        );
        check(
            "minutes: {End: 4}",
            expect![[r#"
            [None, None, Some(4.0)]
        "#]],
        );
    }

    #[test]
    fn what_fits_no_section_and_what_is_no_number_are_named() {
        check(
            "minutes:\n  Start: 0\n  Team Oil: 5\n  End: 5 min\n  default: 601",
            expect![[r#"
            [None, None, None]
            2: `Start` needs a number of minutes, more than 0 and at most 600
            3: no section is called `Team Oil`
            4: `End` needs a number of minutes, more than 0 and at most 600
            5: `default` needs a number of minutes, more than 0 and at most 600
        "#]],
        );
        check(
            "minutes: [1]",
            expect![[r#"
            [None, None, None]
            1: `minutes` needs a number of minutes, more than 0 and at most 600
        "#]],
        );
        check(
            "minutes:\n  Start:",
            expect![[r#"
            [None, None, None]
        "#]],
        );
    }

    #[test]
    fn the_sections_that_the_example_names_are_there() {
        let deck = LiveDeck::new(include_str!("../../../../examples/community-call.md"));
        assert!(!deck.front_matter().minutes.sections.is_empty());
        let has_problem = |line| deck.problems().iter().any(|problem| problem.lines.start == line);
        let lines = deck.front_matter().lines.clone();
        assert_eq!(lines.filter(|line| has_problem(*line)).count(), 0);
    }
}
