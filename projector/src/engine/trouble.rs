//! What can go wrong while a shard is followed, and how long to wait before the next try.

use std::time::Duration;

use events::{LoadError, Position};

use crate::{
    ApplyError,
    engine::{health::Lack, ownership::OwnershipError, source::SourceError},
};

/// The first pause after a failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause after failures of the infrastructure.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause before an event that can't be applied is tried again.
const LONGEST_PAUSE_BEFORE_POISON: Duration = Duration::from_secs(30);

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
    #[error("the event at {position} can't be applied: {cause}")]
    Poison { position: Position, cause: Poison },
}

/// What is wrong with an event.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Poison {
    #[error(transparent)]
    Unreadable(LoadError),
    #[error(transparent)]
    Refused(ApplyError),
}

impl Trouble {
    /// What the trouble is about, for operators.
    pub(crate) fn lack(&self) -> Lack {
        match self {
            Self::Owner(_) => Lack::Database,
            Self::Open(_) | Self::Source(SourceError::Read(_)) => Lack::Events,
            Self::Source(SourceError::Keys(_)) => Lack::Keys,
            Self::Poison { .. } => Lack::Event,
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
    limit: Duration,
}

impl Default for Pause {
    fn default() -> Self {
        Self {
            next: FIRST_PAUSE,
            limit: LONGEST_PAUSE,
        }
    }
}

impl Pause {
    /// Begins with short pauses again.
    pub(crate) fn reset(&mut self) {
        self.next = FIRST_PAUSE;
    }

    /// Pauses up to what suits the trouble.
    pub(crate) fn limit_for(&mut self, trouble: &Trouble) {
        self.limit = match trouble {
            Trouble::Poison { .. } => LONGEST_PAUSE_BEFORE_POISON,
            Trouble::Owner(_) | Trouble::Open(_) | Trouble::Source(_) => LONGEST_PAUSE,
        };
    }

    /// The next pause.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.next.min(self.limit);
        self.next = pause * 2;
        pause.mul_f64(0.5 + platform::id::random_fraction() / 2.0)
    }
}
