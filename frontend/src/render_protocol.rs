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
    /// What the presenter shows.
    pub(crate) shown: Option<Shown>,
    /// What the person wants done to the outline. The text did not change in this request then.
    pub(crate) command: Option<Command>,
}

/// Where the presenter is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shown {
    /// Counts where the presenter went. While it stays the same, the worker follows the slide through
    /// the edits, whatever becomes of the position.
    pub(crate) seq: u64,
    /// The position in the text after the change, in UTF-16 units.
    pub(crate) offset: u32,
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
    /// The section has no report: its slides are hidden.
    NoReport { section: u32 },
    /// It has one after all.
    Report { section: u32 },
    /// The section may take so many minutes, or as many as all others.
    Plan { section: u32, minutes: Option<f32> },
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
    /// Whether it is passed over when the deck is shown.
    pub(crate) hidden: bool,
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
    /// How many minutes it may take.
    pub(crate) minutes: Option<f32>,
    /// Whether its text lets expect a report.
    pub(crate) expected: bool,
    /// Whether it says that there is none.
    pub(crate) no_report: bool,
    /// Whether its line `Report by` waits for a name.
    pub(crate) asks_who: bool,
    /// The line to begin to write at, from 0.
    pub(crate) write_line: u32,
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
    /// What would mend it in another way.
    pub(crate) other_fix: Option<FixInfo>,
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

type SlideParts = (String, u32, u32, u32, u32, u32, bool);

impl From<SlideParts> for SlideInfo {
    fn from((title, section, line, text_line, offset, end, hidden): SlideParts) -> Self {
        Self { id: 0, title, section, line, text_line, offset, end, hidden }
    }
}

impl From<SlideInfo> for SlideParts {
    fn from(it: SlideInfo) -> Self {
        (it.title, it.section, it.line, it.text_line, it.offset, it.end, it.hidden)
    }
}

type SectionParts = (String, u32, u32, Option<String>, Option<f32>, bool, bool, bool, u32);

impl From<SectionParts> for SectionInfo {
    fn from(parts: SectionParts) -> Self {
        let (title, first, count, reporter, minutes, expected, no_report, asks_who, write_line) =
            parts;
        Self { title, first, count, reporter, minutes, expected, no_report, asks_who, write_line }
    }
}

impl From<SectionInfo> for SectionParts {
    fn from(it: SectionInfo) -> Self {
        (
            it.title,
            it.first,
            it.count,
            it.reporter,
            it.minutes,
            it.expected,
            it.no_report,
            it.asks_who,
            it.write_line,
        )
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

type ProblemParts = (String, Vec<String>, String, u32, u32, u32, Option<FixInfo>, Option<FixInfo>);

impl From<ProblemParts> for ProblemInfo {
    fn from(parts: ProblemParts) -> Self {
        let (code, args, message, from, to, severity, fix, other_fix) = parts;
        Self { code, args, message, from, to, severity: severity.into(), fix, other_fix }
    }
}

impl From<ProblemInfo> for ProblemParts {
    fn from(it: ProblemInfo) -> Self {
        let severity = it.severity as u32;
        (it.code, it.args, it.message, it.from, it.to, severity, it.fix, it.other_fix)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_travels_as_an_array_in_the_order_that_the_page_reads() {
        let section = SectionInfo {
            title: "Team A".to_owned(),
            first: 4,
            count: 2,
            reporter: Some("ada".to_owned()),
            minutes: Some(2.5),
            expected: true,
            no_report: false,
            asks_who: true,
            write_line: 17,
        };
        let json = serde_json::to_string(&section).expect("plain data");
        assert_eq!(json, r#"["Team A",4,2,"ada",2.5,true,false,true,17]"#);
        let read: SectionInfo = serde_json::from_str(&json).expect("what was written");
        assert_eq!(read, section);
    }

    #[test]
    fn commands_are_named_as_the_outline_asks_for_them() {
        let json = serde_json::to_string(&Command::NoReport { section: 3 }).expect("plain data");
        assert_eq!(json, r#"{"noReport":{"section":3}}"#);
    }
}
