//! The engine: everything about projections that isn't theirs.
//!
//! - `setup` makes collections, versions and shards; `keeper` runs the versions of one projection.
//! - `runner` is one shard in one process: it waits for the shard, owns it, follows the stream, lets it go; `telling`
//!   is what it says meanwhile.
//! - `source` reads and decodes ahead, `tail` the end of a stream for all shards at once; `batch` applies in memory,
//!   purely; `ownership` does a batch's transaction with `documents` and `record`, the latter holding lease and
//!   checkpoint; `memory` spares it loading what it has seen, and `untold` is what readers who keep copies don't know
//!   yet.
//! - `live` knows which version readers use, which decides whose news are told.
//! - `parking` knows the events that could not be applied and what waits behind them; `tending` parks them, and
//!   does with them what an operator wishes.
//! - `monitor` and `health` tell operators.
//!
//! Failures of the infrastructure are retried for ever and show in the readiness. An event that can't be
//! decoded or applied is tried five times, and then parked with the later events of its key.

pub(crate) mod batch;
mod documents;
mod health;
mod keeper;
mod live;
mod memory;
mod monitor;
mod ownership;
mod parking;
mod record;
mod runner;
pub(crate) mod setup;
mod source;
mod tail;
mod telling;
mod tending;
mod trouble;
mod untold;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use events::{BatchLimits, EventStore, Stream};
use mongodb::Database;
use platform::{health::Readiness, shutdown::Shutdown};
use tokio::task::JoinSet;

pub use batch::WriteLimits;
pub(crate) use health::describe;

use crate::{
    Projection,
    engine::{health::Health, keeper::Keeper, live::Live, monitor::WatchList, tail::Tail},
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
    /// How many bytes of documents each shard's owner remembers, so that they needn't be loaded again.
    pub memory: u64,
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
            memory: 8 << 20,
            shards: BTreeMap::new(),
            owner: platform::id::random().to_string(),
        }
    }
}

/// Runs projections against one event store and one database.
pub struct Engine {
    environment: Environment,
    readiness: Readiness,
}

/// What every part of the engine works with.
pub(crate) struct Environment {
    pub(crate) store: Arc<EventStore>,
    pub(crate) database: Database,
    pub(crate) settings: Arc<Settings>,
    pub(crate) watched: Arc<WatchList>,
    /// One for each stream.
    pub(crate) tails: [Arc<Tail>; Stream::ALL.len()],
    pub(crate) shutdown: Shutdown,
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
        let environment = Environment {
            store: Arc::new(store),
            database,
            settings: Arc::new(settings),
            watched: Arc::default(),
            tails: Stream::ALL.map(|_| Arc::new(Tail::new())),
            shutdown,
        };
        Self {
            environment,
            readiness,
        }
    }

    /// Sets up what the projections need and runs them until the end.
    pub async fn run(self, projections: Vec<Arc<dyn Projection>>) {
        let environment = Arc::new(self.environment);
        let healths: Vec<_> = projections
            .iter()
            .map(|projection| {
                let live = Arc::new(Live::new());
                let component = self.readiness.component(projection.model().name);
                let health = Health::new(component, live.clone());
                health.database_is_away("its versions are not known yet".to_owned());
                (Arc::new(health), live)
            })
            .collect();
        if !set_up(&environment).await {
            return;
        }
        let mut tasks = JoinSet::new();
        for (projection, (health, live)) in projections.into_iter().zip(healths) {
            let keeper = Keeper {
                environment: environment.clone(),
                projection,
                health,
                live,
            };
            tasks.spawn(keeper.run());
        }
        let monitor = monitor::run(
            environment.store.clone(),
            environment.watched.clone(),
            environment.shutdown.clone(),
        );
        tasks.spawn(async {
            monitor.await;
            Ok(())
        });
        for stream in Stream::ALL {
            let tail = tail::run(
                environment.store.clone(),
                stream,
                environment.tails[stream as usize].clone(),
                environment.settings.batches,
                environment.shutdown.clone(),
            );
            tasks.spawn(async {
                tail.await;
                Ok(())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) | Ok(Err(error)) = ended {
                // A shard without its task would stand still unseen: better to end and be started again.
                tracing::error!(%error, "a task failed; ending");
                environment.shutdown.begin();
            }
        }
    }
}

/// Makes what the engine itself needs; `false` when the process ends before the database could be reached.
async fn set_up(environment: &Environment) -> bool {
    while !environment.shutdown.has_begun() {
        match setup::engine(&environment.database).await {
            Ok(()) => return true,
            Err(error) => tracing::warn!(%error, "set-up failed; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(SET_UP_AGAIN) => {}
            () = environment.shutdown.begun() => {}
        }
    }
    false
}
