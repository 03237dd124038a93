//! A new password for who forgot theirs, and another address, both by a link in a mail.

use chrono::Duration;
use events::account::Event;
use events::{AccountId, AppendError, Expect, NewEvent, Position, Scope, name as names};
use platform::trace::TraceParent;
use secrecy::SecretString;

use super::account::{active, only_if_password_is, verify};
use super::session::{find, internal, load_account};
use super::{Caller, Guard, TRIES, execute, fold, pause};
use crate::app::App;
use crate::domain::account::{self, Account, Change, State};
use crate::domain::name;
use crate::limits::{self, Source};
use crate::mail::Mail;
use crate::mail_tokens::{Code, MailTokens, Purpose, Ticket};
use crate::problems::Failure;

/// How long a link to a new password is good.
const RESET_LIFETIME: Duration = Duration::hours(1);
/// How long a link that confirms an address is good.
const EMAIL_LIFETIME: Duration = Duration::hours(24);

/// Has a link to a new password mailed to whoever has this address. What is known of the address is looked up later,
/// in the background: the answer and its time are the same for all.
pub(crate) async fn request_reset(app: &App, email: String, source: Source) -> Result<(), Failure> {
    app.limits().reset(source).await?;
    Ok(app.outbox().reset(email)?)
}

/// The mail with the link to a new password, if somebody has this address.
pub(crate) async fn reset_mail(app: &App, email: &str) -> Result<Option<Mail>, Failure> {
    if let Err(limits::Refusal::Wait(_)) = app.limits().reset_mail(&app.names().email(email)).await {
        return Ok(None);
    }
    let Some(account) = find(app, email).await? else {
        return Ok(None);
    };
    let ticket = Ticket {
        account: account.id,
        expires_ms: (app.clock().now() + RESET_LIFETIME).timestamp_millis(),
        email: String::new(),
    };
    let token = app
        .mail_tokens()
        .issue(Purpose::PasswordReset, &ticket, &account.password_hash);
    let link = app.link("reset-password", &token);
    Ok(Some(Mail {
        to: account.email,
        subject: "A new password for Echo",
        text: format!(
            "Hello,\n\nsomebody asked for a new password for the account {}. To set one, open\n\n{link}\n\n\
             within the next hour. If it wasn't you, there is nothing to do: the password stays as it is.\n",
            account.username
        ),
    }))
}

/// Sets another password, for who shows the link that was mailed. Every session ends.
pub(crate) async fn reset_password(
    app: &App,
    token: &str,
    new: SecretString,
    trace: &TraceParent,
) -> Result<Position, Failure> {
    let (ticket, code) = read(app, token)?;
    let account = load_account(app, ticket.account)
        .await?
        .ok_or(Failure::LinkInvalid)?;
    if !app
        .mail_tokens()
        .is_ours(Purpose::PasswordReset, &ticket, &code, &account.password_hash)
    {
        return Err(Failure::LinkInvalid);
    }
    let hash = app.passwords().hash(new).await?;
    let context = internal(app, account.id, trace);
    let decide = |state: State| {
        only_if_password_is(&state, &account.password_hash).map_err(|_| Failure::LinkInvalid)?;
        let change = Change::Password {
            hash: hash.clone(),
            kept: None,
            at: app.clock().now(),
        };
        Ok(account::change(&state, change)?)
    };
    let scope = Scope::account(account.id);
    Ok(execute(app, &scope, Guard::Aggregate, &context, decide)
        .await?
        .position)
}

/// Has a link mailed to the address that the caller wants. Whether somebody has it already is told only to who can
/// read its mail.
pub(crate) async fn request_email(
    app: &App,
    caller: &Caller,
    email: String,
    password: SecretString,
    source: Source,
) -> Result<(), Failure> {
    let account = active(app, caller).await?;
    verify(app, &account, password, source).await?;
    if account.email == email {
        return Err(Failure::EmailUnchanged);
    }
    let held = Held::load(app, account.id).await?.ok_or(Failure::LinkInvalid)?;
    let ticket = Ticket {
        account: account.id,
        expires_ms: (app.clock().now() + EMAIL_LIFETIME).timestamp_millis(),
        email: email.clone(),
    };
    let token = app
        .mail_tokens()
        .issue(Purpose::EmailChange, &ticket, &held.replaces());
    let link = app.link("confirm-email", &token);
    app.outbox().mail(Mail {
        to: email,
        subject: "Confirm your address for Echo",
        text: format!(
            "Hello,\n\nto use this address for the account {} from now on, open\n\n{link}\n\n\
             within a day. If you didn't ask for this, there is nothing to do.\n",
            account.username
        ),
    })?;
    Ok(())
}

/// Takes the address that a link confirms: the old one is free and the new one held, both or neither.
pub(crate) async fn confirm_email(app: &App, token: &str, trace: &TraceParent) -> Result<Position, Failure> {
    let (ticket, code) = read(app, token)?;
    let context = internal(app, ticket.account, trace);
    for attempt in 1..=TRIES {
        let held = Held::load(app, ticket.account)
            .await?
            .ok_or(Failure::LinkInvalid)?;
        if !app
            .mail_tokens()
            .is_ours(Purpose::EmailChange, &ticket, &code, &held.replaces())
        {
            return Err(Failure::LinkInvalid);
        }
        let batch = move_address(app, &held, &ticket.email).await?;
        match app.store().append_batch(&batch, context.meta()).await {
            Ok(appended) => {
                let last = appended.last().ok_or(Failure::Contended)?;
                tell_old_address(app, &held.account);
                return Ok(last.position);
            }
            Err(AppendError::Conflict) => pause(attempt).await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::Contended)
}

/// An account with what its next change must expect.
struct Held {
    account: Account,
    last_sequence: u64,
    /// Where the address was last changed, so that a link doesn't work again once somebody has changed back.
    email_changed: u64,
}

impl Held {
    async fn load(app: &App, id: AccountId) -> Result<Option<Self>, Failure> {
        let history = app.store().history(&Scope::account(id)).await?;
        let changed = history
            .events
            .iter()
            .find(|recorded| matches!(recorded.event, events::Event::Account(Event::EmailChanged(_))));
        let email_changed = changed.map_or(0, |recorded| recorded.position.sequence);
        Ok(match fold(&history) {
            State::Active(account) => Some(Self {
                account: *account,
                last_sequence: history.last_sequence,
                email_changed,
            }),
            State::Unknown | State::Leaving(_) | State::Gone => None,
        })
    }

    /// A link is worth nothing after the address or the password has changed.
    fn replaces(&self) -> String {
        format!("{}\n{}", self.email_changed, self.account.password_hash)
    }
}

async fn move_address(app: &App, held: &Held, email: &str) -> Result<[NewEvent; 3], Failure> {
    let account = &held.account;
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
    let released = names::Event::Released(names::Holder { account: account.id });
    Ok([
        NewEvent {
            scope: Scope::account(account.id),
            event: changed.ok_or(Failure::LinkInvalid)?.into(),
            expect: Expect::Sequence(held.last_sequence),
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

/// So that nobody loses an account without hearing of it.
fn tell_old_address(app: &App, account: &Account) {
    let mail = Mail {
        to: account.email.clone(),
        subject: "Your address for Echo has changed",
        text: format!(
            "Hello,\n\nthe account {} uses another address from now on. If it wasn't you, change your password.\n",
            account.username
        ),
    };
    if app.outbox().mail(mail).is_err() {
        tracing::warn!(account.id = %account.id, "the old address wasn't told of its change, for too many mails wait");
    }
}

/// What the token of a link says, if it hasn't expired.
fn read(app: &App, token: &str) -> Result<(Ticket, Code), Failure> {
    MailTokens::read(token)
        .filter(|(ticket, _)| !ticket.has_expired(app.clock().now()))
        .ok_or(Failure::LinkInvalid)
}
