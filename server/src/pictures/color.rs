//! Colours of a profile → sRGB, which is what everything without a profile is shown as.

use image::DynamicImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

/// Profiles that change no colour by more than this are sRGB by another name: their pixels stay as they
/// are, to the bit.
const SAME_WITHIN: u8 = 2;
/// Pixels that are converted at a time.
const AT_A_TIME: usize = 16 * 1024;

/// Makes pixels look without their profile as they do with it. A profile that cannot be used is one that
/// browsers cannot use either.
pub(super) fn to_srgb(pixels: &mut DynamicImage, profile: Option<&[u8]>) {
    let (bytes, layout): (&mut [u8], _) = match pixels {
        DynamicImage::ImageLuma8(gray) => (gray, Layout::Gray),
        DynamicImage::ImageLumaA8(gray) => (gray, Layout::GrayAlpha),
        DynamicImage::ImageRgb8(rgb) => (rgb, Layout::Rgb),
        DynamicImage::ImageRgba8(rgba) => (rgba, Layout::Rgba),
        _ => return,
    };
    samples_to_srgb(bytes, layout, profile);
}

/// The same for bare samples.
pub(super) fn samples_to_srgb(samples: &mut [u8], layout: Layout, profile: Option<&[u8]>) {
    let Some(transform) = profile.and_then(|profile| transform(profile, layout)) else { return };
    let mut before = Vec::new();
    for part in samples.chunks_mut(AT_A_TIME * layout.channels()) {
        before.clear();
        before.extend_from_slice(part);
        if transform.transform(&before, part).is_err() {
            part.copy_from_slice(&before);
        }
    }
}

fn transform(profile: &[u8], layout: Layout) -> Option<std::sync::Arc<Transform8BitExecutor>> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    let fits = match layout {
        Layout::Gray | Layout::GrayAlpha => profile.color_space == DataColorSpace::Gray,
        _ => profile.color_space == DataColorSpace::Rgb,
    };
    if !fits {
        return None;
    }
    let target = match layout {
        Layout::Gray | Layout::GrayAlpha => ColorProfile::new_gray_with_gamma(2.2),
        _ => ColorProfile::new_srgb(),
    };
    let made = profile.create_transform_8bit(layout, &target, layout, TransformOptions::default());
    let transform = made.ok()?;
    changes(&*transform, layout).then_some(transform)
}

/// Whether a transform does anything that somebody could see, tried on colours from everywhere.
fn changes(transform: &Transform8BitExecutor, layout: Layout) -> bool {
    const STEPS: [u8; 6] = [0, 51, 102, 153, 204, 255];
    let channels = layout.channels();
    let mut colors = Vec::new();
    for red in STEPS {
        for green in STEPS {
            for blue in STEPS {
                colors.extend_from_slice(&[red, green, blue, 255][..channels]);
            }
        }
    }
    let mut after = vec![0; colors.len()];
    let differs = |(old, new): (&u8, &u8)| old.abs_diff(*new) > SAME_WITHIN;
    transform.transform(&colors, &mut after).is_ok() && colors.iter().zip(&after).any(differs)
}
