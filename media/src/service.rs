//! Taking a picture in, from the first byte to the store.
//!
//! In two steps, because a caller has something to do between them: [`MediaService::receive`] reads the upload and
//! gives its digest, by which a repeat of an earlier request is recognised and answered without any work;
//! [`MediaService::accept`] processes and stores it, after which the event may be appended.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use clap::Args;
use events::media::{Description, Format, Uploaded};
use events::{AccountId, MediaId, Personal};
use futures::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::process::workers::{WorkError, Workers};
use crate::process::{self, MAX_BYTES, Refusal};
use crate::store::{Picture, Store, StoreError};

/// How long an upload may stand still, and how long it may take in all: 10 MiB at about 90 KiB a second.
const IDLE: Duration = Duration::from_secs(15);
const WHOLE: Duration = Duration::from_mins(2);
/// The unit in which the memory of uploads is counted.
const KIB: usize = 1024;

/// How much may be done at once.
#[derive(Clone, Debug, Args)]
pub struct UploadLimits {
    /// How many pictures are processed at once. Each takes a core, and for the largest ones half a gigabyte.
    #[arg(long, env = "ECHO_MEDIA_THREADS", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    pub media_threads: u16,
    /// How many more may wait for it before uploads answer 503.
    #[arg(long, env = "ECHO_MEDIA_QUEUE", default_value_t = 16)]
    pub media_queue: u16,
    /// How many MiB of uploads may be in memory at once before further ones answer 503.
    #[arg(long, env = "ECHO_MEDIA_MEMORY_MIB", default_value_t = 256, value_parser = clap::value_parser!(u16).range(10..))]
    pub media_memory_mib: u16,
}

/// Takes pictures in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MediaService {
    store: Arc<dyn Store>,
    workers: Workers,
    /// One permit for each KiB of uploads in memory.
    memory: Arc<Semaphore>,
}

/// A whole upload, of which nothing is known yet but its bytes.
pub struct Upload {
    bytes: Bytes,
    digest: [u8; 32],
    /// Its share of the memory, until it is gone.
    _memory: Option<OwnedSemaphorePermit>,
}

impl Upload {
    /// The SHA-256 of the bytes as they came.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// A picture that is stored and ready to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Whose.
    pub owner: AccountId,
    /// Which.
    pub media: MediaId,
    /// How it is stored; not always as it was sent.
    pub format: Format,
    /// Its size in the store, in bytes.
    pub bytes: u64,
    /// In pixels, orientation applied.
    pub width: u32,
    /// In pixels, orientation applied.
    pub height: u32,
    /// A few colours to show until it is there.
    pub blurhash: String,
}

impl Accepted {
    /// The event that tells of it. `alt` says what it shows.
    pub fn into_event(self, alt: String) -> Uploaded {
        Uploaded {
            media: self.media,
            owner: self.owner,
            format: self.format,
            bytes: self.bytes,
            width: self.width,
            height: self.height,
            personal: Personal::Known(Description {
                blurhash: self.blurhash,
                alt,
            }),
        }
    }
}

/// Why a picture isn't taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The picture isn't one that we take.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too much is being done already. Nothing was stored; worth trying again in a few seconds.
    #[error("too many images are being uploaded")]
    Busy,
    /// The upload ended before it was complete.
    #[error("the upload broke off")]
    BrokenOff(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The upload stood still or took too long.
    #[error("the upload is too slow")]
    TooSlow,
    /// The picture can't be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MediaService {
    /// Stores pictures in `store`.
    pub fn new(store: Arc<dyn Store>, limits: &UploadLimits) -> Self {
        Self {
            store,
            workers: Workers::new(limits.media_threads.into(), limits.media_queue.into()),
            memory: Arc::new(Semaphore::new(usize::from(limits.media_memory_mib) * KIB)),
        }
    }

    /// Reads an upload to its end, or to where it is known that it won't be taken.
    pub async fn receive<B, E>(&self, body: impl Stream<Item = Result<B, E>>) -> Result<Upload, UploadError>
    where
        B: AsRef<[u8]>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if self.workers.is_busy() {
            return Err(UploadError::Busy);
        }
        tokio::time::timeout(WHOLE, self.read(body))
            .await
            .map_err(|_| UploadError::TooSlow)?
    }

    async fn read<B, E>(&self, body: impl Stream<Item = Result<B, E>>) -> Result<Upload, UploadError>
    where
        B: AsRef<[u8]>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut body = std::pin::pin!(body);
        let (mut bytes, mut memory) = (BytesMut::new(), None);
        let mut hasher = Sha256::new();
        while let Some(chunk) = tokio::time::timeout(IDLE, body.next())
            .await
            .map_err(|_| UploadError::TooSlow)?
        {
            let chunk = chunk.map_err(|error| UploadError::BrokenOff(error.into()))?;
            let chunk = chunk.as_ref();
            if bytes.len() + chunk.len() > MAX_BYTES {
                return Err(Refusal::TooLarge.into());
            }
            self.account_for(&mut memory, bytes.len() + chunk.len())?;
            hasher.update(chunk);
            bytes.extend_from_slice(chunk);
        }
        Ok(Upload {
            bytes: bytes.freeze(),
            digest: hasher.finalize().into(),
            _memory: memory,
        })
    }

    /// Makes `share` large enough for `bytes`.
    fn account_for(&self, share: &mut Option<OwnedSemaphorePermit>, bytes: usize) -> Result<(), UploadError> {
        let has = share.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let lacks = bytes.div_ceil(KIB).saturating_sub(has);
        // At most 10 MiB.
        let lacks = u32::try_from(lacks).unwrap_or(u32::MAX);
        let more = self
            .memory
            .clone()
            .try_acquire_many_owned(lacks)
            .map_err(|_| UploadError::Busy)?;
        match share {
            Some(share) => share.merge(more),
            None => *share = Some(more),
        }
        Ok(())
    }

    /// Processes an upload and stores it as the picture `media` of `owner`.
    ///
    /// Repeating it with the same bytes is harmless. With other bytes it is [`StoreError::Occupied`]: then `media` was
    /// derived from an idempotency key that came with something else before.
    pub async fn accept(
        &self,
        owner: AccountId,
        media: MediaId,
        upload: Upload,
    ) -> Result<Accepted, UploadError> {
        let processed = match self.workers.run(move || process::process(&upload.bytes)).await {
            Ok(processed) => processed?,
            Err(WorkError::Busy(_)) => return Err(UploadError::Busy),
            Err(WorkError::Panicked) => {
                tracing::error!(media.id = %media, "a decoder panicked");
                return Err(Refusal::Unreadable.into());
            }
        };
        let accepted = Accepted {
            owner,
            media,
            format: processed.format,
            bytes: processed.original.len() as u64,
            width: processed.width,
            height: processed.height,
            blurhash: processed.blurhash,
        };
        let picture = Picture {
            owner,
            media,
            format: processed.format,
            original: processed.original.into(),
            thumbnail: processed.thumbnail.into(),
        };
        self.store.put(picture).await?;
        Ok(accepted)
    }

    /// Where the pictures go: for deleting them, and for finding what nobody refers to.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
}
