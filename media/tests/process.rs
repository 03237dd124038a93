//! What becomes of pictures that people send.
#![expect(
    clippy::unwrap_used,
    reason = "clippy's leave for tests doesn't reach their helpers"
)]

use std::io::Cursor;

use events::media::Format;
use image::{DynamicImage, GenericImageView, ImageFormat, Rgba, RgbaImage, imageops};
use media::format_of;
use media::process::{MAX_BYTES, Processed, Refusal, loses_animation, process, work};
use rstest::rstest;

mod pictures;
use pictures::*;

fn decoded(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

/// That what is stored is what it says it is, and tells nothing else.
fn check(processed: &Processed) {
    assert_eq!(format_of(&processed.original), Some(processed.format));
    let (original, thumbnail) = (decoded(&processed.original), decoded(&processed.thumbnail));
    assert_eq!(original.dimensions(), (processed.width, processed.height));
    assert!(thumbnail.width().max(thumbnail.height()) <= 480);
    if let Some(medium) = &processed.medium {
        assert!(medium.len() < processed.original.len());
        let medium = decoded(medium);
        assert_eq!(medium.width().max(medium.height()), 1_080);
    }
    for stored in sizes(processed) {
        for secret in SECRETS {
            assert!(!contains(stored, secret), "{}", String::from_utf8_lossy(secret));
        }
    }
    // 4 × 3 waves: two characters, four for the average, two for each of the others.
    assert_eq!(processed.blurhash.len(), 28);
    assert!(blurhash::decode(&processed.blurhash, 4, 3, 1.0).is_ok());
}

/// All that is stored of a picture.
fn sizes(processed: &Processed) -> impl Iterator<Item = &Vec<u8>> {
    let medium = processed.medium.iter();
    medium.chain([&processed.original, &processed.thumbnail])
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[rstest]
#[case(ImageFormat::Jpeg, Format::Jpeg)]
#[case(ImageFormat::Png, Format::Png)]
#[case(ImageFormat::WebP, Format::Webp)]
#[case(ImageFormat::Gif, Format::Gif)]
fn each_format_is_taken_and_stays_what_it_is(#[case] sent: ImageFormat, #[case] stored: Format) {
    let image = DynamicImage::ImageRgb8(quadrants(640, 400));
    let processed = process(&encoded(&image, sent)).unwrap();
    check(&processed);
    assert_eq!(processed.format, stored);
    assert_eq!((processed.width, processed.height), (640, 400));
    assert!(are_quadrants(corners(&decoded(&processed.original))));
    assert!(are_quadrants(corners(&decoded(&processed.thumbnail))));
    assert_eq!(decoded(&processed.thumbnail).dimensions(), (480, 300));
}

/// What a camera that was held this way stores of the upright picture.
fn as_stored(upright: &DynamicImage, orientation: u16) -> DynamicImage {
    match orientation {
        1 => upright.clone(),
        2 => upright.fliph(),
        3 => upright.rotate180(),
        4 => upright.flipv(),
        5 => upright.rotate90().fliph(),
        6 => upright.rotate270(),
        7 => upright.rotate270().fliph(),
        8 => upright.rotate90(),
        _ => panic!("there are eight orientations"),
    }
}

#[rstest]
fn every_orientation_is_applied_and_all_metadata_is_gone(
    #[values(1, 2, 3, 4, 5, 6, 7, 8)] orientation: u16,
    #[values(ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP)] format: ImageFormat,
) {
    let upright = DynamicImage::ImageRgb8(quadrants(96, 64));
    let stored = as_stored(&upright, orientation);
    let sent = if format == ImageFormat::Jpeg {
        tagged_jpeg(&stored.to_rgb8(), orientation)
    } else {
        tagged(&stored, orientation, format)
    };
    assert!(contains(&sent, b"Secret Camera"));
    let processed = process(&sent).unwrap();
    check(&processed);
    assert_eq!((processed.width, processed.height), (96, 64));
    assert!(are_quadrants(corners(&decoded(&processed.original))));
}

#[test]
fn an_orientation_that_means_nothing_turns_nothing() {
    for orientation in [0, 9, u16::MAX] {
        let processed = process(&tagged_jpeg(&quadrants(96, 64), orientation)).unwrap();
        check(&processed);
        assert!(are_quadrants(corners(&decoded(&processed.original))));
    }
}

#[rstest]
#[case("lossy-turned.webp", Format::Jpeg, false)]
#[case("lossy-transparent.webp", Format::Webp, true)]
#[case("animated.webp", Format::Webp, false)]
#[case("progressive.jpg", Format::Jpeg, false)]
#[case("cmyk.jpg", Format::Jpeg, false)]
fn what_other_programs_write_is_taken(#[case] name: &str, #[case] format: Format, #[case] transparent: bool) {
    let processed = process(&fixture(name)).unwrap();
    check(&processed);
    assert_eq!(processed.format, format);
    assert_eq!((processed.width, processed.height), (64, 48));
    let stored = decoded(&processed.original);
    assert_eq!(stored.color().has_alpha(), transparent);
    assert!(are_quadrants(corners(&stored)), "{:?}", corners(&stored));
}

#[test]
fn what_stands_behind_a_pictures_end_is_cut_off() {
    let sent = [&jpeg(&quadrants(96, 64))[..], b"PK\x03\x04 secret comment"].concat();
    check(&process(&sent).unwrap());
}

#[test]
fn large_pictures_are_made_smaller() {
    let processed = process(&jpeg(&quadrants(4000, 1000))).unwrap();
    check(&processed);
    assert_eq!((processed.width, processed.height), (2560, 640));
    assert_eq!(decoded(&processed.thumbnail).dimensions(), (480, 120));
    assert!(are_quadrants(corners(&decoded(&processed.original))));
}

#[test]
fn a_picture_larger_than_a_phone_has_a_middle_size_and_no_other_has() {
    let photograph = process(&jpeg(&noise(1600, 1200))).unwrap();
    check(&photograph);
    let medium = photograph.medium.as_deref().unwrap();
    assert_eq!(decoded(medium).dimensions(), (1080, 810));
    assert_eq!(format_of(medium), Some(Format::Jpeg));
    assert!(medium.len() * 3 < photograph.original.len() * 2);
    let small = process(&jpeg(&noise(1080, 700))).unwrap();
    assert_eq!(small.medium, None);
    // Flat colours have fewer bytes as they are.
    let flat = DynamicImage::new_rgb8(1500, 1500);
    assert_eq!(process(&encoded(&flat, ImageFormat::Png)).unwrap().medium, None);
}

#[test]
fn what_moves_has_no_still_in_the_middle_size() {
    let image = DynamicImage::ImageRgb8(quadrants(1400, 900));
    let processed = process(&encoded(&image, ImageFormat::Gif)).unwrap();
    check(&processed);
    assert_eq!(processed.medium, None);
}

#[test]
fn a_line_of_pixels_is_still_a_picture() {
    for (width, height) in [(2_000_000, 1), (1, 2_000_000)] {
        let sent = encoded(&DynamicImage::new_rgb8(width, height), ImageFormat::Png);
        let processed = process(&sent).unwrap();
        check(&processed);
        assert_eq!(
            (processed.width, processed.height),
            (width.min(2560), height.min(2560))
        );
    }
}

#[test]
fn small_pictures_are_not_made_larger() {
    let processed = process(&jpeg(&quadrants(20, 10))).unwrap();
    check(&processed);
    assert_eq!((processed.width, processed.height), (20, 10));
    assert_eq!(processed.thumbnail, processed.original);
    check(&process(&encoded(&DynamicImage::new_rgb8(1, 1), ImageFormat::Png)).unwrap());
}

#[test]
fn what_shows_through_still_does() {
    // With something in it, so that it has fewer bytes when it is smaller.
    let image = RgbaImage::from_fn(1600, 800, |x, y| {
        let green = u8::try_from((x * 31 + y * 17) % 90).unwrap();
        Rgba([
            255,
            if y < 300 { green } else { 0 },
            0,
            if x < 800 { 0 } else { 255 },
        ])
    });
    let processed = process(&encoded(&DynamicImage::ImageRgba8(image), ImageFormat::Png)).unwrap();
    check(&processed);
    for stored in sizes(&processed) {
        let stored = decoded(stored);
        let (width, height) = stored.dimensions();
        assert_eq!(stored.get_pixel(width / 4, height / 2).0[3], 0);
        assert_eq!(stored.get_pixel(width * 3 / 4, height / 2).0, [255, 0, 0, 255]);
    }
}

#[test]
fn deep_colours_become_eight_bits() {
    let image = DynamicImage::ImageRgb16(DynamicImage::ImageRgb8(quadrants(64, 64)).to_rgb16());
    let processed = process(&encoded(&image, ImageFormat::Png)).unwrap();
    check(&processed);
    assert_eq!(decoded(&processed.original).color(), image::ColorType::Rgb8);
    assert!(are_quadrants(corners(&decoded(&processed.original))));
}

#[test]
fn the_colours_of_a_phone_become_those_of_the_web() {
    use image::ImageEncoder;
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let orange = DynamicImage::ImageRgb8(image::RgbImage::from_pixel(32, 32, image::Rgb([200, 120, 60])));
    let mut sent = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut sent);
    encoder.set_icc_profile(profile).unwrap();
    orange.write_with_encoder(encoder).unwrap();
    let processed = process(&sent).unwrap();
    check(&processed);
    // The same colour needs more red, and less blue, in the smaller space.
    let [red, green, blue] = decoded(&processed.original).to_rgb8().get_pixel(16, 16).0;
    assert!(
        red > 205 && green.abs_diff(118) < 5 && blue < 55,
        "{red} {green} {blue}"
    );
    assert!(!contains(&processed.original, b"iCCP"));
}

#[test]
fn an_animation_stays_one_without_its_comments() {
    let frames = [
        Frame::whole(600, 400, 0),
        Frame {
            left: 100,
            top: 50,
            width: 200,
            height: 100,
            color: 2,
        },
        Frame::whole(600, 400, 1),
    ];
    let processed = process(&gif(600, 400, frames)).unwrap();
    check(&processed);
    assert_eq!(processed.format, Format::Gif);
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    let mut decoder = options.read_info(Cursor::new(&processed.original)).unwrap();
    let mut seen = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        seen.push((
            frame.left,
            frame.top,
            frame.width,
            frame.height,
            frame.delay,
            frame.buffer[0],
        ));
    }
    assert_eq!(
        seen,
        [
            (0, 0, 600, 400, 7, 0),
            (100, 50, 200, 100, 7, 2),
            (0, 0, 600, 400, 7, 1)
        ]
    );
    assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
    let thumbnail = decoded(&processed.thumbnail);
    assert_eq!(thumbnail.dimensions(), (480, 320));
    assert_eq!(format_of(&processed.thumbnail), Some(Format::Jpeg));
    assert!(
        thumbnail.to_rgb8().get_pixel(240, 160)[0] > 240,
        "it shows the first frame"
    );
}

#[test]
fn an_interlaced_gif_comes_out_in_order() {
    let lines: Vec<u8> = (0..64_u8).flat_map(|line| [line; 8]).collect();
    let palette: Vec<u8> = (0..64_u8).flat_map(|line| [line * 4; 3]).collect();
    // Written in the order in which interlacing sends the lines.
    let passes = [(0, 8), (4, 8), (2, 4), (1, 2)];
    let order = passes
        .iter()
        .flat_map(|(from, step)| (*from..64_usize).step_by(*step));
    let sent_lines: Vec<u8> = order
        .flat_map(|line| lines[line * 8..line * 8 + 8].to_vec())
        .collect();
    let mut frame = gif::Frame::from_indexed_pixels(8, 64, sent_lines, None);
    frame.interlaced = true;
    let mut encoder = gif::Encoder::new(Vec::new(), 8, 64, &palette).unwrap();
    encoder.write_frame(&frame).unwrap();
    let processed = process(&encoder.into_inner().unwrap()).unwrap();
    check(&processed);
    let stored = decoded(&processed.original).to_rgb8();
    for line in 0..64 {
        assert_eq!(u32::from(stored.get_pixel(3, line)[0]), line * 4);
    }
}

#[test]
fn a_still_gif_that_is_too_wide_becomes_a_png() {
    let processed = process(&gif(3000, 20, [Frame::whole(3000, 20, 2)])).unwrap();
    check(&processed);
    assert_eq!((processed.format, processed.width), (Format::Png, 2560));
}

#[test]
fn animations_have_a_budget() {
    let wide = (0..2).map(|color| Frame::whole(3000, 20, color));
    assert_eq!(process(&gif(3000, 20, wide)), Err(Refusal::AnimationTooLarge));
    let long = (0..41).map(|_| Frame::whole(2000, 2000, 1));
    let long = gif(2000, 2000, long);
    assert!(
        long.len() < MAX_BYTES,
        "the file itself is small enough: {}",
        long.len()
    );
    assert_eq!(process(&long), Err(Refusal::AnimationTooLarge));
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    let bomb = png_bomb(60_000, 60_000);
    assert!(bomb.len() < 1_000);
    assert_eq!(process(&bomb), Err(Refusal::TooManyPixels));
    assert_eq!(
        process(&png_bomb(u32::MAX >> 1, u32::MAX >> 1)),
        Err(Refusal::TooManyPixels)
    );
    assert_eq!(process(&png_bomb(40_000_001, 1)), Err(Refusal::TooManyPixels));
    // Within the limit it is looked at, and found to have no pixels.
    assert_eq!(process(&png_bomb(8_000, 5_000)), Err(Refusal::Unreadable));
    assert_eq!(process(&gif(8_000, 8_000, [])), Err(Refusal::TooManyPixels));
}

#[test]
fn a_megabyte_of_one_colour_is_no_bomb() {
    let sent = encoded(&DynamicImage::new_rgb8(7_000, 5_700), ImageFormat::Png);
    assert!(sent.len() < 1_000_000, "{}", sent.len());
    let processed = process(&sent).unwrap();
    check(&processed);
    assert_eq!((processed.width, processed.height), (2560, 2085));
}

#[rstest]
#[case(ImageFormat::Jpeg)]
#[case(ImageFormat::Png)]
#[case(ImageFormat::WebP)]
fn what_is_not_all_there_is_refused(#[case] format: ImageFormat) {
    let whole = encoded(&DynamicImage::ImageRgb8(noise(100, 80)), format);
    assert!(process(&whole).is_ok());
    for part in [
        whole.len() / 4,
        whole.len() / 2,
        whole.len() * 9 / 10,
        whole.len() - 200,
    ] {
        assert_eq!(
            process(&whole[..part]),
            Err(Refusal::Unreadable),
            "{part} of {}",
            whole.len()
        );
    }
}

#[rstest]
#[case(ImageFormat::Jpeg)]
#[case(ImageFormat::Png)]
#[case(ImageFormat::WebP)]
fn what_lacks_its_last_bytes_but_no_pixel_is_taken(#[case] format: ImageFormat) {
    let whole = encoded(&DynamicImage::ImageRgb8(quadrants(96, 64)), format);
    let expected = process(&whole).unwrap();
    // The end of image; the end chunk and the checksum before it; the byte that makes a chunk even.
    let lacks: &[usize] = match format {
        ImageFormat::Jpeg => &[1, 2],
        ImageFormat::Png => &[1, 4, 12, 15, 16],
        _ => &[],
    };
    for lacking in lacks {
        let processed = process(&whole[..whole.len() - lacking]);
        assert_eq!(processed.as_ref(), Ok(&expected), "without {lacking} bytes");
    }
}

/// A WebP whose chunk of metadata breaks off behind the picture, for one.
#[rstest]
#[case::lossless("lossless")]
#[case::lossy("lossy-turned.webp")]
#[case::lossy_with_transparency("lossy-transparent.webp")]
fn what_is_wrong_around_the_picture_of_a_webp_is_passed_over(#[case] name: &str) {
    let whole = match name {
        "lossless" => encoded(&DynamicImage::ImageRgb8(quadrants(96, 64)), ImageFormat::WebP),
        fixture_name => fixture(fixture_name),
    };
    let expected = process(&whole).unwrap();
    let sized = |by: i32| {
        let mut file = whole.clone();
        let size = u32::from_le_bytes(file[4..8].try_into().unwrap());
        file[4..8].copy_from_slice(&size.wrapping_add_signed(by).to_le_bytes());
        file
    };
    let behind = |more: &[u8]| [&whole, more].concat();
    let picture_ends = chunks(&whole)
        .into_iter()
        .rfind(|(kind, _)| kind.starts_with(b"VP8"))
        .unwrap()
        .1;
    for (what, file) in [
        ("a size that is too small", sized(-3)),
        ("a size that is too large", sized(5)),
        ("no size", sized(i32::MIN)),
        ("a chunk that breaks off", behind(b"XMP \xff\x00\x00\x00..")),
        ("a chunk's name that breaks off", behind(b"EX")),
        ("what is no chunk", behind(&[0; 7])),
        // Without the byte that makes it even, if there is one, and all behind it.
        ("nothing behind the picture", whole[..picture_ends].to_vec()),
    ] {
        let processed = process(&file);
        // What stands behind the picture may say how to turn it.
        if what != "nothing behind the picture" || picture_ends + 1 >= whole.len() {
            assert_eq!(processed.as_ref(), Ok(&expected), "{what}");
        }
        check(&processed.unwrap());
    }
}

/// The chunks of a WebP, each with the place where its data end.
fn chunks(file: &[u8]) -> Vec<([u8; 4], usize)> {
    let mut chunks = Vec::new();
    let mut at = 12;
    while let Some(head) = file.get(at..at + 8) {
        let length = u32::from_le_bytes(head[4..].try_into().unwrap());
        let end = at + 8 + usize::try_from(length).unwrap();
        chunks.push((head[..4].try_into().unwrap(), end));
        at = end + end % 2;
    }
    chunks
}

/// Browsers show nothing of it, where of other formats they show what has come.
#[rstest]
#[case("lossy-turned.webp")]
#[case("lossy-transparent.webp")]
fn a_lossy_webp_that_breaks_off_is_refused_unless_every_pixel_is_there(#[case] name: &str) {
    let whole = fixture(name);
    let (_, end) = chunks(&whole)
        .into_iter()
        .rfind(|(kind, _)| kind == b"VP8 ")
        .unwrap();
    let whole = &whole[..end];
    let expected = process(whole).unwrap();
    for lacking in 1..40 {
        match process(&whole[..end - lacking]) {
            Ok(processed) => assert_eq!(processed, expected, "{lacking}"),
            Err(refusal) => assert_eq!(refusal, Refusal::Unreadable),
        }
    }
    for part in [end / 2, end * 3 / 4, end - 40] {
        assert_eq!(
            process(&whole[..part]),
            Err(Refusal::Unreadable),
            "{part} of {end}"
        );
    }
}

#[test]
fn a_jpeg_is_taken_without_its_end_only_if_no_pixel_lacks() {
    let whole = jpeg(&noise(100, 80));
    assert!(process(&whole[..whole.len() - 2]).is_ok());
    for lacking in [200, 1_000] {
        assert_eq!(
            process(&whole[..whole.len() - lacking]),
            Err(Refusal::Unreadable),
            "{lacking}"
        );
    }
}

#[test]
fn a_progressive_jpeg_is_taken_once_every_pixel_has_its_coarse_value() {
    let whole = fixture("progressive.jpg");
    let scans: Vec<usize> = (0..whole.len())
        .filter(|at| whole[*at..].starts_with(b"\xff\xda"))
        .collect();
    assert!(scans.len() > 3, "it has several scans");
    let processed = process(&whole[..scans[scans.len() - 1] + 12]).unwrap();
    check(&processed);
    assert!(are_quadrants(corners(&decoded(&processed.original))));
    assert_eq!(process(&whole[..scans[0] + 14]), Err(Refusal::Unreadable));
}

/// The frames of a GIF: where each stands, how large it is, how long it shows, and its first pixel.
fn frames_of(file: &[u8]) -> Vec<(u16, u16, u16, u16, u16, u8)> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    options.check_frame_consistency(true);
    let mut decoder = options.read_info(Cursor::new(file)).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        let gif::Frame {
            left,
            top,
            width,
            height,
            delay,
            ..
        } = *frame;
        frames.push((left, top, width, height, delay, frame.buffer[0]));
    }
    frames
}

#[test]
fn an_animation_that_breaks_off_ends_with_its_last_whole_frame() {
    let whole = gif(60, 40, (0..4).map(|color| Frame::whole(60, 40, color)));
    let expected = process(&whole).unwrap();
    let unended = process(&whole[..whole.len() - 1]);
    assert_eq!(unended.as_ref(), Ok(&expected), "without its trailer");
    let half = process(&whole[..whole.len() * 2 / 3]).unwrap();
    check(&half);
    let frames = frames_of(&half.original);
    assert!((1..4).contains(&frames.len()), "{frames:?}");
    assert_eq!(frames, frames_of(&expected.original)[..frames.len()]);
}

#[test]
fn a_gif_without_a_whole_frame_is_refused() {
    let whole = gif(60, 40, [Frame::whole(60, 40, 1)]);
    assert!(process(&whole[..whole.len() - 1]).is_ok());
    assert_eq!(process(&whole[..whole.len() - 6]), Err(Refusal::Unreadable));
    assert_eq!(process(&gif(60, 40, [])), Err(Refusal::Unreadable));
}

#[test]
fn odd_frames_are_shown_as_browsers_do() {
    let frame = |left, top, width, height| Frame {
        left,
        top,
        width,
        height,
        color: 2,
    };
    let odd = [
        Frame::whole(60, 40, 1),
        // Beyond the right and the lower edge, and outside altogether.
        frame(50, 30, 60, 40),
        frame(600, 0, 5, 5),
        frame(0, 0, 10, 10),
    ];
    let processed = process(&gif(60, 40, odd)).unwrap();
    check(&processed);
    assert_eq!(
        frames_of(&processed.original),
        [(0, 0, 60, 40, 7, 1), (50, 30, 10, 10, 7, 2), (0, 0, 10, 10, 7, 2)]
    );
    // A first frame makes the picture larger.
    let processed = process(&gif(10, 10, [frame(5, 5, 60, 40)])).unwrap();
    check(&processed);
    assert_eq!((processed.width, processed.height), (65, 45));
}

#[test]
fn a_frame_without_a_size_covers_the_picture() {
    let mut sent = gif(60, 40, [Frame::whole(60, 40, 1)]);
    // The frame's descriptor: a comma, where it stands, its size.
    let size = [60, 0, 40, 0];
    let at = sent
        .windows(9)
        .position(|part| part[0] == b',' && part[5..] == size)
        .unwrap();
    sent[at + 5..at + 9].fill(0);
    let processed = process(&sent).unwrap();
    check(&processed);
    assert_eq!(frames_of(&processed.original), [(0, 0, 60, 40, 7, 1)]);
}

#[test]
fn a_picture_that_moved_says_that_it_does_not_any_more() {
    for (name, dropped) in [
        ("animated.webp", true),
        ("lossy-turned.webp", false),
        ("cmyk.jpg", false),
    ] {
        assert_eq!(loses_animation(&fixture(name)), dropped, "{name}");
    }
    let moving = gif(60, 40, (0..2).map(|color| Frame::whole(60, 40, color)));
    assert!(!loses_animation(&moving), "a GIF still moves");
}

#[test]
fn frames_without_number_are_refused() {
    let frames = (0..5_001).map(|_| Frame::whole(1, 1, 1));
    assert_eq!(process(&gif(1, 1, frames)), Err(Refusal::AnimationTooLarge));
}

#[test]
fn the_work_of_a_picture_is_told_by_its_header() {
    let plain = DynamicImage::ImageRgb8(quadrants(64, 48));
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        assert_eq!(work(&encoded(&plain, format)), 64 * 48);
    }
    let frames = (0..3).map(|color| Frame::whole(60, 40, color));
    assert_eq!(work(&gif(60, 40, frames)), 3 * 60 * 40);
    assert_eq!(work(&fixture("animated.webp")), 64 * 48);
    for nothing in [&b""[..], b"%PDF-1.7", b"\xff\xd8\xff", b"GIF89a"] {
        assert_eq!(work(nothing), 0);
    }
}

#[test]
fn other_files_are_refused_whatever_they_are_called() {
    for sent in [
        &b""[..],
        b"GI",
        b"%PDF-1.7\n%....",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
        b"<html><body>photo.jpg</body></html>",
        b"II*\0\x08\0\0\0",
        b"BM\x36\0\0\0\0\0\0\0",
        b"\0\0\0\x1cftypavif\0\0\0\0avifmif1",
        b"\0\0\0\x18ftypheic\0\0\0\0heicmif1",
    ] {
        assert_eq!(process(sent), Err(Refusal::Unsupported));
    }
    // The first bytes of a JPEG and nothing of one after them.
    assert_eq!(
        process(b"\xff\xd8\xff\xe0 <script>alert(1)</script>"),
        Err(Refusal::Unreadable)
    );
    let mislabelled = [b"\x89PNG\r\n\x1a\n", &jpeg(&quadrants(8, 8))[..]].concat();
    assert_eq!(process(&mislabelled), Err(Refusal::Unreadable));
}

#[test]
fn a_byte_too_many_is_refused() {
    let mut sent = jpeg(&quadrants(8, 8));
    sent.resize(MAX_BYTES, 0);
    assert!(process(&sent).is_ok());
    sent.push(0);
    assert_eq!(process(&sent), Err(Refusal::TooLarge));
}

#[test]
fn the_same_upload_gives_the_same_picture() {
    let sent = tagged_jpeg(&noise(600, 500), 6);
    assert_eq!(process(&sent), process(&sent));
}

#[test]
fn every_refusal_has_a_code_of_its_own() {
    let codes = [
        Refusal::TooLarge,
        Refusal::Unsupported,
        Refusal::TooManyPixels,
        Refusal::AnimationTooLarge,
        Refusal::Unreadable,
    ]
    .map(Refusal::code);
    assert_eq!(
        codes,
        [
            "too-large",
            "unsupported-image",
            "too-many-pixels",
            "animation-too-large",
            "unreadable-image"
        ]
    );
}

#[test]
fn turning_is_tested_with_pictures_that_are_turned() {
    let upright = DynamicImage::ImageRgb8(quadrants(96, 64));
    let turned: std::collections::BTreeSet<_> = (1..=8).map(|o| corners(&as_stored(&upright, o))).collect();
    assert_eq!(turned.len(), 8, "all eight differ");
    assert_eq!(
        as_stored(&upright, 5),
        DynamicImage::ImageRgb8(transposed(&upright)),
        "5 is the transposition"
    );
}

fn transposed(image: &DynamicImage) -> image::RgbImage {
    let image = image.to_rgb8();
    let mut transposed = image::RgbImage::new(image.height(), image.width());
    for (x, y, pixel) in image.enumerate_pixels() {
        transposed.put_pixel(y, x, *pixel);
    }
    // The same by the library, as a check of both.
    assert_eq!(transposed, imageops::flip_horizontal(&imageops::rotate90(&image)));
    transposed
}
