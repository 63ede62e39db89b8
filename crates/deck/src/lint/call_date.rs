//! The date of a call, which its title and its first slide should agree on.

use crate::{
    LiveDeck,
    dates::{self, Date},
    edit::LineEdit,
    lint::{Code, Problem},
};

/// Compares the date of the call in the front matter with the one in its title and on the first slide.
pub(crate) fn check(deck: &LiveDeck, problems: &mut Vec<Problem>) {
    let front = deck.front_matter();
    let title = front.title.as_deref().unwrap_or_default();
    let setting = front.extra.get("date").map(String::as_str).unwrap_or_default();
    let Some(call) = written(setting).or_else(|| written(title)) else { return };
    let first = &deck.spans()[0].chunk;
    let head = first.head().lines().enumerate();
    problems.extend(mismatch(&mut head.filter(|(_, line)| line.starts_with("title:")), call));
    let content = first.content();
    let lines = content.source.split('\n').enumerate();
    let found = mismatch(&mut lines.filter(|(_, line)| line.starts_with('#')), call);
    problems.extend(found.map(|problem| problem.below(content.first_line)));
}

/// Names the first date on some lines, if none of theirs is that of the call.
fn mismatch(lines: &mut dyn Iterator<Item = (usize, &str)>, call: Date) -> Option<Problem> {
    let mut wrong = None;
    for (index, line) in lines {
        for found in dates::find(line, call) {
            if (found.from..=found.to).contains(&call) {
                return None;
            }
            wrong = wrong.or(Some((index, line, found)));
        }
    }
    let (index, line, found) = wrong?;
    let said = &line[found.range.clone()];
    let problem = Problem::new(Code::DateMismatch, index, [said.to_owned(), call.to_string()]);
    let ways = |date: Date| [date.to_string(), date.long("en"), date.long("de")];
    let Some(way) = ways(found.from).iter().position(|way| way == said) else {
        return Some(problem);
    };
    let right = &ways(call)[way];
    let fixed = format!("{}{right}{}", &line[..found.range.start], &line[found.range.end..]);
    let edit = LineEdit::replace(index..index + 1, vec![fixed]);
    Some(problem.with_fix(&format!("Write `{right}`"), [edit]))
}

/// The date in a text, with its year.
fn written(text: &str) -> Option<Date> {
    /// Stands for no year in particular.
    const ANY: Date = Date { year: 2000, month: 7, day: 1 };
    let found = dates::find(text, ANY);
    let has_year = |found: &&dates::Found| {
        let said = &text.as_bytes()[found.range.clone()];
        said.windows(4).any(|four| four.iter().all(u8::is_ascii_digit))
    };
    found.iter().find(has_year).map(|found| found.from)
}
