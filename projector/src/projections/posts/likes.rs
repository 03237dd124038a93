//! Who likes a post, and how many do.
//!
//! Nothing was checked when a reaction was appended: the same person may like a post twice, or one that has just
//! been deleted. Here is decided whether it counts.

use events::{Recorded, reaction};
use read_model::{
    position,
    posts::{Like, LikeId, Post},
    uuid,
};

use crate::{ApplyError, Key, Loaded, Write};

/// What both of a reaction's events carry.
pub(super) fn reaction(what: &reaction::Event) -> &reaction::Reaction {
    match what {
        reaction::Event::Liked(reaction) | reaction::Event::Unliked(reaction) => reaction,
    }
}

pub(super) fn needs(what: &reaction::Event) -> Vec<Key> {
    let reaction = reaction(what);
    vec![
        Key::of::<Post>(uuid(reaction.post)),
        Key::of::<Like>(id(reaction)),
    ]
}

pub(super) fn apply(
    what: &reaction::Event,
    event: &Recorded,
    loaded: &Loaded,
) -> Result<Vec<Write>, ApplyError> {
    let reaction = reaction(what);
    let id = id(reaction);
    let (post, before) = (loaded.get::<Post>(id.post)?, loaded.get::<Like>(id)?);
    match (what, before) {
        (reaction::Event::Liked(_), None) => {
            let Some(post) = post else {
                return Ok(vec![]);
            };
            let like = Like {
                id,
                post: id.post,
                post_author: post.author,
                by: id.by,
                at: event.meta.at.into(),
                position: position(event.position.sequence),
            };
            Ok(vec![Write::put(&like), counted(post, 1)])
        }
        (reaction::Event::Unliked(_), Some(_)) => remove(loaded, id),
        (reaction::Event::Liked(_), Some(_)) | (reaction::Event::Unliked(_), None) => Ok(vec![]),
    }
}

/// Takes a like away, and counts it no more.
pub(super) fn remove(loaded: &Loaded, id: LikeId) -> Result<Vec<Write>, ApplyError> {
    let post = loaded.get::<Post>(id.post)?;
    let counted = post.map(|post| counted(post, -1));
    Ok(std::iter::once(Write::delete::<Like>(id))
        .chain(counted)
        .collect())
}

fn counted(post: Post, change: i64) -> Write {
    Write::put(&Post {
        like_count: post.like_count + change,
        ..post
    })
}

fn id(reaction: &reaction::Reaction) -> LikeId {
    LikeId {
        post: uuid(reaction.post),
        by: uuid(reaction.by),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        given::{Given, account, deleted, edited, liked, published, unliked},
        projections::Posts,
    };

    fn like_count(given: &Given, n: u128) -> i64 {
        given.document::<Post>(account(n)).unwrap().like_count
    }

    #[test]
    fn a_like_counts_once_however_often_it_is_told() {
        let given = Given::new(Posts).events([
            published(7, 1, "hello"),
            liked(7, 1, 2),
            liked(7, 1, 3),
            liked(7, 1, 2),
        ]);
        assert_eq!(like_count(&given, 7), 2);
        let like = |by| {
            given.document::<Like>(LikeId {
                post: account(7),
                by: account(by),
            })
        };
        assert_eq!(like(2).unwrap().position, 2);
        assert_eq!(like(3).unwrap().post_author, account(1));
    }

    #[test]
    fn a_like_taken_back_counts_no_more_and_only_once() {
        let given = Given::new(Posts).events([
            published(7, 1, "hello"),
            unliked(7, 1, 2),
            liked(7, 1, 2),
            liked(7, 1, 3),
            unliked(7, 1, 2),
            unliked(7, 1, 2),
        ]);
        assert_eq!(like_count(&given, 7), 1);
        assert_eq!(given.documents_of::<Like>().len(), 1);
    }

    #[test]
    fn an_edit_keeps_the_likes() {
        let given =
            Given::new(Posts).events([published(7, 1, "hello"), liked(7, 1, 2), edited(7, 1, "hello!")]);
        assert_eq!(like_count(&given, 7), 1);
    }

    #[test]
    fn what_is_not_there_is_not_liked() {
        let given = Given::new(Posts).events([
            published(7, 1, "hello"),
            deleted(7, 1),
            liked(7, 1, 2),
            liked(8, 1, 2),
        ]);
        assert_eq!(given.documents_of::<Like>(), []);
    }

    #[test]
    fn three_shards_write_together_what_one_writes_alone() {
        let posts = (0..20).map(|n| published(100 + n, n % 7, "a"));
        let likes = (0..100).map(|n| liked(100 + n % 20, n % 20 % 7, n % 9));
        let taken_back = (0..30).map(|n| unliked(100 + n % 20, n % 20 % 7, n % 9));
        let events: Vec<_> = posts.chain(likes).chain(taken_back).collect();
        let whole = Given::new(Posts).events(events.clone()).all();
        assert_eq!(Given::sharded(Posts, 3).events(events).all(), whole);
    }
}
