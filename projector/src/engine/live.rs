//! Which version of a projection readers use, as of a moment ago.

use std::sync::atomic::{AtomicU32, Ordering};

/// No version has this number.
const UNKNOWN: u32 = 0;

/// Looked up by the [`super::keeper`], asked by all runners of the projection.
#[derive(Debug)]
pub(crate) struct Live(AtomicU32);

impl Live {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(UNKNOWN))
    }

    /// Whether readers use this version.
    pub(crate) fn is(&self, version: u32) -> bool {
        self.0.load(Ordering::Relaxed) == version
    }

    /// Readers use this version; says whether that is news.
    pub(crate) fn set(&self, version: u32) -> bool {
        self.0.swap(version, Ordering::Relaxed) != version
    }
}
