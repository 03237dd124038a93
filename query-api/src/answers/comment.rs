//! What people say and think of a post.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Person,
    time::{millis, millis_or_null},
};

/// A comment under a post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
pub(crate) struct CommentView {
    /// The comment's id.
    pub(crate) id: Uuid,
    /// Who wrote it.
    pub(crate) author: Person,
    /// What it says.
    pub(crate) text: String,
    /// When it was written.
    #[serde(serialize_with = "millis")]
    pub(crate) created_at: DateTime<Utc>,
    /// When it was last edited, or null.
    #[serde(serialize_with = "millis_or_null")]
    #[schema(required)]
    pub(crate) edited_at: Option<DateTime<Utc>>,
    /// Its place in lists: the later, the newer.
    #[schema(value_type = String, example = "e42")]
    pub(crate) position: events::Position,
    /// Whether the caller may delete it: it is theirs, or stands under a post of theirs.
    pub(crate) can_delete: bool,
}

/// Somebody who likes a post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Like)]
pub(crate) struct LikeView {
    /// Who.
    #[serde(flatten)]
    pub(crate) person: Person,
    /// Since when.
    #[serde(serialize_with = "millis")]
    pub(crate) liked_at: DateTime<Utc>,
}
