//! Three projectors while everything goes wrong: they are killed, paused past their leases, stopped and started, and
//! so are nats-server and mongod beneath them. In the end every document is what an undisturbed build makes of the
//! stream.

use std::time::Duration;

use testkit::{MongoServer, NatsServer, Servers, Service, TestSystem, servers};

use crate::{
    process::{Writer, environment, rebuild, seed},
    watch::{Watch, assert_same, eventually, records},
    world::{Chance, World},
};

/// Short, so that a pause past it is soon over.
const LEASE: Duration = Duration::from_millis(1_500);
/// How many projectors there are.
const PROJECTORS: usize = 3;
/// How many let things happen.
const WRITERS: usize = 3;
/// How often something goes wrong.
const TROUBLES: usize = 12;

/// What can go wrong.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    ProjectorKilled,
    ProjectorPaused,
    ProjectorStopped,
    NatsKilled,
    MongoKilled,
}

/// Projectors the likelier ones, and each kind several times in a run.
const KINDS: [Trouble; 6] = [
    Trouble::ProjectorKilled,
    Trouble::ProjectorPaused,
    Trouble::NatsKilled,
    Trouble::ProjectorStopped,
    Trouble::ProjectorKilled,
    Trouble::MongoKilled,
];

async fn projector(system: &TestSystem) -> Service {
    // Some projections in several shards, so that there is more to share.
    let arguments = ["run", "--shards", "posts=3,friends=2,notifications=2"];
    Service::start("projector", &arguments, &environment(system, &system.name, LEASE)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_every_event_is_applied_exactly_once() {
    let (mut nats, mut mongo) = tokio::join!(NatsServer::start(), MongoServer::start());
    let system = TestSystem::on(Servers {
        nats_url: nats.url.clone(),
        mongo_url: mongo.url.clone(),
        ..servers()
    })
    .await;
    let mut chance = Chance::new(seed());
    let mut projectors = Vec::new();
    for _ in 0..PROJECTORS {
        projectors.push(projector(&system).await);
    }
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        writers.push(Writer::start(World::new(&system, seed()).await));
    }
    for n in 0..TROUBLES {
        let moment = u64::try_from(chance.below(1_500)).expect("a moment");
        tokio::time::sleep(Duration::from_millis(moment)).await;
        let (kind, which) = (KINDS[n % KINDS.len()], chance.below(PROJECTORS));
        println!("{kind:?} {which}");
        match kind {
            Trouble::ProjectorKilled => {
                projectors.remove(which).kill().await;
                projectors.push(projector(&system).await);
            }
            Trouble::ProjectorPaused => {
                projectors[which].signal("STOP");
                tokio::time::sleep(LEASE * 2).await;
                projectors[which].signal("CONT");
            }
            Trouble::ProjectorStopped => {
                assert!(projectors.remove(which).stop().await);
                projectors.push(projector(&system).await);
            }
            Trouble::NatsKilled => {
                nats.kill().await;
                nats.restart().await;
            }
            Trouble::MongoKilled => {
                mongo.kill().await;
                mongo.restart().await;
            }
        }
    }
    for writer in writers {
        writer.stop().await;
    }
    let database = system.database().await;
    eventually("every shard has an owner", async || {
        let records = records(&database).await;
        records.len() == read_model::PROJECTIONS.len() + 4
            && records.iter().all(|record| record.owner.is_some())
    })
    .await;
    Watch::new(&system, &system.name).await.until_end(&system).await;
    for projector in projectors {
        assert!(projector.stop().await);
    }
    assert_same(&database, &rebuild(&system).await).await;
}
