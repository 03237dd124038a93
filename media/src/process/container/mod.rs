//! A file taken apart before anything in it is decoded: the picture alone for the decoder, and what is needed of the
//! metadata, bounded. A decoder would unpack a colour profile of any size, and keep every segment in memory.

use std::borrow::Cow;

use events::media::Format;
use image::metadata::Orientation;

mod jpeg;
mod png;
mod vp8l;
mod webp;

/// The most bytes of a colour profile. Those of screens and cameras have a few thousand; a larger one is ignored.
pub(super) const MAX_PROFILE: usize = 4 * 1024 * 1024;
/// The most bytes of EXIF that are read for the orientation: as many as one segment of a JPEG can hold.
const MAX_EXIF: usize = 64 * 1024;

/// Width and height.
type Size = (u32, u32);

/// A picture's file, taken apart.
pub(super) struct Container<'a> {
    /// The picture alone.
    pub(super) file: Cow<'a, [u8]>,
    /// The colour profile, unpacked.
    pub(super) profile: Option<Vec<u8>>,
    /// How the picture has to be turned.
    pub(super) orientation: Orientation,
    /// The picture ends where it should, or is known to have every pixel although the file broke off.
    pub(super) is_whole: bool,
    /// It moves, of which only the first frame is in `file`.
    pub(super) moves: bool,
    /// Its pixels were compressed with loss.
    pub(super) is_lossy: bool,
}

impl Default for Container<'_> {
    fn default() -> Self {
        Self {
            file: Cow::Borrowed(&[]),
            profile: None,
            orientation: Orientation::NoTransforms,
            is_whole: true,
            moves: false,
            is_lossy: false,
        }
    }
}

impl Container<'_> {
    /// Reads the orientation out of EXIF, which begins with TIFF's header. What can't be read is as good as not there.
    fn read_exif(&mut self, exif: &[u8]) {
        if exif.len() <= MAX_EXIF
            && let Some(orientation) = Orientation::from_exif_chunk(exif)
        {
            self.orientation = orientation;
        }
    }
}

/// Takes a file of this format apart. None if there is no picture in it, or one that takes too much to decode.
pub(super) fn open(format: Format, upload: &[u8]) -> Option<Container<'_>> {
    match format {
        Format::Jpeg => jpeg::open(upload),
        Format::Png => png::open(upload),
        Format::Webp => webp::open(upload),
        Format::Gif => Some(Container {
            file: Cow::Borrowed(upload),
            ..Container::default()
        }),
    }
}
