//! What sweeps ask of MongoDB: an index has to serve each in its order, however large the collection is.

use bson::{Bson, Document, doc};
use read_model::{engine::Version, versioned};
use testkit::TestSystem;

use crate::{
    Shard,
    engine::setup,
    given::{blocked, deleted, erased, friendship, person_erased, recorded},
    projections,
    sweep::Find,
};

#[tokio::test]
async fn every_sweep_is_served_by_an_index_in_its_order() {
    let system = TestSystem::start().await;
    let database = system.database().await;
    let mut sweeping = Vec::new();
    for projection in projections::all() {
        let model = projection.model();
        let version = Version {
            version: model.version,
            shards: 1,
            shape: None,
        };
        setup::version(&database, model, version).await.unwrap();
        for event in [
            erased(1),
            person_erased(1),
            friendship("accepted", 2, 1),
            friendship("removed", 2, 1),
            blocked(1, 2, &[1]),
            deleted(10, 1),
        ] {
            let event = recorded(9, event);
            if !projection
                .aggregates()
                .contains(&event.subject.aggregate.as_str())
            {
                continue;
            }
            for sweep in projection.sweeps(&event, Shard::WHOLE) {
                for last in [None, Some(Bson::MinKey)] {
                    let explained = explain(&database, &sweep.find, model.version, last.as_ref()).await;
                    let mut stages = Vec::new();
                    collect_stages(&Bson::Document(explained), &mut stages);
                    let served = !stages.iter().any(|stage| stage == "COLLSCAN" || stage == "SORT");
                    assert!(
                        served,
                        "{} on {}: {sweep:?}: {stages:?}",
                        model.name, event.subject
                    );
                }
                sweeping.push(model.name);
            }
        }
    }
    sweeping.dedup();
    // All that know people, but what only holds their own row.
    assert_eq!(
        sweeping,
        [
            "chat",
            "feed",
            "friends",
            "media_usage",
            "notifications",
            "posts",
            "sessions"
        ]
    );
}

async fn explain(database: &mongodb::Database, find: &Find, version: u32, last: Option<&Bson>) -> Document {
    let query = doc! {
        "find": versioned(find.collection, version),
        "filter": find.filter(last),
        "sort": find.sort(),
        "limit": i64::from(find.page()),
    };
    let explain = doc! { "explain": query, "verbosity": "queryPlanner" };
    database.run_command(explain).await.unwrap()
}

/// The stages of the plan that was chosen.
fn collect_stages(part: &Bson, stages: &mut Vec<String>) {
    match part {
        Bson::Document(document) => {
            for (name, value) in document {
                if name == "rejectedPlans" {
                    continue;
                }
                if let ("stage", Bson::String(stage)) = (name.as_str(), value) {
                    stages.push(stage.clone());
                }
                collect_stages(value, stages);
            }
        }
        Bson::Array(parts) => parts.iter().for_each(|part| collect_stages(part, stages)),
        _ => {}
    }
}
