//! A deck as the audience has it at one moment, in the forms in which it goes out.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use deck::Direction;
use sha2::{Digest as _, Sha256};

use super::messages::Outline;
use super::text::text_view;

/// Well below a millisecond for most decks, and close to the best that there is.
const BROTLI_QUALITY: i32 = 5;

/// A slide for people who read.
pub(super) struct TextSlide {
    pub(super) section: String,
    pub(super) html: Arc<str>,
    /// Made once, whatever else in the deck changes.
    pub(super) text: Arc<OnceLock<String>>,
}

/// See above. Everybody who comes at this moment shares it.
pub(crate) struct Snapshot {
    /// Its name.
    pub(crate) revision: String,
    /// The `deck` message.
    pub(crate) message: Bytes,
    /// The deck's title.
    pub(crate) title: String,
    /// The language of its text.
    pub(crate) lang: Option<String>,
    /// The direction of its text.
    pub(crate) dir: Option<Direction>,
    /// The slide that is on, from 0.
    pub(crate) current: u32,
    slides: Vec<TextSlide>,
    packed: OnceLock<Bytes>,
    /// By language and address.
    pages: Mutex<HashMap<String, Bytes>>,
}

impl Snapshot {
    pub(super) fn new(
        revision: String,
        message: Bytes,
        outline: &Outline,
        current: u32,
        slides: Vec<TextSlide>,
    ) -> Self {
        Self {
            revision,
            message,
            title: outline.title.clone(),
            lang: outline.config.lang.clone(),
            dir: outline.config.dir,
            current,
            slides,
            packed: OnceLock::new(),
            pages: Mutex::default(),
        }
    }

    /// The message, compressed once.
    pub(crate) fn packed(&self) -> Bytes {
        self.packed.get_or_init(|| pack(&self.message)).clone()
    }

    /// A page that is made of it, compressed once for all who ask for the same.
    pub(crate) fn packed_page(&self, name: &str, make: impl FnOnce() -> String) -> Bytes {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = pages.get(name) {
            return page.clone();
        }
        let page = pack(make().as_bytes());
        pages.insert(name.to_owned(), page.clone());
        page
    }

    /// Names the message and its state.
    pub(crate) fn etag(&self) -> String {
        let sum = Sha256::digest(&self.message);
        format!("\"{}\"", sum[..8].iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }

    /// All slides to read. `label` names one: its number, how many there are, its section.
    pub(crate) fn text(&self, label: impl Fn(usize, usize, &str) -> String) -> String {
        let mut out = String::new();
        for (index, slide) in self.slides.iter().enumerate() {
            let number = index + 1;
            let label = escape(&label(number, self.slides.len(), &slide.section));
            let current = if index as u32 == self.current { " aria-current=\"true\"" } else { "" };
            let text = slide.text.get_or_init(|| text_view(&slide.html));
            // Writing to a string does not fail.
            let _ = writeln!(
                out,
                "<section id=\"slide-{number}\" class=\"text-slide\" aria-label=\"{label}\"{current}>{text}</section>"
            );
        }
        out
    }
}

fn pack(plain: &[u8]) -> Bytes {
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        size_hint: plain.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    // Writing to memory does not fail.
    let _ = brotli::BrotliCompress(&mut &*plain, &mut packed, &params);
    packed.into()
}

/// Text for HTML, also within an attribute.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
