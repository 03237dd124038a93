//! Pictures for tests.
#![allow(
    dead_code,
    reason = "each test file is a program of its own and uses some of these"
)]

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageEncoder, ImageFormat, Rgb, RgbImage};

pub(crate) const RED: [u8; 3] = [255, 0, 0];
pub(crate) const GREEN: [u8; 3] = [0, 255, 0];
pub(crate) const BLUE: [u8; 3] = [0, 0, 255];
pub(crate) const WHITE: [u8; 3] = [255, 255, 255];

/// What no stored picture may hold: it stands in all the metadata that these pictures carry.
pub(crate) const SECRETS: [&[u8]; 4] = [
    b"Exif",
    b"Secret Camera",
    b"secret comment",
    b"http://ns.adobe.com",
];

/// Red, green, blue and white quadrants, so that every way of turning it shows.
pub(crate) fn quadrants(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => RED,
            (false, true) => GREEN,
            (true, false) => BLUE,
            (false, false) => WHITE,
        })
    })
}

/// The colours in the middle of the quadrants, in reading order.
pub(crate) fn corners(image: &DynamicImage) -> [[u8; 3]; 4] {
    let image = image.to_rgb8();
    let (width, height) = image.dimensions();
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| image.get_pixel(width * x / 4, height * y / 4).0)
}

/// Whether these are nearly the colours of the quadrants: a lossy encoder may change them a little.
pub(crate) fn are_quadrants(corners: [[u8; 3]; 4]) -> bool {
    let near = |a: &[u8; 3], b: &[u8; 3]| a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) < 40);
    corners
        .iter()
        .zip([RED, GREEN, BLUE, WHITE])
        .all(|(is, should)| near(is, &should))
}

/// Encodes a picture.
pub(crate) fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Encodes a JPEG.
pub(crate) fn jpeg(image: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 92)
        .encode_image(image)
        .unwrap();
    bytes
}

/// Noise, which no encoder can make small.
pub(crate) fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 1_u32;
    RgbImage::from_fn(width, height, |_, _| {
        Rgb([(); 3].map(|()| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            u8::try_from(state >> 24).unwrap()
        }))
    })
}

/// EXIF: this orientation, the maker of a camera and a place on Earth.
pub(crate) fn exif(orientation: u16) -> Vec<u8> {
    const MAKER: &[u8] = b"Secret Camera\0";
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let entry = |tiff: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(kind.to_le_bytes());
        tiff.extend(count.to_le_bytes());
        tiff.extend(value);
    };
    let first_directory = 8 + 2 + 3 * 12 + 4;
    let maker_at = u32::try_from(first_directory).unwrap();
    let gps_at = maker_at + u32::try_from(MAKER.len()).unwrap();
    let [low, high] = orientation.to_le_bytes();
    tiff.extend(3_u16.to_le_bytes());
    entry(
        &mut tiff,
        0x010f,
        2,
        u32::try_from(MAKER.len()).unwrap(),
        maker_at.to_le_bytes(),
    );
    entry(&mut tiff, 0x0112, 3, 1, [low, high, 0, 0]);
    entry(&mut tiff, 0x8825, 4, 1, gps_at.to_le_bytes());
    tiff.extend([0; 4]);
    tiff.extend(MAKER);
    let degrees_at = gps_at + 2 + 2 * 12 + 4;
    tiff.extend(2_u16.to_le_bytes());
    entry(&mut tiff, 1, 2, 2, *b"N\0\0\0");
    entry(&mut tiff, 2, 5, 3, degrees_at.to_le_bytes());
    tiff.extend([0; 4]);
    for (numerator, denominator) in [(48_u32, 1_u32), (51, 1), (2_940, 100)] {
        tiff.extend(numerator.to_le_bytes());
        tiff.extend(denominator.to_le_bytes());
    }
    tiff
}

/// A JPEG with EXIF, XMP and a comment.
pub(crate) fn tagged_jpeg(image: &RgbImage, orientation: u16) -> Vec<u8> {
    let plain = jpeg(image);
    let (start, rest) = plain.split_at(2);
    let segment = |marker: u8, body: &[u8]| {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], body].concat()
    };
    let exif = segment(0xe1, &[b"Exif\0\0", &exif(orientation)[..]].concat());
    let xmp = segment(
        0xe1,
        b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>Secret Camera</x:xmpmeta>",
    );
    let comment = segment(0xfe, b"secret comment");
    [start, &exif, &xmp, &comment, rest].concat()
}

/// A PNG or WebP with EXIF.
pub(crate) fn tagged(image: &DynamicImage, orientation: u16, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let exif = exif(orientation);
    match format {
        ImageFormat::Png => {
            let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
            encoder.set_exif_metadata(exif).unwrap();
            image.write_with_encoder(encoder).unwrap();
        }
        ImageFormat::WebP => {
            let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut bytes);
            encoder.set_exif_metadata(exif).unwrap();
            image.write_with_encoder(encoder).unwrap();
        }
        other => panic!("no EXIF in {other:?} here"),
    }
    bytes
}

/// One frame of a GIF: where it stands, how large it is, and the index of its only colour among red, green, blue
/// and white.
pub(crate) struct Frame {
    pub(crate) left: u16,
    pub(crate) top: u16,
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) color: u8,
}

impl Frame {
    pub(crate) fn whole(width: u16, height: u16, color: u8) -> Self {
        Self {
            left: 0,
            top: 0,
            width,
            height,
            color,
        }
    }
}

/// A GIF that repeats for ever, with a comment and what a program put in.
pub(crate) fn gif(width: u16, height: u16, frames: impl IntoIterator<Item = Frame>) -> Vec<u8> {
    let palette = [RED, GREEN, BLUE, WHITE].concat();
    let mut encoder = gif::Encoder::new(Vec::new(), width, height, &palette).unwrap();
    encoder.set_repeat(gif::Repeat::Infinite).unwrap();
    encoder
        .write_raw_extension(gif::AnyExtension(0xfe), &[b"secret comment"])
        .unwrap();
    encoder
        .write_raw_extension(gif::AnyExtension(0xff), &[b"XMP DataXMP", b"http://ns.adobe.com"])
        .unwrap();
    for frame in frames {
        let pixels = vec![frame.color; usize::from(frame.width) * usize::from(frame.height)];
        let written = gif::Frame {
            left: frame.left,
            top: frame.top,
            delay: 7,
            ..gif::Frame::from_indexed_pixels(frame.width, frame.height, pixels, None)
        };
        encoder.write_frame(&written).unwrap();
    }
    encoder.into_inner().unwrap()
}

/// A PNG of a few hundred bytes that says it has this size.
pub(crate) fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(&DynamicImage::ImageRgb8(quadrants(4, 4)), ImageFormat::Png);
    // The header's fields stand behind the signature and the chunk's length and name; its checksum follows.
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

/// The checksum of PNG's chunks.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// Whether `bytes` hold `part` anywhere.
pub(crate) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
