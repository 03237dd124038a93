//! Likes. Nothing about one depends on the others, and liking twice is liking: whether a like is new is decided
//! where likes are counted.

use events::AccountId;
use events::post::Version;
use events::reaction::{Event, Reaction};

/// What somebody does about a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Like it.
    Like,
    /// Like it no more.
    Unlike,
}

/// What happens when `by` does `what` about a post that they may see.
pub fn decide(post: &Version, by: AccountId, what: What) -> Event {
    let reaction = Reaction {
        post: post.post,
        post_author: post.author,
        by,
    };
    match what {
        What::Like => Event::Liked(reaction),
        What::Unlike => Event::Unliked(reaction),
    }
}
