//! The projector's configuration.

use std::{net::SocketAddr, str::FromStr, time::Duration};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use events::{Connection, Namespace};
use mongodb::{Client, Database, options::ClientOptions};
use platform::{
    config::{List, secret},
    telemetry::{LogFilter, LogFormat},
};
use secrecy::SecretString;

use crate::projections::{self, UnknownProjection};

/// How long the driver looks for a primary before an operation fails and is tried again.
const SERVER_SELECTION: Duration = Duration::from_secs(5);

/// Builds Echo's read models from its events.
#[derive(Debug, Parser)]
#[command(name = "projector", version)]
pub struct Config {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// Where events and documents are.
#[derive(Debug, Clone, Args)]
pub struct Servers {
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
}

impl Servers {
    /// How NATS is reached.
    pub(crate) fn connection(&self) -> Connection {
        Connection {
            url: self.nats_url.clone(),
            user: self.nats_user.clone(),
            password: self.nats_password.clone(),
            name: "projector".to_owned(),
        }
    }

    /// The database; nothing is asked of it yet.
    pub(crate) async fn database(&self) -> anyhow::Result<Database> {
        let mut options = ClientOptions::parse(&self.mongo_url)
            .await
            .context("ECHO_MONGO_URL can't be used")?;
        options.app_name = Some("projector".to_owned());
        options.server_selection_timeout.get_or_insert(SERVER_SELECTION);
        let client = Client::with_options(options).context("ECHO_MONGO_URL can't be used")?;
        Ok(client.database(&self.mongo_database))
    }
}

/// What the projector can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keep read models up to date.
    Run(Box<Run>),
    /// What operators ask of projections.
    #[command(flatten)]
    Operate(Operation),
}

/// What operators ask of projections.
#[derive(Debug, Subcommand)]
pub enum Operation {
    /// List every projection, version and shard, who owns it, and how far behind it is.
    Status(On<StatusArgs>),
    /// Build the next version of a projection beside the one that readers use.
    Rebuild(On<RebuildArgs>),
    /// Compare two versions of a projection, field by field, at one common position.
    Diff(On<DiffArgs>),
    /// Send readers to the next version of a projection.
    Switch(On<SwitchArgs>),
    /// Send readers back to the version that they used before.
    Rollback(On<RollbackArgs>),
    /// Give up a version that readers don't use, and delete its documents.
    Drop(On<DropArgs>),
    /// Look at the events that could not be applied, and decide about them.
    #[command(subcommand)]
    DeadLetters(DeadLettersArgs),
}

/// What is asked, and on which servers.
#[derive(Debug, Args)]
pub struct On<T: Args> {
    /// What is asked.
    #[command(flatten)]
    pub what: T,
    /// Where.
    #[command(flatten)]
    pub servers: Servers,
}

/// The options of `projector status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Only these; all if none is named.
    pub projections: Vec<Name>,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// The options of `projector rebuild`.
#[derive(Debug, Args)]
pub struct RebuildArgs {
    /// Which.
    pub projection: Name,
    /// Into how many shards the new version is split; as many as the live one if nothing is said.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(events::PARTITIONS)))]
    pub shards: Option<u32>,
    /// Come back at once: the build goes on.
    #[arg(long)]
    pub no_wait: bool,
    /// Show how far a build has come that was begun before.
    #[arg(long, conflicts_with_all = ["shards", "no_wait"])]
    pub follow: bool,
}

/// The options of `projector diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Which.
    pub projection: Name,
    /// The version to compare with the live one; the next, or else the previous, if nothing is said.
    pub version: Option<u32>,
}

/// The options of `projector switch`.
#[derive(Debug, Args)]
pub struct SwitchArgs {
    /// Which.
    pub projection: Name,
    /// The version to use; the next if nothing is said.
    pub version: Option<u32>,
    /// Even if it is behind, or events of it are parked.
    #[arg(long)]
    pub force: bool,
}

/// The options of `projector rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// Which.
    pub projection: Name,
}

/// The options of `projector drop`.
#[derive(Debug, Args)]
pub struct DropArgs {
    /// Which.
    pub projection: Name,
    /// The version to give up.
    pub version: u32,
}

/// What can be done about parked events.
#[derive(Debug, Subcommand)]
pub enum DeadLettersArgs {
    /// List them.
    List(On<ListLettersArgs>),
    /// Show one, with the event as it is stored.
    Show(On<DeadLetterArgs>),
    /// Apply one, and all that wait behind it.
    Retry(On<RetryArgs>),
    /// Pass over one, and apply what waits behind it. It stays in the stream, and the next rebuild meets it again.
    Discard(On<DeadLetterArgs>),
}

/// Which parked events are listed.
#[derive(Debug, Args)]
pub struct ListLettersArgs {
    /// Only this projection's.
    pub projection: Option<Name>,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// A parked event.
#[derive(Debug, Args)]
pub struct DeadLetterArgs {
    /// Of which projection.
    pub projection: Name,
    /// Where it stands, as `e42`.
    pub position: events::Position,
}

/// Parked events to be tried again.
#[derive(Debug, Args)]
pub struct RetryArgs {
    /// Of which projection.
    pub projection: Name,
    /// Where it stands, as `e42`; all if nothing is said.
    pub position: Option<events::Position>,
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
    /// MiB of documents that each shard remembers, so that what it changes again needn't be loaded again.
    #[arg(long, env = "ECHO_PROJECTOR_MEMORY_MIB", default_value_t = 8)]
    pub memory_mib: u16,
    /// Milliseconds between looks for pictures that nothing refers to, by who keeps `media_usage`.
    #[arg(long, env = "ECHO_MEDIA_COLLECTION_MS", default_value = "300000", value_parser = milliseconds)]
    pub media_collection: Duration,
    /// Where health and metrics are served.
    #[arg(long, env = "ECHO_ADMIN_LISTEN", default_value = "127.0.0.1:8093")]
    pub admin_listen: SocketAddr,
    /// Where events and documents are.
    #[command(flatten)]
    pub servers: Servers,
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

impl Name {
    /// The projection of this name.
    pub(crate) fn model(&self) -> &'static read_model::Projection {
        let named = read_model::PROJECTIONS
            .into_iter()
            .find(|model| model.name == self.0);
        named.expect("a name is only made of a projection that there is")
    }
}

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
