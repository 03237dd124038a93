//! Taking a picture in, from the first byte to the store.
//!
//! In two steps, because a caller has something to do between them: [`MediaService::receive`] reads the upload and
//! gives its digest, by which a repeat of an earlier request is recognised and answered without any work;
//! [`MediaService::accept`] processes and stores it, after which the event may be appended.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use clap::Args;
use events::media::{Description, Format, Uploaded};
use events::{AccountId, MediaId, Personal};
use futures::{Stream, StreamExt};
use platform::shares::{Budget, Share, Shares};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::process::workers::{Busy, Capacity, WorkError, Workers};
use crate::process::{self, MAX_BYTES, Refusal};
use crate::store::{Picture, Store, StoreError};

/// How long an upload may stand still, and how long it may take in all: 10 MiB at about 90 KiB a second.
const IDLE: Duration = Duration::from_secs(15);
const WHOLE: Duration = Duration::from_mins(2);
/// The unit in which the memory of uploads is counted.
const KIB: usize = 1024;

/// When to try again after too many pictures at once: one takes a second or two.
const SOON: Duration = Duration::from_secs(2);
/// The unit in which decoding is charged.
const MEGAPIXEL: u64 = 1_000_000;

/// How much may be done at once, and how much of it by one account.
#[derive(Clone, Debug, Args)]
pub struct UploadLimits {
    /// How many pictures are processed at once. Each takes a core, and for the largest ones half a gigabyte.
    #[arg(long, env = "ECHO_MEDIA_THREADS", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    pub media_threads: u16,
    /// How many more may wait for it before uploads answer 503.
    #[arg(long, env = "ECHO_MEDIA_QUEUE", default_value_t = 64)]
    pub media_queue: u16,
    /// How many MiB of uploads may be in memory at once before further ones answer 503.
    #[arg(long, env = "ECHO_MEDIA_MEMORY_MIB", default_value_t = 256, value_parser = clap::value_parser!(u16).range(10..))]
    pub media_memory_mib: u16,
    /// How many pictures of one account are processed at once.
    #[arg(long, env = "ECHO_MEDIA_THREADS_PER_ACCOUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub media_threads_per_account: u16,
    /// How many pictures of one account may be processed or wait for it before its uploads answer 429. A post has up
    /// to 20.
    #[arg(long, env = "ECHO_MEDIA_QUEUE_PER_ACCOUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    pub media_queue_per_account: u16,
    /// How many MiB of uploads of one account may be in memory at once before further ones answer 429.
    #[arg(long, env = "ECHO_MEDIA_MEMORY_PER_ACCOUNT_MIB", default_value_t = 100, value_parser = clap::value_parser!(u16).range(10..))]
    pub media_memory_per_account_mib: u16,
    /// How many megapixels one account may have decoded in a minute, for long; beyond them its uploads answer 429.
    #[arg(long, env = "ECHO_MEDIA_MEGAPIXELS_PER_MINUTE", default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..))]
    pub media_megapixels_per_minute: u32,
    /// How many of them it may have decoded at once: as many as twenty of the largest pictures have.
    #[arg(long, env = "ECHO_MEDIA_MEGAPIXELS_BURST", default_value_t = 800, value_parser = clap::value_parser!(u32).range(1..))]
    pub media_megapixels_burst: u32,
}

/// Takes pictures in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MediaService {
    store: Arc<dyn Store>,
    workers: Workers<AccountId>,
    /// One permit for each KiB of uploads in memory.
    memory: Arc<Semaphore>,
    /// The same of each account.
    memory_of_accounts: Shares<AccountId>,
    /// Pixels to decode.
    work: Arc<Budget<AccountId>>,
}

/// A whole upload, of which nothing is known yet but its bytes.
pub struct Upload {
    bytes: Bytes,
    digest: [u8; 32],
    /// Its share of the memory, until it is gone.
    _memory: Memory,
}

/// The memory that an upload takes.
#[derive(Default)]
struct Memory {
    of_all: Option<OwnedSemaphorePermit>,
    of_account: Option<Share<AccountId>>,
}

impl Upload {
    /// The SHA-256 of the bytes as they came.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Whether it moves, and what is stored of it won't.
    pub fn loses_animation(&self) -> bool {
        process::loses_animation(&self.bytes)
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
    /// Too much of this account's is being done already, or was lately; worth trying again after this time.
    #[error("too many images of this account are being uploaded")]
    TooMany(Duration),
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
            workers: Workers::new(Capacity {
                threads: limits.media_threads.into(),
                queue: limits.media_queue.into(),
                threads_per_caller: limits.media_threads_per_account.into(),
                places_per_caller: limits.media_queue_per_account.into(),
            }),
            memory: Arc::new(Semaphore::new(usize::from(limits.media_memory_mib) * KIB)),
            memory_of_accounts: Shares::new(u64::from(limits.media_memory_per_account_mib) * 1024),
            work: Arc::new(Budget::new(
                u64::from(limits.media_megapixels_burst) * MEGAPIXEL,
                u64::from(limits.media_megapixels_per_minute) * MEGAPIXEL,
            )),
        }
    }

    /// Reads an upload of `owner` to its end, or to where it is known that it won't be taken.
    pub async fn receive<B, E>(
        &self,
        owner: AccountId,
        body: impl Stream<Item = Result<B, E>>,
    ) -> Result<Upload, UploadError>
    where
        B: AsRef<[u8]>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if self.workers.is_busy() {
            return Err(UploadError::Busy);
        }
        tokio::time::timeout(WHOLE, self.read(owner, body))
            .await
            .map_err(|_| UploadError::TooSlow)?
    }

    async fn read<B, E>(
        &self,
        owner: AccountId,
        body: impl Stream<Item = Result<B, E>>,
    ) -> Result<Upload, UploadError>
    where
        B: AsRef<[u8]>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut body = std::pin::pin!(body);
        let (mut bytes, mut memory) = (BytesMut::new(), Memory::default());
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
            self.account_for(owner, &mut memory, bytes.len() + chunk.len())?;
            hasher.update(chunk);
            bytes.extend_from_slice(chunk);
        }
        Ok(Upload {
            bytes: bytes.freeze(),
            digest: hasher.finalize().into(),
            _memory: memory,
        })
    }

    /// Makes `memory` large enough for `bytes`.
    fn account_for(&self, owner: AccountId, memory: &mut Memory, bytes: usize) -> Result<(), UploadError> {
        let has = memory
            .of_all
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let lacks = bytes.div_ceil(KIB).saturating_sub(has);
        // At most 10 MiB.
        let lacks = u32::try_from(lacks).unwrap_or(u32::MAX);
        let of_account = self.memory_of_accounts.take(owner, lacks.into());
        let of_account = of_account.ok_or(UploadError::TooMany(SOON))?;
        let of_all = self
            .memory
            .clone()
            .try_acquire_many_owned(lacks)
            .map_err(|_| UploadError::Busy)?;
        match &mut memory.of_account {
            Some(share) => share.merge(of_account),
            None => memory.of_account = Some(of_account),
        }
        match &mut memory.of_all {
            Some(share) => share.merge(of_all),
            None => memory.of_all = Some(of_all),
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
        let work = Arc::clone(&self.work);
        let job = move || {
            let pixels = process::work(&upload.bytes);
            work.spend(owner, pixels, Instant::now())
                .map_err(UploadError::TooMany)?;
            Ok::<_, UploadError>(process::process(&upload.bytes)?)
        };
        let processed = match self.workers.run(owner, job).await {
            Ok(processed) => processed?,
            Err(WorkError::Busy(Busy::All)) => return Err(UploadError::Busy),
            Err(WorkError::Busy(Busy::Caller)) => return Err(UploadError::TooMany(SOON)),
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
            medium: processed.medium.map(Bytes::from),
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
