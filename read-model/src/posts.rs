//! Posts as they read now and as they read before, who likes them, what is said under them, and how many
//! somebody has written.

use bson::{DateTime, Uuid};
use events::Stream;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Index, List, Projection};

/// Built from the events of posts, reactions and comments; its shards are by the post's author, so that one
/// shard writes a post and all that hangs on it.
pub const PROJECTION: Projection = Projection {
    name: "posts",
    version: 2,
    stream: Stream::Events,
    copied: &[Post::COLLECTION, Like::COLLECTION, Author::COLLECTION],
    lists: &[POSTS_BY, COMMENTS_ON],
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
                // What goes with its author.
                Index {
                    name: "author_id",
                    keys: &[("author", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
        Collection {
            name: Version::COLLECTION,
            indexes: &[
                // A post's earlier versions, the last first.
                Index {
                    name: "post_position",
                    keys: &[("post", 1), ("position", -1)],
                    only: None,
                },
                // What goes with its author.
                Index {
                    name: "author_id",
                    keys: &[("author", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
        Collection {
            name: Like::COLLECTION,
            indexes: &[
                // Who likes a post, the newest first.
                Index {
                    name: "post_position",
                    keys: &[("post", 1), ("position", -1)],
                    only: None,
                },
                // What goes with the person who likes.
                Index {
                    name: "by_id",
                    keys: &[("by", 1), ("_id", 1)],
                    only: None,
                },
                // What goes with the post's author.
                Index {
                    name: "post_author_id",
                    keys: &[("post_author", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
        Collection {
            name: Comment::COLLECTION,
            indexes: &[
                // A post's comments in the order in which they were written.
                Index {
                    name: "post_position",
                    keys: &[("post", 1), ("position", 1)],
                    only: None,
                },
                // What goes with the post.
                Index {
                    name: "post_id",
                    keys: &[("post", 1), ("_id", 1)],
                    only: None,
                },
                // What goes with its author.
                Index {
                    name: "author_id",
                    keys: &[("author", 1), ("_id", 1)],
                    only: None,
                },
                // What goes with the post's author.
                Index {
                    name: "post_author_id",
                    keys: &[("post_author", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
        Collection {
            name: Author::COLLECTION,
            indexes: &[],
        },
        Collection {
            name: Picture::COLLECTION,
            indexes: &[
                // All of a person's, who asks to be forgotten.
                Index {
                    name: "owner_id",
                    keys: &[("owner", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
    ],
};

/// What somebody has published.
pub const POSTS_BY: List = List {
    name: "posts_by",
    of: &[(Post::COLLECTION, "author")],
};

/// What is said under a post.
pub const COMMENTS_ON: List = List {
    name: "comments_on",
    of: &[(Comment::COLLECTION, "post")],
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
        /// What else is known of it; nothing of one that is gone.
        facts: Option<PictureFacts>,
    },
}

/// What a reader's screen needs to know of a picture before it is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureFacts {
    /// In pixels, as it is to be shown.
    pub width: i64,
    /// In pixels, as it is to be shown.
    pub height: i64,
    /// A few colours to show until it is there.
    pub blurhash: String,
}

/// A picture that its owner may show in posts, kept to be copied into them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// The picture.
    #[serde(rename = "_id")]
    pub id: Uuid,
    /// Whose.
    pub owner: Uuid,
    /// What is known of it.
    pub facts: PictureFacts,
}

impl Document for Picture {
    type Id = Uuid;
    const COLLECTION: &'static str = "post_pictures";

    fn id(&self) -> Uuid {
        self.id
    }
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
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Public, Self::Friends];

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

/// How a post read before an edit. The version that it has now is in its [`Post`] alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Post and position, as below.
    #[serde(rename = "_id")]
    pub id: VersionId,
    /// The post.
    pub post: Uuid,
    /// Who wrote it.
    pub author: Uuid,
    /// What it said and showed, in order.
    pub blocks: Vec<Block>,
    /// Who could see it while it was the current one.
    pub visibility: Visibility,
    /// When it was written.
    pub at: DateTime,
    /// The event that wrote it.
    pub position: i64,
    /// The event that put another in its place.
    pub until: i64,
}

/// The key of a [`Version`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VersionId {
    /// The post.
    pub post: Uuid,
    /// The event that wrote the version.
    pub position: i64,
}

impl Document for Version {
    type Id = VersionId;
    const COLLECTION: &'static str = "post_versions";

    fn id(&self) -> VersionId {
        self.id
    }
}

/// That somebody likes a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Like {
    /// Post and person, as below.
    #[serde(rename = "_id")]
    pub id: LikeId,
    /// The post.
    pub post: Uuid,
    /// Who wrote the post.
    pub post_author: Uuid,
    /// Who likes it.
    pub by: Uuid,
    /// Since when.
    pub at: DateTime,
    /// The event of that moment; lists are in the order of it.
    pub position: i64,
}

/// The key of a [`Like`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LikeId {
    /// The post.
    pub post: Uuid,
    /// Who likes it.
    pub by: Uuid,
}

impl Document for Like {
    type Id = LikeId;
    const COLLECTION: &'static str = "likes";

    fn id(&self) -> LikeId {
        self.id
    }
}

/// A comment under a post. A deleted one has no document, nor has one whose author is erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The comment.
    #[serde(rename = "_id")]
    pub id: Uuid,
    /// The post.
    pub post: Uuid,
    /// Who wrote the post.
    pub post_author: Uuid,
    /// Who wrote the comment.
    pub author: Uuid,
    /// What it says.
    pub text: String,
    /// When it was written.
    pub created_at: DateTime,
    /// When it was last edited, if ever.
    pub edited_at: Option<DateTime>,
    /// The event that added it; lists are in the order of it.
    pub position: i64,
}

impl Document for Comment {
    type Id = Uuid;
    const COLLECTION: &'static str = "comments";

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
