//! Posts as they read now, and how many somebody has written.

use bson::{DateTime, Uuid};
use events::Stream;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Index, Projection};

/// Built from posts' events; its shards are by author.
pub const PROJECTION: Projection = Projection {
    name: "posts",
    version: 1,
    stream: Stream::Events,
    collections: &[
        Collection {
            name: Post::COLLECTION,
            indexes: &[
                // Somebody's posts, newest first: ask with the visibilities that the caller may see
                // (`visibility: { $in: [..] }` is merged in order by the index, without a sort).
                Index {
                    name: "author_visibility_position",
                    keys: &[("author", 1), ("visibility", 1), ("position", -1)],
                    only: None,
                },
                // What is open to everybody, newest first.
                Index {
                    name: "visibility_position",
                    keys: &[("visibility", 1), ("position", -1)],
                    only: None,
                },
            ],
        },
        Collection {
            name: Author::COLLECTION,
            indexes: &[],
        },
    ],
};

/// A post. A deleted one has no document, nor has one whose author is erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// The post.
    #[serde(rename = "_id")]
    pub id: Uuid,
    /// Who wrote it.
    pub author: Uuid,
    /// What it says and shows, in order.
    pub blocks: Vec<Block>,
    /// Who may see it.
    pub visibility: Visibility,
    /// When it was published.
    pub created_at: DateTime,
    /// When it was last edited, if ever.
    pub edited_at: Option<DateTime>,
    /// The event that published it; lists are in the order of it.
    pub position: i64,
    /// The event that last changed what it says or who may see it; part of an `ETag`.
    pub changed: i64,
    /// How many people like it.
    pub like_count: i64,
    /// How many comments stand under it.
    pub comment_count: i64,
}

/// One block of a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// A paragraph or several.
    Text {
        /// The text.
        text: String,
    },
    /// A picture.
    Image {
        /// The uploaded picture.
        media_id: Uuid,
        /// What it shows.
        alt: String,
    },
}

/// Who may see a post, its author apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// The author's friends.
    Friends,
}

impl Visibility {
    /// As it stands in the database, for filters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Friends => "friends",
        }
    }
}

impl Document for Post {
    type Id = Uuid;
    const COLLECTION: &'static str = "posts";

    fn id(&self) -> Uuid {
        self.id
    }
}

/// How much an account has written. Missing for an account that never wrote anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The account.
    #[serde(rename = "_id")]
    pub account: Uuid,
    /// Its posts, of any visibility.
    pub post_count: i64,
}

impl Document for Author {
    type Id = Uuid;
    const COLLECTION: &'static str = "authors";

    fn id(&self) -> Uuid {
        self.account
    }
}
