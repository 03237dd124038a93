//! What operators do with projections, by the command line: status, rebuild, diff, switch, rollback, drop.

use std::time::Duration;

use bson::doc;
use mongodb::Database;
use projector::{Settings, projections};
use read_model::{
    engine::{Shard, Versions},
    posts, profiles, versioned,
};
use serde_json::Value;
use testkit::{Output, TestSystem};

use crate::{
    process::{Writer, projector, seed},
    running::Running,
    watch::{Watch, database, eventually, records},
    world::World,
};

/// A lease that a busy machine keeps.
const LEASE: Duration = Duration::from_secs(5);

/// Has an operator's command done on a test's system.
pub(crate) async fn operate(system: &TestSystem, arguments: &[&str]) -> Output {
    testkit::run("projector", arguments, &system.environment()).await
}

/// A fresh build of everything.
pub(crate) async fn database_of_rebuild(system: &TestSystem) -> Database {
    let name = format!("{}_again", system.name);
    let running = Running::start(system, &name, projections::all(), Settings::default()).await;
    Watch::new(system, &name).await.until_end(system).await;
    running.stop().await;
    database(system, &name).await
}

async fn versions(system: &TestSystem, name: &str) -> Versions {
    let database = system.database().await;
    let versions = database.collection::<Versions>(Versions::COLLECTION);
    let found = versions.find_one(doc! { "_id": name }).await;
    found.expect("mongod answers").expect("the versions are there")
}

fn says(output: &Output, text: &str) {
    assert!(
        output.succeeded && output.out.contains(text),
        "{text}: {output:?}"
    );
}

fn refuses(output: &Output, text: &str) {
    assert!(
        !output.succeeded && output.err.contains(text),
        "{text}: {output:?}"
    );
}

#[tokio::test]
async fn a_read_model_is_rebuilt_compared_switched_to_and_back_while_things_happen() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, seed()).await;
    world.steps(100).await;
    let service = projector(&system, &system.name, LEASE).await;
    let second = projector(&system, &system.name, LEASE).await;
    Watch::new(&system, &system.name).await.until_end(&system).await;
    let writer = Writer::paced(world, &system, "profiles");

    refuses(
        &operate(&system, &["switch", "posts"]).await,
        "there is no version of posts to switch to",
    );
    let rebuilt = operate(&system, &["rebuild", "posts", "--shards", "3"]).await;
    says(&rebuilt, "posts version 3 is built beside version 2, in 3 shards");
    says(&rebuilt, "posts version 3 has caught up");
    refuses(
        &operate(&system, &["rebuild", "posts"]).await,
        "version 3 of posts is there already",
    );
    let compared = operate(&system, &["diff", "posts"]).await;
    says(&compared, "They are the same.");
    says(&compared, "0 differ, 0 only in 2, 0 only in 3");

    says(
        &operate(&system, &["switch", "posts"]).await,
        "Readers of posts use version 3",
    );
    assert_eq!(versions(&system, "posts").await.live, 3);
    let status = operate(&system, &["status", "posts", "--json"]).await;
    let status: Vec<Value> = serde_json::from_str(&status.out).expect("JSON");
    let told: Vec<_> = status
        .iter()
        .map(|row| {
            (
                row["version"].as_u64(),
                row["state"].as_str(),
                row["shard"].as_u64(),
            )
        })
        .collect();
    let expected = [(2, "previous", 0), (3, "live", 0), (3, "live", 1), (3, "live", 2)];
    let expected = expected.map(|(version, state, shard)| (Some(version), Some(state), Some(shard)));
    assert_eq!(told, expected);
    assert!(status.iter().all(|row| row["owner"].is_string()), "{status:?}");

    says(
        &operate(&system, &["rollback", "posts"]).await,
        "Readers of posts use version 2 again",
    );
    refuses(
        &operate(&system, &["rollback", "posts"]).await,
        "there is no version of posts to go back to",
    );
    says(
        &operate(&system, &["switch", "posts", "3"]).await,
        "use version 3",
    );
    refuses(
        &operate(&system, &["drop", "posts", "3"]).await,
        "readers use version 3",
    );
    says(
        &operate(&system, &["drop", "posts", "2"]).await,
        "Version 2 of posts is gone.",
    );
    let names = system
        .database()
        .await
        .list_collection_names()
        .await
        .expect("mongod answers");
    assert!(!names.contains(&versioned("posts", 2)), "{names:?}");
    assert!(names.contains(&versioned("posts", 3)), "{names:?}");

    writer.stop().await;
    // The next one has a number of its own, though that of the dropped one is free.
    let next = operate(&system, &["rebuild", "posts", "--no-wait"]).await;
    says(&next, "posts version 4 is built beside version 3, in 3 shards");
    says(
        &operate(&system, &["rebuild", "posts", "--follow"]).await,
        "posts version 4 has caught up",
    );
    assert!(service.stop().await);
    assert!(second.stop().await);
}

#[tokio::test]
async fn a_difference_is_found_and_named_by_document_and_field() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 21).await;
    world.steps(150).await;
    let running = Running::start(&system, &system.name, projections::all(), Settings::default()).await;
    Watch::new(&system, &system.name).await.until_end(&system).await;
    says(&operate(&system, &["rebuild", "posts"]).await, "has caught up");
    // Somebody meddles with the live one.
    let database = system.database().await;
    let live = database.collection::<bson::Document>(&versioned(posts::PROJECTION.collections[0].name, 2));
    let one = live
        .find_one(doc! {})
        .await
        .unwrap()
        .expect("there is a document");
    live.update_one(
        doc! { "_id": one.get("_id") },
        doc! { "$set": { "meddled": true } },
    )
    .await
    .unwrap();
    let compared = operate(&system, &["diff", "posts"]).await;
    refuses(&compared, "the two versions differ");
    assert!(compared.out.contains("1 differ"), "{compared:?}");
    assert!(compared.out.contains("meddled differs in 1"), "{compared:?}");
    // Nobody is held any longer.
    let held = records(&database)
        .await
        .into_iter()
        .filter(|record| record.hold.is_some());
    assert_eq!(held.count(), 0);
    running.stop().await;
}

#[tokio::test]
async fn a_version_of_an_older_shape_is_kept_for_readers_while_the_new_one_is_built() {
    an_older_shape_is_built_anew(&posts::PROJECTION).await;
}

#[tokio::test]
async fn names_of_an_older_spelling_are_kept_for_readers_while_the_new_ones_are_built() {
    an_older_shape_is_built_anew(&profiles::PROJECTION).await;
}

async fn an_older_shape_is_built_anew(model: &read_model::Projection) {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 22).await;
    world.steps(50).await;
    // As an older projector left it.
    let (name, before) = (model.name, model.version - 1);
    let database = system.database().await;
    let old = doc! { "_id": name, "live": before, "versions": [{ "version": before, "shards": 1 }] };
    database
        .collection(Versions::COLLECTION)
        .insert_one(old)
        .await
        .expect("the versions are written");
    let running = Running::start(&system, &system.name, projections::all(), Settings::default()).await;
    eventually("the new shape is built", async || {
        let shards = database.collection::<Shard>(Shard::COLLECTION);
        let of_version = doc! { "projection": name, "version": model.version, "owner": { "$ne": null } };
        shards
            .count_documents(of_version)
            .await
            .is_ok_and(|built| built == 1)
    })
    .await;
    let versions = versions(&system, name).await;
    assert_eq!((versions.live, versions.latest), (before, model.version));
    let built = versions.get(model.version);
    assert_eq!(built.map(read_model::engine::Version::shape), Some(model.version));
    Watch::new(&system, &system.name).await.until_end(&system).await;
    running.stop().await;
    world.check(&database).await;
}
