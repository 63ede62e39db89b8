//! What the lines of a slide say, apart from what is there only for its authors.

use std::borrow::Cow;

use crate::{characters::head, fence::Fence, html, split, tracker};

/// Code within a line is no longer than this; it keeps the search for its end from going over a long
/// line again and again.
pub(crate) const MAX_CODE: usize = 2_000;

/// A line as its readers know it.
#[derive(Debug)]
pub(crate) struct Said<'a> {
    /// Without comments and style sheets.
    pub(crate) text: Cow<'a, str>,
    /// The comments that begin on it, as far as they stand on it.
    pub(crate) comments: Vec<&'a str>,
    pub(crate) is_code: bool,
}

impl Said<'_> {
    /// Whether a comment on it says what somebody should write there.
    pub(crate) fn has_prompt(&self) -> bool {
        self.comments.iter().any(|comment| is_prompt(comment))
    }

    /// Whether there is nothing to be read on it, be it a bullet or not.
    pub(crate) fn is_blank(&self) -> bool {
        !self.is_code && (self.text.trim().is_empty() || self.is_empty_bullet())
    }

    /// Whether it is a bullet without a text.
    pub(crate) fn is_empty_bullet(&self) -> bool {
        !self.is_code && bullet(&self.text).is_some_and(|text| matches!(text, "" | "[ ]" | "[x]"))
    }

    /// Whether it is the line that says who reports.
    pub(crate) fn names_reporter(&self) -> bool {
        !self.is_code && reporters(&self.text).is_some()
    }
}

/// Whether a comment, without blanks around it, says what somebody should write.
pub(crate) fn is_prompt(comment: &str) -> bool {
    const WORD: &str = "prompt:";
    comment.get(..WORD.len()).is_some_and(|word| word.eq_ignore_ascii_case(WORD))
}

/// What follows `Report by` on a line that begins with it.
pub(crate) fn reporters(line: &str) -> Option<&str> {
    const WORDS: &str = "report by";
    let at = html::find_ignoring_case(line, WORDS)?;
    let is_first = !line[..at].contains(char::is_alphanumeric);
    let rest = line.get(at + WORDS.len()..)?;
    (is_first && !rest.starts_with(char::is_alphanumeric)).then_some(rest)
}

/// The text of a list item, if a line is the first one of one.
pub(crate) fn bullet(line: &str) -> Option<&str> {
    let text = line.trim();
    let marker = match text.bytes().next()? {
        b'-' | b'*' | b'+' => 1,
        _ => {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let ends = matches!(text.as_bytes().get(digits), Some(b'.' | b')'));
            (1..10).contains(&digits).then_some(digits + 1).filter(|_| ends)?
        }
    };
    let rest = &text[marker..];
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then(|| rest.trim_start())
}

/// Reads the lines of a slide.
pub(crate) fn lines<'a>(lines: &[&'a str]) -> Vec<Said<'a>> {
    let mut fence = Fence::default();
    let mut until: Option<&str> = None;
    let read = lines.iter().map(|line| {
        if until.is_none() && (fence.feed(line) || fence.is_open()) {
            let text = Cow::Borrowed(*line);
            return Said { text, comments: Vec::new(), is_code: true };
        }
        if until.is_none() && !line.contains(['<', '`']) {
            let text = Cow::Borrowed(*line);
            return Said { text, comments: Vec::new(), is_code: false };
        }
        let mut comments = Vec::new();
        let text = visible(line, &mut until, &mut comments);
        Said { text: Cow::Owned(text), comments, is_code: false }
    });
    read.collect()
}

/// The line without comments and style sheets; `until` is what ends the one that goes on below.
fn visible<'a>(
    line: &'a str,
    until: &mut Option<&'static str>,
    comments: &mut Vec<&'a str>,
) -> String {
    let mut text = String::new();
    let mut rest = line;
    if let Some(end) = *until {
        let Some(at) = html::find_ignoring_case(rest, end) else { return text };
        *until = None;
        rest = rest[at + end.len()..].trim_start_matches('>');
    }
    while let Some(at) = rest.find(['<', '`']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let kept = if rest.starts_with('`') {
            let ticks = rest.len() - rest.trim_start_matches('`').len();
            let code = head(&rest[ticks..], MAX_CODE + ticks);
            ticks + code.find(&rest[..ticks]).map_or(0, |end| end + ticks)
        } else if let Some(comment) = rest.strip_prefix("<!--") {
            let end = comment.find("-->");
            comments.push(comment[..end.unwrap_or(comment.len())].trim());
            let Some(end) = end else {
                *until = Some("-->");
                return text;
            };
            rest = &comment[end + 3..];
            0
        } else if rest.get(..6).is_some_and(|tag| tag.eq_ignore_ascii_case("<style")) {
            let Some(end) = html::find_ignoring_case(rest, "</style") else {
                *until = Some("</style");
                return text;
            };
            rest = rest[end + "</style".len()..].trim_start_matches('>');
            0
        } else {
            1
        };
        text.push_str(&rest[..kept]);
        rest = &rest[kept..];
    }
    text.push_str(rest);
    text
}

/// What a text says, word by word: without comments, separators, empty bullets and `Report by`.
/// Texts that differ in white space alone say the same.
pub fn words_of(section_text: &str) -> String {
    let text = split::normalize(section_text);
    let all: Vec<&str> = text.split('\n').collect();
    let mut words = String::with_capacity(text.len());
    for said in lines(&all) {
        let is_separator = !said.is_code && split::separator(&said.text).is_some();
        if said.is_blank() || is_separator || said.names_reporter() {
            continue;
        }
        for word in said.text.split_whitespace() {
            words.extend((!words.is_empty()).then_some(' '));
            words.push_str(word);
        }
    }
    words
}

/// How many percent of the words of the longer text are in both.
pub fn likeness(a: &str, b: &str) -> usize {
    tracker::likeness(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_is_said_without_comments_white_space_and_who_reports() {
        let said = "# Team A\r\n\nReport by @ada\n\n----\n\n- <!-- prompt: x -->\n- one\ttwo <!-- carried\n2024-04-11 --> three\n1.\n";
        assert_eq!(words_of(said), "# Team A - one two three");
        assert_eq!(
            words_of("```\n<!-- a -->\n----\n```\n`<!-- b -->`"),
            "``` <!-- a --> ---- ``` `<!-- b -->`"
        );
        assert_eq!(words_of("<style>\na {}\n</style>\nx <b>y</b>"), "x <b>y</b>");
        assert_eq!(words_of("a <!-- never closed\nb"), "a");
        assert_eq!(words_of(""), "");
    }

    #[test]
    fn likeness_is_that_of_the_words() {
        assert_eq!(likeness("one two", "two *one*"), 100);
        assert_eq!(likeness("one two", ""), 0);
    }

    #[test]
    fn the_line_of_the_reporter_begins_with_the_words() {
        assert_eq!(reporters("*Report by* @a"), Some("* @a"));
        assert_eq!(reporters("- report by: A"), Some(": A"));
        assert_eq!(reporters("Report by"), Some(""));
        assert_eq!(reporters("Send the report by Friday"), None);
        assert_eq!(reporters("Report bylaws"), None);
    }

    #[test]
    fn list_items_are_known_by_their_markers() {
        for (line, text) in [("- a", "a"), ("  * [ ] b ", "[ ] b"), ("12) c", "c"), ("+", "")] {
            assert_eq!(bullet(line), Some(text));
        }
        for line in ["-a", "--- x", "1a", "**b**", "", "x"] {
            assert_eq!(bullet(line), None, "{line}");
        }
    }
}
