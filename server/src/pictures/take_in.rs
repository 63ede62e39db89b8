//! Takes a picture in: whatever bytes somebody sends → a picture of one of four kinds that holds pixels
//! and nothing else, or the reason why not.
//!
//! Nothing of what was sent is stored. It is decoded by safe Rust and written anew, so that what browsers
//! get was never in the hands of whoever sent it: no EXIF (places, names of cameras), XMP, profile or
//! comment, no bytes behind the end, no stream that was made to break a decoder.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{gif, jpeg, png, webp};

/// Largest file, as it comes and as it is stored.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// Longest side: what graphics cards and phones still draw.
pub const MOST_SIDE: u32 = 8_192;
/// Most pixels: a large camera's photograph. 160 MB while it is worked on.
pub const MOST_PIXELS: u64 = 40_000_000;
/// Most frames of an animation.
pub const MOST_FRAMES: u32 = 200;
/// Most pixels of all its frames together: as many frames of 800 × 600, ten seconds of work.
pub const MOST_ANIMATED_PIXELS: u64 = 100_000_000;

/// The kinds of pictures there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Drawings and screenshots, also animated.
    Png,
    /// Photographs.
    Jpeg,
    /// Old animations.
    Gif,
    /// All of that.
    WebP,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Png, Self::Jpeg, Self::Gif, Self::WebP];

    /// What these bytes are, by how they begin. What a file is called, or what its sender says, counts
    /// for nothing.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }

    /// The end of its name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::WebP => "webp",
        }
    }

    /// As browsers call it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
        }
    }
}

/// A picture as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its kind: the one that came.
    pub kind: Kind,
    /// The file.
    pub bytes: Vec<u8>,
    /// In pixels, upright.
    pub width: u32,
    /// In pixels, upright.
    pub height: u32,
}

/// Why a picture is not taken, in words for whoever brought it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is none of the four kinds.
    #[error("{0}")]
    Kind(&'static str),
    /// It has too many bytes.
    #[error("a picture holds at most 10 MB; make it smaller or save it as JPEG")]
    Bytes,
    /// It has too many pixels.
    #[error(
        "a picture has at most {MOST_SIDE} pixels a side and 40 million in all, this one has \
         {0} × {1}; make it smaller"
    )]
    Pixels(u32, u32),
    /// It is too long.
    #[error(
        "an animation has at most {MOST_FRAMES} frames with 100 million pixels in all; make this one \
         shorter or smaller"
    )]
    Frames,
    /// It cannot be read.
    #[error("this {0} is damaged; open it in another program and save it again")]
    Damaged(&'static str),
}

/// Takes a picture in. Works for up to some seconds, and never panics.
///
/// # Errors
/// Why it is refused.
pub fn take_in(bytes: &[u8]) -> Result<Picture, Refusal> {
    if bytes.len() > MOST_BYTES {
        return Err(Refusal::Bytes);
    }
    let kind = Kind::of(bytes).ok_or_else(|| Refusal::Kind(what_instead(bytes)))?;
    let decoded = catch_unwind(AssertUnwindSafe(|| match kind {
        Kind::Png => png::take_in(bytes),
        Kind::Jpeg => jpeg::take_in(bytes),
        Kind::Gif => gif::take_in(bytes),
        Kind::WebP => webp::take_in(bytes),
    }));
    let picture = match decoded {
        Ok(Ok(picture)) => picture,
        Ok(Err(Fault::Refused(refusal))) => return Err(refusal),
        Ok(Err(Fault::Damaged(error))) => {
            tracing::debug!(kind = kind.name(), %error, "a picture cannot be read");
            return Err(Refusal::Damaged(kind.name()));
        }
        Err(_) => {
            tracing::warn!(
                kind = kind.name(),
                bytes = bytes.len(),
                "a decoder of pictures panicked"
            );
            return Err(Refusal::Damaged(kind.name()));
        }
    };
    if picture.bytes.len() > MOST_BYTES { Err(Refusal::Bytes) } else { Ok(picture) }
}

/// How many pixels a picture says it has, without decoding it: for what it may take while it is worked
/// on. What it says here is what its decoder goes by, or it is refused there.
pub(super) fn pixels(bytes: &[u8]) -> u64 {
    let at = |place: usize| u64::from(bytes.get(place).copied().unwrap_or_default());
    let little = |place: usize| at(place) | at(place + 1) << 8;
    let big = |place: usize| at(place) << 8 | at(place + 1);
    match Kind::of(bytes) {
        // Above 65,535 a side it is refused by its header.
        Some(Kind::Png) => big(18).saturating_mul(big(22)),
        Some(Kind::Gif) => little(6) * little(8),
        Some(Kind::Jpeg) => jpeg::Made::read(bytes).pixels(),
        Some(Kind::WebP) => webp::pixels(bytes),
        None => 0,
    }
}

/// What a file is that is not taken, and what to do.
fn what_instead(bytes: &[u8]) -> &'static str {
    let start = &bytes[..bytes.len().min(1024)];
    let holds = |part: &[u8]| start.windows(part.len()).any(|window| window == part);
    if holds(b"<svg") || holds(b"<!DOCTYPE svg") {
        return "SVG can hold programs, so it is not taken; save the drawing as PNG or WebP";
    }
    match bytes.get(4..12) {
        Some(b"ftypheic" | b"ftypheix" | b"ftypmif1" | b"ftyphevc" | b"ftypmsf1") => {
            "HEIC opens in few browsers; save the photograph as JPEG"
        }
        Some(b"ftypavif" | b"ftypavis") => {
            "AVIF is not taken yet; save the picture as WebP or JPEG"
        }
        _ => "pictures are PNG, JPEG, GIF or WebP; save this one as one of these",
    }
}

/// Why a decoder gives up.
pub(super) enum Fault {
    /// With words for people.
    Refused(Refusal),
    /// With words for the log.
    Damaged(String),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Any error of a decoder or encoder.
pub(super) fn damaged(error: impl std::fmt::Display) -> Fault {
    Fault::Damaged(error.to_string())
}

/// Refuses a picture, or a frame, that is too large.
pub(super) fn check_size(width: u32, height: u32) -> Result<(), Refusal> {
    let fits =
        width.max(height) <= MOST_SIDE && u64::from(width) * u64::from(height) <= MOST_PIXELS;
    if fits { Ok(()) } else { Err(Refusal::Pixels(width, height)) }
}

/// Counts frames while they are read: what a file says of them may be wrong.
#[derive(Default)]
pub(super) struct Frames {
    count: u32,
    pixels: u64,
}

impl Frames {
    /// One more of this size, before it is decoded.
    pub(super) fn add(&mut self, width: u32, height: u32) -> Result<(), Refusal> {
        check_size(width, height)?;
        self.count += 1;
        self.pixels += u64::from(width) * u64::from(height);
        // A single one may be as large as any picture.
        let too_long = self.count > 1 && self.pixels > MOST_ANIMATED_PIXELS;
        if self.count > MOST_FRAMES || too_long { Err(Refusal::Frames) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
