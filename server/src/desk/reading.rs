//! The sections of a deck as its text has them.

use deck::{LiveDeck, Section, Severity};
use sha2::{Digest as _, Sha256};

use crate::store::access::Sum;

/// Most sections of one deck that are looked after; a call with more has another problem.
const MOST_SECTIONS: usize = 200;
/// Most characters of titles and names that are told.
pub(super) const MOST_CHARS: usize = 80;
/// Most characters of what a section says that are kept to find it again.
const MOST_WORDS_CHARS: usize = 2_000;

/// A section as the text has it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) title: String,
    /// Where it begins in the text, separator included, and where it ends, in UTF-16 units.
    pub(super) units: std::ops::Range<u32>,
    /// Where its first line with something on it begins.
    pub(super) start: u32,
    /// The beginning of what it says.
    pub(super) words: String,
    /// Of all that it says.
    pub(super) sum: Sum,
    /// Of its text, with what nobody sees.
    pub(super) text_sum: Sum,
    pub(super) reporter: Option<String>,
    pub(super) minutes: Option<f32>,
    pub(super) expected: bool,
    pub(super) no_report: bool,
    pub(super) is_empty: bool,
    pub(super) problems: u32,
    /// Its first slide, and how many it has.
    pub(super) first: u32,
    pub(super) count: u32,
}

impl Seen {
    /// Whether a position is in it; the end of the text is in the last one.
    pub(super) fn holds(&self, at: u32) -> bool {
        (self.units.start..=self.units.end).contains(&at)
    }
}

/// Lists them in order. `before` is what they were: most of them say what they said.
pub(super) fn read(deck: &LiveDeck, before: &[Seen]) -> Vec<Seen> {
    let slides: Vec<_> = deck.slides().collect();
    let problems = deck.problems();
    let (mut index, mut units) = (0, 0);
    let mut seen = Vec::new();
    for (number, section) in deck.sections().into_iter().take(MOST_SECTIONS).enumerate() {
        let begin = units;
        let start = begin + slides.get(index).map_or(0, |slide| slide.text_units);
        while index < section.slides.end as usize {
            units += slides[index].units;
            index += 1;
        }
        let is_here = |problem: &&deck::Problem| {
            problem.severity != Severity::Info && section.lines.contains(&problem.lines.start)
        };
        let problems = problems.iter().filter(is_here).count() as u32;
        let text = deck.section_text(number);
        seen.push(Seen { problems, ..one(section, &text, begin..units, start, before) });
    }
    seen
}

fn one(
    section: Section,
    text: &str,
    units: std::ops::Range<u32>,
    start: u32,
    before: &[Seen],
) -> Seen {
    let text_sum: Sum = Sha256::digest(text).into();
    let (words, sum) = match before.iter().find(|seen| seen.text_sum == text_sum) {
        Some(seen) => (seen.words.clone(), seen.sum),
        None => {
            let words = deck::words_of(text);
            (cut(&words, MOST_WORDS_CHARS), Sha256::digest(&words).into())
        }
    };
    let Section { title, slides, reporter, minutes, expected, no_report, is_empty, .. } = section;
    Seen {
        title: cut(&title, MOST_CHARS),
        units,
        start,
        words,
        sum,
        text_sum,
        reporter: reporter.map(|name| cut(&name, MOST_CHARS)),
        minutes,
        expected,
        no_report,
        is_empty,
        problems: 0,
        first: slides.start,
        count: slides.end - slides.start,
    }
}

/// The visible beginning of a text.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}
