//! What can be wrong with a deck, how it is said, and how one click mends it.

mod across;
mod call_date;
mod carried;
mod content;
mod css;
mod markup;
mod names;
mod sayings;
mod separators;
mod spliced;
mod stray;

#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub(crate) use self::{
    across::check as deck,
    content::settings,
    sayings::{Echoes, Saying, of as sayings},
};
use crate::{edit::LineEdit, prose};

/// Something the author should know. It never stops a deck from being shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The kind of problem, for machines.
    pub code: Code,
    /// What fills the blanks of the message, in its order.
    pub args: Vec<String>,
    /// One sentence for people, in English.
    pub message: String,
    /// Where it is.
    pub lines: Range<u32>,
    /// How much it matters.
    pub severity: Severity,
    /// What mends it.
    pub fix: Option<Fix>,
    /// What mends it in another way, if there are two.
    pub other_fix: Option<Fix>,
}

/// One click's worth of help.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fix {
    /// What it does, in English.
    pub title: String,
    /// How it does it. Nothing for an image that is to be brought into the deck ([`Code::ImageElsewhere`],
    /// whose address is the problem's only argument): what to write instead, the server says.
    pub edits: Vec<LineEdit>,
}

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Something is lost.
    Error,
    /// Probably not what was meant.
    Warning,
    /// Good to know.
    Info,
}

/// The kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it, and `Problem::message` says it in full")]
pub enum Code {
    BadYaml,
    FrontMatterAfterBlank,
    FrontMatterUnclosed,
    FrontMatterTooLong,
    OptionDropped,
    OptionRtl,
    OptionShape,
    OptionsShape,
    ThemeUnknown,
    MinutesValue,
    MinutesSection,
    SetextSeparator,
    SeparatorNoBlankAfter,
    SeparatorIndented,
    SeparatorTooLong,
    SeparatorInFence,
    RuleNotSeparator,
    FenceUnclosed,
    CommentUnclosed,
    AttributeDropped,
    CssDeclaration,
    ImageAlt,
    ImageElsewhere,
    SlideEmpty,
    TemplateResidue,
    SectionRepeated,
    StrayText,
    SplicedUrl,
    WrongSlide,
    DateMismatch,
    Carried,
}

impl Code {
    /// One sentence with a `{}` for each argument.
    fn template(self) -> &'static str {
        match self {
            Code::BadYaml => "this line of the front matter cannot be read: {}",
            Code::FrontMatterAfterBlank => {
                "blank lines above the front matter make other programs overlook it"
            }
            Code::FrontMatterUnclosed => "the front matter is never closed with `---`",
            Code::FrontMatterTooLong => "the front matter is longer than 8 KB and is not read",
            Code::OptionDropped => "`{}` is not an option for slides, so it does nothing",
            Code::OptionRtl => "`rtl` is set by `dir: rtl`, outside of `slideOptions`",
            Code::OptionShape => "`{}` needs a single value",
            Code::OptionsShape => "`slideOptions` is a list of indented `key: value` lines",
            Code::ThemeUnknown => "there is no theme `{}`; there are {}",
            Code::MinutesValue => "`{}` needs a number of minutes, more than 0 and at most 600",
            Code::MinutesSection => "no section is called `{}`",
            Code::SetextSeparator => "`{}` needs a blank line above it to begin a new slide",
            Code::SeparatorNoBlankAfter => "`{}` needs a blank line below it to begin a new slide",
            Code::SeparatorIndented => "`{}` behind blanks is a rule, not a new slide",
            Code::SeparatorTooLong => "`{}` is a rule; `---` or `----` begins a new slide",
            Code::SeparatorInFence => "a separator inside a code fence is code, not a new slide",
            Code::RuleNotSeparator => "`{}` is a rule, not a new slide",
            Code::FenceUnclosed => {
                "this code fence is never closed, so everything below it is code"
            }
            Code::CommentUnclosed => "this comment is never closed with `-->`",
            Code::AttributeDropped => "`{}` cannot be set by a comment, so it does nothing",
            Code::CssDeclaration => "`{}` is not valid CSS, so it does nothing; write `{}`",
            Code::ImageAlt => "this image has no text for those who cannot see it",
            Code::ImageElsewhere => {
                "this image comes from elsewhere each time, so it may vanish, and its server sees who watches: {}"
            }
            Code::SlideEmpty => "this slide shows nothing; fill it or remove it",
            Code::TemplateResidue => "`{}` seems to be left over from a template",
            Code::SectionRepeated => {
                "another section is called `{}`, too; join the two or rename one"
            }
            Code::StrayText => "this reads like chat, and the audience sees it: {}",
            Code::SplicedUrl => "an address seems to have landed inside of other text: `{}`",
            Code::WrongSlide => "this stands in `{}`, too, where it fits better",
            Code::DateMismatch => "`{}` is not the date of the call, {}",
            Code::Carried => "carried over from the call on {}: keep it or drop it",
        }
    }

    fn severity(self) -> Severity {
        match self {
            Code::BadYaml | Code::FrontMatterTooLong | Code::FenceUnclosed => Severity::Error,
            Code::SeparatorInFence
            | Code::RuleNotSeparator
            | Code::FrontMatterAfterBlank
            | Code::ImageElsewhere
            | Code::SectionRepeated
            | Code::Carried => Severity::Info,
            _ => Severity::Warning,
        }
    }
}

impl Problem {
    pub(crate) fn new<const N: usize>(code: Code, line: usize, args: [String; N]) -> Self {
        let mut message = String::new();
        let mut blanks = args.iter();
        for (index, part) in code.template().split("{}").enumerate() {
            if index > 0 {
                message.push_str(blanks.next().map_or("", String::as_str));
            }
            message.push_str(part);
        }
        let line = line as u32;
        let lines = line..line + 1;
        let severity = code.severity();
        Self { code, args: args.into(), message, lines, severity, fix: None, other_fix: None }
    }

    pub(crate) fn with_fix<const N: usize>(mut self, title: &str, edits: [LineEdit; N]) -> Self {
        self.fix = Some(Fix { title: title.to_owned(), edits: edits.into() });
        self
    }

    pub(crate) fn with_other_fix(mut self, title: &str, edits: Vec<LineEdit>) -> Self {
        self.other_fix = Some(Fix { title: title.to_owned(), edits });
        self
    }

    /// The same problem of a text with so many lines above.
    pub(crate) fn below(mut self, lines: u32) -> Self {
        self.lines = self.lines.start + lines..self.lines.end + lines;
        for fix in self.fix.iter_mut().chain(&mut self.other_fix) {
            fix.edits = fix.edits.drain(..).map(|edit| edit.below(lines)).collect();
        }
        self
    }
}

/// A slide as its checks see it. Lines are counted from its first one.
pub(crate) struct Slide<'a> {
    /// Notes included.
    pub(crate) lines: &'a [&'a str],
    /// What the audience sees.
    pub(crate) shown: &'a [&'a str],
    pub(crate) source: &'a str,
    pub(crate) attributes: &'a [(String, String)],
    /// Whether the deck begins with it.
    pub(crate) is_first: bool,
    /// Whether any of its text is to be seen.
    pub(crate) shows: bool,
}

/// Looks at one slide.
pub(crate) fn slide(slide: &Slide<'_>, problems: &mut Vec<Problem>) {
    separators::check(slide.lines, problems);
    content::check(slide, problems);
    markup::check(slide.shown, slide.source, problems);
    // Most slides show at once that there is nothing to be found by reading them closely.
    if stray::may_be_on(slide) || spliced::may_be_on(slide) {
        let prose = prose::of(slide.source);
        stray::check(slide, &prose, problems);
        spliced::check(slide, &prose, problems);
    }
    carried::check(slide.shown, problems);
}

/// The marker of a list item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    /// How many blanks stand before it.
    pub(crate) indent: usize,
}

/// The marker that a line begins with, if it begins a list item.
pub(crate) fn item(line: &str) -> Option<Item> {
    let text = line.trim_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = match digits {
        0 => text.strip_prefix(['-', '*', '+']),
        _ => text[digits..].strip_prefix(['.', ')']),
    }?;
    let is_item = rest.is_empty() || rest.starts_with([' ', '\t']);
    is_item.then_some(Item { indent: line.len() - text.len() })
}

/// How many letters must be changed, put in, left out or swapped to make one word of another.
pub(crate) fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut above: Vec<usize> = (0..=to.len()).collect();
    let mut far_above = above.clone();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut cost = (above[j] + usize::from(a != b)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && from[i - 1] == *b && *a == to[j - 1] {
                cost = cost.min(far_above[j - 1] + 1);
            }
            row.push(cost);
        }
        far_above = std::mem::replace(&mut above, row);
    }
    above[to.len()]
}
