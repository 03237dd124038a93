//! Loading what decides who may see what.

use events::{AccountId, CommentId, Pair, PostId, Scope, comment as comments, post as posts};

use super::examine;
use crate::app::App;
use crate::domain::{comment, friendship, post, visibility};
use crate::problems::Failure;

/// The post as it reads now, if `viewer` may see it.
pub(crate) async fn post(app: &App, viewer: AccountId, id: PostId) -> Result<posts::Version, Failure> {
    let judge = |state: post::State| {
        let author = visibility::standing_post(&state)?.author;
        Ok((state, author))
    };
    let (state, author) = examine(app, &Scope::post(id), judge).await?;
    let judge = |between: friendship::State| Ok(visibility::post(&state, &between, viewer)?.clone());
    between(app, viewer, author, judge).await
}

/// The comment as it reads now, if `viewer`, who may see its post, may see it too.
pub(crate) async fn comment(
    app: &App,
    viewer: AccountId,
    post: PostId,
    id: CommentId,
) -> Result<comments::Version, Failure> {
    let judge = |state: comment::State| {
        let author = comment::standing(&state)?.author;
        Ok((state, author))
    };
    let (state, author) = examine(app, &Scope::comment(post, id), judge).await?;
    let judge = |between: friendship::State| Ok(visibility::comment(&state, &between, viewer)?.clone());
    between(app, viewer, author, judge).await
}

/// Judges by what two people are to each other; one person is nothing to themselves.
pub(crate) async fn between<T>(
    app: &App,
    viewer: AccountId,
    other: AccountId,
    judge: impl Fn(friendship::State) -> Result<T, Failure>,
) -> Result<T, Failure> {
    match Pair::of(viewer, other) {
        Some(pair) => examine(app, &Scope::friendship(pair), judge).await,
        None => judge(friendship::State::default()),
    }
}
