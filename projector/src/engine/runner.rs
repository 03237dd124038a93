//! One shard in one process: waits for it, owns it, follows the stream, lets it go.

use std::{sync::Arc, time::Duration};

use events::{EventStore, Position, Recorded};
use mongodb::Database;
use platform::shutdown::Shutdown;
use read_model::engine::Progress;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    Projection, Shard,
    announcement::News,
    engine::{
        Settings,
        documents::Documents,
        health::{Health, Lack, Meter},
        live::Live,
        monitor::Watermark,
        ownership::{Ownership, OwnershipError},
        record::Records,
        source::{self, Batch, SourceError},
        trouble::{Pause, Poison, Trouble, chain},
    },
};

/// How often a shard that another process owns is tried.
const TRY_EVERY: Duration = Duration::from_millis(500);
/// How soon a lease that could not be renewed is tried again.
const KEEP_AGAIN: Duration = Duration::from_millis(100);
/// How long the server keeps the consumer of a reader that is gone.
const CONSUMER_KEPT: Duration = Duration::from_mins(1);

/// Everything that one shard's runner works with.
pub(crate) struct Runner {
    pub(crate) projection: Arc<dyn Projection>,
    pub(crate) shard: Shard,
    pub(crate) store: Arc<EventStore>,
    pub(crate) database: Database,
    pub(crate) records: Records,
    pub(crate) settings: Arc<Settings>,
    pub(crate) health: Arc<Health>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) watermark: Arc<Watermark>,
    pub(crate) live: Arc<Live>,
    pub(crate) shutdown: Shutdown,
}

impl Runner {
    /// Runs until the process ends.
    pub(crate) async fn run(self) {
        self.meter.owned(false);
        while let Some(mut ownership) = self.acquire().await {
            self.meter.owned(true);
            self.own(&mut ownership).await;
            self.meter.owned(false);
            self.watermark.release();
        }
    }

    /// Waits for the shard; `None` when the process ends.
    async fn acquire(&self) -> Option<Ownership> {
        let mut pause = Pause::default();
        while !self.shutdown.has_begun() {
            let wait = match self.try_acquire().await {
                Ok(Some(ownership)) => return Some(ownership),
                Ok(None) => {
                    // Somebody else has it, and keeps it ready.
                    self.health
                        .clear(self.shard.index, &[Lack::Owner, Lack::Database]);
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
                () = self.shutdown.begun() => {}
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
            projection.version = self.model().version,
            projection.shard = self.shard.index,
            projection.epoch = taken.epoch,
            stream.position = %self.position(taken.checkpoint.position),
            "shard taken"
        );
        Ok(Some(Ownership::new(
            taken,
            session,
            self.records.clone(),
            Documents::new(self.database.clone(), self.model().version),
            self.settings.lease,
            self.settings.writes,
        )))
    }

    /// Follows the stream, over all failures, until the shard is lost or the process ends.
    async fn own(&self, ownership: &mut Ownership) {
        let consumer = self.consumer(ownership.epoch);
        let predecessor = self.consumer(ownership.epoch - 1);
        self.store.delete_reader(self.model().stream, &predecessor).await;
        let mut pause = Pause::default();
        let mut at = ownership.position;
        let lost = loop {
            let Err(trouble) = self.follow(ownership, &consumer).await else {
                break false;
            };
            if matches!(trouble, Trouble::Owner(OwnershipError::Lost)) {
                break true;
            }
            self.failed(trouble.lack(), &trouble);
            if ownership.position > at {
                pause.reset();
            }
            at = ownership.position;
            pause.limit_for(&trouble);
            let mut held = self.hold(ownership, pause.next()).await;
            while let Err(error) = &held {
                // Nothing can be done before it is clear where the shard stands.
                if matches!(error, OwnershipError::Lost) || self.shutdown.has_begun() {
                    break;
                }
                self.failed(Lack::Database, error);
                held = self.hold(ownership, pause.next()).await;
            }
            if matches!(held, Err(OwnershipError::Lost)) {
                break true;
            }
            if self.shutdown.has_begun() {
                break false;
            }
        };
        if lost {
            tracing::warn!(
                projection.name = self.model().name,
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
    async fn hold(&self, ownership: &mut Ownership, duration: Duration) -> Result<(), OwnershipError> {
        let until = Instant::now() + duration;
        let mut settled = ownership.settle().await;
        loop {
            if matches!(settled, Err(OwnershipError::Lost)) {
                return settled;
            }
            tokio::select! {
                () = sleep_until(until) => return settled,
                () = self.shutdown.begun() => return settled,
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
        let limits = self.settings.batches;
        let stream = self.model().stream;
        let reader = self
            .store
            .reader(stream, consumer, ownership.position, CONSUMER_KEPT, limits)
            .await?;
        self.watermark.own(ownership.position);
        self.live.look().await;
        self.health.clear(self.shard.index, &[Lack::Owner, Lack::Events]);
        let (sender, batches) = mpsc::channel(1);
        let aggregates = self.projection.aggregates();
        let source = source::run(reader, self.store.clone(), aggregates, limits, sender);
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
        loop {
            tokio::select! {
                biased;
                () = self.shutdown.begun() => return Ok(()),
                () = sleep_until(ownership.keep_due()) => {
                    ownership.keep().await?;
                    self.live.look().await;
                    self.health.clear(self.shard.index, &[Lack::Database]);
                }
                batch = batches.recv() => match batch {
                    Some(batch) => self.batch(ownership, batch?).await?,
                    None => std::future::pending().await,
                },
            }
        }
    }

    async fn batch(&self, ownership: &mut Ownership, batch: Batch) -> Result<(), Trouble> {
        let Batch {
            events,
            last,
            unreadable,
        } = batch;
        let mut rest = events.as_slice();
        while !rest.is_empty() {
            let after = |applied: usize| {
                let next = rest.get(applied);
                next.map_or(last, |event| event.position.sequence - 1)
            };
            let started = Instant::now();
            let done = ownership
                .apply(&*self.projection, self.shard, rest, after)
                .await?;
            self.announce(ownership).await;
            self.tell(done.news).await;
            self.measure(&rest[..done.events], done.writes, started.elapsed());
            rest = &rest[done.events..];
            if let (Some(cause), Some(event)) = (done.refused, rest.first()) {
                return Err(Trouble::Poison {
                    position: event.position,
                    cause: Poison::Refused(cause),
                });
            }
        }
        if last > ownership.position {
            ownership.pass(last);
            self.announce(ownership).await;
        }
        if let Some(error) = unreadable {
            return Err(Trouble::Poison {
                position: self.position(last + 1),
                cause: Poison::Unreadable(error),
            });
        }
        let cleared = [Lack::Keys, Lack::Database, Lack::Event];
        self.health.clear(self.shard.index, &cleared);
        Ok(())
    }

    /// Tells readers how far the shard has come. They look at the checkpoint too, so a lost word costs a
    /// moment only.
    async fn announce(&self, ownership: &Ownership) {
        self.watermark.advance(ownership.position);
        let model = self.model();
        let subject = self
            .store
            .namespace()
            .progress(model.name, model.version, self.shard.index);
        let progress = Progress {
            position: self.position(ownership.position),
            epoch: ownership.epoch,
        };
        let sent = match serde_json::to_vec(&progress) {
            Ok(body) => self
                .store
                .client()
                .publish(subject, body.into())
                .await
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = sent {
            tracing::warn!(
                projection.name = model.name,
                error,
                "progress could not be announced"
            );
        }
    }

    /// Tells the news that events bring, if this is the version that readers use.
    async fn tell(&self, news: Vec<News>) {
        if news.is_empty() || !self.live.is_live() {
            return;
        }
        let now = platform::clock::now();
        for News { announcement, .. } in news.into_iter().filter(|news| news.is_new(now)) {
            let subject = announcement.subject(self.store.namespace());
            let body = announcement.body().to_string();
            if let Err(error) = self.store.client().publish(subject, body.into()).await {
                tracing::warn!(projection.name = self.model().name, %error, "news could not be announced");
                return;
            }
        }
    }

    fn measure(&self, events: &[Recorded], writes: usize, took: Duration) {
        let Some(last) = events.last() else {
            return;
        };
        if writes == 0 {
            self.meter.passed(events.len());
            return;
        }
        let lag = (platform::clock::now() - last.meta.at)
            .to_std()
            .unwrap_or_default();
        self.meter.committed(events.len(), writes, took, lag);
        tracing::debug!(
            projection.name = self.model().name,
            projection.shard = self.shard.index,
            projection.lag_ms = lag.as_secs_f64() * 1e3,
            stream.position = %last.position,
            batch.events = events.len(),
            batch.writes = writes,
            batch.duration_ms = took.as_secs_f64() * 1e3,
            "batch applied"
        );
    }

    fn failed(&self, lack: Lack, error: &impl std::error::Error) {
        let (model, shard) = (self.model(), self.shard.index);
        let error = chain(error);
        if lack == Lack::Event {
            tracing::error!(
                projection.name = model.name,
                projection.shard = shard,
                error,
                "stuck"
            );
        } else {
            tracing::warn!(
                projection.name = model.name,
                projection.shard = shard,
                error,
                "trying again"
            );
        }
        self.meter.failed(lack);
        self.health.lacks(shard, lack, error);
    }

    fn model(&self) -> &'static read_model::Projection {
        self.projection.model()
    }

    fn position(&self, sequence: u64) -> Position {
        Position::new(self.model().stream, sequence)
    }

    fn consumer(&self, epoch: i64) -> String {
        let model = self.model();
        format!("{}-{}-{}-{epoch}", model.name, model.version, self.shard.index)
    }
}
