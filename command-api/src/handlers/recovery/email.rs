//! Another address by a link in a mail to it.

use chrono::Duration;
use events::{AppendError, Expect, NewEvent, Position, Scope, name as names};
use platform::security::Event;
use secrecy::SecretString;

use super::{Basis, Link, notify};
use crate::app::App;
use crate::domain::account::{self, Change, State};
use crate::domain::name;
use crate::email::Email;
use crate::handlers::account::{active, verify};
use crate::handlers::names::claimed_before;
use crate::handlers::session::{Origin, internal};
use crate::handlers::{Caller, TRIES, pause};
use crate::mail::{Mail, Notice};
use crate::mail_tokens::{Purpose, Ticket};
use crate::problems::Failure;

/// How long a link that confirms an address is good.
const LIFETIME: Duration = Duration::hours(24);

/// Has a link mailed to the address that the caller wants. Whether somebody has it already is told only to who can
/// read its mail.
pub(crate) async fn request_email(
    app: &App,
    caller: &Caller,
    email: Email,
    password: SecretString,
    origin: &Origin,
) -> Result<(), Failure> {
    let account = active(app, caller).await?;
    verify(app, &account, password, origin).await?;
    let email = email.to_string();
    if Email::canonical(&account.email) == email {
        return Err(Failure::EmailUnchanged);
    }
    app.limits()
        .email_mail(account.id, &app.names().email(&email))
        .await?;
    let history = app.store().history(&Scope::account(account.id)).await?;
    let basis = Basis::of(&history).ok_or(Failure::LinkInvalid)?;
    let ticket = Ticket {
        account: account.id,
        expires_ms: (app.clock().now() + LIFETIME).timestamp_millis(),
        email: email.clone(),
    };
    let token = app
        .mail_tokens()
        .issue(Purpose::EmailChange, &ticket, &basis.fingerprint());
    let link = app.link("confirm-email", &token);
    app.outbox()
        .confirm(Mail::email_confirmation(email, &account.username, &link))?;
    let asked = app.security().event(Event::EmailChangeRequested);
    asked.account(account.id).address(origin.source.address()).write();
    Ok(())
}

/// Takes the address that a link confirms: the old one is free and the new one held, both or neither.
pub(crate) async fn confirm_email(app: &App, token: &str, origin: &Origin) -> Result<Position, Failure> {
    let link = Link::read(app, Purpose::EmailChange, token, origin.source)?;
    let context = internal(app, link.ticket.account, &origin.trace);
    for attempt in 1..=TRIES {
        let basis = link.basis(app).await?;
        let email = &link.ticket.email;
        let batch = move_address(app, &basis, email).await?;
        match app.store().append_batch(&batch, context.meta()).await {
            Ok(appended) => {
                let last = appended.last().ok_or(Failure::Contended)?;
                link.line(app, Event::EmailChanged).write();
                for notice in Notice::email_changed(app, &basis.account, email) {
                    notify(app, &basis.account, notice);
                }
                return Ok(last.position);
            }
            Err(AppendError::Conflict) => pause(attempt).await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::Contended)
}

async fn move_address(app: &App, basis: &Basis, email: &str) -> Result<[NewEvent; 3], Failure> {
    let account = &basis.account;
    let changed = account::change(
        &State::Active(Box::new(account.clone())),
        Change::Email {
            email: email.to_owned(),
        },
    )?;
    let (old, new) = (
        Scope::email(&app.names().email(&account.email)),
        Scope::email(&app.names().email(email)),
    );
    let (by_old, by_new) = tokio::try_join!(app.store().history(&old), app.store().history(&new))?;
    let state = name::fold(by_new.events.iter().map(|recorded| &recorded.event));
    let claimed = name::decide(&state, account.id).map_err(|_| Failure::EmailTaken)?;
    if let Ok(email) = Email::parse(email)
        && let name::State::Held(holder) = claimed_before(app, &email).await?
        && holder != account.id
    {
        return Err(Failure::EmailTaken);
    }
    let released = names::Event::Released(names::Holder { account: account.id });
    Ok([
        NewEvent {
            scope: Scope::account(account.id),
            event: changed.ok_or(Failure::LinkInvalid)?.into(),
            expect: Expect::Sequence(basis.last_sequence),
        },
        NewEvent {
            scope: old,
            event: events::Event::Email(released),
            expect: Expect::Sequence(by_old.last_sequence),
        },
        NewEvent {
            scope: new,
            event: events::Event::Email(claimed),
            expect: Expect::Sequence(by_new.last_sequence),
        },
    ])
}
