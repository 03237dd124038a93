//! Uploaded pictures: what is known of them, and what refers to them.

use bson::{DateTime, Uuid};
use events::Stream;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Index, Projection};

/// Built from what happens to pictures, and to the posts and profiles that show them; its shards are by owner.
/// Messages are in another stream: what they show, `messages` tells.
pub const PROJECTION: Projection = Projection {
    name: "media_usage",
    version: 1,
    stream: Stream::Events,
    copied: &[Media::COLLECTION],
    lists: &[],
    collections: &[
        Collection {
            name: Media::COLLECTION,
            indexes: &[
                // What nothing refers to, the oldest first: candidates for collection.
                Index {
                    name: "uses_uploaded_at",
                    keys: &[("uses", 1), ("uploaded_at", 1)],
                    only: None,
                },
                // All of a person's, who asks to be forgotten.
                Index {
                    name: "owner_id",
                    keys: &[("owner", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
        Collection {
            name: Use::COLLECTION,
            indexes: &[
                // All that a post or profile refers to.
                Index {
                    name: "by_id",
                    keys: &[("by", 1), ("_id", 1)],
                    only: None,
                },
                // All that is somebody's, who asks to be forgotten.
                Index {
                    name: "owner_id",
                    keys: &[("owner", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
    ],
};

/// A picture. One that was deleted has no document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// The picture.
    #[serde(rename = "_id")]
    pub id: Uuid,
    /// Whose.
    pub owner: Uuid,
    /// In pixels, as it is to be shown.
    pub width: i64,
    /// In pixels, as it is to be shown.
    pub height: i64,
    /// A few colours to show until it is there.
    pub blurhash: Option<String>,
    /// What it shows.
    pub alt: Option<String>,
    /// When it was uploaded.
    pub uploaded_at: DateTime,
    /// How many posts and places of a profile refer to it, or once did and still show it in their history.
    pub uses: i64,
}

impl Document for Media {
    type Id = Uuid;
    const COLLECTION: &'static str = "media";

    fn id(&self) -> Uuid {
        self.id
    }
}

/// That something refers to a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// By what and where, as below.
    #[serde(rename = "_id")]
    pub id: UseId,
    /// The post or account once more, as a field that an index can begin with.
    pub by: Uuid,
    /// The picture.
    pub media: Uuid,
    /// Whose post or profile it is.
    pub owner: Uuid,
}

/// The key of a [`Use`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UseId {
    /// The post, or the account whose profile it is.
    pub by: Uuid,
    /// Where in it: `avatar`, `cover`, or in a post the picture's own id.
    pub place: String,
}

impl Document for Use {
    type Id = UseId;
    const COLLECTION: &'static str = "media_uses";

    fn id(&self) -> UseId {
        self.id.clone()
    }
}
