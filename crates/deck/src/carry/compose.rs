//! The deck of a new call: the template, with what is carried over in its sections.

use std::collections::HashMap;

use super::{Item, Source, Values, bullets, section_name, variables};
use crate::{
    LiveDeck, agenda,
    dates::Date,
    live::{self, Span},
    split,
};

/// Lines that go where others are.
struct Insertion {
    at: usize,
    lines: Vec<String>,
}

/// Makes the deck of a call from the template: fills the variables, and puts the items into the
/// sections they come from, marked as carried from the call `on` that day. Items whose section the
/// template does not have stand in a section of their own at the end.
pub fn compose(template: &str, values: &Values, keep: &[Item], on: Date) -> String {
    let text = variables::fill(template, values);
    let deck = LiveDeck::new(&text);
    let places = places(&deck);
    let mark = format!("<!-- carried {on} -->");
    let mut groups: Vec<Vec<&Item>> = vec![Vec::new(); places.len() + 1];
    let mut known: HashMap<String, usize> = HashMap::new();
    for (index, place) in places.iter().enumerate() {
        known.entry(words_of_title(&place.title)).or_insert(index);
    }
    for item in keep {
        let place = known.get(&words_of_title(&item.section));
        groups[place.copied().unwrap_or(places.len())].push(item);
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let mut insertions = Vec::new();
    for (place, items) in places.iter().zip(&groups) {
        let (bullets, slides) = parts(items, &mark);
        insertions.extend((!bullets.is_empty()).then(|| place.with_bullets(bullets, &lines)));
        insertions.extend((!slides.is_empty()).then(|| between(place.end, slides, &lines)));
    }
    let (bullets, slides) = parts(groups.last().map_or(&[], Vec::as_slice), &mark);
    if !bullets.is_empty() || !slides.is_empty() {
        let is_german = agenda::is_german(deck.front_matter().lang.as_deref());
        let title = if is_german { "# Übernommen" } else { "# Carried over" };
        let mut own = if is_blank(&deck) { Vec::new() } else { texts(["", "---", ""]) };
        own.push(title.to_owned());
        own.extend((!bullets.is_empty()).then(String::new));
        own.extend(bullets.concat());
        own.extend(slides);
        insertions.push(between(places.last().map_or(0, |place| place.end), own, &lines));
    }
    inserted(&lines, insertions)
}

/// Whether a deck is still to be written.
fn is_blank(deck: &LiveDeck) -> bool {
    let text = |span: &Span| live::text_lines(&span.chunk.lines().1);
    deck.spans().len() == 1 && deck.spans().iter().all(|span| text(span).is_empty())
}

/// Where something can be put into a section.
struct Place {
    title: String,
    /// Behind its last list item, with the marker that its list has.
    list: Option<(usize, char)>,
    /// Behind what the audience sees of its last slide.
    text_end: usize,
    /// Behind its last slide.
    end: usize,
}

impl Place {
    fn with_bullets(&self, mut bullets: Vec<Vec<String>>, lines: &[&str]) -> Insertion {
        let Some((at, marker)) = self.list else {
            let above = lines[..self.text_end].last().is_some_and(|line| !line.trim().is_empty());
            let blank = above.then(String::new);
            let new = blank.into_iter().chain(bullets.concat());
            return between(self.text_end, new.collect(), lines);
        };
        for first in bullets.iter_mut().filter_map(|lines| lines.first_mut()) {
            *first = with_marker(first, marker);
        }
        Insertion { at, lines: bullets.concat() }
    }
}

/// The places of all sections.
fn places(deck: &LiveDeck) -> Vec<Place> {
    let (mut line, mut sections) = (0, deck.sections().into_iter());
    let mut places: Vec<Place> = Vec::new();
    for span in deck.spans() {
        let (above, own) = span.chunk.lines();
        let first = line + above as usize;
        line += span.line_ends as usize;
        let shown = &own[..split::note_line(&own).unwrap_or(own.len())];
        let list = last_list(shown).map(|(at, marker)| (first + at, marker));
        if places.len() <= span.section as usize {
            let title = sections.next().map(|section| section.title).unwrap_or_default();
            let title = section_name(&title).to_owned();
            places.push(Place { title, list: None, text_end: 0, end: 0 });
        }
        if let Some(place) = places.last_mut() {
            place.list = list.or(place.list);
            place.text_end = first + live::text_lines(shown).end;
            place.end = first + live::text_lines(&own).end;
        }
    }
    places
}

/// Where the last list of a slide ends, and the marker of its items.
fn last_list(lines: &[&str]) -> Option<(usize, char)> {
    let layout = bullets::read(lines);
    let outer = |bullet: &&bullets::Bullet| bullet.depth == 0 && !bullet.is_quoted;
    let last = layout.bullets.iter().rfind(outer)?;
    let marker = lines[last.lines.start].trim_start().chars().next()?;
    Some((last.lines.end, marker))
}

/// What titles of the same words have in common; one without any words is itself.
fn words_of_title(title: &str) -> String {
    let parts = title.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = parts.filter(|it| !it.is_empty()).map(str::to_lowercase).collect();
    if words.is_empty() { title.to_owned() } else { words.join(" ") }
}

/// The lines of each list item, and those of all slides with the separators above them.
fn parts(items: &[&Item], mark: &str) -> (Vec<Vec<String>>, Vec<String>) {
    let (mut bullets, mut slides) = (Vec::new(), Vec::new());
    for item in items {
        match &item.source {
            Source::Bullet(lines) => {
                let (first, rest) = lines.split_first().map_or(("", &[][..]), |(a, b)| (a, b));
                let mut bullet = vec![format!("{} {mark}", first.trim_end())];
                bullet.extend_from_slice(rest);
                bullets.push(bullet);
            }
            Source::Slide(lines) => {
                slides.extend(texts(["", "----", "", mark]));
                slides.extend_from_slice(lines);
            }
        }
    }
    (bullets, slides)
}

/// The first line of a list item with another marker, so that it joins the list above it.
fn with_marker(line: &str, marker: char) -> String {
    let width = line.find(char::is_whitespace).unwrap_or_default();
    // What is wider would be code.
    if !matches!(marker, '-' | '*' | '+') || !(1..=4).contains(&width) {
        return line.to_owned();
    }
    format!("{marker}{}{}", " ".repeat(width - 1), &line[width..])
}

/// Lines that must have a blank line below them.
fn between(at: usize, mut new: Vec<String>, lines: &[&str]) -> Insertion {
    if lines.get(at).is_some_and(|below| !below.trim().is_empty()) {
        new.push(String::new());
    }
    Insertion { at, lines: new }
}

/// The text with the insertions; of two in one place the first comes first.
fn inserted(lines: &[&str], mut insertions: Vec<Insertion>) -> String {
    insertions.sort_by_key(|insertion| insertion.at);
    let mut out: Vec<&str> = Vec::with_capacity(lines.len());
    let mut done = 0;
    for insertion in &insertions {
        let at = insertion.at.min(lines.len());
        out.extend(&lines[done..at]);
        out.extend(insertion.lines.iter().map(String::as_str));
        done = at;
    }
    out.extend(&lines[done..]);
    out.join("\n")
}

fn texts<const N: usize>(lines: [&str; N]) -> Vec<String> {
    lines.map(str::to_owned).into()
}
