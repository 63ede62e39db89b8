//! Lines that resemble separators, and fences and comments that are never closed.

use crate::{
    edit::LineEdit,
    fence::Fence,
    lint::{Code, Problem},
    split,
};

/// A code fence that is open.
struct Open {
    line: usize,
    closing: String,
    has_separator: bool,
}

/// Looks at the lines of a slide. None of them is a separator.
pub(crate) fn check(lines: &[&str], problems: &mut Vec<Problem>) {
    let mut fence = Fence::default();
    let mut open: Option<Open> = None;
    let mut comment_ends = 0;
    // Behind this line no comment is closed.
    let last_end = lines.iter().rposition(|line| line.contains("-->")).unwrap_or(0);
    let line_at = |index: usize| lines.get(index).copied().unwrap_or_default();
    for (index, line) in lines.iter().enumerate() {
        if index < comment_ends {
            continue;
        }
        if fence.feed(line) {
            open = fence.is_open().then(|| opened(line, index));
            continue;
        }
        let above = if index == 0 { "" } else { lines[index - 1] };
        let below = line_at(index + 1);
        if let Some(open) = &mut open {
            let alone = above.trim().is_empty() && below.trim().is_empty();
            // One is enough to see what happened.
            if alone && split::separator(line).is_some() && !open.has_separator {
                open.has_separator = true;
                problems.push(Problem::new(Code::SeparatorInFence, index, []));
            }
        } else if split::opens_comment(line) {
            let behind = lines.get(index + 1..last_end + 1).unwrap_or_default();
            match behind.iter().position(|line| line.contains("-->")) {
                Some(length) => comment_ends = index + 1 + length + 1,
                None => {
                    let closed = format!("{} -->", line.trim_end());
                    let fix = LineEdit::replace(index..index + 1, vec![closed]);
                    let problem = Problem::new(Code::CommentUnclosed, index, []);
                    problems.push(problem.with_fix("Close it on this line", [fix]));
                }
            }
        } else {
            problems.extend(near_separator(index, line, above, below));
        }
    }
    if let Some(open) = open {
        close_fence(&open, lines, problems);
    }
}

fn opened(line: &str, index: usize) -> Open {
    let text = line.trim_start_matches(' ');
    let mark = text.chars().next().unwrap_or('`');
    let length = text.len() - text.trim_start_matches(mark).len();
    let indent = &line[..line.len() - text.len()];
    let closing = format!("{indent}{}", mark.to_string().repeat(length));
    Open { line: index, closing, has_separator: false }
}

/// Offers to close a fence above the first separator in it, or else at the end of the slide.
fn close_fence(open: &Open, lines: &[&str], problems: &mut Vec<Problem>) {
    let in_fence = |problem: &&mut Problem| {
        problem.code == Code::SeparatorInFence && problem.lines.start as usize > open.line
    };
    let mut separator = problems.iter_mut().find(in_fence);
    let end = separator.as_ref().map_or(lines.len(), |found| found.lines.start as usize);
    let code = &lines[open.line + 1..end];
    let length = code.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    let fix = LineEdit::insert(open.line + 1 + length, &open.closing);
    if let Some(problem) = &mut separator {
        **problem = problem.clone().with_fix("Close the code fence above", [fix.clone()]);
    }
    let problem = Problem::new(Code::FenceUnclosed, open.line, []);
    problems.push(problem.with_fix("Close the code fence", [fix]));
}

/// Looks at a line that is no separator but may resemble one.
fn near_separator(index: usize, line: &str, above: &str, below: &str) -> Option<Problem> {
    let mark = line.trim();
    if mark.len() < 3 || !line.starts_with([' ', '-', '*', '_']) {
        return None;
    }
    let (above, below) = (above.trim().is_empty(), below.trim().is_empty());
    let indent = line.len() - line.trim_start_matches(' ').len();
    let is_made_of = |mark_char: char| mark.trim_start_matches(mark_char).is_empty();
    let with = |code: Code, title: &str, text: &[&str]| {
        let lines = text.iter().map(|line| (*line).to_owned()).collect();
        let edit = LineEdit::replace(index..index + 1, lines);
        Some(Problem::new(code, index, [mark.to_owned()]).with_fix(title, [edit]))
    };
    if is_made_of('-') && mark.len() <= 4 {
        return match (above, below, indent) {
            (false, true, 0) => with(Code::SetextSeparator, "Add a blank line above", &["", mark]),
            (false, false, 0) => {
                with(Code::SetextSeparator, "Add blank lines around it", &["", mark, ""])
            }
            (true, false, 0) => {
                with(Code::SeparatorNoBlankAfter, "Add a blank line below", &[mark, ""])
            }
            (true, true, 1..=3) => {
                with(Code::SeparatorIndented, "Remove the blanks before it", &[mark])
            }
            _ => None,
        };
    }
    let begin = "Begin a new slide here";
    if !above || !below {
        None
    } else if is_made_of('-') && indent == 0 {
        with(Code::SeparatorTooLong, begin, &["---"])
    } else if (is_made_of('*') || is_made_of('_')) && indent <= 3 {
        with(Code::RuleNotSeparator, begin, &["---"])
    } else {
        None
    }
}
