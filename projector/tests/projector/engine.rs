//! The engine on a real nats-server and mongod: ownership, shards, failures.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use bson::{DateTime, doc};
use events::{Recorded, Stream};
use futures::TryStreamExt;
use projector::{ApplyError, Key, Loaded, Projection, Settings, Write, WriteLimits, projections};
use read_model::{
    Document,
    engine::{DeadLetter, Shard},
    feed::{Audience, Authored, Entry, EntryId},
    uuid, versioned,
};
use testkit::{NatsServer, TestSystem, random_id, servers};

use crate::{
    running::Running,
    watch::{Watch, assert_same_but, database, dump, eventually, records},
    world::World,
};

/// Long enough that no test sees it run out: what happens at once doesn't wait for it.
const LONG: Duration = Duration::from_mins(10);

fn settings(owner: &str, lease: Duration) -> Settings {
    Settings {
        lease,
        owner: owner.to_owned(),
        ..Settings::default()
    }
}

/// How many shards there are: one of each projection.
const ALL: usize = read_model::PROJECTIONS.len();

fn only(name: &str) -> Vec<Arc<dyn Projection>> {
    projections::named(&[name.to_owned()]).expect("there is one of that name")
}

async fn owners(system: &TestSystem) -> Vec<(Option<String>, i64)> {
    let records = records(&system.database().await).await;
    records
        .into_iter()
        .map(|record| (record.owner, record.epoch))
        .collect()
}

#[tokio::test]
async fn three_shards_make_the_documents_of_one() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 1).await;
    world.steps(400).await;
    let whole = Running::start(&system, &system.name, projections::all(), settings("one", LONG)).await;
    Watch::new(&system, &system.name).await.until_end(&system).await;
    whole.stop().await;

    let split = format!("{}_split", system.name);
    let names = read_model::PROJECTIONS.map(|model| (model.name.to_owned(), 3));
    let three = Settings {
        shards: BTreeMap::from(names),
        // So small that batches are cut, too.
        writes: WriteLimits {
            documents: 7,
            bytes: 1 << 20,
        },
        ..settings("three", LONG)
    };
    let running = Running::start(&system, &split, projections::all(), three).await;
    let database = database(&system, &split).await;
    eventually("there are three shards of each", async || {
        records(&database).await.len() == 3 * ALL
    })
    .await;
    Watch::new(&system, &split).await.until_end(&system).await;
    running.stop().await;

    // Each shard of the feed keeps its own part of who reads whom, under its own number.
    let kept_apart = [Audience::COLLECTION, Authored::COLLECTION];
    assert_same_but(&kept_apart, &database, &system.database().await).await;
    assert!(
        dump(&database)
            .await
            .values()
            .all(|collection| !collection.is_empty())
    );
    world.check(&database).await;
}

/// A message's id may be used again, and where nothing is remembered each is taken for new.
#[tokio::test]
async fn what_was_taken_for_new_and_is_there_stays_as_it_was() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 13).await;
    let forgetful = Settings {
        memory: 0,
        ..settings("one", LONG)
    };
    let running = Running::start(&system, &system.name, projections::all(), forgetful).await;
    let mut watch = Watch::new(&system, &system.name).await;
    for _ in 0..4 {
        world.steps(100).await;
        watch.until_end(&system).await;
    }
    running.stop().await;
    let database = system.database().await;
    world.check(&database).await;
    let letters = database.collection::<DeadLetter>(DeadLetter::COLLECTION);
    assert_eq!(letters.count_documents(doc! {}).await.expect("mongod answers"), 0);
}

/// The names of the consumers of the event stream.
async fn consumers(system: &TestSystem) -> Vec<String> {
    let jetstream = async_nats::jetstream::new(system.store.client().clone());
    let name = system.store.namespace().stream(Stream::Events);
    let stream = jetstream.get_stream(name).await.expect("nats answers");
    let names = stream.consumer_names().try_collect().await;
    names.expect("nats answers")
}

#[tokio::test]
async fn who_has_come_to_the_end_of_the_stream_reads_on_with_all_others() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 12).await;
    world.steps(100).await;
    let running = Running::start(&system, &system.name, projections::all(), settings("one", LONG)).await;
    let mut watch = Watch::new(&system, &system.name).await;
    for _ in 0..2 {
        // A shard turns to the others when it looks for what comes next.
        let shared = loop {
            world.steps(1).await;
            let now = consumers(&system).await;
            match &now[..] {
                [one] if one.starts_with("tail-") => break one.clone(),
                _ => {}
            }
        };
        world.steps(100).await;
        watch.until_end(&system).await;
        // When it is lost everybody reads alone, and in the end together again.
        let jetstream = async_nats::jetstream::new(system.store.client().clone());
        let stream = system.store.namespace().stream(Stream::Events);
        let deleted = jetstream.delete_consumer_from_stream(&shared, stream).await;
        deleted.expect("nats answers");
        world.steps(100).await;
        watch.until_end(&system).await;
    }
    running.stop().await;
    world.check(&system.database().await).await;
    assert_eq!(consumers(&system).await, Vec::<String>::new());
}

#[tokio::test]
async fn of_two_processes_one_owns_a_shard_and_the_other_has_it_when_the_first_stops() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 2).await;
    let first = Running::start(&system, &system.name, projections::all(), settings("first", LONG)).await;
    world.steps(50).await;
    let mut watch = Watch::new(&system, &system.name).await;
    eventually("all are owned", async || {
        owners(&system).await == vec![(Some("first".to_owned()), 1); ALL]
    })
    .await;
    let second = Running::start(
        &system,
        &system.name,
        projections::all(),
        settings("second", LONG),
    )
    .await;
    eventually("the second is ready too", async || second.readiness.is_ready()).await;
    world.steps(100).await;
    watch.until_end(&system).await;
    assert_eq!(owners(&system).await, vec![(Some("first".to_owned()), 1); ALL]);

    first.stop().await;
    world.steps(100).await;
    watch.until_end(&system).await;
    assert_eq!(owners(&system).await, vec![(Some("second".to_owned()), 2); ALL]);
    second.stop().await;
    assert_eq!(owners(&system).await, vec![(None, 2); ALL]);
    world.check(&system.database().await).await;
}

#[tokio::test]
async fn an_owner_whose_lease_was_taken_over_writes_nothing_more() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 3).await;
    let first = Running::start(&system, &system.name, projections::all(), settings("first", LONG)).await;
    let mut watch = Watch::new(&system, &system.name).await;
    world.steps(50).await;
    eventually("the first owns all", async || {
        owners(&system).await == vec![(Some("first".to_owned()), 1); ALL]
    })
    .await;
    watch.until_end(&system).await;

    // As if the first hadn't been heard of for a long time; it itself knows nothing of it.
    let database = system.database().await;
    let second = Running::start(
        &system,
        &system.name,
        projections::all(),
        settings("second", LONG),
    )
    .await;
    let expired = doc! { "$set": { "lease_until": DateTime::from_millis(0) } };
    let shards = database.collection::<Shard>(Shard::COLLECTION);
    shards.update_many(doc! { "epoch": 1 }, expired).await.unwrap();
    eventually("the second owns all", async || {
        owners(&system).await == vec![(Some("second".to_owned()), 2); ALL]
    })
    .await;
    world.steps(200).await;
    watch.until_end(&system).await;
    // The first has noticed, and waits for the shards like anybody else; nobody's epoch moved on.
    assert_eq!(owners(&system).await, vec![(Some("second".to_owned()), 2); ALL]);
    world.check(&database).await;
    first.stop().await;
    assert_eq!(owners(&system).await, vec![(Some("second".to_owned()), 2); ALL]);
    second.stop().await;
    world.check(&database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_owner_that_was_held_up_in_the_midst_of_a_batch_is_fenced_off() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 9).await;
    let (entered, inside) = mpsc::channel();
    let (open, gate) = mpsc::channel();
    let slow = Arc::new(Signed {
        by: uuid(random_id()),
        gate: Some(Mutex::new((entered, gate))),
    });
    let quick = Arc::new(Signed {
        by: uuid(random_id()),
        gate: None,
    });
    let position = world.publish().await;
    let first = Running::start(&system, &system.name, vec![slow], settings("first", LONG)).await;
    // The first has read the event and is about to write.
    tokio::task::block_in_place(|| inside.recv()).unwrap();
    let database = system.database().await;
    let expired = doc! { "$set": { "lease_until": DateTime::from_millis(0) } };
    let shards = database.collection::<Shard>(Shard::COLLECTION);
    shards.update_many(doc! {}, expired).await.unwrap();
    let second = Running::start(
        &system,
        &system.name,
        vec![quick.clone()],
        settings("second", LONG),
    )
    .await;
    let taken = vec![(Some("second".to_owned()), 2)];
    eventually("the second owns it", async || owners(&system).await == taken).await;
    let stored = read_model::position(position.sequence);
    eventually("the second has written", async || {
        records(&database).await[0].position == stored
    })
    .await;

    open.send(()).unwrap();
    // It ends its batch before it stops.
    first.stop().await;
    assert_eq!(owners(&system).await, taken);
    let entries = database.collection::<Entry>(&versioned(Entry::COLLECTION, 1));
    let entry = entries.find_one(doc! {}).await.unwrap().unwrap();
    assert_eq!(entry.author, quick.by);
    second.stop().await;
}

/// A projection that writes who wrote, and may be held up right before.
struct Signed {
    by: bson::Uuid,
    gate: Option<Mutex<(mpsc::Sender<()>, mpsc::Receiver<()>)>>,
}

impl Projection for Signed {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::feed::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["post"]
    }

    fn needs(&self, _: &Recorded, _: projector::Shard) -> Vec<Key> {
        vec![]
    }

    fn apply(&self, event: &Recorded, _: &Loaded, _: projector::Shard) -> Result<Vec<Write>, ApplyError> {
        if let Some(gate) = &self.gate {
            let gate = gate.lock().expect("nobody panics inside");
            gate.0.send(()).expect("the test listens");
            // What this thread was to do next, others do meanwhile.
            tokio::task::block_in_place(|| gate.1.recv()).expect("the test opens it");
        }
        let id = EntryId {
            owner: uuid(uuid::Uuid::nil()),
            post: uuid(uuid::Uuid::nil()),
        };
        Ok(vec![Write::put(&Entry {
            id,
            owner: id.owner,
            post: id.post,
            author: self.by,
            position: read_model::position(event.position.sequence),
        })])
    }
}

#[tokio::test]
async fn a_dead_owners_shards_are_taken_when_the_lease_runs_out() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 4).await;
    let short = Duration::from_millis(500);
    let first = Running::start(
        &system,
        &system.name,
        projections::all(),
        settings("first", short),
    )
    .await;
    let mut watch = Watch::new(&system, &system.name).await;
    world.steps(30).await;
    watch.until_end(&system).await;
    first.die().await;
    let second = Running::start(
        &system,
        &system.name,
        projections::all(),
        settings("second", short),
    )
    .await;
    world.steps(100).await;
    watch.until_end(&system).await;
    let owners = owners(&system).await;
    assert!(
        owners.iter().all(|(owner, _)| owner.as_deref() == Some("second")),
        "{owners:?}"
    );
    second.stop().await;
    world.check(&system.database().await).await;
}

#[tokio::test]
async fn a_transaction_left_open_by_a_dead_owner_does_not_hold_its_shard_up() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 5).await;
    let running = Running::start(&system, &system.name, only("feed"), settings("first", LONG)).await;
    let mut watch = Watch::new(&system, &system.name).await;
    let position = world.publish().await;
    watch.until(&["feed"], position).await;
    running.stop().await;

    // An owner as it looks when it was killed between its first write and its commit.
    let client = system.database().await.client().clone();
    let shards = client
        .database(&system.name)
        .collection::<Shard>(Shard::COLLECTION);
    let mut dead = client.start_session().await.unwrap();
    let session = dead.id().get("id").cloned();
    let lease = doc! { "owner": "dead", "session": session, "lease_until": DateTime::from_millis(0) };
    let id = doc! { "_id": "feed-1-0" };
    shards
        .update_one(id.clone(), doc! { "$set": lease })
        .await
        .unwrap();
    dead.start_transaction().await.unwrap();
    let moved = doc! { "$set": { "position": 1_000_000_i64 } };
    shards.update_one(id, moved).session(&mut dead).await.unwrap();

    let started = tokio::time::Instant::now();
    let running = Running::start(&system, &system.name, only("feed"), settings("second", LONG)).await;
    let position = world.publish().await;
    watch.until(&["feed"], position).await;
    // The server itself ends such a transaction after a minute.
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "{:?}",
        started.elapsed()
    );
    assert!(dead.commit_transaction().await.is_err());
    running.stop().await;
}

#[tokio::test]
async fn what_changes_nothing_moves_the_checkpoint_too() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 6).await;
    let running = Running::start(&system, &system.name, only("feed"), settings("one", LONG)).await;
    let mut watch = Watch::new(&system, &system.name).await;
    let position = world.sign_up().await;
    watch.until(&["feed"], position).await;
    let database = system.database().await;
    let stored = read_model::position(position.sequence);
    eventually("it is stored", async || {
        records(&database)
            .await
            .iter()
            .all(|record| record.position == stored)
    })
    .await;
    running.stop().await;
}

#[tokio::test]
async fn a_nats_server_that_was_gone_is_read_on_from() {
    let mut server = NatsServer::start().await;
    let servers = servers().with_nats(&server.url);
    let system = TestSystem::on(servers).await;
    let mut world = World::new(&system, 8).await;
    let running = Running::start(&system, &system.name, projections::all(), settings("one", LONG)).await;
    let mut watch = Watch::new(&system, &system.name).await;
    world.steps(50).await;
    watch.until_end(&system).await;
    server.kill().await;
    server.restart().await;
    world.steps(50).await;
    watch.until_end(&system).await;
    running.stop().await;
    world.check(&system.database().await).await;
}
