//! What the projector and its viewers say to each other: JSON, one object to a message.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use deck::{Direction, LiveDeck, OptionValue, SlideHtml, SlidePatch};
use serde::{Deserialize, Serialize};

/// The WebSocket subprotocol of viewers.
pub(crate) const SUBPROTOCOL: &str = "ondeck-live.1";

/// Where the presentation is, in slides as the viewers have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct State {
    pub(super) phase: Phase,
    pub(super) slide: u32,
    pub(super) fragment: i32,
    pub(super) blackout: bool,
}

/// What the audience is told of the presenter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Phase {
    /// It has not begun.
    Waiting,
    Live,
    /// The driver has been gone for a while; the slide is held.
    Away,
    Ended,
}

/// What a frame has to know to draw the deck, besides the slides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Config {
    theme: Option<String>,
    options: BTreeMap<String, OptionValue>,
    pub(super) lang: Option<String>,
    pub(super) dir: Option<Direction>,
    logo: Option<String>,
    footer: Option<String>,
}

/// What there is to know of a deck besides its slides' content.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outline {
    pub(super) title: String,
    pub(super) config: Config,
    /// Title, first slide, how many.
    pub(super) sections: Vec<(String, u32, u32)>,
    /// Planned minutes of each section.
    pub(super) minutes: Vec<Option<f32>>,
    /// Of each slide.
    pub(super) titles: Vec<Arc<str>>,
}

impl Outline {
    pub(super) fn of(deck: &LiveDeck) -> Self {
        let front = deck.front_matter();
        let (mut sections, mut minutes) = (Vec::new(), Vec::new());
        for section in deck.sections() {
            let count = section.slides.end - section.slides.start;
            sections.push((section.title, section.slides.start, count));
            minutes.push(section.minutes);
        }
        Self {
            title: deck.title().to_owned(),
            config: Config {
                theme: front.theme.clone(),
                options: front.options.clone(),
                lang: front.lang.clone(),
                dir: front.dir,
                logo: front.extra.get("logo").cloned(),
                footer: front.extra.get("footer").cloned(),
            },
            sections,
            minutes,
            titles: deck.slides().map(|slide| slide.title).collect(),
        }
    }

    /// The section that a slide is in.
    pub(super) fn section_of(&self, slide: u32) -> Option<usize> {
        self.sections.iter().position(|(_, first, count)| (*first..first + count).contains(&slide))
    }
}

/// What the server tells a viewer.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum ToViewer<'a> {
    /// All of the deck.
    Deck {
        revision: &'a str,
        title: &'a str,
        config: &'a Config,
        slides: Vec<&'a SlideHtml>,
        sections: &'a [(String, u32, u32)],
        titles: &'a [Arc<str>],
        state: State,
        /// While the audience sees the deck as it was: where each slide is now, or -1.
        #[serde(skip_serializing_if = "Option::is_none")]
        live: Option<Vec<i32>>,
    },
    /// From one revision to the next, or from the one that is named.
    Patch {
        revision: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        config: Option<&'a Config>,
        patches: Vec<&'a SlidePatch>,
        #[serde(skip_serializing_if = "Option::is_none")]
        sections: Option<&'a [(String, u32, u32)]>,
        #[serde(skip_serializing_if = "Option::is_none")]
        titles: Option<&'a [Arc<str>]>,
        state: State,
    },
    /// Only where the presentation is.
    State { state: State },
    /// A sign of life.
    Ping,
    /// The answer to one.
    Pong,
    /// What the phone remote shows.
    Stage {
        #[serde(flatten)]
        stage: &'a Stage,
        /// Milliseconds since the presentation began.
        elapsed: u64,
        section: SectionTime<'a>,
    },
}

/// What the presenter's phone shows beside the slide.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(super) struct Stage {
    pub(super) driver: Option<String>,
    pub(super) notes: String,
    /// Title of the next slide; empty after the last.
    pub(super) next: String,
    /// Whether a press reaches the driver's page.
    pub(super) reachable: bool,
}

/// The section that is on now.
#[derive(Debug, Serialize)]
pub(super) struct SectionTime<'a> {
    pub(super) title: &'a str,
    /// Milliseconds.
    pub(super) spent: u64,
    pub(super) minutes: Option<f32>,
}

impl ToViewer<'_> {
    pub(super) fn encode(&self) -> Bytes {
        // Plain data with text keys: there is nothing in it that JSON cannot express.
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

/// What a viewer tells the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum FromViewer {
    /// The person looks at another slide than the presenter.
    Roam { on: bool },
    /// "Are you there?"
    Ping,
    /// A button of the phone remote.
    Press { key: collab::presentation::Press },
}
