//! What the page and its render worker say to each other.
//!
//! Both binaries include this file. What the worker says travels as JSON arrays, not as objects: that
//! is half the text to read, and a tenth of the code to read it with. The slides themselves are not here: they travel as plain
//! objects beside the [`Answer`], because the page only hands them on to the frames.

use std::ops::Range;

use collab::doc::TextEdit;
use serde::{Deserialize, Serialize};

/// One request; the worker answers each with one [`Answer`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Comes back in the answer: it tells apart positions asked for before and after a jump.
    pub(crate) jump: u32,
    /// What happened to the text.
    pub(crate) text: TextChange,
    /// The caret, in UTF-16 units of the text after the change.
    pub(crate) caret: Option<u32>,
    /// What the presenter shows, likewise.
    pub(crate) shown: Option<u32>,
    /// What the person wants done to the outline. The text did not change in this request then.
    pub(crate) command: Option<Command>,
}

/// How the worker's copy of the text changes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TextChange {
    /// The whole text: at the start, and after a restart of the worker.
    Reset(String),
    /// Edits, each in the coordinates that the ones before it left behind.
    Edits(Vec<TextEdit>),
}

/// What can be done to the outline of a deck. Slides and sections are numbers of the last answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Command {
    /// A section goes before another one, or to the end.
    MoveSection { section: u32, before: u32 },
    /// A slide becomes the `place`-th one of a section.
    MoveSlide { slide: u32, section: u32, place: u32 },
    /// The slide's heading gets another text.
    Rename { slide: u32, title: String },
    /// The slide comes twice.
    Duplicate { slide: u32 },
    /// The slide goes.
    Delete { slide: u32 },
    /// The slide's own comment sets exactly these attributes.
    SetAttributes { slide: u32, attributes: Vec<(String, String)> },
}

/// Replaces whole lines. An empty range inserts before `lines.start`; empty `text` removes.
/// In a list, edits are sorted, disjoint, and all speak of the text before any of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "LineEditParts", into = "LineEditParts")]
pub(crate) struct LineEdit {
    pub(crate) lines: Range<u32>,
    pub(crate) text: Vec<String>,
}

/// What a command does to the text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "ChangeParts", into = "ChangeParts")]
pub(crate) struct Change {
    pub(crate) edits: Vec<LineEdit>,
    /// The line of the caret afterwards.
    pub(crate) line: u32,
}

/// What the deck is now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "AnswerParts", into = "AnswerParts")]
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
    /// What the request's command does; `None` if it cannot be done, or there was none.
    pub(crate) change: Option<Change>,
}

/// One slide as the page knows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "SlideParts", into = "SlideParts")]
pub(crate) struct SlideInfo {
    /// Tells it apart from all others for as long as it stays; the page gives it.
    pub(crate) id: u32,
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
    /// Where its last line ends, line end included, in UTF-16 units.
    pub(crate) end: u32,
}

/// One section: the slides of a column, under one heading.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "SectionParts", into = "SectionParts")]
pub(crate) struct SectionInfo {
    /// Its heading.
    pub(crate) title: String,
    /// Number of its first slide.
    pub(crate) first: u32,
    /// How many slides it has.
    pub(crate) count: u32,
    /// Who reports.
    pub(crate) reporter: Option<String>,
}

/// One problem in the source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "ProblemParts", into = "ProblemParts")]
pub(crate) struct ProblemInfo {
    /// The kind of problem, such as `setext-separator`.
    pub(crate) code: String,
    /// What the message in another language has to name.
    pub(crate) args: Vec<String>,
    /// What is wrong, for people, in English.
    pub(crate) message: String,
    /// Its lines, from 0.
    pub(crate) from: u32,
    /// The line behind it.
    pub(crate) to: u32,
    /// How much it matters.
    pub(crate) severity: Severity,
    /// What would mend it.
    pub(crate) fix: Option<FixInfo>,
}

/// How much a problem matters, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Good to know.
    Info,
    /// Probably not what was meant.
    Warning,
    /// Something is lost.
    Error,
}

/// One click's worth of help.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "FixParts", into = "FixParts")]
pub(crate) struct FixInfo {
    /// What it does, in English.
    pub(crate) title: String,
    /// How.
    pub(crate) edits: Vec<LineEdit>,
}

type LineEditParts = (u32, u32, Vec<String>);

impl From<LineEditParts> for LineEdit {
    fn from((from, to, text): LineEditParts) -> Self {
        Self { lines: from..to, text }
    }
}

impl From<LineEdit> for LineEditParts {
    fn from(it: LineEdit) -> Self {
        (it.lines.start, it.lines.end, it.text)
    }
}

type ChangeParts = (Vec<LineEdit>, u32);

impl From<ChangeParts> for Change {
    fn from((edits, line): ChangeParts) -> Self {
        Self { edits, line }
    }
}

impl From<Change> for ChangeParts {
    fn from(it: Change) -> Self {
        (it.edits, it.line)
    }
}

type SlideParts = (String, u32, u32, u32, u32, u32);

impl From<SlideParts> for SlideInfo {
    fn from((title, section, line, text_line, offset, end): SlideParts) -> Self {
        Self { id: 0, title, section, line, text_line, offset, end }
    }
}

impl From<SlideInfo> for SlideParts {
    fn from(it: SlideInfo) -> Self {
        (it.title, it.section, it.line, it.text_line, it.offset, it.end)
    }
}

type SectionParts = (String, u32, u32, Option<String>);

impl From<SectionParts> for SectionInfo {
    fn from((title, first, count, reporter): SectionParts) -> Self {
        Self { title, first, count, reporter }
    }
}

impl From<SectionInfo> for SectionParts {
    fn from(it: SectionInfo) -> Self {
        (it.title, it.first, it.count, it.reporter)
    }
}

type FixParts = (String, Vec<LineEdit>);

impl From<FixParts> for FixInfo {
    fn from((title, edits): FixParts) -> Self {
        Self { title, edits }
    }
}

impl From<FixInfo> for FixParts {
    fn from(it: FixInfo) -> Self {
        (it.title, it.edits)
    }
}

type ProblemParts = (String, Vec<String>, String, u32, u32, u32, Option<FixInfo>);

impl From<ProblemParts> for ProblemInfo {
    fn from((code, args, message, from, to, severity, fix): ProblemParts) -> Self {
        Self { code, args, message, from, to, severity: severity.into(), fix }
    }
}

impl From<ProblemInfo> for ProblemParts {
    fn from(it: ProblemInfo) -> Self {
        (it.code, it.args, it.message, it.from, it.to, it.severity as u32, it.fix)
    }
}

impl From<u32> for Severity {
    fn from(severity: u32) -> Self {
        match severity {
            0 => Self::Info,
            1 => Self::Warning,
            _ => Self::Error,
        }
    }
}

/// A slide's number, if there is one.
type Number = Option<u32>;

type AnswerParts = (
    u32,
    bool,
    String,
    Vec<SlideInfo>,
    Vec<SectionInfo>,
    Vec<ProblemInfo>,
    Number,
    Number,
    Option<Change>,
);

impl From<AnswerParts> for Answer {
    fn from(
        (jump, full, title, slides, sections, problems, caret, shown, change): AnswerParts,
    ) -> Self {
        Self { jump, full, title, slides, sections, problems, caret, shown, change }
    }
}

impl From<Answer> for AnswerParts {
    fn from(it: Answer) -> Self {
        (
            it.jump,
            it.full,
            it.title,
            it.slides,
            it.sections,
            it.problems,
            it.caret,
            it.shown,
            it.change,
        )
    }
}
