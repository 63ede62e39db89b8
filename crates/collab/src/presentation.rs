//! What the presenter shows, as a position that edits elsewhere do not move.

use serde::{Deserialize, Serialize};

use crate::doc::Anchor;

/// Most characters of a section's title that travel.
pub(crate) const MAX_TITLE_CHARS: usize = 80;

/// What is on everybody's screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// The first character of the slide: a position in the document, never a slide number.
    pub slide: Anchor,
    /// The last fragment that is visible, from 0; -1 for none. A receiver clamps it.
    pub fragment: i32,
    /// Whether screens are dark.
    pub blackout: bool,
}

/// A presentation that is going on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Presentation {
    /// Name of the person who drives, as the server knows it. `None` when nobody does.
    pub driver: Option<String>,
    /// The connection of the driver is lost; the baton waits a while for their return.
    pub away: bool,
    /// Counts who drove: it goes up when somebody else gets the baton.
    pub term: u64,
    /// Counts changes of the slide that is shown.
    pub seq: u64,
    /// What is shown.
    pub shown: Shown,
    /// The audience sees the deck as it was when this was asked for.
    pub held: bool,
}

/// How long a presentation takes so far, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Times {
    /// Since it began.
    pub elapsed: u64,
    /// Title of each section in order, and the time spent on it.
    pub sections: Vec<(String, u64)>,
    /// Which section is on now.
    pub current: Option<u32>,
}

/// The visible beginning of a title.
pub(crate) fn cut_title(title: &str, most: usize) -> String {
    title.chars().filter(|c| !c.is_control()).take(most).collect()
}

/// A button of the phone remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Press {
    /// The next slide or fragment.
    Next,
    /// The previous one.
    Previous,
    /// Make screens dark, or light again.
    Blackout,
}

impl Press {
    /// The button that messages call so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "next" => Self::Next,
            "previous" => Self::Previous,
            "blackout" => Self::Blackout,
            _ => return None,
        })
    }
}
