//! Pictures that don't move: JPEG, PNG and WebP. Of an animated PNG or WebP the first frame is kept.

use std::io::Cursor;

use events::media::Format;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};

use super::{MAX_SIDE, Processed, Refusal, check_pixels, color, jpeg, limits, refused, scale, webp};
use crate::variant::THUMBNAIL_SIDE;

/// JPEG's quality of 1 to 100: at 85 what is lost is hard to see.
const JPEG_QUALITY: u8 = 85;
/// A blurhash of 4 × 3 waves is the same from any more pixels than these.
const BLURHASH_SIDE: u32 = 32;
const BLURHASH_WAVES: (u32, u32) = (4, 3);

/// Makes of an upload of this format what is stored.
pub(super) fn process(format: Format, upload: &[u8]) -> Result<Processed, Refusal> {
    let (image, orientation) = decode(format, upload)?;
    let mut image = scale::fit(image, MAX_SIDE);
    image.apply_orientation(orientation);
    let format = match format {
        // There is no lossy encoder of WebP here, and a lossless copy of a photograph would be many times as large.
        Format::Webp if webp::is_lossy(upload) && !image.color().has_alpha() => Format::Jpeg,
        format => format,
    };
    let original = encode(&image, format)?;
    finish(format, original, image)
}

/// Adds to an encoded picture what is made from its pixels.
pub(super) fn finish(format: Format, original: Vec<u8>, image: DynamicImage) -> Result<Processed, Refusal> {
    let (width, height) = (image.width(), image.height());
    let is_small = width.max(height) <= THUMBNAIL_SIDE && format != Format::Gif;
    let small = scale::fit(image, THUMBNAIL_SIDE);
    let thumbnail = if is_small {
        original.clone()
    } else if small.color().has_alpha() {
        encode(&small, Format::Png)?
    } else {
        encode(&small, Format::Jpeg)?
    };
    Ok(Processed {
        format,
        width,
        height,
        original,
        thumbnail,
        blurhash: blurhash(&small)?,
    })
}

/// The pixels, in eight bits of sRGB, and how they have to be turned.
pub(super) fn decode(format: Format, upload: &[u8]) -> Result<(DynamicImage, Orientation), Refusal> {
    let kind = match format {
        Format::Jpeg if !jpeg::is_complete(upload) => return Err(Refusal::Unreadable),
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
    };
    let mut reader = ImageReader::with_format(Cursor::new(upload), kind);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    check_pixels(width, height)?;
    // What can't be read of the metadata is as good as not there.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let image = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
    let mut image = color::eight_bits(image);
    if let Some(profile) = profile {
        color::to_srgb(&mut image, &profile);
    }
    Ok((image, orientation))
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

fn blurhash(image: &DynamicImage) -> Result<String, Refusal> {
    let mut small = image.thumbnail(BLURHASH_SIDE, BLURHASH_SIDE).into_rgba8();
    color::onto_white(&mut small);
    let ((across, down), (width, height)) = (BLURHASH_WAVES, small.dimensions());
    blurhash::encode(across, down, width, height, &small).map_err(|error| {
        tracing::warn!(%error, "an image has no blurhash");
        Refusal::Unreadable
    })
}
