//! Which section is which, whatever is edited.
//!
//! A section is the one that begins with the same character of the document. When that character is
//! gone, it is the one that says the same, or has the same title; when it was there a moment ago, the
//! one that stands in its place. A section that is nowhere is not forgotten: it may be pasted again,
//! or its deletion undone.

use std::cmp::Reverse;
use std::collections::HashSet;

use collab::doc::Anchor;

use super::reading::Seen;
use crate::mirror::Mirror;
use crate::store::access::Sum;
use crate::store::sections::SectionRecord;

/// Sections that say so much of the same are the same.
const ALIKE_PERCENT: usize = 80;
/// With so few words likeness says nothing: sections of a template are much alike.
const FEW_WORDS: usize = 8;
/// Sections that are nowhere and are kept.
const MOST_ABSENT: usize = 200;
/// Pairs of sections that are compared at one time; a restored deck of 60 sections has as many.
const MOST_COMPARED: usize = 4_000;

/// A section, wherever it is.
pub(super) struct Known {
    pub(super) record: SectionRecord,
    anchor: Option<Anchor>,
    /// Its place among the sections of the text.
    pub(super) place: Option<usize>,
    /// Of what it said last.
    pub(super) sum: Option<Sum>,
    /// Of its text then, when that let expect a report.
    expected_sum: Option<Sum>,
    /// The store does not have it as it is.
    pub(super) is_unstored: bool,
}

impl Known {
    fn new(record: SectionRecord) -> Self {
        let anchor = serde_json::from_str(&record.anchor).ok();
        Self { record, anchor, place: None, sum: None, expected_sum: None, is_unstored: false }
    }

    /// Whether something is known that its text would not tell again.
    fn is_marked(&self) -> bool {
        let SectionRecord { reporter, ready_at, presented_at, first_sum, expected, .. } =
            &self.record;
        *expected
            || reporter.is_some()
            || ready_at.is_some()
            || presented_at.is_some()
            || first_sum.is_some()
    }
}

/// All sections of a deck that are known.
#[derive(Default)]
pub(super) struct Book {
    pub(super) known: Vec<Known>,
    /// Ids that the store may forget.
    pub(super) removed: Vec<u64>,
    last_id: u64,
    /// The text was read once.
    was_read: bool,
}

impl Book {
    /// With what is stored.
    pub(super) fn new(records: Vec<SectionRecord>) -> Self {
        let last_id = records.iter().map(|record| record.id).max().unwrap_or(0);
        let known = records.into_iter().map(Known::new).collect();
        Self { known, last_id, ..Self::default() }
    }

    /// Whether nobody has ever looked at the deck.
    pub(super) fn is_fresh(&self) -> bool {
        self.known.iter().all(|known| known.record.anchor.is_empty())
    }

    /// The section with this id, if it is in the text.
    pub(super) fn get(&self, id: u64) -> Option<&Known> {
        self.known.iter().find(|known| known.record.id == id && known.place.is_some())
    }

    /// The sections of the text in order, with their places.
    pub(super) fn present(&self) -> Vec<(usize, &Known)> {
        let mut present: Vec<_> =
            self.known.iter().filter_map(|known| Some((known.place?, known))).collect();
        present.sort_unstable_by_key(|(place, _)| *place);
        present
    }

    /// Finds every section of the text among those that are known; others are new. `edited` hears of
    /// those that say something else, or are new since the text was read first.
    pub(super) fn align(
        &mut self,
        seen: &[Seen],
        mirror: &Mirror,
        mut edited: impl FnMut(&mut SectionRecord, usize),
    ) {
        let mut matching = Matching::new(self, seen, mirror);
        matching.by_anchor();
        matching.by_words();
        if self.was_read {
            matching.by_place();
        }
        let found = matching.found;
        for (known, place) in self.known.iter_mut().zip(found) {
            known.place = place;
        }
        let was_read = std::mem::replace(&mut self.was_read, true);
        for (place, section) in seen.iter().enumerate() {
            let known = match self.known.iter().position(|known| known.place == Some(place)) {
                Some(index) => &mut self.known[index],
                None => self.add(place),
            };
            let is_new = known.record.anchor.is_empty();
            let before = known.sum.replace(section.sum);
            let is_changed = before.is_some_and(|before| before != section.sum);
            if is_changed || is_new && was_read {
                edited(&mut known.record, place);
                known.is_unstored = true;
            }
            known.note(section, mirror);
        }
        self.forget();
    }

    fn add(&mut self, place: usize) -> &mut Known {
        self.last_id += 1;
        let id = self.last_id;
        let record = SectionRecord { id, ..SectionRecord::default() };
        let known = Known { place: Some(place), ..Known::new(record) };
        self.known.push(known);
        // It has just been put there.
        let last = self.known.len() - 1;
        &mut self.known[last]
    }

    /// Of those that are nowhere only so many are kept, first those of which most is known.
    fn forget(&mut self) {
        let absent = self.known.iter().filter(|known| known.place.is_none());
        let mut absent: Vec<(bool, u64)> =
            absent.map(|known| (known.is_marked(), known.record.id)).collect();
        absent.sort_unstable();
        absent.truncate(absent.len().saturating_sub(MOST_ABSENT));
        let gone: HashSet<u64> = absent.into_iter().map(|(_, id)| id).collect();
        self.known.retain(|known| !gone.contains(&known.record.id));
        self.removed.extend(gone);
    }
}

impl Known {
    /// Notes what finds it again.
    fn note(&mut self, section: &Seen, mirror: &Mirror) {
        let stands = |anchor: &Anchor| {
            let offset = mirror.offset(anchor);
            offset.is_some_and(|at| section.holds(at) && mirror.stands(anchor, at))
        };
        if !self.anchor.as_ref().is_some_and(stands) {
            let anchor = mirror.anchor(section.start);
            self.record.anchor = serde_json::to_string(&anchor).unwrap_or_default();
            (self.anchor, self.is_unstored) = (Some(anchor), true);
        }
        let expected = std::mem::take(&mut self.expected_sum);
        self.expected_sum = section.expected.then_some(section.text_sum);
        let record = &mut self.record;
        // Whoever answers a prompt removes it; a report is expected all the same. Where others wrote
        // something by which this one is not expected any more, it is not.
        let is_answered = !section.expected && expected.is_some_and(|sum| sum != section.text_sum);
        if is_answered && !section.no_report && !record.expected {
            (record.expected, self.is_unstored) = (true, true);
        }
        if record.title != section.title || record.words != section.words {
            record.title.clone_from(&section.title);
            record.words.clone_from(&section.words);
            self.is_unstored = true;
        }
    }
}

/// Known sections and those of the text, while they are brought together.
struct Matching<'a> {
    known: &'a [Known],
    seen: &'a [Seen],
    /// For each known section where its anchor is, and whether its character still stands there.
    anchors: Vec<Option<(u32, bool)>>,
    found: Vec<Option<usize>>,
    taken: Vec<bool>,
    was_read: bool,
}

impl<'a> Matching<'a> {
    fn new(book: &'a Book, seen: &'a [Seen], mirror: &Mirror) -> Self {
        let anchor = |known: &Known| {
            let anchor = known.anchor.as_ref()?;
            let offset = mirror.offset(anchor)?;
            Some((offset, mirror.stands(anchor, offset)))
        };
        Self {
            anchors: book.known.iter().map(anchor).collect(),
            found: vec![None; book.known.len()],
            taken: vec![false; seen.len()],
            known: &book.known,
            seen,
            was_read: book.was_read,
        }
    }

    fn pair(&mut self, known: usize, place: usize) {
        if self.found[known].is_none() && !self.taken[place] {
            (self.found[known], self.taken[place]) = (Some(place), true);
        }
    }

    fn place_of(&self, offset: u32) -> Option<usize> {
        let is_in = |section: &Seen| offset < section.units.end;
        let place = self.seen.iter().position(is_in);
        place.or(self.seen.len().checked_sub(1))
    }

    /// The section that begins with its character; or one that holds it, where something was put
    /// before it. One that was joined with the section above is none: it is in there still, but what
    /// is known of both is what is known of the upper one.
    fn by_anchor(&mut self) {
        let mut pairs = Vec::new();
        for (index, anchor) in self.anchors.iter().enumerate() {
            let Some((offset, true)) = *anchor else { continue };
            let Some(place) = self.place_of(offset) else { continue };
            let is_first = offset == self.seen[place].start;
            if is_first || !self.was_read || self.known[index].place.is_some() {
                pairs.push((!is_first, offset, index, place));
            }
        }
        pairs.sort_unstable();
        pairs.into_iter().for_each(|(.., index, place)| self.pair(index, place));
    }

    /// Those that say the same and have the same title, then those that say the same, then those
    /// that have the same title.
    fn by_words(&mut self) {
        let free: Vec<usize> = (0..self.seen.len()).filter(|&place| !self.taken[place]).collect();
        let lost = (0..self.known.len()).filter(|&index| self.found[index].is_none());
        let mut lost: Vec<usize> = lost.collect();
        // There may be more than can be compared: those first that were there a moment ago, then
        // those that came last.
        lost.sort_unstable_by_key(|&index| (self.known[index].place.is_none(), Reverse(index)));
        let pairs =
            lost.into_iter().flat_map(|index| free.iter().map(move |&place| (index, place)));
        let mut ranked: Vec<_> = pairs
            .take(MOST_COMPARED)
            .filter_map(|(index, place)| {
                let rank = rank(&self.known[index].record, &self.seen[place])?;
                Some((Reverse(rank), index, place))
            })
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().for_each(|(_, index, place)| self.pair(index, place));
    }

    /// One that stands where a section was until now, such as one whose heading was written anew.
    fn by_place(&mut self) {
        for (index, known) in self.known.iter().enumerate() {
            if let Some((offset, false)) = self.anchors[index]
                && known.place.is_some()
                && let Some(place) = self.place_of(offset)
            {
                self.pair(index, place);
            }
        }
    }
}

/// How much speaks for a section being the known one; nothing when it is another.
fn rank(record: &SectionRecord, section: &Seen) -> Option<(bool, bool, usize)> {
    let is_called_so =
        !record.title.is_empty() && record.title.to_lowercase() == section.title.to_lowercase();
    let likeness = deck::likeness(&record.words, &section.words);
    let says_enough = section.words.split_whitespace().nth(FEW_WORDS).is_some();
    let is_alike = likeness >= ALIKE_PERCENT && (is_called_so || says_enough);
    (is_alike || is_called_so).then_some((is_alike, is_called_so, likeness))
}
