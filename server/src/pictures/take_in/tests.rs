//! What is taken in, on real files that other programs have written, with metadata in all of them.

use std::path::Path;

use image::codecs::jpeg::JpegDecoder;
use image::{DynamicImage, ImageDecoder as _};

use super::*;

/// What stands in the metadata of the samples.
const SECRET: &[u8] = b"SECRET";

fn sample(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/pictures");
    std::fs::read(folder.join(name)).unwrap()
}

fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/pictures");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), sample(&name))).collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The pixels of the first frame, as RGBA.
fn pixels(bytes: &[u8]) -> DynamicImage {
    match Kind::of(bytes).unwrap() {
        Kind::Jpeg => {
            let mut decoder = JpegDecoder::new(std::io::Cursor::new(bytes)).unwrap();
            let orientation = decoder.orientation().unwrap();
            let mut pixels = DynamicImage::from_decoder(decoder).unwrap();
            pixels.apply_orientation(orientation);
            pixels.to_rgba8().into()
        }
        Kind::Png => {
            let mut decoder = ::png::Decoder::new(std::io::Cursor::new(bytes));
            decoder.set_transformations(::png::Transformations::normalize_to_color8());
            let mut reader = decoder.read_info().unwrap();
            let mut samples = vec![0; reader.output_buffer_size().unwrap()];
            let frame = reader.next_frame(&mut samples).unwrap();
            let channels = frame.color_type.samples();
            let rgba =
                samples[..frame.buffer_size()].chunks(channels).flat_map(|pixel| match *pixel {
                    [l] => [l, l, l, 255],
                    [l, a] => [l, l, l, a],
                    [r, g, b] => [r, g, b, 255],
                    [r, g, b, a] => [r, g, b, a],
                    _ => unreachable!(),
                });
            image::RgbaImage::from_raw(frame.width, frame.height, rgba.collect()).unwrap().into()
        }
        Kind::Gif => {
            let mut options = ::gif::DecodeOptions::new();
            options.set_color_output(::gif::ColorOutput::RGBA);
            let mut decoder = options.read_info(bytes).unwrap();
            let frame = decoder.read_next_frame().unwrap().unwrap();
            let (width, height) = (frame.width.into(), frame.height.into());
            image::RgbaImage::from_raw(width, height, frame.buffer.to_vec()).unwrap().into()
        }
        Kind::WebP => {
            let mut decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(bytes)).unwrap();
            let (width, height) = decoder.dimensions();
            let mut samples = vec![0; decoder.output_buffer_size().unwrap()];
            if decoder.is_animated() {
                decoder.read_frame(&mut samples).unwrap();
            } else {
                decoder.read_image(&mut samples).unwrap();
            }
            if decoder.has_alpha() {
                image::RgbaImage::from_raw(width, height, samples).unwrap().into()
            } else {
                let rgb = image::RgbImage::from_raw(width, height, samples).unwrap();
                DynamicImage::from(rgb).to_rgba8().into()
            }
        }
    }
}

/// How far two pictures are apart, on average, of 255. What is not seen through glass does not count.
fn distance(a: &DynamicImage, b: &DynamicImage) -> f64 {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    let pairs = a.as_bytes().iter().zip(b.as_bytes());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.as_bytes().len() as f64
}

/// How long each frame stands, in milliseconds.
fn times(bytes: &[u8]) -> Vec<u32> {
    match Kind::of(bytes).unwrap() {
        Kind::Gif => {
            let mut decoder = ::gif::DecodeOptions::new().read_info(bytes).unwrap();
            let mut times = Vec::new();
            while let Some(frame) = decoder.read_next_frame().unwrap() {
                times.push(u32::from(frame.delay) * 10);
            }
            times
        }
        Kind::Png => {
            let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
            let frames = reader.info().animation_control.unwrap().num_frames;
            let apart = u32::from(reader.info().frame_control.is_none());
            let mut samples = vec![0; reader.output_buffer_size().unwrap()];
            let mut times = Vec::new();
            for number in 0..frames + apart {
                reader.next_frame(&mut samples).unwrap();
                if number >= apart {
                    let control = reader.info().frame_control.unwrap();
                    let part = u32::from(control.delay_den.max(1));
                    times.push(u32::from(control.delay_num) * 1_000 / part);
                }
            }
            times
        }
        Kind::WebP => {
            let mut decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(bytes)).unwrap();
            let mut samples = vec![0; decoder.output_buffer_size().unwrap()];
            let frames = decoder.num_frames();
            (0..frames).map(|_| decoder.read_frame(&mut samples).unwrap()).collect()
        }
        Kind::Jpeg => Vec::new(),
    }
}

#[test]
fn what_comes_out_is_the_same_picture_without_what_nobody_sees() {
    for (name, bytes) in samples() {
        let picture = take_in(&bytes).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(Some(picture.kind), Kind::of(&bytes), "{name}");
        assert_eq!(Kind::of(&picture.bytes), Some(picture.kind), "{name}");
        assert!(!holds(&picture.bytes, SECRET), "{name}");
        for mark in
            [&b"Exif"[..], b"EXIF", b"eXIf", b"ICC", b"iCCP", b"XMP", b"tEXt", b"zTXt", b"iTXt"]
        {
            assert!(!holds(&picture.bytes, mark), "{name} holds {mark:?}");
        }
        let upright = if name.starts_with("turned") { (80, 120) } else { (120, 80) };
        assert_eq!((picture.width, picture.height), upright, "{name}");
        let seen = pixels(&picture.bytes);
        assert_eq!((seen.width(), seen.height()), upright, "{name}");
        if upright == (120, 80) {
            let apart = distance(&pixels(&bytes), &seen);
            let exact = matches!(picture.kind, Kind::Gif)
                || (picture.kind == Kind::Png && !name.starts_with("deep"))
                || name.starts_with("exact");
            let most = if exact { 0.0 } else { 3.0 };
            assert!(apart <= most, "{name}: {apart}");
        }
        let most = bytes.len() * 11 / 10 + 200;
        assert!(picture.bytes.len() <= most, "{name}: {} of {}", picture.bytes.len(), bytes.len());
    }
}

#[test]
fn what_was_turned_by_a_note_is_turned_for_good() {
    for name in ["turned.jpg", "turned.png", "turned.webp"] {
        let bytes = sample(name);
        let mut lying = pixels(&bytes);
        if lying.width() == 120 {
            lying.apply_orientation(image::metadata::Orientation::Rotate90);
        }
        let apart = distance(&lying, &pixels(&take_in(&bytes).unwrap().bytes));
        assert!(apart < 3.0, "{name}: {apart}");
    }
}

#[test]
fn what_moves_goes_on_moving_as_fast_as_before() {
    for name in ["moving.png", "apart.png", "moving.gif", "xmp.gif", "moving.webp", "glass.webp"] {
        let bytes = sample(name);
        let picture = take_in(&bytes).unwrap();
        assert_eq!(times(&picture.bytes), times(&bytes), "{name}");
        assert!(times(&bytes).len() >= 3, "{name}");
    }
    let gif = take_in(&sample("moving.gif")).unwrap();
    let decoder = ::gif::DecodeOptions::new().read_info(&gif.bytes[..]).unwrap();
    assert_eq!(decoder.repeat(), ::gif::Repeat::Infinite);
    let webp = take_in(&sample("moving.webp")).unwrap();
    let decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(&webp.bytes)).unwrap();
    assert!(
        matches!(decoder.loop_count(), image_webp::LoopCount::Times(times) if times.get() == 3)
    );
}

#[test]
fn each_frame_of_an_animation_looks_as_it_did() {
    for name in ["moving.webp", "glass.webp"] {
        let bytes = sample(name);
        let taken = take_in(&bytes).unwrap().bytes;
        let mut old = image_webp::WebPDecoder::new(std::io::Cursor::new(&bytes)).unwrap();
        let mut new = image_webp::WebPDecoder::new(std::io::Cursor::new(&taken)).unwrap();
        let mut a = vec![0; old.output_buffer_size().unwrap()];
        let mut b = vec![0; new.output_buffer_size().unwrap()];
        for number in 0..old.num_frames() {
            old.read_frame(&mut a).unwrap();
            new.read_frame(&mut b).unwrap();
            let sum: u64 = a.iter().zip(&b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            let apart = sum as f64 / a.len() as f64;
            assert!(apart < 3.0, "{name} {number}: {apart}");
        }
    }
}

#[test]
fn to_take_in_what_was_taken_in_changes_next_to_nothing() {
    for (name, bytes) in samples() {
        let once = take_in(&bytes).unwrap().bytes;
        let twice = take_in(&once).unwrap().bytes;
        let apart = distance(&pixels(&once), &pixels(&twice));
        assert!(apart < 1.5, "{name}: {apart}");
        assert!(
            twice.len() <= once.len() * 11 / 10 + 200,
            "{name}: {} {}",
            once.len(),
            twice.len()
        );
    }
}

#[test]
fn what_hangs_behind_the_end_stays_behind() {
    for (name, mut bytes) in samples() {
        bytes.extend_from_slice(b"SECRET <script>alert(1)</script> PK\x03\x04");
        // Damaged is as good as without it.
        if let Ok(picture) = take_in(&bytes) {
            assert!(!holds(&picture.bytes, SECRET), "{name}");
        }
    }
}

#[test]
fn other_kinds_are_refused_with_what_to_do_whatever_they_are_called() {
    let words = |bytes: &[u8]| match take_in(bytes) {
        Err(Refusal::Kind(words)) => words,
        other => panic!("{other:?}"),
    };
    assert!(
        words(b"<svg xmlns='http://www.w3.org/2000/svg'/>").contains("save the drawing as PNG")
    );
    assert!(words(b"<?xml version='1.0'?>\n<!-- x --><svg onload=alert(1)>").contains("SVG"));
    assert!(words(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").contains("as JPEG"));
    assert!(words(b"\0\0\0\x18ftypavif\0\0\0\0").contains("WebP"));
    for other in
        [&b""[..], b"GIF", b"BM\0\0", b"II*\0", b"%PDF-1.7", b"<html>", b"RIFF\0\0\0\0WAVE"]
    {
        assert!(words(other).contains("PNG, JPEG, GIF or WebP"), "{other:?}");
    }
}

#[test]
fn a_file_that_is_cut_off_or_holds_nothing_is_damaged() {
    for (name, bytes) in samples() {
        let half = take_in(&bytes[..bytes.len() / 2]);
        // Of a photograph that is cut off, browsers and we show what is there.
        let fine = name.ends_with(".jpg") && half.is_ok();
        assert!(fine || matches!(half, Err(Refusal::Damaged(_))), "{name}: {half:?}");
        let magic = take_in(&bytes[..16.min(bytes.len())]);
        assert!(matches!(magic, Err(Refusal::Damaged(_))), "{name}: {magic:?}");
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_decoded() {
    let png = |width: u32, height: u32| {
        let mut bytes = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut bytes, width, height);
        encoder.set_depth(::png::BitDepth::One);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&vec![0; (width as usize).div_ceil(8) * height as usize]).unwrap();
        writer.finish().unwrap();
        bytes
    };
    assert!(take_in(&png(MOST_SIDE, 4)).is_ok());
    for (width, height) in [(MOST_SIDE + 1, 1), (1, MOST_SIDE + 1), (8_000, 5_001)] {
        assert_eq!(take_in(&png(width, height)), Err(Refusal::Pixels(width, height)));
    }
    let mut gif = sample("still.gif");
    gif[6..10].copy_from_slice(&[255; 4]);
    assert_eq!(take_in(&gif), Err(Refusal::Pixels(65_535, 65_535)));
    assert_eq!(take_in(&vec![0; MOST_BYTES + 1]), Err(Refusal::Bytes));
}

#[test]
fn animations_that_are_too_long_are_refused() {
    let gif = |frames: u32, side: u16| {
        let mut bytes = Vec::new();
        let mut encoder =
            ::gif::Encoder::new(&mut bytes, side, side, &[0, 0, 0, 255, 0, 0]).unwrap();
        let pixels = vec![0; usize::from(side) * usize::from(side)];
        for _ in 0..frames {
            let frame = ::gif::Frame {
                width: side,
                height: side,
                buffer: std::borrow::Cow::Borrowed(&pixels),
                ..::gif::Frame::default()
            };
            encoder.write_frame(&frame).unwrap();
        }
        drop(encoder);
        bytes
    };
    assert!(take_in(&gif(MOST_FRAMES, 2)).is_ok());
    assert_eq!(take_in(&gif(MOST_FRAMES + 1, 2)), Err(Refusal::Frames));
    assert!(take_in(&gif(4, 5_000)).is_ok());
    assert_eq!(take_in(&gif(5, 5_000)), Err(Refusal::Frames));
}

#[test]
fn colours_of_a_wide_profile_become_those_of_screens() {
    let wide = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    // As red as can be in this profile is redder than sRGB; a dull green is a brighter one there.
    let pixels = [[200, 40, 40], [60, 140, 60]];
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 100);
    encoder.add_icc_profile(&wide).unwrap();
    let rgb: Vec<u8> = pixels.iter().flat_map(|pixel| pixel.repeat(64 * 8)).collect();
    encoder.encode(&rgb, 64, 16, jpeg_encoder::ColorType::Rgb).unwrap();
    let taken = take_in(&bytes).unwrap();
    let seen = super::super::take_in::tests::pixels(&taken.bytes).to_rgba8();
    let near = |x, y, expected: [u8; 3]| {
        let found = seen.get_pixel(x, y).0;
        let far = expected.iter().zip(found).any(|(a, b)| a.abs_diff(b) > 6);
        assert!(!far, "{found:?} instead of {expected:?}");
    };
    // By the formulas of the two colour spaces.
    near(10, 2, [218, 0, 26]);
    near(10, 12, [0, 142, 47]);
}

#[test]
fn the_coarsest_tables_that_are_written_anew_are_those_of_the_named_quality() {
    let tables = |quality| {
        let mut bytes = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut bytes, quality);
        encoder.encode(&[0; 64], 8, 8, jpeg_encoder::ColorType::Luma).unwrap();
        jpeg::Made::read(&bytes)
    };
    assert!(tables(90).coarse_tables().is_some());
    assert!(tables(91).coarse_tables().is_none());
}
