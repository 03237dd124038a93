//! Pictures that don't move: JPEG, PNG and WebP. Of an animated PNG or WebP the first frame is kept.

use std::borrow::Cow;
use std::io::Cursor;

use events::media::Format;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use sha2::{Digest, Sha256};

use super::container::{self, Container};
use super::{MAX_PIXELS, MAX_SIDE, Processed, Refusal, check_pixels, color, limits, refused, scale};
use crate::variant::{MEDIUM_SIDE, THUMBNAIL_SIDE};

/// JPEG's quality of 1 to 100: at 85 what is lost is hard to see.
const JPEG_QUALITY: u8 = 85;
/// A blurhash of 4 × 3 waves is the same from any more pixels than these.
const BLURHASH_SIDE: u32 = 32;
const BLURHASH_WAVES: (u32, u32) = (4, 3);

/// Makes of an upload of this format what is stored.
pub(super) fn process(format: Format, upload: &[u8]) -> Result<Processed, Refusal> {
    let container = container::open(format, upload).ok_or(Refusal::Unreadable)?;
    let (is_lossy, orientation) = (container.is_lossy, container.orientation);
    let image = if container.is_whole {
        pixels(format, &container)?
    } else {
        all_pixels(format, &container)?
    };
    drop(container);
    let mut image = scale::fit(image, MAX_SIDE);
    image.apply_orientation(orientation);
    let format = match format {
        // There is no lossy encoder of WebP here, and a lossless copy of a photograph would be many times as large.
        Format::Webp if is_lossy && !image.color().has_alpha() => Format::Jpeg,
        format => format,
    };
    let original = encode(&image, format)?;
    finish(format, original, image)
}

/// The pixels that have to be decoded.
pub(super) fn work(format: Format, upload: &[u8]) -> u64 {
    let Some(container) = container::open(format, upload) else {
        return 0;
    };
    let mut reader = ImageReader::with_format(Cursor::new(&container.file), kind(format));
    reader.limits(limits());
    let size = reader.into_dimensions();
    let pixels = size.map_or(0, |(width, height)| u64::from(width) * u64::from(height));
    // One that has more isn't decoded.
    if pixels > MAX_PIXELS { 0 } else { pixels }
}

/// Bytes of a scan that say nothing: what a decoder makes of them differs.
const FILLINGS: [[u8; FILLING]; 2] = [[0; FILLING], [0x55; FILLING]];
const FILLING: usize = 4 * 1024;

/// The pixels of a JPEG that broke off, if every one of them is there. A decoder makes up what is missing and doesn't
/// tell. So the file is completed in two ways: where each gives the same picture, nothing was missing.
fn all_pixels(format: Format, container: &Container<'_>) -> Result<DynamicImage, Refusal> {
    let completed = |filling: &[u8]| Container {
        file: Cow::Owned([&container.file, filling, b"\xff\xd9"].concat()),
        profile: container.profile.clone(),
        ..Container::default()
    };
    let [first, second] = FILLINGS;
    let other = Sha256::digest(pixels(format, &completed(&second))?.as_bytes());
    let image = pixels(format, &completed(&first))?;
    if Sha256::digest(image.as_bytes()) == other {
        Ok(image)
    } else {
        Err(Refusal::Unreadable)
    }
}

/// Adds to an encoded picture what is made from its pixels.
pub(super) fn finish(format: Format, original: Vec<u8>, image: DynamicImage) -> Result<Processed, Refusal> {
    let (width, height) = (image.width(), image.height());
    let is_small = width.max(height) <= THUMBNAIL_SIDE && format != Format::Gif;
    let is_medium = width.max(height) <= MEDIUM_SIDE || format == Format::Gif;
    let medium = if is_medium {
        None
    } else {
        // A drawing of few colours may have more bytes when it is smaller.
        Some(encode_small(&scale::fit(image.clone(), MEDIUM_SIDE))?)
            .filter(|medium| medium.len() < original.len())
    };
    let small = scale::fit(image, THUMBNAIL_SIDE);
    let thumbnail = if is_small {
        original.clone()
    } else {
        encode_small(&small)?
    };
    Ok(Processed {
        format,
        width,
        height,
        original,
        medium,
        thumbnail,
        blurhash: blurhash(&small)?,
    })
}

/// The pixels, in eight bits of sRGB.
pub(super) fn pixels(format: Format, container: &Container<'_>) -> Result<DynamicImage, Refusal> {
    let mut reader = ImageReader::with_format(Cursor::new(&container.file), kind(format));
    reader.limits(limits());
    let decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    check_pixels(width, height)?;
    let image = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
    let mut image = color::eight_bits(image);
    if let Some(profile) = &container.profile {
        color::to_srgb(&mut image, profile);
    }
    Ok(image)
}

fn kind(format: Format) -> ImageFormat {
    match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
    }
}

pub(super) fn encode(image: &DynamicImage, format: Format) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let done = match format {
        Format::Jpeg => JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(image),
        Format::Png => image.write_with_encoder(PngEncoder::new_with_quality(
            &mut bytes,
            CompressionType::Default,
            FilterType::Adaptive,
        )),
        Format::Webp => image.write_with_encoder(WebPEncoder::new_lossless(&mut bytes)),
        Format::Gif => return Err(Refusal::Unsupported),
    };
    done.map_err(|error| refused(&error))?;
    Ok(bytes)
}

/// A picture that was made smaller: what shows through still does.
fn encode_small(image: &DynamicImage) -> Result<Vec<u8>, Refusal> {
    let format = if image.color().has_alpha() {
        Format::Png
    } else {
        Format::Jpeg
    };
    encode(image, format)
}

fn blurhash(image: &DynamicImage) -> Result<String, Refusal> {
    let mut small = image.thumbnail(BLURHASH_SIDE, BLURHASH_SIDE).into_rgba8();
    color::onto_white(&mut small);
    let ((across, down), (width, height)) = (BLURHASH_WAVES, small.dimensions());
    blurhash::encode(across, down, width, height, &small).map_err(|error| {
        tracing::warn!(%error, "an image has no blurhash");
        Refusal::Unreadable
    })
}
