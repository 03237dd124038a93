//! People, as others and as they themselves see them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::time::millis;

/// A person in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Person {
    /// The account's id.
    pub(crate) id: Uuid,
    /// The unique name, in lower case.
    #[schema(example = "ann")]
    pub(crate) username: String,
    /// How the person wants to be called.
    #[schema(example = "Ann")]
    pub(crate) display_name: String,
    /// The URL of a small picture, or null.
    #[schema(required)]
    pub(crate) avatar: Option<String>,
}

impl Person {
    /// The same by what never changes alone: for somebody whom the caller blocks.
    pub(crate) fn by_username(self) -> Self {
        Self {
            display_name: self.username.clone(),
            avatar: None,
            ..self
        }
    }
}

/// How many there are of what.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Counts {
    /// Posts.
    #[schema(minimum = 0)]
    pub(crate) posts: i64,
    /// Friends.
    #[schema(minimum = 0)]
    pub(crate) friends: i64,
}

/// What a person is to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProfileRelationship)]
pub(crate) enum Relationship {
    /// The caller.
    #[serde(rename = "self")]
    Oneself,
    /// A friend.
    Friends,
    /// The caller has asked, and there is no answer yet.
    Requested,
    /// The person has asked the caller.
    RequestedBy,
    /// The caller blocks the person.
    Blocked,
    /// Nothing.
    None,
}

/// A person's page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Profile {
    /// The account's id.
    pub(crate) id: Uuid,
    /// The unique name, in lower case.
    #[schema(example = "ann")]
    pub(crate) username: String,
    /// How the person wants to be called.
    #[schema(example = "Ann")]
    pub(crate) display_name: String,
    /// A few sentences; empty for nothing told, as the next two.
    pub(crate) bio: String,
    /// Where the person lives.
    pub(crate) location: String,
    /// A link.
    pub(crate) website: String,
    /// The URL of a small picture, or null.
    #[schema(required)]
    pub(crate) avatar: Option<String>,
    /// The URL of the picture on top of the page, or null.
    #[schema(required)]
    pub(crate) cover: Option<String>,
    /// When the person signed up.
    #[serde(serialize_with = "millis")]
    pub(crate) joined_at: DateTime<Utc>,
    /// What the person has.
    pub(crate) counts: Counts,
    /// What the person is to the caller.
    pub(crate) relationship: Relationship,
}

/// The caller's own page, and what waits for them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// The caller's page.
    #[serde(flatten)]
    pub(crate) profile: Profile,
    /// The address, in lower case; null for a moment after the sign-up, while it isn't known here yet.
    #[schema(required, format = "email")]
    pub(crate) email: Option<String>,
    /// What waits for the caller.
    pub(crate) unread: Unread,
}

/// What waits for the caller. Counted no further than 100, which stands for as many or more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Unread {
    /// Messages in the 100 most recent chats that the caller hasn't read.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) messages: u32,
    /// Friend requests that the caller hasn't answered.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) friend_requests: u32,
    /// Notifications that the caller hasn't seen.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) notifications: u32,
}

/// Somebody who was searched.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundPerson {
    /// Who.
    #[serde(flatten)]
    pub(crate) person: Person,
    /// What the person is to the caller.
    pub(crate) relationship: Relationship,
}

/// Somebody whom the caller may know.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Suggestion {
    /// Who.
    #[serde(flatten)]
    pub(crate) person: Person,
    /// How many friends they have in common, as far as was counted.
    #[schema(minimum = 1)]
    pub(crate) mutual_friends: u32,
}

/// A friend of the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Friend {
    /// Who.
    #[serde(flatten)]
    pub(crate) person: Person,
    /// Since when.
    #[serde(serialize_with = "millis")]
    pub(crate) friends_since: DateTime<Utc>,
}

/// A friend request, by the other person: who asked, or who was asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FriendRequest {
    /// The other person.
    #[serde(flatten)]
    pub(crate) person: Person,
    /// When it was made.
    #[serde(serialize_with = "millis")]
    pub(crate) requested_at: DateTime<Utc>,
}

/// Somebody whom the caller blocks: by the username alone, without a picture.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BlockedPerson {
    /// Who.
    #[serde(flatten)]
    pub(crate) person: Person,
    /// Since when.
    #[serde(serialize_with = "millis")]
    pub(crate) blocked_at: DateTime<Utc>,
}
