//! Notifications, as far as they were seen.

use events::{Position, Scope, Stream};

use super::{Caller, Context, Guard, execute};
use crate::app::App;
use crate::domain::inbox::{self, MarkSeen};
use crate::problems::Failure;

/// Marks the caller's notifications seen up to a position of the events; never backwards.
pub(crate) async fn mark_seen(app: &App, caller: &Caller, up_to: Position) -> Result<Position, Failure> {
    let context = Context::of(app, caller, &("seen", up_to)).await?;
    let command = MarkSeen {
        account: caller.account,
        up_to: up_to.sequence,
        end: app.store().last_position(Stream::Events).await?.sequence,
    };
    let decide = |state| Ok(inbox::mark_seen(state, command)?);
    let scope = Scope::inbox(caller.account);
    let done = execute(app, &scope, Guard::Aggregate, &context, decide).await?;
    Ok(done.position)
}
