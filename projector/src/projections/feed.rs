//! Posts' events to who has them in their feed.
//!
//! For now that is the author alone. Rows are keyed and sharded by owner already, for friends to come.

use events::{AccountId, Event, PostId, Recorded, post};
use read_model::{
    feed::{Entry, EntryId},
    position, uuid,
};

use crate::{ApplyError, Key, Loaded, Projection, Shard, Write};

/// See [`read_model::feed`].
#[derive(Debug)]
pub struct Feed;

impl Projection for Feed {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::feed::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["post"]
    }

    fn needs(&self, _: &Recorded, _: Shard) -> Vec<Key> {
        vec![]
    }

    fn apply(&self, event: &Recorded, _: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError> {
        let Event::Post(what) = &event.event else {
            return Ok(vec![]);
        };
        let (post, author, there) = match what {
            post::Event::Published(version) => {
                let readable = version.personal.known().is_some();
                (version.post, version.author, readable)
            }
            // An edit changes nothing here, unless it shows that nothing of the author is left.
            post::Event::Edited(version) if version.personal.known().is_some() => return Ok(vec![]),
            post::Event::Edited(version) => (version.post, version.author, false),
            post::Event::Deleted(deleted) => (deleted.post, deleted.author, false),
        };
        if !shard.owns(author) {
            return Ok(vec![]);
        }
        Ok(vec![if there {
            Write::put(&entry(author, post, author, event))
        } else {
            Write::delete::<Entry>(key(author, post))
        }])
    }
}

fn key(owner: AccountId, post: PostId) -> EntryId {
    EntryId {
        owner: uuid(owner),
        post: uuid(post),
    }
}

fn entry(owner: AccountId, post: PostId, author: AccountId, event: &Recorded) -> Entry {
    Entry {
        id: key(owner, post),
        owner: uuid(owner),
        post: uuid(post),
        author: uuid(author),
        position: position(event.position.sequence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{Given, account, deleted, edited, published, unreadable};

    fn posts(given: &Given) -> Vec<(bson::Uuid, i64)> {
        let mut entries = given.documents_of::<Entry>();
        entries.sort_by_key(|entry| entry.position);
        entries
            .into_iter()
            .map(|entry| (entry.post, entry.position))
            .collect()
    }

    #[test]
    fn an_author_has_their_own_posts_in_the_order_of_publication() {
        let given = Given::new(Feed).events([
            published(7, 1, "one"),
            published(8, 1, "two"),
            edited(7, 1, "one, later"),
        ]);
        assert_eq!(posts(&given), [(account(7), 1), (account(8), 2)]);
        let key = key(crate::given::someone(1), uuid::Uuid::from_u128(8).into());
        assert_eq!(given.document::<Entry>(key).unwrap().owner, account(1));
    }

    #[test]
    fn a_deleted_post_leaves_the_feed_once_and_for_all() {
        let given = Given::new(Feed).events([
            published(7, 1, "one"),
            deleted(7, 1),
            deleted(7, 1),
            edited(7, 1, "late"),
        ]);
        assert_eq!(posts(&given), []);
    }

    #[test]
    fn what_can_no_longer_be_read_is_in_no_feed() {
        let given = Given::new(Feed).events([
            unreadable(published(7, 1, "one")),
            published(8, 1, "two"),
            unreadable(edited(8, 1, "two!")),
        ]);
        assert_eq!(posts(&given), []);
    }

    #[test]
    fn three_shards_write_together_what_one_writes_alone() {
        let events: Vec<_> = (0..30)
            .map(|n| published(100 + n, n % 11, "a"))
            .chain((0..10).map(|n| deleted(100 + n, n % 11)))
            .collect();
        let whole = Given::new(Feed).events(events.clone()).all();
        assert_eq!(Given::sharded(Feed, 3).events(events).all(), whole);
    }
}
