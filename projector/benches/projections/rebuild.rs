//! One read model built anew, and the same writes without an engine.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bson::RawDocumentBuf;
use events::Position;
use futures::StreamExt;
use mongodb::{
    Client, Database,
    event::{EventHandler, command::CommandEvent},
    options::ClientOptions,
};
use platform::{health::Readiness, shutdown::Shutdown};
use projector::{Engine, Projection, Settings};
use read_model::{engine::Progress, versioned};
use testkit::TestSystem;

/// Fields of a command that are the session's, not the write's.
const OF_THE_SESSION: [&str; 8] = [
    "lsid",
    "txnNumber",
    "startTransaction",
    "autocommit",
    "readConcern",
    "$db",
    "$clusterTime",
    "$readPreference",
];

/// With fewer than one write for so many events there is nothing to compare.
const FEW: usize = 100;

/// Measures one projection and prints a line.
pub(crate) async fn measure(system: &TestSystem, projection: Arc<dyn Projection>, rounds: usize) {
    let model = projection.model();
    let end = system.store.last_position(model.stream).await.unwrap();
    let commands = captured(system, &projection, end).await;
    let writes = commands.iter().map(statements).sum::<usize>();
    let (mut engine, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        engine.push(built(system, &projection, end).await);
        raw.push(replayed(system, model, &commands).await);
    }
    let [engine, raw] = [engine, raw].map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    });
    #[expect(clippy::cast_precision_loss, reason = "shown without fractions")]
    let events = end.sequence as f64;
    print!(
        "{:<14} {:>9} {writes:>9} {:>10.0}",
        model.name,
        end.sequence,
        events / engine
    );
    // What writes next to nothing spends its time on passing over events.
    if writes * FEW > usize::try_from(end.sequence).unwrap_or(usize::MAX) {
        println!(" {:>10.0} {:>12.2}", events / raw, raw / engine);
    } else {
        println!(" {:>10} {:>12}", "-", "-");
    }
}

/// The write commands of a build, in order.
async fn captured(
    system: &TestSystem,
    projection: &Arc<dyn Projection>,
    end: Position,
) -> Vec<RawDocumentBuf> {
    let commands: Arc<Mutex<Vec<RawDocumentBuf>>> = Arc::default();
    let names: Vec<_> = names(projection.model()).collect();
    let held = commands.clone();
    let handler = EventHandler::callback(move |event| {
        let CommandEvent::Started(started) = event else {
            return;
        };
        let kind = started.command_name.as_str();
        let collection = started.command.get_str(kind).unwrap_or_default().to_owned();
        if !matches!(kind, "insert" | "update" | "delete") || !names.contains(&collection) {
            return;
        }
        let mut command = started.command;
        for field in OF_THE_SESSION {
            command.remove(field);
        }
        let raw = RawDocumentBuf::try_from(&command).unwrap();
        held.lock().unwrap_or_else(PoisonError::into_inner).push(raw);
    });
    let database = fresh(system, Some(handler)).await;
    run(system, projection, &database, end).await;
    database.drop().await.unwrap();
    std::mem::take(&mut *commands.lock().unwrap_or_else(PoisonError::into_inner))
}

/// How many documents a command writes.
fn statements(command: &RawDocumentBuf) -> usize {
    let lists = ["documents", "updates", "deletes"];
    let list = lists.into_iter().find_map(|list| command.get_array(list).ok());
    list.map_or(0, |list| list.into_iter().count())
}

/// How long the engine takes to build it.
async fn built(system: &TestSystem, projection: &Arc<dyn Projection>, end: Position) -> Duration {
    let database = fresh(system, None).await;
    let took = run(system, projection, &database, end).await;
    database.drop().await.unwrap();
    took
}

/// Runs an engine until it has come to `end`; how long that took once it had its shard.
async fn run(
    system: &TestSystem,
    projection: &Arc<dyn Projection>,
    database: &Database,
    end: Position,
) -> Duration {
    let model = projection.model();
    let subject = system.store.namespace().progress(model.name, model.version, 0);
    let mut progress = system.store.client().subscribe(subject).await.unwrap();
    let shutdown = Shutdown::new();
    let engine = Engine::new(
        system.store.clone(),
        database.clone(),
        Settings::default(),
        Readiness::new(),
        shutdown.clone(),
    );
    let running = tokio::spawn(engine.run(vec![projection.clone()]));
    // From the first batch on: what comes before is making collections.
    let mut first = None;
    while let Some(message) = progress.next().await {
        let now = Instant::now();
        let told: Progress = serde_json::from_slice(&message.payload).unwrap();
        let started = *first.get_or_insert((now, told.position));
        if told.position >= end {
            shutdown.begin();
            running.await.unwrap();
            return scaled(now - started.0, started.1, end);
        }
    }
    unreachable!("the subscription lasts")
}

/// The time for all events, from the time for those after the first batch.
fn scaled(took: Duration, first: Position, end: Position) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let share = (end.sequence - first.sequence).max(1) as f64 / end.sequence as f64;
    took.div_f64(share)
}

/// How long the database takes for the commands alone.
async fn replayed(
    system: &TestSystem,
    model: &read_model::Projection,
    commands: &[RawDocumentBuf],
) -> Duration {
    let database = fresh(system, None).await;
    for collection in model.collections {
        let name = versioned(collection.name, model.version);
        database.create_collection(&name).await.unwrap();
        let indexes: Vec<_> = collection.indexes.iter().map(read_model::Index::model).collect();
        if !indexes.is_empty() {
            let collection = database.collection::<bson::Document>(&name);
            collection.create_indexes(indexes).await.unwrap();
        }
    }
    let started = Instant::now();
    for command in commands {
        let answer = database.run_raw_command(command.clone()).await.unwrap();
        assert!(!answer.contains_key("writeErrors"), "{answer}");
    }
    let took = started.elapsed();
    database.drop().await.unwrap();
    took
}

/// The names of a projection's collections.
fn names(model: &'static read_model::Projection) -> impl Iterator<Item = String> {
    let collections = model.collections.iter();
    collections.map(|collection| versioned(collection.name, model.version))
}

/// An empty database.
async fn fresh(system: &TestSystem, handler: Option<EventHandler<CommandEvent>>) -> Database {
    let mut options = ClientOptions::parse(&system.servers.mongo_url).await.unwrap();
    options.command_event_handler = handler;
    let client = Client::with_options(options).unwrap();
    let database = client.database(&format!("{}_bench", system.name));
    database.drop().await.unwrap();
    database
}
