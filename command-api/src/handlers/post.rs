//! Posts.

use events::post::{Block, Content, Version, Visibility};
use events::{Expect, MediaId, NewEvent, Personal, Position, PostId, Scope};
use platform::id;

use super::{Caller, Context, Guard, append, done_before, examine, execute, picture, visibility};
use crate::app::App;
use crate::domain::post::{self, Command, Refusal};
use crate::problems::Failure;

/// Publishes a post. With an idempotency key its id follows from the key, so that a repeat finds it at any age.
pub async fn publish(
    app: &App,
    caller: &Caller,
    body: Content,
    visibility: Visibility,
) -> Result<(PostId, Position), Failure> {
    let context = Context::of(app, caller, &("publish", &body, visibility)).await?;
    let post = match &caller.key {
        Some(key) => PostId::from_key(caller.account, key.as_str()),
        None => PostId::from(id::ordered()),
    };
    let pictures = pictures(&body, &[]);
    if !pictures.is_empty()
        && let Err(refusal) = picture::check_all(app, caller.account, pictures, context.at()).await
    {
        // A repeat gives its first answer, however old its pictures are by now.
        let history = app.store().history(&Scope::post(post)).await?;
        return match done_before(&context, &history)? {
            Some(done) => Ok((post, done.position)),
            None => Err(refusal),
        };
    }
    let version = Version {
        post,
        author: caller.account,
        visibility,
        personal: Personal::Known(body),
    };
    // A new id has no state to load, and an old one is found by the refusal to append it twice.
    if let Some(event) = post::decide(&post::State::Missing, Command::Publish(version))? {
        let new = NewEvent {
            scope: Scope::post(post),
            event: event.into(),
            expect: Expect::Sequence(0),
        };
        let done = append(app, new, &context).await?;
        return Ok((post, done.position));
    }
    Err(Failure::Post(Refusal::AlreadyExists))
}

/// Edits a post; what isn't given stays.
pub(crate) async fn edit(
    app: &App,
    caller: &Caller,
    id: PostId,
    body: Option<Content>,
    visibility: Option<Visibility>,
) -> Result<Position, Failure> {
    let context = Context::of(app, caller, &("edit", id, &body, visibility)).await?;
    if let Some(body) = body.as_ref().filter(|body| !pictures(body, &[]).is_empty()) {
        // What the post shows already may stay, however old it is.
        let shown = |state: post::State| Ok(state.pictures());
        let shown = examine(app, &Scope::post(id), shown).await?;
        picture::check_all(app, caller.account, pictures(body, &shown), context.at()).await?;
    }
    app.quotas().version(caller.account, id).await?;
    let command = Command::Edit {
        by: caller.account,
        content: body,
        visibility,
    };
    change(app, caller, id, &context, command).await
}

/// Deletes a post.
pub(crate) async fn delete(app: &App, caller: &Caller, id: PostId) -> Result<Position, Failure> {
    let context = Context::of(app, caller, &("delete", id)).await?;
    change(app, caller, id, &context, Command::Delete { by: caller.account }).await
}

async fn change(
    app: &App,
    caller: &Caller,
    id: PostId,
    context: &Context,
    command: Command,
) -> Result<Position, Failure> {
    let decide = |state: post::State| Ok(post::decide(&state, command.clone())?);
    match execute(app, &Scope::post(id), Guard::Aggregate, context, decide).await {
        Ok(done) => Ok(done.position),
        // A post that the caller may not see is, to the caller, none.
        Err(refusal @ Failure::Post(Refusal::NotAuthor)) => {
            visibility::post(app, caller.account, id).await?;
            Err(refusal)
        }
        Err(failure) => Err(failure),
    }
}

/// The pictures of a post that `shown` are not among, with the fields that name them.
fn pictures(content: &Content, shown: &[MediaId]) -> Vec<(String, MediaId)> {
    let blocks = content.blocks.iter().enumerate();
    let new = blocks.filter_map(|(n, block)| match block {
        Block::Image { media_id, .. } if !shown.contains(media_id) => {
            Some((format!("blocks[{n}].media_id"), *media_id))
        }
        Block::Image { .. } | Block::Text { .. } => None,
    });
    new.collect()
}
