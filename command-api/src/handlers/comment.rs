//! Comments.

use events::comment::{Text, Version};
use events::{CommentId, Expect, NewEvent, Personal, Position, PostId, Scope};
use platform::id;

use super::{Caller, Context, Done, Guard, append, done_before, examine, execute, visibility};
use crate::app::App;
use crate::domain::comment::{self, Command, Refusal};
use crate::problems::Failure;

/// Writes a comment. With an idempotency key its id follows from the key, so that a repeat finds it at any age.
pub(crate) async fn add(
    app: &App,
    caller: &Caller,
    post: PostId,
    text: Text,
) -> Result<(CommentId, Position), Failure> {
    let context = Context::of(app, caller, &("comment", post, &text)).await?;
    let comment = match &caller.key {
        // The post is part of what is derived: a comment's scope depends on its post, so an id that came up under
        // two of them would not be refused as taken.
        Some(key) => CommentId::from_key(caller.account, &format!("{post} {}", key.as_str())),
        None => CommentId::from(id::ordered()),
    };
    let scope = Scope::comment(post, comment);
    let post_author = match visibility::post(app, caller.account, post).await {
        Ok(version) => version.author,
        Err(refusal) => {
            let done = earlier(app, &context, &scope, refusal).await?;
            return Ok((comment, done.position));
        }
    };
    let version = Version {
        comment,
        post,
        post_author,
        author: caller.account,
        personal: Personal::Known(text),
    };
    // A new id has no state to load, and an old one is found by the refusal to append it twice.
    if let Some(event) = comment::decide(&comment::State::Missing, Command::Add(version))? {
        let new = NewEvent {
            scope,
            event: event.into(),
            expect: Expect::Sequence(0),
        };
        let done = append(app, new, &context).await?;
        return Ok((comment, done.position));
    }
    Err(Failure::Comment(Refusal::AlreadyExists))
}

/// Edits a comment.
pub(crate) async fn edit(
    app: &App,
    caller: &Caller,
    post: PostId,
    id: CommentId,
    text: Text,
) -> Result<Position, Failure> {
    let context = Context::of(app, caller, &("edit", post, id, &text)).await?;
    let by = caller.account;
    change(app, caller, post, id, &context, Command::Edit { by, text }).await
}

/// Deletes a comment.
pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    post: PostId,
    id: CommentId,
) -> Result<Position, Failure> {
    let context = Context::of(app, caller, &("delete", post, id)).await?;
    let by = caller.account;
    change(app, caller, post, id, &context, Command::Delete { by }).await
}

async fn change(
    app: &App,
    caller: &Caller,
    post: PostId,
    id: CommentId,
    context: &Context,
    command: Command,
) -> Result<Position, Failure> {
    let scope = Scope::comment(post, id);
    if let Err(refusal) = visibility::post(app, caller.account, post).await
        && !takes_back_own(app, &scope, &command).await?
    {
        return Ok(earlier(app, context, &scope, refusal).await?.position);
    }
    let decide = |state: comment::State| Ok(comment::decide(&state, command.clone())?);
    match execute(app, &scope, Guard::Aggregate, context, decide).await {
        Ok(done) => Ok(done.position),
        // A comment that the caller may not see is, to the caller, none.
        Err(refusal @ Failure::Comment(Refusal::NotAuthor | Refusal::NeitherAuthor)) => {
            visibility::comment(app, caller.account, post, id).await?;
            Err(refusal)
        }
        Err(failure) => Err(failure),
    }
}

/// Whether the command deletes a standing comment of the one who acts: that takes no sight of the post, and so tells
/// nothing about it, not even that it is still there.
async fn takes_back_own(app: &App, scope: &Scope, command: &Command) -> Result<bool, Failure> {
    let Command::Delete { by } = command else {
        return Ok(false);
    };
    let is_own = |state: comment::State| Ok(comment::standing(&state)?.author == *by);
    match examine(app, scope, is_own).await {
        Err(Failure::Comment(Refusal::NotFound)) => Ok(false),
        is_own => is_own,
    }
}

/// What this very command did earlier: a repeat is answered as the first time, although the post is gone since.
async fn earlier(app: &App, context: &Context, scope: &Scope, refusal: Failure) -> Result<Done, Failure> {
    let history = app.store().history(scope).await?;
    done_before(context, &history)?.ok_or(refusal)
}
