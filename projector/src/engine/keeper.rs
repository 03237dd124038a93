//! One projection in one process: which of its versions are to be kept, and the runners of their shards.
//!
//! A version that an operator has begun to build is taken up within a moment by every projector that runs the
//! projection, and let go when it is dropped; so a rebuild is shared as everything else is.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
    time::Duration,
};

use platform::shutdown::Shutdown;
use read_model::engine::{Version, Versions};
use tokio::task::JoinSet;

use crate::{
    Projection, Shard,
    engine::{
        Environment,
        health::{Health, Lack, Meter},
        live::Live,
        monitor::{Watched, Watermark},
        record::Records,
        runner::Runner,
        setup::{self, SetupError},
    },
};

/// How often versions are looked up. Announcements follow a switch of versions within this time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// See the module.
pub(crate) struct Keeper {
    pub(crate) environment: Arc<Environment>,
    pub(crate) projection: Arc<dyn Projection>,
    pub(crate) health: Arc<Health>,
    pub(crate) live: Arc<Live>,
}

impl Keeper {
    /// Keeps the projection until the process ends; an error is a runner that failed.
    pub(crate) async fn run(self) -> Result<(), tokio::task::JoinError> {
        let mut runners = JoinSet::new();
        // What ends each version's runners.
        let mut kept: BTreeMap<u32, Shutdown> = BTreeMap::new();
        let end = &self.environment.shutdown;
        while !end.has_begun() {
            match self.look(&mut kept, &mut runners).await {
                Ok(()) => self.health.database_answers(),
                Err(error) => {
                    let name = self.projection.model().name;
                    tracing::warn!(projection.name = name, %error, "versions can't be looked up; trying again");
                    if kept.is_empty() {
                        self.health.database_is_away(error.to_string());
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = end.begun() => {}
                Some(ended) = runners.join_next() => ended?,
            }
        }
        while let Some(ended) = runners.join_next().await {
            ended?;
        }
        Ok(())
    }

    async fn look(
        &self,
        kept: &mut BTreeMap<u32, Shutdown>,
        runners: &mut JoinSet<()>,
    ) -> Result<(), SetupError> {
        let (environment, model) = (&*self.environment, self.projection.model());
        let versions = setup::versions(&environment.database, model, &environment.settings.shards).await?;
        if self.live.set(versions.live) {
            self.health.refresh();
        }
        let ours = |version: &&Version| version.shape() == model.version;
        for version in versions.versions.iter().filter(ours) {
            if let Entry::Vacant(new) = kept.entry(version.version) {
                setup::version(&environment.database, model, *version).await?;
                new.insert(self.start(*version, runners));
            }
        }
        kept.retain(|version, end| {
            let is_kept = versions.get(*version).is_some();
            if !is_kept {
                self.drop_version(*version, end, &versions);
            }
            is_kept
        });
        Ok(())
    }

    fn drop_version(&self, version: u32, end: &Shutdown, versions: &Versions) {
        tracing::info!(
            projection.name = versions.projection,
            projection.version = version,
            "version dropped"
        );
        end.begin();
        self.health.forget(version);
        self.environment
            .watched
            .forget(self.projection.model().name, version);
    }

    fn start(&self, version: Version, runners: &mut JoinSet<()>) -> Shutdown {
        let end = self.environment.shutdown.child();
        for index in 0..version.shards {
            let shard = Shard {
                index,
                count: version.shards,
            };
            runners.spawn(self.runner(version.version, shard, end.clone()).run());
        }
        end
    }

    fn runner(&self, version: u32, shard: Shard, end: Shutdown) -> Runner {
        let environment = &*self.environment;
        let model = self.projection.model();
        let id = read_model::engine::Shard::id_of(model.name, version, shard.index);
        let owner = environment.settings.owner.clone();
        let records = Records::new(&environment.database, id, owner, environment.settings.lease);
        let meter = Arc::new(Meter::new(model.name, version, shard));
        let watermark = Arc::new(Watermark::new());
        let health = self.health.of(version, shard.index);
        health.lacks(Lack::Owner, "nobody is known to own it".to_owned());
        environment.watched.add(Watched {
            projection: model.name,
            version,
            stream: model.stream,
            watermark: watermark.clone(),
            health: health.clone(),
            meter: meter.clone(),
        });
        Runner {
            projection: self.projection.clone(),
            version,
            shard,
            store: environment.store.clone(),
            database: environment.database.clone(),
            records,
            settings: environment.settings.clone(),
            health,
            meter,
            watermark,
            live: self.live.clone(),
            tail: environment.tails[model.stream as usize].clone(),
            end,
        }
    }
}
