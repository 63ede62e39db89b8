//! The running text of Markdown: what stands in code, comments, tags and addresses is blotted out.

use crate::{characters::head, fence::Fence, html, linkify};

/// Stands where something was blotted out. No text holds it: a browser shows it as `\u{fffd}`.
pub(crate) const BLOT: char = '\0';

/// The text with a [`BLOT`] for each byte that is none of running text, so that places stay.
pub(crate) fn of(text: &str) -> String {
    let mut prose = Prose { out: text.to_owned() };
    prose.blot_code_blocks();
    let mut at = 0;
    while let Some(found) = prose.out[at..].find(['`', '<', ']', '\\']) {
        let start = at + found;
        at = prose.skipped(start);
    }
    let mut at = 0;
    while let Some(found) = linkify::find(&prose.out, at) {
        at = found.range.end;
        prose.blot(found.range.start, found.range.end);
    }
    prose.out
}

/// Code within a line, a tag, or the target of a link, is no longer than this; it keeps the search from
/// going over a long text again for each sign that may begin one.
const MAX_LENGTH: usize = 2_000;
/// As deep go the brackets in the target of a link.
const MAX_DEPTH: usize = 32;

struct Prose {
    out: String,
}

impl Prose {
    fn blot(&mut self, from: usize, to: usize) {
        let blots: String =
            self.out[from..to].bytes().map(|b| if b == b'\n' { '\n' } else { BLOT }).collect();
        self.out.replace_range(from..to, &blots);
    }

    fn blot_code_blocks(&mut self) {
        let mut fence = Fence::default();
        let mut at = 0;
        while at < self.out.len() {
            let end = self.out[at..].find('\n').map_or(self.out.len(), |length| at + length);
            let line = self.out[at..end].trim_end_matches('\r');
            if fence.feed(line) || fence.is_open() {
                self.blot(at, end);
            }
            at = end + 1;
        }
    }

    /// Blots out what begins here, if it is no running text; answers where to go on.
    fn skipped(&mut self, start: usize) -> usize {
        let rest = &self.out[start..];
        let end = match rest.as_bytes()[0] {
            b'\\' => return start + 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            b'`' => {
                let ticks = rest.len() - rest.trim_start_matches('`').len();
                match code_length(rest, ticks) {
                    Some(length) => start + length,
                    None => return start + ticks,
                }
            }
            b'<' => match tag_length(rest) {
                Some(length) => start + length,
                None => return start + 1,
            },
            _ => match target_length(&rest[1..]) {
                Some(length) => start + 1 + length,
                None => return start + 1,
            },
        };
        self.blot(start, end);
        end
    }
}

/// The length of a code span that begins with so many ticks. It ends within its paragraph.
fn code_length(text: &str, ticks: usize) -> Option<usize> {
    let near = &text[..text.floor_char_boundary(ticks + MAX_LENGTH)];
    let paragraph = &near[..near.find("\n\n").unwrap_or(near.len())];
    let mut at = ticks;
    while let Some(found) = paragraph[at..].find('`') {
        let start = at + found;
        let run = paragraph.len() - start - paragraph[start..].trim_start_matches('`').len();
        if run == ticks {
            return Some(start + run);
        }
        at = start + run;
    }
    None
}

/// The length of a comment, a style sheet or a tag.
fn tag_length(text: &str) -> Option<usize> {
    if text.starts_with("<!--") {
        return Some(text.find("-->").map_or(text.len(), |end| end + 3));
    }
    if !text[1..].starts_with(|c: char| c == '/' || c.is_ascii_alphabetic()) {
        return None;
    }
    let end = head(text, MAX_LENGTH).find('>')? + 1;
    if text[..end].contains("\n\n") {
        return None;
    }
    if !text.get(..6).is_some_and(|tag| tag.eq_ignore_ascii_case("<style")) {
        return Some(end);
    }
    let sheet = html::find_ignoring_case(&text[end..], "</style");
    Some(sheet.map_or(text.len(), |length| end + length))
}

/// The length of a link's target, with its brackets. It ends on its line.
fn target_length(text: &str) -> Option<usize> {
    if !text.starts_with('(') {
        return None;
    }
    let mut depth = 0;
    for (at, c) in text.char_indices().take(MAX_LENGTH) {
        match c {
            '(' if depth > MAX_DEPTH => return None,
            '(' => depth += 1,
            ')' if depth == 1 => return Some(at + 1),
            ')' => depth -= 1,
            '\n' => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let prose = of(text);
        assert_eq!(prose.len(), text.len());
        let words: Vec<&str> = prose.split([BLOT, ' ', '\n']).filter(|w| !w.is_empty()).collect();
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn only_running_text_is_left() {
        check("a `b` ``c ` d`` e ` f", "a e ` f");
        check("a <b class=\"c\">d</b> <https://a.example> 1 < 2", "a d 1 < 2");
        check("a <!-- b\n\nc --> d\n\n<style>\ne {}\n</style>\n\nf", "a d f");
        check("[a](b (c) d) ![e](f.png) [g] (h)", "[a ![e [g] (h)");
        check("a https://a.example/b c www.example.org d@example.org e", "a c e");
        check("a\n\n```js\nb\n\n```\n\nc", "a c");
        check("a \\`b\\` c", "a \\`b\\` c");
        check("ä `ö\n\nü` é", "ä `ö ü` é");
        check("<!-- a", "");
    }

    /// A search to the end of the text for each sign would take hours.
    #[test]
    fn what_is_never_closed_is_looked_for_nearby_alone() {
        for part in ["`a ``b ", "`a\n``b\n", "](", "](a", "<a", "<a ", "a.b.c "] {
            let text = part.repeat(250_000 / part.len());
            assert_eq!(of(&text).len(), text.len());
        }
    }
}
