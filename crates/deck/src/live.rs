//! A deck that is kept up to date while its text is edited, at the price of the slides that an edit
//! touches.
//!
//! The text is kept in chunks, one for each slide. An edit looks at the separators from two slides
//! above it down to the first one that was there before; chunks whose text is the same afterwards
//! are kept with their HTML, and so is everything outside. Whatever was edited, all of it equals
//! what a fresh [`LiveDeck`] makes of the same text.

mod chunk;
mod command;
mod update;
mod window;

#[cfg(test)]
mod properties;

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use self::{chunk::Piece, update::Shown, window::TextWindow};
pub(crate) use self::{
    chunk::{Chunk, text_lines},
    command::without_no_report,
    window::Span,
};
pub use self::{
    command::{Change, Command},
    update::Update,
};
use crate::{
    Deck, Slide,
    edit::{self, TextEdit},
    front_matter::{self, FrontMatter},
    lint::{self, Problem},
    outline::{self, Section},
    render::SlideHtml,
    split,
};

/// Slides above an edit whose separators it may change: its own, and the one above when what
/// is left of the edited slide is blank at the end of the text.
const SLIDES_ABOVE: usize = 2;

/// A deck that is kept up to date while its text is edited; an edit costs what the slides it touches cost.
#[derive(Debug)]
pub struct LiveDeck {
    front: Front,
    title: String,
    /// In the order of the text; never empty.
    spans: Vec<Span>,
    shown: Shown,
}

/// The front matter and what it was read from.
#[derive(Debug)]
struct Front {
    text: String,
    settings: FrontMatter,
    problems: Vec<Problem>,
    /// So many chunks were looked at to find its end.
    chunks: usize,
    /// Whether it was changed since the last update.
    changed: bool,
    /// Whether its problems were.
    problems_changed: bool,
    /// What the slides were rendered with.
    breaks: bool,
}

/// What a list of slides says about one of them. Places are counted from the first line of its part of
/// the text, which begins with the separator, or with the front matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlideInfo {
    /// The text of the first heading, else the first text.
    pub title: Arc<str>,
    /// The section it belongs to: an index into [`LiveDeck::sections`].
    pub section: u32,
    /// Whether it opens a new column.
    pub column: bool,
    /// Whether it is passed over when the deck is shown: `data-visibility="hidden"`.
    pub hidden: bool,
    /// How many lines its part has; the parts of all slides together are the text.
    pub lines: u32,
    /// How many UTF-16 units these are, line ends included.
    pub units: u32,
    /// The slide's own first line, from which `data-line` counts.
    pub first_line: u32,
    /// The first line that is not blank, else the last one.
    pub text_line: u32,
    /// Where that line begins, in UTF-16 units: the slide's anchor in the text.
    pub text_units: u32,
}

impl LiveDeck {
    /// Reads a deck.
    pub fn new(text: &str) -> Self {
        let mut deck = Self {
            front: Front::default(),
            title: String::new(),
            spans: Vec::new(),
            shown: Shown::default(),
        };
        deck.read_again(0..0, text.to_owned());
        deck.settle(0..deck.spans.len());
        deck
    }

    /// Applies edits in order, each in UTF-16 units of the text the ones before it left behind.
    /// Positions out of range are clamped.
    pub fn edit(&mut self, edits: &[TextEdit]) {
        // So many spans at the beginning and at the end are what they were.
        let (mut above, mut below) = (self.spans.len(), self.spans.len());
        for edit in edits.iter().filter(|edit| edit.delete > 0 || !edit.insert.is_empty()) {
            let (touched, text) = self.edited(edit);
            let before = self.spans.len();
            let changed = self.read_again(touched, text);
            above = above.min(changed.start);
            below = below.min(before - changed.end);
        }
        let end = self.spans.len() - below.min(self.spans.len());
        if above < end || below < self.spans.len() {
            self.settle(above.min(end)..end);
        }
    }

    /// The whole text, as it was given and edited.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.chunk.text.as_str()).collect()
    }

    /// What stands between the two `---` at the very top.
    pub fn front_matter(&self) -> &FrontMatter {
        &self.front.settings
    }

    /// The front matter's title, else the first first-level heading, else the first slide's title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// All slides in reading order; there is always one.
    pub fn slides(&self) -> impl ExactSizeIterator<Item = SlideInfo> {
        self.infos(0..self.spans.len())
    }

    /// The sections in order. Every slide is in exactly one.
    pub fn sections(&self) -> Vec<Section> {
        outline::sections(&self.spans, &self.front.settings.minutes)
    }

    /// The text of a section, from its first slide's first line to the separator behind its last
    /// one; empty if there is no such section.
    pub fn section_text(&self, index: usize) -> String {
        let mut own = self.spans.iter().filter(|span| span.section as usize == index);
        let Some(first) = own.next() else { return String::new() };
        let mut text = first.chunk.text[first.chunk.head().len()..].to_owned();
        text.extend(own.map(|span| span.chunk.text.as_str()));
        text
    }

    /// What the author should know, in the order of the lines.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.front.problems.clone();
        let mut line = 0;
        for span in &self.spans {
            if span.has_problems {
                let found = span.chunk.content().problems.iter();
                problems.extend(found.map(|problem| problem.clone().below(line)));
            }
            line += span.line_ends;
        }
        problems.extend(self.section_problems());
        problems.sort_by_key(|problem| problem.lines.start);
        problems
    }

    /// All slides as HTML.
    pub fn html(&self) -> Vec<SlideHtml> {
        let breaks = self.front.settings.breaks;
        self.spans.iter().map(|span| span.html(breaks)).collect()
    }

    /// The flat number of the slide that a position belongs to, in UTF-16 units. A separator belongs
    /// to the slide it opens, the front matter to the first slide, what is past the end to the last.
    pub fn slide_at(&self, offset: u32) -> u32 {
        self.span_at(offset).0 as u32
    }

    /// The line that a position is on, in UTF-16 units.
    pub fn line_at(&self, offset: u32) -> u32 {
        let (index, start) = self.span_at(offset);
        let above: u32 = self.spans[..index].iter().map(|span| span.line_ends).sum();
        above + self.spans[index].chunk.line_at(offset - start)
    }

    pub(crate) fn read(&self) -> Deck {
        let mut slides: Vec<Slide> = Vec::with_capacity(self.spans.len());
        let (mut line, mut h, mut v) = (0, 0, 0);
        for (span, info) in self.spans.iter().zip(self.slides()) {
            let content = span.chunk.content();
            if !slides.is_empty() {
                (h, v) = if info.column { (h + 1, 0) } else { (h, v + 1) };
            }
            slides.push(Slide {
                h,
                v,
                lines: line + info.first_line..line + info.lines,
                title: info.title.to_string(),
                attributes: content.attributes.clone(),
                section: info.section,
                source: content.source.clone(),
                notes: content.notes.clone(),
            });
            line += info.lines;
        }
        let front_matter = self.front.settings.clone();
        Deck { front_matter, title: self.title.clone(), slides, problems: self.problems() }
    }

    pub(crate) fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The span that holds a position, and where it begins.
    pub(crate) fn span_at(&self, offset: u32) -> (usize, u32) {
        let mut start = 0;
        for (index, span) in self.spans.iter().enumerate() {
            if offset < start + span.units || index + 1 == self.spans.len() {
                return (index, start);
            }
            start += span.units;
        }
        (0, 0)
    }

    /// What is wrong with the deck as a whole.
    fn section_problems(&self) -> Vec<Problem> {
        let sections = self.sections();
        let titles = sections.iter().map(|section| section.title.as_str());
        let mut problems = self.front.settings.minutes.unknown(titles);
        lint::deck(self, &sections, &mut problems);
        problems
    }

    fn infos(&self, range: Range<usize>) -> impl ExactSizeIterator<Item = SlideInfo> {
        let last = self.spans.len() - 1;
        range.map(move |index| {
            let span = &self.spans[index];
            let content = span.chunk.content();
            SlideInfo {
                title: Arc::clone(&content.title),
                section: span.section,
                column: span.opens_column,
                hidden: content.hidden,
                // No line ends behind the last line.
                lines: span.line_ends + u32::from(index == last),
                units: span.units,
                first_line: content.first_line,
                text_line: content.text_line,
                text_units: content.text_units,
            }
        })
    }

    /// The chunks that an edit reaches, and what they hold after it. An edit between two chunks
    /// counts for both.
    fn edited(&self, edit: &TextEdit) -> (Range<usize>, String) {
        let end = edit.at.saturating_add(edit.delete);
        let (mut first, mut last) = (None, None);
        let mut from = 0;
        for (index, span) in self.spans.iter().enumerate() {
            let to = from + span.units;
            if first.is_none() && edit.at <= to {
                first = Some((index, from));
            }
            if end <= to {
                last = Some(index);
                break;
            }
            from = to;
        }
        let last = last.unwrap_or(self.spans.len() - 1);
        let (first, from) = first.unwrap_or_else(|| (last, from - self.spans[last].units));
        let touched = &self.spans[first..=last];
        let mut text: String = touched.iter().map(|span| span.chunk.text.as_str()).collect();
        edit::apply(&mut text, &TextEdit { at: edit.at - from, ..edit.clone() });
        (first..last + 1, text)
    }

    /// Finds the slides again where the text of some chunks has changed. Answers which spans of the
    /// old list are no longer there.
    fn read_again(&mut self, touched: Range<usize>, text: String) -> Range<usize> {
        let start = self.start_to_read(touched.start, &text);
        let mut whole: String =
            self.spans[start..touched.start].iter().map(|span| span.chunk.text.as_str()).collect();
        whole.push_str(&text);
        let mut window = TextWindow::new(whole, &self.spans[touched.end..]);
        let (first, front, opens_column) = if start == 0 {
            let (end, looked_at) = front_matter::find(&mut window);
            self.front.read(&window.text[..looked_at]);
            (end, Some(end), true)
        } else {
            let line = split::line(&mut window, 0);
            let opens_column = split::separator(&window.text[..line.end]).unwrap_or(true);
            (line.next.unwrap_or(line.end), None, opens_column)
        };
        let slides = split::slides(&mut window, first, opens_column);
        let known = slides.known_from.and_then(|at| window.added.binary_search(&at).ok());
        let old = start..known.map_or(self.spans.len(), |added| touched.end + added);
        let pieces = pieces(&slides, &window.text, front);

        let is_kept = |(span, piece): &(&Span, &Piece<'_>)| span.chunk.is(piece);
        let known = &self.spans[old.clone()];
        let above = known.iter().zip(&pieces).take_while(is_kept).count();
        let (known, fresh) = (&known[above..], &pieces[above..]);
        let below = known.iter().rev().zip(fresh.iter().rev()).take_while(is_kept).count();
        let fresh = &fresh[..fresh.len() - below];
        let fresh: Vec<Span> = fresh.iter().map(|piece| Span::new(Chunk::new(piece))).collect();
        let looked_at = self.front.text.len();
        let changed = old.start + above..old.end - below;
        self.replace(changed.clone(), fresh);
        if start <= self.front.chunks {
            self.front.chunks = chunks_within(&self.spans, looked_at);
        }
        changed
    }

    /// Where to begin to look for slides when the text of some chunks, from `touched` on, changes.
    fn start_to_read(&self, touched: usize, text: &str) -> usize {
        if touched <= self.front.chunks {
            return 0;
        }
        let above = &self.spans[..touched.saturating_sub(SLIDES_ABOVE)];
        // A comment that was open to the end of the text may end here now.
        let open = above.iter().position(|span| span.has_open_comment && text.contains("-->"));
        open.unwrap_or(above.len())
    }

    /// Puts new spans in the place of old ones.
    fn replace(&mut self, old: Range<usize>, new: Vec<Span>) {
        let reaches_end = old.end == self.spans.len();
        self.shown.below = self.shown.below.min(self.spans.len() - old.end);
        // The last slide has a line more, so another one is the last now, or was.
        let moves_end = reaches_end && old.len() != new.len();
        self.shown.above = self.shown.above.min(old.start.saturating_sub(usize::from(moves_end)));
        self.spans.splice(old, new);
    }

    /// Brings up to date what is known of the deck as a whole, after some spans were replaced.
    fn settle(&mut self, changed: Range<usize>) {
        for span in &mut self.spans[changed.clone()] {
            let content = span.chunk.content();
            span.has_problems = !content.problems.is_empty();
            span.has_h1 = content.first_h1.is_some();
            span.has_agenda = content.has_agenda;
        }
        let numbered = outline::number_sections(&mut self.spans, changed);
        self.shown.below = self.shown.below.min(self.spans.len() - numbered);
        let breaks = self.front.settings.breaks;
        if std::mem::replace(&mut self.front.breaks, breaks) != breaks {
            for span in &mut self.spans {
                span.chunk = Arc::new(span.chunk.without_html());
            }
            (self.shown.above, self.shown.below) = (0, 0);
        }
        self.title = self.find_title();
        self.draw_agendas();
    }

    fn find_title(&self) -> String {
        if let Some(title) = &self.front.settings.title {
            return title.clone();
        }
        let with_h1 = self.spans.iter().find(|span| span.has_h1);
        with_h1
            .and_then(|span| span.chunk.content().first_h1.clone())
            .unwrap_or_else(|| self.spans[0].chunk.content().title.to_string())
    }
}

impl Default for LiveDeck {
    /// The deck of an empty text.
    fn default() -> Self {
        Self::new("")
    }
}

impl Front {
    /// Reads the lines that the front matter is in.
    fn read(&mut self, text: &str) {
        if self.text == text {
            return;
        }
        text.clone_into(&mut self.text);
        let problems = std::mem::take(&mut self.problems);
        let settings = front_matter::read(text, &mut self.problems);
        self.problems_changed |= self.problems != problems;
        self.changed |= self.settings != settings;
        self.settings = settings;
    }
}

impl Default for Front {
    fn default() -> Self {
        Self {
            text: String::new(),
            settings: FrontMatter::default(),
            breaks: FrontMatter::default().breaks,
            problems: Vec::new(),
            chunks: 0,
            changed: false,
            problems_changed: false,
        }
    }
}

/// Cuts what was read into the pieces that will be chunks.
fn pieces<'a>(slides: &split::Slides, text: &'a str, front: Option<usize>) -> Vec<Piece<'a>> {
    let end_of_text = slides.known_from.unwrap_or(text.len());
    let starts = slides.starts.iter().enumerate();
    starts
        .map(|(index, start)| {
            let end = slides.starts.get(index + 1).map_or(end_of_text, |next| next.at);
            let front_matter = front.filter(|_| index == 0);
            Piece { text: &text[start.at..end], start: *start, front_matter }
        })
        .collect()
}

/// How many chunks the first so many bytes of the text reach into.
fn chunks_within(spans: &[Span], bytes: usize) -> usize {
    let mut end = 0;
    let whole = spans.iter().take_while(|span| {
        end += span.chunk.text.len();
        end < bytes
    });
    whole.count() + 1
}
