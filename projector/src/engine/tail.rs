//! The end of a stream, read once for all shards of the process that have come so far: else the server would bring
//! each event to each of them.
//!
//! It is read while somebody follows it, by a consumer of this process alone, and kept for a moment in memory. Whoever
//! isn't there yet, or is too slow, reads by a consumer of their own; so does everybody while this one is broken.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use events::{BatchLimits, EventStore, LoadError, RawEvent, ReadError, Stream};
use platform::shutdown::Shutdown;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use crate::engine::source::CONSUMER_KEPT;

/// So many events are kept: some batches, for shards that wait for the database.
const EVENTS: usize = 4_000;
/// And at most about so many bytes of bodies.
const BYTES: usize = 16 << 20;
/// The pause before it is tried again to read.
const PAUSE: Duration = Duration::from_secs(1);

/// The end of one stream, as far as it is known here.
#[derive(Debug)]
pub(crate) struct Tail {
    window: Mutex<Window>,
    /// Changes with the window.
    state: watch::Sender<State>,
    /// How many follow it.
    followers: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Window {
    events: VecDeque<Arc<RawEvent>>,
    bytes: usize,
    /// It holds every event after this one; nothing while it isn't read.
    after: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    is_read: bool,
    last: u64,
}

/// Has a tail read, for as long as it lives.
pub(crate) struct Follower(Arc<Tail>);

impl Follower {
    pub(crate) fn new(tail: Arc<Tail>) -> Self {
        tail.followers.send_modify(|followers| *followers += 1);
        Self(tail)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.followers.send_modify(|followers| *followers -= 1);
    }
}

impl std::ops::Deref for Follower {
    type Target = Tail;

    fn deref(&self) -> &Tail {
        &self.0
    }
}

impl Tail {
    pub(crate) fn new() -> Self {
        Self {
            window: Mutex::default(),
            state: watch::Sender::new(State::default()),
            followers: watch::Sender::new(0),
        }
    }

    /// Whether every event after `position` is or will be here.
    pub(crate) fn covers(&self, position: u64) -> bool {
        self.window().covers(position)
    }

    /// The events after `position`, at least one: as soon as there is one, but not before it is `due` unless they are
    /// many. Nothing if it doesn't cover `position`, or no longer.
    pub(crate) async fn next(
        &self,
        position: u64,
        due: Option<Instant>,
        limits: BatchLimits,
    ) -> Option<Vec<Arc<RawEvent>>> {
        let mut state = self.state.subscribe();
        let changed = state
            .wait_for(|state| !state.is_read || state.last > position)
            .await;
        // The sender is a part of this.
        changed.ok()?;
        if let Some(due) = due
            && self.window().after(position).count() < limits.events
        {
            sleep_until(due).await;
        }
        let window = self.window();
        if !window.covers(position) {
            return None;
        }
        let mut bytes = 0;
        let within = window.after(position).take(limits.events).take_while(|event| {
            let is_first = bytes == 0;
            bytes += event.body.len();
            is_first || bytes <= limits.bytes
        });
        Some(within.cloned().collect())
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is read from here on.
    fn begin(&self, after: u64) {
        *self.window() = Window {
            after: Some(after),
            ..Window::default()
        };
        self.state.send_replace(State {
            is_read: true,
            last: after,
        });
    }

    fn add(&self, events: Vec<RawEvent>) {
        let Some(last) = events.last().map(|event| event.position.sequence) else {
            return;
        };
        self.window().add(events);
        self.state.send_replace(State { is_read: true, last });
    }

    fn end(&self) {
        *self.window() = Window::default();
        self.state.send_replace(State::default());
    }
}

impl Window {
    fn covers(&self, position: u64) -> bool {
        self.after.is_some_and(|after| after <= position)
    }

    fn after(&self, position: u64) -> impl Iterator<Item = &Arc<RawEvent>> {
        let first = self
            .events
            .partition_point(|event| event.position.sequence <= position);
        self.events.range(first..)
    }

    fn add(&mut self, events: Vec<RawEvent>) {
        for event in events {
            self.bytes += event.body.len();
            self.events.push_back(Arc::new(event));
        }
        while self.events.len() > EVENTS || self.bytes > BYTES {
            let Some(oldest) = self.events.pop_front() else {
                return;
            };
            self.bytes -= oldest.body.len();
            self.after = Some(oldest.position.sequence);
        }
    }
}

/// Reads the tail of `stream` until the process ends.
pub(crate) async fn run(
    store: Arc<EventStore>,
    stream: Stream,
    tail: Arc<Tail>,
    limits: BatchLimits,
    shutdown: Shutdown,
) {
    let consumer = format!("tail-{}", platform::id::random());
    let mut followers = tail.followers.subscribe();
    while !shutdown.has_begun() {
        tokio::select! {
            () = how_many(&mut followers, |followers| followers > 0) => {}
            () = shutdown.begun() => return,
        }
        tokio::select! {
            read = read(&store, (stream, &consumer), &tail, limits) => {
                let Err(error) = read;
                tracing::warn!(stream = ?stream, %error, "its end can't be read for all; trying again");
            }
            () = how_many(&mut followers, |followers| followers == 0) => {}
            () = shutdown.begun() => {}
        }
        tail.end();
        store.delete_reader(stream, &consumer).await;
        tokio::select! {
            () = sleep(PAUSE) => {}
            () = shutdown.begun() => {}
        }
    }
}

/// Waits until so many follow.
async fn how_many(followers: &mut watch::Receiver<usize>, so_many: impl Fn(usize) -> bool) {
    // The sender is a part of the tail, which the caller holds.
    drop(followers.wait_for(|followers| so_many(*followers)).await);
}

/// Why the end of a stream can't be read.
#[derive(Debug, thiserror::Error)]
enum TailError {
    #[error(transparent)]
    Open(#[from] LoadError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

async fn read(
    store: &EventStore,
    (stream, consumer): (Stream, &str),
    tail: &Tail,
    limits: BatchLimits,
) -> Result<std::convert::Infallible, TailError> {
    // Each shard has a pace of its own.
    let limits = BatchLimits {
        pace: Duration::ZERO,
        ..limits
    };
    let after = store.last_position(stream).await?.sequence;
    let mut reader = store
        .reader(stream, consumer, after, CONSUMER_KEPT, limits)
        .await?;
    tail.begin(after);
    loop {
        tail.add(reader.next_batch(limits).await?);
    }
}

#[cfg(test)]
mod tests {
    use async_nats::HeaderMap;
    use events::Position;

    use super::*;

    const LIMITS: BatchLimits = BatchLimits {
        events: 3,
        bytes: usize::MAX,
        pace: Duration::ZERO,
    };

    fn events(sequences: std::ops::RangeInclusive<u64>) -> Vec<RawEvent> {
        let event = |sequence| RawEvent {
            position: Position::new(Stream::Events, sequence),
            subject: String::new(),
            headers: HeaderMap::new(),
            body: "something".into(),
        };
        sequences.map(event).collect()
    }

    fn read_from(after: u64) -> Tail {
        let tail = Tail::new();
        tail.begin(after);
        tail
    }

    async fn next(tail: &Tail, position: u64) -> Option<Vec<u64>> {
        let events = tail.next(position, None, LIMITS).await?;
        Some(events.iter().map(|event| event.position.sequence).collect())
    }

    #[tokio::test]
    async fn everybody_gets_every_event_from_where_they_are() {
        let tail = read_from(4);
        tail.add(events(5..=9));
        assert_eq!(next(&tail, 4).await, Some(vec![5, 6, 7]));
        assert_eq!(next(&tail, 7).await, Some(vec![8, 9]));
        assert_eq!(next(&tail, 8).await, Some(vec![9]));
        let waiting = next(&tail, 9);
        let (got, ()) = tokio::join!(waiting, async { tail.add(events(10..=10)) });
        assert_eq!(got, Some(vec![10]));
    }

    #[tokio::test]
    async fn who_is_not_there_yet_or_too_slow_has_to_read_alone() {
        let tail = read_from(4);
        assert!(!tail.covers(3) && tail.covers(4) && tail.covers(40));
        tail.add(events(5..=5_000));
        let kept = 5_000 - EVENTS as u64;
        assert!(!tail.covers(kept - 1) && tail.covers(kept));
        assert_eq!(next(&tail, 4).await, None);
        assert_eq!(next(&tail, kept).await, Some(vec![kept + 1, kept + 2, kept + 3]));
    }

    #[tokio::test]
    async fn nobody_waits_for_what_is_not_read_any_more() {
        let tail = read_from(4);
        let (got, ()) = tokio::join!(next(&tail, 4), async { tail.end() });
        assert_eq!(got, None);
        assert!(!tail.covers(4));
    }

    #[tokio::test]
    async fn a_batch_has_no_more_than_so_many_bytes_but_always_one_event() {
        let tail = read_from(0);
        tail.add(events(1..=3));
        let limits = BatchLimits { bytes: 1, ..LIMITS };
        let batch = tail.next(0, None, limits).await;
        assert_eq!(batch.map(|events| events.len()), Some(1));
    }

    #[test]
    fn it_is_read_while_somebody_follows() {
        let tail = Arc::new(Tail::new());
        let followers = tail.followers.subscribe();
        let two = [Follower::new(tail.clone()), Follower::new(tail)];
        assert_eq!(*followers.borrow(), 2);
        drop(two);
        assert_eq!(*followers.borrow(), 0);
    }
}
