//! What the world is told of an event once it is stored: notifications, new posts in a feed, counters.
//!
//! Announcements are hints that make a screen lively, sent at most once on core NATS. Nothing rests on them: who
//! missed one finds the same in the read model.

use chrono::{DateTime, TimeDelta, Utc};
use events::{AccountId, Namespace, PostId};
use serde::Serialize;
use serde_json::Value;

/// What is older is news to nobody: a projection that catches up, or is built for the first time, keeps quiet.
const NEWS_FOR: TimeDelta = TimeDelta::minutes(1);

/// An announcement and when its event happened.
#[derive(Clone, Debug)]
pub(crate) struct News {
    pub(crate) at: DateTime<Utc>,
    pub(crate) announcement: Announcement,
}

impl News {
    pub(crate) fn is_new(&self, now: DateTime<Utc>) -> bool {
        now - self.at < NEWS_FOR
    }
}

/// One message, and whom it concerns.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    topic: Topic,
    body: Value,
}

/// Whom an announcement concerns. Each has a subject of its own, so that a gateway hears what it has people for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Somebody got a notification.
    Notification(AccountId),
    /// Somebody's feed got a post.
    Feed(AccountId),
    /// The likes or comments of a post were counted anew.
    Counts(PostId),
}

impl Announcement {
    /// Tells those whom `topic` concerns; `body` is what they are told, as JSON.
    ///
    /// # Panics
    ///
    /// If the body can't be JSON, as no plain structure of ids, numbers and times is.
    pub fn new(topic: Topic, body: impl Serialize) -> Self {
        let body =
            serde_json::to_value(body).expect("announcements are plain fields, which always serialize");
        Self { topic, body }
    }

    /// Whom it concerns.
    pub fn topic(&self) -> Topic {
        self.topic
    }

    /// What they are told.
    pub fn body(&self) -> &Value {
        &self.body
    }

    pub(crate) fn subject(&self, namespace: &Namespace) -> String {
        match self.topic {
            Topic::Notification(account) => namespace.notification(account),
            Topic::Feed(account) => namespace.feed(account),
            Topic::Counts(post) => namespace.counts(post),
        }
    }
}
