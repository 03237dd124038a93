//! Who may see what: the one place that decides it.
//!
//! What somebody may not see is refused as if it didn't exist, so that the answer tells nothing.

use events::{AccountId, Personal, comment as comments, post as posts};

use super::friendship::{self, Relation};
use super::{comment, post};

/// The post as it reads now, if `viewer` may see it. `between` is what the viewer and the author are to each other;
/// it plays no part where they are the same person.
pub fn post<'a>(
    state: &'a post::State,
    between: &friendship::State,
    viewer: AccountId,
) -> Result<&'a posts::Version, post::Refusal> {
    let version = standing_post(state)?;
    let shown = version.author == viewer
        || (!blocked(between)
            && match version.visibility {
                posts::Visibility::Public => true,
                posts::Visibility::Friends => between.relation == Relation::Friends,
            });
    if shown {
        Ok(version)
    } else {
        Err(post::Refusal::NotFound)
    }
}

/// The post as it reads now, whoever asks. One whose author was forgotten is gone with the author.
pub fn standing_post(state: &post::State) -> Result<&posts::Version, post::Refusal> {
    match state {
        post::State::Published(version) if version.personal != Personal::Erased => Ok(version),
        post::State::Missing | post::State::Published(_) | post::State::Deleted(_) => {
            Err(post::Refusal::NotFound)
        }
    }
}

/// The comment as it reads now, if `viewer`, who may see its post, may see it too. `between` is what the viewer and
/// the comment's author are to each other.
pub fn comment<'a>(
    state: &'a comment::State,
    between: &friendship::State,
    viewer: AccountId,
) -> Result<&'a comments::Version, comment::Refusal> {
    let version = comment::standing(state)?;
    if version.author == viewer || !blocked(between) {
        Ok(version)
    } else {
        Err(comment::Refusal::NotFound)
    }
}

/// Whether `viewer` may know of the other one of the two. One's own block comes first: beside it the other's
/// doesn't show.
pub fn person(between: &friendship::State, viewer: AccountId) -> bool {
    !blocked(between) || between.blocked_by.contains(&viewer)
}

/// Neither reaches the other, whoever of them set the block.
pub fn blocked(between: &friendship::State) -> bool {
    !between.blocked_by.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Aggregate;
    use events::post::{Content, Visibility};
    use events::{CommentId, PostId};
    use rstest::rstest;
    use uuid::Uuid;

    fn account(n: u128) -> AccountId {
        AccountId::from(Uuid::from_u128(n))
    }

    fn author() -> AccountId {
        account(1)
    }

    fn viewer() -> AccountId {
        account(2)
    }

    fn published(visibility: Visibility, personal: Personal<Content>) -> post::State {
        post::State::Published(posts::Version {
            post: PostId::from(Uuid::from_u128(7)),
            author: author(),
            visibility,
            personal,
        })
    }

    fn readable(visibility: Visibility) -> post::State {
        published(visibility, Personal::Known(Content { blocks: Vec::new() }))
    }

    fn between(relation: Relation, blocked_by: &[AccountId]) -> friendship::State {
        friendship::State {
            relation,
            blocked_by: blocked_by.to_vec(),
        }
    }

    #[rstest]
    // What they are to each other            anybody's   friends' posts
    #[case(Relation::None, &[], true, false)]
    #[case(Relation::Requested(viewer()), &[], true, false)]
    #[case(Relation::Requested(author()), &[], true, false)]
    #[case(Relation::Friends, &[], true, true)]
    #[case(Relation::None, &[viewer()], false, false)]
    #[case(Relation::None, &[author()], false, false)]
    #[case(Relation::None, &[author(), viewer()], false, false)]
    // A block ends a friendship; were it otherwise, the block would count.
    #[case(Relation::Friends, &[author()], false, false)]
    fn who_may_see_a_post_of_another(
        #[case] relation: Relation,
        #[case] blocked_by: &[AccountId],
        #[case] public: bool,
        #[case] friends: bool,
    ) {
        let between = between(relation, blocked_by);
        for (visibility, shown) in [(Visibility::Public, public), (Visibility::Friends, friends)] {
            let state = readable(visibility);
            assert_eq!(
                post(&state, &between, viewer()).is_ok(),
                shown,
                "{visibility:?}, {between:?}"
            );
        }
    }

    #[test]
    fn authors_see_their_own_posts() {
        for visibility in [Visibility::Public, Visibility::Friends] {
            let state = readable(visibility);
            assert!(post(&state, &friendship::State::default(), author()).is_ok());
        }
    }

    #[test]
    fn nobody_sees_what_never_was_or_is_gone_or_whose_author_is_forgotten() {
        let gone = [
            post::State::Missing,
            post::State::Deleted(author()),
            published(Visibility::Public, Personal::Erased),
        ];
        for state in gone {
            for who in [author(), viewer()] {
                let seen = post(&state, &between(Relation::Friends, &[]), who);
                assert_eq!(seen, Err(post::Refusal::NotFound), "{state:?}");
            }
        }
    }

    #[rstest]
    #[case(&[], true)]
    #[case(&[viewer()], false)]
    #[case(&[author()], false)]
    fn a_block_hides_comments_but_ones_own(#[case] blocked_by: &[AccountId], #[case] shown: bool) {
        let added = events::comment::Event::Added(comments::Version {
            comment: CommentId::from(Uuid::from_u128(8)),
            post: PostId::from(Uuid::from_u128(7)),
            post_author: account(3),
            author: author(),
            personal: Personal::Known(comments::Text { text: String::new() }),
        });
        let state = comment::State::default().evolve(&added);
        let between = between(Relation::None, blocked_by);
        assert_eq!(comment(&state, &between, viewer()).is_ok(), shown);
        assert!(comment(&state, &between, author()).is_ok());
    }

    #[rstest]
    #[case(&[], true)]
    #[case(&[viewer()], true)]
    #[case(&[author()], false)]
    #[case(&[author(), viewer()], true)]
    fn who_is_blocked_knows_nothing_of_who_blocks(#[case] blocked_by: &[AccountId], #[case] known: bool) {
        assert_eq!(person(&between(Relation::None, blocked_by), viewer()), known);
    }
}
