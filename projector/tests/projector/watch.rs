//! Watching projections from outside: announcements, checkpoints, documents.

use std::{collections::BTreeMap, time::Duration};

use async_nats::Subscriber;
use bson::doc;
use events::{Position, Stream};
use futures::{StreamExt, TryStreamExt};
use mongodb::Database;
use read_model::{
    engine::{Progress, Shard},
    versioned,
};
use testkit::TestSystem;

/// Longer than anything takes on a machine busy with other tests.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long a word is waited for before the checkpoints are looked at.
const ASK_AFTER: Duration = Duration::from_secs(2);

/// Hears of the progress of every shard.
pub(crate) struct Watch {
    announcements: Subscriber,
    database: Database,
    /// What is known, by `<projection>.<version>.<shard>`.
    watermarks: BTreeMap<String, Progress>,
}

impl Watch {
    pub(crate) async fn new(system: &TestSystem, database_name: &str) -> Self {
        let client = system.store.client();
        let subject = system.store.namespace().all_progress();
        let announcements = client.subscribe(subject).await.expect("progress can be heard");
        client.flush().await.expect("nats answers");
        let database = database(system, database_name).await;
        let mut watch = Self {
            announcements,
            database,
            watermarks: BTreeMap::new(),
        };
        watch.read_checkpoints().await;
        watch
    }

    /// Waits until the shards of these projections have come to `position`, and there are some.
    pub(crate) async fn until(&mut self, projections: &[&str], position: Position) {
        let waited = tokio::time::timeout(PATIENCE, async {
            while !self.reached(projections, position) {
                self.next().await;
            }
        });
        let reached = waited.await.is_ok();
        assert!(
            reached,
            "{projections:?} did not come to {position}: {:?}",
            self.watermarks
        );
    }

    /// Waits until all projections have come to the ends of their streams.
    pub(crate) async fn until_end(&mut self, system: &TestSystem) {
        for model in read_model::PROJECTIONS {
            let end = system
                .store
                .last_position(model.stream)
                .await
                .expect("nats answers");
            self.until(&[model.name], end).await;
        }
    }

    /// Waits for the next word of any shard; the checkpoints are read where none comes.
    async fn next(&mut self) {
        let announced = tokio::time::timeout(ASK_AFTER, self.announcements.next()).await;
        let Ok(announced) = announced else {
            return self.read_checkpoints().await;
        };
        let message = announced.expect("the connection holds");
        let progress: Progress = serde_json::from_slice(&message.payload).expect("progress is told");
        let (_, shard) = message
            .subject
            .split_once("progress.")
            .expect("a subject of progress");
        let known = self
            .watermarks
            .entry(shard.to_owned())
            .or_insert(progress.clone());
        if progress.position >= known.position {
            *known = progress;
        }
    }

    fn reached(&self, projections: &[&str], position: Position) -> bool {
        projections.iter().all(|projection| {
            let prefix = format!("{projection}.");
            let mut shards = self
                .watermarks
                .iter()
                .filter(|(shard, _)| shard.starts_with(&prefix))
                .peekable();
            shards.peek().is_some() && shards.all(|(_, progress)| progress.position >= position)
        })
    }

    async fn read_checkpoints(&mut self) {
        for record in records(&self.database).await {
            let stream = read_model::PROJECTIONS
                .iter()
                .find(|model| model.name == record.projection)
                .map_or(Stream::Events, |model| model.stream);
            let progress = Progress {
                position: Position::new(stream, read_model::sequence(record.position)),
                epoch: record.epoch,
                changes: None,
            };
            let shard = format!("{}.{}.{}", record.projection, record.version, record.shard);
            let known = self.watermarks.entry(shard).or_insert(progress.clone());
            known.position = known.position.max(progress.position);
        }
    }
}

/// A database of this name on the test's server.
pub(crate) async fn database(system: &TestSystem, name: &str) -> Database {
    system.database().await.client().database(name)
}

/// The leases and checkpoints of all shards.
pub(crate) async fn records(database: &Database) -> Vec<Shard> {
    let records = database.collection::<Shard>(Shard::COLLECTION);
    let found = records
        .find(doc! {})
        .sort(doc! { "_id": 1 })
        .await
        .expect("mongod answers");
    found.try_collect().await.expect("mongod answers")
}

/// The names of all the projections' collections in the database.
pub(crate) fn collections() -> impl Iterator<Item = String> {
    read_model::PROJECTIONS.into_iter().flat_map(|model| {
        let collections = model.collections.iter();
        collections.map(|collection| versioned(collection.name, model.version))
    })
}

/// Every document of every projection, in a fixed order.
pub(crate) async fn dump(database: &Database) -> BTreeMap<String, Vec<bson::Document>> {
    let mut all = BTreeMap::new();
    for name in collections() {
        let collection = database.collection::<bson::Document>(&name);
        let found = collection
            .find(doc! {})
            .sort(doc! { "_id": 1 })
            .await
            .expect("mongod answers");
        all.insert(name, found.try_collect().await.expect("mongod answers"));
    }
    all
}

/// Two databases hold the same documents, one for one.
pub(crate) async fn assert_same(built: &Database, again: &Database) {
    assert_same_but(&[], built, again).await;
}

/// Two databases hold the same documents, one for one, in all collections but these.
pub(crate) async fn assert_same_but(but: &[&str], built: &Database, again: &Database) {
    let (mut built, again) = (dump(built).await, dump(again).await);
    for collection in but {
        built.remove(&versioned(collection, 1));
    }
    for (name, documents) in &built {
        for (one, other) in documents.iter().zip(&again[name]) {
            assert_eq!(one, other, "in {name}");
        }
        assert_eq!(documents.len(), again[name].len(), "documents in {name}");
    }
}

/// Asks again and again, for what nobody announces.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let asked = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|_| panic!("{what}: never"));
}
