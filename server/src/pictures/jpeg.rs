//! JPEG: decoded and written again no finer than it came, so that it gets neither worse to look at nor
//! larger.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _};
use jpeg_encoder::{
    ChromaSubsamplingMethod, ColorType, Encoder, QuantizationTableType, SamplingFactor,
};

use super::color;
use super::take_in::{Fault, Kind, Picture, check_size, damaged};

/// Nothing is written finer than this: above it files grow and nobody sees why.
const QUALITY: u8 = 90;
/// The sum of a table for brightness at [`QUALITY`]. A coarser one, which has a larger sum, is used again
/// as it is: values that were rounded to it are rounded to themselves.
const QUALITY_SUM: u32 = 736;
/// When even that is too large to be stored.
const LOWER_QUALITY: u8 = 75;

pub(super) fn take_in(bytes: &[u8]) -> Result<Picture, Fault> {
    let mut decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let profile = decoder.icc_profile().ok().flatten();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut pixels = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    color::to_srgb(&mut pixels, profile.as_deref());
    pixels.apply_orientation(orientation);
    let mut made = Made::read(bytes);
    if pixels.width() == height && is_turned(orientation) {
        made.turn();
    }
    let mut written = write(&pixels, &made, QUALITY)?;
    if written.len() > super::take_in::MOST_BYTES {
        written = write(&pixels, &Made::default(), LOWER_QUALITY)?;
    }
    let (width, height) = (pixels.width(), pixels.height());
    Ok(Picture { kind: Kind::Jpeg, bytes: written, width, height })
}

fn is_turned(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

fn write(pixels: &DynamicImage, made: &Made, quality: u8) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, quality);
    // Smaller, and shown before all of it is there.
    encoder.set_progressive(true);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.set_optimized_huffman_tables(true);
    if let Some([bright, color]) = made.coarse_tables() {
        let tables = [bright, color].map(|table| QuantizationTableType::Custom(Box::new(table)));
        let [bright, color] = tables;
        encoder.set_quantization_tables(bright, color);
    }
    encoder.set_sampling_factor(made.sampling());
    let side = |side: u32| u16::try_from(side).map_err(damaged);
    let (width, height) = (side(pixels.width())?, side(pixels.height())?);
    match pixels {
        DynamicImage::ImageLuma8(gray) => encoder.encode(gray, width, height, ColorType::Luma),
        DynamicImage::ImageRgb8(rgb) => encoder.encode(rgb, width, height, ColorType::Rgb),
        _ => return Err(damaged("JPEG of an odd depth")),
    }
    .map_err(damaged)?;
    Ok(out)
}

/// How a JPEG was made, as its header says. Every part may be missing or wrong: then it is as if nothing
/// were known.
#[derive(Debug, Default, Clone)]
pub(super) struct Made {
    size: (u16, u16),
    /// Table for each number, in rows, not in the zigzag of the file.
    tables: [Option<[u16; 64]>; 4],
    /// Of each part of the colours: how many samples across and down, and the number of its table.
    parts: Vec<(u8, u8, u8)>,
    /// Red, green and blue were not turned into brightness and colours.
    plain_rgb: bool,
}

impl Made {
    /// Reads the segments before the first scan.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut made = Self::default();
        let mut rest = bytes.get(2..).unwrap_or_default();
        while let [0xFF, marker, after @ ..] = rest {
            let [high, low, ..] = after else { break };
            match *marker {
                // Padding; and what stands alone.
                0xFF => rest = &rest[1..],
                0x01 | 0xD0..=0xD8 => rest = after,
                0xDA | 0xD9 => break,
                marker => {
                    let length = usize::from(u16::from_be_bytes([*high, *low]));
                    let Some(segment) = after.get(2..length) else { break };
                    made.segment(marker, segment);
                    rest = &after[length..];
                }
            }
        }
        made
    }

    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.size.0) * u64::from(self.size.1)
    }

    fn segment(&mut self, marker: u8, segment: &[u8]) {
        match (marker, segment) {
            (0xDB, tables) => self.read_tables(tables),
            (0xC0..=0xC2, [8, y1, y2, x1, x2, _, parts @ ..]) => {
                self.size = (u16::from_be_bytes([*x1, *x2]), u16::from_be_bytes([*y1, *y2]));
                let parts = parts.chunks_exact(3);
                self.plain_rgb |= parts.clone().map(|part| part[0]).eq(*b"RGB");
                self.parts = parts.map(|part| (part[1] >> 4, part[1] & 15, part[2] & 3)).collect();
            }
            (0xEE, [b'A', b'd', b'o', b'b', b'e', .., transform]) => {
                self.plain_rgb |= *transform == 0;
            }
            _ => {}
        }
    }

    fn read_tables(&mut self, mut rest: &[u8]) {
        while let [head, after @ ..] = rest {
            let wide = head >> 4 != 0;
            let length = if wide { 128 } else { 64 };
            let Some(values) = after.get(..length) else { return };
            let mut table = [0; 64];
            for (place, row) in ZIGZAG.iter().enumerate() {
                let value = if wide {
                    u16::from_be_bytes([values[2 * place], values[2 * place + 1]])
                } else {
                    values[place].into()
                };
                // Pictures of 8 bits are written with tables of 8 bits.
                table[usize::from(*row)] = value.clamp(1, 255);
            }
            self.tables[usize::from(head & 3)] = Some(table);
            rest = &after[length..];
        }
    }

    /// Its tables for brightness and colours, unless they are finer than need be.
    pub(super) fn coarse_tables(&self) -> Option<[[u16; 64]; 2]> {
        if self.plain_rgb {
            return None;
        }
        let table = |part: usize| self.tables[usize::from(self.parts.get(part)?.2)];
        let bright = table(0)?;
        let coarse = bright.iter().map(|value| u32::from(*value)).sum::<u32>() >= QUALITY_SUM;
        coarse.then(|| [bright, table(1).unwrap_or(bright)])
    }

    /// How many samples of brightness stand for one of colour.
    fn sampling(&self) -> SamplingFactor {
        let known = match self.parts[..] {
            [_] => Some(SamplingFactor::R_4_4_4),
            [bright, blue, red] if (blue.0, blue.1) == (red.0, red.1) && blue.0 * blue.1 > 0 => {
                let (across, down) = (bright.0 / blue.0, bright.1 / blue.1);
                // More than two are for few programs.
                let usual = (1..=2).contains(&across) && (1..=2).contains(&down);
                usual.then(|| SamplingFactor::from_factors(across, down)).flatten()
            }
            _ => None,
        };
        known.unwrap_or(if self.plain_rgb {
            SamplingFactor::R_4_4_4
        } else {
            SamplingFactor::R_4_2_0
        })
    }

    /// The picture lies on its side now, and what was across is down.
    fn turn(&mut self) {
        for table in self.tables.iter_mut().flatten() {
            *table = std::array::from_fn(|place| table[place % 8 * 8 + place / 8]);
        }
        for (across, down, _) in &mut self.parts {
            std::mem::swap(across, down);
        }
    }
}

/// Place in the file → place in rows.
#[rustfmt::skip]
const ZIGZAG: [u8; 64] = [
     0,  1,  8, 16,  9,  2,  3, 10, 17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];
