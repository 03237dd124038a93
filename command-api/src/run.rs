//! Putting the service together, serving, and provisioning.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, Event};
use axum::Router;
use events::{EventStore, Keyring, LoadError, Revocations, Stream};
use platform::Clock;
use platform::health::Readiness;
use platform::serve::{self, BindError, Listeners, Options};
use platform::shutdown::Shutdown;
use platform::telemetry::{self, BuildError, PrometheusHandle};
use tokio::sync::Notify;

use crate::aggregates::Aggregates;
use crate::app::{App, StartError};
use crate::config::{ProvisionConfig, ServeConfig};
use crate::erasures::Erasures;
use crate::mail::{self, Mailer, Outbox};
use crate::stand_ins::StandIns;
use crate::{cmd, measure, routes};

/// What the service is called on NATS.
const NAME: &str = "command-api";
/// How long to wait before the revocations are read again, if they couldn't be.
const RESEED_PAUSE: Duration = Duration::from_millis(500);

/// Why the service doesn't run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// NATS can't be reached.
    #[error("NATS at {url} can't be reached")]
    Connect {
        /// Where it was looked for.
        url: String,
        /// The reason.
        source: async_nats::ConnectError,
    },
    /// The streams or the bucket aren't there.
    #[error("the event store isn't there; has `command-api provision` been run?")]
    NotProvisioned(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The streams or the bucket can't be made.
    #[error(transparent)]
    Provision(#[from] events::ProvisionError),
    /// A key can't be used.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A port can't be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The metrics can't be set up.
    #[error(transparent)]
    Metrics(#[from] BuildError),
    /// Mail can't be sent as configured.
    #[error("ECHO_MAIL can't be used")]
    Mail(#[from] mail::Error),
    /// The process can't listen for signals.
    #[error("signals can't be heard")]
    Signals(#[from] std::io::Error),
    /// Events can't be read.
    #[error("the events can't be read")]
    Load(#[from] LoadError),
    /// The pictures can't be looked through.
    #[error("the media store can't be used")]
    Store(#[from] media::store::StoreError),
    /// It can't be heard that keys change.
    #[error("the changes of keys can't be heard")]
    Keys(#[from] events::KeyError),
    /// The commands of the gateways can't be heard.
    #[error("the commands of the gateways can't be subscribed")]
    Subscribe(#[from] async_nats::SubscribeError),
}

/// Serves until SIGTERM or Ctrl-C.
pub async fn serve(config: ServeConfig) -> Result<(), Error> {
    let shutdown = Shutdown::on_signals()?;
    Service::start(config, Clock::system(), shutdown)
        .await?
        .run()
        .await;
    Ok(())
}

/// The service, bound to its ports and ready to run.
pub struct Service {
    app: App,
    listeners: Listeners,
    router: Router,
    readiness: Readiness,
    shutdown: Shutdown,
    metrics: PrometheusHandle,
    drain: Duration,
}

impl Service {
    /// Connects, checks that the event store is there, and binds.
    pub async fn start(config: ServeConfig, clock: Clock, shutdown: Shutdown) -> Result<Self, Error> {
        let readiness = Readiness::new();
        let reconnected = Arc::new(Notify::new());
        let aggregates = Aggregates::new(config.remembered_reactions);
        let client = Box::pin(connect(
            &config,
            &readiness,
            reconnected.clone(),
            aggregates.clone(),
        ))
        .await?;
        let store = open(&config, &client).await?;
        let (revocations, feed) = Revocations::start(&client, store.namespace(), clock.now()).await?;
        let refresh = reseed(
            revocations.clone(),
            store.clone(),
            clock.clone(),
            reconnected,
            shutdown.clone(),
        );
        shutdown.spawn("revocations after a break", refresh);
        let end = shutdown.token();
        shutdown.spawn("revocations", async move {
            tokio::select! {
                () = feed.run() => {}
                () = end.cancelled() => {}
            }
        });
        aggregates.listen(&client, store.namespace(), &shutdown).await?;
        let keys = store.keyring().listen(store.namespace()).await?;
        let end = shutdown.token();
        shutdown.spawn("keys", async move {
            tokio::select! {
                () = keys.run() => {}
                () = end.cancelled() => {}
            }
        });
        let jetstream = async_nats::jetstream::new(client.clone());
        let attempts = jetstream
            .get_key_value(config.nats.namespace.limits_bucket())
            .await;
        let attempts = attempts.map_err(|error| Error::NotProvisioned(error.into()))?;
        let quotas = jetstream
            .get_key_value(config.nats.namespace.quotas_bucket())
            .await;
        let quotas = quotas.map_err(|error| Error::NotProvisioned(error.into()))?;
        let mailer = Mailer::new(&config.mail)?;
        let (outbox, mails) = Outbox::new();
        let (erasures, begun) = Erasures::new(config.erasure_delay());
        let stand_ins = StandIns::new(store.last_signed_up().await?);
        let app = App::new(
            &config,
            (store, aggregates),
            revocations,
            (attempts, quotas),
            (outbox, erasures),
            stand_ins,
            clock,
        )?;
        shutdown.spawn("erasures", begun.work(app.clone(), shutdown.clone()));
        shutdown.spawn("mails", mails.work(app.clone(), mailer, shutdown.clone()));
        cmd::listen(&app, usize::from(config.command_concurrency), &shutdown).await?;
        let listeners = Listeners::bind(Some(config.listen), config.admin_listen).await?;
        let router = routes::router(app.clone(), Options::default());
        let metrics = telemetry::metrics()?;
        measure::describe();
        Ok(Self {
            app,
            listeners,
            router,
            readiness,
            metrics,
            shutdown,
            drain: config.drain(),
        })
    }

    /// What handlers have at hand, for who handles commands without HTTP.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Where the API is.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listeners.public_address()
    }

    /// Serves until the shutdown begins; says whether everything ended in time.
    pub async fn run(self) -> bool {
        serve::run(
            self.listeners,
            self.router,
            self.readiness,
            self.metrics,
            self.shutdown,
            self.drain,
        )
        .await
    }
}

async fn connect(
    config: &ServeConfig,
    readiness: &Readiness,
    reconnected: Arc<Notify>,
    aggregates: Aggregates,
) -> Result<Client, Error> {
    let nats = readiness.component("nats");
    let report = nats.clone();
    let connection = config.nats.connection(NAME);
    let client = events::connect(&connection, move |event| match event {
        Event::Connected => {
            report.ok();
            aggregates.connection(true);
            reconnected.notify_one();
        }
        Event::Disconnected | Event::Closed => {
            aggregates.connection(false);
            report.lacks("disconnected");
        }
        Event::SlowConsumer(_) => aggregates.forget_all(),
        Event::LameDuckMode | Event::Draining | Event::ServerError(_) | Event::ClientError(_) => {}
    });
    let client = client.await.map_err(|source| Error::Connect {
        url: config.nats.nats_url.clone(),
        source,
    })?;
    nats.ok();
    Ok(client)
}

async fn open(config: &ServeConfig, client: &Client) -> Result<EventStore, Error> {
    let jetstream = async_nats::jetstream::new(client.clone());
    let keyring = Keyring::open(&jetstream, &config.nats.namespace, config.master_keys.clone()).await;
    let keyring = keyring.map_err(|error| Error::NotProvisioned(error.into()))?;
    let store = EventStore::new(client.clone(), config.nats.namespace.clone(), keyring);
    for stream in Stream::ALL {
        store
            .last_position(stream)
            .await
            .map_err(|error| Error::NotProvisioned(error.into()))?;
    }
    Ok(store)
}

/// Reads revocations and keys again after each break of the connection, for some may have been missed.
async fn reseed(
    revocations: Revocations,
    store: EventStore,
    clock: Clock,
    reconnected: Arc<Notify>,
    shutdown: Shutdown,
) {
    loop {
        tokio::select! {
            () = reconnected.notified() => {}
            () = shutdown.begun() => return,
        }
        store.keyring().forget_all();
        while let Err(error) = revocations
            .seed(store.client(), store.namespace(), clock.now())
            .await
        {
            tracing::warn!(%error, "revocations can't be read; trying again");
            tokio::select! {
                () = tokio::time::sleep(RESEED_PAUSE) => {}
                () = shutdown.begun() => return,
            }
        }
    }
}

/// Creates or updates the streams and buckets.
pub async fn provision(config: &ProvisionConfig) -> Result<(), Error> {
    let connection = config.nats.connection("provision");
    let client = events::connect(&connection, |_| {}).await;
    let client = client.map_err(|source| Error::Connect {
        url: config.nats.nats_url.clone(),
        source,
    })?;
    let jetstream = async_nats::jetstream::new(client);
    events::provision(
        &jetstream,
        &config.nats.namespace,
        usize::from(config.stream_replicas),
    )
    .await?;
    tracing::info!("provisioned");
    Ok(())
}
