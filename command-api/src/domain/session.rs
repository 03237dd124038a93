//! A signed-in device and its refresh token, which is replaced at every use.

use chrono::{DateTime, Duration, Utc};
use events::session::{Device, Event, RevocationReason, Revoked, Session};
use events::{AccountId, Personal, SessionId};

use super::Aggregate;

/// How long a refresh token lives from its last use.
pub const REFRESH_LIFETIME: Duration = Duration::days(30);
/// How long the token that was just replaced is still honoured: two tabs at once, or an answer that got lost.
pub const GRACE: Duration = Duration::seconds(60);

/// What is known of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// There never was one, or it expired long ago.
    #[default]
    Unknown,
    /// As it stands.
    Active(Session),
    /// It ended before its time.
    Revoked,
}

/// What can be done about a session.
#[derive(Clone)]
pub enum Command {
    /// Sign in.
    Start {
        /// The new session.
        session: SessionId,
        /// Whose.
        account: AccountId,
        /// What is told of the device.
        device: Device,
        /// When.
        at: DateTime<Utc>,
        /// How long the session may last, however often it is used.
        lifetime: Duration,
    },
    /// Use the refresh token of this generation.
    Refresh {
        /// The generation of the token presented, whose authenticity has been checked.
        generation: u32,
        /// When.
        at: DateTime<Utc>,
        /// How long the session may last from its start on.
        lifetime: Duration,
    },
    /// End it.
    Revoke {
        /// Why.
        reason: RevocationReason,
    },
}

/// Why a session doesn't change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The id is in use.
    #[error("the session exists already")]
    AlreadyExists,
    /// There is none.
    #[error("there is no such session")]
    Unknown,
    /// It has been revoked.
    #[error("the session has been revoked")]
    Revoked,
    /// It wasn't used for too long, or has lasted as long as any may.
    #[error("the session has expired")]
    Expired,
    /// The token is newer than all that is known of the session: what was loaded is not the latest.
    #[error("the token is newer than the session")]
    Ahead,
}

/// What happens to the session.
///
/// Nothing happens where a token within its grace is honoured, or an ended session is ended again. A token that was
/// replaced longer ago is in two hands: that revokes the session, and the caller must be refused.
pub fn decide(state: &State, command: Command) -> Result<Option<Event>, Refusal> {
    match command {
        Command::Start {
            session,
            account,
            device,
            at,
            lifetime,
        } => match state {
            State::Unknown => Ok(Some(Event::Started(Session {
                session,
                account,
                generation: 0,
                started_at: at,
                refreshed_at: at,
                expires_at: at + REFRESH_LIFETIME.min(lifetime),
                personal: Personal::Known(device),
            }))),
            State::Active(_) | State::Revoked => Err(Refusal::AlreadyExists),
        },
        Command::Refresh {
            generation,
            at,
            lifetime,
        } => refresh(state, generation, at, lifetime),
        Command::Revoke { reason } => match state {
            State::Active(session) => Ok(Some(revoked(session, reason))),
            State::Unknown | State::Revoked => Ok(None),
        },
    }
}

fn refresh(
    state: &State,
    generation: u32,
    at: DateTime<Utc>,
    lifetime: Duration,
) -> Result<Option<Event>, Refusal> {
    let session = match state {
        State::Unknown => return Err(Refusal::Unknown),
        State::Revoked => return Err(Refusal::Revoked),
        State::Active(session) => session,
    };
    let end = session.started_at + lifetime;
    if at >= session.expires_at.min(end) {
        return Err(Refusal::Expired);
    }
    if generation > session.generation {
        Err(Refusal::Ahead)
    } else if generation == session.generation {
        Ok(Some(Event::Refreshed(Session {
            generation: generation.saturating_add(1),
            refreshed_at: at,
            expires_at: end.min(at + REFRESH_LIFETIME),
            ..session.clone()
        })))
    } else if generation + 1 == session.generation && at <= session.refreshed_at + GRACE {
        Ok(None)
    } else {
        Ok(Some(revoked(session, RevocationReason::RefreshReused)))
    }
}

fn revoked(session: &Session, reason: RevocationReason) -> Event {
    Event::Revoked(Revoked {
        session: session.session,
        account: session.account,
        reason,
    })
}

impl Aggregate for State {
    type Event = Event;

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Revoked, _) | (_, Event::Revoked(_)) => Self::Revoked,
            (Self::Unknown | Self::Active(_), Event::Started(session) | Event::Refreshed(session)) => {
                Self::Active(session.clone())
            }
        }
    }

    fn own(event: &events::Event) -> Option<&Event> {
        if let events::Event::Session(event) = event {
            Some(event)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const LIFETIME: Duration = Duration::days(180);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn device() -> Device {
        Device {
            user_agent: "Firefox".to_owned(),
            address_prefix: "192.0.2".to_owned(),
        }
    }

    fn start() -> Command {
        let (session, account) = (
            SessionId::from(Uuid::from_u128(1)),
            AccountId::from(Uuid::from_u128(2)),
        );
        Command::Start {
            session,
            account,
            device: device(),
            at: at(0),
            lifetime: LIFETIME,
        }
    }

    fn then(state: &State, command: Command) -> State {
        let event = decide(state, command).unwrap().expect("something happens");
        state.clone().evolve(&event)
    }

    fn refresh(generation: u32, seconds: i64) -> Command {
        Command::Refresh {
            generation,
            at: at(seconds),
            lifetime: LIFETIME,
        }
    }

    fn started() -> State {
        then(&State::default(), start())
    }

    #[test]
    fn each_refresh_makes_a_new_token_and_lengthens_the_session() {
        let state = then(&started(), refresh(0, 100));
        let State::Active(session) = &state else {
            panic!("active")
        };
        assert_eq!(
            (session.generation, session.refreshed_at, session.started_at),
            (1, at(100), at(0))
        );
        assert_eq!(session.expires_at, at(100) + REFRESH_LIFETIME);
        assert!(matches!(
            decide(&state, refresh(1, 200)),
            Ok(Some(Event::Refreshed(_)))
        ));
    }

    #[test]
    fn the_token_just_replaced_is_honoured_for_a_minute_without_an_event() {
        let state = then(&started(), refresh(0, 100));
        assert_eq!(decide(&state, refresh(0, 160)), Ok(None));
        assert!(matches!(
            decide(&state, refresh(0, 161)),
            Ok(Some(Event::Revoked(_)))
        ));
    }

    #[test]
    fn an_older_token_revokes_the_session_even_within_the_minute() {
        let state = then(&then(&started(), refresh(0, 100)), refresh(1, 101));
        let Ok(Some(Event::Revoked(revoked))) = decide(&state, refresh(0, 102)) else {
            panic!("revoked")
        };
        assert_eq!(revoked.reason, RevocationReason::RefreshReused);
        let state = state.evolve(&Event::Revoked(revoked));
        assert_eq!(decide(&state, refresh(2, 103)), Err(Refusal::Revoked));
    }

    #[test]
    fn a_session_dies_of_disuse() {
        let last = REFRESH_LIFETIME.num_seconds();
        assert!(decide(&started(), refresh(0, last - 1)).is_ok());
        assert_eq!(decide(&started(), refresh(0, last)), Err(Refusal::Expired));
    }

    #[test]
    fn session_ends_however_often_it_is_used() {
        let (end, step) = (LIFETIME.num_seconds(), REFRESH_LIFETIME.num_seconds() - 1);
        let (mut state, mut generation, mut now) = (started(), 0, 0);
        while now + step < end {
            now += step;
            state = then(&state, refresh(generation, now));
            generation += 1;
        }
        let State::Active(session) = &state else {
            panic!("active")
        };
        assert_eq!(session.expires_at, at(end), "no token outlives its session");
        let last = decide(&state, refresh(generation, end - 1));
        assert!(matches!(last, Ok(Some(Event::Refreshed(_)))));
        assert_eq!(decide(&state, refresh(generation, end)), Err(Refusal::Expired));
        // Also one that began when sessions had no end, and one that may be honoured for a minute.
        let before = Session {
            expires_at: at(end) + REFRESH_LIFETIME,
            ..session.clone()
        };
        let before = State::Active(before);
        assert_eq!(decide(&before, refresh(generation, end)), Err(Refusal::Expired));
        assert_eq!(
            decide(&before, refresh(generation - 1, end)),
            Err(Refusal::Expired)
        );
        let short = Command::Start {
            session: session.session,
            account: session.account,
            device: device(),
            at: at(0),
            lifetime: Duration::days(1),
        };
        let State::Active(session) = then(&State::Unknown, short) else {
            panic!("active")
        };
        assert_eq!(session.expires_at, at(0) + Duration::days(1));
    }

    #[test]
    fn a_token_from_nowhere_is_refused() {
        assert_eq!(decide(&State::Unknown, refresh(0, 0)), Err(Refusal::Unknown));
        assert_eq!(decide(&started(), refresh(1, 0)), Err(Refusal::Ahead));
    }

    #[test]
    fn ending_a_session_twice_is_one_event() {
        let revoke = || Command::Revoke {
            reason: RevocationReason::LoggedOut,
        };
        let state = then(&started(), revoke());
        assert_eq!(decide(&state, revoke()), Ok(None));
        assert_eq!(decide(&State::Unknown, revoke()), Ok(None));
    }
}
