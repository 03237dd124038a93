//! What happens to a comment on a post.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, CommentId, Personal, PostId,
    personal::{aggregate_events, open, sealed},
};

aggregate_events! {
    /// Everything that can happen to a comment.
    pub enum Event {
        /// It was written.
        "added" 1 => Added(Version),
        /// It reads otherwise now.
        "edited" 1 => Edited(Version),
        /// It is gone.
        "deleted" 1 => Deleted(Deleted),
    }
}

/// A comment as it reads from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Which comment.
    pub comment: CommentId,
    /// On which post.
    pub post: PostId,
    /// Whose post.
    pub post_author: AccountId,
    /// Who wrote the comment.
    pub author: AccountId,
    /// What it says.
    #[serde(skip)]
    pub personal: Personal<Text>,
}

/// A comment's content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// At most 2,000 characters.
    pub text: String,
}

/// See [`Event::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// Which comment.
    pub comment: CommentId,
    /// On which post.
    pub post: PostId,
    /// Whose post.
    pub post_author: AccountId,
    /// Who wrote the comment.
    pub author: AccountId,
    /// Who deleted it: its author or the post's.
    pub by: AccountId,
}

sealed!(Version => author);
open!(Deleted);
