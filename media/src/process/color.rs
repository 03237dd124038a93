//! Colours: from whatever a picture brings to eight bits of sRGB, which is what everybody shows.

use image::{ColorType, DynamicImage, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

const WHITE: u16 = 255;

/// The same picture in eight bits, with an alpha channel only if anything shows through.
pub(super) fn eight_bits(image: DynamicImage) -> DynamicImage {
    match image.color() {
        ColorType::L8 | ColorType::Rgb8 => image,
        ColorType::L16 => DynamicImage::ImageLuma8(image.into_luma8()),
        ColorType::La8 | ColorType::La16 | ColorType::Rgba8 | ColorType::Rgba16 | ColorType::Rgba32F => {
            let image = image.into_rgba8();
            if image.pixels().all(|pixel| pixel[3] == u8::MAX) {
                DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(image).into_rgb8())
            } else {
                DynamicImage::ImageRgba8(image)
            }
        }
        // Rgb16, Rgb32F, and what may be added.
        _ => DynamicImage::ImageRgb8(image.into_rgb8()),
    }
}

/// Converts colours that are meant in another space (phones take photographs in Display P3). The profile itself
/// isn't kept: it can name the device. One that can't be used is taken for sRGB.
pub(super) fn to_srgb(image: &mut DynamicImage, profile: &[u8]) {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else {
        return;
    };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let (layout, samples): (_, &mut [u8]) = match image {
        DynamicImage::ImageRgb8(image) => (Layout::Rgb, image),
        DynamicImage::ImageRgba8(image) => (Layout::Rgba, image),
        _ => return,
    };
    let srgb = ColorProfile::new_srgb();
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, layout, TransformOptions::default())
    else {
        return;
    };
    // By rows of a sort, so that there is no second copy of the whole.
    let mut source = Vec::new();
    for chunk in samples.chunks_mut(ROW_SAMPLES) {
        source.clear();
        source.extend_from_slice(chunk);
        if let Err(error) = transform.transform(&source, chunk) {
            tracing::debug!(%error, "an image's colours stay as they are");
            return;
        }
    }
}

/// A multiple of three and of four.
const ROW_SAMPLES: usize = 12 * 1024;

/// Lays a picture onto white.
pub(super) fn onto_white(image: &mut RgbaImage) {
    for pixel in image.pixels_mut() {
        let alpha = u16::from(pixel[3]);
        for channel in &mut pixel.0[..3] {
            *channel = mixed(u16::from(*channel) * alpha + WHITE * (WHITE - alpha));
        }
        pixel[3] = u8::MAX;
    }
}

/// Multiplies the colours by how much they show, so that what can't be seen has no weight in an average.
pub(super) fn premultiply(image: &mut RgbaImage) {
    for pixel in image.pixels_mut() {
        let alpha = u16::from(pixel[3]);
        for channel in &mut pixel.0[..3] {
            *channel = mixed(u16::from(*channel) * alpha);
        }
    }
}

/// The opposite of [`premultiply`].
pub(super) fn unpremultiply(image: &mut RgbaImage) {
    for pixel in image.pixels_mut() {
        let alpha = u16::from(pixel[3]);
        for channel in &mut pixel.0[..3] {
            let value = (u16::from(*channel) * WHITE + alpha / 2).checked_div(alpha);
            *channel = u8::try_from(value.unwrap_or(0)).unwrap_or(u8::MAX);
        }
    }
}

/// A sum of products by up to 255, divided by 255 and rounded.
fn mixed(sum: u16) -> u8 {
    let rounded = (u32::from(sum) + u32::from(WHITE) / 2) / u32::from(WHITE);
    u8::try_from(rounded).unwrap_or(u8::MAX)
}
