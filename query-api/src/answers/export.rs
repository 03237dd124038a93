//! What Echo holds of the caller, as one archive. It is written piece by piece; [`Export`] tells its shape.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Person, PostBlock, SessionView,
    post::PostVisibility,
    time::{millis, millis_or_null},
};

/// All that Echo holds of the caller. Addresses of images are good for a day.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the archive is written list by list, and never held as a whole"
)]
pub(crate) struct Export {
    /// When it was made.
    #[schema(format = "date-time", value_type = String)]
    exported_at: DateTime<Utc>,
    /// The account and its profile.
    account: ExportedAccount,
    /// Posts as they read now, newest first.
    posts: Vec<ExportedPost>,
    /// How posts read before they were edited.
    post_versions: Vec<ExportedVersion>,
    /// Comments.
    comments: Vec<ExportedComment>,
    /// Likes.
    likes: Vec<ExportedLike>,
    /// Friends, requests of both directions and blocks, newest first.
    relationships: Vec<ExportedRelationship>,
    /// Conversations, and how far the caller has read them.
    conversations: Vec<ExportedConversation>,
    /// Messages sent and received, in the order of their last change.
    messages: Vec<ExportedMessage>,
    /// Notifications, newest first.
    notifications: Vec<ExportedNotification>,
    /// Uploaded images.
    media: Vec<ExportedMedia>,
    /// Where the caller is signed in.
    sessions: Vec<SessionView>,
    /// The people whom all of this names by id, as far as they are still there; those whom the caller blocks by their
    /// usernames alone.
    people: Vec<Person>,
}

/// The account and its profile.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedAccount {
    /// The account's id.
    pub(crate) id: Uuid,
    /// The unique name.
    pub(crate) username: String,
    /// The address; null for a moment after the sign-up.
    #[schema(required)]
    pub(crate) email: Option<String>,
    /// How the person wants to be called.
    pub(crate) display_name: String,
    /// What the person tells of themselves.
    pub(crate) bio: String,
    /// Where the person lives.
    pub(crate) location: String,
    /// A link.
    pub(crate) website: String,
    /// The URL of the person's picture, or null.
    #[schema(required)]
    pub(crate) avatar: Option<String>,
    /// The URL of the picture on top of the profile, or null.
    #[schema(required)]
    pub(crate) cover: Option<String>,
    /// When the person signed up.
    #[serde(serialize_with = "millis")]
    pub(crate) joined_at: DateTime<Utc>,
}

/// A post as it reads now.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedPost {
    /// The post's id.
    pub(crate) id: Uuid,
    /// What it says and shows, in order.
    pub(crate) blocks: Vec<PostBlock>,
    /// Who may see it.
    pub(crate) visibility: PostVisibility,
    /// When it was published.
    #[serde(serialize_with = "millis")]
    pub(crate) created_at: DateTime<Utc>,
    /// When it was last edited, or null.
    #[serde(serialize_with = "millis_or_null")]
    #[schema(required)]
    pub(crate) edited_at: Option<DateTime<Utc>>,
    /// How many people like it.
    pub(crate) like_count: i64,
    /// How many comments stand under it.
    pub(crate) comment_count: i64,
}

/// How a post read before it was edited.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedVersion {
    /// The post.
    pub(crate) post: Uuid,
    /// What it said and showed.
    pub(crate) blocks: Vec<PostBlock>,
    /// Who could see it.
    pub(crate) visibility: PostVisibility,
    /// When it was written.
    #[serde(serialize_with = "millis")]
    pub(crate) written_at: DateTime<Utc>,
}

/// A comment of the caller.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedComment {
    /// The comment's id.
    pub(crate) id: Uuid,
    /// The post under which it stands.
    pub(crate) post: Uuid,
    /// What it says.
    pub(crate) text: String,
    /// When it was written.
    #[serde(serialize_with = "millis")]
    pub(crate) created_at: DateTime<Utc>,
    /// When it was last edited, or null.
    #[serde(serialize_with = "millis_or_null")]
    #[schema(required)]
    pub(crate) edited_at: Option<DateTime<Utc>>,
}

/// A like of the caller.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedLike {
    /// The post.
    pub(crate) post: Uuid,
    /// Since when.
    #[serde(serialize_with = "millis")]
    pub(crate) liked_at: DateTime<Utc>,
}

/// What another person is to the caller.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedRelationship {
    /// The other person.
    pub(crate) person: Uuid,
    /// What they are to each other.
    pub(crate) status: ExportedStatus,
    /// Whether the caller blocks the person.
    pub(crate) blocked: bool,
    /// Since when one or the other.
    #[serde(serialize_with = "millis")]
    pub(crate) since: DateTime<Utc>,
}

/// What two people are to each other.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportedStatus {
    /// Nothing.
    None,
    /// The caller has asked.
    Requested,
    /// The other one has asked.
    RequestedBy,
    /// Friends.
    Friends,
}

/// A conversation of the caller.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedConversation {
    /// The other one.
    pub(crate) peer: Uuid,
    /// The last message that the caller has read, or null.
    #[schema(required, value_type = Option<String>, example = "c42")]
    pub(crate) read_up_to: Option<events::Position>,
}

/// A message that the caller sent or received.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedMessage {
    /// Its place among all messages.
    #[schema(value_type = String, example = "c42")]
    pub(crate) position: events::Position,
    /// The sender.
    pub(crate) from: Uuid,
    /// The receiver.
    pub(crate) to: Uuid,
    /// What it says; null if it was deleted or its sender erased.
    #[schema(required)]
    pub(crate) text: Option<String>,
    /// The URLs of its pictures.
    pub(crate) media: Vec<String>,
    /// When it was sent.
    #[serde(serialize_with = "millis")]
    pub(crate) sent_at: DateTime<Utc>,
    /// When it was last edited, or null.
    #[serde(serialize_with = "millis_or_null")]
    #[schema(required)]
    pub(crate) edited_at: Option<DateTime<Utc>>,
    /// Whether its sender took it back.
    pub(crate) deleted: bool,
}

/// Something that the caller was told of.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedNotification {
    /// Of what kind it is.
    pub(crate) kind: ExportedKind,
    /// The post that it is about, or null.
    #[schema(required)]
    pub(crate) post: Option<Uuid>,
    /// The newest of the people who did it.
    pub(crate) actors: Vec<Uuid>,
    /// How many did it.
    pub(crate) actor_count: i64,
    /// When the last of them did.
    #[serde(serialize_with = "millis")]
    pub(crate) at: DateTime<Utc>,
    /// Whether the caller has seen it.
    pub(crate) seen: bool,
}

/// What somebody is told of.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportedKind {
    /// People like a post.
    Like,
    /// Somebody has commented on a post.
    Comment,
    /// Somebody asks to be friends.
    FriendRequest,
    /// Somebody has accepted.
    FriendAccepted,
}

/// An image that the caller uploaded.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedMedia {
    /// The image's id.
    pub(crate) id: Uuid,
    /// Where it is.
    pub(crate) url: String,
    /// In pixels.
    pub(crate) width: i64,
    /// In pixels.
    pub(crate) height: i64,
    /// What it shows, or null where nothing was told.
    #[schema(required)]
    pub(crate) alt: Option<String>,
    /// When it was uploaded.
    #[serde(serialize_with = "millis")]
    pub(crate) uploaded_at: DateTime<Utc>,
}
