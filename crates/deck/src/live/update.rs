//! What became different since the last time somebody asked.

use std::{collections::HashMap, ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{LiveDeck, SlideInfo, chunk::Chunk, window::Span};
use crate::{
    agenda,
    lint::{Echoes, Problem},
    outline::Section,
    patch::{self, SlidePatch},
    render::SlideHtml,
};

/// What became different since the last update; the first one of a deck speaks of everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// From the slides that were shown to those that should be.
    pub patches: Vec<SlidePatch>,
    /// Where the list of slide infos changed.
    pub at: u32,
    /// How many infos go there.
    pub removed: u32,
    /// The infos that come there.
    pub infos: Vec<SlideInfo>,
    /// Whether the front matter says something else.
    pub front_matter_changed: bool,
    /// Whether a title, a column, a section, a reporter or what is hidden changed; not whether only
    /// lines moved.
    pub outline_changed: bool,
    /// Whether a problem came, went or moved to another line.
    pub problems_changed: bool,
}

/// What the last update left behind.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    spans: Vec<Span>,
    /// So many slides at the beginning, and at the end, are still the same with the same infos.
    pub(crate) above: usize,
    pub(crate) below: usize,
    /// What was wrong with the deck as a whole.
    section_problems: Vec<Problem>,
    echoes: Echoes,
}

impl LiveDeck {
    /// Renders what changed since the last call, and says it.
    pub fn update(&mut self) -> Update {
        let breaks = self.front.settings.breaks;
        let shown = &mut self.shown;
        let (old_count, new_count) = (shown.spans.len(), self.spans.len());
        let above = shown.above.min(old_count).min(new_count);
        let below = shown.below.min(old_count - above).min(new_count - above);
        let (removed, changed) = (above..old_count - below, above..new_count - below);

        let old = &shown.spans[removed.clone()];
        let new = &self.spans[changed.clone()];
        let patches = patches(old, new, above, breaks);
        let outline_changed = old.len() != new.len()
            || old.iter().zip(new).any(|(old, new)| !has_same_place(&old.chunk, &new.chunk));
        let moves_lines = old.iter().map(|span| span.line_ends).sum::<u32>()
            != new.iter().map(|span| span.line_ends).sum::<u32>();
        let moves_problems =
            moves_lines && self.spans[changed.end..].iter().any(|span| span.has_problems);
        let problems_changed =
            moves_problems || self.front.problems_changed || problems(old) != problems(new);

        shown.echoes.replace(old, new);
        let looks_again = outline_changed
            || self.front.changed
            || above == 0
            || shown.echoes.are_any()
            || !shown.section_problems.is_empty()
            || new.iter().any(|span| span.has_carried);
        shown.spans.splice(removed.clone(), new.iter().cloned());
        (shown.above, shown.below) = (new_count, new_count);
        let mut section_problems_changed = false;
        if looks_again {
            let found = self.section_problems();
            section_problems_changed = found != self.shown.section_problems;
            self.shown.section_problems = found;
        }
        self.front.problems_changed = false;
        Update {
            patches,
            at: above as u32,
            removed: removed.len() as u32,
            infos: self.infos(changed).collect(),
            front_matter_changed: std::mem::take(&mut self.front.changed),
            outline_changed,
            problems_changed: problems_changed || section_problems_changed,
        }
    }

    /// Writes the agendas anew, and marks the slides where something else is listed now.
    pub(super) fn draw_agendas(&mut self) {
        let asked: Vec<usize> =
            (0..self.spans.len()).filter(|index| self.spans[*index].has_agenda).collect();
        if asked.is_empty() {
            return;
        }
        let sections = self.sections();
        for (count, index) in asked.into_iter().enumerate() {
            let is_hidden = |section: &Section| {
                let slides = section.slides.start as usize..section.slides.end as usize;
                self.spans[slides].iter().all(|span| span.chunk.content().hidden)
            };
            let lang = self.front.settings.lang.as_deref();
            let own = self.spans[index].section;
            let list = match count < agenda::AGENDAS_AT_MOST {
                true => agenda::html(&sections, own, lang, is_hidden),
                false => Arc::default(),
            };
            if self.spans[index].agenda.as_ref() != Some(&list) {
                self.spans[index].agenda = Some(list);
                self.shown.above = self.shown.above.min(index);
                self.shown.below = self.shown.below.min(self.spans.len() - index - 1);
            }
        }
    }
}

/// From the old slides to the new ones, which are the deck's from `first` on.
fn patches(old: &[Span], new: &[Span], first: usize, breaks: bool) -> Vec<SlidePatch> {
    let html =
        |spans: &[Span]| -> Vec<SlideHtml> { spans.iter().map(|span| span.html(breaks)).collect() };
    let mut patches = Vec::new();
    for (old_run, new_run) in runs(old, new) {
        let at = (first + new_run.start) as u32;
        patch::patch(&html(&old[old_run]), &html(&new[new_run]), at, &mut patches);
    }
    patches
}

/// Pairs the stretches between slides that are in both lists. What is in both is in the same order:
/// text that moves is read anew.
fn runs(old: &[Span], new: &[Span]) -> Vec<(Range<usize>, Range<usize>)> {
    let places: HashMap<*const Chunk, usize> =
        old.iter().enumerate().map(|(index, span)| (Arc::as_ptr(&span.chunk), index)).collect();
    let mut runs = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    for (index, span) in new.iter().enumerate() {
        let place = places.get(&Arc::as_ptr(&span.chunk));
        let Some(place) = place.filter(|place| old[**place].is(span)) else { continue };
        runs.push((old_at..*place, new_at..index));
        (old_at, new_at) = (place + 1, index + 1);
    }
    runs.push((old_at..old.len(), new_at..new.len()));
    runs.retain(|(old, new)| !old.is_empty() || !new.is_empty());
    runs
}

/// Whether two slides look the same in an outline.
fn has_same_place(old: &Chunk, new: &Chunk) -> bool {
    let (before, after) = (old.content(), new.content());
    old.opens_column == new.opens_column
        && before.title == after.title
        && before.reporter == after.reporter
        && (before.progress.asks, before.progress.asks_who, before.progress.lists)
            == (after.progress.asks, after.progress.asks_who, after.progress.lists)
        && (before.no_report, before.hidden) == (after.no_report, after.hidden)
}

/// The problems of some slides, in lines from the first one's.
fn problems(spans: &[Span]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut line = 0;
    for span in spans {
        let found = span.chunk.content().problems.iter();
        problems.extend(found.map(|problem| problem.clone().below(line)));
        line += span.line_ends;
    }
    problems
}
