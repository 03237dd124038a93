//! What happens to posts, and what people do to them, to posts as they read now and before, to likes and to
//! comments.
//!
//! All that hangs on a post is written by the shard of its author, which every such event names.

mod comments;
mod likes;
mod post;

use events::{Event, Recorded};
use read_model::posts::Author;

use crate::{ApplyError, Key, Loaded, Projection, Shard, Write};

/// See [`read_model::posts`].
#[derive(Debug)]
pub struct Posts;

impl Projection for Posts {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::posts::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["post", "reaction", "comment"]
    }

    fn needs(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        match concern(event, shard) {
            Some(Concern::Post(what)) => post::needs(what),
            Some(Concern::Reaction(what)) => likes::needs(what),
            Some(Concern::Comment(what)) => comments::needs(what),
            None => vec![],
        }
    }

    fn apply(&self, event: &Recorded, loaded: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError> {
        match concern(event, shard) {
            Some(Concern::Post(what)) => post::apply(what, event, loaded),
            Some(Concern::Reaction(what)) => likes::apply(what, event, loaded),
            Some(Concern::Comment(what)) => comments::apply(what, event, loaded),
            None => Ok(vec![]),
        }
    }
}

/// What an event has to do with posts.
enum Concern<'a> {
    Post(&'a events::post::Event),
    Reaction(&'a events::reaction::Event),
    Comment(&'a events::comment::Event),
}

/// What the event has to do with the posts that the shard owns.
fn concern(event: &Recorded, shard: Shard) -> Option<Concern<'_>> {
    let (concern, post_author) = match &event.event {
        Event::Post(what) => (Concern::Post(what), post::author(what)),
        Event::Reaction(what) => (Concern::Reaction(what), likes::reaction(what).post_author),
        Event::Comment(what) => (Concern::Comment(what), comments::post_author(what)),
        Event::Account(_)
        | Event::Username(_)
        | Event::Email(_)
        | Event::Friendship(_)
        | Event::Media(_)
        | Event::Inbox(_)
        | Event::Report(_)
        | Event::Dm(_)
        | Event::Session(_) => return None,
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
