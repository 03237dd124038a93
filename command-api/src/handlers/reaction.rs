//! Likes.

use events::reaction::Reaction;
use events::{Expect, NewEvent, Position, PostId, Scope, Stream};

use super::{Caller, Context, append, examine, visibility};
use crate::app::App;
use crate::domain::post;
use crate::domain::reaction::{self, What};
use crate::problems::Failure;

/// Does `what` about a post on behalf of the caller, unless it is known to be so already. Any number of people may do
/// so at once.
pub async fn handle(app: &App, caller: &Caller, post: PostId, what: What) -> Result<Position, Failure> {
    let context = Context::of(app, caller, &("reaction", format!("{what:?}"), post)).await?;
    let about = |post_author| Reaction {
        post,
        post_author,
        by: caller.account,
    };
    match (visibility::post(app, caller.account, post).await, what) {
        (Ok(version), _) => react(app, &context, about(version.author), what).await,
        // One's own like is one's own to take back, whatever has become of the post. The answer is the same for all that
        // one can't see: hidden, deleted, never there; so it tells the same position too, which isn't the event's.
        (Err(Failure::Post(post::Refusal::NotFound)), What::Unlike) => {
            let author = |state: post::State| Ok(state.author());
            if let Some(author) = examine(app, &Scope::post(post), author).await? {
                react(app, &context, about(author), what).await?;
            }
            Ok(app.store().last_position(Stream::Events).await?)
        }
        (Err(refusal), _) => Err(refusal),
    }
}

async fn react(app: &App, context: &Context, reaction: Reaction, what: What) -> Result<Position, Failure> {
    let reactions = app.aggregates().reactions();
    let post = reaction.post;
    let last = reactions.last(post, reaction.by);
    let decide = |last| reaction::decide(last, reaction.clone(), what);
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
    let position = append(app, new, context).await?.position;
    reactions.happened(&event, position.sequence, gaps);
    Ok(position)
}
