//! The configuration: every setting is an option and an environment variable.

use std::{net::SocketAddr, time::Duration};

use axum::http::HeaderName;
use clap::{Args, Parser, Subcommand};
use events::{Connection, Namespace};
use media::config::MediaConfig;
use platform::{
    config::{List, secret},
    rate_limit::Rates,
    telemetry::{LogFilter, LogFormat},
    token::{Audience, PublicKey},
};
use secrecy::SecretString;

/// Echo's query side: read models become answers.
#[derive(Debug, Parser)]
#[command(name = "query-api", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `query-api` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the reads.
    Serve(Box<ServeConfig>),
    /// Print the OpenAPI document of the reads.
    Openapi,
}

/// The settings of `serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeConfig {
    /// Where to serve the API.
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
    /// `mongodb://…`; may hold a password.
    #[arg(long, env = "ECHO_MONGO_URL", hide_env_values = true, value_parser = secret)]
    pub mongo_url: SecretString,
    /// The database of the read models.
    #[arg(long, env = "ECHO_MONGO_DATABASE", default_value = "echo")]
    pub mongo_database: String,
    /// Connections to MongoDB; reads beyond that wait for one of them.
    #[arg(long, env = "ECHO_MONGO_CONNECTIONS", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    pub mongo_connections: u16,
    /// Reads being answered at once; one more is refused with 503, so that none queues without bound.
    #[arg(long, env = "ECHO_MAX_READS", default_value_t = 512, value_parser = clap::value_parser!(u16).range(1..))]
    pub max_reads: u16,
    /// MiB of memory for copies of documents that are asked for often; with 0 there are none.
    #[arg(long, env = "ECHO_COPIES_MIB", default_value_t = 64)]
    pub copies_mib: u16,
    /// How many archives of all that is somebody's there may be.
    #[command(flatten)]
    pub exports: ExportLimits,
    /// Reads waiting at once for a position; one more is refused with 503. Each costs about a kilobyte.
    #[arg(long, env = "ECHO_MAX_WAITING_READS", default_value_t = 2_000)]
    pub max_waiting_reads: u32,
    /// Reads of one account waiting at once for a position; one more is refused with 429.
    #[arg(long, env = "ECHO_MAX_WAITING_READS_PER_ACCOUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_waiting_reads_per_account: u32,
    /// The distance beyond a stream's end at which a position may be that a read names; one further ahead is refused
    /// with 400. As many events as may be appended while a part of the NATS cluster is cut off and doesn't know it,
    /// which takes some seconds.
    #[arg(long, env = "ECHO_POSITIONS_AHEAD", default_value_t = 10_000)]
    pub positions_ahead: u64,
    /// The header in which the edge tells the client's address; unset, the peer's address counts.
    #[arg(long, env = "ECHO_CLIENT_ADDRESS_HEADER")]
    pub client_address_header: Option<HeaderName>,
    /// Requests of one account in a minute, over all instances; more are answered with 429.
    #[arg(long, env = "ECHO_ACCOUNT_RATE", default_value_t = 1_200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub account_rate: u32,
    /// Requests from one address in a minute, over all instances and whoever makes them: a whole office may share one.
    #[arg(long, env = "ECHO_ADDRESS_RATE", default_value_t = 12_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub address_rate: u32,
    /// How many instances there are: each enforces its share of the rates.
    #[arg(long, env = "ECHO_RATE_INSTANCES", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub rate_instances: u16,
    /// Public keys whose access tokens are accepted, base64url, comma-separated: two during a rotation.
    #[arg(long, env = "ECHO_TOKEN_VERIFYING_KEYS")]
    pub token_verifying_keys: List<PublicKey>,
    /// `iss` of access tokens.
    #[arg(long, env = "ECHO_TOKEN_ISSUER", default_value = "echo")]
    pub token_issuer: String,
    /// `aud` of access tokens.
    #[arg(long, env = "ECHO_TOKEN_AUDIENCE", default_value = "echo")]
    pub token_audience: String,
    /// Where pictures are.
    #[command(flatten)]
    pub media: MediaConfig,
    /// Which log lines to write: `info`, or `info,query_api=debug`.
    #[arg(long, env = "ECHO_LOG", default_value = "info")]
    pub log: LogFilter,
    /// How to write them.
    #[arg(long, env = "ECHO_LOG_FORMAT", default_value = "json")]
    pub log_format: LogFormat,
    /// Lines that this instance writes about each security event in a minute; what is more is only counted.
    #[arg(long, env = "ECHO_SECURITY_LINES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub security_lines: u32,
    /// How many seconds requests have to finish when the process is asked to end.
    #[arg(long, env = "ECHO_DRAIN_SECONDS", default_value_t = 20)]
    pub drain_seconds: u16,
}

/// How many archives of all that is somebody's there may be, and how long one may take. An account has one at a time.
#[derive(Debug, Clone, Copy, Args)]
pub struct ExportLimits {
    /// Archives that are read from the database at once; others wait in turn for the next part of theirs. With 0 there
    /// are none.
    #[arg(long, env = "ECHO_MAX_EXPORTS", default_value_t = 2)]
    pub max_exports: u16,
    /// Archives being written at once, whether or not anybody takes them just then; one more is refused with 503. Each
    /// costs up to a few megabytes.
    #[arg(long, env = "ECHO_MAX_OPEN_EXPORTS", default_value_t = 64)]
    pub max_open_exports: u16,
    /// Seconds for which an archive waits for its client to take the next part.
    #[arg(long, env = "ECHO_EXPORT_IDLE_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    pub export_idle_seconds: u16,
    /// Seconds that an archive may take in all.
    #[arg(long, env = "ECHO_EXPORT_SECONDS", default_value_t = 1_800, value_parser = clap::value_parser!(u16).range(1..))]
    pub export_seconds: u16,
}

impl ServeConfig {
    /// How to reach NATS.
    pub fn nats(&self) -> Connection {
        Connection {
            url: self.nats_url.clone(),
            user: self.nats_user.clone(),
            password: self.nats_password.clone(),
            name: "query-api".to_owned(),
        }
    }

    /// By whom and for whom tokens are made.
    pub fn audience(&self) -> Audience {
        Audience {
            issuer: self.token_issuer.clone(),
            audience: self.token_audience.clone(),
        }
    }

    /// How many requests this instance lets an account and an address make.
    pub fn rates(&self) -> Rates {
        Rates {
            account: self.account_rate,
            address: self.address_rate,
            instances: self.rate_instances,
        }
    }

    /// How long requests have to finish at the end.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(u64::from(self.drain_seconds))
    }
}
