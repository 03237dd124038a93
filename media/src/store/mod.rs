//! Where pictures are kept: one small trait, and a real store behind each of its implementations.

use std::fmt;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use events::media::Format;
use events::{AccountId, MediaId};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use crate::Variant;
use crate::format::{SNIFFED, format_of};

pub mod cloudinary;
mod location;
mod objects;
mod tls;

pub use location::{InvalidLocation, Location};
pub use objects::Objects;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Keeps pictures.
///
/// What is stored under an id never changes: whoever stores the same again succeeds, and whoever stores something
/// else under it is told [`StoreError::Occupied`]. So a retry is harmless, and nobody can change a picture that an
/// event tells of by reusing an idempotency key.
pub trait Store: fmt::Debug + Send + Sync {
    /// Stores a picture in all its sizes. After it, the picture survives a crash.
    fn put(&self, picture: Picture) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Opens one size of a picture; none where there is no such picture. One that isn't stored in the middle size, as
    /// those from before there was one, is given as it is.
    fn get(&self, media: MediaId, variant: Variant) -> BoxFuture<'_, Result<Option<Content>, StoreError>>;

    /// Removes a picture of `owner` in all its sizes. One that isn't there is removed already.
    fn delete(&self, owner: AccountId, media: MediaId) -> BoxFuture<'_, Result<(), StoreError>>;

    /// All that is stored, or all of one owner: for erasure, which must find what belongs to a person, and for the
    /// collection of what was stored while the event that should have told of it was never appended.
    fn list(&self, owner: Option<AccountId>) -> BoxStream<'_, Result<Held, StoreError>>;

    /// Where the store itself delivers the picture from, at least until `expires` if the store can tell the time;
    /// none if it doesn't deliver, and we do.
    fn cdn_url(&self, media: MediaId, variant: Variant, expires: DateTime<Utc>) -> Option<String>;
}

/// A picture on its way into a store.
#[derive(Clone)]
pub struct Picture {
    /// Whose.
    pub owner: AccountId,
    /// Which.
    pub media: MediaId,
    /// How it is encoded.
    pub format: Format,
    /// The picture.
    pub original: Bytes,
    /// The same in the middle size, where that is smaller.
    pub medium: Option<Bytes>,
    /// The small still of it.
    pub thumbnail: Bytes,
}

impl Picture {
    /// The bytes of one size, where it is one of its own.
    pub fn variant(&self, variant: Variant) -> Option<&Bytes> {
        match variant {
            Variant::Original => Some(&self.original),
            Variant::Medium => self.medium.as_ref(),
            Variant::Thumbnail => Some(&self.thumbnail),
        }
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture")
            .field("media", &self.media)
            .field("format", &self.format)
            .field("bytes", &self.original.len())
            .finish_non_exhaustive()
    }
}

/// What a store holds of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// Whose.
    pub owner: AccountId,
    /// Which.
    pub media: MediaId,
    /// When it was stored, the last time if it was stored again.
    pub stored_at: DateTime<Utc>,
}

/// One size of a picture, on its way out.
pub struct Content {
    /// What it is, told by its bytes.
    pub format: Format,
    /// How many bytes it has.
    pub bytes: u64,
    /// The bytes.
    pub body: BoxStream<'static, Result<Bytes, StoreError>>,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("format", &self.format)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl Content {
    /// Looks at the first bytes of a body to tell what it is.
    async fn sniffed(
        bytes: u64,
        mut body: BoxStream<'static, Result<Bytes, StoreError>>,
    ) -> Result<Self, StoreError> {
        let mut start = BytesMut::new();
        while start.len() < SNIFFED {
            match body.try_next().await? {
                Some(chunk) => start.extend_from_slice(&chunk),
                None => break,
            }
        }
        let format = format_of(&start).ok_or(StoreError::NotAPicture)?;
        let start = stream::iter([Ok(start.freeze())]);
        Ok(Self {
            format,
            bytes,
            body: start.chain(body).boxed(),
        })
    }

    /// All the bytes at once.
    pub async fn read(self) -> Result<Bytes, StoreError> {
        let whole = self
            .body
            .try_fold(BytesMut::new(), |mut whole, chunk| async move {
                whole.extend_from_slice(&chunk);
                Ok(whole)
            });
        Ok(whole.await?.freeze())
    }
}

/// Why a store didn't do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It can't be reached, doesn't answer in time or is in trouble. Worth trying again.
    #[error("the media store is unavailable")]
    Unavailable(#[source] Cause),
    /// It doesn't accept our credentials. Lasting, until the configuration is put right.
    #[error("the media store refuses our credentials")]
    Unauthorized(#[source] Cause),
    /// It doesn't do what was asked, and won't. Lasting.
    #[error("the media store refused")]
    Refused(#[source] Cause),
    /// Something else is stored under this id.
    #[error("another picture is stored under this id")]
    Occupied,
    /// What is stored isn't a picture.
    #[error("what is stored is not a picture")]
    NotAPicture,
}

impl StoreError {
    /// Whether the same may succeed in a moment.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Unauthorized(_) | Self::Refused(_) | Self::Occupied | Self::NotAPicture => false,
        }
    }
}

/// Why a store can't be opened.
#[derive(Debug, thiserror::Error)]
#[error("the media store can't be opened: {reason}")]
pub struct OpenError {
    reason: String,
    #[source]
    cause: Option<Cause>,
}

impl OpenError {
    fn new(reason: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self {
            reason: reason.into(),
            cause: Some(cause.into()),
        }
    }
}
