//! Says of a section that it has no report, in the comments of its slides, and takes it back.
//!
//! What is put in can be told from what an author wrote, so it can be taken out again to the letter.

use super::{Change, LiveDeck, arrange};
use crate::{
    attributes::{self, HIDDEN, NO_REPORT},
    edit, split,
};

/// What is added to a slide's own comment.
const ADDED: &str = " data-visibility=\"hidden\" data-no-report=\"true\"";
/// What is put above a slide that has no comment of its own.
const LINE: &str = "<!-- .slide: data-visibility=\"hidden\" data-no-report=\"true\" -->";

/// The edits that hide a section's slides and say why.
pub(crate) fn set(deck: &LiveDeck, section: u32) -> Option<Change> {
    rewrite(deck, section, true, hidden)
}

/// The edits that show them again.
pub(crate) fn unset(deck: &LiveDeck, section: u32) -> Option<Change> {
    rewrite(deck, section, false, shown)
}

/// Writes the slides of a section anew, if all of them say afterwards what is `wanted`.
fn rewrite(
    deck: &LiveDeck,
    section: u32,
    wanted: bool,
    slide: fn(&[&str]) -> Option<Vec<String>>,
) -> Option<Change> {
    let text = split::normalize(&deck.text()).into_owned();
    let all: Vec<&str> = text.split('\n').collect();
    let mut edits = Vec::new();
    let (mut line, last) = (0, deck.spans.len() - 1);
    for (index, span) in deck.spans.iter().enumerate() {
        let (above, own) = span.chunk.lines();
        let first = line + above as usize;
        line += span.line_ends as usize;
        let end = line + usize::from(index == last);
        let own = &own[..own.len().min(end.saturating_sub(first))];
        if span.section != section || span.chunk.content().no_report == wanted {
            continue;
        }
        let new = slide(own)?;
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        edits.extend(arrange::edit_between(first..first + own.len(), &new, &all));
    }
    let caret = edits.first()?.lines.start;
    let after = edit::apply_to_lines(&text, &edits);
    let changed = LiveDeck::new(&after);
    let says = |span: &super::super::Span| span.chunk.content().no_report == wanted;
    let is_sound = changed.spans.len() == deck.spans.len()
        && changed.front.settings == deck.front.settings
        && changed.spans.iter().filter(|span| span.section == section).all(says);
    let lines = after.split('\n').count() as u32;
    is_sound.then_some(Change { edits, line: caret.min(lines - 1) })
}

/// The slide with a comment that hides it.
fn hidden(lines: &[&str]) -> Option<Vec<String>> {
    [merged(lines), Some(with_line(lines))].into_iter().flatten().find(|new| has_no_report(new))
}

/// Adds to the slide's last comment, which has the last word, if that asks for anything.
fn merged(lines: &[&str]) -> Option<Vec<String>> {
    let comments = attributes::slide_comments(shown_part(lines));
    let comment = comments.last().filter(|comment| !comment.asked.trim().is_empty())?;
    let (line, end) = comment.end;
    let mut new = owned(lines);
    let at = lines[line][..end].trim_end().len();
    new[line].insert_str(at, ADDED);
    Some(new)
}

/// Puts a comment above the text. A blank slide keeps a blank line on either side.
fn with_line(lines: &[&str]) -> Vec<String> {
    let mut new = owned(lines);
    match lines.iter().position(|line| !line.trim().is_empty()) {
        Some(at) => new.insert(at, LINE.to_owned()),
        None => {
            let at = new.len().min(1);
            new.splice(at..at, [LINE.to_owned(), String::new()]);
        }
    }
    new
}

/// The slide without what hides it for want of a report.
pub(crate) fn shown(lines: &[&str]) -> Option<Vec<String>> {
    let mut new = owned(lines);
    let mut gone = Vec::new();
    for comment in attributes::slide_comments(shown_part(lines)) {
        let (line, end) = comment.end;
        if lines[line].trim() == LINE {
            gone.push(line);
        } else if let Some(at) = lines[line][..end].rfind(ADDED) {
            new[line].replace_range(at..at + ADDED.len(), "");
        } else if comment.line == line && comment.asked.contains(NO_REPORT.0) {
            for name in [HIDDEN.0, NO_REPORT.0] {
                new[line] = attributes::without(&new[line], name).unwrap_or(new[line].clone());
            }
        }
    }
    let is_blank = |(index, line): (usize, &&str)| gone.contains(&index) || line.trim().is_empty();
    if lines.iter().enumerate().all(is_blank) {
        gone.extend(gone.first().map(|line| line + 1).filter(|line| *line < lines.len()));
    }
    let mut index = 0..;
    new.retain(|_| index.next().is_none_or(|index| !gone.contains(&index)));
    (!has_no_report(&new)).then_some(new)
}

fn has_no_report(lines: &[String]) -> bool {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let found = attributes::of_slide(shown_part(&lines), &mut Vec::new());
    attributes::is(&found, NO_REPORT) && attributes::is(&found, HIDDEN)
}

/// The lines above the speaker notes.
fn shown_part<'a, 'b>(lines: &'a [&'b str]) -> &'a [&'b str] {
    &lines[..split::note_line(lines).unwrap_or(lines.len())]
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}
