//! From what somebody sent to what is stored: checked, decoded, turned upright, and encoded anew.
//!
//! All of it is pure computation on bytes, so that the same bytes give the same picture and a retry stores what is
//! there already. The largest pictures take a few seconds of a core and half a gigabyte: run it through
//! [`workers::Workers`].

use events::media::Format;
use image::error::ImageError;

mod animation;
mod color;
mod container;
mod scale;
mod still;
pub mod workers;

/// The most bytes that are taken: 10 MiB.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// The most pixels that are taken: 40 megapixels.
pub const MAX_PIXELS: u64 = 40_000_000;
/// The most pixels that all frames of an animation may have together: about 30 seconds at 640 × 480.
pub const MAX_ANIMATED_PIXELS: u64 = 160_000_000;
/// The longest side of what is stored, in pixels.
pub const MAX_SIDE: u32 = 2_560;
/// The most frames of an animation: ten minutes of them at eight a second.
pub const MAX_FRAMES: usize = 5_000;
/// What a decoder may allocate: 40 megapixels of four 16-bit channels, and a little for its own use.
const MAX_DECODER_BYTES: u64 = 336_000_000;

/// A picture as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Processed {
    /// How the original is encoded.
    pub format: Format,
    /// In pixels, orientation applied.
    pub width: u32,
    /// In pixels, orientation applied.
    pub height: u32,
    /// The picture.
    pub original: Vec<u8>,
    /// The same of at most 1,080 pixels; none where the picture itself is no larger than that, or moves.
    pub medium: Option<Vec<u8>>,
    /// A still of at most 480 pixels.
    pub thumbnail: Vec<u8>,
    /// A few colours to show until it is there.
    pub blurhash: String,
}

impl std::fmt::Debug for Processed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Processed")
            .field("format", &self.format)
            .field("width", &self.width)
            .field("height", &self.height)
            .field("original", &self.original.len())
            .field("medium", &self.medium.as_ref().map(Vec::len))
            .field("thumbnail", &self.thumbnail.len())
            .field("blurhash", &self.blurhash)
            .finish()
    }
}

/// Why a picture isn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has too many bytes.
    #[error("the image may have at most {MAX_BYTES} bytes")]
    TooLarge,
    /// It isn't JPEG, PNG, WebP or GIF, or a kind of these that hardly anybody uses.
    #[error("the image must be JPEG, PNG, WebP or GIF")]
    Unsupported,
    /// It has too many pixels.
    #[error("the image may have at most {} megapixels", MAX_PIXELS / 1_000_000)]
    TooManyPixels,
    /// It is animated, and longer or larger than we keep animations.
    #[error(
        "an animation may be at most {MAX_SIDE} pixels wide and high, with at most {MAX_FRAMES} frames that have {} \
         megapixels together",
        MAX_ANIMATED_PIXELS / 1_000_000
    )]
    AnimationTooLarge,
    /// It is broken or not all there.
    #[error("the image can't be read; it may be damaged or incomplete")]
    Unreadable,
}

impl Refusal {
    /// The refusal for a program: stable and kebab-case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::Unsupported => "unsupported-image",
            Self::TooManyPixels => "too-many-pixels",
            Self::AnimationTooLarge => "animation-too-large",
            Self::Unreadable => "unreadable-image",
        }
    }
}

/// Makes of an upload what is stored.
pub fn process(upload: &[u8]) -> Result<Processed, Refusal> {
    if upload.len() > MAX_BYTES {
        return Err(Refusal::TooLarge);
    }
    match crate::format_of(upload).ok_or(Refusal::Unsupported)? {
        Format::Gif => animation::process(upload),
        format @ (Format::Jpeg | Format::Png | Format::Webp) => still::process(format, upload),
    }
}

/// Whether an upload moves, and what is stored of it doesn't: of an animated WebP or PNG the first frame is kept.
pub fn loses_animation(upload: &[u8]) -> bool {
    let container = crate::format_of(upload).and_then(|format| container::open(format, upload));
    container.is_some_and(|container| container.moves)
}

/// The pixels that have to be decoded for an upload, as its header tells them; 0 where it tells nothing, as then nothing
/// will be decoded. Cheap, whatever was sent.
pub fn work(upload: &[u8]) -> u64 {
    if upload.len() > MAX_BYTES {
        return 0;
    }
    match crate::format_of(upload) {
        Some(Format::Gif) => animation::work(upload),
        Some(format) => still::work(format, upload),
        None => 0,
    }
}

/// Whether a picture of this size may be decoded.
fn check_pixels(width: u32, height: u32) -> Result<(), Refusal> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Refusal::Unreadable),
        1..=MAX_PIXELS => Ok(()),
        _ => Err(Refusal::TooManyPixels),
    }
}

fn limits() -> image::Limits {
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    limits
}

/// Why a decoder or encoder gave up. All that goes wrong in them is the picture's fault.
fn refused(error: &ImageError) -> Refusal {
    tracing::debug!(%error, "an image is refused");
    match error {
        ImageError::Limits(_) => Refusal::TooManyPixels,
        ImageError::Unsupported(_) => Refusal::Unsupported,
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::IoError(_) => Refusal::Unreadable,
    }
}
