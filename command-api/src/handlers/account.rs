//! What a person changes about their own account.

use chrono::{DateTime, Utc};
use events::account::Profile;
use events::{MediaId, Position, Positions, Scope, SessionId};
use platform::security::Event;
use secrecy::{ExposeSecret, SecretString};

use super::log_in::holds_session;
use super::recovery::notify;
use super::session::{Origin, load_account};
use super::{Caller, Context, Done, Guard, done_before, execute, fold, picture};
use crate::app::App;
use crate::domain::account::{self, Account, Change, Kept, ProfileChange, Refusal, State};
use crate::limits::{self, Target};
use crate::mail::Notice;
use crate::passwords;
use crate::problems::Failure;

/// Ends every session of the caller.
///
/// The command side doesn't know which sessions there are, and needn't: this one event ends them all. So none of
/// them gets a `revoked` of its own.
pub(crate) async fn log_out_everywhere(
    app: &App,
    caller: &Caller,
    session_started_at: DateTime<Utc>,
) -> Result<Position, Failure> {
    let context = Context::of(app, caller, &"log out everywhere").await?;
    let change = Change::LogOutEverywhere {
        session_started_at,
        at: context.at(),
    };
    Ok(apply(app, caller, &context, change).await?.position)
}

/// Ends one session of the caller's.
pub(crate) async fn end_session(
    app: &App,
    caller: &Caller,
    session: SessionId,
) -> Result<Positions, Failure> {
    use events::session::Event;
    let history = app.store().history(&Scope::session(session)).await?;
    let owner = history.events.last().and_then(|recorded| match &recorded.event {
        events::Event::Session(Event::Started(session) | Event::Refreshed(session)) => Some(session.account),
        events::Event::Session(Event::Revoked(revoked)) => Some(revoked.account),
        _ => None,
    });
    if owner != Some(caller.account) {
        return Err(Failure::SessionNotFound);
    }
    super::session::log_out(app, &[session], &caller.trace).await
}

/// Sets another password, for who knows the current one. Every other session ends.
pub(crate) async fn change_password(
    app: &App,
    caller: &Caller,
    session_started_at: DateTime<Utc>,
    [current, new]: [SecretString; 2],
    origin: &Origin,
) -> Result<Position, Failure> {
    // The passwords stay out of what marks the command: that hash is a fast one.
    let context = Context::of(app, caller, &"change password").await?;
    let scope = Scope::account(caller.account);
    let history = app.store().history(&scope).await?;
    let State::Active(account) = fold(&history) else {
        return Err(Refusal::Gone.into());
    };
    if let Some(done) = done_before(&context, &history)? {
        // A repeat knows the password that it set.
        let matches = app.passwords().verify(new, Some(&account.password_hash)).await?;
        return if matches {
            Ok(done.position)
        } else {
            Err(Failure::KeyReused)
        };
    }
    verify(app, &account, current, origin).await?;
    refuse_weak(&account, &new)?;
    let hash = app.passwords().hash(new).await?;
    let kept = Some(Kept {
        session: caller.session,
        started_at: session_started_at,
    });
    let decide = |state: State| {
        only_if_password_is(&state, &account.password_hash)?;
        let change = Change::Password {
            hash: hash.clone(),
            kept,
            // Hashing took its time, in which sessions may have begun.
            at: app.clock().now(),
        };
        Ok(account::change(&state, change)?)
    };
    let done = execute(app, &scope, Guard::Aggregate, &context, decide).await?;
    let line = app.security().event(Event::PasswordChanged).account(account.id);
    line.address(origin.source.address()).write();
    notify(app, &account, Notice::password_changed(app, &account));
    Ok(done.position)
}

/// Changes what is given of the caller's profile; returns the whole.
pub(crate) async fn update_profile(
    app: &App,
    caller: &Caller,
    change: ProfileChange,
) -> Result<(Profile, Position), Failure> {
    let context = Context::of(app, caller, &("update profile", &change)).await?;
    let done = apply(app, caller, &context, Change::Profile(change)).await?;
    if let Some(events::Event::Account(events::account::Event::ProfileUpdated(updated))) = &done.event
        && let Some(profile) = updated.personal.known()
    {
        return Ok((profile.clone(), done.position));
    }
    let account = active(app, caller).await?;
    Ok((account.profile, done.position))
}

/// Which of an account's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) enum Place {
    /// The person's picture.
    Avatar,
    /// The picture on top of the profile.
    Cover,
}

/// Sets or takes away one of the caller's pictures.
pub(crate) async fn set_picture(
    app: &App,
    caller: &Caller,
    place: Place,
    media: Option<MediaId>,
) -> Result<Position, Failure> {
    let context = Context::of(app, caller, &("set picture", place, media)).await?;
    let account = active(app, caller).await?;
    let (current, change) = match place {
        Place::Avatar => (account.avatar, Change::Avatar(media)),
        Place::Cover => (account.cover, Change::Cover(media)),
    };
    // What stands there already may stay, however old it is.
    if let Some(media) = media.filter(|_| media != current) {
        picture::check(app, caller.account, media, context.at()).await?;
    }
    Ok(apply(app, caller, &context, change).await?.position)
}

/// The caller's account.
pub(crate) async fn active(app: &App, caller: &Caller) -> Result<Account, Failure> {
    Ok(load_account(app, caller.account).await?.ok_or(Refusal::Gone)?)
}

/// Refuses if the password isn't the account's.
///
/// A stolen access token lets nobody guess faster than at log-in: both are counted together.
pub(crate) async fn verify(
    app: &App,
    account: &Account,
    password: SecretString,
    origin: &Origin,
) -> Result<(), Failure> {
    let target = Target::from(&account.id);
    let been_here = holds_session(app, origin, Some(account.id));
    let line = |event| {
        let line = app.security().event(event).account(account.id);
        line.address(origin.source.address()).write();
    };
    let throttled = |error: limits::Refusal| {
        if matches!(error, limits::Refusal::Wait(_)) {
            line(Event::PasswordThrottled);
        }
        error
    };
    let guess = app.limits().guess(&target, origin.source, been_here);
    guess.await.map_err(throttled)?;
    let hash = Some(account.password_hash.as_str());
    if app.passwords().verify(password, hash).await? {
        app.limits().was_right(&target, &[], origin.source).await?;
        Ok(())
    } else {
        line(Event::PasswordRefused);
        app.limits().was_wrong(&target, None).await?;
        Err(Failure::WrongPassword)
    }
}

/// Refuses a new password that is easy to guess for anybody who knows the account's owner.
pub(crate) fn refuse_weak(account: &Account, password: &SecretString) -> Result<(), Failure> {
    let own = [
        account.username.as_str(),
        &account.email,
        &account.profile.display_name,
    ];
    match passwords::weakness(password.expose_secret(), &own) {
        Some(weakness) => Err(Failure::WeakPassword(weakness)),
        None => Ok(()),
    }
}

/// Refuses if the password changed after it was checked.
pub(crate) fn only_if_password_is(state: &State, checked: &str) -> Result<(), Failure> {
    let account = state.active().ok_or(Refusal::Gone)?;
    if account.password_hash == checked {
        Ok(())
    } else {
        Err(Failure::WrongPassword)
    }
}

async fn apply(app: &App, caller: &Caller, context: &Context, change: Change) -> Result<Done, Failure> {
    let decide = |state: State| Ok(account::change(&state, change.clone())?);
    let scope = Scope::account(caller.account);
    execute(app, &scope, Guard::Aggregate, context, decide).await
}
