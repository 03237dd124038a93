//! The projector as a process: connections, the engine, and the admin port.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Context;
use axum::Router;
use events::{Connection, EventStore, KeyFeed, Keyring, MasterKeys};
use mongodb::{Client, options::ClientOptions};
use platform::{
    health::{Component, Readiness},
    serve::{self, Listeners},
    shutdown::Shutdown,
    telemetry,
};

use crate::collection::Collector;
use crate::{Engine, Run, Settings, engine, projections};

/// How long the last batches may take at the end.
const DRAIN: Duration = Duration::from_secs(10);
/// How long the driver looks for a primary before an operation fails and is tried again.
const SERVER_SELECTION: Duration = Duration::from_secs(5);
/// How often connections are tried at the start.
const CONNECT_AGAIN: Duration = Duration::from_secs(1);

/// Runs projections until the process is told to end.
pub async fn run(config: Run) -> anyhow::Result<()> {
    telemetry::init(&config.log, config.log_format).context("logging can't be started")?;
    let metrics = telemetry::metrics().context("metrics can't be recorded")?;
    engine::describe();
    let names: Vec<_> = config.only.0.iter().map(|name| name.0.clone()).collect();
    let projections = projections::named(&names)?;
    let keys = MasterKeys::parse(&config.master_keys).context("ECHO_MASTER_KEYS")?;
    let database = database(&config).await?;
    let shutdown = Shutdown::on_signals().context("signals can't be heard")?;
    let readiness = Readiness::new();
    let listeners = Listeners::bind(None, config.admin_listen).await?;
    let settings = Settings {
        lease: config.lease,
        shards: shards(&config),
        ..Settings::default()
    };
    shutdown.spawn("engine", {
        let (readiness, shutdown) = (readiness.clone(), shutdown.clone());
        let nats = readiness.component("nats");
        async move {
            if let Some((store, changes)) = connect(&config, keys, &nats, &shutdown).await {
                let end = shutdown.clone();
                shutdown.spawn("keys", async move {
                    tokio::select! {
                        () = changes.run() => {}
                        () = end.begun() => {}
                    }
                });
                if projections
                    .iter()
                    .any(|projection| projection.model().name == read_model::media::PROJECTION.name)
                {
                    let collector = Collector::new(store.clone(), database.clone());
                    let end = shutdown.clone();
                    shutdown.spawn("collection", async move {
                        collector.run(config.media_collection, end).await;
                    });
                }
                let engine = Engine::new(store, database, settings, readiness, shutdown);
                engine.run(projections).await;
            }
        }
    });
    let drained = serve::run(listeners, Router::new(), readiness, metrics, shutdown, DRAIN).await;
    anyhow::ensure!(drained, "the last batches did not end in time");
    Ok(())
}

fn shards(config: &Run) -> BTreeMap<String, u32> {
    let counts = config.shards.0.iter();
    counts
        .map(|shards| (shards.projection.0.clone(), shards.count))
        .collect()
}

async fn database(config: &Run) -> anyhow::Result<mongodb::Database> {
    let mut options = ClientOptions::parse(&config.mongo_url)
        .await
        .context("ECHO_MONGO_URL can't be used")?;
    options.app_name = Some("projector".to_owned());
    options.server_selection_timeout.get_or_insert(SERVER_SELECTION);
    let client = Client::with_options(options).context("ECHO_MONGO_URL can't be used")?;
    Ok(client.database(&config.mongo_database))
}

/// Connects to NATS and opens the keys, however long that takes; `None` when the process ends first.
async fn connect(
    config: &Run,
    keys: MasterKeys,
    component: &Component,
    shutdown: &Shutdown,
) -> Option<(EventStore, KeyFeed)> {
    while !shutdown.has_begun() {
        match try_connect(config, keys.clone(), component).await {
            Ok(connected) => {
                component.ok();
                return Some(connected);
            }
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "nats can't be used yet; trying again"
                );
                component.lacks(format!("{error:#}"));
            }
        }
        tokio::select! {
            () = tokio::time::sleep(CONNECT_AGAIN) => {}
            () = shutdown.begun() => {}
        }
    }
    None
}

async fn try_connect(
    config: &Run,
    keys: MasterKeys,
    component: &Component,
) -> anyhow::Result<(EventStore, KeyFeed)> {
    let connection = Connection {
        url: config.nats_url.clone(),
        user: config.nats_user.clone(),
        password: config.nats_password.clone(),
        name: "projector".to_owned(),
    };
    let watched = component.clone();
    let client = events::connect(&connection, move |event| match event {
        async_nats::Event::Connected => watched.ok(),
        async_nats::Event::Disconnected | async_nats::Event::Closed => watched.lacks("disconnected"),
        _ => {}
    });
    let client = client.await?;
    let jetstream = async_nats::jetstream::new(client.clone());
    let keyring = Keyring::open(&jetstream, &config.namespace, keys).await?;
    let changes = keyring.listen(&config.namespace).await?;
    let store = EventStore::new(client, config.namespace.clone(), keyring);
    Ok((store, changes))
}
