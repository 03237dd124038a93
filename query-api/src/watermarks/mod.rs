//! How far the projections have come, kept in memory, and waiting until they have come far enough.
//!
//! A shard's watermark says that every event of its stream up to there has been applied. It is learnt from two
//! sides: from checkpoints in MongoDB ([`checkpoints`]), at the start, after a lost connection and each second while
//! somebody waits; and from what the projector announces over NATS after each commit ([`announcements`]), which is
//! what wakes those who wait. A watermark only ever rises, so the two may come in any order.

mod announcements;
mod checkpoints;
mod ends;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bson::Uuid;
use events::{Position, Positions, Stream};
use platform::shares::Shares;
use read_model::{Projection, engine::Progress, sequence};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

pub(crate) use announcements::listen;
pub(crate) use checkpoints::{Needs, refresh_when_needed};
pub(crate) use ends::Ends;

use crate::{
    asked::Asked,
    copies::{Copies, Era},
    parked::Parked,
};

/// What is known of the projections' progress; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Watermarks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    known: RwLock<HashMap<&'static str, Known>>,
    /// How many are waiting now.
    waiting: watch::Sender<u32>,
    max_waiting: u32,
    waiting_of_accounts: Shares<Option<Uuid>>,
    /// Rung when announcements may have been missed, or versions changed.
    missed: Notify,
    anything_parked: AtomicBool,
    copies: Copies,
    ends: Ends,
}

/// What is known of one projection.
#[derive(Debug, Default)]
struct Known {
    /// The version that readers use, and its number of shards.
    live: Option<(u32, u32)>,
    /// The watermarks of all versions' shards, so that a switch of versions finds them.
    marks: BTreeMap<(u32, u32), watch::Sender<u64>>,
    /// What is parked, by version; those of which nothing is are left out.
    parked: BTreeMap<u32, Arc<Parked>>,
}

/// What reads join without waiting for it: what is known of pictures, which are uploaded long before anything shows
/// them, and in another stream than messages.
const JOINED_ANYWAY: [&Projection; 1] = [&read_model::media::PROJECTION];

/// What a read is made of: versions of projections, and how far they had come before it.
#[derive(Debug, Clone)]
pub(crate) struct Reached {
    /// The live version of each projection that was asked about, and of those of [`JOINED_ANYWAY`] that are known.
    pub(crate) versions: Vec<Version>,
    /// Up to where all of them have applied their streams.
    pub(crate) positions: Positions,
    /// Whether that is as far as was asked.
    pub(crate) consistency: Consistency,
}

/// The version of a projection that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) projection: &'static str,
    pub(crate) number: u32,
    /// The era whose copies of its documents are as good as the database; none if the database is to be asked.
    pub(crate) era: Option<Era>,
}

/// Whether an answer has all that was asked to be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consistency {
    /// It has.
    Applied,
    /// The wait ran out; it may lack something.
    Stale,
}

impl Consistency {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Stale => "stale",
        }
    }
}

/// Why there is no answer about progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// This projection's progress isn't known yet.
    #[error("nothing is known yet of the projection {0}")]
    Unknown(&'static str),
    /// As many are waiting as may.
    #[error("too many reads are waiting")]
    TooManyWaiting,
    /// As many of this account's are waiting as may.
    #[error("too many reads of the account are waiting")]
    TooManyOfAccount,
    /// No event has this position, nor will one in the time that anybody waits.
    #[error("the stream does not go as far as {0}")]
    BeyondTheEnd(Position),
}

/// One projection's live version as it stood when it was looked at.
#[derive(Debug, Clone, Copy)]
struct Lane {
    projection: &'static Projection,
    version: Version,
    watermark: u64,
}

impl Lane {
    /// How far it has to come, if it hasn't come as far as was asked.
    fn behind(&self, asked: &Asked) -> Option<Position> {
        let target = asked.positions.in_stream(self.projection.stream)?;
        (self.watermark < target.sequence).then_some(target)
    }
}

impl Watermarks {
    /// Knows nothing yet. At most `max_waiting` may wait at once, and so many of one account.
    pub(crate) fn new(max_waiting: u32, of_account: u32, copies: Copies, ends: Ends) -> Self {
        Self(Arc::new(Inner {
            known: RwLock::default(),
            waiting: watch::Sender::new(0),
            max_waiting,
            waiting_of_accounts: Shares::new(of_account.into()),
            missed: Notify::new(),
            anything_parked: AtomicBool::new(false),
            copies,
            ends,
        }))
    }

    /// The ends of the streams, as far as they are known.
    pub(crate) fn ends(&self) -> &Ends {
        &self.0.ends
    }

    /// True if some event has this position, for all that is known.
    ///
    /// # Errors
    ///
    /// [`Refused::BeyondTheEnd`] if none can have it.
    pub(crate) async fn check(&self, position: Position) -> Result<(), Refused> {
        if self.0.ends.are_before(position).await {
            return Err(Refused::BeyondTheEnd(position));
        }
        Ok(())
    }

    /// The copies of documents, which are as good as the watermarks tell.
    pub(crate) fn copies(&self) -> &Copies {
        &self.0.copies
    }

    /// What an owner of a shard says.
    fn hear(&self, projection: &'static Projection, (version, shard): (u32, u32), word: &Progress) {
        let position = word.position.sequence;
        let changes = word.changes.as_ref();
        // First, so that nobody who is told of the watermark finds a copy from before it.
        self.0
            .copies
            .hear(projection, (version, shard), position, changes);
        self.advance(projection.name, version, shard, position);
    }

    /// Announcements may have been missed, and with them what changed.
    pub(crate) fn missed_words(&self) {
        self.0.copies.missed_some();
        self.missed_some();
    }

    /// The checkpoints and versions are to be read.
    fn missed_some(&self) {
        self.0.missed.notify_one();
    }

    /// A shard has come to `position` or further.
    fn advance(&self, projection: &'static str, version: u32, shard: u32, position: u64) {
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        let mark = known
            .entry(projection)
            .or_default()
            .marks
            .entry((version, shard))
            .or_insert_with(|| watch::Sender::new(0));
        mark.send_if_modified(|held| {
            let further = position > *held;
            *held = position.max(*held);
            further
        });
    }

    /// Readers use `version` of the projection from now on.
    fn switch(&self, projection: &'static str, version: u32, shards: u32) {
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        let live = &mut known.entry(projection).or_default().live;
        if *live != Some((version, shards)) {
            tracing::info!(
                projection.name = projection,
                projection.version = version,
                shards,
                "live"
            );
            *live = Some((version, shards));
        }
    }

    /// What is parked now of a projection's versions.
    fn park(&self, projection: &'static str, parked: BTreeMap<u32, Arc<Parked>>) {
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(projection).or_default().parked = parked;
        let anything = known.values().any(|known| !known.parked.is_empty());
        self.0.anything_parked.store(anything, Ordering::Relaxed);
    }

    /// Whether anything is parked at all.
    pub(crate) fn anything_is_parked(&self) -> bool {
        self.0.anything_parked.load(Ordering::Relaxed)
    }

    /// What is parked of these versions of projections.
    pub(crate) fn parked(&self, versions: &[Version]) -> Vec<Arc<Parked>> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        let parked = versions
            .iter()
            .filter_map(|version| known.get(version.projection)?.parked.get(&version.number));
        parked.cloned().collect()
    }

    fn lane(&self, projection: &'static Projection) -> Result<Lane, Refused> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        let unknown = Refused::Unknown(projection.name);
        let known = known.get(projection.name).ok_or(unknown)?;
        let (number, shards) = known.live.ok_or(unknown)?;
        let mark = |shard| known.marks.get(&(number, shard)).map(|mark| *mark.borrow());
        let marks = (0..shards).map(mark).collect::<Option<Vec<u64>>>();
        let marks = marks.ok_or(unknown)?;
        let version = Version {
            projection: projection.name,
            number,
            era: self.0.copies.era(projection.name, number, marks.iter().copied()),
        };
        let furthest = marks.iter().copied().max().unwrap_or_default();
        self.0.ends.heard(Position::new(projection.stream, furthest));
        Ok(Lane {
            projection,
            version,
            watermark: marks.into_iter().min().unwrap_or_default(),
        })
    }

    /// A view on the watermarks of a version's shards.
    fn shards(&self, version: Version) -> Vec<watch::Receiver<u64>> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        let marks = known
            .get(version.projection)
            .into_iter()
            .flat_map(|known| &known.marks);
        marks
            .filter(|((number, _), _)| *number == version.number)
            .map(|(_, mark)| mark.subscribe())
            .collect()
    }

    fn lanes(&self, projections: &[&'static Projection]) -> Result<Vec<Lane>, Refused> {
        projections
            .iter()
            .map(|projection| self.lane(projection))
            .collect()
    }

    /// Waits until every shard of `projections` has come as far as was asked, or the wait runs out. Positions in
    /// streams that none of the projections reads are none of their business.
    pub(crate) async fn reach(
        &self,
        projections: &[&'static Projection],
        asked: &Asked,
    ) -> Result<Reached, Refused> {
        let lanes = self.lanes(projections)?;
        let beside: Vec<Lane> = JOINED_ANYWAY
            .iter()
            .filter_map(|projection| self.lane(projection).ok())
            .collect();
        let are_behind = |lanes: &[Lane]| lanes.iter().any(|lane| lane.behind(asked).is_some());
        if !are_behind(&lanes) {
            return Ok(reached(&lanes, &beside, Consistency::Applied));
        }
        let deadline = Instant::now() + asked.wait;
        let share = self.0.waiting_of_accounts.take(asked.viewer, 1);
        let _share = share.ok_or(Refused::TooManyOfAccount)?;
        let _waiting = Waiting::begin(&self.0)?;
        for target in lanes.iter().filter_map(|lane| lane.behind(asked)) {
            self.check(target).await?;
        }
        let started = Instant::now();
        let mut lanes = lanes;
        let consistency = loop {
            let waited = tokio::time::timeout_at(deadline, self.catch_up(&lanes, asked)).await;
            // Another version may have gone live meanwhile, and it is that one which will be read.
            lanes = self.lanes(projections)?;
            if !are_behind(&lanes) {
                break Consistency::Applied;
            }
            if waited.is_err() {
                break Consistency::Stale;
            }
        };
        record_wait(consistency, started.elapsed());
        Ok(reached(&lanes, &beside, consistency))
    }

    async fn catch_up(&self, lanes: &[Lane], asked: &Asked) {
        for (lane, target) in lanes.iter().filter_map(|lane| Some((lane, lane.behind(asked)?))) {
            for mut shard in self.shards(lane.version) {
                // Its sender is never dropped, for marks are never forgotten.
                let _always_there = shard.wait_for(|position| *position >= target.sequence).await;
            }
        }
    }
}

fn reached(lanes: &[Lane], beside: &[Lane], consistency: Consistency) -> Reached {
    let positions = Stream::ALL.into_iter().filter_map(|stream| {
        let watermarks = lanes
            .iter()
            .filter(|lane| lane.projection.stream == stream)
            .map(|lane| lane.watermark);
        watermarks.min().map(|lowest| Position::new(stream, lowest))
    });
    Reached {
        versions: lanes.iter().chain(beside).map(|lane| lane.version).collect(),
        positions: positions.collect(),
        consistency,
    }
}

/// Counts one who waits, for as long as it lives.
struct Waiting<'a>(&'a Inner);

impl<'a> Waiting<'a> {
    fn begin(inner: &'a Inner) -> Result<Self, Refused> {
        let begun = inner.waiting.send_if_modified(|waiting| {
            let room = *waiting < inner.max_waiting;
            *waiting += u32::from(room);
            room
        });
        if begun {
            metrics::gauge!(WAITING).increment(1.0);
            Ok(Self(inner))
        } else {
            Err(Refused::TooManyWaiting)
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.send_modify(|waiting| *waiting -= 1);
        metrics::gauge!(WAITING).decrement(1.0);
    }
}

const WAITING: &str = "reads_waiting";
const WAIT_SECONDS: &str = "read_wait_duration_seconds";
const WATERMARK: &str = "projection_watermark";

/// Tells what the metrics of this module mean.
pub(crate) fn describe_metrics() {
    metrics::describe_gauge!(WAITING, "Reads that wait for a position to be applied.");
    metrics::gauge!(WAITING).increment(0.0);
    metrics::describe_histogram!(
        WAIT_SECONDS,
        metrics::Unit::Seconds,
        "How long reads waited for a position, by how it ended."
    );
    metrics::describe_gauge!(
        WATERMARK,
        "The sequence up to which the live version of a projection has applied its stream, as query-api knows it."
    );
}

fn record_wait(consistency: Consistency, waited: Duration) {
    metrics::histogram!(WAIT_SECONDS, "consistency" => consistency.as_str()).record(waited.as_secs_f64());
}

/// A checkpoint's position; a negative one, which nobody writes, counts as none.
fn from_checkpoint(position: i64) -> u64 {
    sequence(position)
}

#[cfg(test)]
mod tests;
