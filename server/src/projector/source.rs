//! The deck as the room has it: a mirror of its document, cut into slides.

use std::panic::{AssertUnwindSafe, catch_unwind};

use collab::doc::Anchor;
use collab::lint::Malformed;
use deck::{Fate, LiveDeck, SlidePatch, Tracker};

use super::messages::Outline;
use crate::mirror::{Mirror, replacement, text_edit};

/// See above. Markdown of the worst kind makes the renderer fail: the slides from before stay then,
/// and after the next edit all of it is read anew.
pub(super) struct Source {
    mirror: Mirror,
    /// The slides are behind the document: nobody needed them.
    stale: bool,
    deck: LiveDeck,
    /// Tracks nothing before there was a presentation.
    tracker: Option<Tracker>,
    /// The renderer failed over this text.
    broken: bool,
}

impl Source {
    pub(super) fn new() -> Self {
        Self {
            mirror: Mirror::new(),
            stale: false,
            deck: LiveDeck::new(""),
            tracker: None,
            broken: false,
        }
    }

    /// Whether there is something to show.
    pub(super) fn is_complete(&self) -> bool {
        self.mirror.is_complete()
    }

    /// What the document has, for the room to send the rest.
    pub(super) fn state_vector(&self) -> Vec<u8> {
        self.mirror.state_vector()
    }

    /// The document has this lineage. One of another shares nothing with the one before but text.
    pub(super) fn descend_from(&mut self, epoch: u64) {
        self.mirror.descend_from(epoch);
    }

    /// Forgets the document, not the slides.
    pub(super) fn begin_anew(&mut self) {
        self.mirror.begin_anew();
    }

    /// Takes in an update, and says what became of the slide that is tracked. Where nobody needs
    /// slides, only the document takes it.
    ///
    /// # Errors
    /// When the document cannot take it: then it has to begin anew.
    pub(super) fn apply(
        &mut self,
        update: &[u8],
        now: u64,
        is_needed: bool,
    ) -> Result<Fate, Malformed> {
        let edits = self.mirror.apply(update)?;
        if !self.is_complete() || self.stale || !is_needed {
            self.stale = true;
            return Ok(Fate::Same);
        }
        let edits: Vec<_> = edits.into_iter().map(text_edit).collect();
        Ok(self.edit(&edits, now))
    }

    /// The document is all there now, for the first time or once more.
    pub(super) fn complete(&mut self) {
        self.mirror.complete();
        self.stale = true;
    }

    /// Brings the slides to where the document is, if they are behind it.
    pub(super) fn catch_up(&mut self, now: u64) -> Fate {
        if !self.is_complete() || !std::mem::take(&mut self.stale) {
            return Fate::Same;
        }
        let (old, new) = (self.deck.text(), self.mirror.text());
        self.edit(&replacement(&old, &new), now)
    }

    /// Shows the deck as it was, until the slides are brought to where the document is.
    pub(super) fn go_back_to(&mut self, text: &str) {
        self.stale = true;
        let edits = replacement(&self.deck.text(), text);
        self.guard(|this| this.deck.edit(&edits));
    }

    /// Whether working on it may take a while.
    pub(super) fn is_large(&self) -> bool {
        self.mirror.is_large()
    }

    fn edit(&mut self, edits: &[deck::TextEdit], now: u64) -> Fate {
        if self.broken || edits.is_empty() {
            return Fate::Same;
        }
        let edited = self.guard(|this| match &mut this.tracker {
            Some(tracker) => tracker.edit(&mut this.deck, edits, now),
            None => {
                this.deck.edit(edits);
                Fate::Same
            }
        });
        edited.unwrap_or(Fate::Same)
    }

    /// What became different since the last time: from the slides as they were, or all of them when
    /// that is not known. `None` when they cannot be rendered.
    pub(super) fn render(&mut self) -> Option<Rendered> {
        let anew = self.broken;
        if anew {
            let text = self.mirror.text();
            let tracker = self.tracker.as_ref().map(|tracker| Tracker::new(tracker.slide()));
            self.broken = false;
            self.guard(|this| (this.deck, this.tracker) = (LiveDeck::new(&text), tracker))?;
        }
        self.guard(|this| {
            let patches = this.deck.update().patches;
            Rendered { patches, anew, outline: Outline::of(&this.deck) }
        })
    }

    fn guard<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let done = catch_unwind(AssertUnwindSafe(|| work(self)));
        if done.is_err() {
            tracing::error!("a deck makes the renderer fail; its audience keeps the slides it has");
            self.broken = true;
        }
        done.ok()
    }

    /// The slide that is tracked.
    pub(super) fn slide(&self) -> u32 {
        self.tracker.as_ref().map_or(0, Tracker::slide)
    }

    /// The driver goes to a position of the text, which leads to a slide.
    pub(super) fn show(&mut self, anchor: &Anchor) {
        if let Some(offset) = self.mirror.offset(anchor).filter(|_| !self.broken) {
            self.tracker.get_or_insert_default().show_at(&self.deck, offset);
        }
    }

    /// The slide that a position is on; `None` when the position makes no sense here.
    pub(super) fn slide_of(&self, anchor: &Anchor) -> Option<u32> {
        let offset = self.mirror.offset(anchor).filter(|_| self.is_complete() && !self.broken)?;
        Some(self.deck.slide_at(offset))
    }

    /// The position of the tracked slide's first character.
    pub(super) fn anchor(&self) -> Option<Anchor> {
        self.anchor_of(self.slide())
    }

    fn anchor_of(&self, wanted: u32) -> Option<Anchor> {
        let mut offset = 0;
        for (index, slide) in self.deck.slides().enumerate() {
            if index as u32 == wanted {
                return (!self.broken).then(|| self.mirror.anchor(offset + slide.text_units));
            }
            offset += slide.units;
        }
        None
    }

    /// The text as the slides have it.
    pub(super) fn text(&self) -> String {
        self.mirror.text()
    }

    /// The slide that a position's own character is on; `None` when that character is gone.
    pub(super) fn slide_that_has(&self, anchor: &Anchor) -> Option<u32> {
        let offset = self.mirror.offset(anchor)?;
        // The offset of a character that is gone is its neighbour's.
        if self.mirror.stands(anchor, offset) { self.slide_of(anchor) } else { None }
    }

    /// Where the slide of this title begins that is nearest to a number.
    pub(super) fn spot(&self, title: &str, number: u32) -> Option<Anchor> {
        let slides = self.deck.slides().enumerate().map(|(index, slide)| (index as u32, slide));
        let same = slides.filter(|(_, slide)| *slide.title == *title);
        let nearest = same.min_by_key(|(index, _)| index.abs_diff(number))?;
        self.anchor_of(nearest.0)
    }
}

/// What became different.
pub(super) struct Rendered {
    pub(super) patches: Vec<SlidePatch>,
    /// They begin with no slides at all.
    pub(super) anew: bool,
    pub(super) outline: Outline,
}

#[cfg(test)]
mod tests {
    use collab::doc::DeckDoc;

    use super::*;

    #[test]
    fn a_renderer_that_fails_reads_everything_anew_after_the_next_edit() {
        let mut source = Source::new();
        let mut writer = DeckDoc::new(5);
        let update = writer.edit(&[collab::doc::TextEdit::insert(0, "# a\n\n---\n\n# b")]);
        source.apply(&update, 0, false).unwrap();
        source.complete();
        source.catch_up(0);
        assert!(source.render().is_some_and(|rendered| !rendered.anew));
        assert!(source.guard::<()>(|_| panic!("on purpose")).is_none());
        // The slide is not looked for in what may be half a deck.
        assert!(source.anchor().is_none());
        let update = writer.edit(&[collab::doc::TextEdit::insert(0, "x")]);
        source.apply(&update, 0, true).unwrap();
        let rendered = source.render().unwrap();
        assert!(rendered.anew && rendered.patches.len() == 2);
        assert!(source.anchor().is_some());
    }
}
