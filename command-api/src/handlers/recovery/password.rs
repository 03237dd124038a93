//! A new password by a link in a mail.

use chrono::Duration;
use events::{AppendError, Expect, NewEvent, Position, Scope};
use platform::security::Event;
use secrecy::SecretString;

use super::{Basis, Link, notify};
use crate::app::App;
use crate::domain::account::{self, Change, State};
use crate::handlers::account::refuse_weak;
use crate::handlers::log_in::find;
use crate::handlers::names::Given;
use crate::handlers::session::{Origin, internal};
use crate::handlers::{TRIES, append, pause};
use crate::limits::{self, Source};
use crate::mail::{Mail, Notice};
use crate::mail_tokens::{Purpose, Ticket};
use crate::problems::Failure;

/// How long a link to a new password is good.
const LIFETIME: Duration = Duration::hours(1);

/// Has a link to a new password mailed to whoever has this address. What is known of the address is looked up later,
/// in the background: the answer and its time are the same for all.
pub(crate) async fn request_reset(app: &App, email: String, source: Source) -> Result<(), Failure> {
    let name = app.names().email(&email);
    let line = |event| app.security().event(event).name(&name).address(source.address());
    let throttled = |error: limits::Refusal| {
        if matches!(error, limits::Refusal::Wait(_)) {
            line(Event::ResetThrottled).reason("address").write();
        }
        error
    };
    app.limits().reset(source).await.map_err(throttled)?;
    line(Event::ResetRequested).write();
    Ok(app.outbox().reset(email)?)
}

/// The mail with the link to a new password, if somebody has this address.
pub(crate) async fn reset_mail(app: &App, email: &str) -> Result<Option<Mail>, Failure> {
    let name = app.names().email(email);
    if let Err(limits::Refusal::Wait(_)) = app.limits().reset_mail(&name).await {
        let line = app.security().event(Event::ResetThrottled).name(&name);
        line.reason("name").write();
        return Ok(None);
    }
    let Some(account) = find(app, &Given::of(email)).await? else {
        return Ok(None);
    };
    let history = app.store().history(&Scope::account(account.id)).await?;
    let Some(basis) = Basis::of(&history).filter(|basis| basis.account.email == account.email) else {
        return Ok(None);
    };
    let ticket = Ticket {
        account: account.id,
        expires_ms: (app.clock().now() + LIFETIME).timestamp_millis(),
        email: String::new(),
    };
    let token = app
        .mail_tokens()
        .issue(Purpose::PasswordReset, &ticket, &basis.fingerprint());
    let link = app.link("reset-password", &token);
    Ok(Some(Mail::password_reset(
        account.email,
        &account.username,
        &link,
    )))
}

/// Refuses a link that wouldn't set a new password, so that nobody thinks of one in vain.
pub(crate) async fn check_reset(app: &App, token: &str, source: Source) -> Result<(), Failure> {
    let link = Link::read(app, Purpose::PasswordReset, token, source)?;
    link.basis(app).await.map(drop)
}

/// Sets another password, for the holder of the link that was mailed. Every session ends.
pub(crate) async fn reset_password(
    app: &App,
    token: &str,
    new: SecretString,
    origin: &Origin,
) -> Result<Position, Failure> {
    let link = Link::read(app, Purpose::PasswordReset, token, origin.source)?;
    let account = link.basis(app).await?.account;
    refuse_weak(&account, &new)?;
    let hash = app.passwords().hash(new).await?;
    let context = internal(app, account.id, &origin.trace);
    for attempt in 1..=TRIES {
        // Once more: hashing took its time.
        let Basis {
            account,
            last_sequence,
            ..
        } = link.basis(app).await?;
        let change = Change::Password {
            hash: hash.clone(),
            kept: None,
            at: app.clock().now(),
        };
        let changed = account::change(&State::Active(Box::new(account.clone())), change)?;
        let new = NewEvent {
            scope: Scope::account(account.id),
            event: changed.ok_or(Failure::LinkInvalid)?.into(),
            expect: Expect::Sequence(last_sequence),
        };
        match append(app, new, &context).await {
            Ok(done) => {
                link.line(app, Event::ResetUsed).write();
                notify(app, &account, Notice::password_changed(app, &account));
                return Ok(done.position);
            }
            Err(Failure::Append(AppendError::Conflict)) => pause(attempt).await,
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::Contended)
}
