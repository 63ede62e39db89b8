//! Gives a slide another title, in the form that its heading has.

use super::Change;
use crate::{
    edit::LineEdit,
    live::LiveDeck,
    title::{self, Heading},
};

/// The edits that rename a slide.
pub(crate) fn rename(deck: &LiveDeck, slide: usize, wanted: &str) -> Option<Change> {
    let wanted = wanted.split_whitespace().collect::<Vec<_>>().join(" ");
    let span = deck.spans.get(slide)?;
    let content = span.chunk.content();
    if wanted.is_empty() || (content.heading.is_some() && *content.title == *wanted) {
        return None;
    }
    let above: u32 = deck.spans[..slide].iter().map(|span| span.line_ends).sum();
    let (first, lines) = span.chunk.lines();
    let first = (above + first) as usize;
    let Some(heading) = content.heading else {
        let line = (above + content.text_line) as usize;
        let is_last = slide + 1 == deck.spans.len();
        let has_line = content.text_line < span.line_ends || is_last;
        let below = lines.get(line - first).filter(|_| has_line).copied();
        return Some(add(line, level(deck, slide), &wanted, below));
    };
    let line = first + heading.line;
    let text = renamed(lines[heading.line], heading, &content.title, &wanted);
    let edit = match text {
        Some(text) => LineEdit::replace(line..line + 1, vec![text]),
        None => {
            // What cannot be said in the heading's own form is said in the plainest one.
            let is_underlined = !is_raw(lines[heading.line]) && !is_marked(lines[heading.line]);
            let end = line + 1 + usize::from(is_underlined);
            LineEdit::replace(line..end, vec![marked(heading.level, &wanted)])
        }
    };
    Some(Change { edits: vec![edit], line: line as u32 })
}

/// Puts a heading above a line; there must be blank lines around it, whatever separators are there.
fn add(line: usize, level: usize, title: &str, below: Option<&str>) -> Change {
    let is_blank = below.is_none_or(|below| below.trim().is_empty());
    let mut text = vec![marked(level, title)];
    if is_blank {
        text.insert(0, String::new());
    }
    if !is_blank || below.is_none() {
        text.push(String::new());
    }
    let edits = vec![LineEdit::replace(line..line, text)];
    Change { edits, line: (line + usize::from(is_blank)) as u32 }
}

/// The level that headings have around here: that of the slide above in the same section.
fn level(deck: &LiveDeck, slide: usize) -> usize {
    let section = deck.spans[slide].section;
    let above = deck.spans[..slide].iter().rev().take_while(|span| span.section == section);
    above
        .filter_map(|span| span.chunk.content().heading)
        .map(|heading| heading.level)
        .next()
        .unwrap_or(1)
}

fn is_marked(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

fn is_raw(line: &str) -> bool {
    line.trim_start().starts_with('<')
}

/// The line of the heading with another title, if its form allows that.
fn renamed(line: &str, heading: Heading, old: &str, new: &str) -> Option<String> {
    let is_title = |candidate: &String| title::plain(candidate) == new;
    let escaped = title::escape(new);
    let titles = || [new, escaped.as_str()].into_iter();
    // Where the title stands as it is, marks and colours around it can stay.
    let in_place = titles().map(|title| line.replacen(old, title, 1)).find(is_title);
    if line.matches(old).count() == 1 && in_place.is_some() {
        return in_place;
    }
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    let candidate = |title: &str| {
        if is_marked(line) {
            let closing = text.trim_end().ends_with('#') && text.trim_end().contains(" #");
            let marks = "#".repeat(heading.level);
            let end = if closing { format!(" {marks}") } else { String::new() };
            return format!("{indent}{marks} {title}{end}");
        }
        let tags = (is_raw(line)).then(|| text.find('>').zip(text.rfind("</"))).flatten();
        match tags {
            Some((open, close)) if open < close => {
                format!("{indent}{}{title}{}", &text[..=open], &text[close..])
            }
            _ => format!("{indent}{title}"),
        }
    };
    let is_heading = |candidate: &String| {
        let below = if is_marked(line) || is_raw(line) { "" } else { "===" };
        title::heading(&[candidate, below]).is_some_and(|found| found.line == 0)
    };
    titles().map(candidate).find(|candidate| is_title(candidate) && is_heading(candidate))
}

fn marked(level: usize, title: &str) -> String {
    let marks = "#".repeat(level);
    let plain = format!("{marks} {title}");
    if title::plain(&plain) == title { plain } else { format!("{marks} {}", title::escape(title)) }
}
