//! What a slide deck is: one Markdown text goes in, front matter, slides, problems and HTML come out.
//!
//! Every function is total. Bad input never fails, it gives a [`Problem`] and the best deck there is.
//! Positions are lines, counted from 0, so nothing here depends on how text is encoded.

#![forbid(unsafe_code)]

mod attributes;
mod fence;
mod front_matter;
mod html;
mod inline;
mod linkify;
mod lint;
mod markdown;
mod outline;
mod patch;
mod prepare;
mod render;
mod split;
mod tags;
mod title;
mod tree;
mod typography;
mod writer;
mod yaml;

#[cfg(test)]
mod properties;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use crate::{
    front_matter::{DEFAULT_THEME, Direction, FrontMatter, OptionValue, SLIDE_OPTIONS, THEMES},
    lint::{Code, Problem, Severity},
    outline::{Section, outline},
    patch::{SlidePatch, apply, patch},
    render::{Renderer, SlideHtml},
};

/// A deck as its text describes it; nothing is rendered yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deck {
    /// What stands between the two `---` at the very top.
    pub front_matter: FrontMatter,
    /// The front matter's title, else the first first-level heading, else the first slide's title.
    pub title: String,
    /// All slides in reading order; never empty.
    pub slides: Vec<Slide>,
    /// What the author should know, in the order of the lines.
    pub problems: Vec<Problem>,
}

/// One slide: the text between two separators.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slide {
    /// The column.
    pub h: u32,
    /// The place within the column.
    pub v: u32,
    /// The lines between the separators, notes and blank lines included.
    pub lines: Range<u32>,
    /// The text of the first heading, else the first text.
    pub title: String,
    /// What `<!-- .slide: … -->` asks for.
    pub attributes: Vec<(String, String)>,
    /// The section it belongs to: an index into [`outline`].
    pub section: u32,
    /// The Markdown that the audience sees.
    pub source: String,
    /// The Markdown of the speaker notes.
    pub notes: String,
}

/// Reads a deck. No Markdown is parsed here, but for headings.
pub fn parse(source: &str) -> Deck {
    let text = split::normalize(source);
    let lines: Vec<&str> = text.split('\n').collect();
    let mut problems = Vec::new();
    let front_matter = front_matter::read(&lines, &mut problems);
    let mut slides = split::slides(&lines, front_matter.lines.end, &mut problems);
    outline::number_sections(&mut slides);
    problems.sort_by_key(|problem| problem.lines.start);
    let title = front_matter
        .title
        .clone()
        .or_else(|| slides.iter().find_map(|slide| title::first_h1(&slide.source)))
        .or_else(|| slides.first().map(|slide| slide.title.clone()))
        .unwrap_or_default();
    Deck { front_matter, title, slides, problems }
}

/// The flat index of the slide that a line belongs to. A separator belongs to the slide it opens,
/// the front matter to the first slide, a line past the end to the last one.
pub fn slide_at_line(slides: &[Slide], line: u32) -> usize {
    slides.partition_point(|slide| slide.lines.end <= line).min(slides.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_falls_back_from_front_matter_to_heading_to_text() {
        assert_eq!(parse("---\ntitle: One\n---\n\n# Two").title, "One");
        assert_eq!(parse("## Small\n\n---\n\n# *Two*").title, "Two");
        assert_eq!(parse("just text").title, "just text");
        assert_eq!(parse("").title, "");
    }

    #[test]
    fn a_line_finds_its_slide() {
        let deck = parse("---\ntitle: x\n---\n\n# a\n\n---\n\n# b\n\n----\n\n# c");
        let found: Vec<usize> =
            [0, 3, 5, 6, 7, 9, 10, 11, 99].map(|line| slide_at_line(&deck.slides, line)).to_vec();
        assert_eq!(found, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
        assert_eq!(slide_at_line(&[], 3), 0);
    }

    #[test]
    fn a_deck_crosses_to_javascript_in_camel_case() {
        let json = serde_json::to_value(parse("---\nslideOptions:\n  width: 1280\n---\n\n# a"))
            .expect("a deck is plain data");
        assert_eq!(json["frontMatter"]["options"]["width"], 1280.0);
        assert_eq!(json["slides"][0]["lines"]["start"], 4);
    }
}
