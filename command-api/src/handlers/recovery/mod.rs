//! A new password for somebody who forgot theirs, and another address, both by a link in a mail.
//!
//! A link rests on the account as it was when the mail was written: its password, its address, and that its sessions
//! weren't all ended. A change of any of these makes every link worthless, whichever it was made for.

use events::account::Event;
use events::{History, Scope};
use platform::security;

use super::{TRIES, fold, is_latest, pause};
use crate::app::App;
use crate::domain::account::{Account, State};
use crate::limits::Source;
use crate::mail::Notice;
use crate::mail_tokens::{Code, MailTokens, Purpose, Ticket};
use crate::problems::Failure;

mod email;
mod password;

pub(crate) use email::{confirm_email, request_email};
pub(crate) use password::{check_reset, request_reset, reset_mail, reset_password};

/// What a link in a mail rests on: an account, as it stood at one moment.
struct Basis {
    account: Account,
    last_sequence: u64,
    /// Where the address was last changed, so that a link doesn't work again after a change back.
    email_changed: u64,
}

impl Basis {
    fn of(history: &History) -> Option<Self> {
        let changed = history
            .events
            .iter()
            .find(|recorded| matches!(recorded.event, events::Event::Account(Event::EmailChanged(_))));
        let email_changed = changed.map_or(0, |recorded| recorded.position.sequence);
        match fold(history) {
            State::Active(account) => Some(Self {
                account: *account,
                last_sequence: history.last_sequence,
                email_changed,
            }),
            State::Unknown | State::Leaving(_) | State::Gone => None,
        }
    }

    /// What a link's code is made over besides what the link says. It holds the moment at which all sessions were
    /// last ended: to the person that means that nothing of before is good any more.
    fn fingerprint(&self) -> String {
        let Account {
            password_hash,
            sessions_not_before,
            ..
        } = &self.account;
        let ended = sessions_not_before.map_or(0, |moment| moment.timestamp_millis());
        format!("{}\n{ended}\n{password_hash}", self.email_changed)
    }
}

/// A link that has the form of one and hasn't expired. Whether it is good, its basis tells.
struct Link {
    purpose: Purpose,
    ticket: Ticket,
    code: Code,
    /// Where it is used.
    source: Source,
}

impl Link {
    fn read(app: &App, purpose: Purpose, token: &str, source: Source) -> Result<Self, Failure> {
        let (ticket, code) = MailTokens::read(token)
            .filter(|(ticket, _)| !ticket.has_expired(app.clock().now()))
            .ok_or_else(|| {
                let line = app.security().event(security::Event::LinkRefused);
                line.address(source.address()).reason("expired").write();
                Failure::LinkInvalid
            })?;
        Ok(Self {
            purpose,
            ticket,
            code,
            source,
        })
    }

    /// The account as it stands, if nothing of what the link rests on has changed.
    async fn basis(&self, app: &App) -> Result<Basis, Failure> {
        let scope = Scope::account(self.ticket.account);
        for attempt in 1..=TRIES {
            let history = app.store().history(&scope).await?;
            let holds = |basis: &Basis| {
                let fingerprint = basis.fingerprint();
                app.mail_tokens()
                    .is_ours(self.purpose, &self.ticket, &self.code, &fingerprint)
            };
            match Basis::of(&history).filter(holds) {
                Some(basis) => return Ok(basis),
                None if is_latest(app, &scope, &history).await? => {
                    self.line(app, security::Event::LinkRefused)
                        .reason("replaced")
                        .write();
                    return Err(Failure::LinkInvalid);
                }
                None => pause(attempt).await,
            }
        }
        Err(Failure::Contended)
    }

    /// The beginning of a line about the link's use.
    fn line<'a>(&self, app: &'a App, event: security::Event) -> security::Line<'a> {
        let line = app.security().event(event).account(self.ticket.account);
        line.address(self.source.address())
    }
}

/// Tells a person of a change that only they should have made. It is done already: where too many such mails wait,
/// the person isn't told.
pub(crate) fn notify(app: &App, account: &Account, notice: Notice) {
    if app.outbox().notify(notice).is_err() {
        tracing::warn!(account.id = %account.id, "a change of the account wasn't mailed, because too many mails wait");
    }
}
