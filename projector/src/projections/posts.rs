//! Posts' events to posts as they read now, and to how many somebody has written.

use events::{AccountId, Event, Recorded, post};
use read_model::{
    position,
    posts::{Author, Block, Post, Visibility},
    uuid,
};

use crate::{ApplyError, Key, Loaded, Projection, Shard, Write};

/// See [`read_model::posts`].
#[derive(Debug)]
pub struct Posts;

impl Projection for Posts {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::posts::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["post"]
    }

    fn needs(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        let Some((what, author)) = owned(event, shard) else {
            return vec![];
        };
        let author = Key::of::<Author>(uuid(author));
        match what {
            post::Event::Published(_) => vec![author],
            post::Event::Edited(version) => vec![author, Key::of::<Post>(uuid(version.post))],
            post::Event::Deleted(deleted) => vec![author, Key::of::<Post>(uuid(deleted.post))],
        }
    }

    fn apply(&self, event: &Recorded, loaded: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError> {
        let Some((what, author)) = owned(event, shard) else {
            return Ok(vec![]);
        };
        match what {
            post::Event::Published(version) => {
                let Some(content) = version.personal.known() else {
                    return Ok(vec![]);
                };
                let post = Post {
                    id: uuid(version.post),
                    author: uuid(author),
                    blocks: blocks(content),
                    visibility: visibility(version.visibility),
                    created_at: event.meta.at.into(),
                    edited_at: None,
                    position: position(event.position.sequence),
                    changed: position(event.position.sequence),
                    like_count: 0,
                    comment_count: 0,
                };
                Ok(vec![Write::put(&post), count(loaded, author, 1)?])
            }
            post::Event::Edited(version) => {
                let Some(mut post) = loaded.get::<Post>(uuid(version.post))? else {
                    return Ok(vec![]);
                };
                let Some(content) = version.personal.known() else {
                    return remove(loaded, &post, author);
                };
                post.blocks = blocks(content);
                post.visibility = visibility(version.visibility);
                post.edited_at = Some(event.meta.at.into());
                post.changed = position(event.position.sequence);
                Ok(vec![Write::put(&post)])
            }
            post::Event::Deleted(deleted) => match loaded.get::<Post>(uuid(deleted.post))? {
                Some(post) => remove(loaded, &post, author),
                None => Ok(vec![]),
            },
        }
    }
}

/// A post's event and its author, if the shard owns what they have written.
fn owned(event: &Recorded, shard: Shard) -> Option<(&post::Event, AccountId)> {
    let Event::Post(what) = &event.event else {
        return None;
    };
    let author = match what {
        post::Event::Published(version) | post::Event::Edited(version) => version.author,
        post::Event::Deleted(deleted) => deleted.author,
    };
    shard.owns(author).then_some((what, author))
}

fn remove(loaded: &Loaded, post: &Post, author: AccountId) -> Result<Vec<Write>, ApplyError> {
    Ok(vec![Write::delete::<Post>(post.id), count(loaded, author, -1)?])
}

fn count(loaded: &Loaded, author: AccountId, change: i64) -> Result<Write, ApplyError> {
    let account = uuid(author);
    let written = loaded
        .get::<Author>(account)?
        .map_or(0, |author| author.post_count);
    Ok(Write::put(&Author {
        account,
        post_count: written + change,
    }))
}

fn visibility(visibility: post::Visibility) -> Visibility {
    match visibility {
        post::Visibility::Public => Visibility::Public,
        post::Visibility::Friends => Visibility::Friends,
    }
}

fn blocks(content: &post::Content) -> Vec<Block> {
    let block = |block: &post::Block| match block {
        post::Block::Text { text } => Block::Text { text: text.clone() },
        post::Block::Image { media_id, alt } => Block::Image {
            media_id: uuid(*media_id),
            alt: alt.clone(),
        },
    };
    content.blocks.iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{Given, account, deleted, edited, published, unreadable};

    fn post(given: &Given, n: u128) -> Option<Post> {
        given.document::<Post>(account(n))
    }

    fn post_count(given: &Given, n: u128) -> i64 {
        given.document::<Author>(account(n)).unwrap().post_count
    }

    #[test]
    fn a_published_post_can_be_read_and_counts() {
        let given = Given::new(Posts).events([published(7, 1, "hello"), published(8, 1, "again")]);
        let first = post(&given, 7).unwrap();
        assert_eq!(
            first.blocks,
            [Block::Text {
                text: "hello".to_owned()
            }]
        );
        assert_eq!((first.position, first.edited_at), (1, None));
        assert_eq!(post_count(&given, 1), 2);
    }

    #[test]
    fn an_edit_changes_what_it_says_and_not_its_place() {
        let given = Given::new(Posts).events([
            published(7, 1, "hello"),
            published(8, 2, "other"),
            edited(7, 1, "hello!"),
        ]);
        let post = post(&given, 7).unwrap();
        assert_eq!(
            post.blocks,
            [Block::Text {
                text: "hello!".to_owned()
            }]
        );
        assert_eq!((post.position, post.changed), (1, 3));
        assert!(post.edited_at.is_some());
        assert_eq!(post_count(&given, 1), 1);
    }

    #[test]
    fn a_deleted_post_goes_and_a_second_deletion_changes_nothing() {
        let given = Given::new(Posts).events([
            published(7, 1, "hello"),
            published(8, 1, "stays"),
            deleted(7, 1),
            deleted(7, 1),
        ]);
        assert_eq!(post(&given, 7), None);
        assert_eq!(post_count(&given, 1), 1);
    }

    #[test]
    fn an_edit_after_the_deletion_changes_nothing() {
        let given = Given::new(Posts).events([published(7, 1, "hello"), deleted(7, 1), edited(7, 1, "back")]);
        assert_eq!(post(&given, 7), None);
        assert_eq!(post_count(&given, 1), 0);
    }

    #[test]
    fn a_post_whose_author_was_erased_is_not_there() {
        let given = Given::new(Posts).events([unreadable(published(7, 1, "hello"))]);
        assert_eq!(given.all(), []);
        let given = Given::new(Posts).events([published(7, 1, "hello"), unreadable(edited(7, 1, "x"))]);
        assert_eq!(post(&given, 7), None);
        assert_eq!(post_count(&given, 1), 0);
    }

    #[test]
    fn three_shards_write_together_what_one_writes_alone() {
        let events: Vec<_> = (0..20)
            .flat_map(|n| [published(100 + n, n % 7, "a"), edited(100 + n, n % 7, "b")])
            .chain((0..5).map(|n| deleted(100 + n, n % 7)))
            .collect();
        let whole = Given::new(Posts).events(events.clone()).all();
        assert_eq!(Given::sharded(Posts, 3).events(events).all(), whole);
    }
}
