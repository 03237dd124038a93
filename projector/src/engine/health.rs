//! What operators see: readiness of each projection, and metrics.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use metrics::{Counter, Gauge, Histogram, Unit, counter, gauge, histogram};
use platform::health::Component;

use crate::{Shard, engine::live::Live};

/// Events considered, those of foreign aggregates apart.
const EVENTS: &str = "projector_events_total";
/// Documents written or deleted.
const WRITES: &str = "projector_document_writes_total";
/// Events in a transaction.
const BATCH_EVENTS: &str = "projector_batch_events";
/// From the first read to the commit.
const BATCH_SECONDS: &str = "projector_batch_duration_seconds";
/// From the append of a batch's last event to its commit.
const LAG_SECONDS: &str = "projector_lag_seconds";
/// Events between the checkpoint and the stream's end.
const LAG_EVENTS: &str = "projector_lag_events";
/// 1 for a shard that this process owns.
const OWNED: &str = "projector_shard_owned";
/// Ownerships that another process ended.
const LOST: &str = "projector_ownerships_lost_total";
/// Failures, by what failed.
const FAILURES: &str = "projector_failures_total";
/// Events that could not be applied, and those that wait behind them.
const PARKED: &str = "projector_parked_events";

/// Names and explains the metrics; once, before the first is recorded.
pub(crate) fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_counter!(EVENTS, "Events applied, by projection and shard.");
    describe_counter!(WRITES, "Documents written or deleted, by projection and shard.");
    describe_histogram!(BATCH_EVENTS, "Events applied in one transaction.");
    describe_histogram!(
        BATCH_SECONDS,
        Unit::Seconds,
        "How long a batch took to load, apply and commit."
    );
    describe_histogram!(
        LAG_SECONDS,
        Unit::Seconds,
        "From the append of the last event of a batch until it was applied."
    );
    describe_gauge!(
        LAG_EVENTS,
        "Events between the checkpoint and the end of the stream."
    );
    describe_gauge!(OWNED, "Whether this process owns the shard.");
    describe_counter!(
        LOST,
        "Shards that were taken over by another process while this one held them."
    );
    describe_counter!(FAILURES, "Failures that are being retried, by what failed.");
    describe_gauge!(
        PARKED,
        "Events that could not be applied, and those of the same keys that wait behind them."
    );
}

/// What can stand in a shard's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lack {
    /// Nobody is known to own the shard.
    Owner,
    /// The stream can't be read.
    Events,
    /// The stream lacks an event that was acknowledged.
    Damage,
    /// Keys can't be had.
    Keys,
    /// The database can't be read or written.
    Database,
    /// An event can't be decoded or applied, and is being tried again.
    Event,
    /// Events are parked.
    Parked,
    /// The shard is far behind the stream.
    Lag,
}

impl Lack {
    const fn label(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Events => "events",
            Self::Damage => "damage",
            Self::Keys => "keys",
            Self::Database => "database",
            Self::Event => "event",
            Self::Parked => "parked",
            Self::Lag => "lag",
        }
    }
}

/// The readiness of one projection: of all shards of the version that readers use. What another version lacks is
/// remembered, for the moment when readers are sent to it.
#[derive(Debug)]
pub(crate) struct Health {
    component: Component,
    live: Arc<Live>,
    lacks: Mutex<BTreeMap<(u32, u32, Lack), String>>,
}

/// The part of one shard.
#[derive(Clone, Debug)]
pub(crate) struct ShardHealth {
    projection: Arc<Health>,
    version: u32,
    shard: u32,
}

/// Stands for no version, where nothing can be known of versions.
const NO_VERSION: u32 = 0;

impl Health {
    /// Nothing is known of any shard yet.
    pub(crate) fn new(component: Component, live: Arc<Live>) -> Self {
        Self {
            component,
            live,
            lacks: Mutex::default(),
        }
    }

    /// The part of one shard.
    pub(crate) fn of(self: &Arc<Self>, version: u32, shard: u32) -> ShardHealth {
        ShardHealth {
            projection: self.clone(),
            version,
            shard,
        }
    }

    /// Nothing at all is known: the database doesn't answer.
    pub(crate) fn database_is_away(&self, why: String) {
        self.change(|lacks| {
            lacks.insert((NO_VERSION, 0, Lack::Database), why);
        });
    }

    /// The database answers again.
    pub(crate) fn database_answers(&self) {
        self.change(|lacks| {
            lacks.remove(&(NO_VERSION, 0, Lack::Database));
        });
    }

    /// A version was dropped.
    pub(crate) fn forget(&self, version: u32) {
        self.change(|lacks| lacks.retain(|(of, _, _), _| *of != version));
    }

    /// Readers were sent to another version.
    pub(crate) fn refresh(&self) {
        self.change(|_| {});
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<(u32, u32, Lack), String>)) {
        let mut lacks = self.lacks.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut lacks);
        let told: Vec<_> = lacks
            .iter()
            .filter(|((version, _, _), _)| *version == NO_VERSION || self.live.is(*version))
            .map(|((_, shard, _), why)| format!("shard {shard}: {why}"))
            .collect();
        if told.is_empty() {
            self.component.ok();
        } else {
            self.component.lacks(told.join("; "));
        }
    }
}

impl ShardHealth {
    /// Something stands in the shard's way.
    pub(crate) fn lacks(&self, lack: Lack, why: String) {
        self.projection.change(|lacks| {
            lacks.insert((self.version, self.shard, lack), why);
        });
    }

    /// It doesn't any more.
    pub(crate) fn clear(&self, cleared: &[Lack]) {
        self.projection.change(|lacks| {
            for lack in cleared {
                lacks.remove(&(self.version, self.shard, *lack));
            }
        });
    }
}

/// The metrics of one shard, looked up once.
#[derive(Debug)]
pub(crate) struct Meter {
    labels: [(&'static str, String); 3],
    events: Counter,
    writes: Counter,
    batch_events: Histogram,
    batch_seconds: Histogram,
    lag_seconds: Histogram,
    lag_events: Gauge,
    owned: Gauge,
    lost: Counter,
    parked: Gauge,
}

impl Meter {
    pub(crate) fn new(projection: &'static str, version: u32, shard: Shard) -> Self {
        let labels = [
            ("projection", projection.to_owned()),
            ("version", version.to_string()),
            ("shard", shard.index.to_string()),
        ];
        Self {
            events: counter!(EVENTS, &labels),
            writes: counter!(WRITES, &labels),
            batch_events: histogram!(BATCH_EVENTS, &labels),
            batch_seconds: histogram!(BATCH_SECONDS, &labels),
            lag_seconds: histogram!(LAG_SECONDS, &labels),
            lag_events: gauge!(LAG_EVENTS, &labels),
            owned: gauge!(OWNED, &labels),
            lost: counter!(LOST, &labels),
            parked: gauge!(PARKED, &labels),
            labels,
        }
    }

    /// Events were applied and committed.
    pub(crate) fn committed(&self, events: usize, writes: usize, took: Duration, lag: Duration) {
        self.events.increment(events as u64);
        self.writes.increment(writes as u64);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a batch has at most some thousand events"
        )]
        self.batch_events.record(events as f64);
        self.batch_seconds.record(took.as_secs_f64());
        self.lag_seconds.record(lag.as_secs_f64());
    }

    /// Events were considered that change nothing here.
    pub(crate) fn passed(&self, events: usize) {
        self.events.increment(events as u64);
    }

    pub(crate) fn behind(&self, events: u64) {
        #[expect(clippy::cast_precision_loss, reason = "no stream has 2^52 events")]
        self.lag_events.set(events as f64);
    }

    pub(crate) fn owned(&self, owned: bool) {
        self.owned.set(if owned { 1.0 } else { 0.0 });
    }

    pub(crate) fn lost(&self) {
        self.lost.increment(1);
    }

    pub(crate) fn failed(&self, lack: Lack) {
        let mut labels = self.labels.to_vec();
        labels.push(("what", lack.label().to_owned()));
        counter!(FAILURES, &labels).increment(1);
    }

    pub(crate) fn parked(&self, events: usize) {
        #[expect(clippy::cast_precision_loss, reason = "nobody parks 2^52 events")]
        self.parked.set(events as f64);
    }
}
