//! A post as it reads now, and the versions that edits left behind.

use events::{AccountId, Recorded, post};
use read_model::{
    position,
    posts::{Author, Block, Post, Version, VersionId, Visibility},
    uuid,
};

use super::{count, pictures};
use crate::{ApplyError, Key, Loaded, Write};

/// Whose post it is.
pub(super) fn author(what: &post::Event) -> AccountId {
    match what {
        post::Event::Published(version) | post::Event::Edited(version) => version.author,
        post::Event::Deleted(deleted) => deleted.author,
    }
}

pub(super) fn needs(what: &post::Event) -> Vec<Key> {
    let author = Key::of::<Author>(uuid(author(what)));
    match what {
        post::Event::Published(version) | post::Event::Edited(version) => pictures::needs(version)
            .chain([author, Key::of::<Post>(uuid(version.post))])
            .collect(),
        post::Event::Deleted(deleted) => vec![author, Key::of::<Post>(uuid(deleted.post))],
    }
}

pub(super) fn makes(what: &post::Event) -> Option<Key> {
    match what {
        // Of an author who is forgotten nothing is made.
        post::Event::Published(version) if version.personal.known().is_some() => {
            Some(Key::of::<Post>(uuid(version.post)))
        }
        post::Event::Published(_) | post::Event::Edited(_) | post::Event::Deleted(_) => None,
    }
}

pub(super) fn apply(what: &post::Event, event: &Recorded, loaded: &Loaded) -> Result<Vec<Write>, ApplyError> {
    match what {
        post::Event::Published(version) => {
            let Some(content) = version.personal.known() else {
                return Ok(vec![]);
            };
            let post = Post {
                id: uuid(version.post),
                author: uuid(version.author),
                blocks: blocks(content, loaded)?,
                visibility: visibility(version.visibility),
                created_at: event.meta.at.into(),
                edited_at: None,
                position: position(event.position.sequence),
                changed: position(event.position.sequence),
                like_count: 0,
                comment_count: 0,
            };
            Ok(vec![Write::put(&post), count(loaded, post.author, 1)?])
        }
        post::Event::Edited(version) => {
            let Some(post) = loaded.get::<Post>(uuid(version.post))? else {
                return Ok(vec![]);
            };
            let Some(content) = version.personal.known() else {
                return remove(loaded, &post);
            };
            let at = position(event.position.sequence);
            let before = replaced(&post, at);
            let post = Post {
                blocks: blocks(content, loaded)?,
                visibility: visibility(version.visibility),
                edited_at: Some(event.meta.at.into()),
                changed: at,
                ..post
            };
            Ok(vec![Write::put(&before), Write::put(&post)])
        }
        post::Event::Deleted(deleted) => match loaded.get::<Post>(uuid(deleted.post))? {
            Some(post) => remove(loaded, &post),
            None => Ok(vec![]),
        },
    }
}

/// The post as it read until the event at `until`.
fn replaced(post: &Post, until: i64) -> Version {
    Version {
        id: VersionId {
            post: post.id,
            position: post.changed,
        },
        post: post.id,
        author: post.author,
        blocks: post.blocks.clone(),
        visibility: post.visibility,
        at: post.edited_at.unwrap_or(post.created_at),
        position: post.changed,
        until,
    }
}

fn remove(loaded: &Loaded, post: &Post) -> Result<Vec<Write>, ApplyError> {
    Ok(vec![
        Write::delete::<Post>(post.id),
        count(loaded, post.author, -1)?,
    ])
}

fn visibility(visibility: post::Visibility) -> Visibility {
    match visibility {
        post::Visibility::Public => Visibility::Public,
        post::Visibility::Friends => Visibility::Friends,
    }
}

fn blocks(content: &post::Content, loaded: &Loaded) -> Result<Vec<Block>, ApplyError> {
    let block = |block: &post::Block| match block {
        post::Block::Text { text } => Ok(Block::Text { text: text.clone() }),
        post::Block::Image { media_id, alt } => Ok(Block::Image {
            media_id: uuid(*media_id),
            alt: alt.clone(),
            facts: pictures::facts(loaded, *media_id)?,
        }),
    };
    content.blocks.iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use read_model::posts::PictureFacts;

    use super::*;
    use crate::{
        given::{Given, account, deleted, edited, published, shown, unreadable, uploaded},
        projections::Posts,
    };

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
    fn an_edit_leaves_the_version_before_it_behind() {
        let given = Given::new(Posts).events([
            published(7, 1, "hello"),
            edited(7, 1, "hello!"),
            edited(7, 1, "hello again"),
        ]);
        let mut versions = given.documents_of::<Version>();
        versions.sort_by_key(|version| version.position);
        let told: Vec<_> = versions
            .iter()
            .map(|version| (&version.blocks[0], version.position, version.until))
            .collect();
        let text = |text: &str| Block::Text {
            text: text.to_owned(),
        };
        assert_eq!(told, [(&text("hello"), 1, 2), (&text("hello!"), 2, 3)]);
        let post = post(&given, 7).unwrap();
        assert_eq!(
            (versions[0].at, Some(post.created_at)),
            (post.created_at, Some(versions[0].at))
        );
        assert!(versions[1].at > versions[0].at && post.edited_at > Some(versions[1].at));
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

    #[test]
    fn a_picture_is_shown_with_what_was_told_of_it_when_it_was_uploaded() {
        let given = Given::new(Posts).events([uploaded(70, 1), shown(7, 1, &[70, 71])]);
        let facts = PictureFacts {
            width: 400,
            height: 300,
            blurhash: "LEHV6nWB2yk8".to_owned(),
        };
        let picture = |n, facts| Block::Image {
            media_id: account(n),
            alt: "a boat".to_owned(),
            facts,
        };
        assert_eq!(
            post(&given, 7).unwrap().blocks,
            [picture(70, Some(facts)), picture(71, None)]
        );
    }
}
