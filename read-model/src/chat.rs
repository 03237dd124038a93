//! Conversations of two people and their messages.

use bson::{DateTime, Uuid};
use events::{AccountId, Pair, Stream};
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Index, List, Projection, uuid};

/// Built from the chat stream; its shards are by pair.
pub const PROJECTION: Projection = Projection {
    name: "chat",
    version: 2,
    stream: Stream::Chat,
    copied: &[Conversation::COLLECTION],
    lists: &[MESSAGES_IN, CHATS_OF, UNREAD_BY],
    collections: &[
        Collection {
            name: Message::COLLECTION,
            indexes: &[
                // A conversation's messages, in order; also the message at a position.
                Index {
                    name: "conversation_position",
                    keys: &[("conversation", 1), ("position", 1)],
                    only: None,
                },
                // What somebody hasn't read: ask for `present: true` and a position after theirs.
                Index {
                    name: "conversation_to_position_present",
                    keys: &[("conversation", 1), ("to", 1), ("position", 1)],
                    only: Some(("present", true)),
                },
                // What changed in anybody's conversations since they last looked.
                Index {
                    name: "members_changed",
                    keys: &[("members", 1), ("changed", 1)],
                    only: None,
                },
                // Which pictures messages show, before those that nothing shows are deleted.
                Index {
                    name: "media",
                    keys: &[("media", 1)],
                    only: None,
                },
                // All that a person sent, who asks to be forgotten.
                Index {
                    name: "from_id",
                    keys: &[("from", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
        Collection {
            name: Conversation::COLLECTION,
            indexes: &[
                // Somebody's conversations, the most recent first.
                Index {
                    name: "members_position",
                    keys: &[("members", 1), ("position", -1)],
                    only: None,
                },
                // Whose read states changed since somebody last looked.
                Index {
                    name: "members_changed",
                    keys: &[("members", 1), ("changed", 1)],
                    only: None,
                },
            ],
        },
    ],
};

/// The messages of a conversation.
pub const MESSAGES_IN: List = List {
    name: "messages_in",
    of: &[(Message::COLLECTION, "conversation")],
};

/// Somebody's conversations.
pub const CHATS_OF: List = List {
    name: "chats_of",
    of: &[(Conversation::COLLECTION, "members")],
};

/// How many messages of which conversations somebody hasn't read: depends on how far they have read, and on which
/// messages there are.
pub const UNREAD_BY: List = List {
    name: "unread_by",
    of: &[
        (Conversation::COLLECTION, "members"),
        (Message::COLLECTION, "members"),
    ],
};

/// The key of a conversation: its two people in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConversationId {
    /// The one whose id sorts first.
    pub lo: Uuid,
    /// The one whose id sorts last.
    pub hi: Uuid,
}

impl ConversationId {
    /// Both people, in order: the field `members`.
    pub const fn members(self) -> [Uuid; 2] {
        [self.lo, self.hi]
    }

    /// The one who is not `me`.
    pub fn other(self, me: AccountId) -> Uuid {
        if self.lo == uuid(me) { self.hi } else { self.lo }
    }
}

impl From<Pair> for ConversationId {
    fn from(pair: Pair) -> Self {
        Self {
            lo: uuid(pair.lo()),
            hi: uuid(pair.hi()),
        }
    }
}

/// A message. Its document stays when it is deleted or its sender erased, without content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The message's id, made of sender and client's id.
    #[serde(rename = "_id")]
    pub id: Uuid,
    /// Between whom.
    pub conversation: ConversationId,
    /// The same two, as one field that an index takes apart.
    pub members: [Uuid; 2],
    /// The sender.
    pub from: Uuid,
    /// The receiver.
    pub to: Uuid,
    /// What the sender's client calls it.
    pub client_id: Uuid,
    /// What it says; null once deleted or erased.
    pub text: Option<String>,
    /// Pictures, in order; none once deleted or erased.
    pub media: Vec<Uuid>,
    /// The event that sent it: names the message towards clients, and orders the conversation.
    pub position: i64,
    /// The event that last changed it.
    pub changed: i64,
    /// When that was.
    pub changed_at: DateTime,
    /// When it was sent.
    pub sent_at: DateTime,
    /// When it was last edited, if ever.
    pub edited_at: Option<DateTime>,
    /// Whether the sender took it back.
    pub deleted: bool,
    /// Whether its content is gone with its sender's key.
    pub erased: bool,
    /// Whether there is anything to read: it is neither deleted nor erased.
    pub present: bool,
}

impl Document for Message {
    type Id = Uuid;
    const COLLECTION: &'static str = "messages";

    fn id(&self) -> Uuid {
        self.id
    }
}

/// A conversation as the sidebar shows it, and how far both have read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Between whom.
    #[serde(rename = "_id")]
    pub id: ConversationId,
    /// The same two, as one field that an index takes apart.
    pub members: [Uuid; 2],
    /// The last message as it reads now: the same as its document in `messages`.
    pub last_message: Option<Message>,
    /// The last message's position; 0 while there is none.
    pub position: i64,
    /// How far both have read.
    pub read_up_to: ReadUpTo,
    /// The event that last changed `read_up_to`, 0 for none. (What changed about messages they tell themselves.)
    pub changed: i64,
    /// When that was, if ever.
    pub changed_at: Option<DateTime>,
}

/// Positions up to which each of a pair has read; 0 for nothing yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadUpTo {
    /// The one whose id sorts first.
    pub lo: i64,
    /// The one whose id sorts last.
    pub hi: i64,
}

impl Conversation {
    /// How far `account`, one of the two, has read.
    pub fn read_up_to(&self, account: Uuid) -> i64 {
        if account == self.id.lo {
            self.read_up_to.lo
        } else {
            self.read_up_to.hi
        }
    }
}

impl Document for Conversation {
    type Id = ConversationId;
    const COLLECTION: &'static str = "conversations";

    fn id(&self) -> ConversationId {
        self.id
    }
}
