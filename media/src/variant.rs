//! The sizes in which a picture is stored.

use std::fmt;
use std::str::FromStr;

/// The longest side of a thumbnail, in pixels.
pub(crate) const THUMBNAIL_SIDE: u32 = 480;

/// The longest side of a picture in the middle size, in pixels: as wide as a phone's screen.
pub(crate) const MEDIUM_SIDE: u32 = 1_080;

/// A size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// As it was uploaded, cleaned and at most 2,560 pixels long.
    Original,
    /// At most 1,080 pixels long; where nothing is stored in this size, the original is small enough.
    Medium,
    /// A still of at most 480 pixels.
    Thumbnail,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Original, Self::Medium, Self::Thumbnail];

    /// As it is written in URLs and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Medium => "medium",
            Self::Thumbnail => "thumbnail",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not `original`, `medium` or `thumbnail`")]
pub struct UnknownVariant;

impl FromStr for Variant {
    type Err = UnknownVariant;

    fn from_str(text: &str) -> Result<Self, UnknownVariant> {
        Self::ALL
            .into_iter()
            .find(|variant| variant.as_str() == text)
            .ok_or(UnknownVariant)
    }
}
