//! Cuts a text into slides at its separators, and a slide into what is shown and what is noted.

use std::borrow::Cow;

use crate::{
    Slide, attributes,
    fence::Fence,
    lint::{self, Code, Problem},
    title,
};

/// Takes a byte order mark off and makes every line ending a `\n`.
pub(crate) fn normalize(source: &str) -> Cow<'_, str> {
    let text = source.strip_prefix('\u{feff}').unwrap_or(source);
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A separator line.
#[derive(Debug, Clone, Copy)]
struct Cut {
    line: usize,
    opens_column: bool,
}

/// Cuts the lines from `first` on into slides. There is always one slide at least.
pub(crate) fn slides(lines: &[&str], first: u32, problems: &mut Vec<Problem>) -> Vec<Slide> {
    let first = (first as usize).min(lines.len());
    let (cuts, end_of_text) = cuts(lines, first, problems);
    let mut slides = Vec::with_capacity(cuts.len() + 1);
    let (mut start, mut h, mut v) = (first, 0, 0);
    for cut in &cuts {
        slides.push(slide(lines, start..cut.line, cut.line, (h, v), problems));
        start = cut.line + 1;
        (h, v) = if cut.opens_column { (h + 1, 0) } else { (h, v + 1) };
    }
    slides.push(slide(lines, start..end_of_text.max(start), lines.len(), (h, v), problems));
    slides
}

/// Finds the separators, and where the text ends: a last separator with nothing behind it is being
/// typed, so it opens no slide and draws no rule.
fn cuts(lines: &[&str], first: usize, problems: &mut Vec<Problem>) -> (Vec<Cut>, usize) {
    let mut cuts: Vec<Cut> = Vec::new();
    let mut fence = Fence::default();
    let mut fence_line = first;
    let mut comment_end = first;
    let neighbour = |index: usize| lines.get(index).copied().unwrap_or_default();
    for index in first..lines.len() {
        let line = lines[index];
        if index < comment_end {
            continue;
        }
        let was_open = fence.is_open();
        if fence.feed(line) {
            if !was_open {
                fence_line = index;
            }
            continue;
        }
        let before = if index == first { "" } else { lines[index - 1] };
        let after = neighbour(index + 1);
        let separator = separator(line, before, after);
        if fence.is_open() {
            if separator.is_some() {
                let message = "a separator inside a code fence is code, not a new slide";
                problems.push(Problem::new(Code::SeparatorInFence, index, message));
            }
            continue;
        }
        if opens_comment(line) {
            match closing_line(lines, index) {
                Some(end) => comment_end = end + 1,
                None => {
                    let message = "this comment is never closed with `-->`";
                    problems.push(Problem::new(Code::CommentUnclosed, index, message));
                }
            }
            continue;
        }
        if let Some(opens_column) = separator {
            cuts.push(Cut { line: index, opens_column });
        } else if let Some((code, message)) = lint::near_separator(line, before, after) {
            problems.push(Problem::new(code, index, message));
        }
    }
    if fence.is_open() {
        let message = "this code fence is never closed, so everything below it is code";
        problems.push(Problem::new(Code::FenceUnclosed, fence_line, message));
    }
    let mut end = lines.len();
    if let Some(last) = cuts.last().copied()
        && lines[last.line + 1..].iter().all(|line| line.trim().is_empty())
    {
        end = last.line;
        cuts.pop();
    }
    (cuts, end)
}

/// Whether a line separates slides, and if so whether the next one opens a column.
fn separator(line: &str, before: &str, after: &str) -> Option<bool> {
    if !line.starts_with("---") || !before.trim().is_empty() || !after.trim().is_empty() {
        return None;
    }
    match line.trim_end_matches([' ', '\t']) {
        "---" => Some(true),
        "----" => Some(false),
        _ => None,
    }
}

/// Whether a comment begins on this line and goes on below it.
fn opens_comment(line: &str) -> bool {
    let text = line.trim_start_matches(' ');
    line.len() - text.len() <= 3 && text.starts_with("<!--") && !text[4..].contains("-->")
}

fn closing_line(lines: &[&str], from: usize) -> Option<usize> {
    lines[from + 1..].iter().position(|line| line.contains("-->")).map(|found| from + 1 + found)
}

fn slide(
    lines: &[&str],
    range: std::ops::Range<usize>,
    end: usize,
    (h, v): (u32, u32),
    problems: &mut Vec<Problem>,
) -> Slide {
    let start = range.start;
    let body = &lines[range];
    let (shown, notes) = match note_line(body) {
        Some(at) => (&body[..at], note_text(&body[at..])),
        None => (body, String::new()),
    };
    Slide {
        h,
        v,
        lines: start as u32..end as u32,
        title: title::of_slide(shown),
        attributes: attributes::of_slide(shown, start, problems),
        section: 0,
        source: shown.join("\n"),
        notes,
    }
}

/// The first line that starts with `note:`, outside code.
fn note_line(lines: &[&str]) -> Option<usize> {
    let mut fence = Fence::default();
    lines.iter().position(|line| {
        let marker = fence.feed(line);
        !marker
            && !fence.is_open()
            && line.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("note:"))
    })
}

fn note_text(lines: &[&str]) -> String {
    let mut text = lines.join("\n");
    text.drain(..5);
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::parse;

    /// Shows each slide as `h.v start..end title`, with the notes behind a bar.
    #[track_caller]
    fn check(source: &str, expected: Expect) {
        let mut shown = String::new();
        for slide in parse(source).slides {
            let lines = slide.lines;
            shown +=
                &format!("{}.{} {}..{} {}", slide.h, slide.v, lines.start, lines.end, slide.title);
            if !slide.notes.is_empty() {
                shown += &format!(" | {}", slide.notes.replace('\n', "⏎"));
            }
            shown.push('\n');
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn separators_make_columns_and_stacks() {
        check(
            "# a\n\n---\n\n# b\n\n----\n\n# c\n\n---\n\n# d",
            expect![[r#"
            0.0 0..2 a
            1.0 3..6 b
            1.1 7..10 c
            2.0 11..13 d
        "#]],
        );
    }

    #[test]
    fn blanks_around_a_separator_are_forgiven() {
        check(
            "a\n \t\n--- \n  \nb",
            expect![[r#"
            0.0 0..2 a
            1.0 3..5 b
        "#]],
        );
        check(
            "a\r\n\r\n---\r\n\r\nb\r\r---\r\rc",
            expect![[r#"
            0.0 0..2 a
            1.0 3..6 b
            2.0 7..9 c
        "#]],
        );
    }

    #[test]
    fn what_only_resembles_a_separator_does_not_split() {
        for rule in ["***", "___", "-----", "- - -", " ---", "--"] {
            assert_eq!(parse(&format!("a\n\n{rule}\n\nb")).slides.len(), 1, "{rule}");
        }
        assert_eq!(parse("a\n---\n\nb").slides.len(), 1);
        assert_eq!(parse("a\n\n---\nb").slides.len(), 1);
    }

    #[test]
    fn code_and_comments_are_never_cut() {
        check(
            "```\na\n\n---\n\nb\n```\n\n---\n\nc",
            expect![[r#"
            0.0 0..8 
            1.0 9..11 c
        "#]],
        );
        check(
            "~~~~\n```\n\n---\n\n~~~\n~~~~\n\n---\n\nc",
            expect![[r#"
            0.0 0..8 
            1.0 9..11 c
        "#]],
        );
        check(
            "# a\n\n<!--\n\n---\n\n# b\n-->\n\n---\n\n# c",
            expect![[r#"
            0.0 0..9 a
            1.0 10..12 c
        "#]],
        );
        check(
            "# a\n\n<!-- never closed\n\n---\n\n# c",
            expect![[r#"
            0.0 0..4 a
            1.0 5..7 c
        "#]],
        );
    }

    #[test]
    fn separators_may_follow_one_another() {
        check(
            "a\n\n---\n\n---\n\nb",
            expect![[r#"
            0.0 0..2 a
            1.0 3..4 
            2.0 5..7 b
        "#]],
        );
    }

    #[test]
    fn a_separator_at_the_end_opens_nothing() {
        check(
            "# a\n\n---\n",
            expect![[r#"
            0.0 0..4 a
        "#]],
        );
        check(
            "# a\n\n---\n\n---\n\n \n",
            expect![[r#"
            0.0 0..2 a
            1.0 3..8 
        "#]],
        );
        check(
            "",
            expect![[r#"
            0.0 0..1 
        "#]],
        );
        check(
            "---",
            expect![[r#"
            0.0 0..1 
        "#]],
        );
    }

    #[test]
    fn notes_run_from_their_line_to_the_end_of_the_slide() {
        check(
            "# a\n\nNOTE: *x*\n\ny\nnote: z\n\n---\n\n# b\n\nNotes: no",
            expect![[r#"
            0.0 0..7 a | *x*⏎⏎y⏎note: z
            1.0 8..12 b
        "#]],
        );
        check(
            "# a\n\n```\nnote: code\n```",
            expect![[r#"
            0.0 0..5 a
        "#]],
        );
    }

    #[test]
    fn a_slide_begins_right_behind_the_front_matter() {
        check(
            "---\ntitle: x\n---\n<style>a{}</style>\n\n# a\n\n---\n\n# b",
            expect![[r#"
            0.0 3..7 a
            1.0 8..10 b
        "#]],
        );
        check(
            "---\ntitle: x\n---\n---\n\n# a",
            expect![[r#"
            0.0 3..3 
            1.0 4..6 a
        "#]],
        );
    }
}
