//! How far the shards that this process owns are behind their streams.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use events::{EventStore, Position, Stream};
use platform::shutdown::Shutdown;

use crate::engine::health::{Lack, Meter, ShardHealth};

/// How often the streams are asked for their end. Asking costs the server more than a message does.
const ASK_EVERY: Duration = Duration::from_secs(15);
/// Stands for a shard that this process doesn't own.
const NOT_OWNED: u64 = u64::MAX;

/// Up to where a shard has considered its stream, if this process owns it.
#[derive(Debug)]
pub(crate) struct Watermark(AtomicU64);

impl Watermark {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(NOT_OWNED))
    }

    pub(crate) fn own(&self, position: u64) {
        self.0.store(position, Ordering::Relaxed);
    }

    pub(crate) fn advance(&self, position: u64) {
        self.0.store(position, Ordering::Relaxed);
    }

    pub(crate) fn release(&self) {
        self.0.store(NOT_OWNED, Ordering::Relaxed);
    }

    fn position(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|position| *position != NOT_OWNED)
    }
}

/// One shard to watch.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) projection: &'static str,
    pub(crate) version: u32,
    pub(crate) stream: Stream,
    pub(crate) watermark: Arc<Watermark>,
    pub(crate) health: ShardHealth,
    pub(crate) meter: Arc<Meter>,
}

/// All shards to watch; they come and go with versions.
#[derive(Default)]
pub(crate) struct WatchList(Mutex<Vec<Watched>>);

impl WatchList {
    pub(crate) fn add(&self, watched: Watched) {
        self.lock().push(watched);
    }

    /// A version was dropped.
    pub(crate) fn forget(&self, projection: &str, version: u32) {
        self.lock()
            .retain(|watched| (watched.projection, watched.version) != (projection, version));
    }

    fn of(&self, stream: Stream) -> Vec<Watched> {
        let watched = self.lock();
        watched
            .iter()
            .filter(|shard| shard.stream == stream)
            .cloned()
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches until the process ends.
pub(crate) async fn run(store: Arc<EventStore>, watched: Arc<WatchList>, shutdown: Shutdown) {
    let mut ends: [Option<u64>; Stream::ALL.len()] = [None; Stream::ALL.len()];
    loop {
        tokio::select! {
            () = tokio::time::sleep(ASK_EVERY) => {}
            () = shutdown.begun() => return,
        }
        for stream in Stream::ALL {
            let shards = watched.of(stream);
            if shards.is_empty() {
                continue;
            }
            let end = match store.last_position(stream).await {
                Ok(end) => end.sequence,
                Err(error) => {
                    tracing::warn!(%error, "the stream's end can't be told");
                    continue;
                }
            };
            let before = ends[stream as usize].replace(end);
            for shard in &shards {
                look(shard, end, before);
            }
        }
    }
}

/// A shard lags if it hasn't come to where the stream ended when it was last asked.
fn look(shard: &Watched, end: u64, before: Option<u64>) {
    let Some(position) = shard.watermark.position() else {
        shard.meter.behind(0);
        shard.health.clear(&[Lack::Lag]);
        return;
    };
    let behind = end.saturating_sub(position);
    shard.meter.behind(behind);
    if position > end {
        // Another stream than the one that the documents were built from.
        let end = Position::new(shard.stream, end);
        let why = format!(
            "its checkpoint is {}, but the stream ends at {end}",
            position - end.sequence
        );
        shard.health.lacks(Lack::Lag, why);
    } else if before.is_some_and(|before| position < before) {
        let why = format!("{behind} events behind, more than {} s", ASK_EVERY.as_secs());
        shard.health.lacks(Lack::Lag, why);
    } else {
        shard.health.clear(&[Lack::Lag]);
    }
}
