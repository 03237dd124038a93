//! What happens to posts, and what people do to them, to posts as they read now and before, to likes and to
//! comments.
//!
//! All that hangs on a post is written by the shard of its author, which every such event names.

mod comments;
mod erasure;
mod likes;
mod pictures;
mod post;

use events::{AccountId, Event, PostId, Recorded, account};
use read_model::{
    posts::{Author, Post},
    uuid,
};
use serde::Serialize;

use crate::{Announcement, ApplyError, Key, Loaded, Projection, Shard, Sweep, Topic, Write};

/// See [`read_model::posts`].
#[derive(Debug)]
pub struct Posts;

impl Projection for Posts {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::posts::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["account", "comment", "media", "post", "reaction"]
    }

    fn needs(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        match concern(event, shard) {
            Some(Concern::Post(what)) => post::needs(what),
            Some(Concern::Reaction(what)) => likes::needs(what),
            Some(Concern::Comment(what)) => comments::needs(what),
            Some(Concern::Media(_) | Concern::Erased(_)) | None => vec![],
        }
    }

    fn makes(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        let made = match concern(event, shard) {
            Some(Concern::Post(what)) => post::makes(what),
            Some(Concern::Comment(what)) => comments::makes(what),
            // The same person may like a post again and again.
            Some(Concern::Reaction(_) | Concern::Media(_) | Concern::Erased(_)) | None => None,
        };
        made.into_iter().collect()
    }

    fn sweeps(&self, event: &Recorded, shard: Shard) -> Vec<Sweep> {
        match concern(event, shard) {
            Some(Concern::Post(events::post::Event::Deleted(deleted))) => erasure::of_post(deleted.post),
            Some(Concern::Erased(account)) => erasure::of_person(account, shard),
            Some(Concern::Post(_) | Concern::Reaction(_) | Concern::Comment(_) | Concern::Media(_))
            | None => {
                vec![]
            }
        }
    }

    fn apply(&self, event: &Recorded, loaded: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError> {
        match concern(event, shard) {
            Some(Concern::Post(what)) => post::apply(what, event, loaded),
            Some(Concern::Reaction(what)) => likes::apply(what, event, loaded),
            Some(Concern::Comment(what)) => comments::apply(what, event, loaded),
            Some(Concern::Media(what)) => Ok(pictures::apply(what)),
            Some(Concern::Erased(account)) if shard.owns(account) => {
                Ok(vec![Write::delete::<Author>(uuid(account))])
            }
            Some(Concern::Erased(_)) | None => Ok(vec![]),
        }
    }

    /// Who has the post on the screen sees its counts move.
    fn announce(
        &self,
        event: &Recorded,
        loaded: &Loaded,
        shard: Shard,
    ) -> Result<Vec<Announcement>, ApplyError> {
        let post = match concern(event, shard) {
            Some(Concern::Reaction(what)) => likes::reaction(what).post,
            Some(Concern::Comment(what)) => comments::post(what),
            Some(Concern::Post(_) | Concern::Media(_) | Concern::Erased(_)) | None => return Ok(vec![]),
        };
        let counts = loaded.get::<Post>(uuid(post))?.map(|counted| Counts {
            post,
            like_count: counted.like_count,
            comment_count: counted.comment_count,
        });
        let announcement = |counts| Announcement::new(Topic::Counts(post), counts);
        Ok(counts.map(announcement).into_iter().collect())
    }
}

/// What is announced of a post.
#[derive(Serialize)]
struct Counts {
    post: PostId,
    like_count: i64,
    comment_count: i64,
}

/// What an event has to do with posts.
enum Concern<'a> {
    Post(&'a events::post::Event),
    Reaction(&'a events::reaction::Event),
    Comment(&'a events::comment::Event),
    Media(&'a events::media::Event),
    /// A person is to be forgotten.
    Erased(AccountId),
}

/// What the event has to do with the posts that the shard owns.
fn concern(event: &Recorded, shard: Shard) -> Option<Concern<'_>> {
    let (concern, post_author) = match &event.event {
        Event::Post(what) => (Concern::Post(what), post::author(what)),
        Event::Reaction(what) => (Concern::Reaction(what), likes::reaction(what).post_author),
        Event::Comment(what) => (Concern::Comment(what), comments::post_author(what)),
        // Everybody shows their own pictures only.
        Event::Media(what) => (Concern::Media(what), pictures::owner(what)),
        // What a person said of others' posts is every shard's concern.
        Event::Account(account::Event::Erased(erased)) => return Some(Concern::Erased(erased.account)),
        Event::Account(_)
        | Event::Username(_)
        | Event::Email(_)
        | Event::Friendship(_)
        | Event::Inbox(_)
        | Event::Report(_)
        | Event::Dm(_)
        | Event::Session(_)
        | Event::Person(_) => return None,
    };
    shard.owns(post_author).then_some(concern)
}

/// How many posts an author has after a change.
fn count(loaded: &Loaded, account: bson::Uuid, change: i64) -> Result<Write, ApplyError> {
    let written = loaded
        .get::<Author>(account)?
        .map_or(0, |author| author.post_count);
    Ok(Write::put(&Author {
        account,
        post_count: written + change,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::given::{Given, comment_added, comment_deleted, deleted, liked, published, unliked};

    #[test]
    fn counts_are_announced_as_they_are_after_each_like_and_comment() {
        let given = Given::new(Posts).events([
            published(7, 1, "hello"),
            liked(7, 1, 2),
            comment_added(90, (7, 1), 2, "hi"),
            unliked(7, 1, 2),
            comment_deleted(90, (7, 1), 2, 1),
            deleted(7, 1),
            liked(7, 1, 2),
        ]);
        let post = PostId::from(Uuid::from_u128(7));
        let counts = |likes, comments| {
            let body = json!({ "post": post, "like_count": likes, "comment_count": comments });
            Announcement::new(Topic::Counts(post), body)
        };
        let expected = [counts(1, 0), counts(1, 1), counts(0, 1), counts(0, 0)];
        assert_eq!(given.announcements(), expected);
    }
}
