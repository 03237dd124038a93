//! The bucket `echo_presence`, which all gateways share.
//!
//! `<account>.<gateway>` stands there from a person's first socket on a gateway to the last one's end,
//! `<account>.seen` says when somebody came or left last, and `gateway.<gateway>` is written every few
//! seconds by a gateway that lives, with a short time to live. What is stored is republished, so a gateway
//! hears of it without a consumer, and in the order in which it was stored.

use std::fmt;
use std::time::Duration;

use async_nats::jetstream::{self, message::PublishMessage, message::StreamMessage};
use async_nats::{Client, HeaderMap, Message, StatusCode, Subscriber};
use chrono::{DateTime, SecondsFormat, Utc};
use events::{AccountId, EventStore, Namespace, SEEN};
use futures::StreamExt;
use uuid::Uuid;

use super::ledger::{ENTRY_LIVES, Write};
use super::roster::ALIVE_FOR;

/// How long a single answer of the server may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// How many people are asked about at once; the server gives at most 1,024 answers.
const PEOPLE_AT_ONCE: usize = 100;
/// How long the mark stays that somebody left.
const MARK_LIVES: Duration = Duration::from_mins(1);

/// The life of the word when somebody was last seen. A gateway that had lost touch while somebody was erased may write it
/// once more; so it doesn't stay for ever.
const SEEN_LIVES: Duration = Duration::from_hours(90 * 24);

const GATEWAY: &str = "gateway";

/// One run of one gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct GatewayId(Uuid);

impl From<Uuid> for GatewayId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for GatewayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// Something that stands in the bucket, or no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    /// Of two facts about the same, the one with the greater revision holds.
    pub(crate) revision: u64,
    /// Since when; for [`About::Seen`], what it says.
    pub(crate) at: DateTime<Utc>,
    /// What it is about.
    pub(crate) about: About,
}

/// What a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// Whether somebody is connected to a gateway.
    Place {
        account: AccountId,
        gateway: GatewayId,
        here: bool,
    },
    /// When somebody was seen.
    Seen { account: AccountId },
    /// Whether a gateway lives.
    Beat { gateway: GatewayId, alive: bool },
}

/// The bucket can't be reached.
#[derive(Debug, thiserror::Error)]
#[error("the bucket of presence can't be reached: {0}")]
pub(crate) struct Unavailable(String);

fn unavailable(error: impl fmt::Display) -> Unavailable {
    Unavailable(error.to_string())
}

/// The bucket, as the gateway `me` sees it.
#[derive(Clone)]
pub(crate) struct Bucket {
    me: GatewayId,
    client: Client,
    jetstream: jetstream::Context,
    namespace: Namespace,
}

impl Bucket {
    pub(crate) fn new(store: &EventStore, me: GatewayId) -> Self {
        Self {
            me,
            client: store.client().clone(),
            jetstream: jetstream::new(store.client().clone()),
            namespace: store.namespace().clone(),
        }
    }

    /// Says that this gateway lives.
    pub(crate) async fn beat(&self) -> Result<(), Unavailable> {
        self.put(&format!("{GATEWAY}.{}", self.me), "", ALIVE_FOR).await
    }

    /// Says that it no longer does.
    pub(crate) async fn stop(&self) -> Result<(), Unavailable> {
        self.purge(&format!("{GATEWAY}.{}", self.me)).await
    }

    /// Writes what the ledger has to say of one person.
    pub(crate) async fn write(&self, write: Write, now: DateTime<Utc>) -> Result<(), Unavailable> {
        let (account, at) = match write {
            Write::Here(account) => (account, now),
            Write::Left(account, at) => (account, at),
        };
        // First of all, so that who hears of the leaving knows when it was.
        let seen = at.to_rfc3339_opts(SecondsFormat::Millis, true);
        self.put(&format!("{account}.{SEEN}"), &seen, SEEN_LIVES).await?;
        let place = format!("{account}.{}", self.me);
        match write {
            Write::Here(_) => self.put(&place, "", ENTRY_LIVES).await,
            Write::Left(..) => self.purge(&place).await,
        }
    }

    /// All that stands there about some people.
    pub(crate) async fn people(&self, people: &[AccountId]) -> Result<Vec<Fact>, Unavailable> {
        let mut facts = Vec::new();
        for some in people.chunks(PEOPLE_AT_ONCE) {
            let keys: Vec<String> = some.iter().map(|account| format!("{account}.*")).collect();
            facts.extend(self.read(&keys).await?);
        }
        Ok(facts)
    }

    /// The gateways that live.
    pub(crate) async fn gateways(&self) -> Result<Vec<Fact>, Unavailable> {
        self.read(&[format!("{GATEWAY}.*")]).await
    }

    /// Hears of all that is stored from now on.
    ///
    /// Of everybody, not only of who is watched: a subscription for each watched person would take about
    /// 5 KB, and a busy gateway's clients watch a hundred thousand; a change is two short messages, and
    /// one about somebody whom nobody here watches costs a look into a map.
    pub(crate) async fn listen(&self) -> Result<Subscriber, async_nats::SubscribeError> {
        self.client.subscribe(self.namespace.live_presence("*.*")).await
    }

    /// Reads what was heard.
    pub(crate) fn heard(&self, message: &Message) -> Option<Fact> {
        let headers = message.headers.as_ref()?;
        let prefix = self.namespace.live_presence("");
        let key = message.subject.strip_prefix(prefix.as_str())?;
        let revision = headers.get(events::header::SEQUENCE)?.as_str().parse().ok()?;
        let stored_at = DateTime::parse_from_rfc3339(headers.get(crate::live::TIME_STAMP)?.as_str()).ok()?;
        fact(key, revision, stored_at.to_utc(), Some(headers), &message.payload)
    }

    fn subject(&self, key: &str) -> String {
        format!("$KV.{}.{key}", self.namespace.presence_bucket())
    }

    async fn put(&self, key: &str, value: &str, lives: Duration) -> Result<(), Unavailable> {
        let message = PublishMessage::build().payload(value.to_owned().into());
        self.publish(key, message.ttl(lives)).await
    }

    /// Deletes a key for everybody to hear; the mark of it goes by itself.
    async fn purge(&self, key: &str) -> Result<(), Unavailable> {
        let message = PublishMessage::build()
            .header("KV-Operation", "PURGE")
            .header(async_nats::header::NATS_ROLLUP, "sub")
            .ttl(MARK_LIVES);
        self.publish(key, message).await
    }

    async fn publish(&self, key: &str, message: PublishMessage) -> Result<(), Unavailable> {
        let acknowledged = self
            .jetstream
            .send_publish(self.subject(key), message)
            .await
            .map_err(unavailable)?;
        acknowledged.await.map_err(unavailable)?;
        Ok(())
    }

    /// The last of each key, wildcards allowed: one request, an answer for each, then a status.
    async fn read(&self, keys: &[String]) -> Result<Vec<Fact>, Unavailable> {
        let subjects: Vec<String> = keys.iter().map(|key| self.subject(key)).collect();
        let request = serde_json::json!({ "multi_last": subjects }).to_string();
        let api = format!("$JS.API.DIRECT.GET.KV_{}", self.namespace.presence_bucket());
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await.map_err(unavailable)?;
        self.client
            .publish_with_reply(api, inbox, request.into())
            .await
            .map_err(unavailable)?;
        let mut facts = Vec::new();
        let prefix = self.subject("");
        loop {
            let answer = tokio::time::timeout(DEADLINE, answers.next())
                .await
                .map_err(unavailable)?;
            let answer = answer.ok_or_else(|| unavailable("the connection was closed"))?;
            match answer.status {
                None | Some(StatusCode::OK) => {
                    let stored = StreamMessage::try_from(answer).map_err(unavailable)?;
                    facts.extend(read_stored(&prefix, &stored));
                }
                // 204 ends the answers, 404 says that there are none.
                Some(status) if status.as_u16() == 204 || status == StatusCode::NOT_FOUND => {
                    return Ok(facts);
                }
                Some(status) => return Err(unavailable(format!("status {status}"))),
            }
        }
    }
}

fn read_stored(prefix: &str, stored: &StreamMessage) -> Option<Fact> {
    let key = stored.subject.strip_prefix(prefix)?;
    let stored_at = DateTime::from_timestamp(stored.time.unix_timestamp(), stored.time.nanosecond())?;
    fact(
        key,
        stored.sequence,
        stored_at,
        Some(&stored.headers),
        &stored.payload,
    )
}

/// What an entry says; nothing if it isn't one that this version knows.
fn fact(
    key: &str,
    revision: u64,
    stored_at: DateTime<Utc>,
    headers: Option<&HeaderMap>,
    value: &[u8],
) -> Option<Fact> {
    let has = |name: &str| headers.is_some_and(|headers| headers.get(name).is_some());
    // A deletion, or what the server puts where a time to live has ended.
    let gone = has("KV-Operation") || has("Nats-Marker-Reason");
    let (subject, what) = key.split_once('.')?;
    let (about, at) = if subject == GATEWAY {
        let gateway = GatewayId(what.parse().ok()?);
        (
            About::Beat {
                gateway,
                alive: !gone,
            },
            stored_at,
        )
    } else {
        let account: AccountId = subject.parse().ok()?;
        if what == SEEN {
            let text = std::str::from_utf8(value).ok()?;
            let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
            (About::Seen { account }, at)
        } else {
            let gateway = GatewayId(what.parse().ok()?);
            let here = !gone;
            (
                About::Place {
                    account,
                    gateway,
                    here,
                },
                stored_at,
            )
        }
    };
    Some(Fact { revision, at, about })
}
