//! Likes.

use events::{Expect, NewEvent, Position, PostId, Scope};

use super::{Caller, Context, append, visibility};
use crate::app::App;
use crate::domain::reaction::{self, What};
use crate::problems::Failure;

/// Does `what` about a post on behalf of the caller, unless it is known to be so already. Any number of people may do
/// so at once.
pub async fn handle(app: &App, caller: &Caller, post: PostId, what: What) -> Result<Position, Failure> {
    let context = Context::of(app, caller, &("reaction", format!("{what:?}"), post)).await?;
    let by = caller.account;
    let version = visibility::post(app, by, post).await?;
    let reactions = app.aggregates().reactions();
    let decide = |last| reaction::decide(last, &version, by, what);
    let last = reactions.last(post, by);
    let event = match (last, decide(last.map(|last| last.what))) {
        (Some(last), None) if reactions.stands(app.store(), post, last).await? => return Ok(last.position()),
        (_, event) => event.or_else(|| decide(None)),
    };
    let Some(event) = event else {
        return Err(Failure::Contended);
    };
    let new = NewEvent {
        scope: Scope::reaction(post),
        event: event.clone().into(),
        expect: Expect::Anything,
    };
    let gaps = reactions.gaps();
    let position = append(app, new, &context).await?.position;
    reactions.happened(&event, position.sequence, gaps);
    Ok(position)
}
