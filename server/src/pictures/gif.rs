//! GIF: the same frames with the same palettes, packed anew. Comments and what programs add (XMP,
//! profiles) stay behind.

use std::borrow::Cow;

use gif::{ColorOutput, DecodeOptions, Encoder, MemoryLimit, Repeat};

use super::take_in::{Fault, Frames, Kind, MOST_PIXELS, Picture, check_size, damaged};

pub(super) fn take_in(bytes: &[u8]) -> Result<Picture, Fault> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    let most =
        std::num::NonZeroU64::new(MOST_PIXELS).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes);
    options.set_memory_limit(most);
    let mut decoder = options.read_info(bytes).map_err(damaged)?;
    let (width, height) = (decoder.width(), decoder.height());
    check_size(width.into(), height.into())?;
    let mut out = Vec::new();
    let palette = decoder.global_palette().unwrap_or_default().to_vec();
    let mut encoder = Encoder::new(&mut out, width, height, &palette).map_err(damaged)?;
    let mut frames = Frames::default();
    let mut empty = true;
    while let Some(info) = decoder.next_frame_info().map_err(damaged)? {
        let mut frame = info.clone();
        frames.add(frame.width.into(), frame.height.into())?;
        let mut pixels = vec![0; decoder.buffer_size()];
        decoder.read_into_buffer(&mut pixels).map_err(damaged)?;
        frame.buffer = Cow::Owned(pixels);
        // The pixels come in the order of rows.
        frame.interlaced = false;
        if empty && decoder.repeat() != Repeat::Finite(0) {
            encoder.set_repeat(decoder.repeat()).map_err(damaged)?;
        }
        empty = false;
        encoder.write_frame(&frame).map_err(damaged)?;
    }
    if empty {
        return Err(damaged("no frame"));
    }
    drop(encoder);
    check(&out)?;
    Ok(Picture { kind: Kind::Gif, bytes: out, width: width.into(), height: height.into() })
}

/// Damage that a decoder overlooks can come out as a file that the next one refuses.
fn check(written: &[u8]) -> Result<(), Fault> {
    let mut decoder = DecodeOptions::new().read_info(written).map_err(damaged)?;
    while decoder.read_next_frame().map_err(damaged)?.is_some() {}
    Ok(())
}
