//! Whose feed holds which post.

use bson::Uuid;
use events::Stream;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Index, Projection};

/// Built from posts' events; its shards are by owner. For now everybody's feed holds their own posts.
pub const PROJECTION: Projection = Projection {
    name: "feed",
    version: 1,
    stream: Stream::Events,
    collections: &[Collection {
        name: Entry::COLLECTION,
        indexes: &[Index {
            name: "owner_position",
            keys: &[("owner", 1), ("position", -1)],
            only: None,
        }],
    }],
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
