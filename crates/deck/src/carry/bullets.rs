//! The list items of a slide, by their lines.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::{markdown, split};

/// A list item.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bullet {
    /// All that stands in it, without blank lines at its end.
    pub(super) lines: Range<usize>,
    /// The first line of the list within it, else its end.
    pub(super) text_end: usize,
    /// In how many others it stands.
    pub(super) depth: usize,
    /// Whether it stands in a quotation, so that its lines do not begin with it.
    pub(super) is_quoted: bool,
}

/// What of a slide is lists, and what is not.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// In the order of their first lines.
    pub(super) bullets: Vec<Bullet>,
    /// For each line that the audience sees, whether it is in a list.
    listed: Vec<bool>,
}

impl Layout {
    /// The lines that are in no list.
    pub(super) fn prose(&self) -> impl Iterator<Item = usize> {
        (0..).zip(&self.listed).filter(|(_, is_listed)| !**is_listed).map(|(line, _)| line)
    }
}

/// Finds the list items that the audience sees.
pub(super) fn read(lines: &[&str]) -> Layout {
    let shown = split::note_line(lines).unwrap_or(lines.len());
    let text = lines[..shown].join("\n");
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line_at = |at: usize| ends.partition_point(|end| *end < at);
    // For each line, the last one up to it that is not blank.
    let mut last = 0;
    let filled = lines[..shown].iter().enumerate().map(|(index, line)| {
        last = if line.trim().is_empty() { last } else { index };
        last
    });
    let filled: Vec<usize> = filled.collect();
    let mut bullets: Vec<Bullet> = Vec::new();
    // Those that are open, by their numbers.
    let mut open: Vec<usize> = Vec::new();
    let mut quotes = 0;
    for (event, range) in markdown::parser(&text).into_offset_iter() {
        match event {
            Event::Start(Tag::Item) => {
                let (start, end) = (line_at(range.start), range.end.max(range.start + 1));
                let end = filled.get(line_at(end - 1)).copied().unwrap_or(start);
                let lines = start..end.max(start) + 1;
                if let Some(outer) = open.last() {
                    let outer = &mut bullets[*outer];
                    outer.text_end = outer.text_end.min(start.max(outer.lines.start + 1));
                }
                let text_end = lines.end;
                open.push(bullets.len());
                let depth = open.len() - 1;
                bullets.push(Bullet { lines, text_end, depth, is_quoted: quotes > 0 });
            }
            Event::End(TagEnd::Item) => _ = open.pop(),
            Event::Start(Tag::BlockQuote(_)) => quotes += 1,
            Event::End(TagEnd::BlockQuote(_)) => quotes -= 1,
            _ => {}
        }
    }
    let mut listed = vec![false; shown];
    for bullet in bullets.iter().filter(|bullet| bullet.depth == 0) {
        listed[bullet.lines.clone()].fill(true);
    }
    Layout { bullets, listed }
}

/// The lines of an item without what its first one is indented by.
pub(super) fn outdented<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let indent = lines.first().map_or(0, |line| blanks(line));
    lines.iter().map(|line| &line[indent.min(blanks(line))..]).collect()
}
