//! PNG: the same samples, palette and frames, packed anew. Nothing is lost but depths beyond 8 bits,
//! which no screen of an audience shows.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};
use moxcms::Layout;
use png::{
    BitDepth, ColorType, Compression, Decoder, Encoder, FrameControl, Info, OutputInfo, Reader,
    Transformations, Writer,
};

use super::color::{samples_to_srgb, to_srgb};
use super::take_in::{Fault, Frames, Kind, Picture, check_size, damaged};

/// What a decoder may allocate besides the pixels: profiles are packed and can unfold.
const MOST_BESIDE: usize = 16 * 1024 * 1024;
/// Up to so many pixels there is time to look for the smallest file.
const PACKED_WELL: u64 = 4_000_000;

type Source<'a> = Reader<Cursor<&'a [u8]>>;

pub(super) fn take_in(bytes: &[u8]) -> Result<Picture, Fault> {
    // The header decides how the samples are read, so it is read first.
    let reader = open(bytes, Transformations::IDENTITY)?;
    let info = reader.info();
    check_size(info.width, info.height)?;
    let orientation = info.exif_metadata.as_deref().and_then(Orientation::from_exif_chunk);
    let animated = info.animation_control.is_some();
    let turned = orientation.is_some_and(|orientation| orientation != Orientation::NoTransforms);
    if turned && !animated {
        return upright(bytes, orientation.unwrap_or(Orientation::NoTransforms));
    }
    let indexed = info.color_type == ColorType::Indexed;
    let plain = info.bit_depth == BitDepth::Sixteen || (info.icc_profile.is_some() && !indexed);
    let reader = if plain { open(bytes, Transformations::normalize_to_color8())? } else { reader };
    let (width, height) = (reader.info().width, reader.info().height);
    Ok(Picture { kind: Kind::Png, bytes: copy(reader, plain)?, width, height })
}

fn open(bytes: &[u8], transformations: Transformations) -> Result<Source<'_>, Fault> {
    let limits = png::Limits { bytes: MOST_BESIDE };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(transformations);
    decoder.read_info().map_err(damaged)
}

/// One picture that does not move, turned as its camera was held.
fn upright(bytes: &[u8], orientation: Orientation) -> Result<Picture, Fault> {
    let mut reader = open(bytes, Transformations::normalize_to_color8())?;
    let mut samples = room(&reader)?;
    let frame = reader.next_frame(&mut samples).map_err(damaged)?;
    samples.truncate(frame.buffer_size());
    let (width, height) = (frame.width, frame.height);
    let made = match frame.color_type {
        ColorType::Grayscale => GrayImage::from_raw(width, height, samples).map(Into::into),
        ColorType::GrayscaleAlpha => {
            GrayAlphaImage::from_raw(width, height, samples).map(Into::into)
        }
        ColorType::Rgb => RgbImage::from_raw(width, height, samples).map(Into::into),
        ColorType::Rgba => RgbaImage::from_raw(width, height, samples).map(Into::into),
        ColorType::Indexed => None,
    };
    let mut pixels: DynamicImage = made.ok_or_else(|| damaged("samples of an odd size"))?;
    to_srgb(&mut pixels, reader.info().icc_profile.as_deref());
    pixels.apply_orientation(orientation);
    let (width, height) = (pixels.width(), pixels.height());
    let mut info = Info::with_size(width, height);
    (info.color_type, info.bit_depth) = (frame.color_type, BitDepth::Eight);
    let mut out = Vec::new();
    let mut writer = begin(&mut out, info, None, false)?;
    writer.write_image_data(pixels.as_bytes()).map_err(damaged)?;
    writer.finish().map_err(damaged)?;
    Ok(Picture { kind: Kind::Png, bytes: out, width, height })
}

/// Frame by frame, as they come.
fn copy(mut reader: Source<'_>, plain: bool) -> Result<Vec<u8>, Fault> {
    let source = reader.info();
    let profile = source.icc_profile.clone();
    let (color, depth) = reader.output_color_type();
    let mut info = Info::with_size(source.width, source.height);
    (info.color_type, info.bit_depth) = (color, depth);
    if !plain {
        info.palette = palette(source);
        info.trns = source.trns.clone();
    }
    if profile.is_none() {
        // Four numbers that say what the samples mean; nobody can be found by them.
        info.srgb = source.srgb;
        info.source_gamma = source.source_gamma;
        info.source_chromaticities = source.source_chromaticities;
    }
    let animation = source.animation_control.map(|control| (control.num_frames, control.num_plays));
    let apart = animation.is_some() && source.frame_control.is_none();
    let pictures = animation.map_or(1, |(frames, _)| frames.saturating_add(u32::from(apart)));
    let mut frames = Frames::default();
    let mut samples = room(&reader)?;
    let mut out = Vec::new();
    let mut writer = begin(&mut out, info, animation, apart)?;
    for number in 0..pictures {
        if number > 0 {
            reader.next_frame_info().map_err(damaged)?;
        }
        let control = reader.info().frame_control.filter(|_| !(apart && number == 0));
        let size = control.map(|control| (control.width, control.height));
        let (width, height) = size.unwrap_or((reader.info().width, reader.info().height));
        frames.add(width, height)?;
        let frame = reader.next_frame(&mut samples).map_err(damaged)?;
        let packed = packed(&mut samples, &frame, &reader);
        if let Some(layout) = layout(color).filter(|_| plain) {
            samples_to_srgb(packed, layout, profile.as_deref());
        }
        if let Some(control) = control {
            set_frame(&mut writer, &control)?;
        }
        writer.write_image_data(packed).map_err(damaged)?;
    }
    writer.finish().map_err(damaged)?;
    Ok(out)
}

/// A buffer for the largest frame.
fn room(reader: &Source<'_>) -> Result<Vec<u8>, Fault> {
    let bytes = reader.output_buffer_size().ok_or_else(|| damaged("too large"))?;
    Ok(vec![0; bytes])
}

fn palette<'a>(info: &Info<'a>) -> Option<std::borrow::Cow<'a, [u8]>> {
    let mut palette = info.palette.clone()?.into_owned();
    samples_to_srgb(&mut palette, Layout::Rgb, info.icc_profile.as_deref());
    Some(palette.into())
}

fn layout(color: ColorType) -> Option<Layout> {
    match color {
        ColorType::Grayscale => Some(Layout::Gray),
        ColorType::GrayscaleAlpha => Some(Layout::GrayAlpha),
        ColorType::Rgb => Some(Layout::Rgb),
        ColorType::Rgba => Some(Layout::Rgba),
        ColorType::Indexed => None,
    }
}

/// The samples of a frame without gaps: interlaced ones come with rows as long as those of the picture.
fn packed<'a>(samples: &'a mut [u8], frame: &OutputInfo, reader: &Source<'_>) -> &'a mut [u8] {
    let (row, rows) = (frame.line_size, frame.height as usize);
    let whole = reader.output_line_size(reader.info().width).unwrap_or(row);
    if reader.info().interlaced && whole > row {
        for number in 1..rows {
            samples.copy_within(number * whole..number * whole + row, number * row);
        }
    }
    &mut samples[..row * rows]
}

fn begin<'a>(
    out: &'a mut Vec<u8>,
    info: Info<'_>,
    animation: Option<(u32, u32)>,
    apart: bool,
) -> Result<Writer<&'a mut Vec<u8>>, Fault> {
    let few = u64::from(info.width) * u64::from(info.height) <= PACKED_WELL;
    let few = few && animation.is_none();
    let drawn = info.color_type == ColorType::Indexed || (info.bit_depth as u8) < 8;
    let mut encoder = Encoder::with_info(out, info).map_err(damaged)?;
    encoder.set_compression(if few { Compression::High } else { Compression::Balanced });
    if drawn {
        // Neighbouring numbers of a palette have nothing to do with each other.
        encoder.set_filter(png::Filter::NoFilter);
    }
    if let Some((frames, plays)) = animation {
        encoder.set_animated(frames, plays).map_err(damaged)?;
        encoder.set_sep_def_img(apart).map_err(damaged)?;
    }
    encoder.write_header().map_err(damaged)
}

fn set_frame(writer: &mut Writer<&mut Vec<u8>>, control: &FrameControl) -> Result<(), Fault> {
    // From the corner, else the size and the old place may not fit together.
    writer.set_frame_position(0, 0).map_err(damaged)?;
    writer.set_frame_dimension(control.width, control.height).map_err(damaged)?;
    writer.set_frame_position(control.x_offset, control.y_offset).map_err(damaged)?;
    writer.set_frame_delay(control.delay_num, control.delay_den).map_err(damaged)?;
    writer.set_blend_op(control.blend_op).map_err(damaged)?;
    writer.set_dispose_op(control.dispose_op).map_err(damaged)
}
