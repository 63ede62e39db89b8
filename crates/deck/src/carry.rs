//! What goes on from one call to the next: what is carried over, and the deck it is carried into.
//!
//! It is worked out once for each new call, on the server; a deck that is edited needs none of it.

mod bullets;
mod compose;
mod variables;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde::Serialize;

use self::bullets::Bullet;
pub use self::{compose::compose, variables::Values};
use crate::{
    LiveDeck,
    characters::head,
    dates::{self, Date},
    live::{self, Span},
    said::{self, Said},
    title, words_of,
};

/// What people read of an item is no longer; the whole of it is on its slide.
const MAX_TEXT: usize = 200;
/// Nor is the title of a section, which each of its items holds, in bytes.
const MAX_SECTION: usize = 200;
/// List items deeper within others are not looked for in the template: all that stands in an item is
/// read again for each one around it.
const DEPTH_OF_KNOWN: usize = 8;

/// Something of the last call that may be wanted in the next one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Tells it apart from the others, and stays the same while its text does.
    pub id: u32,
    /// What it is.
    pub kind: Kind,
    /// The title of the section that it stands in.
    pub section: String,
    /// What it says, in one line for people.
    pub text: String,
    /// The day on which it takes place or has to be done, if that is still to come.
    pub date: Option<Date>,
    #[serde(skip)]
    source: Source,
}

/// What is carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A list item with a box that is not ticked.
    Task,
    /// A list item or a slide with a day that is still to come.
    Event,
    /// A slide that stands there every time.
    Slide,
}

/// The lines of an item.
#[derive(Debug, Clone, PartialEq)]
enum Source {
    /// A list item with all that stands in it; its marker is not indented.
    Bullet(Vec<String>),
    /// A slide from its first line of text to its last one, notes included.
    Slide(Vec<String>),
}

/// Finds what may be carried over into a call on the day `from`: open tasks, what takes place on that
/// day or later, and standing slides. What the template has already is left out.
pub fn find(
    previous: &str,
    before_previous: Option<&str>,
    template: &str,
    from: Date,
) -> Vec<Item> {
    let earlier = before_previous.map(LiveDeck::new);
    let mut finder = Finder {
        from,
        known: texts(&LiveDeck::new(template)).collect(),
        stood: earlier.iter().flat_map(slide_texts).collect(),
        items: Vec::new(),
    };
    let deck = LiveDeck::new(previous);
    let sections = deck.sections();
    for span in deck.spans() {
        finder.slide(span, section_name(&sections[span.section as usize].title));
    }
    finder.items
}

/// The title of a section, as far as it is needed to find it again.
fn section_name(title: &str) -> &str {
    head(title, MAX_SECTION)
}

/// Who reported in which section, by its title.
pub fn reporters(previous: &str) -> Vec<(String, String)> {
    let sections = LiveDeck::new(previous).sections().into_iter();
    sections.filter_map(|section| Some((section.title, section.reporter?))).collect()
}

/// What the slides and the list items of a deck say.
fn texts(deck: &LiveDeck) -> impl Iterator<Item = String> {
    let bullets = deck.spans().iter().flat_map(|span| {
        let (_, lines) = span.chunk.lines();
        let bullets = bullets::read(&lines).bullets.into_iter();
        let bullets = bullets.filter(|bullet| bullet.depth < DEPTH_OF_KNOWN);
        bullets.map(|bullet| bullet_words(&lines[bullet.lines])).collect::<Vec<_>>()
    });
    slide_texts(deck).chain(bullets)
}

/// What a list item says, whatever its marks look like.
fn bullet_words(lines: &[&str]) -> String {
    let texts: Vec<&str> = lines.iter().map(|line| said::bullet(line).unwrap_or(line)).collect();
    words_of(&texts.join("\n"))
}

fn slide_texts(deck: &LiveDeck) -> impl Iterator<Item = String> {
    deck.spans().iter().map(|span| words_of(&span.chunk.lines().1.join("\n")))
}

struct Finder {
    from: Date,
    /// What the template says, and what was found already.
    known: HashSet<String>,
    /// What slides said the time before.
    stood: HashSet<String>,
    items: Vec<Item>,
}

impl Finder {
    fn slide(&mut self, span: &Span, section: &str) {
        let (_, lines) = span.chunk.lines();
        let lines = &lines[live::text_lines(&lines)];
        let said = said::lines(lines);
        let words = words_of(&lines.join("\n"));
        let content = span.chunk.content();
        let is_standing = said.iter().any(|said| said.comments.contains(&"standing"));
        let found = bullets::read(lines);
        // The first slide speaks of the call itself.
        let is_first = span.chunk.front_matter.is_some();
        if !is_first && (content.progress.says || is_standing) {
            let days = found.prose().filter_map(|line| said.get(line));
            let day = self.day(days);
            let is_over = || said.iter().any(|said| !dates::find(&said.text, self.from).is_empty());
            let kind = match day {
                _ if is_standing => Some(Kind::Slide),
                Some(_) => Some(Kind::Event),
                None => (self.stood.contains(&words) && !is_over()).then_some(Kind::Slide),
            };
            if let Some(kind) = kind {
                if self.known.insert(words) {
                    let source = Source::Slide(without_marks(lines));
                    self.add(kind, section, content.title.to_string(), day, source);
                }
                return;
            }
        }
        self.bullets(&found.bullets, lines, &said, section);
    }

    /// Of list items within each other, the outer one is carried.
    fn bullets(&mut self, bullets: &[Bullet], lines: &[&str], said: &[Said<'_>], section: &str) {
        let (mut carried_to, mut read_to) = (0, 0);
        for bullet in bullets.iter().filter(|bullet| !bullet.is_quoted) {
            let first = bullet.lines.start;
            let Some(text) = said::bullet(&said[first].text) else { continue };
            let (is_open, is_done) = boxed(text);
            if first < carried_to || is_done {
                carried_to = carried_to.max(bullet.lines.end);
                continue;
            }
            let text = if is_open { text[3..].trim() } else { text };
            // Items that begin on one line have it in common: it is read once.
            let own = &said[read_to.clamp(first, bullet.text_end)..bullet.text_end];
            read_to = bullet.text_end;
            let day = self.day(own.iter());
            if text.is_empty() || !(is_open || day.is_some()) {
                continue;
            }
            carried_to = bullet.lines.end;
            let source = &lines[bullet.lines.clone()];
            if self.known.insert(bullet_words(source)) {
                let kind = if is_open { Kind::Task } else { Kind::Event };
                let source = Source::Bullet(without_marks(&bullets::outdented(source)));
                self.add(kind, section, title::plain(text), day, source);
            }
        }
    }

    /// The first day in some lines that is still to come. The day of the call itself, in a heading,
    /// speaks of the call.
    fn day<'a>(&self, lines: impl Iterator<Item = &'a Said<'a>>) -> Option<Date> {
        let readable = lines.filter(|said| !said.is_code);
        let days = readable.flat_map(|said| {
            let is_heading = said.text.trim_start().starts_with('#');
            let found = dates::find(&said.text, self.from).into_iter();
            found.filter(move |found| !is_heading || found.from != self.from)
        });
        days.filter(|found| found.to >= self.from).map(|found| found.from).min()
    }

    fn add(&mut self, kind: Kind, section: &str, text: String, date: Option<Date>, source: Source) {
        let (Source::Bullet(lines) | Source::Slide(lines)) = &source;
        let id = hash(&[&[section.to_owned()], lines.as_slice()].concat());
        let text = text.chars().take(MAX_TEXT).collect();
        self.items.push(Item { id, kind, section: section.to_owned(), text, date, source });
    }
}

/// Whether a list item has an open box, and whether it has a ticked one.
fn boxed(text: &str) -> (bool, bool) {
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(char::is_whitespace);
    let has = |mark: &str| text.strip_prefix(mark).is_some_and(ends);
    (has("[ ]"), has("[x]") || has("[X]"))
}

/// The lines without what says that they were carried before, or that there was no report.
fn without_marks(lines: &[&str]) -> Vec<String> {
    let shown = live::without_no_report(lines);
    let lines = shown.unwrap_or_else(|| lines.iter().map(|line| (*line).to_owned()).collect());
    let kept = lines.into_iter().filter_map(|line| {
        let clean = without_carried(&line);
        (clean == line || !clean.trim().is_empty()).then_some(clean)
    });
    let mut kept: Vec<String> = kept.collect();
    let blank = kept.iter().take_while(|line| line.trim().is_empty()).count();
    kept.drain(..blank);
    kept
}

fn without_carried(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("<!--") {
        let (before, comment) = rest.split_at(at);
        let end = comment.find("-->").map_or(comment.len(), |end| end + 3);
        let is_ours = comment[4..end.max(4)].trim_start().starts_with("carried");
        out.push_str(if is_ours { before.trim_end_matches(' ') } else { &rest[..at + end] });
        rest = &comment[end..];
    }
    out.push_str(rest);
    out
}

/// FNV-1a, since an item has to be the same for whoever asks twice.
fn hash(lines: &[String]) -> u32 {
    let bytes = lines.iter().flat_map(|line| line.bytes().chain([b'\n']));
    bytes.fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
