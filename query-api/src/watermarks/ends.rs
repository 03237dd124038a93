//! The ends of the streams, to tell a position that some event has from an invented one.
//!
//! A stream's leader is asked, and only where a read names a position far beyond all that was ever heard of. Reads that
//! come while it is asked share the next answer.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_nats::Client;
use events::{Namespace, Position, Stream};
use tokio::{sync::Mutex, time::Instant};

/// The longest that an answer may take. Without one nothing is known to be invented.
const TIME_LIMIT: Duration = Duration::from_secs(1);

/// The streams' ends, as far as they are known.
#[derive(Debug)]
pub(crate) struct Ends {
    /// The distance beyond a stream's end at which a position may be. The leader that is asked may have been cut off
    /// from the one that has just acknowledged it.
    margin: u64,
    bus: OnceLock<(Client, Namespace)>,
    streams: [End; Stream::ALL.len()],
}

/// One stream's.
#[derive(Debug, Default)]
struct End {
    /// The highest sequence that it is known to have had.
    known: AtomicU64,
    /// The moment when it was last asked for. An answer is good for who came before that.
    asked: Mutex<Option<Instant>>,
}

impl Ends {
    /// Knows nothing yet.
    pub(crate) fn new(margin: u64) -> Self {
        Self {
            margin,
            bus: OnceLock::new(),
            streams: Default::default(),
        }
    }

    /// Asks on this connection from now on.
    pub(crate) fn ask_on(&self, client: Client, namespace: Namespace) {
        // There is one connection for the whole life of the process.
        self.bus.get_or_init(|| (client, namespace));
    }

    /// The stream has come at least so far.
    pub(super) fn heard(&self, position: Position) {
        let end = &self.streams[position.stream as usize];
        // Each read says so, and mostly nothing new.
        if end.known.load(Ordering::Relaxed) < position.sequence {
            end.known.fetch_max(position.sequence, Ordering::Relaxed);
        }
    }

    /// True if no event can have this position.
    pub(super) async fn are_before(&self, position: Position) -> bool {
        let end = &self.streams[position.stream as usize];
        let is_beyond = || {
            let known = end.known.load(Ordering::Relaxed);
            position.sequence > known.saturating_add(self.margin)
        };
        if !is_beyond() {
            return false;
        }
        let Some((client, namespace)) = self.bus.get() else {
            return false;
        };
        let came = Instant::now();
        let mut asked = end.asked.lock().await;
        if is_beyond() && asked.is_none_or(|asked| asked < came) {
            let now = Instant::now();
            let answer = events::last_position(client, namespace, position.stream);
            match tokio::time::timeout(TIME_LIMIT, answer).await {
                Ok(Ok(last)) => {
                    self.heard(last);
                    *asked = Some(now);
                }
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the end of a stream can't be read");
                    return false;
                }
                Err(late) => {
                    tracing::warn!(error = %late, "the end of a stream can't be read");
                    return false;
                }
            }
        }
        is_beyond()
    }
}
