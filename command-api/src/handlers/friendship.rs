//! Friend requests and friendships.

use events::{AccountId, Pair, Position, Scope};

use super::{Caller, Context, Guard, examine, execute};
use crate::app::App;
use crate::domain::friendship::{self, Command, Relation, What};
use crate::domain::{Aggregate, account};
use crate::problems::Failure;

/// What two people are to each other after a command.
pub(crate) struct Outcome {
    /// The position of the change.
    pub(crate) position: Position,
    /// The relation that the change made.
    pub(crate) relation: Relation,
}

/// Does `what` on behalf of the caller about `other`.
pub(crate) async fn handle(
    app: &App,
    caller: &Caller,
    other: AccountId,
    what: What,
) -> Result<Outcome, Failure> {
    let pair = Pair::of(caller.account, other).ok_or(Failure::Yourself)?;
    // What is done about who was forgotten would only bring rows of them back.
    if !exists(app, other).await? {
        return Err(Failure::UserNotFound);
    }
    let context = Context::of(app, caller, &("friendship", format!("{what:?}"), other)).await?;
    if matches!(what, What::Request | What::Accept) {
        app.quotas().friend_request(caller.account).await?;
    }
    let command = Command {
        by: caller.account,
        other,
        what,
    };
    let decide = |state: friendship::State| Ok(friendship::decide(&state, command).map(Some)?);
    let done = execute(app, &Scope::friendship(pair), Guard::Aggregate, &context, decide).await?;
    Ok(Outcome {
        position: done.position,
        relation: friendship::State::fold(done.event.as_ref()).relation,
    })
}

/// Whether somebody has this account.
pub(crate) async fn exists(app: &App, id: AccountId) -> Result<bool, Failure> {
    let judge = |state: account::State| state.active().map(|_| ()).ok_or(Failure::UserNotFound);
    match examine(app, &Scope::account(id), judge).await {
        Ok(()) => Ok(true),
        Err(Failure::UserNotFound) => Ok(false),
        Err(failure) => Err(failure),
    }
}
