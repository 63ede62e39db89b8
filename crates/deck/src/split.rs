//! Finds the separators of a deck, reading no more of its text than it must.

use std::borrow::Cow;

use crate::fence::Fence;

/// Takes a byte order mark off and makes every line ending a `\n`.
pub(crate) fn normalize(source: &str) -> Cow<'_, str> {
    let text = source.strip_prefix('\u{feff}').unwrap_or(source);
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A text of which more can be had at its end.
pub(crate) trait Window {
    /// What there is of it.
    fn text(&self) -> &str;
    /// Adds some lines to it, or answers that this is all.
    fn grow(&mut self) -> bool;
    /// Adds lines until there is a `-->` among the new ones, or answers that none will come.
    fn grow_to_comment_end(&mut self) -> bool;
    /// Whether a slide began here before, and nothing has changed from here on.
    fn is_known_start(&self, at: usize) -> bool;
}

/// A line of a window: where its text ends, and where the next one begins unless it is the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) end: usize,
    pub(crate) next: Option<usize>,
}

/// Reads the line that begins at `at`, and makes sure that the next one is there to be read.
pub(crate) fn line(window: &mut impl Window, at: usize) -> Line {
    let end = loop {
        let bytes = window.text().as_bytes();
        let length = bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        if let Some(length) = length {
            break at + length;
        }
        // An edit may have joined this line to the next one.
        if !window.grow() {
            return Line { end: window.text().len(), next: None };
        }
    };
    let is_pair = window.text().as_bytes()[end..].starts_with(b"\r\n");
    let next = if is_pair { end + 2 } else { end + 1 };
    while next == window.text().len() && window.grow() {}
    Line { end, next: Some(next) }
}

/// Where a slide begins: at the separator that opens it, or at the start of the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Start {
    pub(crate) at: usize,
    pub(crate) opens_column: bool,
    /// Whether a comment in it is never closed in all of the text that follows.
    pub(crate) has_open_comment: bool,
}

/// The slides of a window.
#[derive(Debug)]
pub(crate) struct Slides {
    pub(crate) starts: Vec<Start>,
    /// Where the slides are known from; `None` if the text was read to its end.
    pub(crate) known_from: Option<usize>,
}

/// Finds the slides of a text that begins where a slide does. The lines before `first` belong to
/// the first one, which opens a column or not, and are not looked at.
///
/// No separator stands within code or a comment, so at every one of them the reader is in the same
/// state. That is what makes it right to stop at the first one that was there before.
pub(crate) fn slides(window: &mut impl Window, first: usize, opens_column: bool) -> Slides {
    let mut starts = vec![Start { at: 0, opens_column, has_open_comment: false }];
    let mut fence = Fence::default();
    let mut after_blank = true;
    // What is not closed below one line is not closed below a later one: it is not looked for again.
    let mut is_never_closed = false;
    let mut at = first;
    loop {
        let Line { end, next } = line(window, at);
        let text = &window.text()[at..end];
        let is_blank = text.trim().is_empty();
        if fence.feed(text) || fence.is_open() {
            // Code is never cut.
        } else if opens_comment(text) {
            let Some(next) = next else {
                mark_open_comment(&mut starts);
                break;
            };
            if !is_never_closed && let Some(end) = comment_end(window, next) {
                // The line that ends it is read no further.
                let Some(behind) = line(window, end).next else { break };
                (at, after_blank) = (behind, false);
                continue;
            }
            is_never_closed = true;
            mark_open_comment(&mut starts);
        } else if let Some(opens_column) = separator(text).filter(|_| after_blank)
            && next.is_none_or(|next| {
                let below = line(window, next);
                window.text()[next..below.end].trim().is_empty()
            })
        {
            if window.is_known_start(at) {
                return Slides { starts, known_from: Some(at) };
            }
            starts.push(Start { at, opens_column, has_open_comment: false });
        }
        after_blank = is_blank;
        let Some(next) = next else { break };
        at = next;
    }
    drop_separator_at_the_end(window.text(), &mut starts);
    Slides { starts, known_from: None }
}

fn mark_open_comment(starts: &mut [Start]) {
    if let Some(start) = starts.last_mut() {
        start.has_open_comment = true;
    }
}

/// A last separator with nothing behind it is being typed, so it opens no slide and draws no rule.
fn drop_separator_at_the_end(text: &str, starts: &mut Vec<Start>) {
    if let [_, .., last] = starts[..]
        && text[last.at..].trim_start_matches('-').trim().is_empty()
    {
        starts.pop();
    }
}

/// Whether a line can be a separator, and if so whether the slide it opens is in a new column. There
/// must be a blank line above and below it as well.
pub(crate) fn separator(line: &str) -> Option<bool> {
    match line.trim_end_matches([' ', '\t']) {
        "---" => Some(true),
        "----" => Some(false),
        _ => None,
    }
}

/// Whether a comment begins on this line and goes on below it.
pub(crate) fn opens_comment(line: &str) -> bool {
    let text = line.trim_start_matches(' ');
    line.len() - text.len() <= 3 && text.starts_with("<!--") && !text[4..].contains("-->")
}

/// The start of the text's next `-->`.
fn comment_end(window: &mut impl Window, from: usize) -> Option<usize> {
    loop {
        if let Some(found) = window.text()[from..].find("-->") {
            return Some(from + found);
        }
        if !window.grow_to_comment_end() {
            return None;
        }
    }
}

/// The first line that starts with `note:`, outside code.
pub(crate) fn note_line(lines: &[&str]) -> Option<usize> {
    let mut fence = Fence::default();
    lines.iter().position(|line| {
        let marker = fence.feed(line);
        !marker
            && !fence.is_open()
            && line.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("note:"))
    })
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
            "---\ntitle: x\n---",
            expect![[r#"
            0.0 3..3 
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
