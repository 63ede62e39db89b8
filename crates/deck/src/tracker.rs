//! Follows the slide that is presented through the edits of its deck, by what it is and not by its
//! number.
//!
//! A slide is where the first character of its text is that is left after a transaction. So edits
//! elsewhere do not move it, the upper half of a slide that is split is the slide, and so is what
//! becomes of it when a separator beside it goes. When nothing is left of the text, its words are
//! looked for in what came with the same transaction, and for a while afterwards. The rules (`[T…]`)
//! are in `SPEC.md`.

mod before;
mod changes;
mod likeness;
mod survivors;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use self::{
    before::{Before, Edges, Own, Seat},
    changes::Changes,
    likeness::Words,
    survivors::Step,
};
use crate::{LiveDeck, TextEdit};

/// For so many milliseconds a slide that was cut is waited for: long enough to cut, scroll and paste, or
/// to undo; too short for anybody to have gone on to speak of something else.
pub const REBIND_WITHIN: u64 = 10_000;
/// So many percent of the words of either text must be in the other for it to be the same slide.
pub const REBIND_LIKENESS: usize = 80;
/// If less than this many percent of its words are left, a slide may still come back elsewhere.
const TRIFLE: usize = 20;
/// So many texts that went are waited for at a time; two for each slide that is deleted under the driver.
const LOST_AT_MOST: usize = 16;

/// How many percent of the words of the longer text are in both.
pub(crate) fn likeness(a: &str, b: &str) -> usize {
    Words::of(a).likeness(&Words::of(b))
}

/// Follows the slide that is presented through edits by what it is, not by its number.
#[derive(Debug, Default)]
pub struct Tracker {
    slide: u32,
    joint: Joint,
    /// What the slide said before a run of deletions, and in how many words.
    fullest: Option<(usize, Version)>,
    /// What slides said that are gone, the oldest first.
    lost: Vec<Version>,
    copies: Vec<Copied>,
}

/// What a transaction did to the slide that is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is still the same slide, whatever its number is now.
    Same,
    /// Another slide took its place.
    Removed,
    /// It is bound again to text that came back elsewhere.
    Rebound,
}

/// What of a slide is the one that is presented, while separators are missing that divided it from
/// others: half-typed ones, or those below code that is not closed yet. When they are there again, the
/// same slide goes on.
#[derive(Debug, Clone, Copy, Default)]
struct Joint {
    /// Where its own text begins, if there is other text above.
    at: Option<u32>,
    /// What is left of the separators that divide nothing.
    edges: Edges,
    /// Set if only a separator is left of it, so that another slide is shown.
    until: Option<u64>,
}

/// What a slide said at some time.
#[derive(Debug)]
struct Version {
    text: String,
    at: u64,
}

/// Where a copy of the slide was put, and when: the slide itself may be cut after it.
#[derive(Debug)]
struct Copied {
    place: u32,
    at: u64,
}

impl Tracker {
    /// Presents a slide, by its flat number in the deck as it is.
    pub fn new(slide: u32) -> Self {
        Self { slide, ..Self::default() }
    }

    /// The driver goes to a slide; what was cut before is forgotten.
    pub fn show(&mut self, slide: u32) {
        *self = Self::new(slide);
    }

    /// The driver is at a position of the text, in UTF-16 units. If the slide has other text above it,
    /// a separator is missing there, and the slide's own text begins at the position.
    pub fn show_at(&mut self, deck: &LiveDeck, offset: u32) {
        self.show(0);
        self.settle(deck, offset, &Found::below_others());
    }

    /// The flat number of the slide that is presented.
    pub fn slide(&self) -> u32 {
        self.slide
    }

    /// Applies the edits of one transaction to the deck and follows the slide. `now` is in
    /// milliseconds of any clock that never goes back.
    pub fn edit(&mut self, deck: &mut LiveDeck, edits: &[TextEdit], now: u64) -> Fate {
        self.forget(now);
        let steps: Vec<Step> = edits.iter().map(Step::of).collect();
        for copy in &mut self.copies {
            copy.place = survivors::carry(copy.place, &steps);
        }
        let own = Own::of(deck, self.slide, self.joint);
        let waits = !self.lost.is_empty();
        match survivors::apart(own.start, own.length, &steps) {
            Some(start) if !waits && !own.may_be_copied_by(&steps) => {
                let (at, is_bound) = (start + own.at - own.start, own.is_bound());
                let until = own.text.is_empty().then_some(now + REBIND_WITHIN);
                let found = Found { start, edges: own.edges.moved(own.start, start), until };
                deck.edit(edits);
                if is_bound { self.settle(deck, at, &found) } else { Fate::Same }
            }
            _ => {
                let before = Before::new(deck, &own, &steps, waits);
                deck.edit(edits);
                self.find(deck, &before, now)
            }
        }
    }

    /// Forgets what is too long ago.
    fn forget(&mut self, now: u64) {
        let is_recent = |at: u64| now.saturating_sub(at) <= REBIND_WITHIN;
        self.lost.retain(|version| is_recent(version.at));
        self.copies.retain(|copy| is_recent(copy.at));
        self.fullest = self.fullest.take().filter(|(_, version)| is_recent(version.at));
        if self.joint.until.is_some_and(|until| now > until) {
            self.joint = Joint::default();
        }
    }

    /// Finds the slide again after edits that changed it, or that may have brought something like it.
    fn find(&mut self, deck: &LiveDeck, before: &Before, now: u64) -> Fate {
        let after = After::of(deck, before);
        self.note_deletion(before, now);
        if let Some(slide) = self.elsewhere(&after, now) {
            return self.rebind(slide);
        }
        let until = after.kept.is_none().then_some(now + REBIND_WITHIN);
        let found = Found { start: before.start, edges: before.edges, until };
        match (after.kept, after.seat) {
            (Some(at), _) | (None, Some(Seat::At(at))) => self.settle(deck, at, &found),
            (None, Some(Seat::Top)) => self.settle_on(deck, (0, 0), 0, &found),
            (None, None) => self.succeed(deck, before),
        }
    }

    /// Where the slide's text is, if that is not here: moved by the same transaction, brought back
    /// after it was cut, or copied before it was cut.
    fn elsewhere(&mut self, after: &After<'_>, now: u64) -> Option<u32> {
        let found = after.changes.made_like(&after.before.text, Some(after.before));
        if after.keeps(REBIND_LIKENESS) {
            if let Some((slide, _)) = found.filter(|_| after.before.may_be_copied) {
                let place = Own::of(after.deck, slide, Joint::default()).at;
                self.copies.push(Copied { place, at: now });
            }
            return self.returned(after);
        }
        let here = after.here.map_or(0, |slide| after.likeness(slide));
        let moved = found.filter(|(_, likeness)| *likeness > here).map(|(slide, _)| slide);
        let is_lost = here < REBIND_LIKENESS && !after.keeps(TRIFLE);
        let found = moved
            .or_else(|| self.returned(after))
            .or_else(|| self.copied(after).filter(|_| is_lost));
        if found.is_none() && is_lost {
            self.remember(&after.before.left.cut, now);
        }
        found
    }

    /// The slide that came to say what one said that is gone, the oldest first.
    fn returned(&mut self, after: &After<'_>) -> Option<u32> {
        let made = |version: &Version| after.changes.made_like(&version.text, None);
        let found = |(index, version)| made(version).map(|(slide, _)| (index, slide));
        let (index, slide) = self.lost.iter().enumerate().find_map(found)?;
        self.lost.truncate(index);
        Some(slide).filter(|slide| after.here != Some(*slide))
    }

    /// The slide that was made a copy of this one a while ago.
    fn copied(&self, after: &After<'_>) -> Option<u32> {
        let mut slides = self.copies.iter().map(|copy| after.deck.slide_at(copy.place));
        slides.find(|slide| after.here != Some(*slide) && after.likeness(*slide) >= REBIND_LIKENESS)
    }

    /// Keeps what the slide said before words were taken from it, one by one or all at once.
    fn note_deletion(&mut self, before: &Before, now: u64) {
        if before.left.whole == before.left.words {
            return;
        }
        match &mut self.fullest {
            Some((words, fullest)) if *words > before.left.words => fullest.at = now,
            _ => {
                let version = Version { text: before.text.clone(), at: now };
                self.fullest = Some((before.left.words, version));
            }
        }
    }

    /// Waits for the text of a slide that is gone.
    fn remember(&mut self, text: &str, now: u64) {
        let fullest = self.fullest.take().map(|(_, version)| version.text);
        for text in fullest.filter(|fullest| fullest != text).into_iter().chain([text.to_owned()]) {
            if Words::of(&text).len() > 0 {
                self.lost.push(Version { text, at: now });
            }
        }
        self.lost.drain(..self.lost.len().saturating_sub(LOST_AT_MOST));
    }

    fn rebind(&mut self, slide: u32) -> Fate {
        (self.slide, self.joint, self.fullest) = (slide, Joint::default(), None);
        Fate::Rebound
    }

    /// Goes to the slide that takes the place of one that was removed.
    fn succeed(&mut self, deck: &LiveDeck, before: &Before) -> Fate {
        let last = deck.slides().len() as u32 - 1;
        self.rebind(before.slide.min(last));
        if let Some(heir) = before.heir {
            self.settle(deck, heir, &Found::below_others());
        }
        Fate::Removed
    }

    /// Stays with the slide whose own text, or separator, is at a position.
    fn settle(&mut self, deck: &LiveDeck, at: u32, found: &Found) -> Fate {
        self.settle_on(deck, deck.span_at(at), at, found)
    }

    /// Stays with a slide, which is given with its start.
    fn settle_on(
        &mut self,
        deck: &LiveDeck,
        (slide, start): (usize, u32),
        at: u32,
        found: &Found,
    ) -> Fate {
        self.slide = slide as u32;
        let end = start + deck.spans()[slide].units;
        let before = std::mem::take(&mut self.joint);
        let may_be_below = start < found.start || before.at.is_some();
        let is_below = may_be_below && Own::of(deck, self.slide, Joint::default()).at < at;
        let is_inside = |edge: &u32| start < *edge && *edge < end;
        let Edges { opening, closing } = found.edges;
        self.joint.edges.closing = closing.filter(|edge| is_inside(edge) && *edge > at);
        if is_below {
            self.joint.at = Some(at);
            self.joint.edges.opening = opening.filter(is_inside);
            self.joint.until = if before.at.is_some() { before.until } else { found.until };
        }
        match (before.until, self.joint.until) {
            (None, Some(_)) => Fate::Removed,
            (Some(_), None) => Fate::Rebound,
            _ => Fate::Same,
        }
    }
}

/// What is known of a slide when it is looked for.
#[derive(Debug)]
struct Found {
    /// Where it began. If it begins above that now, it is joined to another one.
    start: u32,
    /// Where its separators are.
    edges: Edges,
    /// How long it is waited for if nothing of it is left but them, and they divide nothing.
    until: Option<u64>,
}

impl Found {
    /// All text above it belongs to others.
    fn below_others() -> Self {
        Self { start: u32::MAX, edges: Edges::default(), until: None }
    }
}

/// The deck after a transaction, and where the slide is in it by its own text or its separators.
struct After<'a> {
    deck: &'a LiveDeck,
    before: &'a Before,
    changes: Changes<'a>,
    /// Where the first text is that is left of the slide.
    kept: Option<u32>,
    /// Where its separators are, if they are left.
    seat: Option<Seat>,
    /// The slide that this text, or else the slide's separators, are on.
    here: Option<u32>,
}

impl<'a> After<'a> {
    fn of(deck: &'a LiveDeck, before: &'a Before) -> Self {
        let (left, seat) = (&before.left, before.seat(deck));
        // A piece of a word that is left over on another slide is not this one.
        let is_kept = left.whole > 0 || left.words == 0 || seat.is_some();
        let kept = left.first.filter(|_| is_kept);
        let here = kept.map(|at| deck.slide_at(at)).or(seat.map(|seat| seat.slide(deck)));
        Self { deck, before, changes: Changes::of(deck, before), kept, seat, here }
    }

    /// Whether at least so many percent of the words are left in their place.
    fn keeps(&self, percent: usize) -> bool {
        self.kept.is_some() && !self.before.left.are_below(percent)
    }

    /// How much a slide is like this one before, in percent.
    fn likeness(&self, slide: u32) -> usize {
        let slide = &self.deck.spans()[slide as usize];
        Words::of(slide.chunk.own_text().1).likeness(&Words::of(&self.before.text))
    }
}
