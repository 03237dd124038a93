//! Likes. Nothing about one depends on the others. What somebody last did to a post is remembered for a while and
//! forgotten then, so that an event may say what was so already: whether it is new is decided where likes are counted.

use events::reaction::{Event, Reaction};

/// What somebody does about a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Like it.
    Like,
    /// Like it no more.
    Unlike,
}

/// The event of somebody's doing `what` about a post; nothing, if that is the last that they did. They may like what
/// they may see, and like any post no more.
pub fn decide(last: Option<What>, reaction: Reaction, what: What) -> Option<Event> {
    if last == Some(what) {
        return None;
    }
    Some(match what {
        What::Like => Event::Liked(reaction),
        What::Unlike => Event::Unliked(reaction),
    })
}

/// What somebody did by this event, and to what.
pub fn done(event: &Event) -> (What, &Reaction) {
    match event {
        Event::Liked(reaction) => (What::Like, reaction),
        Event::Unliked(reaction) => (What::Unlike, reaction),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::{AccountId, PostId};
    use proptest::prelude::*;
    use uuid::Uuid;

    proptest! {
        /// An event is all that readers need, and none says what the one before it said.
        #[test]
        fn reactions(steps in prop::collection::vec(any::<bool>(), 0..30)) {
            let expected = Reaction {
                post: PostId::from(Uuid::from_u128(7)),
                post_author: AccountId::from(Uuid::from_u128(1)),
                by: AccountId::from(Uuid::from_u128(2)),
            };
            let mut last = None;
            for likes in steps {
                let what = if likes { What::Like } else { What::Unlike };
                if let Some(event) = decide(last, expected.clone(), what) {
                    prop_assert_eq!(done(&event), (what, &expected));
                } else {
                    prop_assert_eq!(last, Some(what));
                }
                last = Some(what);
                prop_assert_eq!(decide(last, expected.clone(), what), None);
            }
        }
    }
}
