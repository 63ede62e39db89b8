//! What the presenter shows, as a position that edits elsewhere do not move.

use serde::{Deserialize, Serialize};

use crate::doc::Anchor;

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
    /// Name of the person who drives, as the server knows it. `None` while they are away.
    pub driver: Option<String>,
    /// What is shown.
    pub shown: Shown,
}
