//! The configuration: every setting is an option and an environment variable.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::HeaderName;
use clap::{Args, Parser, Subcommand};
use events::{Connection, InvalidKeys, MasterKeys, Namespace};
use media::config::MediaConfig;
use media::service::UploadLimits;
use platform::config::{Key, List, secret};
use platform::rate_limit::Rates;
use platform::telemetry::{LogFilter, LogFormat};
use platform::token::{Audience, PublicKey};
use secrecy::SecretString;

use crate::limits::LimitConfig;
use crate::mail::MailConfig;
use crate::quotas::QuotaConfig;

/// Echo's command side: HTTP writes become events.
#[derive(Debug, Parser)]
#[command(name = "command-api", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `command-api` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the commands.
    Serve(Box<ServeConfig>),
    /// Create or update the streams and buckets (as the operator's NATS user).
    Provision(ProvisionConfig),
    /// Wrap every person's key under the first of the master keys (as command-api's NATS user).
    RotateKeys(RotateConfig),
    /// Delete pictures that no event tells of (as command-api's NATS user); meant to be run once a day.
    CollectOrphans(Box<OrphansConfig>),
    /// Print fresh keys for development, as KEY=VALUE lines.
    GenerateKeys,
    /// Print the OpenAPI document of the commands.
    Openapi,
}

/// How to reach NATS.
#[derive(Debug, Clone, Args)]
pub struct NatsConfig {
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
}

impl NatsConfig {
    /// The connection, under the name that NATS's monitoring shows.
    pub fn connection(&self, name: &str) -> Connection {
        Connection {
            url: self.nats_url.clone(),
            user: self.nats_user.clone(),
            password: self.nats_password.clone(),
            name: name.to_owned(),
        }
    }
}

/// How to log.
#[derive(Debug, Clone, Args)]
pub struct LogConfig {
    /// Which lines to write: `info`, or `info,events=debug`.
    #[arg(long, env = "ECHO_LOG", default_value = "info")]
    pub log: LogFilter,
    /// How to write them.
    #[arg(long, env = "ECHO_LOG_FORMAT", default_value = "json")]
    pub log_format: LogFormat,
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
    /// NATS.
    #[command(flatten)]
    pub nats: NatsConfig,
    /// Logging.
    #[command(flatten)]
    pub log: LogConfig,
    /// Wrap people's data keys: `id:base64(32 bytes)`, comma-separated, the current one first.
    #[arg(long, env = "ECHO_MASTER_KEYS", hide_env_values = true, value_parser = master_keys)]
    pub master_keys: MasterKeys,
    /// The root of name hashes and refresh tokens, 32 bytes in base64; changing it loses every name.
    #[arg(long, env = "ECHO_PERMANENT_KEY", hide_env_values = true)]
    pub permanent_key: Key,
    /// Signs access tokens: an Ed25519 seed, 32 bytes in base64.
    #[arg(long, env = "ECHO_TOKEN_SIGNING_KEY", hide_env_values = true)]
    pub token_signing_key: Key,
    /// Public keys whose tokens are accepted besides our own: those of the last and the next signing key.
    #[arg(long, env = "ECHO_TOKEN_VERIFYING_KEYS", default_value = "")]
    pub token_verifying_keys: List<PublicKey>,
    /// `iss` of access tokens.
    #[arg(long, env = "ECHO_TOKEN_ISSUER", default_value = "echo")]
    pub token_issuer: String,
    /// `aud` of access tokens.
    #[arg(long, env = "ECHO_TOKEN_AUDIENCE", default_value = "echo")]
    pub token_audience: String,
    /// Origins besides our own whose pages may refresh and end sessions, comma-separated.
    #[arg(long, env = "ECHO_ALLOWED_ORIGINS", default_value = "")]
    pub allowed_origins: List<String>,
    /// Whether the refresh cookie travels by https alone; `false` is for plain http on loopback.
    #[arg(long, env = "ECHO_COOKIE_SECURE", default_value_t = true, action = clap::ArgAction::Set)]
    pub cookie_secure: bool,
    /// How many days after log-in a session ends, however often it is used; 30 days without use end it in any case.
    #[arg(long, env = "ECHO_SESSION_DAYS", default_value_t = 180, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub session_days: u16,
    /// The header in which the edge tells the client's address; unset, the peer's address counts.
    #[arg(long, env = "ECHO_CLIENT_ADDRESS_HEADER")]
    pub client_address_header: Option<HeaderName>,
    /// Mail.
    #[command(flatten)]
    pub mail: MailConfig,
    /// Where pictures are.
    #[command(flatten)]
    pub media: MediaConfig,
    /// How many pictures may be taken in at once.
    #[command(flatten)]
    pub uploads: UploadLimits,
    /// How much an account may add in a day.
    #[command(flatten)]
    pub quotas: QuotaConfig,
    /// How many attempts there may be.
    #[command(flatten)]
    pub limits: LimitConfig,
    /// Requests of one account in a minute, over all instances; more are answered with 429.
    #[arg(long, env = "ECHO_ACCOUNT_RATE", default_value_t = 1_200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub account_rate: u32,
    /// Requests from one address in a minute, over all instances and whoever makes them: a whole office may share one.
    #[arg(long, env = "ECHO_ADDRESS_RATE", default_value_t = 12_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub address_rate: u32,
    /// How many instances there are: each enforces its share of the rates.
    #[arg(long, env = "ECHO_RATE_INSTANCES", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub rate_instances: u16,
    /// Lines that this instance writes about each security event in a minute; what is more is only counted.
    #[arg(long, env = "ECHO_SECURITY_LINES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub security_lines: u32,
    /// How many passwords are hashed at once; as many as there are cores unless set.
    #[arg(long, env = "ECHO_PASSWORD_THREADS", value_parser = clap::value_parser!(u16).range(1..))]
    pub password_threads: Option<u16>,
    /// How many more may wait for it before sign-up and log-in answer 503: about two seconds' worth on two cores.
    #[arg(long, env = "ECHO_PASSWORD_QUEUE", default_value_t = 128)]
    pub password_queue: u16,
    /// How many commands from the chat gateways are handled at once.
    #[arg(long, env = "ECHO_COMMAND_CONCURRENCY", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..))]
    pub command_concurrency: u16,
    /// Of how many reactions it is remembered that they are the last of somebody to a post, at about 200 bytes each:
    /// a like that is remembered appends nothing when it is repeated.
    #[arg(long, env = "ECHO_REMEMBERED_REACTIONS", default_value_t = 100_000)]
    pub remembered_reactions: u64,
    /// How many milliseconds after somebody asked to be forgotten commands of theirs may still be under way in other
    /// instances; what is left of them is removed afterwards.
    #[arg(long, env = "ECHO_ERASURE_DELAY_MS", default_value_t = 2_000)]
    pub erasure_delay_ms: u32,
    /// How many seconds requests have to finish when the process is asked to end.
    #[arg(long, env = "ECHO_DRAIN_SECONDS", default_value_t = 20)]
    pub drain_seconds: u16,
}

impl ServeConfig {
    /// For whom tokens are made.
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

    /// How long a session may last, however often it is used.
    pub fn session_lifetime(&self) -> chrono::Duration {
        chrono::Duration::days(i64::from(self.session_days))
    }

    /// How long requests have to finish at the end.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(u64::from(self.drain_seconds))
    }

    /// How long commands of somebody who asked to be forgotten may be under way.
    pub fn erasure_delay(&self) -> Duration {
        Duration::from_millis(u64::from(self.erasure_delay_ms))
    }

    /// How many passwords are hashed at once.
    pub fn password_threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.password_threads.map_or_else(cores, usize::from)
    }
}

/// The settings of `provision`.
#[derive(Debug, Clone, Args)]
pub struct ProvisionConfig {
    /// NATS.
    #[command(flatten)]
    pub nats: NatsConfig,
    /// Logging.
    #[command(flatten)]
    pub log: LogConfig,
    /// On how many servers each stream is held: 1 on a laptop, 3 in production.
    #[arg(long, env = "ECHO_STREAM_REPLICAS", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
    pub stream_replicas: u8,
}

/// The settings of `rotate-keys`.
#[derive(Debug, Clone, Args)]
pub struct RotateConfig {
    /// NATS.
    #[command(flatten)]
    pub nats: NatsConfig,
    /// Logging.
    #[command(flatten)]
    pub log: LogConfig,
    /// The new key first, then those that still wrap somebody's: `id:base64(32 bytes)`, comma-separated.
    #[arg(long, env = "ECHO_MASTER_KEYS", hide_env_values = true, value_parser = master_keys)]
    pub master_keys: MasterKeys,
}

/// The settings of `collect-orphans`.
#[derive(Debug, Clone, Args)]
pub struct OrphansConfig {
    /// NATS.
    #[command(flatten)]
    pub nats: NatsConfig,
    /// Logging.
    #[command(flatten)]
    pub log: LogConfig,
    /// Where pictures are.
    #[command(flatten)]
    pub media: MediaConfig,
    /// What people's keys are wrapped by: `id:base64(32 bytes)`, comma-separated, the current one first.
    #[arg(long, env = "ECHO_MASTER_KEYS", hide_env_values = true, value_parser = master_keys)]
    pub master_keys: MasterKeys,
}

fn master_keys(text: &str) -> Result<MasterKeys, InvalidKeys> {
    MasterKeys::parse(&SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::config::try_parse;

    const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    fn serve(more: &[&str]) -> Result<Cli, String> {
        let mut args = vec![
            "command-api",
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            "127.0.0.1:0",
        ];
        args.extend([
            "--nats-url",
            "nats://localhost",
            "--permanent-key",
            KEY,
            "--token-signing-key",
            KEY,
            "--media-url-key",
            KEY,
        ]);
        args.extend(more);
        try_parse(args).map_err(|error| error.to_string())
    }

    #[test]
    fn a_missing_key_names_its_variable() {
        assert_eq!(
            serve(&[]).unwrap_err(),
            "missing configuration: ECHO_MASTER_KEYS (--master-keys)"
        );
    }

    #[test]
    fn a_wrong_key_names_its_variable_and_is_not_shown() {
        let error = serve(&["--master-keys", "hunter2"]).unwrap_err();
        assert!(
            error.starts_with("wrong configuration: ECHO_MASTER_KEYS (--master-keys): "),
            "{error}"
        );
        assert!(!error.contains("hunter2"));
    }

    #[test]
    fn the_cookie_is_secure_unless_told_otherwise() {
        let secure = |more: &[&str]| {
            let mut args = vec!["--master-keys", "a:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="];
            args.extend(more);
            let Command::Serve(config) = serve(&args).unwrap().command else {
                panic!("serve")
            };
            config.cookie_secure
        };
        assert!(secure(&[]));
        assert!(!secure(&["--cookie-secure", "false"]));
    }
}
