//! Blocks.

use events::{AccountId, Pair, Position, Scope};

use super::{Caller, Context, Guard, execute, friendship};
use crate::app::App;
use crate::domain::block::{self, What};
use crate::problems::Failure;

/// Does `what` on behalf of the caller about `other`, if it isn't done already.
pub(crate) async fn handle(
    app: &App,
    caller: &Caller,
    other: AccountId,
    what: What,
) -> Result<Position, Failure> {
    let pair = Pair::of(caller.account, other).ok_or(Failure::Yourself)?;
    let context = Context::of(app, caller, &("block", format!("{what:?}"), other)).await?;
    // With who was forgotten, blocks of them have gone too.
    if !friendship::exists(app, other).await? {
        return Err(Failure::UserNotFound);
    }
    let decide = |state| Ok(block::decide(&state, caller.account, other, what)?);
    let done = execute(app, &Scope::friendship(pair), Guard::Aggregate, &context, decide).await?;
    Ok(done.position)
}
