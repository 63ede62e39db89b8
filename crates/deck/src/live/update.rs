//! What became different since the last time somebody asked.

use std::{collections::HashMap, ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{LiveDeck, SlideInfo, chunk::Chunk, window::Span};
use crate::{
    lint::{self, Problem},
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
    /// Whether a title, a column, a section or a reporter changed; not whether only lines moved.
    pub outline_changed: bool,
    /// Whether a problem came, went or moved to another line.
    pub problems_changed: bool,
}

/// What the last update left behind.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    chunks: Vec<Arc<Chunk>>,
    /// So many slides at the beginning, and at the end, are still the same with the same infos.
    pub(crate) above: usize,
    pub(crate) below: usize,
    /// Whether two sections had the same title.
    repeats_sections: bool,
}

impl LiveDeck {
    /// Renders what changed since the last call, and says it.
    pub fn update(&mut self) -> Update {
        let breaks = self.front.settings.breaks;
        let shown = &mut self.shown;
        let (old_count, new_count) = (shown.chunks.len(), self.spans.len());
        let above = shown.above.min(old_count).min(new_count);
        let below = shown.below.min(old_count - above).min(new_count - above);
        let (removed, changed) = (above..old_count - below, above..new_count - below);

        let old = &shown.chunks[removed.clone()];
        let new = &self.spans[changed.clone()];
        let patches = patches(old, new, above, breaks);
        let outline_changed = old.len() != new.len()
            || old.iter().zip(new).any(|(old, new)| !has_same_place(old, &new.chunk));
        let had_repeats = shown.repeats_sections;
        let moves_lines = old.iter().map(|chunk| chunk.line_ends()).sum::<u32>()
            != new.iter().map(|span| span.line_ends).sum::<u32>();
        let moves_problems =
            moves_lines && self.spans[changed.end..].iter().any(|span| span.has_problems);
        let problems_changed = moves_problems
            || self.front.problems_changed
            || had_repeats && !(old.is_empty() && new.is_empty())
            || problems(old.iter()) != problems(new.iter().map(|span| &span.chunk));

        let chunks: Vec<_> = new.iter().map(|span| Arc::clone(&span.chunk)).collect();
        shown.chunks.splice(removed.clone(), chunks);
        (shown.above, shown.below) = (new_count, new_count);
        if outline_changed {
            let repeats = !lint::repeated_sections(self.section_titles()).is_empty();
            self.shown.repeats_sections = repeats;
        }
        self.front.problems_changed = false;
        Update {
            patches,
            at: above as u32,
            removed: removed.len() as u32,
            infos: self.infos(changed).collect(),
            front_matter_changed: std::mem::take(&mut self.front.changed),
            outline_changed,
            problems_changed: problems_changed || had_repeats != self.shown.repeats_sections,
        }
    }
}

/// From the old chunks to the new ones, which are the deck's from `first` on.
fn patches(old: &[Arc<Chunk>], new: &[Span], first: usize, breaks: bool) -> Vec<SlidePatch> {
    let html = |chunk: &Arc<Chunk>| chunk.html(breaks).clone();
    let mut patches = Vec::new();
    for (old_run, new_run) in runs(old, new) {
        let at = (first + new_run.start) as u32;
        let old: Vec<SlideHtml> = old[old_run].iter().map(html).collect();
        let new: Vec<SlideHtml> = new[new_run].iter().map(|span| html(&span.chunk)).collect();
        patch::patch(&old, &new, at, &mut patches);
    }
    patches
}

/// Pairs the stretches between chunks that are in both lists. What is in both is in the same order:
/// text that moves is read anew.
fn runs(old: &[Arc<Chunk>], new: &[Span]) -> Vec<(Range<usize>, Range<usize>)> {
    let places: HashMap<*const Chunk, usize> =
        old.iter().enumerate().map(|(index, chunk)| (Arc::as_ptr(chunk), index)).collect();
    let mut runs = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    for (index, span) in new.iter().enumerate() {
        let Some(place) = places.get(&Arc::as_ptr(&span.chunk)) else { continue };
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
}

/// The problems of some chunks, in lines from the first one's.
fn problems<'a>(chunks: impl Iterator<Item = &'a Arc<Chunk>>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut line = 0;
    for chunk in chunks {
        let found = chunk.content().problems.iter();
        problems.extend(found.map(|problem| problem.clone().below(line)));
        line += chunk.line_ends();
    }
    problems
}
