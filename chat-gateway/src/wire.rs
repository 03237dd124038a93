//! What goes over the socket, as the contract has it.
//!
//! From here the AsyncAPI document is made, so the comments are read by clients' authors too.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use events::{AccountId, CommentId, MediaId, Position, PostId};
use platform::Problem;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a client says when it connects.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct Auth {
    /// The access token.
    #[schema(required, nullable = false)]
    pub token: Option<String>,
}

/// Sends a message to a friend. What may be in it command-api decides, as for `POST /v1/conversations/…`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageSend {
    /// The friend.
    #[schema(value_type = Uuid)]
    pub to: AccountId,
    /// The message's id, made by the client; a repeat with the same one is the same message.
    #[serde(default)]
    #[schema(required, value_type = Uuid)]
    pub id: String,
    /// What it says.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 4_000)]
    pub text: String,
    /// Pictures, in order.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>)]
    pub media_ids: Vec<String>,
}

/// Marks a conversation as read, up to and including a message. Never goes back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageRead {
    /// With whom the conversation is.
    #[schema(value_type = Uuid)]
    pub peer: AccountId,
    /// The message's position.
    #[serde(default)]
    #[schema(required, pattern = "^c[0-9]+$", example = "c42")]
    pub up_to: String,
}

/// Tells a friend that one is typing, or no longer. Worth repeating every few seconds; never stored.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Typing {
    /// The friend.
    #[schema(value_type = Uuid)]
    pub to: AccountId,
    /// Whether one is.
    pub active: bool,
}

/// Keeps the connection past the end of the token that it was made with.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AuthRefresh {
    /// A newer access token of the same account.
    pub token: String,
}

/// The message is stored.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageSent {
    /// The client's id of it.
    pub id: Uuid,
    /// Its place in the order of things, which also names it.
    #[schema(value_type = String, pattern = "^c[0-9]+$", example = "c42")]
    pub position: Position,
    /// When it was sent.
    #[serde(serialize_with = "milliseconds")]
    pub at: DateTime<Utc>,
}

/// It was done, and there is nothing more to say.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {}

/// The answer to an event from a client.
#[derive(Debug)]
pub enum Ack<T> {
    /// `ok: true` and what there is to say.
    Done(T),
    /// `ok: false` and why.
    Refused(Problem),
}

impl<T: Serialize> Serialize for Ack<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Whole<'a, T> {
            ok: bool,
            #[serde(flatten)]
            done: Option<&'a T>,
            #[serde(skip_serializing_if = "Option::is_none")]
            problem: Option<&'a Problem>,
        }
        let (done, problem) = match self {
            Self::Done(done) => (Some(done), None),
            Self::Refused(problem) => (None, Some(problem)),
        };
        let ok = done.is_some();
        Whole { ok, done, problem }.serialize(serializer)
    }
}

/// The connection is subscribed to all that comes after this position. May come again at any time, and
/// always means: events may have been missed, fetch `GET /v1/sync` up to here.
#[derive(Debug, Serialize, ToSchema)]
pub struct Welcome {
    /// Who is connected.
    #[schema(value_type = Uuid)]
    pub account_id: AccountId,
    /// The last position of the chat's stream.
    #[schema(value_type = String, pattern = "^c[0-9]+$", example = "c42")]
    pub position: Position,
}

/// A message as it reads now, after it was sent, edited or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageChanged {
    /// The change's place in the order of things: what is newer has a greater one.
    #[schema(value_type = String, pattern = "^c[0-9]+$", example = "c42")]
    pub position: Position,
    /// The one of the two who is not oneself.
    #[schema(value_type = Uuid)]
    pub peer: AccountId,
    /// The message.
    pub message: Message,
}

/// A message, as `GET /v1/conversations/{user_id}/messages` has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Message {
    /// The sending client's id of it; unique together with `from`.
    pub id: Uuid,
    /// Its place in the conversation, which also names it.
    #[schema(value_type = String, pattern = "^c[0-9]+$", example = "c42")]
    pub position: Position,
    /// The sender.
    #[schema(value_type = Uuid)]
    pub from: AccountId,
    /// The receiver.
    #[schema(value_type = Uuid)]
    pub to: AccountId,
    /// What it says; null once it is deleted, or its sender's account erased.
    #[schema(required)]
    pub text: Option<String>,
    /// Its pictures, in order.
    pub media: Vec<MessageMedia>,
    /// When it was sent.
    #[serde(serialize_with = "milliseconds")]
    pub sent_at: DateTime<Utc>,
    /// When it was last edited, or null.
    #[serde(serialize_with = "maybe_milliseconds")]
    #[schema(required)]
    pub edited_at: Option<DateTime<Utc>>,
    /// Whether the sender took it back.
    pub deleted: bool,
}

/// A picture in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageMedia {
    /// The uploaded picture.
    #[schema(value_type = Uuid)]
    pub media_id: MediaId,
    /// Address of the picture; null if it is gone, as the next six.
    #[schema(required)]
    pub url: Option<String>,
    /// Address of the picture for a phone's screen: at most 1,080 pixels a side.
    #[schema(required)]
    pub medium_url: Option<String>,
    /// Address of a small version: a still of at most 480 pixels a side.
    #[schema(required)]
    pub thumbnail_url: Option<String>,
    /// In pixels.
    #[schema(required)]
    pub width: Option<u32>,
    /// In pixels.
    #[schema(required)]
    pub height: Option<u32>,
    /// A blurred preview of a few characters (a blurhash).
    #[schema(required)]
    pub blurhash: Option<String>,
    /// What it shows, for who can't see it.
    #[schema(required)]
    pub alt: Option<String>,
}

impl MessageMedia {
    /// A picture of which nothing is known but its id.
    pub fn unknown(media_id: MediaId) -> Self {
        Self {
            media_id,
            url: None,
            medium_url: None,
            thumbnail_url: None,
            width: None,
            height: None,
            blurhash: None,
            alt: None,
        }
    }
}

/// How far one of the two has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReadChanged {
    /// The change's place in the order of things.
    #[schema(value_type = String, pattern = "^c[0-9]+$", example = "c42")]
    pub position: Position,
    /// The one of the two who is not oneself.
    #[schema(value_type = Uuid)]
    pub peer: AccountId,
    /// The one of the two who has read.
    #[schema(value_type = Uuid)]
    pub reader: AccountId,
    /// The last message that was read.
    #[schema(value_type = String, pattern = "^c[0-9]+$", example = "c42")]
    pub up_to: Position,
}

/// A friend is typing, or no longer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TypingChanged {
    /// The friend.
    #[schema(value_type = Uuid)]
    pub from: AccountId,
    /// Whether they are.
    pub active: bool,
}

/// Asks to be told whether friends are online. Replaces whom the socket watched before; one that a newer one follows
/// before it was worked on is answered by `replaced`. Each person who is named is looked up, and how many may be is
/// bounded for all sockets of an account together: beyond that it is answered by `too-many-requests`.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PresenceWatch {
    /// Friends; whoever isn't one is left out without a word.
    #[schema(value_type = Vec<Uuid>, max_items = 1_000)]
    pub users: Vec<AccountId>,
}

/// Who of those watched is online now; changes come as `presence`.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PresenceWatched {
    /// Those who are.
    #[schema(value_type = Vec<Uuid>)]
    pub online: Vec<AccountId>,
    /// When the others were last, by their ids, as far as is known.
    #[schema(value_type = std::collections::HashMap<String, DateTime<Utc>>)]
    #[serde(serialize_with = "milliseconds_by_id")]
    pub last_seen: BTreeMap<AccountId, DateTime<Utc>>,
}

/// A watched friend came online, or is no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PresenceChanged {
    /// The friend.
    #[schema(value_type = Uuid)]
    pub user: AccountId,
    /// Whether they are connected, from any device.
    pub online: bool,
    /// If not, when they were last; null while they are, or if that isn't known.
    #[serde(serialize_with = "maybe_milliseconds")]
    #[schema(required)]
    pub last_seen: Option<DateTime<Utc>>,
}

/// Asks to be told of the counts of the posts on screen. Replaces what the socket watched before, and is bounded, like
/// `presence:watch`.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PostWatch {
    /// The posts; whatever one may not see is left out without a word.
    #[schema(value_type = Vec<Uuid>, max_items = 50)]
    pub posts: Vec<PostId>,
}

/// How many like a watched post and how many comments it has, now. Never in between: the latest alone counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PostCounts {
    /// The post.
    #[schema(value_type = Uuid)]
    pub post: PostId,
    /// How many like it.
    pub like_count: u64,
    /// How many comments it has.
    pub comment_count: u64,
}

/// A notification is new, or says more than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationNew {
    /// The notification, with ids alone: `GET /v1/notifications` up to its position has the names.
    pub notification: Notification,
    /// How many notifications haven't been seen.
    pub unread_count: u64,
}

/// What somebody is notified of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notification {
    /// Its id; one that comes again replaces what was held under it.
    pub id: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: NotificationType,
    /// The post it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>, nullable = false)]
    pub post: Option<PostId>,
    /// The comment it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>, nullable = false)]
    pub comment: Option<CommentId>,
    /// Who did it: the newest three at most, newest first.
    #[schema(value_type = Vec<Uuid>)]
    pub actors: Vec<AccountId>,
    /// How many did.
    pub actor_count: u64,
    /// Its place in the order of things.
    #[schema(value_type = String, pattern = "^e[0-9]+$", example = "e42")]
    pub position: Position,
    /// When it happened last.
    #[serde(serialize_with = "milliseconds")]
    pub at: DateTime<Utc>,
}

/// The kinds of notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationType {
    /// Somebody likes one's post.
    Like,
    /// Somebody has commented on one's post.
    Comment,
    /// Somebody wants to be friends.
    FriendRequest,
    /// Somebody has accepted one's wish to be.
    FriendAccepted,
}

/// The feed has something new up to here; `GET /v1/feed` has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeedNew {
    /// Wait for this position to see it.
    #[schema(value_type = String, pattern = "^e[0-9]+$", example = "e42")]
    pub position: Position,
}

/// The server is about to disconnect the client, and why. Whoever connects again resumes by sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Closing {
    /// Why.
    pub reason: ClosingReason,
}

/// Why the server disconnects a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClosingReason {
    /// Its token is over and no newer one came.
    Expired,
    /// It didn't take its events; the last ones are missing.
    Slow,
    /// It sent what made no sense, or too much, and went on with it.
    Flooding,
    /// This server is going down; another one takes the connection.
    Draining,
    /// Something went wrong here; a new connection puts it right.
    Failed,
}

/// The session was ended; the server disconnects.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionRevoked {}

/// The names of the events.
pub mod event {
    /// From the client: see [`super::MessageSend`].
    pub const MESSAGE_SEND: &str = "message:send";
    /// From the client, see [`super::MessageRead`]; and to it, see [`super::ReadChanged`].
    pub const MESSAGE_READ: &str = "message:read";
    /// From the client, see [`super::Typing`]; and to it, see [`super::TypingChanged`].
    pub const TYPING: &str = "typing";
    /// From the client: see [`super::PresenceWatch`].
    pub const PRESENCE_WATCH: &str = "presence:watch";
    /// To the client: see [`super::PresenceChanged`].
    pub const PRESENCE: &str = "presence";
    /// From the client: see [`super::PostWatch`].
    pub const POST_WATCH: &str = "post:watch";
    /// To the client: see [`super::PostCounts`].
    pub const POST_COUNTS: &str = "post:counts";
    /// To the client: see [`super::NotificationNew`].
    pub const NOTIFICATION_NEW: &str = "notification:new";
    /// To the client: see [`super::FeedNew`].
    pub const FEED_NEW: &str = "feed:new";
    /// From the client: see [`super::AuthRefresh`].
    pub const AUTH_REFRESH: &str = "auth:refresh";
    /// To the client: see [`super::Welcome`].
    pub const WELCOME: &str = "welcome";
    /// To the client: see [`super::MessageChanged`].
    pub const MESSAGE_NEW: &str = "message:new";
    /// To the client: see [`super::MessageChanged`].
    pub const MESSAGE_EDITED: &str = "message:edited";
    /// To the client: see [`super::MessageChanged`].
    pub const MESSAGE_DELETED: &str = "message:deleted";
    /// To the client: see [`super::Closing`].
    pub const CLOSING: &str = "closing";
    /// To the client: see [`super::SessionRevoked`].
    pub const SESSION_REVOKED: &str = "session:revoked";
}

/// RFC 3339 in UTC, always with milliseconds, as everywhere in the API.
fn milliseconds<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn maybe_milliseconds<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => milliseconds(at, serializer),
        None => serializer.serialize_none(),
    }
}

fn milliseconds_by_id<S: Serializer>(
    at: &BTreeMap<AccountId, DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    serializer.collect_map(at.iter().map(|(id, at)| (id, text(at))))
}

#[cfg(test)]
mod tests {
    use events::Stream;

    use super::*;

    #[test]
    fn an_acknowledgement_says_whether_and_what_or_why() {
        let sent = MessageSent {
            id: Uuid::nil(),
            position: Position::new(Stream::Chat, 7),
            at: DateTime::UNIX_EPOCH,
        };
        let done = serde_json::to_value(Ack::Done(sent)).unwrap();
        assert_eq!(
            done,
            serde_json::json!({
                "ok": true,
                "id": "00000000-0000-0000-0000-000000000000",
                "position": "c7",
                "at": "1970-01-01T00:00:00.000Z",
            })
        );
        let problem = Problem::forbidden("not-friends", "Only friends write to each other.");
        let refused = serde_json::to_value(Ack::<Done>::Refused(problem)).unwrap();
        assert_eq!(
            (&refused["ok"], &refused["problem"]["code"]),
            (&false.into(), &"not-friends".into())
        );
        assert_eq!(
            serde_json::to_string(&Ack::Done(Done {})).unwrap(),
            r#"{"ok":true}"#
        );
    }
}
