//! What a picture may take of memory, whatever is sent: measured, for a bomb that is refused late is one that went off.
#![expect(
    clippy::unwrap_used,
    reason = "clippy's leave for tests doesn't reach their helpers"
)]

use std::sync::{Mutex, PoisonError};

use image::{DynamicImage, ImageFormat};
use media::process::{MAX_BYTES, Processed, Refusal, process, work};
use peak_alloc::PeakAlloc;

mod pictures;
use pictures::*;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const MIB: f32 = 1024.0 * 1024.0;

/// What becomes of an upload, and how many MiB are taken at once in the meantime.
fn measured(upload: &[u8]) -> (Result<Processed, Refusal>, f32) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _held = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    work(upload);
    let result = process(upload);
    #[expect(clippy::cast_precision_loss, reason = "to a thousandth of a MiB it is right")]
    let taken = ALLOCATED.peak_usage().saturating_sub(before) as f32 / MIB;
    (result, taken)
}

/// So many megabytes of zeros, packed.
fn packed(megabytes: usize) -> Vec<u8> {
    let zeros = vec![0; 1_000_000];
    let mut packer = fdeflate::Compressor::new(Vec::new()).unwrap();
    for _ in 0..megabytes {
        packer.write_data(&zeros).unwrap();
    }
    packer.finish().unwrap()
}

/// A PNG with these chunks behind its header.
fn png_with(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let plain = encoded(&DynamicImage::ImageRgb8(quadrants(4, 4)), ImageFormat::Png);
    let (head, rest) = plain.split_at(33);
    let mut file = head.to_vec();
    for (kind, data) in chunks {
        let body = [&kind[..], data].concat();
        file.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        file.extend(&body);
        file.extend(crc32(&body).to_be_bytes());
    }
    [file, rest.to_vec()].concat()
}

#[test]
fn a_profile_that_unpacks_to_200_megabytes_is_left_packed() {
    let bomb = png_with(&[(b"iCCP", [b"name\0\0", &packed(200)[..]].concat())]);
    assert!(bomb.len() < 2_000_000, "{}", bomb.len());
    let (result, taken) = measured(&bomb);
    assert_eq!(result.unwrap().width, 4);
    assert!(taken < 24.0, "{taken} MiB");
}

#[test]
fn texts_that_unpack_to_much_are_left_packed() {
    let text = [b"name\0\0", &packed(100)[..]].concat();
    let international = [b"name\0\x01\0\0\0", &packed(100)[..]].concat();
    let bomb = png_with(&[
        (b"zTXt", text),
        (b"iTXt", international),
        (b"tEXt", vec![b'a'; 4_000_000]),
    ]);
    let (result, taken) = measured(&bomb);
    assert!(result.is_ok());
    assert!(taken < 24.0, "{taken} MiB");
}

#[test]
fn segments_that_fill_a_jpeg_are_not_kept() {
    let plain = jpeg(&quadrants(4, 4));
    let (start, rest) = plain.split_at(2);
    let mut file = start.to_vec();
    while file.len() < MAX_BYTES - 300_000 {
        for (marker, name) in [
            (0xe1, &b"Exif\0\0"[..]),
            (0xe2, b"ICC_PROFILE\0\x01\xff"),
            (0xed, b"Photoshop 3.0\0"),
        ] {
            let body = [name, &vec![1; 65_000][..]].concat();
            file.extend([0xff, marker]);
            file.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
            file.extend(body);
        }
    }
    file.extend(rest);
    let (result, taken) = measured(&file);
    assert!(result.is_ok());
    assert!(taken < 24.0, "{taken} MiB");
}

/// A WebP in the form with several chunks, of this size.
fn webp(width: u32, height: u32, chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    let head = [vec![0x20, 0, 0, 0], side(width), side(height)].concat();
    let mut body = b"WEBP".to_vec();
    for (kind, data) in [(b"VP8X", head)].iter().chain(chunks) {
        body.extend(*kind);
        body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        body.extend(data);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    [b"RIFF", &length[..], &body].concat()
}

#[test]
fn a_webp_larger_than_its_header_says_is_refused_before_it_is_decoded() {
    let sides = 16_383_u16.to_le_bytes();
    let lossy = [&[0x10, 0, 0, 0x9d, 0x01, 0x2a], &sides[..], &sides, &[0; 400]].concat();
    let (result, taken) = measured(&webp(4, 4, &[(b"VP8 ", lossy)]));
    assert_eq!(result, Err(Refusal::Unreadable));
    assert!(taken < 1.0, "{taken} MiB");
}

/// Bits, the lowest of each byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    fn put(&mut self, value: u32, bits: u32) {
        for n in 0..bits {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            *self.bytes.last_mut().unwrap() |= u8::from(value >> n & 1 == 1) << (self.count % 8);
            self.count += 1;
        }
    }

    /// A code of one symbol.
    fn put_single(&mut self, symbol: u32) {
        self.put(0b101, 3);
        self.put(symbol, 8);
    }

    /// A code whose table has 1,024 entries: lengths 1 to 9, and 10 twice.
    fn put_deep(&mut self) {
        self.put(0, 1);
        // The lengths 1 to 8 get three or four bits to be told by, and so on, in the order in which they are sent.
        self.put(14 - 4, 4);
        for place in [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10] {
            let length = match place {
                1..=6 => 3,
                7..=10 => 4,
                _ => 0,
            };
            self.put(length, 3);
        }
        // Eleven lengths follow.
        self.put(1, 1);
        self.put(1, 3);
        self.put(11 - 2, 4);
        let lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10_u32];
        for length in lengths {
            // Canonical codes, their highest bit first.
            let (code, bits) = if length <= 6 {
                (length - 1, 3)
            } else {
                (12 + length - 7, 4)
            };
            for n in (0..bits).rev() {
                self.put(code >> n & 1, 1);
            }
        }
    }
}

/// A lossless picture that says it has so many groups of codes, each with deep tables.
fn groups(count: u32) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x2f, 8);
    bits.put(64 - 1, 14);
    bits.put(64 - 1, 14);
    bits.put(0, 4);
    // No transform, no cache, and numbers of groups: a picture of blocks of four pixels, all of one colour.
    bits.put(0b100, 3);
    bits.put(0, 3);
    bits.put(0, 1);
    let greatest = count - 1;
    bits.put_single(greatest & 0xff);
    bits.put_single(greatest >> 8);
    for _ in 0..3 {
        bits.put_single(0);
    }
    for _ in 0..count * 5 {
        bits.put_deep();
    }
    bits.bytes
}

#[test]
fn a_lossless_webp_of_endless_tables_is_refused_before_they_are_built() {
    let file = |count| webp(64, 64, &[(b"VP8L", groups(count))]);
    let bomb = file(65_536);
    assert!(bomb.len() < MAX_BYTES, "{}", bomb.len());
    let (result, taken) = measured(&bomb);
    assert_eq!(result, Err(Refusal::Unreadable));
    assert!(taken < 24.0, "{taken} MiB");
    // Were they built, each would take about twenty kilobytes: these few are.
    let (_, taken) = measured(&file(2_000));
    assert!(taken > 30.0 && taken < 100.0, "{taken} MiB");
}

#[test]
fn the_same_tables_in_a_transparency_are_refused() {
    // Without the five bytes that tell the size.
    let alpha = [&[1], &groups(65_536)[5..]].concat();
    let sides = 64_u16.to_le_bytes();
    let lossy = [&[0x10, 0, 0, 0x9d, 0x01, 0x2a], &sides[..], &sides, &[0; 400]].concat();
    let (result, taken) = measured(&webp(64, 64, &[(b"ALPH", alpha), (b"VP8 ", lossy)]));
    assert_eq!(result, Err(Refusal::Unreadable));
    assert!(taken < 24.0, "{taken} MiB");
}

#[test]
fn frames_larger_than_their_gif_are_bounded() {
    let frame = Frame {
        left: 60_000,
        top: 0,
        width: 9_000,
        height: 9_000,
        color: 1,
    };
    let (result, taken) = measured(&gif(4, 4, [Frame::whole(4, 4, 0), frame]));
    assert_eq!(result, Err(Refusal::TooManyPixels));
    assert!(taken < 8.0, "{taken} MiB");
}

/// What is said of the largest pictures (half a gigabyte for 40 megapixels of four 16-bit channels), on a quarter of one.
/// The memory for what is made of a picture, some 40 MiB, is as large for each.
#[test]
fn a_picture_takes_its_pixels_as_they_come_and_as_they_are_kept() {
    let upload = encoded(&DynamicImage::new_rgba16(4_000, 2_500), ImageFormat::Png);
    let (result, taken) = measured(&upload);
    assert_eq!(result.unwrap().width, 2_560);
    assert!(taken < (512.0 - 40.0) / 4.0 + 40.0, "{taken} MiB");
}
