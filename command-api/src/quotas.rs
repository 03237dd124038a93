//! How much an account may add in a day: what is stored for ever must not be added without end.
//!
//! Counted in the bucket `echo_quotas`, so across all instances. What is counted there is forgotten a day after its last
//! change, so a day begins with the first of what it counts.

use std::time::Duration;

use async_nats::jetstream::kv;
use clap::Args;
use events::{AccountId, PostId, QUOTAS_MAX_AGE};
use platform::Clock;
use serde::{Deserialize, Serialize};

use crate::handlers::pause;
use crate::measure::LIMITED;

/// How often a count is tried anew when other instances count at the same time.
const TRIES: u32 = 8;
/// When to try again if the others were faster every time.
const CONTENDED: Duration = Duration::from_secs(1);

/// How much may be added in a day. Load tests raise what they run into.
#[derive(Debug, Clone, Args)]
pub struct QuotaConfig {
    /// Pictures that one account may upload in a day.
    #[arg(long, env = "ECHO_PICTURES_PER_DAY", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub pictures_per_day: u32,
    /// Versions that one post may get in a day.
    #[arg(long, env = "ECHO_VERSIONS_PER_DAY", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub versions_per_day: u32,
    /// Friend requests that one account may make or accept in a day: how many friends somebody has can be told from no
    /// single aggregate, but how fast they become more can.
    #[arg(long, env = "ECHO_FRIEND_REQUESTS_PER_DAY", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub friend_requests_per_day: u32,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// Pictures of an account.
    Pictures,
    /// Versions of a post.
    Versions,
    /// Friend requests made or accepted by an account.
    FriendRequests,
}

/// Why nothing may be added.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The day's are used up; more may be added after this time.
    #[error("the quota of {0:?} is used up")]
    UsedUp(Quota, Duration),
    /// Others counted at the same time, every time.
    #[error("others were faster, every time")]
    Contended,
    /// The counts can't be reached.
    #[error("quotas can't be counted: {0}")]
    Unavailable(String),
}

impl Refusal {
    /// When to try again.
    pub fn retry_after(&self) -> Duration {
        match self {
            Self::UsedUp(_, wait) => *wait,
            Self::Contended | Self::Unavailable(_) => CONTENDED,
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Count {
    added: u32,
    /// When the first was added, in milliseconds since 1970.
    since: i64,
}

/// Counts what is added.
pub(crate) struct Quotas {
    bucket: kv::Store,
    config: QuotaConfig,
    clock: Clock,
}

impl Quotas {
    pub(crate) fn new(bucket: kv::Store, config: QuotaConfig, clock: Clock) -> Self {
        Self {
            bucket,
            config,
            clock,
        }
    }

    /// One more picture of an account.
    pub(crate) async fn picture(&self, account: AccountId) -> Result<(), Refusal> {
        let most = self.config.pictures_per_day;
        self.add(Quota::Pictures, &format!("pictures.{account}"), most)
            .await
    }

    /// One more version of a post, by whoever edits it: others can't use up its author's.
    pub(crate) async fn version(&self, account: AccountId, post: PostId) -> Result<(), Refusal> {
        let most = self.config.versions_per_day;
        self.add(Quota::Versions, &format!("versions.{account}.{post}"), most)
            .await
    }

    /// One more friend request that an account makes or accepts.
    pub(crate) async fn friend_request(&self, account: AccountId) -> Result<(), Refusal> {
        let most = self.config.friend_requests_per_day;
        self.add(Quota::FriendRequests, &format!("friends.{account}"), most)
            .await
    }

    async fn add(&self, quota: Quota, key: &str, most: u32) -> Result<(), Refusal> {
        for attempt in 1..=TRIES {
            let now = self.clock.now().timestamp_millis();
            let entry = self.bucket.entry(key).await.map_err(unavailable)?;
            let revision = entry.as_ref().map_or(0, |entry| entry.revision);
            let count = entry
                .and_then(|entry| serde_json::from_slice::<Count>(&entry.value).ok())
                .filter(|count| now < count.since + day());
            let count = count.unwrap_or(Count { added: 0, since: now });
            if count.added >= most {
                metrics::counter!(LIMITED, "kind" => "quota").increment(1);
                let wait = u64::try_from(count.since + day() - now).unwrap_or(0);
                return Err(Refusal::UsedUp(quota, Duration::from_millis(wait)));
            }
            let more = Count {
                added: count.added + 1,
                ..count
            };
            let value = serde_json::to_vec(&more).map_err(unavailable)?;
            match self.bucket.update(key, value.into(), revision).await {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == kv::UpdateErrorKind::WrongLastRevision => pause(attempt).await,
                Err(error) => return Err(unavailable(error)),
            }
        }
        Err(Refusal::Contended)
    }
}

fn day() -> i64 {
    i64::try_from(QUOTAS_MAX_AGE.as_millis()).unwrap_or(i64::MAX)
}

fn unavailable(error: impl std::fmt::Display) -> Refusal {
    Refusal::Unavailable(error.to_string())
}
