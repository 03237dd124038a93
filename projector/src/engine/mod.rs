//! The engine: everything about projections that isn't theirs.
//!
//! - `setup` makes collections, versions and shards.
//! - `runner` is one shard in one process: it waits for the shard, owns it, follows the stream, lets it go.
//! - `source` reads and decodes ahead; `batch` applies in memory, purely; `ownership` does a batch's
//!   transaction with `documents` and `record`, the latter holding lease and checkpoint.
//! - `live` knows whether readers use the version, which decides whether its news are told.
//! - `monitor` and `health` tell operators.
//!
//! Failures of the infrastructure are retried for ever and show in the readiness. An event that can't be
//! decoded or applied stops its shard for now, and shows too; parking it will go where `runner` meets it.

pub(crate) mod batch;
mod documents;
mod health;
mod live;
mod monitor;
mod ownership;
mod record;
mod runner;
mod setup;
mod source;
mod trouble;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use events::{BatchLimits, EventStore};
use futures::future::join_all;
use mongodb::Database;
use platform::{health::Readiness, shutdown::Shutdown};
use tokio::task::JoinSet;

pub use batch::WriteLimits;
pub(crate) use health::describe;

use crate::{
    Projection, Shard,
    engine::{
        health::{Health, Lack, Meter},
        live::Live,
        monitor::{Watched, Watermark},
        record::Records,
        runner::Runner,
    },
};

/// How often the set-up is tried while the database can't be reached.
const SET_UP_AGAIN: Duration = Duration::from_secs(1);

/// What an engine may be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a shard stays its owner's without a sign of life.
    pub lease: Duration,
    /// How much is read at once.
    pub batches: BatchLimits,
    /// How much is written at once.
    pub writes: WriteLimits,
    /// Into how many shards a projection is split when its version is first made; 1 where nothing is said.
    pub shards: BTreeMap<String, u32>,
    /// What this process calls itself in leases; unique to it.
    pub owner: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(5),
            batches: BatchLimits::default(),
            writes: WriteLimits::default(),
            shards: BTreeMap::new(),
            owner: platform::id::random().to_string(),
        }
    }
}

/// Runs projections against one event store and one database.
pub struct Engine {
    store: Arc<EventStore>,
    database: Database,
    settings: Arc<Settings>,
    readiness: Readiness,
    shutdown: Shutdown,
}

impl Engine {
    /// An engine that ends with `shutdown` and adds a component for each projection to `readiness`.
    pub fn new(
        store: EventStore,
        database: Database,
        settings: Settings,
        readiness: Readiness,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            store: Arc::new(store),
            database,
            settings: Arc::new(settings),
            readiness,
            shutdown,
        }
    }

    /// Sets up what the projections need and runs them until the end.
    pub async fn run(self, projections: Vec<Arc<dyn Projection>>) {
        let healths: Vec<_> = projections
            .iter()
            .map(|projection| {
                let component = self.readiness.component(projection.model().name);
                Arc::new(Health::new(component))
            })
            .collect();
        let mut tasks = JoinSet::new();
        let mut watched = Vec::new();
        let shards = join_all(projections.iter().map(|projection| self.set_up(&**projection))).await;
        for ((projection, health), shards) in projections.into_iter().zip(healths).zip(shards) {
            let shards = shards.unwrap_or_default();
            for index in 0..shards {
                let shard = Shard { index, count: shards };
                let (runner, watch) = self.runner(projection.clone(), shard, health.clone());
                watched.push(watch);
                tasks.spawn(runner.run());
            }
        }
        tasks.spawn(monitor::run(self.store.clone(), watched, self.shutdown.clone()));
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                // A shard without its task would stand still unseen: better to end and be started again.
                tracing::error!(%error, "a task failed; ending");
                self.shutdown.begin();
            }
        }
    }

    /// The number of shards; `None` when the process ends before the database could be reached.
    async fn set_up(&self, projection: &dyn Projection) -> Option<u32> {
        while !self.shutdown.has_begun() {
            let model = projection.model();
            let made = async {
                setup::engine(&self.database).await?;
                setup::projection(&self.database, model, &self.settings.shards).await
            };
            match made.await {
                Ok(shards) => return Some(shards),
                Err(error) => {
                    tracing::warn!(projection.name = model.name, %error, "set-up failed; trying again");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(SET_UP_AGAIN) => {}
                () = self.shutdown.begun() => {}
            }
        }
        None
    }

    fn runner(
        &self,
        projection: Arc<dyn Projection>,
        shard: Shard,
        health: Arc<Health>,
    ) -> (Runner, Watched) {
        let model = projection.model();
        let id = read_model::engine::Shard::id_of(model.name, model.version, shard.index);
        let owner = self.settings.owner.clone();
        let records = Records::new(&self.database, id, owner, self.settings.lease);
        let meter = Arc::new(Meter::new(model.name, shard));
        let watermark = Arc::new(Watermark::new());
        health.lacks(shard.index, Lack::Owner, "nobody is known to own it".to_owned());
        let watched = Watched {
            stream: model.stream,
            shard: shard.index,
            watermark: watermark.clone(),
            health: health.clone(),
            meter: meter.clone(),
        };
        let runner = Runner {
            projection,
            shard,
            store: self.store.clone(),
            database: self.database.clone(),
            records,
            settings: self.settings.clone(),
            health,
            meter,
            watermark,
            live: Arc::new(Live::new(&self.database, model)),
            shutdown: self.shutdown.clone(),
        };
        (runner, watched)
    }
}
