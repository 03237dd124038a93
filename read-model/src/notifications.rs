//! What people are to be told of: who likes their posts, comments on them, asks them to be friends, or has
//! accepted to be. Ids only; what is said and how people are called is joined at read time.

use bson::{DateTime, Uuid};
use events::Stream;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Index, Projection};

/// Built from the events of reactions, comments, friendships, posts, inboxes and accounts; its shards are by owner,
/// the one who is told.
pub const PROJECTION: Projection = Projection {
    name: "notifications",
    version: 2,
    stream: Stream::Events,
    copied: &[Inbox::COLLECTION],
    lists: &[],
    collections: &[
        Collection {
            name: Notification::COLLECTION,
            indexes: &[
                // Somebody's, newest first.
                Index {
                    name: "owner_position",
                    keys: &[("owner", 1), ("position", -1)],
                    only: None,
                },
                // Those that somebody hasn't seen.
                Index {
                    name: "owner_unseen",
                    keys: &[("owner", 1), ("_id", 1)],
                    only: Some(("seen", false)),
                },
                // What goes with a post.
                Index {
                    name: "post",
                    keys: &[("post", 1), ("_id", 1)],
                    only: None,
                },
                // What goes with a person, likes apart.
                Index {
                    name: "person",
                    keys: &[("person", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
        Collection {
            name: Liking::COLLECTION,
            indexes: &[
                // What goes with a post.
                Index {
                    name: "post",
                    keys: &[("post", 1), ("_id", 1)],
                    only: None,
                },
                // What goes with the post's author, and between two people.
                Index {
                    name: "owner",
                    keys: &[("owner", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
        Collection {
            name: Ring::COLLECTION,
            indexes: &[
                // What goes with a post.
                Index {
                    name: "post",
                    keys: &[("post", 1), ("_id", 1)],
                    only: None,
                },
                // What goes with a person.
                Index {
                    name: "person",
                    keys: &[("person", 1), ("_id", 1)],
                    only: None,
                },
            ],
        },
        Collection {
            name: Inbox::COLLECTION,
            indexes: &[],
        },
        Collection {
            name: Gone::COLLECTION,
            indexes: &[],
        },
    ],
};

/// So many of the newest who like a post are kept in their order. With more, and these gone again, the others are
/// but counted.
pub const MOST_ACTORS: usize = 20;

/// One thing that somebody is told of. It goes when its cause goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Who is told, and of what; as below.
    #[serde(rename = "_id")]
    pub id: NotificationId,
    /// Who is told.
    pub owner: Uuid,
    /// What kind of thing it is.
    pub kind: Kind,
    /// The post that is liked or commented on.
    pub post: Option<Uuid>,
    /// The comment.
    pub comment: Option<Uuid>,
    /// The one who commented, asked or accepted; of likes there may be several, so it is null.
    pub person: Option<Uuid>,
    /// Who did it, newest first: at most [`MOST_ACTORS`].
    pub actors: Vec<Actor>,
    /// How many did it.
    pub actor_count: i64,
    /// The event of the newest who still does, for what is seen; see `seen`.
    pub latest: i64,
    /// When that was.
    pub at: DateTime,
    /// Its place in lists. It rises with each further like and never falls, so that pages repeat nothing.
    pub position: i64,
    /// Whether the owner has seen it up to `latest`.
    pub seen: bool,
}

/// The key of a [`Notification`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NotificationId {
    /// Who is told.
    pub owner: Uuid,
    /// Made of the kind and of what it is about, so that the same comes under the same id again.
    pub id: Uuid,
}

/// What somebody is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// People like a post of theirs: one notification for each post.
    Like,
    /// Somebody has commented on a post of theirs.
    Comment,
    /// Somebody asks to be friends.
    FriendRequest,
    /// Somebody whom they asked has accepted.
    FriendAccepted,
}

/// Somebody who did what a notification tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who.
    pub account: Uuid,
    /// The event by which they did.
    pub position: i64,
    /// When.
    pub at: DateTime,
}

impl Document for Notification {
    type Id = NotificationId;
    const COLLECTION: &'static str = "notifications";

    fn id(&self) -> NotificationId {
        self.id
    }
}

/// That somebody likes another's post, part of the post's notification; or did, so that liking it again soon rings no
/// bell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Liking {
    /// Person and post, as below.
    #[serde(rename = "_id")]
    pub id: LikingId,
    /// The post.
    pub post: Uuid,
    /// The post's author, who is told.
    pub owner: Uuid,
    /// The event by which they came to like it, the last time that it was told.
    pub position: i64,
    /// When they liked it no more; null while they do.
    pub taken_back: Option<DateTime>,
}

/// The key of a [`Liking`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LikingId {
    /// Who likes the post.
    pub by: Uuid,
    /// The post.
    pub post: Uuid,
}

impl Document for Liking {
    type Id = LikingId;
    const COLLECTION: &'static str = "notification_likes";

    fn id(&self) -> LikingId {
        self.id
    }
}

/// That somebody was told of something, likes apart, that was taken back or turned down: coming again soon, it rings no
/// bell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    /// Who was told, and of what; as below. What is told of a person under a post has one key, however often it is.
    #[serde(rename = "_id")]
    pub id: NotificationId,
    /// Who did it.
    pub person: Uuid,
    /// The post that was commented on.
    pub post: Option<Uuid>,
    /// The event of the last that was told: what comes again is seen as far as that was.
    pub latest: i64,
    /// How many of them are gone and haven't come again.
    pub gone: i64,
    /// Until when they may come again without a bell.
    pub until: DateTime,
}

impl Document for Ring {
    type Id = NotificationId;
    const COLLECTION: &'static str = "notification_rings";

    fn id(&self) -> NotificationId {
        self.id
    }
}

/// How far somebody has seen, and how much not. Missing for who was never told of anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    /// The account.
    #[serde(rename = "_id")]
    pub account: Uuid,
    /// Up to which event all has been seen; 0 for nothing yet.
    pub seen_up_to: i64,
    /// How many notifications haven't been seen.
    pub unread: i64,
}

impl Document for Inbox {
    type Id = Uuid;
    const COLLECTION: &'static str = "inboxes";

    fn id(&self) -> Uuid {
        self.account
    }
}

/// A post that was deleted: what people still do to it, not knowing, is told nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// Author and post, as below.
    #[serde(rename = "_id")]
    pub id: GoneId,
}

/// The key of a [`Gone`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GoneId {
    /// Who wrote the post.
    pub owner: Uuid,
    /// The post.
    pub post: Uuid,
}

impl Document for Gone {
    type Id = GoneId;
    const COLLECTION: &'static str = "notification_gone";

    fn id(&self) -> GoneId {
        self.id
    }
}
