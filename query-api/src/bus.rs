//! What the service hears over NATS: the projector's progress, and who was signed out.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_nats::{Client, Event};
use events::{Connection, Namespace, Revocations};
use platform::{Clock, health::Component, shutdown::Shutdown};
use tokio::sync::Notify;

use crate::watermarks::{self, Watermarks};

/// The pause between two tries to connect for the first time (after that the client reconnects by itself), or to
/// read the revocations.
const PAUSE: Duration = Duration::from_millis(500);

/// What hearing takes and what it feeds.
pub(crate) struct Bus {
    pub(crate) connection: Connection,
    pub(crate) namespace: Namespace,
    pub(crate) clock: Clock,
    pub(crate) watermarks: Watermarks,
    /// Set once they have been read.
    pub(crate) revocations: Arc<OnceLock<Revocations>>,
    /// Whether there is a connection.
    pub(crate) connected: Component,
    /// Whether the revocations are known.
    pub(crate) revocations_known: Component,
}

/// Listens until the end.
pub(crate) async fn listen(bus: Bus, shutdown: Shutdown) {
    let work = async {
        let reconnected = Arc::new(Notify::new());
        let client = bus.connect(&reconnected).await;
        bus.watermarks
            .ends()
            .ask_on(client.clone(), bus.namespace.clone());
        tokio::join!(
            watermarks::listen(&bus.watermarks, &client, &bus.namespace),
            bus.hear_revocations(&client, &reconnected)
        )
    };
    tokio::select! {
        _ = work => {}
        () = shutdown.begun() => {}
    }
}

impl Bus {
    async fn connect(&self, reconnected: &Arc<Notify>) -> Client {
        loop {
            let (state, watermarks, reconnected) = (
                self.connected.clone(),
                self.watermarks.clone(),
                reconnected.clone(),
            );
            let connected = events::connect(&self.connection, move |event| match event {
                Event::Connected => {
                    state.ok();
                    // What was said meanwhile went unheard.
                    watermarks.missed_words();
                    reconnected.notify_one();
                }
                Event::SlowConsumer(_) => {
                    watermarks.missed_words();
                    reconnected.notify_one();
                }
                Event::Disconnected | Event::Closed => state.lacks("disconnected"),
                Event::LameDuckMode | Event::Draining | Event::ServerError(_) | Event::ClientError(_) => {}
            })
            .await;
            match connected {
                Ok(client) => return client,
                Err(error) => {
                    self.connected.lacks("cannot connect");
                    tracing::warn!(%error, "cannot connect to nats; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn hear_revocations(&self, client: &Client, reconnected: &Notify) {
        let (revocations, feed) = loop {
            match Revocations::start(client, &self.namespace, self.clock.now()).await {
                Ok(started) => break started,
                Err(error) => {
                    self.revocations_known.lacks("cannot be read");
                    tracing::warn!(%error, "the revocations can't be read; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        let revocations = self.revocations.get_or_init(|| revocations).clone();
        self.revocations_known.ok();
        let read_again = async {
            loop {
                reconnected.notified().await;
                while let Err(error) = revocations.seed(client, &self.namespace, self.clock.now()).await {
                    tracing::warn!(%error, "the revocations can't be read again; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        tokio::select! {
            () = read_again => {}
            () = feed.run() => {
                // The client reconnects for ever, so this is not a lost connection but a closed one.
                tracing::error!("revocations are heard no more");
                self.revocations_known.lacks("the subscription ended");
            }
        }
    }
}
