//! The words that an editor can complete.

use serde::Serialize;

use crate::{emoji, front_matter::THEMES};

/// What the editor can complete.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Vocabulary {
    /// Names of themes.
    pub themes: Vec<&'static str>,
    /// `slideOptions`, and what each does.
    pub options: Vec<(&'static str, &'static str)>,
    /// Shortcodes without colons, and the characters they stand for.
    pub emoji: Vec<(&'static str, &'static str)>,
}

/// What the editor can complete: themes, slide options with a one-line description each, emoji.
pub fn vocabulary() -> Vocabulary {
    Vocabulary {
        themes: THEMES.to_vec(),
        options: SLIDE_OPTIONS.to_vec(),
        emoji: emoji::all().collect(),
    }
}

/// The `slideOptions` that are passed on; all others are dropped.
#[rustfmt::skip]
pub const SLIDE_OPTIONS: [(&str, &str); 49] = [
    ("autoPlayMedia", "Whether sound and video start by themselves"),
    ("autoSlide", "Go on by itself after so many milliseconds"),
    ("autoSlideStoppable", "Whether a person can stop `autoSlide`"),
    ("backgroundTransition", "How backgrounds change: none, fade, slide, convex, concave, zoom"),
    ("center", "Centre slides vertically"),
    ("controls", "Show the arrows"),
    ("controlsBackArrows", "How arrows back look: faded, hidden, visible"),
    ("controlsLayout", "Where the arrows are: bottom-right, edges"),
    ("controlsTutorial", "Hint at the arrows"),
    ("defaultTiming", "Seconds planned for each slide"),
    ("display", "The CSS `display` of slides"),
    ("embedded", "Whether the deck is a part of a page"),
    ("fragmentInURL", "Keep the fragment in the address"),
    ("fragments", "Show fragments step by step"),
    ("hash", "Keep the slide in the address"),
    ("height", "Height of a slide in units"),
    ("help", "Show the keys on `?`"),
    ("hideAddressBar", "Hide the address bar on phones"),
    ("hideCursorTime", "Milliseconds until the pointer hides"),
    ("hideInactiveCursor", "Hide the pointer while it rests"),
    ("history", "Make each slide a step of the browser's history"),
    ("keyboard", "Whether keys change slides"),
    ("loop", "Go from the last slide to the first"),
    ("margin", "Share of the screen left free around slides"),
    ("maxScale", "Slides are enlarged so many times at most"),
    ("minScale", "Slides are shrunk so far at most"),
    ("minimumTimePerSlide", "Seconds that each slide gets at least"),
    ("mobileViewDistance", "Slides kept ready on phones"),
    ("mouseWheel", "Whether the mouse wheel changes slides"),
    ("navigationMode", "How arrows move: default, linear, grid"),
    ("overview", "Whether there is an overview"),
    ("parallaxBackgroundHorizontal", "Pixels the background moves sideways for each slide"),
    ("parallaxBackgroundImage", "A picture behind all slides, which moves with them"),
    ("parallaxBackgroundSize", "Size of that picture, such as `1920px 1080px`"),
    ("parallaxBackgroundVertical", "Pixels the background moves down for each slide"),
    ("preloadIframes", "Whether embedded pages are loaded early"),
    ("previewLinks", "Open links above the slide"),
    ("progress", "Show the progress bar"),
    ("rtl", "Set by `dir: rtl`"),
    ("showNotes", "Show speaker notes to everybody"),
    ("shuffle", "Show slides in any order"),
    ("slideNumber", "Show the slide's number: true, h.v, h/v, c, c/t"),
    ("theme", "The look of the slides"),
    ("totalTime", "Seconds planned for the whole talk"),
    ("touch", "Whether swipes change slides"),
    ("transition", "How slides change: none, fade, slide, convex, concave, zoom"),
    ("transitionSpeed", "How fast slides change: default, fast, slow"),
    ("viewDistance", "Slides kept ready around the current one"),
    ("width", "Width of a slide in units"),
];
