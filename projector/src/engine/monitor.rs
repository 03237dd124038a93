//! How far the shards that this process owns are behind their streams.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use events::{EventStore, Position, Stream};
use platform::shutdown::Shutdown;

use crate::engine::health::{Health, Lack, Meter};

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
pub(crate) struct Watched {
    pub(crate) stream: Stream,
    pub(crate) shard: u32,
    pub(crate) watermark: Arc<Watermark>,
    pub(crate) health: Arc<Health>,
    pub(crate) meter: Arc<Meter>,
}

/// Watches until the process ends.
pub(crate) async fn run(store: Arc<EventStore>, watched: Vec<Watched>, shutdown: Shutdown) {
    let mut ends: [Option<u64>; Stream::ALL.len()] = [None; Stream::ALL.len()];
    loop {
        tokio::select! {
            () = tokio::time::sleep(ASK_EVERY) => {}
            () = shutdown.begun() => return,
        }
        for stream in Stream::ALL {
            let shards = || watched.iter().filter(|shard| shard.stream == stream);
            if shards().next().is_none() {
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
            for shard in shards() {
                look(shard, end, before);
            }
        }
    }
}

/// A shard lags if it hasn't come to where the stream ended when it was last asked.
fn look(shard: &Watched, end: u64, before: Option<u64>) {
    let Some(position) = shard.watermark.position() else {
        shard.meter.behind(0);
        shard.health.clear(shard.shard, &[Lack::Lag]);
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
        shard.health.lacks(shard.shard, Lack::Lag, why);
    } else if before.is_some_and(|before| position < before) {
        let why = format!("{behind} events behind, more than {} s", ASK_EVERY.as_secs());
        shard.health.lacks(shard.shard, Lack::Lag, why);
    } else {
        shard.health.clear(shard.shard, &[Lack::Lag]);
    }
}
