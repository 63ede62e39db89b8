//! What a slide deck is: one Markdown text goes in, front matter, slides, problems and HTML come out.
//!
//! Every function is total. Bad input never fails, it gives a [`Problem`] and the best deck there is.
//! Positions are lines, counted from 0; where an editor speaks of characters, they are UTF-16 units.

#![forbid(unsafe_code)]

mod address;
mod agenda;
mod attributes;
pub mod carry;
mod characters;
pub mod dates;
mod edit;
pub mod emoji;
mod fence;
mod front_matter;
mod hidden;
mod html;
mod inline;
mod linkify;
mod lint;
mod live;
mod markdown;
mod marks;
mod outline;
mod patch;
mod prepare;
mod prompt;
mod prose;
mod render;
mod said;
mod split;
mod tags;
mod title;
mod tracker;
mod tree;
mod typography;
mod vocabulary;
mod writer;
mod yaml;

#[cfg(test)]
mod properties;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use crate::{
    edit::{LineEdit, TextEdit, apply_to_lines},
    front_matter::{
        DEFAULT_THEME, Direction, FrontMatter, Minutes, OptionValue, SectionMinutes, THEMES,
    },
    lint::{Code, Fix, Problem, Severity},
    live::{Change, Command, LiveDeck, SlideInfo, Update},
    outline::Section,
    patch::{SlidePatch, apply},
    render::SlideHtml,
    said::{likeness, words_of},
    tracker::{Fate, REBIND_LIKENESS, REBIND_WITHIN, Tracker},
    vocabulary::{SLIDE_OPTIONS, Vocabulary, vocabulary},
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
    /// The section it belongs to: an index into [`LiveDeck::sections`].
    pub section: u32,
    /// The Markdown that the audience sees.
    pub source: String,
    /// The Markdown of the speaker notes.
    pub notes: String,
}

/// Reads a deck once, for those who keep no [`LiveDeck`].
pub fn parse(source: &str) -> Deck {
    LiveDeck::new(source).read()
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
    fn a_position_finds_its_slide_and_its_line() {
        let text = "---\ntitle: x\n---\n\n# ä🦀\n\n---\n\n# b\n\n----\n\n# c";
        let deck = LiveDeck::new(text);
        let starts: Vec<u32> = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| edit::units(&text[..=at]) as u32))
            .collect();
        let lines = [0, 3, 5, 6, 7, 9, 10, 11];
        let found: Vec<u32> = lines.map(|line| deck.slide_at(starts[line])).to_vec();
        assert_eq!(found, [0, 0, 0, 1, 1, 1, 2, 2]);
        assert_eq!(deck.slide_at(999), 2);
        for (line, start) in starts.iter().enumerate() {
            assert_eq!(deck.line_at(*start), line as u32);
        }
        assert_eq!(deck.line_at(999), starts.len() as u32 - 1);
        assert_eq!(LiveDeck::new("a\r\nb\rc").line_at(2), 0);
        assert_eq!(LiveDeck::new("a\r\nb\rc").line_at(5), 2);
    }

    #[test]
    fn a_deck_crosses_to_javascript_in_camel_case() {
        let json = serde_json::to_value(parse("---\nslideOptions:\n  width: 1280\n---\n\n# a"))
            .expect("a deck is plain data");
        assert_eq!(json["frontMatter"]["options"]["width"], 1280.0);
        assert_eq!(json["slides"][0]["lines"]["start"], 4);
    }
}
