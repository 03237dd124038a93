//! What a shard's owner tells: readers how far it has come, people their news, operators its numbers and troubles.

use std::time::Duration;

use events::Recorded;
use read_model::engine::Progress;

use crate::{
    announcement::News,
    engine::{health::Lack, ownership::Ownership, runner::Runner, trouble::chain},
};

impl Runner {
    /// Tells readers how far the shard has come. They look at the checkpoint too, so a lost word costs a
    /// moment only.
    pub(super) async fn announce(&self, ownership: &mut Ownership) {
        self.watermark.advance(ownership.position);
        let model = self.model();
        let subject = self
            .store
            .namespace()
            .progress(model.name, self.version, self.shard.index);
        let changes = ownership.tell();
        let progress = Progress {
            position: self.position(ownership.position),
            epoch: ownership.epoch,
            // Nobody keeps copies of a version that nobody reads, and one that is being built changes a lot.
            changes: changes.filter(|_| self.live.is(self.version)),
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
            ownership.not_told();
            tracing::warn!(
                projection.name = model.name,
                error,
                "progress could not be announced"
            );
        }
    }

    /// Tells the news that events bring, if this is the version that readers use.
    pub(super) async fn tell(&self, news: Vec<News>) {
        if news.is_empty() || !self.live.is(self.version) {
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

    pub(super) fn measure(&self, events: &[Recorded], writes: usize, took: Duration) {
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

    pub(super) fn failed(&self, lack: Lack, error: &impl std::error::Error) {
        let error = chain(error);
        tracing::warn!(
            projection.name = self.model().name,
            projection.version = self.version,
            projection.shard = self.shard.index,
            error,
            "trying again"
        );
        self.meter.failed(lack);
        self.health.lacks(lack, error);
    }
}
