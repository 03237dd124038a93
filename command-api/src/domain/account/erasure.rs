//! How a person is forgotten, as far as the account goes.

use chrono::{DateTime, Duration, Utc};
use events::NameHash;
use events::account::{Erased, ErasureRequested, Event};

use super::change::after_all;
use super::{Refusal, State};

/// By so much another machine's clock may be ahead of ours. No session begins any more, so it costs nothing.
const CLOCKS_APART: Duration = Duration::hours(1);

/// Be forgotten.
#[derive(Clone, Debug)]
pub struct RequestErasure {
    /// The pseudonym of the name as it is now: nobody can tell it any more once the key is gone.
    pub username: NameHash,
    /// The same for the address.
    pub email: NameHash,
    /// When the session that asks began.
    pub session_started_at: DateTime<Utc>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Whether a person may be forgotten: once. From here on the account can do nothing, and every session is over.
pub fn request_erasure(state: &State, command: RequestErasure) -> Result<Event, Refusal> {
    let account = state.active().ok_or(Refusal::Gone)?;
    let RequestErasure {
        username,
        email,
        session_started_at,
        at,
    } = command;
    Ok(Event::ErasureRequested(ErasureRequested {
        account: account.id,
        sessions_not_before: after_all(account, at, Some(session_started_at)) + CLOCKS_APART,
        username,
        email,
    }))
}

/// What happens when nothing of the person is left; nothing, if it has happened or nobody asked for it.
pub fn complete_erasure(state: &State) -> Option<Event> {
    match state {
        State::Leaving(leaving) => Some(Event::Erased(Erased { account: leaving.id })),
        State::Unknown | State::Active(_) | State::Gone => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Aggregate;
    use crate::domain::account::{Leaving, SignUp, decide};
    use events::account::Registration;
    use events::{AccountId, NameHasher, Personal};
    use uuid::Uuid;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn ann() -> AccountId {
        AccountId::from(Uuid::from_u128(1))
    }

    fn names() -> (NameHash, NameHash) {
        let hasher = NameHasher::new(&"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".into()).unwrap();
        (hasher.username("ann"), hasher.email("ann@example.org"))
    }

    fn request(started: i64, now: i64) -> RequestErasure {
        let (username, email) = names();
        RequestErasure {
            username,
            email,
            session_started_at: at(started),
            at: at(now),
        }
    }

    fn signed_up(personal: Personal<Registration>) -> Event {
        let sign_up = SignUp {
            account: ann(),
            registration: personal,
        };
        decide(&State::Unknown, sign_up).unwrap()
    }

    fn readable() -> Event {
        signed_up(Personal::Known(Registration {
            username: "ann".to_owned(),
            email: "ann@example.org".to_owned(),
            display_name: "Ann".to_owned(),
            password_hash: String::new(),
        }))
    }

    fn fold(events: &[Event]) -> State {
        events.iter().fold(State::default(), State::evolve)
    }

    #[test]
    fn who_asks_to_be_forgotten_is_signed_out_everywhere_whatever_the_clocks_say() {
        for (started, now) in [(0, 10), (20, 10)] {
            let event = request_erasure(&fold(&[readable()]), request(started, now)).unwrap();
            let Event::ErasureRequested(requested) = event else {
                panic!("a request")
            };
            assert!(requested.sessions_not_before > at(started.max(now)) + Duration::minutes(59));
        }
    }

    #[test]
    fn nobody_is_forgotten_twice_nor_without_having_asked() {
        let requested = request_erasure(&fold(&[readable()]), request(0, 1)).unwrap();
        let leaving = fold(&[readable(), requested.clone()]);
        let erased = complete_erasure(&leaving).unwrap();
        let gone = fold(&[readable(), requested, erased]);
        for state in [State::Unknown, leaving, gone.clone()] {
            assert_eq!(request_erasure(&state, request(0, 2)), Err(Refusal::Gone));
        }
        for state in [State::Unknown, fold(&[readable()]), gone] {
            assert_eq!(complete_erasure(&state), None);
        }
    }

    #[test]
    fn what_is_left_to_do_is_known_although_nothing_can_be_read_any_more() {
        let requested = request_erasure(&fold(&[readable()]), request(0, 1)).unwrap();
        let (username, email) = names();
        let leaving = State::Leaving(Leaving {
            id: ann(),
            username,
            email,
        });
        assert_eq!(fold(&[signed_up(Personal::Erased), requested.clone()]), leaving);
        assert_eq!(fold(&[readable(), requested]), leaving);
    }
}
