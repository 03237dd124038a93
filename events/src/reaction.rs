//! What people do to a post besides writing about it.
//!
//! All of a post's reactions share a subject per type, so that subjects stay few. Nothing is checked when
//! one is appended: five hundred people may like a post at once. Whether a like is new is decided where
//! likes are counted.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, PostId,
    personal::{aggregate_events, open},
};

aggregate_events! {
    /// Everything that can happen in reaction to a post.
    pub enum Event {
        /// `by` likes the post.
        "liked" 1 => Liked(Reaction),
        /// `by` doesn't any more.
        "unliked" 1 => Unliked(Reaction),
    }
}

/// One person's reaction to a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// Which post.
    pub post: PostId,
    /// Whose post.
    pub post_author: AccountId,
    /// Who reacts.
    pub by: AccountId,
}

open!(Reaction);
