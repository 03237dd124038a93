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

#[cfg(test)]
mod tests {
    use super::*;
    use events::post::Visibility;
    use events::{Personal, PostId};
    use proptest::prelude::*;
    use uuid::Uuid;

    proptest! {
        /// There is no state to be at odds with: every command is one event, which tells all that readers need.
        #[test]
        fn reactions(steps in prop::collection::vec((any::<u128>(), any::<bool>()), 0..30)) {
            let post = Version {
                post: PostId::from(Uuid::from_u128(7)),
                author: AccountId::from(Uuid::from_u128(1)),
                visibility: Visibility::Public,
                personal: Personal::Erased,
            };
            for (by, likes) in steps {
                let by = AccountId::from(Uuid::from_u128(by));
                let told = Reaction { post: post.post, post_author: post.author, by };
                let (what, expected) = if likes {
                    (What::Like, Event::Liked(told))
                } else {
                    (What::Unlike, Event::Unliked(told))
                };
                prop_assert_eq!(decide(&post, by, what), expected);
            }
        }
    }
}
