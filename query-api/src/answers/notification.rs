//! What happened around the caller.

use chrono::{DateTime, Utc};
use read_model::notifications::Kind;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Person, time::millis};

/// Something that the caller is told of. Likes of one post come together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notification)]
pub(crate) struct NotificationView {
    /// Its id: what comes again, as with another like, comes under the same one.
    pub(crate) id: Uuid,
    /// What happened.
    #[serde(rename = "type")]
    pub(crate) kind: NotificationType,
    /// Who did it: the newest three at most, newest first.
    pub(crate) actors: Vec<Person>,
    /// How many did it.
    #[schema(minimum = 1)]
    pub(crate) actor_count: i64,
    /// The caller's post that is liked or commented on, or null.
    #[schema(required)]
    pub(crate) post: Option<Excerpt>,
    /// The comment, or null.
    #[schema(required)]
    pub(crate) comment: Option<Excerpt>,
    /// Whether the caller has seen it.
    pub(crate) seen: bool,
    /// When it happened last.
    #[serde(serialize_with = "millis")]
    pub(crate) at: DateTime<Utc>,
    /// Its place in lists: the later, the newer. To be given back when it has been seen.
    #[schema(value_type = String, example = "e42")]
    pub(crate) position: events::Position,
}

/// What somebody is told of.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotificationType {
    /// People like a post of the caller's.
    Like,
    /// Somebody has commented on a post of the caller's.
    Comment,
    /// Somebody asks to be friends.
    FriendRequest,
    /// Somebody whom the caller asked has accepted.
    FriendAccepted,
}

impl From<Kind> for NotificationType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Like => Self::Like,
            Kind::Comment => Self::Comment,
            Kind::FriendRequest => Self::FriendRequest,
            Kind::FriendAccepted => Self::FriendAccepted,
        }
    }
}

/// The beginning of a post or comment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Excerpt {
    /// The post's or comment's id.
    pub(crate) id: Uuid,
    /// The beginning of its text, on one line; empty for a post of pictures alone.
    #[serde(rename = "excerpt")]
    #[schema(max_length = 141)]
    pub(crate) text: String,
    /// The URL of a small version of the post's first picture; null without one, as of every comment.
    #[schema(required)]
    pub(crate) thumbnail_url: Option<String>,
}

/// How much there is to see.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnreadCount {
    /// Notifications that the caller hasn't seen: no further counted than 100, which stands for as many or more.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) unread_count: u32,
}
