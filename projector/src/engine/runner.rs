//! One shard in one process: waits for it, owns it, follows the stream, lets it go.

use std::{sync::Arc, time::Duration};

use events::{EventStore, Position, Recorded};
use mongodb::Database;
use platform::shutdown::Shutdown;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    Projection, Shard,
    engine::{
        Settings,
        documents::Documents,
        health::{Lack, Meter, ShardHealth},
        live::Live,
        monitor::Watermark,
        ownership::{Limits, Ownership, OwnershipError, Stores},
        parking::Letters,
        record::Records,
        source::{self, Batch, Source, SourceError},
        tail::Tail,
        trouble::{Pause, Poison, TRIES, Trouble},
    },
};

/// How often a shard that another process owns is tried.
const TRY_EVERY: Duration = Duration::from_millis(500);
/// How soon a lease that could not be renewed is tried again.
const KEEP_AGAIN: Duration = Duration::from_millis(100);
/// How often a shard that may not go on looks whether it may.
const HOLD_LOOK: Duration = Duration::from_millis(50);
/// How often the wishes about parked events are looked up, while there are any.
const TEND_EVERY: Duration = Duration::from_millis(500);

/// Everything that one shard's runner works with.
pub(crate) struct Runner {
    pub(crate) projection: Arc<dyn Projection>,
    pub(crate) version: u32,
    pub(crate) shard: Shard,
    pub(crate) store: Arc<EventStore>,
    pub(crate) database: Database,
    pub(crate) records: Records,
    pub(crate) settings: Arc<Settings>,
    pub(crate) health: ShardHealth,
    pub(crate) meter: Arc<Meter>,
    pub(crate) watermark: Arc<Watermark>,
    pub(crate) live: Arc<Live>,
    /// The end of the stream, where all shards of the process come to read it together.
    pub(crate) tail: Arc<Tail>,
    /// Of the process, or of the version when it is dropped.
    pub(crate) end: Shutdown,
}

impl Runner {
    /// Runs until the process ends or the version is dropped.
    pub(crate) async fn run(self) {
        self.meter.owned(false);
        while let Some(mut ownership) = self.acquire().await {
            self.meter.owned(true);
            self.own(&mut ownership).await;
            self.meter.owned(false);
            self.meter.parked(0);
            self.watermark.release();
        }
    }

    /// Waits for the shard; `None` when it is the end.
    async fn acquire(&self) -> Option<Ownership> {
        let mut pause = Pause::default();
        while !self.end.has_begun() {
            let wait = match self.try_acquire().await {
                Ok(Some(ownership)) => return Some(ownership),
                Ok(None) => {
                    // Somebody else has it, and keeps it ready.
                    self.health
                        .clear(&[Lack::Owner, Lack::Database, Lack::Event, Lack::Parked]);
                    pause.reset();
                    TRY_EVERY
                }
                Err(error) => {
                    self.failed(Lack::Database, &error);
                    pause.next()
                }
            };
            tokio::select! {
                () = sleep(wait) => {}
                () = self.end.begun() => {}
            }
        }
        None
    }

    async fn try_acquire(&self) -> Result<Option<Ownership>, OwnershipError> {
        let session = self.database.client().start_session().await?;
        let Some(taken) = self.records.take(&session).await? else {
            return Ok(None);
        };
        tracing::info!(
            projection.name = self.model().name,
            projection.version = self.version,
            projection.shard = self.shard.index,
            projection.epoch = taken.epoch,
            stream.position = %self.position(taken.checkpoint.position),
            "shard taken"
        );
        Ok(Some(Ownership::new(
            taken,
            session,
            self.stores(),
            self.settings.lease,
            Limits {
                writes: self.settings.writes,
                memory: self.settings.memory,
            },
        )))
    }

    fn stores(&self) -> Stores {
        Stores {
            records: self.records.clone(),
            documents: Documents::new(self.database.clone(), self.version),
            letters: self.letters(),
            model: self.model(),
        }
    }

    pub(super) fn letters(&self) -> Letters {
        Letters::new(&self.database, self.model().name, self.version, self.shard.index)
    }

    /// Follows the stream, over all failures, until the shard is lost or the process ends.
    async fn own(&self, ownership: &mut Ownership) {
        let consumer = self.consumer(ownership.epoch);
        let predecessor = self.consumer(ownership.epoch - 1);
        self.store.delete_reader(self.model().stream, &predecessor).await;
        let lost = self.follow_on(ownership, &consumer).await;
        if lost {
            tracing::warn!(
                projection.name = self.model().name,
                projection.version = self.version,
                projection.shard = self.shard.index,
                projection.epoch = ownership.epoch,
                "shard lost to another process"
            );
            self.meter.lost();
        } else {
            self.release(ownership).await;
        }
        self.store.delete_reader(self.model().stream, &consumer).await;
    }

    /// Says in the end whether the shard is lost.
    async fn follow_on(&self, ownership: &mut Ownership, consumer: &str) -> bool {
        let mut pause = Pause::default();
        let mut at = ownership.position;
        let mut tries = Tries::default();
        loop {
            let Err(trouble) = self.follow(ownership, consumer).await else {
                return false;
            };
            match &trouble {
                Trouble::Owner(OwnershipError::Lost) => return true,
                // Only the end interrupts a wait at a hold.
                Trouble::Owner(OwnershipError::Held) => {}
                Trouble::Poison(poison) if tries.again(poison.position) >= TRIES => {
                    match self.park_poison(ownership, poison, TRIES).await {
                        Ok(()) => continue,
                        Err(error) => self.failed(Lack::Database, &error),
                    }
                }
                Trouble::Owner(_) | Trouble::Open(_) | Trouble::Source(_) | Trouble::Poison(_) => {
                    self.failed(trouble.lack(), &trouble);
                }
            }
            if ownership.position > at {
                pause.reset();
            }
            at = ownership.position;
            let mut kept = self.sit_out(ownership, pause.next()).await;
            while let Err(error) = &kept {
                // Nothing can be done before it is clear where the shard stands.
                if matches!(error, OwnershipError::Lost) || self.end.has_begun() {
                    break;
                }
                self.failed(Lack::Database, error);
                kept = self.sit_out(ownership, pause.next()).await;
            }
            if matches!(kept, Err(OwnershipError::Lost)) {
                return true;
            }
            if self.end.has_begun() {
                return false;
            }
        }
    }

    async fn release(&self, ownership: &mut Ownership) {
        match ownership.release().await {
            Ok(()) => tracing::info!(
                projection.name = self.model().name,
                projection.shard = self.shard.index,
                projection.epoch = ownership.epoch,
                stream.position = %self.position(ownership.position),
                "shard released"
            ),
            // The lease ends it.
            Err(error) => tracing::warn!(
                projection.name = self.model().name,
                projection.shard = self.shard.index,
                %error,
                "the shard could not be released"
            ),
        }
    }

    /// Keeps the shard, doing nothing else, for a while.
    async fn sit_out(&self, ownership: &mut Ownership, duration: Duration) -> Result<(), OwnershipError> {
        let until = Instant::now() + duration;
        let mut settled = ownership.settle().await;
        loop {
            if matches!(settled, Err(OwnershipError::Lost)) {
                return settled;
            }
            tokio::select! {
                () = sleep_until(until) => return settled,
                () = self.end.begun() => return settled,
                () = sleep_until(ownership.keep_due().max(Instant::now() + KEEP_AGAIN)) => {}
            }
            settled = match ownership.keep().await {
                Ok(()) => Ok(()),
                Err(_) => ownership.settle().await,
            };
        }
    }

    /// Opens the stream at the checkpoint and applies it, batch after batch. Ends well only with the process.
    async fn follow(&self, ownership: &mut Ownership, consumer: &str) -> Result<(), Trouble> {
        let source = Source::open(
            self.store.clone(),
            self.tail.clone(),
            self.settings.batches,
            (self.model().stream, consumer),
            ownership.position,
        );
        let source = source.await?;
        self.watermark.own(ownership.position);
        self.remember_parked(ownership).await?;
        self.health.clear(&[Lack::Owner, Lack::Events]);
        let (sender, batches) = mpsc::channel(1);
        let aggregates = self.projection.aggregates();
        let source = source::run(source, aggregates, sender);
        tokio::select! {
            followed = self.write(ownership, batches) => followed,
            never = source => match never {},
        }
    }

    async fn write(
        &self,
        ownership: &mut Ownership,
        mut batches: mpsc::Receiver<Result<Batch, SourceError>>,
    ) -> Result<(), Trouble> {
        let mut tended = Instant::now();
        loop {
            let something_is_parked = ownership.parked().count > 0;
            tokio::select! {
                biased;
                () = self.end.begun() => return Ok(()),
                () = sleep_until(ownership.keep_due()) => {
                    ownership.keep().await?;
                    self.health.clear(&[Lack::Database]);
                }
                () = sleep_until(tended + TEND_EVERY), if something_is_parked => {
                    self.tend_parked(ownership).await?;
                    tended = Instant::now();
                }
                batch = batches.recv() => match batch {
                    Some(batch) => self.batch(ownership, batch?).await?,
                    None => std::future::pending().await,
                },
            }
        }
    }

    async fn batch(&self, ownership: &mut Ownership, batch: Batch) -> Result<(), Trouble> {
        let mut part = Part {
            rest: &batch.events,
            last: batch.last,
            most: usize::MAX,
        };
        while let Some(first) = part.rest.first() {
            match self.part(ownership, part).await {
                Ok(done) => part.rest = &part.rest[done..],
                Err(Trouble::Owner(OwnershipError::Held)) => self.wait_at_hold(ownership).await?,
                Err(Trouble::Owner(OwnershipError::Database(error))) if error.lasts() => {
                    if part.most == 1 {
                        return Err(Poison::of(first, error).into());
                    }
                    // One of them it is: they are tried one by one.
                    ownership.settle().await?;
                    part.most = 1;
                }
                Err(trouble) => return Err(trouble),
            }
        }
        if batch.last > ownership.position {
            ownership.pass(batch.last);
            self.announce(ownership).await;
        }
        if let Some(unreadable) = batch.unreadable {
            return Err(Box::new(Poison {
                position: self.position(batch.last + 1),
                subject: unreadable.subject,
                key: unreadable.key,
                cause: unreadable.error.into(),
            })
            .into());
        }
        self.health
            .clear(&[Lack::Damage, Lack::Keys, Lack::Database, Lack::Event]);
        Ok(())
    }

    /// Applies or parks some of the next events, and says how many.
    async fn part(&self, ownership: &mut Ownership, part: Part<'_>) -> Result<usize, Trouble> {
        let hold = ownership.hold().unwrap_or(u64::MAX);
        let within = part
            .rest
            .partition_point(|event| event.position.sequence <= hold)
            .min(part.most);
        if within == 0 {
            ownership.pass(hold);
            return Err(OwnershipError::Held.into());
        }
        let waits = |event: &Recorded| ownership.parked().holds(event);
        let waiting = part.rest[..within]
            .iter()
            .take_while(|event| waits(event))
            .count();
        if waiting > 0 {
            self.park_waiting(ownership, &part.rest[..waiting]).await?;
            self.announce(ownership).await;
            return Ok(waiting);
        }
        let free = part.rest[..within].iter().position(waits).unwrap_or(within);
        let after = |applied: usize| {
            let next = part.rest.get(applied);
            next.map_or(part.last, |event| event.position.sequence - 1)
                .min(hold)
        };
        let events = &part.rest[..free];
        let started = Instant::now();
        let done = ownership
            .apply(&*self.projection, self.shard, events, after)
            .await?;
        self.announce(ownership).await;
        self.tell(done.news).await;
        self.measure(&events[..done.events], done.writes, started.elapsed());
        match (done.refused, events.get(done.events)) {
            (Some(cause), Some(event)) => Err(Poison::of(event, cause).into()),
            _ => Ok(done.events),
        }
    }

    /// Waits until the shard may go on; the lease is kept meanwhile.
    async fn wait_at_hold(&self, ownership: &mut Ownership) -> Result<(), OwnershipError> {
        while ownership.hold().is_some_and(|hold| hold <= ownership.position) {
            ownership.keep().await?;
            tokio::select! {
                () = sleep(HOLD_LOOK) => {}
                () = self.end.begun() => return Err(OwnershipError::Held),
            }
            ownership.settle().await?;
        }
        Ok(())
    }

    pub(super) fn model(&self) -> &'static read_model::Projection {
        self.projection.model()
    }

    pub(super) fn position(&self, sequence: u64) -> Position {
        Position::new(self.model().stream, sequence)
    }

    fn consumer(&self, epoch: i64) -> String {
        format!(
            "{}-{}-{}-{epoch}",
            self.model().name,
            self.version,
            self.shard.index
        )
    }
}

/// What is left of a batch, and how much of it may be tried at once.
#[derive(Clone, Copy)]
struct Part<'a> {
    rest: &'a [Recorded],
    /// Up to where the stream is considered with the last of them.
    last: u64,
    most: usize,
}

/// How often the same event could not be applied.
#[derive(Default)]
struct Tries {
    position: Option<Position>,
    count: u32,
}

impl Tries {
    fn again(&mut self, position: Position) -> u32 {
        if self.position.replace(position) != Some(position) {
            self.count = 0;
        }
        self.count += 1;
        self.count
    }
}
