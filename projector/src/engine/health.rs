//! What operators see: readiness of each projection, and metrics.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use metrics::{Counter, Gauge, Histogram, Unit, counter, gauge, histogram};
use platform::health::Component;

use crate::Shard;

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
/// 1 while an event that can't be applied holds the shard up.
const STUCK: &str = "projector_shard_stuck";

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
        STUCK,
        "Whether an event that can't be applied holds the shard up."
    );
}

/// What can stand in a shard's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lack {
    /// Nobody is known to own the shard.
    Owner,
    /// The stream can't be read.
    Events,
    /// Keys can't be had.
    Keys,
    /// The database can't be read or written.
    Database,
    /// An event can't be decoded or applied.
    Event,
    /// The shard is far behind the stream.
    Lag,
}

impl Lack {
    const fn label(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Events => "events",
            Self::Keys => "keys",
            Self::Database => "database",
            Self::Event => "event",
            Self::Lag => "lag",
        }
    }
}

/// The readiness of one projection: of all its shards.
#[derive(Debug)]
pub(crate) struct Health {
    component: Component,
    lacks: Mutex<BTreeMap<(u32, Lack), String>>,
}

impl Health {
    /// Nothing is known of any shard yet.
    pub(crate) fn new(component: Component) -> Self {
        Self {
            component,
            lacks: Mutex::default(),
        }
    }

    /// Something stands in the shard's way.
    pub(crate) fn lacks(&self, shard: u32, lack: Lack, why: String) {
        self.change(|lacks| {
            lacks.insert((shard, lack), why);
        });
    }

    /// It doesn't any more.
    pub(crate) fn clear(&self, shard: u32, cleared: &[Lack]) {
        self.change(|lacks| {
            for lack in cleared {
                lacks.remove(&(shard, *lack));
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<(u32, Lack), String>)) {
        let mut lacks = self.lacks.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut lacks);
        if lacks.is_empty() {
            self.component.ok();
            return;
        }
        let told: Vec<_> = lacks
            .iter()
            .map(|((shard, _), why)| format!("shard {shard}: {why}"))
            .collect();
        self.component.lacks(told.join("; "));
    }
}

/// The metrics of one shard, looked up once.
#[derive(Debug)]
pub(crate) struct Meter {
    labels: [(&'static str, String); 2],
    events: Counter,
    writes: Counter,
    batch_events: Histogram,
    batch_seconds: Histogram,
    lag_seconds: Histogram,
    lag_events: Gauge,
    owned: Gauge,
    lost: Counter,
    stuck: Gauge,
}

impl Meter {
    pub(crate) fn new(projection: &'static str, shard: Shard) -> Self {
        let labels = [
            ("projection", projection.to_owned()),
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
            stuck: gauge!(STUCK, &labels),
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
        self.stuck.set(0.0);
    }

    /// Events were considered that change nothing here.
    pub(crate) fn passed(&self, events: usize) {
        self.events.increment(events as u64);
        self.stuck.set(0.0);
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
        if lack == Lack::Event {
            self.stuck.set(1.0);
        }
    }
}
