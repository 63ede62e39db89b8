//! What was carried over from the call before: it is kept or dropped.

use std::ops::Range;

use crate::{
    dates::Date,
    edit::LineEdit,
    fence::Fence,
    lint::{Code, Problem, item},
};

const OPENS: &str = "<!-- carried ";
const CLOSES: &str = "-->";
/// So many blank lines end a list item; it keeps items within each other from being read to the end of
/// the slide, each of them.
const MAX_BLANK: usize = 100;

/// A mark of what was carried over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    /// In bytes of its line.
    range: Range<usize>,
    /// The day of the call that it comes from.
    date: Date,
}

impl Mark {
    /// Finds the mark on a line.
    pub(crate) fn on(line: &str) -> Option<Self> {
        let start = line.find(OPENS)?;
        let is_code = line[..start].matches('`').count() % 2 == 1;
        let behind = &line[start + OPENS.len()..];
        let length = behind.find(CLOSES)?;
        let date = Date::parse(behind[..length].trim())?;
        let end = start + OPENS.len() + length + CLOSES.len();
        (!is_code).then_some(Self { range: start..end, date })
    }

    /// Whether it speaks of the whole slide.
    fn is_alone(&self, line: &str) -> bool {
        line[..self.range.start].trim().is_empty() && line[self.range.end..].trim().is_empty()
    }

    fn problem(&self, index: usize) -> Problem {
        Problem::new(Code::Carried, index, [self.date.to_string()])
    }
}

/// Names the items on a slide that were carried over.
pub(crate) fn check(shown: &[&str], problems: &mut Vec<Problem>) {
    for (index, mark) in marks(shown) {
        let line = shown[index];
        if mark.is_alone(line) {
            continue;
        }
        let kept = format!("{}{}", line[..mark.range.start].trim_end(), &line[mark.range.end..]);
        let keep = LineEdit::replace(index..index + 1, vec![kept.trim_end().to_owned()]);
        let drop = LineEdit::replace(index..item_end(shown, index), Vec::new());
        let problem = mark.problem(index).with_fix("Keep", [keep]);
        problems.push(problem.with_other_fix("Drop", vec![drop]));
    }
}

/// Where the mark stands that a whole slide was carried over, and the problem that it is. `drop` says what
/// removes the slide.
pub(crate) fn slide(
    shown: &[&str],
    first_line: u32,
    drop: impl FnOnce() -> Option<Vec<LineEdit>>,
) -> Option<Problem> {
    let (index, mark) = marks(shown).find(|(index, mark)| mark.is_alone(shown[*index]))?;
    let keep = LineEdit::replace(index..index + 1, Vec::new());
    let problem = mark.problem(index).with_fix("Keep", [keep]).below(first_line);
    Some(match drop() {
        Some(edits) => problem.with_other_fix("Drop", edits),
        None => problem,
    })
}

/// The marks on a slide, with their lines.
fn marks(shown: &[&str]) -> impl Iterator<Item = (usize, Mark)> {
    let mut fence = Fence::default();
    shown.iter().enumerate().filter_map(move |(index, line)| {
        let is_code = fence.feed(line) || fence.is_open();
        Mark::on(line).filter(|_| !is_code).map(|mark| (index, mark))
    })
}

/// The line behind a list item and what is indented below it.
fn item_end(lines: &[&str], index: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let Some(own) = item(lines[index]) else { return index + 1 };
    let mut end = index + 1;
    for (below, line) in lines.iter().enumerate().skip(index + 1) {
        if line.trim().is_empty() && below - end < MAX_BLANK {
            continue;
        }
        if indent(line) <= own.indent || line.trim().is_empty() {
            break;
        }
        end = below + 1;
    }
    end
}
