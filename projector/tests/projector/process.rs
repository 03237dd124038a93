//! The projector as a process: killed, paused, stopped, told nonsense.

use std::collections::HashSet;
use std::time::Duration;

use events::{Position, Stream};
use testkit::{NatsServer, Service, TestSystem};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

use crate::{
    watch::{Watch, assert_same, database, eventually, records},
    world::{Chance, World},
};

/// A lease that one can wait for, and that a busy machine keeps.
const LEASE: Duration = Duration::from_millis(1500);
/// Where it matters little that a busy machine loses it now and then.
const SHORT_LEASE: Duration = Duration::from_millis(400);
/// How many shards there are: one of each projection.
const ALL: u64 = read_model::PROJECTIONS.len() as u64;
/// How often the projector is killed.
const KILLS: usize = 15;
/// How often a projector is paused.
const PAUSES: usize = 3;

/// The environment of a projector that writes to `database`.
pub(crate) fn environment(system: &TestSystem, database: &str, lease: Duration) -> Vec<(String, String)> {
    let mut environment = system.environment();
    environment.retain(|(name, _)| name != "ECHO_MONGO_DATABASE");
    let own = [
        ("ECHO_MONGO_DATABASE", database.to_owned()),
        ("ECHO_PROJECTOR_LEASE_MS", lease.as_millis().to_string()),
    ];
    environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    environment
}

pub(crate) async fn projector(system: &TestSystem, database: &str, lease: Duration) -> Service {
    Service::start("projector", &["run"], &environment(system, database, lease)).await
}

/// A fresh build of everything by a process that nobody disturbs.
pub(crate) async fn rebuild(system: &TestSystem) -> mongodb::Database {
    let name = format!("{}_again", system.name);
    let service = projector(system, &name, LEASE).await;
    let database = database(system, &name).await;
    eventually("all shards are made", async || {
        records(&database).await.len() == read_model::PROJECTIONS.len()
    })
    .await;
    Watch::new(system, &name).await.until_end(system).await;
    assert!(service.stop().await);
    database
}

pub(crate) fn seed() -> u64 {
    u64::from_le_bytes(platform::id::random_bytes())
}

/// Lets things happen all the while, until told to stop.
pub(crate) struct Writer {
    stop: oneshot::Sender<()>,
    task: JoinHandle<World>,
}

impl Writer {
    pub(crate) fn start(mut world: World) -> Self {
        let (stop, mut stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            while stopped.try_recv().is_err() {
                world.step().await;
            }
            world
        });
        Self { stop, task }
    }

    /// The same, no faster than another projection keeps up with.
    pub(crate) fn paced(mut world: World, system: &TestSystem, by: &'static str) -> Self {
        let (stop, mut stopped) = oneshot::channel::<()>();
        let system = system.clone();
        let task = tokio::spawn(async move {
            let mut watch = Watch::new(&system, &system.name).await;
            while stopped.try_recv().is_err() {
                world.steps(5).await;
                let end = system.store.last_position(Stream::Events).await;
                watch.until(&[by], end.expect("nats answers")).await;
            }
            world
        });
        Self { stop, task }
    }

    pub(crate) async fn stop(self) -> World {
        self.stop.send(()).expect("the writer is there");
        self.task.await.expect("the writer ends well")
    }
}

async fn epochs(system: &TestSystem) -> Vec<i64> {
    let records = records(&system.database().await).await;
    records.into_iter().map(|record| record.epoch).collect()
}

/// What the admin port answers.
async fn get(service: &Service, path: &str) -> String {
    let connection = TcpStream::connect(service.admin_address).await;
    let mut connection = connection.expect("the admin port answers");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let sent = connection.write_all(request.as_bytes()).await;
    sent.expect("the admin port answers");
    let mut answer = String::new();
    let read = connection.read_to_string(&mut answer).await;
    read.expect("the admin port answers");
    answer
}

/// The sum of a metric over its labels.
async fn metric(service: &Service, name: &str) -> u64 {
    let metrics = get(service, "/metrics").await;
    let of_name = metrics
        .lines()
        .filter(|line| line.starts_with(&format!("{name}{{")));
    of_name
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

#[tokio::test]
async fn a_projector_killed_again_and_again_has_applied_every_event_once() {
    let system = TestSystem::start().await;
    let mut chance = Chance::new(seed());
    let writer = Writer::start(World::new(&system, seed()).await);
    for _ in 0..KILLS {
        let before = epochs(&system).await;
        let service = projector(&system, &system.name, SHORT_LEASE).await;
        // In the midst of its work, rather than while it still waits for the leases of the one before.
        let owns_all = |now: &[i64]| {
            let mut pairs = now.iter().zip(before.iter().chain(std::iter::repeat(&0)));
            now.len() == read_model::PROJECTIONS.len() && pairs.all(|(now, before)| now > before)
        };
        eventually("it owns all", async || owns_all(&epochs(&system).await)).await;
        let moment = u64::try_from(chance.below(150)).unwrap();
        tokio::time::sleep(Duration::from_millis(moment)).await;
        service.kill().await;
    }
    let world = writer.stop().await;
    let service = projector(&system, &system.name, SHORT_LEASE).await;
    Watch::new(&system, &system.name).await.until_end(&system).await;
    assert!(service.stop().await);

    let epochs = epochs(&system).await;
    assert!(
        epochs.iter().all(|epoch| *epoch > 5),
        "it was killed too early: {epochs:?}"
    );
    let built = system.database().await;
    assert_same(&built, &rebuild(&system).await).await;
    world.check(&built).await;
}

#[tokio::test]
async fn a_projector_paused_past_its_lease_writes_nothing_when_it_wakes() {
    let system = TestSystem::start().await;
    let writer = Writer::start(World::new(&system, seed()).await);
    let mut owner = projector(&system, &system.name, LEASE).await;
    eventually("the first owns all", async || owned(&owner).await == ALL).await;
    let mut other = projector(&system, &system.name, LEASE).await;
    for _ in 0..PAUSES {
        // A busy machine loses a lease now and then, so it may be the other that owns most by now.
        if owned(&owner).await < owned(&other).await {
            std::mem::swap(&mut owner, &mut other);
        }
        let lost_before = lost(&owner).await;
        owner.signal("STOP");
        eventually("the other owns all", async || owned(&other).await == ALL).await;
        let written = writes(&other).await;
        eventually("the other works", async || writes(&other).await > written + 50).await;
        owner.signal("CONT");
        eventually("the first has noticed", async || lost(&owner).await > lost_before).await;
        std::mem::swap(&mut owner, &mut other);
    }
    let world = writer.stop().await;
    Watch::new(&system, &system.name).await.until_end(&system).await;
    assert!(owner.stop().await);
    assert!(other.stop().await);

    let built = system.database().await;
    assert_same(&built, &rebuild(&system).await).await;
    world.check(&built).await;
}

/// How many documents a projector has written.
async fn writes(service: &Service) -> u64 {
    metric(service, "projector_document_writes_total").await
}

/// How many shards a projector owns.
async fn owned(service: &Service) -> u64 {
    metric(service, "projector_shard_owned").await
}

/// How many shards a projector has lost.
async fn lost(service: &Service) -> u64 {
    metric(service, "projector_ownerships_lost_total").await
}

#[tokio::test]
async fn operators_see_readiness_and_metrics_and_it_stops_when_told() {
    let system = TestSystem::start().await;
    let service = projector(&system, &system.name, LEASE).await;
    assert!(get(&service, "/healthz").await.starts_with("HTTP/1.1 200"));
    eventually("it is ready", async || {
        get(&service, "/readyz").await.starts_with("HTTP/1.1 200")
    })
    .await;
    let mut world = World::new(&system, seed()).await;
    world.steps(20).await;
    Watch::new(&system, &system.name).await.until_end(&system).await;
    let metrics = get(&service, "/metrics").await;
    for name in [
        "projector_events_total",
        "projector_document_writes_total",
        "projector_batch_events",
        "projector_batch_duration_seconds",
        "projector_lag_seconds",
        "projector_shard_owned",
    ] {
        assert!(metrics.contains(&format!("# HELP {name} ")), "{name}: {metrics}");
    }
    assert!(service.stop().await);
    let released = records(&system.database().await).await;
    assert!(released.iter().all(|record| record.owner.is_none()));
}

/// An event behind the first dozen whose subject stands nowhere before it.
async fn first_of_its_subject(system: &TestSystem) -> (Position, Vec<u8>) {
    let mut subjects = HashSet::new();
    for sequence in 1.. {
        let position = Position::new(Stream::Events, sequence);
        let raw = system.store.raw_at(position).await.expect("nats answers");
        let subject = raw.expect("there are more").subject;
        if subjects.insert(subject.clone()) && sequence > 12 {
            return (position, subject.into_bytes());
        }
    }
    unreachable!("a stream ends");
}

#[tokio::test]
async fn an_event_that_the_stream_has_lost_is_named_and_nothing_behind_it_is_applied() {
    let mut nats = NatsServer::start().await;
    let servers = testkit::servers().with_nats(&nats.url);
    let system = TestSystem::on(servers).await;
    World::new(&system, seed()).await.steps(60).await;
    let (lost, subject) = first_of_its_subject(&system).await;
    nats.stop().await;
    nats.flip_bit_after(&subject);
    nats.restart().await;
    let service = projector(&system, &system.name, LEASE).await;
    let named = format!("the event at {lost} is missing");
    eventually("readiness names it", async || {
        let answer = get(&service, "/readyz").await;
        answer.starts_with("HTTP/1.1 503") && answer.contains(&named)
    })
    .await;
    let before = i64::try_from(lost.sequence).expect("a small number") - 1;
    for record in records(&system.database().await).await {
        let of_events = read_model::PROJECTIONS
            .iter()
            .any(|projection| projection.name == record.projection && projection.stream == Stream::Events);
        assert!(!of_events || record.position <= before, "{record:?}");
    }
    assert!(service.stop().await);
}

#[tokio::test]
async fn only_the_named_projections_are_run() {
    let system = TestSystem::start().await;
    let environment = environment(&system, &system.name, LEASE);
    let service = Service::start("projector", &["run", "--only", "feed,chat"], &environment).await;
    let database = database(&system, &system.name).await;
    eventually("they are owned", async || {
        let records = records(&database).await;
        let owned = records.iter().filter(|record| record.owner.is_some());
        owned.map(|record| record.projection.as_str()).collect::<Vec<_>>() == ["chat", "feed"]
    })
    .await;
    assert!(service.stop().await);
    assert_eq!(records(&database).await.len(), 2);
}

#[test]
fn an_unknown_projection_is_refused_with_the_known_ones() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_projector"))
        .args([
            "run",
            "--only",
            "feed,likes",
            "--nats-url",
            "x",
            "--mongo-url",
            "x",
        ])
        .args(["--master-keys", "x"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(platform::config::EX_CONFIG));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("ECHO_PROJECTOR_ONLY (--only): there is no projection \"likes\"; there are accounts, chat, feed, friends, media_usage, notifications, posts, profiles, sessions"),
        "{told}"
    );
}
