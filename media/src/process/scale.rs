//! Making pictures smaller.

use image::DynamicImage;
use image::imageops::FilterType;

use super::color;

/// The picture, made to fit into a square of this side; never made larger.
pub(super) fn fit(image: DynamicImage, side: u32) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    if width.max(height) <= side {
        return image;
    }
    let target = fitted(width, height, side);
    match image {
        DynamicImage::ImageRgba8(mut image) => {
            color::premultiply(&mut image);
            let mut small = reduce(&DynamicImage::ImageRgba8(image), target).into_rgba8();
            color::unpremultiply(&mut small);
            DynamicImage::ImageRgba8(small)
        }
        image => reduce(&image, target),
    }
}

fn reduce(image: &DynamicImage, (width, height): (u32, u32)) -> DynamicImage {
    // Whole blocks of pixels are averaged first: that is many times as fast as the filter, which takes 16 bytes of
    // memory for each pixel, and the same to the eye.
    let (across, down) = (image.width() / width, image.height() / height);
    if across.max(down) < 2 {
        return image.resize_exact(width, height, FilterType::CatmullRom);
    }
    image
        .thumbnail_exact(image.width() / across, image.height() / down)
        .resize_exact(width, height, FilterType::CatmullRom)
}

fn fitted(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longest = u64::from(width.max(height));
    let scaled = |length: u32| {
        let scaled = (u64::from(length) * u64::from(side) + longest / 2) / longest;
        u32::try_from(scaled).unwrap_or(side).max(1)
    };
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    #[test]
    fn a_side_never_vanishes() {
        assert_eq!(fitted(4000, 3000, 2560), (2560, 1920));
        assert_eq!(fitted(3000, 4000, 480), (360, 480));
        assert_eq!(fitted(40_000_000, 1, 480), (480, 1));
    }

    #[test]
    fn what_cannot_be_seen_does_not_colour_what_can() {
        let mut image = RgbaImage::from_pixel(64, 64, Rgba([0, 0, 0, 0]));
        for (x, _, pixel) in image.enumerate_pixels_mut() {
            if x % 2 == 0 {
                *pixel = Rgba([255, 255, 255, 255]);
            }
        }
        let small = fit(DynamicImage::ImageRgba8(image), 16).into_rgba8();
        for pixel in small.pixels() {
            assert!(pixel[3] > 100 && pixel[3] < 155, "half of it shows: {pixel:?}");
            assert!(pixel[0] > 250, "and that half is white: {pixel:?}");
        }
    }
}
