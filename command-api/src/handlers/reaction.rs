//! Likes.

use events::{Expect, NewEvent, Position, PostId, Scope};

use super::{Caller, Context, append, visibility};
use crate::app::App;
use crate::domain::reaction::{self, What};
use crate::problems::Failure;

/// Does `what` about a post on behalf of the caller. Any number of people may do so at once.
pub async fn handle(app: &App, caller: &Caller, post: PostId, what: What) -> Result<Position, Failure> {
    let context = Context::of(app, caller, &("reaction", format!("{what:?}"), post)).await?;
    let version = visibility::post(app, caller.account, post).await?;
    let new = NewEvent {
        scope: Scope::reaction(post),
        event: reaction::decide(&version, caller.account, what).into(),
        expect: Expect::Anything,
    };
    Ok(append(app, new, &context).await?.position)
}
