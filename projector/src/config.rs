//! The projector's configuration.

use std::{net::SocketAddr, str::FromStr, time::Duration};

use clap::{Args, Parser, Subcommand};
use events::Namespace;
use platform::{
    config::{List, secret},
    telemetry::{LogFilter, LogFormat},
};
use secrecy::SecretString;

use crate::projections::{self, UnknownProjection};

/// Builds Echo's read models from its events.
#[derive(Debug, Parser)]
#[command(name = "projector", version)]
pub struct Config {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// What the projector can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keep read models up to date.
    Run(Box<Run>),
}

/// The options of `projector run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Only these projections, comma-separated; all if none is named.
    #[arg(long, env = "ECHO_PROJECTOR_ONLY", default_value = "")]
    pub only: List<Name>,
    /// Into how many shards a new version of a projection is split, as `feed=3,posts=2`; 1 where nothing is
    /// said. A version that is there already keeps its number.
    #[arg(long, env = "ECHO_PROJECTOR_SHARDS", default_value = "")]
    pub shards: List<ShardCount>,
    /// Milliseconds that a shard stays its owner's without a sign of life.
    #[arg(long, env = "ECHO_PROJECTOR_LEASE_MS", default_value = "5000", value_parser = milliseconds)]
    pub lease: Duration,
    /// Milliseconds between looks for pictures that nothing refers to, by who keeps `media_usage`.
    #[arg(long, env = "ECHO_MEDIA_COLLECTION_MS", default_value = "300000", value_parser = milliseconds)]
    pub media_collection: Duration,
    /// Where health and metrics are served.
    #[arg(long, env = "ECHO_ADMIN_LISTEN", default_value = "127.0.0.1:8093")]
    pub admin_listen: SocketAddr,
    /// The NATS server, or several of a cluster, comma-separated.
    #[arg(long, env = "ECHO_NATS_URL")]
    pub nats_url: String,
    /// The NATS user; none where the server asks for none.
    #[arg(long, env = "ECHO_NATS_USER")]
    pub nats_user: Option<String>,
    /// The NATS user's password.
    #[arg(long, env = "ECHO_NATS_PASSWORD", hide_env_values = true, value_parser = secret)]
    pub nats_password: Option<SecretString>,
    /// What keeps this system apart from others on the same NATS.
    #[arg(long, env = "ECHO_NAMESPACE", default_value = "")]
    pub namespace: Namespace,
    /// The database server: a replica set, for there are transactions.
    #[arg(long, env = "ECHO_MONGO_URL", hide_env_values = true)]
    pub mongo_url: String,
    /// The database.
    #[arg(long, env = "ECHO_MONGO_DATABASE", default_value = "echo")]
    pub mongo_database: String,
    /// The keys that open people's data keys: `id:base64`, comma-separated, the current one first.
    #[arg(long, env = "ECHO_MASTER_KEYS", hide_env_values = true, value_parser = secret)]
    pub master_keys: SecretString,
    /// Which log lines are written.
    #[arg(long, env = "ECHO_LOG", default_value = "info")]
    pub log: LogFilter,
    /// How log lines are written.
    #[arg(long, env = "ECHO_LOG_FORMAT", value_enum, default_value = "json")]
    pub log_format: LogFormat,
}

/// The name of a projection that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(pub String);

impl FromStr for Name {
    type Err = UnknownProjection;

    fn from_str(text: &str) -> Result<Self, UnknownProjection> {
        let name = text.to_owned();
        projections::named(std::slice::from_ref(&name))?;
        Ok(Self(name))
    }
}

/// A projection and its number of shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardCount {
    /// The projection.
    pub projection: Name,
    /// How many shards, at least one.
    pub count: u32,
}

/// Why a text is no [`ShardCount`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidShardCount {
    /// It is written otherwise.
    #[error(
        "each must be written <projection>=<number>, the number from 1 to {}",
        events::PARTITIONS
    )]
    Form,
    /// It names no projection.
    #[error(transparent)]
    Projection(#[from] UnknownProjection),
}

impl FromStr for ShardCount {
    type Err = InvalidShardCount;

    fn from_str(text: &str) -> Result<Self, InvalidShardCount> {
        let (projection, count) = text.split_once('=').ok_or(InvalidShardCount::Form)?;
        let count = count.parse().map_err(|_| InvalidShardCount::Form)?;
        // More shards than partitions would leave some without documents.
        if !(1..=events::PARTITIONS).contains(&count) {
            return Err(InvalidShardCount::Form);
        }
        let projection = projection.parse()?;
        Ok(Self { projection, count })
    }
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .filter(|milliseconds| *milliseconds >= 100)
        .map(Duration::from_millis)
        .ok_or_else(|| "must be a number of milliseconds, at least 100".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_shards_is_given_by_name() {
        let feed = ShardCount {
            projection: Name("feed".to_owned()),
            count: 3,
        };
        assert_eq!("feed=3".parse(), Ok(feed));
        for text in ["feed", "feed=", "feed=0", "feed=65", "feed=x"] {
            assert_eq!(text.parse::<ShardCount>(), Err(InvalidShardCount::Form), "{text}");
        }
        let unknown = "likes=3".parse::<ShardCount>();
        assert!(matches!(unknown, Err(InvalidShardCount::Projection(_))));
    }
}
