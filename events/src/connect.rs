//! Connecting to NATS: one user per service, its own inbox prefix, and no silent errors.

use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event};
use secrecy::{ExposeSecret, SecretString};

/// The interval of pings to the server. The library gives a connection up when the third is due and two have
/// no answer: after at most 6 seconds, where its own interval of a minute would make it three minutes.
const PING_INTERVAL: Duration = Duration::from_secs(2);
/// The time for a server to accept a connection, before the next one is tried.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// Whom to connect to and as whom.
#[derive(Clone, Debug)]
pub struct Connection {
    /// `nats://host:port`, comma-separated for a cluster.
    pub url: String,
    /// The NATS user; none where the server asks for none (tests).
    pub user: Option<String>,
    /// That user's password.
    pub password: Option<SecretString>,
    /// What the server's monitoring calls this client.
    pub name: String,
}

/// Connects, and keeps reconnecting for as long as the client lives.
///
/// A refused subject shows up at the caller only as a time-out, so the server's word for it is logged here.
/// `on_event` also hears of every change of the connection.
pub async fn connect(
    connection: &Connection,
    on_event: impl Fn(&Event) + Send + Sync + 'static,
) -> Result<Client, async_nats::ConnectError> {
    let mut options = ConnectOptions::new()
        .name(&connection.name)
        .ping_interval(PING_INTERVAL)
        .connection_timeout(CONNECTION_TIMEOUT)
        .event_callback(move |event| {
            match &event {
                Event::Connected => tracing::info!("nats connected"),
                Event::ServerError(_) | Event::ClientError(_) | Event::SlowConsumer(_) => {
                    tracing::error!(nats.event = %event, "nats reports a problem");
                }
                Event::Disconnected | Event::LameDuckMode | Event::Draining | Event::Closed => {
                    tracing::warn!(nats.event = %event, "nats connection changed");
                }
            }
            on_event(&event);
            std::future::ready(())
        });
    if let (Some(user), Some(password)) = (&connection.user, &connection.password) {
        options = options
            .user_and_password(user.clone(), password.expose_secret().to_owned())
            .custom_inbox_prefix(inbox_prefix(user));
    }
    options
        .connect(
            connection
                .url
                .split(',')
                .map(str::trim)
                .collect::<Vec<_>>()
                .as_slice(),
        )
        .await
}

/// The inbox prefix that the server's configuration grants to a user.
pub fn inbox_prefix(user: &str) -> String {
    format!("_INBOX_{}", user.replace('-', "_"))
}
