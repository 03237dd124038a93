//! Whatever is sent, processing ends with a picture or a refusal.
#![expect(
    clippy::unwrap_used,
    reason = "clippy's leave for tests doesn't reach their helpers"
)]

use image::{DynamicImage, ImageFormat};
use media::format_of;
use media::process::{Processed, Refusal, process, work};
use proptest::prelude::*;

mod pictures;
use pictures::*;

fn sound(result: Result<Processed, Refusal>) {
    if let Ok(processed) = result {
        assert_eq!(format_of(&processed.original), Some(processed.format));
        assert!(image::load_from_memory(&processed.original).is_ok());
        assert!(image::load_from_memory(&processed.thumbnail).is_ok());
        assert!(processed.width <= 2560 && processed.height <= 2560);
    }
}

/// A small picture of every kind.
fn pictures() -> Vec<Vec<u8>> {
    let image = quadrants(24, 16);
    let plain = DynamicImage::ImageRgb8(image.clone());
    let fixture = |name: &str| std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR")));
    vec![
        tagged_jpeg(&image, 6),
        tagged(&plain, 3, ImageFormat::Png),
        encoded(&DynamicImage::ImageRgba8(plain.to_rgba8()), ImageFormat::Png),
        encoded(&DynamicImage::ImageLuma16(plain.to_luma16()), ImageFormat::Png),
        tagged(&plain, 8, ImageFormat::WebP),
        gif(24, 16, (0..3).map(|color| Frame::whole(24, 16, color))),
        fixture("lossy-turned.webp").unwrap(),
        fixture("lossy-transparent.webp").unwrap(),
        fixture("animated.webp").unwrap(),
        fixture("progressive.jpg").unwrap(),
        fixture("cmyk.jpg").unwrap(),
    ]
}

/// One change to a file.
#[derive(Clone, Debug)]
enum Change {
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    Remove(prop::sample::Index, u8),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, to)| Change::Set(at, to)),
        1 => any::<prop::sample::Index>().prop_map(Change::Cut),
        1 => any::<(prop::sample::Index, prop::sample::Index)>().prop_map(|(a, b)| Change::Repeat(a, b)),
        1 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, n)| Change::Remove(at, n)),
    ]
}

fn apply(file: &mut Vec<u8>, change: &Change) {
    if file.is_empty() {
        return;
    }
    match change {
        Change::Set(at, to) => *at.get_mut(file) = *to,
        Change::Cut(at) => file.truncate(at.index(file.len())),
        Change::Repeat(a, b) => {
            let (a, b) = (a.index(file.len()), b.index(file.len()));
            let part = file[a.min(b)..a.max(b)].to_vec();
            file.splice(a..a, part);
        }
        Change::Remove(at, n) => {
            let start = at.index(file.len());
            let end = (start + usize::from(*n)).min(file.len());
            file.drain(start..end);
        }
    }
}

/// Makes the checksums of a PNG's chunks right again, so that what is wrong inside them is looked at.
fn repair_checksums(file: &mut [u8]) {
    if !file.starts_with(b"\x89PNG") {
        return;
    }
    let mut at = 8;
    while let Some(length) = file.get(at..at + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap());
        let end = at + 8 + usize::try_from(length).unwrap();
        let Some(chunk) = file.get(at + 4..end) else {
            return;
        };
        let checksum = crc32(chunk).to_be_bytes();
        let Some(place) = file.get_mut(end..end + 4) else {
            return;
        };
        place.copy_from_slice(&checksum);
        at = end + 4;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_noise_panics(start in prop::sample::select(vec![
        &b""[..], b"\xff\xd8\xff", b"\xff\xd8\xff\xda", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 ",
        b"RIFF\0\0\0\0WEBPVP8L", b"RIFF\0\0\0\0WEBPVP8L\xff\0\0\0\x2f\x0f\xc0\x03\0", b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0",
    ]), noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let file = [start, &noise].concat();
        work(&file);
        sound(process(&file));
    }

    #[test]
    fn no_damaged_picture_panics(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let mut file = which.get(&pictures()).clone();
        for change in &changes {
            apply(&mut file, change);
        }
        repair_checksums(&mut file);
        work(&file);
        sound(process(&file));
    }
}

#[test]
fn no_beginning_of_a_picture_panics() {
    for picture in pictures() {
        for end in (0..picture.len()).step_by(3) {
            work(&picture[..end]);
            sound(process(&picture[..end]));
        }
        sound(process(&picture));
    }
}
