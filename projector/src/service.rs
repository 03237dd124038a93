//! The projector as a process: connections, the engine, and the admin port.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Context;
use axum::Router;
use events::{EventStore, KeyFeed, Keyring, MasterKeys};
use platform::{
    health::{Component, Readiness},
    serve::{self, Listeners},
    shutdown::Shutdown,
    telemetry,
};

use crate::collection::Collector;
use crate::{Engine, Run, Settings, config::Servers, engine, projections};

/// How long the last batches may take at the end.
const DRAIN: Duration = Duration::from_secs(10);
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
    let database = config.servers.database().await?;
    let shutdown = Shutdown::on_signals().context("signals can't be heard")?;
    let readiness = Readiness::new();
    let listeners = Listeners::bind(None, config.admin_listen).await?;
    let settings = Settings {
        lease: config.lease,
        memory: u64::from(config.memory_mib) << 20,
        shards: shards(&config),
        ..Settings::default()
    };
    shutdown.spawn("engine", {
        let (readiness, shutdown) = (readiness.clone(), shutdown.clone());
        let nats = readiness.component("nats");
        let servers = config.servers.clone();
        async move {
            if let Some((store, changes)) = connect(&servers, keys, &nats, &shutdown).await {
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

/// Connects to NATS and opens the keys, however long that takes; `None` when the process ends first.
async fn connect(
    servers: &Servers,
    keys: MasterKeys,
    component: &Component,
    shutdown: &Shutdown,
) -> Option<(EventStore, KeyFeed)> {
    while !shutdown.has_begun() {
        match try_connect(servers, keys.clone(), component).await {
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
    servers: &Servers,
    keys: MasterKeys,
    component: &Component,
) -> anyhow::Result<(EventStore, KeyFeed)> {
    let watched = component.clone();
    let connection = servers.connection();
    let client = events::connect(&connection, move |event| match event {
        async_nats::Event::Connected => watched.ok(),
        async_nats::Event::Disconnected | async_nats::Event::Closed => watched.lacks("disconnected"),
        _ => {}
    });
    let client = client.await?;
    let jetstream = async_nats::jetstream::new(client.clone());
    let keyring = Keyring::open(&jetstream, &servers.namespace, keys).await?;
    let changes = keyring.listen(&servers.namespace).await?;
    let store = EventStore::new(client, servers.namespace.clone(), keyring);
    Ok((store, changes))
}
