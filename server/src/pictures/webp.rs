//! WebP: what was lossy stays lossy, what was exact stays exact, and what moves goes on moving.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage, RgbaImage};
use image_webp::{LoopCount, WebPDecoder};

use super::color::to_srgb;
use super::take_in::{Fault, Frames, Kind, MOST_BYTES, Picture, check_size, damaged};

/// What a decoder may allocate for a chunk that is not pixels.
const MOST_BESIDE: usize = 16 * 1024 * 1024;
/// Qualities to write with, the first that does not make the file larger: WebP says nowhere how it was
/// made, and to write finer than that costs bytes and wins nothing.
const QUALITIES: [f32; 3] = [90.0, 80.0, 70.0];
/// So much larger than it came is no larger, in percent.
const NO_LARGER: usize = 110;
/// How hard libwebp tries, of 6; for animations, of which all frames count.
const EFFORT: i32 = 4;
const EFFORT_FOR_EACH: i32 = 2;

type Source<'a> = WebPDecoder<Cursor<&'a [u8]>>;

pub(super) fn take_in(bytes: &[u8]) -> Result<Picture, Fault> {
    let mut decoder = open(bytes)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let look = Look::of(&mut decoder);
    if decoder.is_animated() {
        return animation(bytes, &look);
    }
    let mut samples = vec![0; decoder.output_buffer_size().ok_or_else(|| damaged("too large"))?];
    decoder.read_image(&mut samples).map_err(damaged)?;
    let pixels = look.pixels(width, height, samples)?;
    let written =
        no_larger_than(bytes.len(), look.lossy, |quality| write(&pixels, quality, EFFORT))?;
    let (width, height) = (pixels.width(), pixels.height());
    Ok(Picture { kind: Kind::WebP, bytes: written, width, height })
}

/// How many pixels one says it has.
pub(super) fn pixels(bytes: &[u8]) -> u64 {
    let size = open(bytes).map(|decoder| decoder.dimensions());
    size.map_or(0, |(width, height)| u64::from(width) * u64::from(height))
}

fn open(bytes: &[u8]) -> Result<Source<'_>, Fault> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
    decoder.set_memory_limit(MOST_BESIDE);
    Ok(decoder)
}

/// What decides how its samples are to be seen.
struct Look {
    lossy: bool,
    alpha: bool,
    profile: Option<Vec<u8>>,
    orientation: Orientation,
}

impl Look {
    fn of(decoder: &mut Source<'_>) -> Self {
        let exif = decoder.exif_metadata().ok().flatten();
        let orientation = exif.as_deref().and_then(Orientation::from_exif_chunk);
        Self {
            lossy: decoder.is_lossy(),
            alpha: decoder.has_alpha(),
            profile: decoder.icc_profile().ok().flatten(),
            orientation: orientation.unwrap_or(Orientation::NoTransforms),
        }
    }

    /// Upright, in the colours of screens.
    fn pixels(&self, width: u32, height: u32, samples: Vec<u8>) -> Result<DynamicImage, Fault> {
        let made = if self.alpha {
            RgbaImage::from_raw(width, height, samples).map(DynamicImage::from)
        } else {
            RgbImage::from_raw(width, height, samples).map(DynamicImage::from)
        };
        let mut pixels = made.ok_or_else(|| damaged("samples of an odd size"))?;
        to_srgb(&mut pixels, self.profile.as_deref());
        pixels.apply_orientation(self.orientation);
        Ok(pixels)
    }
}

/// Writes with one quality after the other. `None` is exact.
fn no_larger_than(
    bytes: usize,
    lossy: bool,
    write: impl Fn(Option<f32>) -> Result<Vec<u8>, Fault>,
) -> Result<Vec<u8>, Fault> {
    if !lossy {
        return write(None);
    }
    let most = (bytes.max(1024) / 100).saturating_mul(NO_LARGER).min(MOST_BYTES);
    let mut written = Vec::new();
    for quality in QUALITIES {
        written = write(Some(quality))?;
        if written.len() <= most {
            break;
        }
    }
    Ok(written)
}

fn write(pixels: &DynamicImage, quality: Option<f32>, effort: i32) -> Result<Vec<u8>, Fault> {
    let mut config =
        webp::WebPConfig::new().map_err(|()| damaged("no configuration of libwebp"))?;
    config.lossless = i32::from(quality.is_none());
    // Without loss, this is how hard it tries.
    config.quality = quality.unwrap_or(60.0);
    config.method = effort;
    let (width, height) = (pixels.width(), pixels.height());
    let encoder = match pixels {
        DynamicImage::ImageRgb8(rgb) => webp::Encoder::from_rgb(rgb, width, height),
        DynamicImage::ImageRgba8(rgba) => webp::Encoder::from_rgba(rgba, width, height),
        _ => return Err(damaged("WebP of an odd depth")),
    };
    let written = encoder.encode_advanced(&config);
    written.map(|memory| memory.to_vec()).map_err(|error| damaged(format!("{error:?}")))
}

/// The part of a picture that differs from the one before, at even places as WebP has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

fn animation(bytes: &[u8], look: &Look) -> Result<Picture, Fault> {
    let (mut width, mut height) = open(bytes)?.dimensions();
    let written = no_larger_than(bytes.len(), look.lossy, |quality| animate(bytes, look, quality))?;
    let mut turned = DynamicImage::new_luma8(width.min(2), height.min(1));
    let lying = (turned.width(), turned.height());
    turned.apply_orientation(look.orientation);
    if lying.0 != lying.1 && (turned.width(), turned.height()) != lying {
        (width, height) = (height, width);
    }
    Ok(Picture { kind: Kind::WebP, bytes: written, width, height })
}

/// Reads all frames and writes what changes from one to the next. Never more than two are in memory.
fn animate(bytes: &[u8], look: &Look, quality: Option<f32>) -> Result<Vec<u8>, Fault> {
    let mut decoder = open(bytes)?;
    let (width, height) = decoder.dimensions();
    let mut samples = vec![0; decoder.output_buffer_size().ok_or_else(|| damaged("too large"))?];
    let mut frames = Frames::default();
    let (mut out, mut last): (Option<Container>, Option<DynamicImage>) = (None, None);
    for _ in 0..decoder.num_frames() {
        frames.add(width, height)?;
        let time = decoder.read_frame(&mut samples).map_err(damaged)?;
        let pixels = look.pixels(width, height, samples.clone())?;
        let container = out.get_or_insert_with(|| Container::new(&pixels, decoder.loop_count()));
        let part = last.as_ref().map_or(Part::whole(&pixels), |last| Part::changed(last, &pixels));
        let shown = pixels.crop_imm(part.x, part.y, part.width, part.height);
        container.add(part, time, &write(&shown, quality, EFFORT_FOR_EACH)?)?;
        last = Some(pixels);
    }
    out.map(Container::finish).ok_or_else(|| damaged("no frame"))
}

impl Part {
    fn whole(pixels: &DynamicImage) -> Self {
        Self { x: 0, y: 0, width: pixels.width(), height: pixels.height() }
    }

    /// The smallest rectangle that holds every pixel that differs; one pixel when none does, since a
    /// frame has to show something.
    fn changed(old: &DynamicImage, new: &DynamicImage) -> Self {
        let bytes_a_pixel = usize::from(new.color().bytes_per_pixel());
        let row = new.width() as usize * bytes_a_pixel;
        let (mut left, mut right, mut top, mut bottom) = (row, 0, None, 0);
        let rows = old.as_bytes().chunks_exact(row).zip(new.as_bytes().chunks_exact(row));
        for (number, (old, new)) in rows.enumerate() {
            let differs = |place: &usize| old[*place] != new[*place];
            let Some(first) = (0..row).find(differs) else { continue };
            let last = (0..row).rev().find(differs).unwrap_or(first);
            (left, right) = (left.min(first), right.max(last));
            (top, bottom) = (top.or(Some(number)), number);
        }
        let Some(top) = top else { return Self { x: 0, y: 0, width: 1, height: 1 } };
        let even = |place: usize| (place & !1) as u32;
        let (x, y) = (even(left / bytes_a_pixel), even(top));
        let (right, bottom) = ((right / bytes_a_pixel) as u32, bottom as u32);
        Self { x, y, width: right - x + 1, height: bottom - y + 1 }
    }
}

/// The container of an animation: chunks of a name, a length and bytes (RIFF).
struct Container {
    chunks: Vec<u8>,
    alpha: bool,
    size: (u32, u32),
}

impl Container {
    fn new(first: &DynamicImage, plays: LoopCount) -> Self {
        let plays = match plays {
            LoopCount::Forever => 0,
            LoopCount::Times(times) => times.get(),
        };
        let mut chunks = Vec::new();
        // A background that nobody draws, then how often it plays.
        let [low, high] = plays.to_le_bytes();
        chunk(&mut chunks, b"ANIM", &[0, 0, 0, 0, low, high]);
        let alpha = first.color().has_alpha();
        Self { chunks, alpha, size: (first.width(), first.height()) }
    }

    /// A frame that replaces what was in its place: the picture of a whole file with one picture.
    fn add(&mut self, part: Part, time: u32, file: &[u8]) -> Result<(), Fault> {
        const REPLACES: u8 = 0b10;
        let mut frame = Vec::with_capacity(file.len());
        for number in [part.x / 2, part.y / 2, part.width - 1, part.height - 1, time] {
            frame.extend_from_slice(&number.to_le_bytes()[..3]);
        }
        frame.push(REPLACES);
        let mut rest = file.get(12..).unwrap_or_default();
        while let Some((head, after)) = rest.split_first_chunk::<8>() {
            let [a, b, c, d, size @ ..] = *head;
            let length = u32::from_le_bytes(size) as usize;
            let body = after.get(..length).ok_or_else(|| damaged("libwebp wrote half a chunk"))?;
            if matches!(&[a, b, c, d], b"ALPH" | b"VP8 " | b"VP8L") {
                chunk(&mut frame, &[a, b, c, d], body);
            }
            rest = after.get(length + length % 2..).unwrap_or_default();
        }
        chunk(&mut self.chunks, b"ANMF", &frame);
        Ok(())
    }

    fn finish(self) -> Vec<u8> {
        const ANIMATED: u8 = 0b10;
        const ALPHA: u8 = 0b1_0000;
        let mut head = vec![ANIMATED | if self.alpha { ALPHA } else { 0 }, 0, 0, 0];
        for side in [self.size.0, self.size.1] {
            head.extend_from_slice(&(side - 1).to_le_bytes()[..3]);
        }
        let mut body = b"WEBP".to_vec();
        chunk(&mut body, b"VP8X", &head);
        body.extend_from_slice(&self.chunks);
        let mut file = Vec::with_capacity(body.len() + 8);
        chunk(&mut file, b"RIFF", &body);
        file
    }
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}
