//! Slides that show nothing, and what a template left behind.

use crate::{
    attributes,
    characters::{head, tail},
    fence::Fence,
    html,
    lint::{Code, Problem, Slide},
    said::MAX_CODE,
};

/// Placeholders of a single word; others have a `_`.
const PLACEHOLDERS: [&str; 8] =
    ["DATE", "NAME", "PLACEHOLDER", "REPORTER", "TEAM", "TITLE", "TOPIC", "YOURNAME"];

/// A variable of a template has no longer name.
const MAX_VARIABLE: usize = 100;
/// So far from a placeholder its quotes are looked for, in bytes.
const MAX_QUOTED: usize = 200;

/// Looks at what the slide shows.
pub(crate) fn check(slide: &Slide<'_>, problems: &mut Vec<Problem>) {
    let mut fence = Fence::default();
    let mut hidden_until: Option<&str> = None;
    let has_background = slide
        .attributes
        .iter()
        .any(|(name, value)| name.starts_with("data-background") && !value.is_empty());
    for (index, line) in slide.shown.iter().enumerate() {
        if let Some(end) = hidden_until {
            if html::find_ignoring_case(line, end).is_some() {
                hidden_until = None;
            }
            continue;
        }
        if fence.feed(line) || fence.is_open() {
            continue;
        }
        let (text, opened) = visible(line);
        hidden_until = opened;
        residue(index, &text, problems);
    }
    // A deck that is still to be written begins with a slide that shows nothing.
    // One that is hidden need not show anything.
    let is_hidden = attributes::is(slide.attributes, attributes::HIDDEN);
    if !slide.shows && !has_background && !slide.is_first && !is_hidden {
        problems.push(Problem::new(Code::SlideEmpty, 0, []));
    }
}

/// The line without comments, style sheets and inline code, and what ends the one that goes on below.
fn visible(line: &str) -> (String, Option<&'static str>) {
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['<', '`']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let (skipped, end) = if rest.starts_with('`') {
            let ticks = rest.len() - rest.trim_start_matches('`').len();
            let code = head(&rest[ticks..], MAX_CODE + ticks);
            let end = code.find(&rest[..ticks]).map_or(0, |end| end + ticks);
            // Code shows something.
            text.push('`');
            (ticks + end, None)
        } else if rest.starts_with("<!--") {
            match rest.find("-->") {
                Some(end) => (end + 3, None),
                None => (rest.len(), Some("-->")),
            }
        } else if rest.get(..6).is_some_and(|tag| tag.eq_ignore_ascii_case("<style")) {
            match html::find_ignoring_case(rest, "</style") {
                Some(end) => {
                    (rest[end..].find('>').map_or(rest.len(), |length| end + length + 1), None)
                }
                None => (rest.len(), Some("</style")),
            }
        } else {
            text.push('<');
            (1, None)
        };
        rest = &rest[skipped..];
        if end.is_some() {
            return (text, end);
        }
    }
    text.push_str(rest);
    (text, None)
}

/// The settings that people see somewhere.
const SHOWN_SETTINGS: [&str; 3] = ["title:", "description:", "date:"];

/// Looks at the settings of the deck, the first of which is on line `first`.
pub(crate) fn settings(lines: &[&str], first: usize, problems: &mut Vec<Problem>) {
    for (index, line) in lines.iter().enumerate() {
        let is_shown = SHOWN_SETTINGS.iter().any(|name| line.starts_with(name));
        if is_shown || variable(line).is_some() && !line.trim_start().starts_with('#') {
            residue(first + index, line, problems);
        }
    }
}

/// Names the first thing on a line that a template left there.
fn residue(index: usize, text: &str, problems: &mut Vec<Problem>) {
    let suspicious = ["TODO", "odo", "02X", "0XX", "_", "<", "orem", "{{"];
    if !suspicious.iter().any(|part| text.contains(part)) {
        return;
    }
    let found = text
        .split_whitespace()
        .filter(|word| !word.contains("://") && !word.contains("]("))
        .find_map(|word| residue_in(word).or_else(|| placeholder_in(word, text)))
        .or_else(|| variable(text))
        .or_else(|| html::find_ignoring_case(text, "lorem ipsum").map(|_| "Lorem ipsum"));
    if let Some(found) = found {
        problems.push(Problem::new(Code::TemplateResidue, index, [found.to_owned()]));
    }
}

fn residue_in(word: &str) -> Option<&str> {
    let is_inner = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if let Some(at) = html::find_ignoring_case(word, "@todo")
        && !word[..at].ends_with(is_inner)
        && !word[at + 5..].starts_with(is_inner)
    {
        return Some(&word[at..at + 5]);
    }
    word.split(|c: char| !c.is_alphanumeric() && c != '_').find(|part| {
        *part == "TODO"
            || part
                .strip_prefix("20")
                .is_some_and(|rest| rest == "XX" || matches!(rest.as_bytes(), [b'0'..=b'9', b'X']))
    })
}

/// Finds `<YOUR_MINOR_VERSION>` in a word of the text. In quotes it is spoken of, not left over.
fn placeholder_in<'a>(word: &'a str, text: &str) -> Option<&'a str> {
    let (_, after) = word.split_once('<')?;
    let (name, _) = after.split_once('>')?;
    let start = word.len() - after.len() - 1;
    let at = word.as_ptr() as usize - text.as_ptr() as usize + start;
    let is_left = is_placeholder(name) && !is_quoted(text, at);
    is_left.then(|| &word[start..start + name.len() + 2])
}

/// Whether `<name>` reads like `<YOUR_MINOR_VERSION>`.
fn is_placeholder(name: &str) -> bool {
    let is_loud = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    is_loud && (name.trim_matches('_').contains('_') || PLACEHOLDERS.contains(&name))
}

fn is_quoted(text: &str, at: usize) -> bool {
    let (before, behind) = (tail(&text[..at], MAX_QUOTED), head(&text[at..], MAX_QUOTED));
    let is_open = |quotes: &(char, char)| match *quotes {
        (open, close) if open == close => before.matches(open).count() % 2 == 1,
        (open, close) => before.rfind(open) > before.rfind(close),
    };
    let quotes = [('"', '"'), ('„', '“'), ('“', '”'), ('«', '»'), ('»', '«'), ('‘', '’')];
    quotes.iter().any(|quotes| is_open(quotes) && behind.contains(quotes.1))
}

/// Finds a variable of a template, such as `{{date}}` and `{{date:long}}`.
fn variable(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("{{") {
        let name = head(behind, MAX_VARIABLE).split_once("}}").map_or("", |(name, _)| name);
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_:".contains(c));
        if is_name {
            let start = text.len() - behind.len() - 2;
            return Some(&text[start..start + name.len() + 4]);
        }
        rest = behind;
    }
    None
}
