//! The configuration: every setting is an option and an environment variable.

use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use axum::http::HeaderName;
use clap::{Args, Parser, Subcommand};
use events::{Connection, InvalidKeys, MasterKeys, Namespace};
use media::config::MediaConfig;
use platform::config::{List, secret};
use platform::origin::Origin;
use platform::telemetry::{LogFilter, LogFormat};
use platform::token::{Audience, PublicKey};
use secrecy::SecretString;

/// Echo's live side: Socket.IO.
#[derive(Debug, Parser)]
#[command(name = "chat-gateway", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `chat-gateway` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve sockets.
    Serve(Box<ServeConfig>),
    /// Print the AsyncAPI document of the socket.
    Asyncapi,
}

/// The settings of `serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeConfig {
    /// Where to serve sockets.
    #[arg(long, env = "ECHO_LISTEN")]
    pub listen: SocketAddr,
    /// Where to serve health and metrics.
    #[arg(long, env = "ECHO_ADMIN_LISTEN")]
    pub admin_listen: SocketAddr,
    /// `nats://host:port`, comma-separated for a cluster.
    #[arg(long, env = "ECHO_NATS_URL")]
    pub nats_url: String,
    /// The NATS user.
    #[arg(long, env = "ECHO_NATS_USER")]
    pub nats_user: Option<String>,
    /// That user's password.
    #[arg(long, env = "ECHO_NATS_PASSWORD", hide_env_values = true, value_parser = secret)]
    pub nats_password: Option<SecretString>,
    /// Keeps several systems apart on one NATS: 1 to 32 of a-z and 0-9.
    #[arg(long, env = "ECHO_NAMESPACE", default_value = "")]
    pub namespace: Namespace,
    /// Which log lines to write: `info`, or `info,events=debug`.
    #[arg(long, env = "ECHO_LOG", default_value = "info")]
    pub log: LogFilter,
    /// How to write them.
    #[arg(long, env = "ECHO_LOG_FORMAT", default_value = "json")]
    pub log_format: LogFormat,
    /// Unwrap people's data keys: `id:base64(32 bytes)`, comma-separated, the current one first.
    #[arg(long, env = "ECHO_MASTER_KEYS", hide_env_values = true, value_parser = master_keys)]
    pub master_keys: MasterKeys,
    /// Public keys whose access tokens are accepted, comma-separated, 32 bytes each in base64url.
    #[arg(long, env = "ECHO_TOKEN_VERIFYING_KEYS", value_parser = verifying_keys)]
    pub token_verifying_keys: List<PublicKey>,
    /// `iss` of access tokens.
    #[arg(long, env = "ECHO_TOKEN_ISSUER", default_value = "echo")]
    pub token_issuer: String,
    /// `aud` of access tokens.
    #[arg(long, env = "ECHO_TOKEN_AUDIENCE", default_value = "echo")]
    pub token_audience: String,
    /// The URL at which people have Echo in their browsers, whose pages may connect. Those of the origin that is asked may
    /// in any case; it is told by the headers `Host` and `X-Forwarded-Proto`.
    #[arg(long, env = "ECHO_PUBLIC_URL", value_parser = origin)]
    pub public_url: Option<Origin>,
    /// Origins besides our own whose pages may connect, comma-separated: `https://app.example`.
    #[arg(long, env = "ECHO_ALLOWED_ORIGINS", default_value = "")]
    pub allowed_origins: List<String>,
    /// The header in which the edge tells the client's address; unset, the peer's address counts.
    #[arg(long, env = "ECHO_CLIENT_ADDRESS_HEADER")]
    pub client_address_header: Option<HeaderName>,
    /// Where pictures are.
    #[command(flatten)]
    pub media: MediaConfig,
    /// What one socket, one account and the whole gateway may take.
    #[command(flatten)]
    pub limits: Limits,
    /// Lines that this instance writes about each security event in a minute; what is more is only counted.
    #[arg(long, env = "ECHO_SECURITY_LINES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub security_lines: u32,
    /// How many seconds clients have to leave when the process is asked to end.
    #[arg(long, env = "ECHO_DRAIN_SECONDS", default_value_t = 20)]
    pub drain_seconds: u16,
    /// Over how many of these seconds they are sent away, so that they don't all arrive elsewhere at once.
    #[arg(long, env = "ECHO_DRAIN_JITTER_SECONDS", default_value_t = 10)]
    pub drain_jitter_seconds: u16,
}

/// What one socket, one account and the whole gateway may take.
#[derive(Debug, Clone, Copy, Args)]
pub struct Limits {
    /// Sockets of the gateway.
    #[arg(long, env = "ECHO_SOCKETS", default_value = "50000")]
    pub sockets: NonZeroU32,
    /// Sockets of one account on this gateway: a tab or device each.
    #[arg(long, env = "ECHO_SOCKETS_PER_ACCOUNT", default_value = "20")]
    pub sockets_per_account: NonZeroU32,
    /// Sockets of one address on this gateway (of IPv6: one /64), and how many it may open at once. Offices
    /// and mobile networks share one.
    #[arg(long, env = "ECHO_SOCKETS_PER_ADDRESS", default_value = "1000")]
    pub sockets_per_address: NonZeroU16,
    /// Packets that wait for one socket to take them; with one more it is too slow and disconnected.
    #[arg(long, env = "ECHO_SOCKET_BUFFER", default_value = "256")]
    pub socket_buffer: NonZeroU16,
    /// Bytes of one message from a client. The longest text is 16,000 bytes in UTF-8.
    #[arg(long, env = "ECHO_SOCKET_PAYLOAD_BYTES", default_value = "65536")]
    pub socket_payload_bytes: NonZeroU32,
    /// Events that one socket may send each second, for long. A few times as many packets may come in all, answers to pings
    /// among them; a client that sends more loses its connection.
    #[arg(long, env = "ECHO_SOCKET_EVENTS_PER_SECOND", default_value = "20")]
    pub socket_events_per_second: NonZeroU16,
    /// Events that one socket may send at once, as when its outbox empties after a time offline.
    #[arg(long, env = "ECHO_SOCKET_EVENTS_BURST", default_value = "250")]
    pub socket_events_burst: NonZeroU16,
    /// Packets that may come by long polling from one address (of IPv6: one /64) in a second, for long; ten times as many
    /// at once. A client that polls sends a few in each interval between pings, and one or two for each message.
    #[arg(long, env = "ECHO_POLLED_PACKETS_PER_ADDRESS", default_value = "1000")]
    pub polled_packets_per_address: NonZeroU32,
    /// People and posts that the sockets of one account may ask to watch in a minute, for long: each is looked up. One
    /// that may not be watched costs as much as ten that may.
    #[arg(long, env = "ECHO_LOOKUPS_PER_MINUTE", default_value = "12000")]
    pub lookups_per_minute: NonZeroU32,
    /// How many of them at once: as when all tabs of somebody with many friends connect again.
    #[arg(long, env = "ECHO_LOOKUPS_BURST", default_value = "20000")]
    pub lookups_burst: NonZeroU32,
    /// Seconds between pings, and how long the answer may take: below what load balancers call idle (60 s).
    #[arg(long, env = "ECHO_SOCKET_PING_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=25))]
    pub socket_ping_seconds: u16,
}

impl ServeConfig {
    /// The connection to NATS.
    pub fn connection(&self) -> Connection {
        Connection {
            url: self.nats_url.clone(),
            user: self.nats_user.clone(),
            password: self.nats_password.clone(),
            name: "chat-gateway".to_owned(),
        }
    }

    /// For whom tokens are made.
    pub fn audience(&self) -> Audience {
        Audience {
            issuer: self.token_issuer.clone(),
            audience: self.token_audience.clone(),
        }
    }

    /// How long clients have to leave at the end.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(u64::from(self.drain_seconds))
    }

    /// Over how long they are sent away: never all of what they have to leave.
    pub fn drain_jitter(&self) -> Duration {
        Duration::from_secs(u64::from(self.drain_jitter_seconds)).min(self.drain() / 2)
    }
}

impl Limits {
    /// The time between pings.
    pub fn ping(&self) -> Duration {
        Duration::from_secs(u64::from(self.socket_ping_seconds))
    }
}

fn master_keys(text: &str) -> Result<MasterKeys, InvalidKeys> {
    MasterKeys::parse(&SecretString::from(text))
}

fn origin(url: &str) -> Result<Origin, String> {
    Origin::of_url(url).ok_or_else(|| "must be a URL of http or https".to_owned())
}

fn verifying_keys(text: &str) -> Result<List<PublicKey>, String> {
    let keys: List<PublicKey> = text.parse().map_err(|error| format!("{error}"))?;
    if keys.0.is_empty() {
        return Err("must name at least one key".to_owned());
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use platform::config::try_parse;

    use super::*;

    fn serve(more: &[&str]) -> Result<ServeConfig, String> {
        let mut args = vec!["chat-gateway", "serve", "--listen", "127.0.0.1:0"];
        args.extend(["--admin-listen", "127.0.0.1:0", "--nats-url", "nats://localhost"]);
        args.extend(["--master-keys", "a:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="]);
        args.extend(["--media-url-key", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="]);
        args.extend(more);
        match try_parse::<Cli>(args).map_err(|error| error.to_string())?.command {
            Command::Serve(config) => Ok(*config),
            Command::Asyncapi => Err("asyncapi".to_owned()),
        }
    }

    #[test]
    fn without_keys_to_verify_tokens_it_doesnt_start() {
        let missing = "missing configuration: ECHO_TOKEN_VERIFYING_KEYS (--token-verifying-keys)";
        assert_eq!(serve(&[]).unwrap_err(), missing);
        let error = serve(&["--token-verifying-keys", ","]).unwrap_err();
        assert_eq!(
            error,
            "wrong configuration: ECHO_TOKEN_VERIFYING_KEYS (--token-verifying-keys): must name at least one key"
        );
    }

    #[test]
    fn clients_are_sent_away_well_before_the_deadline() {
        let key = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let config = serve(&[
            "--token-verifying-keys",
            key,
            "--drain-seconds",
            "6",
            "--drain-jitter-seconds",
            "9",
        ]);
        assert_eq!(config.unwrap().drain_jitter(), Duration::from_secs(3));
    }
}
