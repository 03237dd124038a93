//! What people are to each other. Each pair has two rows, one for each side to ask from.

use bson::{DateTime, Uuid};
use events::Stream;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Index, List, Projection};

/// Built from friendships' events, and those of accounts that are erased; its shards are by owner.
pub const PROJECTION: Projection = Projection {
    name: "friends",
    version: 1,
    stream: Stream::Events,
    copied: &[Friend::COLLECTION, Counts::COLLECTION],
    lists: &[FRIENDS_OF, BLOCKS_OF],
    collections: &[
        Collection {
            name: Friend::COLLECTION,
            indexes: &[
                // Friends, and requests of either direction, newest first.
                Index {
                    name: "owner_status_position",
                    keys: &[("owner", 1), ("status", 1), ("position", -1)],
                    only: None,
                },
                // All rows that tell of a person, who asks to be forgotten.
                Index {
                    name: "other_id",
                    keys: &[("other", 1), ("_id", 1)],
                    only: None,
                },
                // Whom somebody blocks, newest first.
                Index {
                    name: "owner_position_blocks",
                    keys: &[("owner", 1), ("position", -1)],
                    only: Some(("blocks", true)),
                },
            ],
        },
        Collection {
            name: Counts::COLLECTION,
            indexes: &[],
        },
    ],
};

/// Whom somebody has to do with.
pub const FRIENDS_OF: List = List {
    name: "friends_of",
    of: &[(Friend::COLLECTION, "owner")],
};

/// With whom somebody shares a block, whoever set it.
pub const BLOCKS_OF: List = List {
    name: "blocks_of",
    of: &[(Friend::COLLECTION, "owner")],
};

/// What `other` is to `owner`. A pair that is nothing to each other and blocks neither way has no rows, nor has one of
/// whom either was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Friend {
    /// Both, as below.
    #[serde(rename = "_id")]
    pub id: FriendId,
    /// Whose row it is.
    pub owner: Uuid,
    /// Whom it tells of.
    pub other: Uuid,
    /// What they are to each other, seen from the owner.
    pub status: Status,
    /// Whether the owner blocks the other.
    pub blocks: bool,
    /// Whether the other blocks the owner; the owner is not to learn of it.
    pub blocked_by: bool,
    /// When `status` or `blocks` came to be what they are. `blocked_by` doesn't touch it, nor `position`,
    /// so that no list of the owner's is reordered by what others do to them unseen.
    pub since: DateTime,
    /// The event of that moment; lists are in the order of it.
    pub position: i64,
}

/// The key of a [`Friend`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FriendId {
    /// Whose row it is.
    pub owner: Uuid,
    /// Whom it tells of.
    pub other: Uuid,
}

/// What somebody is to the owner of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing; the row is there for a block.
    None,
    /// The owner asked the other, who hasn't answered.
    Requested,
    /// The other asked the owner, who hasn't answered.
    RequestedBy,
    /// They are friends.
    Friends,
}

impl Document for Friend {
    type Id = FriendId;
    const COLLECTION: &'static str = "friends";

    fn id(&self) -> FriendId {
        self.id
    }
}

/// How many an account has of what. Missing for an account that never had any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// The account.
    #[serde(rename = "_id")]
    pub account: Uuid,
    /// Its friends.
    pub friends: i64,
    /// Requests that wait for its answer.
    pub incoming_requests: i64,
}

impl Document for Counts {
    type Id = Uuid;
    const COLLECTION: &'static str = "friend_counts";

    fn id(&self) -> Uuid {
        self.account
    }
}
