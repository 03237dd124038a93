//! Whose feed holds which post.

use bson::Uuid;
use events::Stream;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Index, List, Projection};

/// Built from posts' and friendships' events; its shards are by the feed's owner.
pub const PROJECTION: Projection = Projection {
    name: "feed",
    version: 1,
    stream: Stream::Events,
    copied: &[],
    lists: &[FEED_OF],
    collections: &[
        Collection {
            name: Entry::COLLECTION,
            indexes: &[
                Index {
                    name: "owner_position",
                    keys: &[("owner", 1), ("position", -1)],
                    only: None,
                },
                // All entries of an author's posts, and those in one feed: for friendships that end, and authors
                // who ask to be forgotten.
                Index {
                    name: "author_id",
                    keys: &[("author", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
        Collection {
            name: Audience::COLLECTION,
            indexes: &[
                // Whose reader somebody is, who asks to be forgotten.
                Index {
                    name: "friends_id",
                    keys: &[("friends", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
        Collection {
            name: Authored::COLLECTION,
            indexes: &[
                // The newest of an author's posts, for a new friend's feed.
                Index {
                    name: "author_shard_position",
                    keys: &[("author", 1), ("shard", 1), ("position", -1)],
                    only: None,
                },
                // All of them, for an author who asks to be forgotten.
                Index {
                    name: "author_shard_id",
                    keys: &[("author", 1), ("shard", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
    ],
};

/// What is in somebody's feed.
pub const FEED_OF: List = List {
    name: "feed_of",
    of: &[(Entry::COLLECTION, "owner")],
};

/// A post in somebody's feed. The post itself is read from `posts`; where that shows it gone or no longer
/// visible to the owner, the entry is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Owner and post, as below.
    #[serde(rename = "_id")]
    pub id: EntryId,
    /// Whose feed it is.
    pub owner: Uuid,
    /// The post.
    pub post: Uuid,
    /// Who wrote it.
    pub author: Uuid,
    /// The event that published it; the feed is in the order of it.
    pub position: i64,
}

/// The key of an [`Entry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EntryId {
    /// Whose feed it is.
    pub owner: Uuid,
    /// The post.
    pub post: Uuid,
}

impl Document for Entry {
    type Id = EntryId;
    const COLLECTION: &'static str = "feed";

    fn id(&self) -> EntryId {
        self.id
    }
}

/// Those of an author's friends whose feeds a shard keeps: to them a new post goes. Missing where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// Author and shard, as below.
    #[serde(rename = "_id")]
    pub id: AudienceId,
    /// The friends, in the order of their ids; at most 5,000 in all shards together.
    pub friends: Vec<Uuid>,
}

/// The key of an [`Audience`]: each shard keeps its own part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AudienceId {
    /// Who writes.
    pub author: Uuid,
    /// Which shard keeps the readers' feeds.
    pub shard: i64,
}

impl Document for Audience {
    type Id = AudienceId;
    const COLLECTION: &'static str = "feed_audience";

    fn id(&self) -> AudienceId {
        self.id
    }
}

/// A post by its author, as each shard knows it: what a new friend's feed is filled with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authored {
    /// Post and shard, as below.
    #[serde(rename = "_id")]
    pub id: AuthoredId,
    /// Who wrote it.
    pub author: Uuid,
    /// The shard once more, as a field that an index can begin with.
    pub shard: i64,
    /// The event that published it.
    pub position: i64,
}

/// The key of an [`Authored`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AuthoredId {
    /// The post.
    pub post: Uuid,
    /// Which shard knows it.
    pub shard: i64,
}

impl Document for Authored {
    type Id = AuthoredId;
    const COLLECTION: &'static str = "feed_authored";

    fn id(&self) -> AuthoredId {
        self.id
    }
}
