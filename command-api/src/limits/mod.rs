//! Slowing down who guesses, without letting anybody lock somebody else out.
//!
//! Attempts are counted in the bucket `echo_limits`, so across all instances, under keyed hashes of what was
//! attempted and from where. Names are counted as they were given, before anything is looked up: what isn't an
//! account is counted like what is.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::kv;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use events::{AccountId, LIMITS_MAX_AGE, NameHash};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use platform::Clock;
use platform::config::Key;
use platform::extract::ClientAddress;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use tokio::sync::Mutex;

use crate::handlers::pause;
use crate::measure::LIMITED;

mod guesses;

pub(crate) use guesses::Target;

/// How often a count is tried anew when other instances count at the same time.
const TRIES: u32 = 8;
/// How many counts of one instance are made at once. One key's wait for each other here, where that is cheap.
const STRIPES: usize = 64;
/// When to try again if the others were faster every time.
const CONTENDED: Duration = Duration::from_secs(1);

/// How many attempts there may be. Load tests raise what they run into.
#[derive(Debug, Clone, Args)]
pub struct LimitConfig {
    /// Wrong passwords for one name, and for one account by whichever name or form, from one address in 15 minutes;
    /// then no more are checked.
    #[arg(long, env = "ECHO_LOGIN_LIMIT", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub login_limit: u32,
    /// Wrong passwords for one name, and for one account, from everywhere in 15 minutes, before addresses that never
    /// succeeded are delayed.
    #[arg(long, env = "ECHO_LOGIN_ACCOUNT_LIMIT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub login_account_limit: u32,
    /// That delay, in seconds: each such address may try once in so long.
    #[arg(long, env = "ECHO_LOGIN_DELAY_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub login_delay_seconds: u32,
    /// Sign-ups from one address in 15 minutes.
    #[arg(long, env = "ECHO_SIGNUP_LIMIT", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub signup_limit: u32,
    /// Forgotten passwords asked about from one address in 15 minutes.
    #[arg(long, env = "ECHO_RESET_LIMIT", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub reset_limit: u32,
    /// Mails for a forgotten password to one person in 15 minutes; beyond it the answer is the same, but none is sent.
    #[arg(long, env = "ECHO_RESET_MAIL_LIMIT", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub reset_mail_limit: u32,
    /// Mails that confirm another address, by one account and to one address each, in 15 minutes.
    #[arg(long, env = "ECHO_EMAIL_MAIL_LIMIT", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub email_mail_limit: u32,
}

/// Why an attempt isn't made.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There were too many; the next one may be made after this time.
    #[error("too many attempts")]
    Wait(Duration),
    /// The counts can't be reached.
    #[error("attempts can't be counted: {0}")]
    Unavailable(String),
}

/// Where a request comes from, as far as counting goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source(Option<IpAddr>);

impl Source {
    pub(crate) fn new(address: Option<IpAddr>) -> Self {
        Self(ClientAddress(address).network())
    }

    /// The address, or the network of one.
    pub(crate) fn address(self) -> Option<IpAddr> {
        self.0
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

/// What was counted under one key.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Count {
    attempts: u32,
    /// When the first of them was, in milliseconds since 1970.
    since: i64,
    /// Not before then may the next be made, where each has to wait.
    #[serde(default)]
    next: i64,
}

/// Counts attempts. Cheap to clone; clones share the locks.
#[derive(Clone)]
pub(crate) struct Limits {
    bucket: kv::Store,
    key: Arc<Zeroizing<[u8; 32]>>,
    locks: Arc<[Mutex<()>; STRIPES]>,
    config: LimitConfig,
    clock: Clock,
}

impl Limits {
    pub(crate) fn new(bucket: kv::Store, permanent: &Key, config: LimitConfig, clock: Clock) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        match Hkdf::<Sha256>::new(None, permanent.expose()).expand(b"echo limits", &mut *key) {
            Ok(()) => {}
            Err(_) => unreachable!("HKDF-SHA256 gives up to 8,160 bytes"),
        }
        Self {
            bucket,
            key: Arc::new(key),
            locks: Arc::new(std::array::from_fn(|_| Mutex::default())),
            config,
            clock,
        }
    }

    /// One sign-up from `source`.
    pub(crate) async fn sign_up(&self, source: Source) -> Result<(), Refusal> {
        self.attempt("sign-up", &[&source.to_string()], self.config.signup_limit)
            .await
    }

    /// One question about a forgotten password from `source`.
    pub(crate) async fn reset(&self, source: Source) -> Result<(), Refusal> {
        self.attempt("reset", &[&source.to_string()], self.config.reset_limit)
            .await
    }

    /// One mail for a forgotten password to whoever has this address.
    pub(crate) async fn reset_mail(&self, email: &NameHash) -> Result<(), Refusal> {
        let limit = self.config.reset_mail_limit;
        self.attempt("reset mail", &[&email.to_string()], limit).await
    }

    /// One mail by which `account` confirms an address, to whoever reads what is sent there.
    pub(crate) async fn email_mail(&self, account: AccountId, email: &NameHash) -> Result<(), Refusal> {
        let limit = self.config.email_mail_limit;
        self.attempt("email mail by", &[&account.to_string()], limit)
            .await?;
        self.attempt("email mail to", &[&email.to_string()], limit).await
    }

    async fn attempt(&self, kind: &'static str, parts: &[&str], limit: u32) -> Result<(), Refusal> {
        let now = self.clock.now().timestamp_millis();
        let outcome = self
            .update(&self.name(kind, parts), |count| {
                if count.attempts >= limit {
                    return Err(count.since + window() - now);
                }
                Ok(Count {
                    attempts: count.attempts + 1,
                    ..count
                })
            })
            .await;
        if matches!(outcome, Err(Refusal::Wait(_))) {
            metrics::counter!(LIMITED, "kind" => kind).increment(1);
        }
        outcome
    }

    /// Changes the count under `key`, or says how many milliseconds there are to wait.
    async fn update(
        &self,
        key: &str,
        mut change: impl FnMut(Count) -> Result<Count, i64>,
    ) -> Result<(), Refusal> {
        let stripe = key
            .bytes()
            .fold(0_usize, |sum, byte| sum.wrapping_mul(31) + usize::from(byte));
        let _held = self.locks[stripe % STRIPES].lock().await;
        for attempt in 1..=TRIES {
            let now = self.clock.now().timestamp_millis();
            let entry = self.bucket.entry(key).await.map_err(unavailable)?;
            let revision = entry.as_ref().map_or(0, |entry| entry.revision);
            let count = entry
                .and_then(|entry| current(&entry.value, now))
                .unwrap_or(Count {
                    attempts: 0,
                    since: now,
                    next: 0,
                });
            let changed = change(count).map_err(|wait| Refusal::Wait(milliseconds(wait)))?;
            let value = serde_json::to_vec(&changed).map_err(unavailable)?;
            match self.bucket.update(key, value.into(), revision).await {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == kv::UpdateErrorKind::WrongLastRevision => pause(attempt).await,
                Err(error) => return Err(unavailable(error)),
            }
        }
        Err(Refusal::Wait(CONTENDED))
    }

    async fn read(&self, key: &str) -> Result<Option<Count>, Refusal> {
        let now = self.clock.now().timestamp_millis();
        let value = self.bucket.get(key).await.map_err(unavailable)?;
        Ok(value.and_then(|value| current(&value, now)))
    }

    /// A key that tells nobody what is counted under it.
    fn name(&self, kind: &str, parts: &[&str]) -> String {
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&**self.key) else {
            unreachable!("HMAC takes keys of any length")
        };
        for part in [kind].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let code = mac.finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(&code[..16])
    }
}

/// The count, if it isn't over.
fn current(value: &[u8], now: i64) -> Option<Count> {
    let count: Count = serde_json::from_slice(value).ok()?;
    (now < count.since + window()).then_some(count)
}

fn window() -> i64 {
    i64::try_from(LIMITS_MAX_AGE.as_millis()).unwrap_or(i64::MAX)
}

fn milliseconds(wait: i64) -> Duration {
    Duration::from_millis(u64::try_from(wait).unwrap_or(0))
}

fn unavailable(error: impl std::fmt::Display) -> Refusal {
    Refusal::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_of_one_network_count_together() {
        let source = |text: &str| Source::new(Some(text.parse().unwrap()));
        assert_eq!(source("2001:db8:7:8::9"), source("2001:db8:7:8:a::b"));
        assert_ne!(source("2001:db8:7:8::9"), source("2001:db8:7:9::9"));
        assert_eq!(source("::ffff:192.0.2.7"), source("192.0.2.7"));
        assert_ne!(source("192.0.2.7"), source("192.0.2.8"));
    }
}
