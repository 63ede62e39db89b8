//! The slides as the audience has them: numbered revisions of a deck without anything private.
//!
//! There are two of it while the presenter holds the audience: the deck as it is, and the deck as it
//! was. A slide has an identity that edits do not change, by which one is found in the other.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use deck::{SlideHtml, SlidePatch};

use super::clean::clean;
use super::messages::{Outline, State, ToViewer};
use super::snapshot::{Snapshot, TextSlide};

/// So many changes are kept for those who were away for a moment. Who lacks more gets the deck.
const KEPT_CHANGES: usize = 64;

/// What a slide is, whatever is written on it and wherever it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SlideId(pub(super) u64);

/// A slide that the audience may see.
#[derive(Debug, Clone)]
pub(super) struct Slide {
    pub(super) id: SlideId,
    html: SlideHtml,
    /// As HTML; for the remote only.
    pub(super) notes: Arc<str>,
    text: Arc<OnceLock<String>>,
}

/// The deck as it was.
struct Held {
    slides: Vec<Slide>,
    outline: Outline,
    /// What the audience looks at.
    slide: u32,
}

/// What became of identities.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Moved {
    /// Slides that are gone, each with the one beside it.
    pub(super) gone: Vec<(SlideId, SlideId)>,
}

/// A change that viewers have to be told.
pub(super) struct Change {
    patches: Vec<SlidePatch>,
    before: Outline,
}

/// See above.
pub(super) struct Audience {
    /// Revisions of another projector have other names.
    life: String,
    number: u64,
    next_id: u64,
    slides: Vec<Slide>,
    outline: Outline,
    held: Option<Held>,
    /// The last one led to the present revision.
    history: VecDeque<Vec<SlidePatch>>,
    snapshot: Option<(State, Arc<Snapshot>)>,
}

impl Audience {
    pub(super) fn new(life: String, outline: Outline) -> Self {
        Self {
            life,
            number: 0,
            next_id: 0,
            slides: Vec::new(),
            outline,
            held: None,
            history: VecDeque::new(),
            snapshot: None,
        }
    }

    pub(super) fn slides(&self) -> &[Slide] {
        &self.slides
    }

    pub(super) fn outline(&self) -> &Outline {
        &self.outline
    }

    /// The slide on the audience's screens.
    pub(super) fn place_of(&self, slide: u32) -> u32 {
        let (slide, count) = match &self.held {
            Some(held) => (held.slide, held.slides.len()),
            None => (slide, self.slides.len()),
        };
        slide.min((count as u32).saturating_sub(1))
    }

    /// Takes over what became different in the deck.
    pub(super) fn absorb(
        &mut self,
        patches: Vec<SlidePatch>,
        outline: Outline,
    ) -> (Moved, Option<Change>) {
        let (patches, moved) = self.apply(patches);
        let before = std::mem::replace(&mut self.outline, outline);
        if self.held.is_some() || (patches.is_empty() && before == self.outline) {
            return (moved, None);
        }
        (moved, Some(self.publish(patches, before)))
    }

    /// Patches to these slides, which were rendered without a word on what was there before.
    pub(super) fn realigned(&self, inserted: Vec<SlidePatch>) -> Vec<SlidePatch> {
        let mut new = Vec::new();
        deck::apply(&mut new, &inserted);
        let same = |(old, new): &(&Slide, &SlideHtml)| old.html == clean(new);
        let head = self.slides.iter().zip(&new).take_while(same).count();
        let (old, rest) = (&self.slides[head..], &new[head..]);
        let tail = old.iter().rev().zip(rest.iter().rev()).take_while(same).count();
        let replaced = (old.len() - tail).min(rest.len() - tail);
        let mut patches = Vec::new();
        for (index, slide) in rest[..rest.len() - tail].iter().cloned().enumerate() {
            let (place, index) = (index, (head + index) as u32);
            patches.push(match place < replaced {
                true => SlidePatch::Replace { index, slide },
                false => SlidePatch::Insert { index, slide },
            });
        }
        let index = (head + replaced) as u32;
        patches.extend((replaced + tail..old.len()).map(|_| SlidePatch::Remove { index }));
        patches
    }

    /// The audience keeps what it has from now on, on this slide.
    pub(super) fn hold(&mut self, slide: u32) {
        let (slides, outline) = (self.slides.clone(), self.outline.clone());
        self.held.get_or_insert(Held { slides, outline, slide });
        self.snapshot = None;
    }

    /// The driver goes to another slide of the deck as it is, which may not be in the one as it
    /// was: then the one before it is shown.
    pub(super) fn show_held(&mut self, slide: u32) {
        let Some(held) = &mut self.held else { return };
        let places: HashMap<SlideId, usize> = places(&held.slides);
        let end = self.slides.len().min(slide as usize + 1);
        let found = self.slides[..end].iter().rev().find_map(|slide| places.get(&slide.id));
        held.slide = found.map_or(0, |&place| place as u32);
    }

    /// The audience gets everything that was held back.
    pub(super) fn release(&mut self) -> Option<Change> {
        let held = self.held.take()?;
        self.snapshot = None;
        let patches = difference(&held.slides, &self.slides);
        if patches.is_empty() && held.outline == self.outline {
            return None;
        }
        Some(self.publish(patches, held.outline))
    }

    pub(super) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// How many changes are held back: slides that differ, and the settings of the deck.
    pub(super) fn held_edits(&self) -> u32 {
        let Some(held) = &self.held else { return 0 };
        let settings = held.outline.config != self.outline.config;
        difference(&held.slides, &self.slides).len() as u32 + u32::from(settings)
    }

    /// A slide is another one that was there before: it came back.
    pub(super) fn rename(&mut self, slide: u32, id: SlideId) {
        if self.slides.iter().all(|slide| slide.id != id)
            && let Some(slide) = self.slides.get_mut(slide as usize)
        {
            slide.id = id;
        }
    }

    pub(super) fn patch_message(&self, change: &Change, state: State) -> Bytes {
        let (before, now) = (&change.before, &self.outline);
        let message = ToViewer::Patch {
            revision: &self.revision(self.number),
            from: None,
            title: (before.title != now.title).then_some(&now.title),
            config: (before.config != now.config).then_some(&now.config),
            patches: change.patches.iter().collect(),
            sections: (before.sections != now.sections).then_some(&now.sections),
            titles: (before.titles != now.titles).then_some(&now.titles),
            state,
        };
        message.encode()
    }

    /// What a viewer needs who has this revision already, or nothing.
    pub(super) fn greeting(&mut self, have: Option<&str>, state: State) -> Bytes {
        let missing = have.and_then(|have| self.missing_since(have));
        let Some((have, missing)) = have.zip(missing) else {
            return self.snapshot(state).message.clone();
        };
        if missing == 0 {
            return ToViewer::State { state }.encode();
        }
        let outline = self.shown_outline();
        let changes = self.history.iter().skip(self.history.len() - missing);
        let message = ToViewer::Patch {
            revision: &self.revision(self.number),
            from: Some(have),
            title: Some(&outline.title),
            config: Some(&outline.config),
            patches: changes.flatten().collect(),
            sections: Some(&outline.sections),
            titles: Some(&outline.titles),
            state,
        };
        message.encode()
    }

    /// The deck as the audience has it, with everything that is made of it once.
    pub(super) fn snapshot(&mut self, state: State) -> Arc<Snapshot> {
        if let Some((known, snapshot)) = &self.snapshot
            && *known == state
        {
            return Arc::clone(snapshot);
        }
        let outline = self.shown_outline();
        let slides = self.held.as_ref().map_or(&self.slides, |held| &held.slides);
        let revision = self.revision(self.number);
        let message = ToViewer::Deck {
            revision: &revision,
            title: &outline.title,
            config: &outline.config,
            slides: slides.iter().map(|slide| &slide.html).collect(),
            sections: &outline.sections,
            titles: &outline.titles,
            state,
            live: self.held.as_ref().map(|held| live_places(&held.slides, &self.slides)),
        };
        let message = message.encode();
        let text = |(index, slide): (usize, &Slide)| {
            let section = outline.section_of(index as u32).map(|at| outline.sections[at].0.clone());
            let (html, text) = (Arc::clone(&slide.html.html), Arc::clone(&slide.text));
            TextSlide { section: section.unwrap_or_default(), html, text }
        };
        let texts = slides.iter().enumerate().map(text).collect();
        let snapshot = Arc::new(Snapshot::new(revision, message, outline, state.slide, texts));
        self.snapshot = Some((state, Arc::clone(&snapshot)));
        snapshot
    }

    fn shown_outline(&self) -> &Outline {
        self.held.as_ref().map_or(&self.outline, |held| &held.outline)
    }

    fn revision(&self, number: u64) -> String {
        format!("{}-{number}", self.life)
    }

    fn missing_since(&self, have: &str) -> Option<usize> {
        let (life, number) = have.rsplit_once('-')?;
        let missing = self.number.checked_sub(number.parse().ok()?)?;
        let missing = usize::try_from(missing).ok()?;
        (life == self.life && missing <= self.history.len()).then_some(missing)
    }

    fn publish(&mut self, patches: Vec<SlidePatch>, before: Outline) -> Change {
        self.snapshot = None;
        self.number += 1;
        self.history.push_back(patches.clone());
        if self.history.len() > KEPT_CHANGES {
            self.history.pop_front();
        }
        Change { patches, before }
    }

    /// Applies patches to the deck as it is, and gives what is left of them once nothing private is
    /// in them: who only edits notes changes nothing.
    fn apply(&mut self, patches: Vec<SlidePatch>) -> (Vec<SlidePatch>, Moved) {
        let mut left = Vec::with_capacity(patches.len());
        let (mut gone, mut came) = (Vec::new(), Vec::new());
        for patch in patches {
            match patch {
                SlidePatch::Replace { index, slide } => {
                    let Some(place) = self.slides.get_mut(index as usize) else { continue };
                    let html = clean(&slide);
                    place.notes = slide.notes;
                    if place.html != html {
                        place.html = html.clone();
                        place.text = Arc::default();
                        left.push(SlidePatch::Replace { index, slide: html });
                    }
                }
                SlidePatch::Insert { index, slide } => {
                    let index = index.min(self.slides.len() as u32);
                    let html = clean(&slide);
                    self.next_id += 1;
                    let id = SlideId(self.next_id);
                    came.push(id);
                    let made =
                        Slide { id, html: html.clone(), notes: slide.notes, text: Arc::default() };
                    self.slides.insert(index as usize, made);
                    left.push(SlidePatch::Insert { index, slide: html });
                }
                SlidePatch::Remove { index } => {
                    if (index as usize) < self.slides.len() {
                        let slide = self.slides.remove(index as usize);
                        let beside = self.slides.get((index as usize).saturating_sub(1));
                        gone.push((beside.map(|beside| beside.id), slide));
                        left.push(SlidePatch::Remove { index });
                    }
                }
            }
        }
        (left, self.settle(gone, came))
    }

    /// A slide that is removed and inserted elsewhere is the same slide.
    fn settle(&mut self, mut gone: Vec<(Option<SlideId>, Slide)>, came: Vec<SlideId>) -> Moved {
        let mut renamed = HashMap::new();
        for new in came {
            let Some(place) = self.slides.iter_mut().find(|slide| slide.id == new) else {
                continue;
            };
            // An empty slide looks like any other empty one.
            let is_same = |(_, old): &(_, Slide)| {
                !place.html.html.is_empty() && old.html.html == place.html.html
            };
            if let Some(at) = gone.iter().position(is_same) {
                place.id = gone.remove(at).1.id;
                renamed.insert(new, place.id);
            }
        }
        let named = |id: SlideId| renamed.get(&id).copied().unwrap_or(id);
        let gone = gone.into_iter();
        Moved {
            gone: gone.filter_map(|(beside, slide)| Some((slide.id, named(beside?)))).collect(),
        }
    }
}

fn places(slides: &[Slide]) -> HashMap<SlideId, usize> {
    slides.iter().enumerate().map(|(index, slide)| (slide.id, index)).collect()
}

/// Where each of the slides as they were is among the slides as they are.
fn live_places(held: &[Slide], live: &[Slide]) -> Vec<i32> {
    let places = places(live);
    held.iter().map(|slide| places.get(&slide.id).map_or(-1, |&place| place as i32)).collect()
}

/// From the slides as they were to the slides as they are.
fn difference(old: &[Slide], new: &[Slide]) -> Vec<SlidePatch> {
    let places = places(old);
    let mut patches = Vec::new();
    // So many of the old slides are dealt with.
    let mut done = 0;
    let kept: HashSet<SlideId> = new.iter().map(|slide| slide.id).collect();
    for (index, slide) in new.iter().enumerate() {
        let (index, html) = (index as u32, &slide.html);
        // What is gone goes before anything is put in its place.
        while old.get(done).is_some_and(|old| !kept.contains(&old.id)) {
            patches.push(SlidePatch::Remove { index });
            done += 1;
        }
        match places.get(&slide.id).filter(|&&place| place >= done) {
            Some(&place) => {
                patches.extend((done..place).map(|_| SlidePatch::Remove { index }));
                if old[place].html != *html {
                    patches.push(SlidePatch::Replace { index, slide: html.clone() });
                }
                done = place + 1;
            }
            None => patches.push(SlidePatch::Insert { index, slide: html.clone() }),
        }
    }
    let index = new.len() as u32;
    patches.extend((done..old.len()).map(|_| SlidePatch::Remove { index }));
    patches
}
