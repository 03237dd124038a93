//! What happens to a post.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, MediaId, Personal, PostId,
    personal::{aggregate_events, open, sealed},
};

aggregate_events! {
    /// Everything that can happen to a post.
    pub enum Event {
        /// It came into the world.
        "published" 1 => Published(Version),
        /// It reads otherwise now.
        "edited" 1 => Edited(Version),
        /// It is gone.
        "deleted" 1 => Deleted(Deleted),
    }
}

/// A post as it reads from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Which post.
    pub post: PostId,
    /// Whose.
    pub author: AccountId,
    /// Who may see it.
    pub visibility: Visibility,
    /// What it says and shows.
    #[serde(skip)]
    pub personal: Personal<Content>,
}

/// See [`Event::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// Which post.
    pub post: PostId,
    /// Whose.
    pub author: AccountId,
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

/// The blocks of a post, in order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// 1 to 20 of them.
    pub blocks: Vec<Block>,
}

/// One block of a post.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// A paragraph or several.
    Text {
        /// At most 5,000 characters.
        text: String,
    },
    /// A picture.
    Image {
        /// The uploaded picture.
        media_id: MediaId,
        /// What it shows, for who can't see it; at most 1,000 characters.
        alt: String,
    },
}

sealed!(Version => author);
open!(Deleted);
