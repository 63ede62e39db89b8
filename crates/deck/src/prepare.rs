//! Rewrites what the Markdown parser does not know into what it does, without moving a line.
//!
//! `:::` containers become comments, which stand for themselves wherever a block may stand. An image
//! size becomes the end of the image's title. Both can be told from what an author wrote, and can
//! be undone where they turn out to be code.

use std::borrow::Cow;

use crate::{fence::Fence, hidden};

/// Opens a title that was made for a size, and closes it again.
const SIZE: char = '\u{1}';
/// Stands between an author's title and the size.
const TITLED: char = '\u{2}';
/// Keeps a line that begins with a colon from being taken for a definition.
const GUARD: char = '\u{3}';
/// Stands where maths with its own marks begins and ends.
const OWN_MATHS: char = '\u{4}';
/// Follows the colon of a definition that was written with a tilde.
const TILDE: char = '\u{5}';
/// All of them; an author's own are dropped.
const MARKS: [char; 5] = [SIZE, TITLED, GUARD, OWN_MATHS, TILDE];
/// The name of an environment of TeX is no longer, and neither is what stands in one; it keeps the
/// search for its end short.
const MAX_NAME: usize = 32;
const MAX_MATHS: usize = 2000;
/// All of a slide's text is searched for each of them.
const MAX_ABBREVIATIONS: usize = 100;

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
    let has_colons =
        text.contains("~ ") || text.starts_with(':') || text.contains("\n:") || text.contains(" :");
    let has_addresses = text.contains("://") || text.contains(hidden::is_hidden);
    let has_maths = text.contains("\\\\(") || text.contains("\\\\[") || text.contains("\\begin{");
    if indent.is_empty() && !has_images && !has_colons && !unusual && !has_maths && !has_addresses {
        return prepared;
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut fence = Fence::default();
    let mut open_containers = Vec::new();
    let mut above = "";
    for (index, source) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let line: Cow<'_, str> = if source.contains(MARKS) {
            Cow::Owned(source.replace(MARKS, ""))
        } else {
            hidden::without_hidden(source)
        };
        let line = line.strip_prefix(indent).unwrap_or(&line);
        if fence.feed(line) || fence.is_open() {
            out.push_str(line);
            continue;
        }
        let text = line.trim_start_matches([' ', '>']);
        if let Some(mark) = prepared.container_mark(line, &mut open_containers) {
            out.push_str(&mark);
        } else if let Some(pair) = abbreviation(text) {
            // A comment, so that what follows is a block of its own.
            prepared.add_abbreviation(pair);
            out.push_str(&line[..line.len() - text.len()]);
            out.push_str("<!-- -->");
        } else {
            let text = line.trim_start_matches(' ');
            let defines = text.starts_with(": ") || text.starts_with(":\t");
            if text.starts_with(':') && !defines && !is_delimiter_row(text, above) {
                out.push(GUARD);
            }
            let line = match text.strip_prefix("~ ") {
                Some(rest) => {
                    out.push_str(&format!("{}: {TILDE}", &line[..line.len() - text.len()]));
                    rest
                }
                None => line,
            };
            push_with_sizes(&mut out, &hidden::hide(line));
        }
        above = source;
    }
    if has_maths {
        out = with_maths(&out);
    }
    // The longest of words that begin alike counts.
    prepared.abbreviations.sort_by_key(|(short, _)| std::cmp::Reverse(short.len()));
    prepared.text = Cow::Owned(out);
    prepared
}

/// Whether a line is the one of dashes below the head of a table.
fn is_delimiter_row(line: &str, above: &str) -> bool {
    let columns = |line: &str| line.trim().trim_matches('|').matches('|').count();
    line.bytes().all(|byte| b":-| \t".contains(&byte))
        && line.contains('|')
        && columns(line) == columns(above)
}

/// The indentation of the first line that says something: a slide may be indented as a whole.
fn common_indent(text: &str) -> &str {
    let line = text.split('\n').find(|line| !line.trim().is_empty()).unwrap_or_default();
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

impl Prepared<'_> {
    /// The first meaning of a word counts.
    fn add_abbreviation(&mut self, pair: (String, String)) {
        let known = &mut self.abbreviations;
        if known.len() < MAX_ABBREVIATIONS && !known.iter().any(|(short, _)| *short == pair.0) {
            known.push(pair);
        }
    }

    /// The comments that stand for a `:::` line. A box is closed by at least as many colons as opened
    /// it, and with it all that are still open within.
    fn container_mark(&mut self, line: &str, open: &mut Vec<usize>) -> Option<String> {
        let text = line.trim_start_matches(' ');
        let indent = &line[..line.len() - text.len()];
        let info = text.trim_start_matches(':');
        let colons = text.len() - info.len();
        if colons < 3 {
            return None;
        }
        let info = info.trim();
        if info.is_empty() {
            let outermost = open.iter().position(|least| colons >= *least)?;
            let closed = open.drain(outermost..).count();
            return Some(format!("{indent}{}", "<!--:::-->".repeat(closed)));
        }
        let (word, title) = info.split_once(char::is_whitespace).unwrap_or((info, ""));
        let kinds = ["success", "info", "warning", "danger", "spoiler"];
        let kind = kinds.into_iter().find(|kind| *kind == word)?;
        self.containers.push(Container { kind, title: title.trim().to_owned() });
        open.push(colons);
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
    let long = long.trim();
    let is_word = !short.is_empty() && !short.contains(['[', ']']);
    (is_word && !long.is_empty()).then(|| (short.to_owned(), long.to_owned()))
}

/// Puts `$` around maths in `\\(…\\)`, `\\[…\\]` and `\begin{…}…\end{…}`.
fn with_maths(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((start, end)) = next_maths(rest) {
        out.push_str(&rest[..start]);
        out.push_str(&format!("${OWN_MATHS}{}{OWN_MATHS}$", &rest[start..end]));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Finds maths within a paragraph.
fn next_maths(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(found) = text[from..].find('\\') {
        let start = from + found;
        from = start + 1;
        let rest = &text[start..];
        let end = if rest.starts_with("\\\\(") {
            "\\\\)".to_owned()
        } else if rest.starts_with("\\\\[") {
            "\\\\]".to_owned()
        } else if let Some(name) = rest.strip_prefix("\\begin{") {
            let Some(length) = name.bytes().take(MAX_NAME).position(|byte| byte == b'}') else {
                continue;
            };
            format!("\\end{}", &rest["\\begin".len().."\\begin{".len() + length + 1])
        } else {
            continue;
        };
        let reach = rest.len().min(MAX_MATHS);
        let reach = (0..=reach).rev().find(|at| rest.is_char_boundary(*at)).unwrap_or_default();
        let found = rest[..reach].find(&end).filter(|at| {
            let inner = &rest[..*at];
            !inner.contains("\n\n") && !inner.contains(['$', '`'])
        });
        if let Some(at) = found {
            return Some((start, start + at + end.len()));
        }
    }
    None
}

/// Reads TeX that has its own marks for where it begins and ends.
pub(crate) fn own_math(tex: &str) -> Option<Cow<'_, str>> {
    let tex = tex.strip_prefix(OWN_MATHS)?.strip_suffix(OWN_MATHS)?;
    let inner = |open: &str, close: &str| tex.strip_prefix(open)?.strip_suffix(close);
    Some(if let Some(inner) = inner("\\\\(", "\\\\)") {
        Cow::Owned(format!("\\({inner}\\)"))
    } else if let Some(inner) = inner("\\\\[", "\\\\]") {
        Cow::Owned(format!("\\[{inner}\\]"))
    } else {
        Cow::Borrowed(tex)
    })
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
    (valid(width) && valid(height)).then_some((width, height))
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
    match restore_marks(text) {
        Cow::Borrowed(text) => hidden::show(text),
        Cow::Owned(text) => Cow::Owned(hidden::show(&text).into_owned()),
    }
}

/// The same for running text, in which addresses are still to be found.
pub(crate) fn restore_marks(text: &str) -> Cow<'_, str> {
    if !text.contains(MARKS) {
        return Cow::Borrowed(text);
    }
    let mut out = text.replace(&format!("\"{SIZE}"), "").replace(&format!("{SIZE}\""), "");
    out = out.replace(&format!(": {TILDE}"), "~ ");
    out = out.replace(&format!("${OWN_MATHS}"), "").replace(&format!("{OWN_MATHS}$"), "");
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
        for source in ["[a](u =10x20", "![a](u)", "a =10x20)", "![a](u =10)"] {
            let found = next_size(source).and_then(|(_, size, _)| split_size(size));
            assert!(found.is_none(), "{source}");
        }
    }

    #[test]
    fn what_was_prepared_can_be_restored() {
        for source in [
            "x ![a](u =10x20) y ![b](v \"t\" =50%x) z",
            "plain",
            "a\n  b",
            "~ https://a.example/_b_",
        ] {
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
