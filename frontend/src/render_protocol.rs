//! What the page and its render worker say to each other.
//!
//! Both binaries include this file. The slides themselves are not here: they travel as plain
//! objects beside the [`Answer`], because the page only hands them on to the frames.

use collab::doc::TextEdit;
use serde::{Deserialize, Serialize};

/// One request; the worker answers each with one [`Answer`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Comes back in the answer: it tells apart positions asked for before and after a jump.
    pub(crate) jump: u32,
    /// What happened to the text.
    pub(crate) change: Change,
    /// The caret, in UTF-16 units of the text after the change.
    pub(crate) caret: Option<u32>,
    /// What the presenter shows, likewise.
    pub(crate) shown: Option<u32>,
}

/// How the worker's copy of the text changes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Change {
    /// The whole text: at the start, and after a restart of the worker.
    Reset(String),
    /// Edits, each in the coordinates that the ones before it left behind.
    Edits(Vec<TextEdit>),
}

/// What the deck is now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// From the request.
    pub(crate) jump: u32,
    /// The slides beside this are a whole deck; otherwise they are patches.
    pub(crate) full: bool,
    /// Title of the deck, empty when it has none.
    pub(crate) title: String,
    /// All slides in order.
    pub(crate) slides: Vec<SlideInfo>,
    /// All sections in order.
    pub(crate) sections: Vec<SectionInfo>,
    /// What is wrong in the source.
    pub(crate) problems: Vec<ProblemInfo>,
    /// Number of the slide under the caret.
    pub(crate) caret: Option<u32>,
    /// Number of the slide that is presented.
    pub(crate) shown: Option<u32>,
}

/// One slide as the page knows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SlideInfo {
    /// First heading, else first words.
    pub(crate) title: String,
    /// Index of its section.
    pub(crate) section: u32,
    /// First line in the source, from 0.
    pub(crate) line: u32,
    /// First line that is not blank, from 0.
    pub(crate) text_line: u32,
    /// Where that line begins, in UTF-16 units: the slide's anchor in the document.
    pub(crate) offset: u32,
}

/// One section: the slides of a column, under one heading.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SectionInfo {
    /// Its heading.
    pub(crate) title: String,
    /// Number of its first slide.
    pub(crate) first: u32,
    /// How many slides it has.
    pub(crate) count: u32,
}

/// One problem in the source.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProblemInfo {
    /// What is wrong, for people.
    pub(crate) message: String,
    /// First line of it, from 0.
    pub(crate) line: u32,
}
