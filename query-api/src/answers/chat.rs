//! Chats.

use chrono::{DateTime, Utc};
use events::Position;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Person,
    time::{millis, millis_or_null},
};

/// The other one of a chat. A chat outlives the other's account and what the two are to each other, so there may be
/// nothing to show but the id; of somebody whom the caller blocks it is the username alone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Peer {
    /// The account's id.
    pub(crate) id: Uuid,
    /// The unique name, in lower case; null for somebody who isn't there any more.
    #[schema(required, example = "ann")]
    pub(crate) username: Option<String>,
    /// How the person wants to be called; null for somebody who isn't there any more.
    #[schema(required, example = "Ann")]
    pub(crate) display_name: Option<String>,
    /// The URL of a small picture, or null.
    #[schema(required)]
    pub(crate) avatar: Option<String>,
}

impl Peer {
    /// The person `id`, of whom perhaps nothing is known.
    pub(crate) fn new(id: Uuid, person: Option<Person>) -> Self {
        match person {
            Some(person) => Self {
                id,
                username: Some(person.username),
                display_name: Some(person.display_name),
                avatar: person.avatar,
            },
            None => Self {
                id,
                username: None,
                display_name: None,
                avatar: None,
            },
        }
    }
}

/// A message as it reads now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageView {
    /// What the sender's client called it; unique together with `from`.
    pub(crate) id: Uuid,
    /// Names the message towards the API, and orders the chat.
    #[schema(value_type = String, example = "c42")]
    pub(crate) position: Position,
    /// The sender's id.
    pub(crate) from: Uuid,
    /// The receiver's id.
    pub(crate) to: Uuid,
    /// What it says; null once it is deleted, or its sender's account erased.
    #[schema(required)]
    pub(crate) text: Option<String>,
    /// Its pictures, in order.
    pub(crate) media: Vec<MessageMedia>,
    /// When it was sent.
    #[serde(serialize_with = "millis")]
    pub(crate) sent_at: DateTime<Utc>,
    /// When it was last edited, or null.
    #[serde(serialize_with = "millis_or_null")]
    #[schema(required)]
    pub(crate) edited_at: Option<DateTime<Utc>>,
    /// Whether the sender took it back, or was forgotten with all they said.
    pub(crate) deleted: bool,
}

/// A picture in a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageMedia {
    /// The uploaded picture.
    pub(crate) media_id: Uuid,
    /// Address of the picture; null if it is gone, as the next six.
    #[schema(required)]
    pub(crate) url: Option<String>,
    /// Address of the picture for a phone's screen: at most 1,080 pixels a side.
    #[schema(required)]
    pub(crate) medium_url: Option<String>,
    /// Address of a small version: a still of at most 480 pixels a side.
    #[schema(required)]
    pub(crate) thumbnail_url: Option<String>,
    /// In pixels.
    #[schema(required)]
    pub(crate) width: Option<u32>,
    /// In pixels.
    #[schema(required)]
    pub(crate) height: Option<u32>,
    /// A blurred preview of a few characters (a blurhash).
    #[schema(required)]
    pub(crate) blurhash: Option<String>,
    /// What it shows, for who can't see it.
    #[schema(required)]
    pub(crate) alt: Option<String>,
}

/// Messages of one chat, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Messages {
    /// At most `limit` of them, newest first, whichever way the pages go.
    pub(crate) items: Vec<MessageView>,
    /// The `cursor` of the next page in the same direction; null where there are no more.
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
    /// The other one.
    pub(crate) peer: Peer,
    /// Whether the caller may write: the two are friends.
    pub(crate) can_send: bool,
    /// How far the caller has read; null for nothing yet.
    #[schema(value_type = Option<String>, required, example = "c42")]
    pub(crate) read_up_to: Option<Position>,
    /// How far the other one has read; null for nothing yet.
    #[schema(value_type = Option<String>, required, example = "c42")]
    pub(crate) peer_read_up_to: Option<Position>,
}

/// What the chat page shows beside the messages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChatSidebar)]
pub(crate) struct Sidebar {
    /// The most recent chats, newest first, at most 100.
    pub(crate) recent: Vec<RecentChat>,
    /// Whether there are older chats; `/v1/chats` lists all.
    pub(crate) more_recent: bool,
    /// Friends without a chat, newest friendship first: of the 500 newest friends.
    pub(crate) friends: Vec<SidebarFriend>,
    /// Whether there are more friends; `/v1/friends` lists all.
    pub(crate) more_friends: bool,
}

/// A chat and its last message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecentChat {
    /// The other one.
    pub(crate) peer: Peer,
    /// The last message.
    pub(crate) last_message: MessageView,
    /// Messages that the caller hasn't read: no further counted than 100, which stands for as many or more.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) unread_count: u32,
}

/// A friend with whom there is no chat yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SidebarFriend {
    /// The friend.
    pub(crate) peer: Peer,
}

/// What changed in the caller's chats.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChatSync)]
pub(crate) struct Sync {
    /// Each message and read state that changed, as it is now, in the order of change.
    pub(crate) items: Vec<Change>,
    /// Up to here the caller knows all now: to be stored, and given as `after` the next time.
    #[schema(value_type = String, example = "c42")]
    pub(crate) position: Position,
    /// Whether there is more to fetch at once.
    pub(crate) more: bool,
    /// Too much has changed, or too long ago: load the sidebar anew and forget the messages that were loaded.
    pub(crate) reset: bool,
}

/// One thing that changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = ChatChange)]
pub(crate) enum Change {
    /// A message was sent, edited or deleted.
    Message {
        /// With whom the chat is.
        peer: Uuid,
        /// The position of the change.
        #[schema(value_type = String, example = "c42")]
        changed: Position,
        /// The message as it is now.
        message: MessageView,
    },
    /// One of the two read on.
    Read {
        /// With whom the chat is.
        peer: Uuid,
        /// The position of the change.
        #[schema(value_type = String, example = "c42")]
        changed: Position,
        /// How far the caller has read; null for nothing yet.
        #[schema(value_type = Option<String>, required, example = "c42")]
        read_up_to: Option<Position>,
        /// How far the other one has read; null for nothing yet.
        #[schema(value_type = Option<String>, required, example = "c42")]
        peer_read_up_to: Option<Position>,
    },
}
