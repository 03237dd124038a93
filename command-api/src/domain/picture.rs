//! Whether a person may newly refer to an uploaded image.

use chrono::{DateTime, Duration, Utc};
use events::media::{Deleted, DeletionReason, Event};
use events::{AccountId, MediaId};

/// How long after its upload an image may be put to use; what nothing uses is deleted after [`UNUSED`].
pub const USABLE: Duration = Duration::hours(12);
/// How long after its upload an image that nothing uses is deleted.
pub const UNUSED: Duration = Duration::hours(24);

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

/// What happens to an image of `owner` that is said to be used by nothing; nothing, if somebody may still put it to use.
pub fn collect(state: State, owner: AccountId, media: MediaId, now: DateTime<Utc>) -> Option<Event> {
    match state {
        State::Uploaded { at, .. } if now >= at + UNUSED => {
            delete(state, owner, media, DeletionReason::Unused)
        }
        State::Uploaded { .. } | State::Missing => None,
    }
}

/// What happens when an image of `owner` goes; nothing, if there is none, or none any more.
pub fn delete(state: State, owner: AccountId, media: MediaId, reason: DeletionReason) -> Option<Event> {
    match state {
        State::Uploaded { owner: whose, .. } if whose == owner => {
            Some(Event::Deleted(Deleted { media, owner, reason }))
        }
        State::Uploaded { .. } | State::Missing => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::Personal;
    use events::media::{Format, Uploaded};
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn an_unused_image_is_collected_after_a_day_and_its_owners_alone() {
        let (ann, ben) = (
            AccountId::from(Uuid::from_u128(1)),
            AccountId::from(Uuid::from_u128(2)),
        );
        let media = events::MediaId::from(Uuid::from_u128(9));
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let state = State::Uploaded { owner: ann, at };
        let after = |seconds| at + Duration::seconds(seconds);
        assert_eq!(collect(state, ann, media, after(24 * 3_600 - 1)), None);
        assert!(collect(state, ann, media, after(24 * 3_600)).is_some());
        assert_eq!(collect(state, ben, media, after(99 * 3_600)), None);
        assert_eq!(collect(State::Missing, ann, media, after(99 * 3_600)), None);
    }

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

    proptest! {
        /// The last event of each type tells everything, and only the owner ever uses an image.
        #[test]
        fn images(steps in prop::collection::vec((0..2_u128, any::<bool>(), 0..30_000_i64), 0..20)) {
            let media = events::MediaId::from(Uuid::from_u128(9));
            let (mut state, mut told) = (State::default(), Vec::new());
            let mut now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
            for (by, upload, seconds) in steps {
                now += Duration::seconds(seconds);
                let owner = AccountId::from(Uuid::from_u128(by));
                let event = if upload {
                    Event::Uploaded(Uploaded {
                        media, owner, format: Format::Png, bytes: 1, width: 1, height: 1, personal: Personal::Erased,
                    })
                } else {
                    match delete(state, owner, media, DeletionReason::Unused) {
                        Some(deleted) => deleted,
                        None => continue,
                    }
                };
                state = evolve(state, &event, now);
                told.push((event, now));
                let usable = check(state, owner, now).is_ok();
                prop_assert_eq!(usable, state == State::Uploaded { owner, at: now });
            }
            let last = told.iter().enumerate().filter(|(n, (event, _))| {
                told[n + 1..].iter().all(|(later, _)| later.event_type() != event.event_type())
            });
            let folded = last.fold(State::default(), |state, (_, (event, at))| evolve(state, event, *at));
            prop_assert_eq!(folded, state);
        }
    }
}
