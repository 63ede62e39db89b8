//! One slide's part of the text, with all that is known of it. It never changes: an edit makes
//! another one.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use crate::{
    agenda, attributes,
    edit::units,
    lint::{self, Problem, Saying},
    outline,
    prompt::{self, Progress},
    render::SlideHtml,
    said, split,
    title::{self, Heading},
    writer,
};

/// A stretch of the text: the separator that opens a slide, or the front matter, and the slide.
/// What it means depends on nothing but itself.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) text: String,
    /// The bytes of the front matter; `None` unless this is the first chunk.
    pub(crate) front_matter: Option<usize>,
    pub(crate) opens_column: bool,
    pub(crate) has_open_comment: bool,
    content: OnceLock<Content>,
    html: OnceLock<SlideHtml>,
}

/// What a chunk is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    pub(crate) start: split::Start,
    pub(crate) front_matter: Option<usize>,
}

/// What is read from a chunk. Lines are counted from the chunk's first one.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    /// The text of the first heading, else the first text.
    pub(crate) title: Arc<str>,
    /// Where that heading is; its line is counted from the slide's own first one.
    pub(crate) heading: Option<Heading>,
    /// The first heading of the first level.
    pub(crate) first_h1: Option<String>,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) reporter: Option<String>,
    /// Whether its comment says that there is no report.
    pub(crate) no_report: bool,
    /// Whether it is passed over when the deck is shown.
    pub(crate) hidden: bool,
    /// Lines are counted from the slide's own first one.
    pub(crate) progress: Progress,
    /// Whether there may be a place for an agenda in its HTML.
    pub(crate) has_agenda: bool,
    /// The Markdown that the audience sees.
    pub(crate) source: String,
    /// The Markdown of the speaker notes.
    pub(crate) notes: String,
    /// The line behind the separator or the front matter.
    pub(crate) first_line: u32,
    /// The first line of the slide that is not blank, else its last one.
    pub(crate) text_line: u32,
    /// Where that line begins, in UTF-16 units.
    pub(crate) text_units: u32,
    pub(crate) problems: Vec<Problem>,
    /// What is compared with other slides, in lines of the slide's own first one.
    pub(crate) sayings: Vec<Saying>,
}

impl Content {
    /// The line of the title, counted from the slide's own first one.
    pub(crate) fn title_line(&self) -> u32 {
        self.heading.map_or(self.text_line - self.first_line, |heading| heading.line as u32)
    }
}

impl Chunk {
    pub(crate) fn new(piece: &Piece<'_>) -> Self {
        Self {
            text: piece.text.to_owned(),
            front_matter: piece.front_matter,
            opens_column: piece.start.opens_column,
            has_open_comment: piece.start.has_open_comment,
            content: OnceLock::new(),
            html: OnceLock::new(),
        }
    }

    /// The same slide, to be rendered again.
    pub(crate) fn without_html(&self) -> Self {
        Self {
            text: self.text.clone(),
            front_matter: self.front_matter,
            opens_column: self.opens_column,
            has_open_comment: self.has_open_comment,
            content: self.content.clone(),
            html: OnceLock::new(),
        }
    }

    /// Whether a chunk made from this piece would be the same one.
    pub(crate) fn is(&self, piece: &Piece<'_>) -> bool {
        self.front_matter == piece.front_matter
            && self.has_open_comment == piece.start.has_open_comment
            && self.text == piece.text
    }

    pub(crate) fn content(&self) -> &Content {
        self.content.get_or_init(|| self.read())
    }

    pub(crate) fn html(&self, breaks: bool) -> &SlideHtml {
        self.html.get_or_init(|| {
            let content = self.content();
            SlideHtml {
                column: self.opens_column,
                attributes: content.attributes.clone(),
                html: writer::slide(&content.source, breaks).into(),
                notes: writer::notes(&content.notes, breaks).into(),
            }
        })
    }

    /// How many lines end in it.
    pub(crate) fn line_ends(&self) -> u32 {
        line_ends(&self.text)
    }

    /// How many lines end above a position in UTF-16 units.
    pub(crate) fn line_at(&self, offset: u32) -> u32 {
        let (mut line, mut rest) = (0, self.text.as_str());
        let mut left = offset as usize;
        loop {
            let next = first_line(rest);
            let length = units(&rest[..next.end]);
            if next.is_empty() || length > left {
                return line;
            }
            left -= length;
            line += 1;
            rest = &rest[next.end..];
        }
    }

    /// The slide's own text and where it begins, in UTF-16 units. What belongs to a separator at the
    /// end of the text, which opens no slide, is left out.
    pub(crate) fn own_text(&self) -> (u32, &str) {
        let (head, body) = self.body();
        let mut end = body.len();
        if body.trim_end().ends_with('-') {
            let kept = self.lines().1.len();
            end = (0..kept).fold(0, |at, _| at + first_line(&body[at..]).end);
        }
        (units(head) as u32, &body[..end])
    }

    /// The separator that opens the slide, or the front matter.
    pub(crate) fn head(&self) -> &str {
        self.body().0
    }

    /// Cuts the text behind the front matter or the separator.
    fn body(&self) -> (&str, &str) {
        let separator = match self.front_matter {
            Some(bytes) => bytes,
            None => first_line(&self.text).end,
        };
        self.text.split_at(separator)
    }

    /// The slide's own lines and how many stand above them. What belongs to a separator at the end
    /// of the text, which opens no slide, is left out.
    pub(crate) fn lines(&self) -> (u32, Vec<&str>) {
        let (head, body) = self.body();
        let mut lines = lines(body.strip_prefix('\u{feff}').unwrap_or(body));
        if let Some(last) = lines.iter().rposition(|line| !line.trim().is_empty())
            && split::separator(lines[last]).is_some()
            && (last == 0 || lines[last - 1].trim().is_empty())
            && !is_within_code(&lines[..last])
        {
            lines.truncate(last);
        }
        // Front matter may be all there is.
        let is_cut = !head.is_empty() && !head.ends_with(['\n', '\r']);
        (line_ends(head) + u32::from(is_cut), lines)
    }

    fn read(&self) -> Content {
        let (first_line, lines) = self.lines();
        let mut problems = Vec::new();
        let (shown, notes) = match split::note_line(&lines) {
            Some(at) => (&lines[..at], lines[at..].join("\n")[5..].trim().to_owned()),
            None => (&lines[..], String::new()),
        };
        let attributes = attributes::of_slide(shown, &mut problems);
        let source = shown.join("\n");
        let is_first = self.front_matter.is_some();
        let said = said::lines(shown);
        let progress = prompt::progress(shown, &said);
        let slide = lint::Slide {
            lines: &lines,
            shown,
            source: &source,
            attributes: &attributes,
            is_first,
            shows: progress.shows,
        };
        lint::slide(&slide, &mut problems);
        let mut problems: Vec<Problem> =
            problems.into_iter().map(|problem| problem.below(first_line)).collect();
        problems.sort_by_key(|problem| problem.lines.start);
        let (text_line, text_units) = self.first_text(first_line);
        Content {
            sayings: lint::sayings(shown),
            title: title::of_slide(shown).into(),
            heading: title::heading(shown),
            first_h1: title::first_h1(&source),
            no_report: attributes::is(&attributes, attributes::NO_REPORT),
            hidden: attributes::is(&attributes, attributes::HIDDEN),
            attributes,
            progress,
            has_agenda: agenda::is_asked(&source),
            reporter: outline::reporter(&said),
            source,
            notes,
            first_line,
            text_line,
            text_units,
            problems,
        }
    }

    /// The first line of the slide that is not blank, else its last one, and where it begins.
    fn first_text(&self, first: u32) -> (u32, u32) {
        let (head, body) = self.body();
        let (mut number, mut at) = (first, 0);
        loop {
            let line = first_line(&body[at..]);
            let is_blank = body[at..at + line.start].trim_matches('\u{feff}').trim().is_empty();
            if !is_blank || at + line.end == body.len() {
                break;
            }
            (number, at) = (number + 1, at + line.end);
        }
        (number, (units(head) + units(&body[..at])) as u32)
    }
}

/// Whether the line behind these is one of a code fence or of a comment.
fn is_within_code(lines: &[&str]) -> bool {
    let mut fence = crate::fence::Fence::default();
    let mut comment_ends = 0;
    // Behind this line no comment is closed.
    let last_end = lines.iter().rposition(|line| line.contains("-->")).unwrap_or(0);
    for (index, line) in lines.iter().enumerate() {
        if index < comment_ends || fence.feed(line) || fence.is_open() {
            continue;
        }
        if split::opens_comment(line)
            && let Some(behind) = lines.get(index + 1..last_end + 1)
            && let Some(length) = behind.iter().position(|line| line.contains("-->"))
        {
            comment_ends = index + 1 + length + 1;
        }
    }
    fence.is_open()
}

/// Where the first line's text ends (`start`), and where the next line begins (`end`).
fn first_line(text: &str) -> Range<usize> {
    let bytes = text.as_bytes();
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
    let behind =
        if bytes[end..].starts_with(b"\r\n") { end + 2 } else { (end + 1).min(bytes.len()) };
    end..behind
}

/// The lines of a text, whatever ends them. What follows the last line end is a line, too.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    if !text.contains('\r') {
        return text.split('\n').collect();
    }
    let mut lines = Vec::new();
    let mut rest = text;
    loop {
        let line = first_line(rest);
        lines.push(&rest[..line.start]);
        if line.is_empty() {
            return lines;
        }
        rest = &rest[line.end..];
    }
}

fn line_ends(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let newlines = bytes.iter().filter(|byte| **byte == b'\n').count();
    if !text.contains('\r') {
        return newlines as u32;
    }
    let lone = |at: &usize| bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    (newlines + (0..bytes.len()).filter(lone).count()) as u32
}

/// The lines from the first one that is not blank to the last one; nothing at their end if all are.
pub(crate) fn text_lines(lines: &[&str]) -> Range<usize> {
    let is_text = |line: &&str| !line.trim().is_empty();
    let start = lines.iter().position(is_text).unwrap_or(lines.len());
    start..lines.iter().rposition(is_text).map_or(start, |last| last + 1)
}
