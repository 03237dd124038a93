//! Forgetting a person: the request, and the steps that follow it.
//!
//! From the request on the account can do nothing. What follows is done in the background, by this process or, if it
//! dies, by whichever finds the request next; each step can be done again, in part or by two at once, and none waits
//! for a projection:
//!
//! 1. the key is destroyed, and with it all that is sealed;
//! 2. the names are free again;
//! 3. once no command of the person can be under way any more, the pictures go, and when they were last seen;
//! 4. the streams are told, that of accounts last: then nothing is left to do.

use std::time::Duration;

use chrono::{DateTime, Utc};
use events::account::Event;
use events::media::DeletionReason;
use events::{
    AccountId, CommandId, Event as AnyEvent, Expect, Meta, NewEvent, Position, Scope, Stream, person,
};
use futures::TryStreamExt;
use secrecy::SecretString;

use super::account::{only_if_password_is, verify};
use super::session::Origin;
use super::{Caller, Context, Guard, execute, fold, media};
use crate::app::App;
use crate::domain::account::{self, Leaving, Refusal, RequestErasure, State};
use crate::domain::name;
use crate::problems::Failure;

/// Has the caller forgotten, who knows the password.
pub(crate) async fn request(
    app: &App,
    caller: &Caller,
    session_started_at: DateTime<Utc>,
    password: SecretString,
    origin: &Origin,
) -> Result<Position, Failure> {
    let context = Context::of(app, caller, &"be forgotten").await?;
    let account = super::account::active(app, caller).await?;
    verify(app, &account, password, origin).await?;
    let decide = |state: State| {
        only_if_password_is(&state, &account.password_hash)?;
        let known = state.active().ok_or(Refusal::Gone)?;
        let request = RequestErasure {
            username: app.names().username(&known.username),
            email: app.names().email(&known.email),
            session_started_at,
            at: app.clock().now(),
        };
        Ok(Some(account::request_erasure(&state, request)?))
    };
    let scope = Scope::account(caller.account);
    let done = execute(app, &scope, Guard::Aggregate, &context, decide).await?;
    tracing::info!(account.id = %caller.account, "somebody asked to be forgotten");
    app.erasures().begin(caller.account);
    Ok(done.position)
}

/// Does all that is left to do of an erasure; nothing, if all is done.
///
/// # Errors
/// At any step; what was done until then needn't be done again.
pub(crate) async fn carry_out(app: &App, id: AccountId) -> Result<(), Failure> {
    let history = app.store().history(&Scope::account(id)).await?;
    let State::Leaving(leaving) = fold(&history) else {
        return Ok(());
    };
    let requested = history
        .events
        .iter()
        .find(|recorded| matches!(recorded.event, AnyEvent::Account(Event::ErasureRequested(_))));
    let Some(requested) = requested.map(|recorded| recorded.meta.clone()) else {
        return Ok(());
    };
    let erasure = Erasure {
        app,
        leaving,
        requested,
    };
    app.store().keyring().erase(id, app.clock().now()).await?;
    erasure.release_names().await?;
    tokio::time::sleep(erasure.until_quiet()).await;
    erasure.delete_pictures().await?;
    app.store().forget_last_seen(id).await?;
    erasure.tell().await?;
    tracing::info!(account.id = %id, "somebody is forgotten");
    Ok(())
}

struct Erasure<'a> {
    app: &'a App,
    leaving: Leaving,
    /// What is recorded with the request.
    requested: Meta,
}

impl Erasure<'_> {
    async fn release_names(&self) -> Result<(), Failure> {
        let Leaving { id, username, email } = &self.leaving;
        for (scope, event) in [
            (Scope::username(username), AnyEvent::Username as fn(_) -> _),
            (Scope::email(email), AnyEvent::Email as fn(_) -> _),
        ] {
            let history = self.app.store().history(&scope).await?;
            let state = name::fold(history.events.iter().map(|recorded| &recorded.event));
            if let Some(released) = name::release(&state, *id) {
                let expect = Expect::Sequence(history.last_sequence);
                self.append(scope, event(released), expect, "the names").await?;
            }
        }
        Ok(())
    }

    /// How long commands of the person may still be under way in instances that have just heard of the request.
    fn until_quiet(&self) -> Duration {
        let passed = self.app.clock().now() - self.requested.at;
        let delay = self.app.erasures().delay();
        // A clock that is behind makes it no longer.
        delay.saturating_sub(passed.to_std().unwrap_or_default())
    }

    async fn delete_pictures(&self) -> Result<(), Failure> {
        let store = self.app.links().store();
        let mut pictures = store.list(Some(self.leaving.id));
        while let Some(held) = pictures.try_next().await.map_err(media::from_store)? {
            let meta = self.meta(&held.media.to_string());
            media::delete(self.app, held.owner, held.media, DeletionReason::Erased, &meta).await?;
        }
        Ok(())
    }

    /// Tells each stream that nothing is left, for its readers to remove what they hold.
    async fn tell(&self) -> Result<(), Failure> {
        let account = self.leaving.id;
        for stream in [Stream::Chat, Stream::Sessions] {
            let erased = person::Event::Erased(person::Erased { account });
            let scope = Scope::person(stream, account);
            if !self.app.store().exists(&scope).await? {
                self.append(scope, erased.into(), Expect::Sequence(0), "all")
                    .await?;
            }
        }
        let scope = Scope::account(account);
        let history = self.app.store().history(&scope).await?;
        if let Some(erased) = account::complete_erasure(&fold(&history)) {
            let expect = Expect::Sequence(history.last_sequence);
            self.append(scope, erased.into(), expect, "all").await?;
        }
        Ok(())
    }

    async fn append(&self, scope: Scope, event: AnyEvent, expect: Expect, what: &str) -> Result<(), Failure> {
        let new = NewEvent { scope, event, expect };
        self.app.store().append(new, &self.meta(what)).await?;
        Ok(())
    }

    /// Whoever does a step again does it under the same id. No key of a client's has a space in it.
    fn meta(&self, what: &str) -> Meta {
        Meta {
            at: self.app.clock().now(),
            command_id: CommandId::of(self.leaving.id, &format!("erasure of {what}")),
            command_hash: None,
            actor: None,
            traceparent: self.requested.traceparent.clone(),
        }
    }
}
