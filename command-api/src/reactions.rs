//! What people last did to posts, remembered so that liking what one likes appends nothing.
//!
//! All reactions to a post share a subject per type, for a subject of each liker would cost the server more memory than
//! the like is worth. So nobody can look up whether somebody likes a post; it is remembered where it happened or was
//! heard of. What was forgotten is appended once more, and counted once all the same.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use events::reaction::Event;
use events::{AccountId, EventStore, LoadError, Position, PostId, Scope, Stream};
use moka::sync::Cache;

use crate::domain::reaction::{What, done};

/// How long, should the word of a change be lost.
const LONGEST: Duration = Duration::from_hours(1);

/// The last reaction of somebody to a post, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Last {
    /// What they did.
    pub(crate) what: What,
    /// The sequence of the event.
    sequence: u64,
}

impl Last {
    /// Where the event stands.
    pub(crate) const fn position(self) -> Position {
        Position::new(Stream::Events, self.sequence)
    }
}

/// Remembers reactions.
#[derive(Debug)]
pub(crate) struct Reactions {
    most: u64,
    last: Cache<(PostId, AccountId), Last>,
    /// The last of all reactions that was heard of: up to here what is remembered is what is so.
    heard: AtomicU64,
    /// Counts how often something may have gone unheard.
    gaps: AtomicU64,
}

impl Reactions {
    /// Remembers so many, at about 200 bytes each; none at all, if so few.
    pub(crate) fn new(most: u64) -> Self {
        Self {
            most,
            last: Cache::builder().max_capacity(most).time_to_live(LONGEST).build(),
            heard: AtomicU64::new(0),
            gaps: AtomicU64::new(0),
        }
    }

    /// What `by` last did to the post.
    pub(crate) fn last(&self, post: PostId, by: AccountId) -> Option<Last> {
        self.last.get(&(post, by))
    }

    /// Whether `last` is still so: nobody has done the opposite to the post since, or it has been heard of.
    pub(crate) async fn stands(
        &self,
        store: &EventStore,
        post: PostId,
        last: Last,
    ) -> Result<bool, LoadError> {
        let opposite = match last.what {
            What::Like => "unliked",
            What::Unlike => "liked",
        };
        let since = store.last_of_type(&Scope::reaction(post), opposite).await?;
        let since = since.map_or(0, |event| event.position.sequence);
        Ok(since < last.sequence || since <= self.heard.load(Ordering::SeqCst))
    }

    /// A mark for [`Self::happened`], taken before.
    pub(crate) fn gaps(&self) -> u64 {
        self.gaps.load(Ordering::SeqCst)
    }

    /// This was appended at `sequence`, after `gaps`. With another gap since, something later may have gone unheard.
    pub(crate) fn happened(&self, event: &Event, sequence: u64, gaps: u64) {
        self.remember(event, sequence);
        if self.gaps() != gaps {
            self.last.invalidate_all();
        }
    }

    /// What happened before may come to be known afterwards.
    fn remember(&self, event: &Event, sequence: u64) {
        if self.most == 0 {
            return;
        }
        let (what, reaction) = done(event);
        let key = (reaction.post, reaction.by);
        self.last.entry(key).and_upsert_with(|known| {
            let known = known.map(moka::Entry::into_value);
            match known.filter(|known| known.sequence > sequence) {
                Some(later) => later,
                None => Last { what, sequence },
            }
        });
    }

    /// This was heard, as all that is stored is, in the order of the stream.
    pub(crate) fn heard(&self, event: &Event, sequence: u64) {
        self.remember(event, sequence);
        self.heard.fetch_max(sequence, Ordering::SeqCst);
    }

    /// Something may have gone unheard.
    pub(crate) fn forget_all(&self) {
        self.gaps.fetch_add(1, Ordering::SeqCst);
        self.last.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use events::reaction::Reaction;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_latest_of_a_persons_reactions_is_remembered_whatever_comes_first() {
        let reactions = Reactions::new(10);
        let (post, by) = (
            PostId::from(Uuid::from_u128(7)),
            AccountId::from(Uuid::from_u128(1)),
        );
        let reaction = Reaction {
            post,
            post_author: by,
            by,
        };
        let (liked, unliked) = (Event::Liked(reaction.clone()), Event::Unliked(reaction));
        reactions.happened(&unliked, 9, reactions.gaps());
        reactions.heard(&liked, 4);
        let last = reactions.last(post, by).map(|last| (last.what, last.position()));
        assert_eq!(last, Some((What::Unlike, "e9".parse().unwrap())));
        reactions.heard(&liked, 12);
        assert_eq!(reactions.last(post, by).map(|last| last.what), Some(What::Like));
        let before = reactions.gaps();
        reactions.forget_all();
        assert_eq!(reactions.last(post, by), None);
        reactions.happened(&unliked, 13, before);
        assert_eq!(reactions.last(post, by), None, "a like may have gone unheard");
    }
}
