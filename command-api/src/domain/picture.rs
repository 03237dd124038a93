//! Whether a person may newly refer to an uploaded image.

use chrono::{DateTime, Duration, Utc};
use events::AccountId;
use events::media::Event;

/// How long after its upload an image may be put to use; what nothing uses is deleted after twice that time.
pub const USABLE: Duration = Duration::hours(12);

/// What is known of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// There is none, or none any more.
    #[default]
    Missing,
    /// It is in the store.
    Uploaded {
        /// Whose.
        owner: AccountId,
        /// Since when.
        at: DateTime<Utc>,
    },
}

/// Why an image can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is none, or it is somebody else's: which of both is nobody's business.
    #[error("this is none of the caller's images")]
    NotYours,
    /// It was uploaded too long ago.
    #[error("the image was uploaded too long ago")]
    Expired,
}

/// The state after `event`, which happened at `at`.
#[must_use]
pub fn evolve(_state: State, event: &Event, at: DateTime<Utc>) -> State {
    match event {
        Event::Uploaded(uploaded) => State::Uploaded {
            owner: uploaded.owner,
            at,
        },
        Event::Deleted(_) => State::Missing,
    }
}

/// Whether `by` may use the image from `now` on.
pub fn check(state: State, by: AccountId, now: DateTime<Utc>) -> Result<(), Refusal> {
    match state {
        State::Uploaded { owner, at } if owner == by && now < at + USABLE => Ok(()),
        State::Uploaded { owner, .. } if owner == by => Err(Refusal::Expired),
        State::Uploaded { .. } | State::Missing => Err(Refusal::NotYours),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn only_ones_own_image_of_the_last_twelve_hours_can_be_used() {
        let (ann, ben) = (
            AccountId::from(Uuid::from_u128(1)),
            AccountId::from(Uuid::from_u128(2)),
        );
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let state = State::Uploaded { owner: ann, at };
        let later = |seconds| at + Duration::seconds(seconds);
        assert_eq!(check(state, ann, later(12 * 3_600 - 1)), Ok(()));
        assert_eq!(check(state, ann, later(12 * 3_600)), Err(Refusal::Expired));
        assert_eq!(check(state, ben, later(0)), Err(Refusal::NotYours));
        assert_eq!(check(state, ben, later(99 * 3_600)), Err(Refusal::NotYours));
        assert_eq!(check(State::Missing, ann, later(0)), Err(Refusal::NotYours));
    }
}
