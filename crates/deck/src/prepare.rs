//! Rewrites what the Markdown parser does not know into what it does, without moving a line.
//!
//! `:::` containers become comments, which stand for themselves wherever a block may stand. An image
//! size becomes the end of the image's title. Both can be told from what an author wrote, and can
//! be undone where they turn out to be code.

use std::borrow::Cow;

use crate::fence::Fence;

/// Opens a title that was made for a size, and closes it again.
const SIZE: char = '\u{1}';
/// Stands between an author's title and the size.
const TITLED: char = '\u{2}';
/// Keeps a line that begins with a colon from being taken for a definition.
const GUARD: char = '\u{3}';
/// All of them; an author's own are dropped.
const MARKS: [char; 3] = [SIZE, TITLED, GUARD];

/// A slide's text, ready for the parser.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Words and what they are short for.
    pub(crate) abbreviations: Vec<(String, String)>,
    /// What `:::` lines open, by their number.
    pub(crate) containers: Vec<Container>,
}

/// A `:::` box.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Container {
    /// `success`, `info`, `warning`, `danger` or `spoiler`
    pub(crate) kind: &'static str,
    /// What a spoiler says while it is closed.
    pub(crate) title: String,
}

/// Prepares the text of a slide.
pub(crate) fn prepare(text: &str) -> Prepared<'_> {
    let mut prepared =
        Prepared { text: Cow::Borrowed(text), abbreviations: Vec::new(), containers: Vec::new() };
    let indent = common_indent(text);
    let has_images = text.contains("![") && text.contains('=');
    let unusual = text.contains(":::") || text.contains("*[") || text.contains(MARKS);
    let has_colons = text.starts_with(':') || text.contains("\n:") || text.contains(" :");
    if indent.is_empty() && !has_images && !has_colons && !unusual {
        return prepared;
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut fence = Fence::default();
    let mut open_containers = 0_usize;
    let mut after_blank = true;
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let line: Cow<'_, str> = if line.contains(MARKS) {
            Cow::Owned(line.replace(MARKS, ""))
        } else {
            Cow::Borrowed(line)
        };
        let line = line.strip_prefix(indent).unwrap_or(&line);
        if fence.feed(line) || fence.is_open() {
            out.push_str(line);
            after_blank = false;
            continue;
        }
        if let Some(mark) = prepared.container_mark(line, &mut open_containers) {
            out.push_str(&mark);
        } else if let Some(pair) = abbreviation(line).filter(|_| after_blank) {
            // A comment, so that what follows is a block of its own.
            prepared.abbreviations.push(pair);
            out.push_str("<!-- -->");
            continue;
        } else {
            let text = line.trim_start_matches(' ');
            if text.starts_with(':') && !text[1..].starts_with([' ', '\t']) {
                out.push(GUARD);
            }
            push_with_sizes(&mut out, line);
        }
        after_blank = line.trim().is_empty();
    }
    prepared.text = Cow::Owned(out);
    prepared
}

/// The indentation of the first line that says something: a slide may be indented as a whole.
fn common_indent(text: &str) -> &str {
    let line = text.split('\n').find(|line| !line.trim().is_empty()).unwrap_or_default();
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

impl Prepared<'_> {
    /// The comment that stands for a `:::` line.
    fn container_mark(&mut self, line: &str, open: &mut usize) -> Option<String> {
        let text = line.trim_start_matches(' ');
        let indent = &line[..line.len() - text.len()];
        let info = text.strip_prefix(":::")?.trim_start_matches(':').trim();
        if info.is_empty() {
            *open = open.checked_sub(1)?;
            return Some(format!("{indent}<!--:::-->"));
        }
        let (word, title) = info.split_once(char::is_whitespace).unwrap_or((info, ""));
        let kinds = ["success", "info", "warning", "danger", "spoiler"];
        let kind = kinds.into_iter().find(|kind| *kind == word)?;
        self.containers.push(Container { kind, title: title.trim().to_owned() });
        *open += 1;
        Some(format!("{indent}<!--:::{}-->", self.containers.len() - 1))
    }
}

/// What a comment made here says about containers.
pub(crate) enum Mark {
    Open(usize),
    Close,
}

/// Reads a comment that may have been made here.
pub(crate) fn container_of(comment: &str) -> Option<Mark> {
    let number = comment.strip_prefix(":::")?;
    if number.is_empty() { Some(Mark::Close) } else { number.parse().ok().map(Mark::Open) }
}

/// Reads `*[short]: long form`.
fn abbreviation(line: &str) -> Option<(String, String)> {
    let (short, long) = line.strip_prefix("*[")?.split_once("]:")?;
    let (short, long) = (short.trim(), long.trim());
    (!short.is_empty() && !long.is_empty()).then(|| (short.to_owned(), long.to_owned()))
}

/// Rewrites ` =WxH)` at the end of images.
fn push_with_sizes(out: &mut String, line: &str) {
    let mut rest = line;
    while let Some((before, size, after)) = rest.contains("](").then(|| next_size(rest)).flatten() {
        let target = before.trim_end();
        let titled = target.strip_suffix('"').filter(|titled| titled.contains(" \""));
        out.push_str(&match titled {
            Some(titled) => format!("{titled}{TITLED}{size}{TITLED}\")"),
            None => format!("{target} \"{SIZE}{size}{SIZE}\")"),
        });
        rest = after;
    }
    out.push_str(rest);
}

/// Finds the next size: what stands before it, the size, and what stands behind its parenthesis.
fn next_size(text: &str) -> Option<(&str, &str, &str)> {
    let image = text.find("![")?;
    for (at, _) in text.match_indices(" =").filter(|(at, _)| *at > image) {
        let length = text[at + 1..].find(')')?;
        let size = text[at + 1..at + 1 + length].trim_end();
        if text[image..at].contains("](") && split_size(size).is_some() {
            return Some((&text[..at], size, &text[at + 2 + length..]));
        }
    }
    None
}

/// Reads `=WxH`, `=Wx` and `=xH`; each side may be in per cent.
fn split_size(size: &str) -> Option<(&str, &str)> {
    let (width, height) = size.strip_prefix('=')?.split_once('x')?;
    let valid = |side: &str| {
        let digits = side.strip_suffix('%').unwrap_or(side);
        side.is_empty()
            || (!digits.is_empty()
                && digits.len() < 8
                && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    (valid(width) && valid(height) && size.len() > 2).then_some((width, height))
}

/// Takes a title from the parser apart: the author's title, and width and height.
pub(crate) fn title_and_size(title: &str) -> (&str, Option<(&str, &str)>) {
    let mark = if title.ends_with(SIZE) { SIZE } else { TITLED };
    let inner = title.strip_suffix(mark).and_then(|inner| inner.rsplit_once(mark));
    match inner {
        Some((title, size)) => (title, split_size(size)),
        None => (title, None),
    }
}

/// Undoes what [`prepare`] did to a text that turned out not to be an image.
pub(crate) fn restore(text: &str) -> Cow<'_, str> {
    if !text.contains(MARKS) {
        return Cow::Borrowed(text);
    }
    let mut out = text.replace(&format!("\"{SIZE}"), "").replace(&format!("{SIZE}\""), "");
    while let Some((before, (size, after))) = out
        .split_once(TITLED)
        .and_then(|(before, rest)| Some((before, rest.split_once(&format!("{TITLED}\""))?)))
    {
        out = format!("{before}\" {size}{after}");
    }
    Cow::Owned(out.replace(MARKS, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_found() {
        for (source, expected) in [
            ("![a](u =10x20)", Some(("10", "20"))),
            ("![a](u \"t\" =50%x)", Some(("50%", ""))),
            ("![](u =x300 ) x", Some(("", "300"))),
        ] {
            let (_, size, _) = next_size(source).expect(source);
            assert_eq!(split_size(size), expected, "{source}");
        }
        for source in ["[a](u =10x20", "![a](u)", "![a](u =x)", "a =10x20)", "![a](u =10)"] {
            let found = next_size(source).and_then(|(_, size, _)| split_size(size));
            assert!(found.is_none(), "{source}");
        }
    }

    #[test]
    fn what_was_prepared_can_be_restored() {
        for source in ["x ![a](u =10x20) y ![b](v \"t\" =50%x) z", "plain", "a\n  b"] {
            assert_eq!(restore(&prepare(source).text), source);
        }
    }

    #[test]
    fn every_line_stays_a_line() {
        let source = "  :::info\n  a\n  :::\n\n  *[A]: b\n  ```\n  :::\n  ```\n";
        let prepared = prepare(source);
        assert_eq!(prepared.text.split('\n').count(), source.split('\n').count());
        assert_eq!(prepared.abbreviations, [("A".to_owned(), "b".to_owned())]);
        assert!(prepared.text.contains("```\n:::\n```"), "{}", prepared.text);
    }
}
