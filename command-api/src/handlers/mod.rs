//! Handling a command: load, decide, append; again, if somebody else was faster.

use std::time::Duration;

use chrono::{DateTime, Utc};
use events::{
    AccountId, AppendError, Appended, CommandId, Event, Expect, History, Meta, NewEvent, Position, Recorded,
    Scope, SessionId,
};
use platform::extract::IdempotencyKey;
use platform::id;
use platform::trace::TraceParent;
use serde::Serialize;

use crate::app::App;
use crate::domain::Aggregate;
use crate::measure::CONFLICTS;
use crate::problems::Failure;

pub mod account;
pub mod block;
pub mod comment;
pub(crate) mod erasure;
pub mod friendship;
pub mod inbox;
pub(crate) mod log_in;
pub(crate) mod media;
pub mod message;
pub(crate) mod names;
pub(crate) mod picture;
pub mod post;
pub mod reaction;
pub(crate) mod recovery;
pub mod report;
pub mod session;
pub mod sign_up;
pub mod visibility;

/// How often a command is decided anew when others change its aggregate meanwhile.
const TRIES: u32 = 5;
/// The longest pause before the second try; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// Who asks, and how repeats of the request are recognised.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// The session that the request came with.
    pub session: SessionId,
    /// The client's mark for repeats.
    pub key: Option<IdempotencyKey>,
    /// The trace that the request is part of.
    pub trace: TraceParent,
}

/// One command as it is recorded with its events.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    meta: Meta,
    /// Whether the client may repeat the command under the same id.
    repeatable: bool,
}

impl Context {
    /// A command of a signed-in person. `body` is what a repeat under the same key must say again.
    pub(crate) async fn of(
        app: &App,
        caller: &Caller,
        body: &(impl Serialize + Sync),
    ) -> Result<Self, Failure> {
        let (command_id, command_hash) = match &caller.key {
            Some(key) => {
                let data_key = app.store().keyring().alive(caller.account).await?;
                let body = serde_json::to_vec(body)
                    .map_err(events::EncodeError::from)
                    .map_err(AppendError::from)?;
                (
                    CommandId::of(caller.account, key.as_str()),
                    Some(data_key.command_hash(&body)),
                )
            }
            None => (CommandId::from(id::ordered()), None),
        };
        Ok(Self::new(
            app,
            caller.account,
            command_id,
            command_hash,
            &caller.trace,
        ))
    }

    /// A command with an id of its own kind.
    pub(crate) fn new(
        app: &App,
        actor: AccountId,
        command_id: CommandId,
        hash: Option<String>,
        trace: &TraceParent,
    ) -> Self {
        let repeatable = hash.is_some();
        let meta = Meta {
            at: app.clock().now(),
            command_id,
            command_hash: hash,
            actor: Some(actor),
            traceparent: Some(trace.to_string()),
        };
        Self { meta, repeatable }
    }

    /// When the command is handled.
    pub(crate) fn at(&self) -> DateTime<Utc> {
        self.meta.at
    }

    /// What is recorded with the command's events.
    pub(crate) fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Whether `recorded` is what this very command did earlier.
    ///
    /// # Errors
    ///
    /// If it is the same key, but the command said something else then.
    pub(crate) fn is_repeat_of(&self, recorded: &Recorded) -> Result<bool, Failure> {
        if recorded.meta.command_id != self.meta.command_id {
            return Ok(false);
        }
        if recorded.meta.command_hash == self.meta.command_hash {
            Ok(true)
        } else {
            Err(Failure::KeyReused)
        }
    }
}

/// What a command did.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    /// The position that a reader must have seen to see it.
    pub(crate) position: Position,
    /// The event, new or from the first time; none where there was nothing to do.
    pub(crate) event: Option<Event>,
}

/// Which of an aggregate's events an append depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Guard {
    /// All.
    Aggregate,
    /// Those of one type, for facets that the others don't touch.
    Type(&'static str),
}

impl Guard {
    fn expect(self, history: &History) -> Expect {
        match self {
            Self::Aggregate => Expect::Sequence(history.last_sequence),
            Self::Type(name) => {
                Expect::SequenceOfType(last_of(history, name).map_or(0, |event| event.position.sequence))
            }
        }
    }
}

fn last_of<'a>(history: &'a History, event_type: &str) -> Option<&'a Recorded> {
    history
        .events
        .iter()
        .find(|recorded| recorded.event.event_type() == event_type)
}

/// Loads the aggregate, decides and appends; decides again while others change it.
pub(crate) async fn execute<S: Aggregate>(
    app: &App,
    scope: &Scope,
    guard: Guard,
    context: &Context,
    decide: impl Fn(S) -> Result<Option<S::Event>, Failure>,
) -> Result<Done, Failure> {
    for attempt in 1..=TRIES {
        let history = app.store().history(scope).await?;
        if let Some(done) = done_before(context, &history)? {
            return Ok(done);
        }
        match decide(fold(&history)) {
            Ok(Some(event)) => {
                let new = NewEvent {
                    scope: scope.clone(),
                    event: event.into(),
                    expect: guard.expect(&history),
                };
                match append(app, new, context).await {
                    Err(Failure::Append(AppendError::Conflict)) => {}
                    done => return done,
                }
            }
            Ok(None) => {
                return Ok(Done {
                    position: Position::new(scope.stream(), history.last_sequence),
                    event: None,
                });
            }
            Err(refusal) if is_latest(app, scope, &history).await? => return Err(refusal),
            Err(_) => {}
        }
        metrics::counter!(CONFLICTS, "aggregate" => scope.aggregate()).increment(1);
        pause(attempt).await;
    }
    Err(Failure::Contended)
}

/// Loads an aggregate, or remembers it, to look at it without changing it.
pub(crate) async fn examine<S: Aggregate, T>(
    app: &App,
    scope: &Scope,
    judge: impl Fn(S) -> Result<T, Failure>,
) -> Result<T, Failure> {
    for attempt in 1..=TRIES {
        let history = app.aggregates().history(app.store(), scope).await?;
        match judge(fold(&history)) {
            Err(refusal) if is_latest(app, scope, &history).await? => return Err(refusal),
            Err(_) => {
                app.aggregates().changed(scope).await;
                pause(attempt).await;
            }
            fine => return fine,
        }
    }
    Err(Failure::Contended)
}

fn fold<S: Aggregate>(history: &History) -> S {
    S::fold(history.events.iter().map(|recorded| &recorded.event))
}

/// A replica may answer from a moment ago. An append is checked by the leader anyway, a refusal is checked here.
pub(crate) async fn is_latest(app: &App, scope: &Scope, history: &History) -> Result<bool, Failure> {
    let last = app.store().last_of_type(scope, ">").await?;
    Ok(last.map_or(0, |event| event.position.sequence) == history.last_sequence)
}

/// Appends one event, or finds that this command appended it already.
pub(crate) async fn append(app: &App, new: NewEvent, context: &Context) -> Result<Done, Failure> {
    let (event, scope) = (new.event.clone(), new.scope.clone());
    let appended = app.store().append(new, context.meta()).await;
    // Whatever became of it, it is not to be decided by what was known before.
    app.aggregates().changed(&scope).await;
    let Appended { position, duplicate } = appended?;
    tracing::debug!(event.type = event.event_type(), stream.position = %position, duplicate, "appended");
    if !duplicate {
        return Ok(Done {
            position,
            event: Some(event),
        });
    }
    // The server knows the command's id, not what it said: that is compared here.
    let original = recorded_at(app, position).await?;
    context.is_repeat_of(&original)?;
    Ok(Done {
        position,
        event: Some(original.event),
    })
}

fn done_before(context: &Context, history: &History) -> Result<Option<Done>, Failure> {
    if !context.repeatable {
        return Ok(None);
    }
    for recorded in &history.events {
        if context.is_repeat_of(recorded)? {
            return Ok(Some(Done {
                position: recorded.position,
                event: Some(recorded.event.clone()),
            }));
        }
    }
    Ok(None)
}

/// An event that is known to exist; a replica may be a moment behind.
pub(crate) async fn recorded_at(app: &App, position: Position) -> Result<Recorded, Failure> {
    for attempt in 1..=TRIES {
        if let Some(recorded) = app.store().event_at(position).await? {
            return Ok(recorded);
        }
        pause(attempt).await;
    }
    Err(Failure::Load(events::LoadError::Unavailable(format!(
        "the event at {position} does not show"
    ))))
}

/// Full jitter: anything up to a bound that doubles.
pub(crate) async fn pause(attempt: u32) {
    let bound = FIRST_PAUSE * 2_u32.saturating_pow(attempt - 1);
    tokio::time::sleep(bound.mul_f64(id::random_fraction())).await;
}
