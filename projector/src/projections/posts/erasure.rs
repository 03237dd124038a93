//! What goes along with a post that is deleted, and with a person who asks to be forgotten.

use bson::{Bson, Uuid};
use events::{AccountId, PostId};
use read_model::{
    Document, id,
    posts::{Comment, Like, Picture, Post, Version},
    uuid,
};

use super::{comments, likes};
use crate::{Key, Shard, Sweep, Write};

/// Takes away all that hangs on a post.
pub(super) fn of_post(post: PostId) -> Vec<Sweep> {
    let post = uuid(post);
    vec![
        gone(
            Sweep::over::<Like>([]).with_id("post", post, "by"),
            |like: &Like| like.id,
        ),
        gone(
            Sweep::over::<Version>([]).with_id("post", post, "position"),
            |version: &Version| version.id,
        ),
        gone(all::<Comment>("post", post), |comment: &Comment| comment.id),
    ]
}

/// Takes away what a person wrote, with all that hangs on it, and what they said and thought of others' posts.
pub(super) fn of_person(person: AccountId, shard: Shard) -> Vec<Sweep> {
    let account = uuid(person);
    let mut sweeps = Vec::new();
    if shard.owns(person) {
        sweeps.extend([
            gone(all::<Post>("author", account), |post: &Post| post.id),
            gone(all::<Version>("author", account), |version: &Version| version.id),
            gone(all::<Like>("post_author", account), |like: &Like| like.id),
            gone(all::<Comment>("post_author", account), |comment: &Comment| {
                comment.id
            }),
            gone(all::<Picture>("owner", account), |picture: &Picture| picture.id),
        ]);
    }
    sweeps.extend([
        all::<Like>("by", account)
            .needing(move |like: &Like| needs_post(shard, like.post_author, like.post))
            .writing(move |like: Like, loaded| {
                if shard.owns(id(like.post_author)) {
                    likes::remove(loaded, like.id)
                } else {
                    Ok(vec![])
                }
            }),
        all::<Comment>("author", account)
            .needing(move |comment: &Comment| needs_post(shard, comment.post_author, comment.post))
            .writing(move |comment: Comment, loaded| {
                if shard.owns(id(comment.post_author)) {
                    comments::remove(loaded, &comment)
                } else {
                    Ok(vec![])
                }
            }),
    ]);
    sweeps
}

/// What hangs on the posts of others is found by every shard, and written by the one that owns the post.
fn needs_post(shard: Shard, post_author: Uuid, post: Uuid) -> Vec<Key> {
    let owned = shard.owns(id(post_author));
    owned.then(|| Key::of::<Post>(post)).into_iter().collect()
}

fn all<D: Document>(field: &'static str, value: Uuid) -> Sweep {
    Sweep::over::<D>([(field, Bson::from(value))])
}

fn gone<D: Document>(sweep: Sweep, id: impl Fn(&D) -> D::Id + Send + Sync + 'static) -> Sweep {
    sweep.writing(move |document: D, _| Ok(vec![Write::delete::<D>(id(&document))]))
}

#[cfg(test)]
mod tests {
    use events::Event;
    use read_model::posts::Author;

    use super::*;
    use crate::{
        given::{
            Given, account, comment_added, comment_edited, deleted, edited, erased, liked, published,
            unreadable,
        },
        projections::Posts,
    };

    /// One and two write, three likes and talks; post 8 is One's as well.
    fn events() -> Vec<Event> {
        vec![
            published(7, 1, "by one"),
            published(8, 1, "by one, too"),
            published(9, 2, "by two"),
            edited(7, 1, "by one!"),
            edited(9, 2, "by two!"),
            liked(7, 1, 2),
            liked(7, 1, 3),
            liked(8, 1, 3),
            liked(9, 2, 1),
            liked(9, 2, 3),
            comment_added(90, (7, 1), 2, "hi"),
            comment_added(91, (9, 2), 1, "ho"),
            comment_added(92, (9, 2), 3, "ha"),
            comment_added(93, (9, 2), 1, "hu"),
            comment_edited(93, (9, 2), 1, "hu!"),
        ]
    }

    #[test]
    fn a_deleted_post_takes_along_what_hangs_on_it_and_nothing_else() {
        let given = Given::new(Posts).events(events().into_iter().chain([deleted(7, 1)]));
        let mut likes = given.documents_of::<Like>();
        likes.sort_by_key(|like| like.position);
        assert_eq!(
            likes.iter().map(|like| (like.post, like.by)).collect::<Vec<_>>(),
            [(8, 3), (9, 1), (9, 3)].map(|(post, by)| (account(post), account(by)))
        );
        assert_eq!(given.document::<Comment>(account(90)), None);
        assert_eq!(given.documents_of::<Comment>().len(), 3);
        let versions = given.documents_of::<Version>();
        assert_eq!(
            versions.iter().map(|version| version.post).collect::<Vec<_>>(),
            [account(9)]
        );
    }

    #[test]
    fn of_a_forgotten_person_nothing_is_left_and_the_counts_of_others_are_right() {
        let given = Given::new(Posts).events(events().into_iter().chain([erased(1)]));
        assert_eq!(given.document::<Author>(account(1)), None);
        assert_eq!(given.documents_of::<Post>().len(), 1);
        let post = given.document::<Post>(account(9)).unwrap();
        assert_eq!((post.like_count, post.comment_count), (1, 1));
        assert!(
            given
                .documents_of::<Like>()
                .iter()
                .all(|like| like.by == account(3))
        );
        assert!(
            given
                .documents_of::<Comment>()
                .iter()
                .all(|comment| comment.author == account(3))
        );
        assert!(
            given
                .documents_of::<Version>()
                .iter()
                .all(|version| version.author == account(2))
        );
    }

    #[test]
    fn a_forgotten_person_reads_the_same_whether_their_events_were_still_readable() {
        for person in [1, 2, 3] {
            let with_end = || events().into_iter().chain([erased(person)]);
            let of_person = |event: &Event| event.owner() == Some(id(account(person)));
            let rebuilt = with_end().map(|event| {
                if of_person(&event) {
                    unreadable(event)
                } else {
                    event
                }
            });
            assert_eq!(
                Given::new(Posts).events(with_end()).all(),
                Given::new(Posts).events(rebuilt).all(),
                "{person}"
            );
        }
    }

    #[test]
    fn three_shards_forget_together_what_one_forgets_alone() {
        for person in [1, 2, 3] {
            let end = [deleted(8, 1), erased(person)];
            let events: Vec<_> = events().into_iter().chain(end).collect();
            let whole = Given::new(Posts).events(events.clone()).all();
            assert_eq!(Given::sharded(Posts, 3).events(events).all(), whole, "{person}");
        }
    }
}
