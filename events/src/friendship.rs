//! What happens between two people.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, Pair,
    personal::{aggregate_events, open},
};

aggregate_events! {
    /// Everything that can happen between two people. The pair is one aggregate, so two requests that
    /// cross each other can't both stand.
    pub enum Event {
        /// `by` asks `other`.
        "requested" 1 => Requested(Step),
        /// `by` accepts what `other` asked.
        "accepted" 1 => Accepted(Step),
        /// `by` declines what `other` asked.
        "declined" 1 => Declined(Step),
        /// `by` takes back what it asked `other`.
        "cancelled" 1 => Cancelled(Step),
        /// `by` ends the friendship with `other`.
        "removed" 1 => Removed(Step),
        /// `by` blocks `other`; friendship and requests end with it.
        "blocked" 1 => Blocked(Blocking),
        /// `by` lifts its block of `other`.
        "unblocked" 1 => Unblocked(Blocking),
    }
}

impl Event {
    /// Who did it.
    pub fn by(&self) -> AccountId {
        self.people().0
    }

    /// To whom.
    pub fn other(&self) -> AccountId {
        self.people().1
    }

    /// The two; `None` for an event that names one person twice, which is never written.
    pub fn pair(&self) -> Option<Pair> {
        let (by, other) = self.people();
        Pair::of(by, other)
    }

    fn people(&self) -> (AccountId, AccountId) {
        match self {
            Self::Requested(step)
            | Self::Accepted(step)
            | Self::Declined(step)
            | Self::Cancelled(step)
            | Self::Removed(step) => (step.by, step.other),
            Self::Blocked(blocking) | Self::Unblocked(blocking) => (blocking.by, blocking.other),
        }
    }
}

/// One person's step towards another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Who did it.
    pub by: AccountId,
    /// To whom.
    pub other: AccountId,
}

/// A block set or lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocking {
    /// Who did it.
    pub by: AccountId,
    /// To whom.
    pub other: AccountId,
    /// All who block the other one now: none, one or both of the pair, in order.
    pub blocked_by: Vec<AccountId>,
}

open!(Step, Blocking);
