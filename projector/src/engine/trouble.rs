//! What can go wrong while a shard is followed, and how long to wait before the next try.

use std::time::Duration;

use events::{LoadError, Position, ReadError, Recorded};

use crate::{
    ApplyError,
    engine::{documents::DatabaseError, health::Lack, ownership::OwnershipError, source::SourceError},
};

/// The first pause after a failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often an event that can't be applied is tried before it is parked.
pub(crate) const TRIES: u32 = 5;

/// Why the stream is not followed any further for now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error(transparent)]
    Owner(#[from] OwnershipError),
    #[error(transparent)]
    Open(#[from] LoadError),
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Deterministic: nothing but another version of the code or of the event helps.
    #[error(transparent)]
    Poison(#[from] Box<Poison>),
}

/// An event that can't be applied, whatever happens meanwhile.
#[derive(Debug, thiserror::Error)]
#[error("the event at {position} can't be applied: {cause}")]
pub(crate) struct Poison {
    pub(crate) position: Position,
    pub(crate) subject: String,
    pub(crate) key: String,
    pub(crate) cause: Cause,
}

/// What is wrong with an event.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error(transparent)]
    Unreadable(#[from] LoadError),
    #[error(transparent)]
    Refused(#[from] ApplyError),
    #[error(transparent)]
    Unwritable(#[from] DatabaseError),
}

impl Poison {
    /// Of an event that could be read.
    pub(crate) fn of(event: &Recorded, cause: impl Into<Cause>) -> Box<Self> {
        Box::new(Self {
            position: event.position,
            subject: event.subject.to_string(),
            key: event.routing_key().into_owned(),
            cause: cause.into(),
        })
    }
}

impl Trouble {
    /// What the trouble is about, for operators.
    pub(crate) fn lack(&self) -> Lack {
        match self {
            Self::Owner(_) => Lack::Database,
            Self::Source(SourceError::Read(ReadError::Missing(_))) => Lack::Damage,
            Self::Open(_) | Self::Source(SourceError::Read(_) | SourceError::Open(_)) => Lack::Events,
            Self::Source(SourceError::Keys(_)) => Lack::Keys,
            Self::Poison(_) => Lack::Event,
        }
    }
}

/// An error with its causes, for operators.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Pauses that grow, with jitter.
pub(crate) struct Pause {
    next: Duration,
}

impl Default for Pause {
    fn default() -> Self {
        Self { next: FIRST_PAUSE }
    }
}

impl Pause {
    /// Begins with short pauses again.
    pub(crate) fn reset(&mut self) {
        self.next = FIRST_PAUSE;
    }

    /// The next pause.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.next.min(LONGEST_PAUSE);
        self.next = pause * 2;
        pause.mul_f64(0.5 + platform::id::random_fraction() / 2.0)
    }
}
