//! A text in chunks, read as one text.

use std::sync::Arc;

use super::chunk::Chunk;
use crate::{agenda, edit::units, render::SlideHtml, split::Window};

/// A chunk in the list of them, with what is asked of it most.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) chunk: Arc<Chunk>,
    /// Its length in UTF-16 units.
    pub(crate) units: u32,
    /// How many lines end in it.
    pub(crate) line_ends: u32,
    /// The section that its slide belongs to.
    pub(crate) section: u32,
    pub(crate) opens_column: bool,
    /// Whether the text of it holds a `-->`.
    pub(crate) ends_comment: bool,
    /// Whether a comment in it is never closed.
    pub(crate) has_open_comment: bool,
    /// Whether anything is wrong with it.
    pub(crate) has_problems: bool,
    /// Whether something on it says that it was carried over.
    pub(crate) has_carried: bool,
    /// Whether it has a heading of the first level.
    pub(crate) has_h1: bool,
    /// Whether there may be a place for an agenda in its HTML.
    pub(crate) has_agenda: bool,
    /// What is listed there.
    pub(crate) agenda: Option<Arc<str>>,
}

impl Span {
    pub(crate) fn new(chunk: Chunk) -> Self {
        Self {
            units: units(&chunk.text) as u32,
            line_ends: chunk.line_ends(),
            section: 0,
            opens_column: chunk.opens_column,
            has_open_comment: chunk.has_open_comment,
            ends_comment: chunk.text.contains("-->"),
            has_problems: false,
            has_carried: chunk.text.contains("<!-- carried "),
            has_h1: false,
            has_agenda: false,
            agenda: None,
            chunk: Arc::new(chunk),
        }
    }

    /// The slide as HTML.
    pub(crate) fn html(&self, breaks: bool) -> SlideHtml {
        let slide = self.chunk.html(breaks).clone();
        match &self.agenda {
            Some(list) => {
                SlideHtml { html: slide.html.replacen(agenda::PLACE, list, 1).into(), ..slide }
            }
            None => slide,
        }
    }

    /// Whether it is the same slide and shows the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.chunk, &other.chunk) && self.agenda == other.agenda
    }
}

/// Some text, and the chunks behind it that did not change.
pub(crate) struct TextWindow<'a> {
    pub(crate) text: String,
    /// The chunks behind the text at first.
    pub(crate) behind: &'a [Span],
    /// Where those that were added begin.
    pub(crate) added: Vec<usize>,
}

impl<'a> TextWindow<'a> {
    pub(crate) fn new(text: String, behind: &'a [Span]) -> Self {
        Self { text, behind, added: Vec::new() }
    }

    fn add(&mut self, chunks: usize) {
        for span in &self.behind[self.added.len()..][..chunks] {
            self.added.push(self.text.len());
            self.text.push_str(&span.chunk.text);
        }
    }
}

impl Window for TextWindow<'_> {
    fn text(&self) -> &str {
        &self.text
    }

    fn grow(&mut self) -> bool {
        let more = self.added.len() < self.behind.len();
        self.add(usize::from(more));
        more
    }

    fn grow_to_comment_end(&mut self) -> bool {
        let left = &self.behind[self.added.len()..];
        let Some(at) = left.iter().position(|span| span.ends_comment) else { return false };
        self.add(at + 1);
        true
    }

    fn is_known_start(&self, at: usize) -> bool {
        self.added.binary_search(&at).is_ok()
    }
}
