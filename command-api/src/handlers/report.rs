//! Reports.

use events::report::{Filed, Note, Reason, Subject};
use events::{
    AccountId, AppendError, CommentId, Expect, NewEvent, Pair, Personal, Position, PostId, ReportId, Scope,
};

use super::{Caller, Context, append, friendship, message, visibility};
use crate::app::App;
use crate::domain::{report, visibility as may_see};
use crate::problems::Failure;

/// What is reported, as the caller names it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum About {
    /// A post.
    Post(PostId),
    /// A comment on a post.
    Comment(PostId, CommentId),
    /// A person.
    User(AccountId),
    /// What the other one of a conversation sent.
    Message(AccountId, Position),
}

/// Files a report about something that the caller may see. A second one for the same reason is the first.
pub(crate) async fn file(
    app: &App,
    caller: &Caller,
    about: About,
    reason: Reason,
    note: Note,
) -> Result<(ReportId, Position), Failure> {
    let subject = match about {
        About::Post(post) => Subject::Post(post),
        About::Comment(post, comment) => Subject::Comment { post, comment },
        About::User(account) => Subject::User(account),
        About::Message(from, position) => Subject::Message {
            from,
            sent: position.sequence,
        },
    };
    let context = Context::of(app, caller, &("report", subject, reason, &note)).await?;
    let report = ReportId::of(caller.account, &subject, reason);
    let filed = Filed {
        report,
        by: caller.account,
        subject,
        reason,
        personal: Personal::Known(note),
    };
    let owner = owner(app, caller.account, about).await?;
    let scope = Scope::report(report);
    let new = NewEvent {
        scope: scope.clone(),
        event: report::file(filed, owner)?.into(),
        expect: Expect::Sequence(0),
    };
    let position = match append(app, new, &context).await {
        Err(Failure::Append(AppendError::Conflict)) => first(app, &scope).await?,
        done => done?.position,
    };
    Ok((report, position))
}

/// Where the report stands that was filed before.
async fn first(app: &App, scope: &Scope) -> Result<Position, Failure> {
    let filed = app.store().last_of_type(scope, "filed").await?;
    Ok(filed.ok_or(AppendError::Conflict)?.position)
}

/// Whose it is, if the caller may know of it.
async fn owner(app: &App, caller: AccountId, about: About) -> Result<AccountId, Failure> {
    match about {
        About::Post(post) => Ok(visibility::post(app, caller, post).await?.author),
        About::Comment(post, comment) => {
            visibility::post(app, caller, post).await?;
            Ok(visibility::comment(app, caller, post, comment).await?.author)
        }
        About::User(account) => {
            let known = |between| {
                may_see::person(&between, caller)
                    .then_some(account)
                    .ok_or(Failure::UserNotFound)
            };
            if !friendship::exists(app, account).await? {
                return Err(Failure::UserNotFound);
            }
            visibility::between(app, caller, account, known).await
        }
        About::Message(from, position) => {
            let pair = Pair::of(caller, from).ok_or(Failure::Yourself)?;
            let sent = message::sent_at(app, pair, position).await?;
            // What one sent oneself is not what the other one sent.
            sent.map(|sent| sent.from)
                .filter(|sender| *sender == from)
                .ok_or(Failure::MessageNotFound)
        }
    }
}
