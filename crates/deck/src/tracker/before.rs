//! What has to be known of a deck before a transaction, to find the slide again after it.

use std::sync::Arc;

use super::{
    Joint, REBIND_LIKENESS,
    survivors::{self, Step, Survivors},
};
use crate::{
    LiveDeck,
    edit::units,
    live::{Chunk, Span},
};

/// A slide's own text, and where it stands. Positions and lengths are in UTF-16 units.
#[derive(Debug)]
pub(super) struct Own<'a> {
    pub(super) slide: usize,
    /// Where the slide begins that it is on, with a separator.
    pub(super) start: u32,
    /// How long that slide is in all.
    pub(super) length: u32,
    /// Where its own text begins, with a character that is not blank; `start` if it has none.
    pub(super) at: u32,
    pub(super) text: &'a str,
    pub(super) edges: Edges,
}

/// Where the separators of a slide are; at the end of the deck there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Edges {
    /// The one above it.
    pub(super) opening: Option<u32>,
    /// The one below it.
    pub(super) closing: Option<u32>,
}

impl Edges {
    /// The same edges when the slide begins elsewhere.
    pub(super) fn moved(self, from: u32, to: u32) -> Self {
        let moved = |edge: Option<u32>| edge.map(|edge| edge - from + to);
        Self { opening: moved(self.opening), closing: moved(self.closing) }
    }
}

impl<'a> Own<'a> {
    /// `joint` is what belongs to it of its slide, if others were joined to it.
    pub(super) fn of(deck: &'a LiveDeck, slide: u32, joint: Joint) -> Self {
        let spans = deck.spans();
        let slide = (slide as usize).min(spans.len() - 1);
        let start: u32 = spans[..slide].iter().map(|span| span.units).sum();
        let span = &spans[slide];
        let end = start + span.units;
        let (head, mut text) = span.chunk.own_text();
        let mut at = start + head;
        if let Some(closing) = joint.edges.closing {
            text = split_at(text, closing.saturating_sub(at)).0;
        }
        if let Some(own) = joint.at {
            // Below a separator that divides nothing there may be nothing else.
            text = split_at(&span.chunk.text, own.saturating_sub(start)).1;
            text = split_at(text, joint.edges.closing.unwrap_or(end).saturating_sub(own)).0;
            at = own;
        }
        let own = text.trim_start_matches(survivors::is_blank);
        at += units(&text[..text.len() - own.len()]) as u32;
        let opening = (slide > 0).then_some(start);
        let closing = (slide + 1 < spans.len()).then_some(end);
        let edges = Edges {
            opening: joint.edges.opening.or(opening),
            closing: joint.edges.closing.or(closing),
        };
        Self {
            slide,
            start,
            length: span.units,
            at: if own.is_empty() { start } else { at },
            text: own,
            edges,
        }
    }

    /// Whether it stands and falls with a character: an empty first slide has neither text nor
    /// separator.
    pub(super) fn is_bound(&self) -> bool {
        self.slide > 0 || !self.text.is_empty()
    }

    /// Whether that much is inserted that it could be another copy of the slide.
    pub(super) fn may_be_copied_by(&self, steps: &[Step]) -> bool {
        let inserted = steps.iter().fold(0_u32, |sum, step| sum.saturating_add(step.inserted()));
        !self.text.is_empty() && inserted as usize >= units(self.text) / 2
    }
}

/// Cuts a text behind so many UTF-16 units.
fn split_at(text: &str, units: u32) -> (&str, &str) {
    let mut seen = 0;
    let is_behind = |(_, character): &(usize, char)| {
        let before = seen;
        seen += character.len_utf16() as u32;
        before >= units
    };
    let at = text.char_indices().find(is_behind).map_or(text.len(), |(at, _)| at);
    text.split_at(at)
}

/// Where a slide is that keeps the separators around it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seat {
    /// The first slide has no separator above it.
    Top,
    /// Where the separator above it is.
    At(u32),
}

impl Seat {
    /// The slide there.
    pub(super) fn slide(self, deck: &LiveDeck) -> u32 {
        match self {
            Self::Top => 0,
            Self::At(at) => deck.slide_at(at),
        }
    }

    fn is_empty(self, deck: &LiveDeck) -> bool {
        Own::of(deck, self.slide(deck), Joint::default()).text.is_empty()
    }
}

/// What has to be known of a deck before a transaction.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) slide: u32,
    /// What the slide says.
    pub(super) text: String,
    /// Where the slide begins after the edits.
    pub(super) start: u32,
    /// What is left of its text after them.
    pub(super) left: Survivors,
    /// What is left of its separators after them.
    pub(super) edges: Edges,
    /// Whether it had a separator above, and below.
    has: (bool, bool),
    /// Whether that much was inserted that it could be a copy.
    pub(super) may_be_copied: bool,
    /// Where the text of the slide is that would take its place.
    pub(super) heir: Option<u32>,
    /// All chunks, if it matters which of them are new.
    pub(super) chunks: Vec<Arc<Chunk>>,
    /// Where the edits are after them, if that matters.
    pub(super) places: Vec<(u32, u32)>,
}

impl Before {
    /// `waits`: something is waited for that may be anywhere.
    pub(super) fn new(deck: &LiveDeck, own: &Own<'_>, steps: &[Step], waits: bool) -> Self {
        let spans = deck.spans();
        let left = Survivors::of(own.text, own.at, steps);
        let is_left = left.first.is_some() && !left.are_below(REBIND_LIKENESS);
        let Edges { opening, closing } = own.edges;
        let is_left_of = |edge: u32| separator_left(deck, edge, steps);
        // When the separator is gone that was missing as it was, the slide that it was joined to is it.
        let above = (own.slide > 0).then_some(own.start);
        let edges = Edges {
            opening: opening.and_then(is_left_of).or(above.and_then(is_left_of)),
            closing: closing.and_then(is_left_of),
        };
        let may_be_copied = own.may_be_copied_by(steps);
        let (mut chunks, mut places) = (Vec::new(), Vec::new());
        if waits || may_be_copied || !is_left {
            chunks.extend(spans.iter().map(|span| Arc::clone(&span.chunk)));
            places = survivors::places(steps);
        }
        Self {
            slide: own.slide as u32,
            text: own.text.to_owned(),
            start: survivors::carry(own.start, steps),
            heir: if left.whole == 0 { heir(spans, own.slide, steps) } else { None },
            left,
            edges,
            has: (opening.is_some(), closing.is_some()),
            may_be_copied,
            chunks,
            places,
        }
    }

    /// Where the slide is by its separators, if both are left. They need not divide anything just now:
    /// what is typed right beside one makes a heading of it, for example. Or if the one above is left
    /// and nothing stands below it: then it is not another slide either.
    pub(super) fn seat(&self, deck: &LiveDeck) -> Option<Seat> {
        let (had_opening, had_closing) = self.has;
        let seat = if had_opening { self.edges.opening.map(Seat::At) } else { Some(Seat::Top) };
        let is_closed = !had_closing || self.edges.closing.is_some();
        seat.filter(|seat| is_closed || seat.is_empty(deck))
    }

    /// Whether a chunk is the slide as it was.
    pub(super) fn is_chunk(&self, chunk: &Arc<Chunk>) -> bool {
        self.chunks.get(self.slide as usize).is_some_and(|own| Arc::ptr_eq(own, chunk))
    }
}

/// Where a separator is after the edits.
fn separator_left(deck: &LiveDeck, at: u32, steps: &[Step]) -> Option<u32> {
    let (slide, start) = deck.span_at(at);
    let text = split_at(&deck.spans()[slide].chunk.text, at - start).1;
    let marks = text.len() - text.trim_start_matches('-').len();
    Survivors::of(&text[..marks], at, steps).first
}

/// The slide that takes the place of one that is removed: the next one of its section, else the one
/// before it there, else the next one, else the last. Answers where its text is after the edits.
fn heir(spans: &[Span], slide: usize, steps: &[Step]) -> Option<u32> {
    let section = spans[slide].section;
    let is_of_section = |other: &usize| spans[*other].section == section;
    let below = slide + 1..spans.len();
    let above = (0..slide).rev();
    let of_section =
        below.clone().take_while(is_of_section).chain(above.clone().take_while(is_of_section));
    let mut order = of_section.chain(below).chain(above);
    let starts = starts(spans);
    order.find_map(|other| {
        let (head, text) = spans[other].chunk.own_text();
        let is_empty = text.trim_start_matches(survivors::is_blank).is_empty();
        // An empty slide is where its separator is.
        let (at, text) = if is_empty { (0, spans[other].chunk.head()) } else { (head, text) };
        let left = Survivors::of(text, starts[other] + at, steps);
        left.first.filter(|_| left.whole > 0 || left.words == 0)
    })
}

fn starts(spans: &[Span]) -> Vec<u32> {
    let next = |end: &mut u32, span: &Span| {
        let start = *end;
        *end += span.units;
        Some(start)
    };
    spans.iter().scan(0, next).collect()
}
