//! What is said under a post, and how much.

use events::{AccountId, PostId, Recorded, comment};
use read_model::{
    position,
    posts::{Comment, Post},
    uuid,
};

use crate::{ApplyError, Key, Loaded, Write};

/// Under whose post it stands.
pub(super) fn post_author(what: &comment::Event) -> AccountId {
    match what {
        comment::Event::Added(version) | comment::Event::Edited(version) => version.post_author,
        comment::Event::Deleted(deleted) => deleted.post_author,
    }
}

/// Under which post it stands.
pub(super) fn post(what: &comment::Event) -> PostId {
    match what {
        comment::Event::Added(version) | comment::Event::Edited(version) => version.post,
        comment::Event::Deleted(deleted) => deleted.post,
    }
}

pub(super) fn needs(what: &comment::Event) -> Vec<Key> {
    let comment = match what {
        comment::Event::Added(version) | comment::Event::Edited(version) => version.comment,
        comment::Event::Deleted(deleted) => deleted.comment,
    };
    vec![
        Key::of::<Comment>(uuid(comment)),
        Key::of::<Post>(uuid(post(what))),
    ]
}

pub(super) fn makes(what: &comment::Event) -> Option<Key> {
    match what {
        // Of an author who is forgotten nothing is made.
        comment::Event::Added(version) if version.personal.known().is_some() => {
            Some(Key::of::<Comment>(uuid(version.comment)))
        }
        comment::Event::Added(_) | comment::Event::Edited(_) | comment::Event::Deleted(_) => None,
    }
}

pub(super) fn apply(
    what: &comment::Event,
    event: &Recorded,
    loaded: &Loaded,
) -> Result<Vec<Write>, ApplyError> {
    match what {
        comment::Event::Added(version) => {
            let post = loaded.get::<Post>(uuid(version.post))?;
            let (Some(post), Some(content)) = (post, version.personal.known()) else {
                return Ok(vec![]);
            };
            let comment = Comment {
                id: uuid(version.comment),
                post: post.id,
                post_author: post.author,
                author: uuid(version.author),
                text: content.text.clone(),
                created_at: event.meta.at.into(),
                edited_at: None,
                position: position(event.position.sequence),
            };
            Ok(vec![Write::put(&comment), counted(post, 1)])
        }
        comment::Event::Edited(version) => {
            let Some(comment) = loaded.get::<Comment>(uuid(version.comment))? else {
                return Ok(vec![]);
            };
            let Some(content) = version.personal.known() else {
                return remove(loaded, &comment);
            };
            Ok(vec![Write::put(&Comment {
                text: content.text.clone(),
                edited_at: Some(event.meta.at.into()),
                ..comment
            })])
        }
        comment::Event::Deleted(deleted) => match loaded.get::<Comment>(uuid(deleted.comment))? {
            Some(comment) => remove(loaded, &comment),
            None => Ok(vec![]),
        },
    }
}

/// Takes a comment away, and counts it no more.
pub(super) fn remove(loaded: &Loaded, comment: &Comment) -> Result<Vec<Write>, ApplyError> {
    let post = loaded.get::<Post>(comment.post)?;
    let counted = post.map(|post| counted(post, -1));
    Ok(std::iter::once(Write::delete::<Comment>(comment.id))
        .chain(counted)
        .collect())
}

fn counted(post: Post, change: i64) -> Write {
    Write::put(&Post {
        comment_count: post.comment_count + change,
        ..post
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        given::{
            Given, account, comment_added, comment_deleted, comment_edited, deleted, published, unreadable,
        },
        projections::Posts,
    };

    fn comment_count(given: &Given, n: u128) -> i64 {
        given.document::<Post>(account(n)).unwrap().comment_count
    }

    #[test]
    fn comments_stand_under_their_post_and_count() {
        let given = Given::new(Posts).events([
            published(7, 1, "hello"),
            comment_added(90, (7, 1), 2, "hi"),
            comment_added(91, (7, 1), 1, "thanks"),
        ]);
        assert_eq!(comment_count(&given, 7), 2);
        let first = given.document::<Comment>(account(90)).unwrap();
        assert_eq!((first.author, first.text.as_str()), (account(2), "hi"));
        assert_eq!(
            (first.post, first.position, first.edited_at),
            (account(7), 2, None)
        );
    }

    #[test]
    fn an_edit_changes_what_a_comment_says_and_not_its_place() {
        let given = Given::new(Posts).events([
            published(7, 1, "hello"),
            comment_added(90, (7, 1), 2, "hi"),
            comment_edited(90, (7, 1), 2, "hi there"),
        ]);
        let comment = given.document::<Comment>(account(90)).unwrap();
        assert_eq!((comment.text.as_str(), comment.position), ("hi there", 2));
        assert!(comment.edited_at.is_some());
        assert_eq!(comment_count(&given, 7), 1);
    }

    #[test]
    fn a_comment_is_deleted_once_by_whomever() {
        let given = Given::new(Posts).events([
            published(7, 1, "hello"),
            comment_added(90, (7, 1), 2, "hi"),
            comment_added(91, (7, 1), 2, "ho"),
            comment_deleted(90, (7, 1), 2, 1),
            comment_deleted(90, (7, 1), 2, 2),
            comment_edited(90, (7, 1), 2, "late"),
        ]);
        assert_eq!(comment_count(&given, 7), 1);
        assert_eq!(given.document::<Comment>(account(90)), None);
    }

    #[test]
    fn under_what_is_gone_nothing_is_said() {
        let given = Given::new(Posts).events([
            published(7, 1, "hello"),
            deleted(7, 1),
            comment_added(90, (7, 1), 2, "hi"),
        ]);
        assert_eq!(given.documents_of::<Comment>(), []);
    }

    #[test]
    fn a_comment_whose_author_was_erased_is_not_there() {
        let added = comment_added(90, (7, 1), 2, "hi");
        let given = Given::new(Posts).events([published(7, 1, "hello"), unreadable(added.clone())]);
        assert_eq!(
            (comment_count(&given, 7), given.documents_of::<Comment>()),
            (0, vec![])
        );
        let edited = unreadable(comment_edited(90, (7, 1), 2, "ho"));
        let given = Given::new(Posts).events([published(7, 1, "hello"), added, edited]);
        assert_eq!(
            (comment_count(&given, 7), given.documents_of::<Comment>()),
            (0, vec![])
        );
    }
}
