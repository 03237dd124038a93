//! Sessions: how they start, go on and end.

use chrono::{DateTime, Duration, Utc};
use events::session::{Device, Event, RevocationReason, Session};
use events::{AccountId, CommandId, Expect, NewEvent, Position, Positions, Scope, SessionId};
use platform::id;
use platform::security;
use platform::token;
use platform::trace::TraceParent;

use super::{Context, Done, Guard, append, examine, execute, fold};
use crate::app::App;
use crate::domain::account::{self, Account};
use crate::domain::session::{self, Command, REFRESH_LIFETIME, Refusal, State};
use crate::limits::Source;
use crate::problems::Failure;

/// How long an access token is good.
pub(crate) const ACCESS_LIFETIME: Duration = Duration::minutes(15);

/// Someone who is signed in, with fresh tokens.
pub(crate) struct SignedIn {
    /// Who.
    pub(crate) account: Account,
    /// In which session.
    pub(crate) session: SessionId,
    /// For `Authorization`.
    pub(crate) access_token: String,
    /// How long the access token is good.
    pub(crate) access_lifetime: Duration,
    /// For the cookie.
    pub(crate) refresh_token: String,
    /// How long the refresh token is good, unless it is used.
    pub(crate) refresh_lifetime: Duration,
    /// What the command touched.
    pub(crate) positions: Positions,
}

/// Where a request comes from.
#[derive(Clone)]
pub(crate) struct Origin {
    /// What is told of the device.
    pub(crate) device: Device,
    /// From where attempts are counted.
    pub(crate) source: Source,
    /// The refresh token that the browser still has, if any: somebody signed in there before.
    pub(crate) refresh_token: Option<String>,
    /// The trace that the request is part of.
    pub(crate) trace: TraceParent,
}

/// The account, if it may act.
pub(crate) async fn load_account(app: &App, id: AccountId) -> Result<Option<Account>, Failure> {
    match fold(&app.store().history(&Scope::account(id)).await?) {
        account::State::Active(account) => Ok(Some(*account)),
        account::State::Unknown | account::State::Leaving(_) | account::State::Gone => Ok(None),
    }
}

/// Starts a session for someone whose password has just been checked.
pub(crate) async fn start(app: &App, account: Account, origin: Origin) -> Result<SignedIn, Failure> {
    let session = SessionId::from(id::ordered());
    let context = internal(app, account.id, &origin.trace);
    // Logging in again right after logging out everywhere must work, also where that was done by a machine whose
    // clock is ahead of ours.
    let at = account
        .sessions_not_before
        .map_or(context.at(), |moment| moment.max(context.at()));
    let command = Command::Start {
        session,
        account: account.id,
        device: origin.device,
        at,
        lifetime: app.session_lifetime(),
    };
    let event = session::decide(&State::Unknown, command)?.ok_or(Refusal::AlreadyExists)?;
    let new = NewEvent {
        scope: Scope::session(session),
        event: event.into(),
        expect: Expect::Sequence(0),
    };
    let done = append(app, new, &context).await?;
    let session = Begun {
        id: session,
        started_at: at,
        generation: 0,
    };
    signed_in(app, account, session, done.position)
}

/// A command that the client can't repeat under a key of its own.
pub(crate) fn internal(app: &App, actor: AccountId, trace: &TraceParent) -> Context {
    Context::new(app, actor, CommandId::from(id::ordered()), None, trace)
}

/// A session as its tokens tell it.
#[derive(Clone, Copy)]
struct Begun {
    id: SessionId,
    started_at: DateTime<Utc>,
    generation: u32,
}

fn signed_in(app: &App, account: Account, session: Begun, position: Position) -> Result<SignedIn, Failure> {
    let Begun {
        id,
        started_at,
        generation,
    } = session;
    let token_session = token::Session {
        id: id.uuid(),
        started_at,
    };
    // No token outlives its session.
    let left = started_at + app.session_lifetime() - app.clock().now();
    let access_lifetime = ACCESS_LIFETIME.min(left);
    Ok(SignedIn {
        access_token: app
            .signer()
            .sign_in(account.id.uuid(), token_session, access_lifetime)
            .map_err(Failure::Signing)?,
        access_lifetime,
        refresh_lifetime: REFRESH_LIFETIME.min(left),
        session: id,
        refresh_token: app.refresh_tokens().issue(id, generation),
        positions: Positions::from(position),
        account,
    })
}

/// Exchanges a refresh token for fresh tokens.
pub(crate) async fn refresh(app: &App, token: &str, trace: &TraceParent) -> Result<SignedIn, Failure> {
    let (id, generation) = app
        .refresh_tokens()
        .read(token)
        .ok_or(Failure::Session(Refusal::Unknown))?;
    let (session, account) = owner(app, id).await?;
    let context = internal(app, account.id, trace);
    // A session that the account's own events have ended isn't lengthened.
    let started_at = session.started_at;
    if !account.allows(id, started_at) || app.revocations().ended(account.id, id, started_at) {
        return Err(Refusal::Revoked.into());
    }
    let decide = |state: State| {
        Ok(session::decide(
            &state,
            Command::Refresh {
                generation,
                at: context.at(),
                lifetime: app.session_lifetime(),
            },
        )?)
    };
    let done = execute(app, &Scope::session(id), Guard::Aggregate, &context, decide).await?;
    let begun = |generation| Begun {
        id,
        started_at,
        generation,
    };
    match done.event {
        Some(events::Event::Session(Event::Refreshed(session))) => {
            signed_in(app, account, begun(session.generation), done.position)
        }
        // Within its grace: the answer is the token that replaced it.
        None => signed_in(app, account, begun(generation.saturating_add(1)), done.position),
        Some(_) => {
            tracing::warn!(account.id = %account.id, session.id = %id, "a refresh token was used again; session revoked");
            let line = app.security().event(security::Event::RefreshReused);
            line.account(account.id).write();
            Err(Refusal::Revoked.into())
        }
    }
}

/// The session and whose it is.
pub(super) async fn owner(app: &App, id: SessionId) -> Result<(Session, Account), Failure> {
    let judge = |state: State| match state {
        State::Active(session) => Ok(session),
        State::Revoked => Err(Failure::Session(Refusal::Revoked)),
        State::Unknown => Err(Failure::Session(Refusal::Unknown)),
    };
    let session = examine(app, &Scope::session(id), judge).await?;
    let account = load_account(app, session.account)
        .await?
        .ok_or(Refusal::Unknown)?;
    Ok((session, account))
}

/// Ends sessions; ending one that has ended is nothing. Returns the positions after which they are over.
pub(crate) async fn log_out(
    app: &App,
    sessions: &[SessionId],
    trace: &TraceParent,
) -> Result<Positions, Failure> {
    let mut positions = Positions::NONE;
    for &id in sessions {
        let scope = Scope::session(id);
        let history = app.store().history(&scope).await?;
        let State::Active(session) = fold(&history) else {
            positions.add(Position::new(scope.stream(), history.last_sequence));
            continue;
        };
        let context = internal(app, session.account, trace);
        let revoke = Command::Revoke {
            reason: RevocationReason::LoggedOut,
        };
        let decide = |state: State| Ok(session::decide(&state, revoke.clone())?);
        let Done { position, .. } = execute(app, &scope, Guard::Aggregate, &context, decide).await?;
        positions.add(position);
    }
    Ok(positions)
}
