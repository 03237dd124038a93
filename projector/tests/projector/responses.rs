//! What the people of a [`World`] do to each other's posts.

use std::collections::BTreeSet;

use events::{AccountId, CommentId, Personal, Position, PostId, Scope, comment, reaction};
use mongodb::Database;
use read_model::posts::{Comment, Like, Post};
use testkit::random_id;

use crate::world::{World, all, number};

/// What there is beneath posts that aren't deleted.
#[derive(Default)]
pub(crate) struct Responses {
    likes: BTreeSet<(PostId, AccountId)>,
    comments: Vec<Said>,
}

#[derive(Clone, Copy)]
struct Said {
    comment: CommentId,
    post: PostId,
    post_author: AccountId,
    author: AccountId,
}

impl Responses {
    /// All that hangs on a post goes with it.
    pub(crate) fn forget(&mut self, post: PostId) {
        self.likes.retain(|(liked, _)| *liked != post);
        self.comments.retain(|said| said.post != post);
    }
}

impl World {
    /// Somebody likes a post or doesn't any more, whatever they did before; at times one that is gone.
    pub(crate) async fn react(&mut self) -> Position {
        let Some((post, post_author, there)) = self.some_post() else {
            return self.publish().await;
        };
        let by = self.someone();
        let reaction = reaction::Reaction {
            post,
            post_author,
            by,
        };
        let event = if self.chance.below(3) == 0 {
            self.responses.likes.remove(&(post, by));
            reaction::Event::Unliked(reaction)
        } else {
            if there {
                self.responses.likes.insert((post, by));
            }
            reaction::Event::Liked(reaction)
        };
        self.append(Scope::reaction(post), event.into()).await
    }

    /// Somebody says something, or says it otherwise, or takes it back.
    pub(crate) async fn comment(&mut self) -> Position {
        match self.chance.below(4) {
            0 => self.edit_comment().await,
            1 => self.delete_comment().await,
            _ => self.add_comment().await,
        }
    }

    async fn add_comment(&mut self) -> Position {
        let Some((post, post_author, there)) = self.some_post() else {
            return self.publish().await;
        };
        let said = Said {
            comment: CommentId::from(random_id()),
            post,
            post_author,
            author: self.someone(),
        };
        if there {
            self.responses.comments.push(said);
        }
        let added = comment::Event::Added(self.words(said));
        self.append(Scope::comment(post, said.comment), added.into())
            .await
    }

    async fn edit_comment(&mut self) -> Position {
        let Some(n) = self.some_comment() else {
            return self.add_comment().await;
        };
        let said = self.responses.comments[n];
        let edited = comment::Event::Edited(self.words(said));
        self.append(Scope::comment(said.post, said.comment), edited.into())
            .await
    }

    async fn delete_comment(&mut self) -> Position {
        let Some(n) = self.some_comment() else {
            return self.add_comment().await;
        };
        let said = self.responses.comments.swap_remove(n);
        let deleted = comment::Event::Deleted(comment::Deleted {
            comment: said.comment,
            post: said.post,
            post_author: said.post_author,
            author: said.author,
            by: said.post_author,
        });
        self.append(Scope::comment(said.post, said.comment), deleted.into())
            .await
    }

    fn some_comment(&mut self) -> Option<usize> {
        let count = self.responses.comments.len();
        (count > 0).then(|| self.chance.below(count))
    }

    fn words(&self, said: Said) -> comment::Version {
        let Said {
            comment,
            post,
            post_author,
            author,
        } = said;
        comment::Version {
            comment,
            post,
            post_author,
            author,
            personal: Personal::Known(comment::Text {
                text: format!("text {}", self.happened),
            }),
        }
    }

    /// Compares what this world knows of likes and comments with what was projected of them.
    pub(crate) async fn check_responses(&self, database: &Database) {
        let likes = all::<Like>(database).await;
        let comments = all::<Comment>(database).await;
        // What hung on deleted posts is gone with them.
        assert_eq!(likes.len(), self.responses.likes.len());
        assert_eq!(comments.len(), self.responses.comments.len());
        for post in all::<Post>(database).await {
            let hearts = likes.iter().filter(|like| like.post == post.id).count();
            let said = comments.iter().filter(|comment| comment.post == post.id).count();
            assert_eq!(
                (post.like_count, post.comment_count),
                (number(hearts), number(said))
            );
            let known = |other: PostId| read_model::uuid(other) == post.id;
            let likes = self.responses.likes.iter().filter(|(post, _)| known(*post));
            let comments = self.responses.comments.iter().filter(|said| known(said.post));
            assert_eq!((hearts, said), (likes.count(), comments.count()));
        }
    }
}
