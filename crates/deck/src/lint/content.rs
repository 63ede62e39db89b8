//! Slides that show nothing, and what a template left behind.

use crate::{
    fence::Fence,
    html,
    lint::{Code, Problem, Slide},
};

/// Placeholders of a single word; others have a `_`.
const PLACEHOLDERS: [&str; 8] =
    ["DATE", "NAME", "PLACEHOLDER", "REPORTER", "TEAM", "TITLE", "TOPIC", "YOURNAME"];

/// Looks at what the slide shows.
pub(crate) fn check(slide: &Slide<'_>, problems: &mut Vec<Problem>) {
    let mut fence = Fence::default();
    let mut hidden_until: Option<&str> = None;
    let mut shows = slide
        .attributes
        .iter()
        .any(|(name, value)| name.starts_with("data-background") && !value.is_empty());
    for (index, line) in slide.shown.iter().enumerate() {
        if let Some(end) = hidden_until {
            let Some(at) = html::find_ignoring_case(line, end) else { continue };
            hidden_until = None;
            let rest = &line[at + end.len()..];
            shows |= !rest.trim_start_matches('>').trim().is_empty();
            continue;
        }
        if fence.feed(line) || fence.is_open() {
            shows = true;
            continue;
        }
        let (text, opened) = visible(line);
        hidden_until = opened;
        shows |= !text.trim().is_empty();
        residue(index, &text, problems);
    }
    // A deck that is still to be written begins with a slide that shows nothing.
    if !shows && !slide.is_first {
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
            let code = &rest[ticks..];
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

/// Names the first thing on a line that a template left there.
fn residue(index: usize, text: &str, problems: &mut Vec<Problem>) {
    let suspicious = ["TODO", "odo", "02X", "0XX", "_", "<", "orem"];
    if !suspicious.iter().any(|part| text.contains(part)) {
        return;
    }
    let found = text
        .split_whitespace()
        .filter(|word| !word.contains("://") && !word.contains("]("))
        .find_map(residue_in)
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
    if let Some((_, after)) = word.split_once('<')
        && let Some((name, _)) = after.split_once('>')
        && is_placeholder(name)
    {
        let start = word.len() - after.len() - 1;
        return Some(&word[start..start + name.len() + 2]);
    }
    word.split(|c: char| !c.is_alphanumeric() && c != '_').find(|part| {
        *part == "TODO"
            || part
                .strip_prefix("20")
                .is_some_and(|rest| rest == "XX" || matches!(rest.as_bytes(), [b'0'..=b'9', b'X']))
    })
}

/// Whether `<name>` reads like `<YOUR_MINOR_VERSION>`.
fn is_placeholder(name: &str) -> bool {
    let is_loud = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    is_loud && (name.trim_matches('_').contains('_') || PLACEHOLDERS.contains(&name))
}
