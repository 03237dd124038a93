//! Pictures: taken in and cleaned ([`process`], [`MediaService`]), stored ([`store`]), and delivered by signed
//! URLs ([`url`]).
//!
//! A folder of its own at the top, because three services share it: command-api takes pictures in and deletes them,
//! query-api signs their URLs and serves the bytes, chat-gateway signs those in live messages. The decoders are behind the feature `process`, which only
//! command-api turns on, so that the others hold no code that reads what strangers send.
//!
//! What keeps it safe to take anything from anybody:
//! - The size is checked while the bytes arrive, the format by content, the pixels by the header before anything is
//!   decoded, and what a decoder may allocate is limited.
//! - What is stored is encoded anew from pixels: no metadata survives, whether EXIF, GPS, XMP, comments or whatever
//!   stood behind the picture's end.
//! - A picture is stored under its id before the event that tells of it. A crash in between leaves an orphan that
//!   nobody has a URL for; a retry finds its own bytes there, and [`store::Store::list`] finds it for collection.

pub mod config;
mod format;
#[cfg(feature = "process")]
pub mod process;
#[cfg(feature = "process")]
pub mod service;
pub mod store;
pub mod url;
mod variant;

pub use format::{content_type, format_of};
#[cfg(feature = "process")]
pub use service::{Accepted, MediaService, UploadError};
pub use url::{Links, UrlSigner, Urls};
pub use variant::{UnknownVariant, Variant};
