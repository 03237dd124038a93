//! What a person changes about their own account.

use chrono::{DateTime, Duration, Utc};
use events::account::{
    Email, EmailChanged, Event, LoggedOutEverywhere, Password, PasswordChanged, PictureChanged, Profile,
    ProfileUpdated,
};
use events::{MediaId, Personal, SessionId};

use super::{Account, Refusal, State};

/// What is to change.
#[derive(Clone)]
pub enum Change {
    /// End every session.
    LogOutEverywhere {
        /// When the session that asks began: it is to end too, whatever the clocks of two machines say.
        session_started_at: DateTime<Utc>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Have another password; other sessions end.
    Password {
        /// The new password's hash.
        hash: String,
        /// The session that asks, if it is one that does.
        kept: Option<Kept>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Have another address.
    Email {
        /// The address, in lower case.
        email: String,
    },
    /// Tell something else.
    Profile(ProfileChange),
    /// Have another picture, or none.
    Avatar(Option<MediaId>),
    /// Have another picture on top of the profile, or none.
    Cover(Option<MediaId>),
}

/// Names, addresses and hashes stay out of logs.
impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::LogOutEverywhere { .. } => "LogOutEverywhere",
            Self::Password { .. } => "Password",
            Self::Email { .. } => "Email",
            Self::Profile(_) => "Profile",
            Self::Avatar(_) => "Avatar",
            Self::Cover(_) => "Cover",
        })
    }
}

/// A session that goes on when the others end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub session: SessionId,
    /// When it began.
    pub started_at: DateTime<Utc>,
}

/// What a profile is to say; what isn't given stays.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ProfileChange {
    /// How the person wants to be called.
    pub display_name: Option<String>,
    /// A few sentences.
    pub bio: Option<String>,
    /// Where the person lives.
    pub location: Option<String>,
    /// A link.
    pub website: Option<String>,
}

/// What happens to the account; nothing, where all is so already.
pub fn change(state: &State, change: Change) -> Result<Option<Event>, Refusal> {
    let account = state.active().ok_or(Refusal::Gone)?;
    Ok(match change {
        Change::LogOutEverywhere {
            session_started_at,
            at,
        } => Some(Event::LoggedOutEverywhere(LoggedOutEverywhere {
            account: account.id,
            sessions_not_before: after_all(account, at, Some(session_started_at)),
            kept_session: None,
        })),
        Change::Password { hash, kept, at } => Some(Event::PasswordChanged(PasswordChanged {
            account: account.id,
            sessions_not_before: after_all(account, at, kept.map(|kept| kept.started_at)),
            kept_session: kept.map(|kept| kept.session),
            personal: Personal::Known(Password { password_hash: hash }),
        })),
        Change::Email { email } if email == account.email => None,
        Change::Email { email } => Some(Event::EmailChanged(EmailChanged {
            account: account.id,
            personal: Personal::Known(Email { email }),
        })),
        Change::Profile(change) => profile(account, change),
        Change::Avatar(media) => {
            (account.avatar != media).then(|| Event::AvatarChanged(picture(account, media)))
        }
        Change::Cover(media) => {
            (account.cover != media).then(|| Event::CoverChanged(picture(account, media)))
        }
    })
}

/// A moment after the start of every session so far. Sessions begin no earlier than the last such moment, which
/// may lie ahead of `at` where another machine's clock is ahead of ours.
pub(super) fn after_all(account: &Account, at: DateTime<Utc>, known: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let latest = [Some(at), known, account.sessions_not_before]
        .into_iter()
        .flatten();
    latest.fold(at, DateTime::max) + Duration::milliseconds(1)
}

fn profile(account: &Account, change: ProfileChange) -> Option<Event> {
    let now = account.profile.clone();
    let profile = Profile {
        display_name: change.display_name.unwrap_or(now.display_name),
        bio: change.bio.unwrap_or(now.bio),
        location: change.location.unwrap_or(now.location),
        website: change.website.unwrap_or(now.website),
    };
    if profile == account.profile {
        return None;
    }
    Some(Event::ProfileUpdated(ProfileUpdated {
        account: account.id,
        personal: Personal::Known(profile),
    }))
}

fn picture(account: &Account, media: Option<MediaId>) -> PictureChanged {
    PictureChanged {
        account: account.id,
        media,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SignUp, decide};
    use super::*;
    use crate::domain::Aggregate;
    use events::AccountId;
    use events::account::{Erased, Registration};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + milliseconds).unwrap()
    }

    fn session(n: u128) -> SessionId {
        SessionId::from(Uuid::from_u128(n))
    }

    fn ann() -> State {
        let sign_up = SignUp {
            account: AccountId::from(Uuid::from_u128(1)),
            registration: Personal::Known(Registration {
                username: "ann".to_owned(),
                email: "ann@example.org".to_owned(),
                display_name: "Ann".to_owned(),
                password_hash: "first".to_owned(),
            }),
        };
        then(&State::default(), &decide(&State::default(), sign_up).unwrap())
    }

    fn then(state: &State, event: &Event) -> State {
        state.clone().evolve(event)
    }

    fn changed(state: &State, what: Change) -> State {
        then(state, &change(state, what).unwrap().expect("something changes"))
    }

    fn everywhere(started: i64, now: i64) -> Change {
        Change::LogOutEverywhere {
            session_started_at: at(started),
            at: at(now),
        }
    }

    fn password(hash: &str, kept: Option<(u128, i64)>, now: i64) -> Change {
        Change::Password {
            hash: hash.to_owned(),
            kept: kept.map(|(n, started)| Kept {
                session: session(n),
                started_at: at(started),
            }),
            at: at(now),
        }
    }

    #[test]
    fn logging_out_everywhere_ends_sessions_of_the_same_millisecond_and_of_a_clock_ahead() {
        let state = changed(&ann(), everywhere(50, 50));
        let account = state.active().unwrap();
        assert!(!account.allows(session(1), at(50)));
        assert!(account.allows(session(2), at(51)));
        let state = changed(&ann(), everywhere(900, 50));
        assert!(!state.active().unwrap().allows(session(1), at(900)));
        assert!(state.active().unwrap().allows(session(1), at(901)));
    }

    #[test]
    fn a_new_password_ends_every_session_but_the_one_that_set_it() {
        let state = changed(&ann(), password("second", Some((1, 10)), 100));
        let account = state.active().unwrap();
        assert_eq!(account.password_hash, "second");
        assert!(account.allows(session(1), at(10)));
        assert!(!account.allows(session(2), at(100)));
        let state = changed(&state, everywhere(10, 200));
        assert!(
            !state.active().unwrap().allows(session(1), at(10)),
            "kept once is not kept for ever"
        );
    }

    #[test]
    fn what_is_not_given_stays_and_what_is_the_same_is_nothing() {
        let bio = |text: &str| {
            Change::Profile(ProfileChange {
                bio: Some(text.to_owned()),
                ..ProfileChange::default()
            })
        };
        let state = changed(&ann(), bio("Hi"));
        let profile = &state.active().unwrap().profile;
        assert_eq!(
            (profile.display_name.as_str(), profile.bio.as_str()),
            ("Ann", "Hi")
        );
        assert_eq!(change(&state, bio("Hi")), Ok(None));
        assert_eq!(change(&state, Change::Avatar(None)), Ok(None));
        let same = Change::Email {
            email: "ann@example.org".to_owned(),
        };
        assert_eq!(change(&state, same), Ok(None));
    }

    #[test]
    fn whoever_is_gone_changes_nothing() {
        let account = AccountId::from(Uuid::from_u128(1));
        let gone = then(&ann(), &Event::Erased(Erased { account }));
        for state in [gone, leaving(&ann()), State::Unknown] {
            assert_eq!(change(&state, everywhere(0, 0)), Err(Refusal::Gone));
            assert_eq!(change(&state, Change::Cover(None)), Err(Refusal::Gone));
        }
    }

    fn leaving(state: &State) -> State {
        let names = events::NameHasher::new(&"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".into()).unwrap();
        let request = super::super::RequestErasure {
            username: names.username("ann"),
            email: names.email("ann@example.org"),
            session_started_at: at(0),
            at: at(0),
        };
        then(state, &super::super::request_erasure(state, request).unwrap())
    }

    fn any_change() -> impl Strategy<Value = Change> {
        let media = || prop::option::of((1..4_u128).prop_map(|n| MediaId::from(Uuid::from_u128(n))));
        let text = || prop::option::of("[ab]{0,1}");
        prop_oneof![
            (0..20_i64, 0..20_i64).prop_map(|(started, now)| everywhere(started, now)),
            ("[ab]", prop::option::of((1..4_u128, 0..20_i64)), 0..20_i64)
                .prop_map(|(hash, kept, now)| password(&hash, kept, now)),
            "[ab]".prop_map(|email| Change::Email { email }),
            (text(), text(), text(), text()).prop_map(|(display_name, bio, location, website)| {
                Change::Profile(ProfileChange {
                    display_name,
                    bio,
                    location,
                    website,
                })
            }),
            media().prop_map(Change::Avatar),
            media().prop_map(Change::Cover),
        ]
    }

    proptest! {
        #[test]
        fn the_last_event_of_each_type_tells_everything(changes in prop::collection::vec(any_change(), 0..30)) {
            let mut state = ann();
            let mut events: Vec<Event> = Vec::new();
            for what in changes {
                let before = state.active().unwrap().sessions_not_before;
                if let Some(event) = change(&state, what).unwrap() {
                    state = then(&state, &event);
                    events.push(event);
                }
                prop_assert!(state.active().unwrap().sessions_not_before >= before, "never back in time");
            }
            let last = events.iter().enumerate().filter(|(n, event)| {
                events[n + 1..].iter().all(|later| later.event_type() != event.event_type())
            });
            prop_assert_eq!(last.fold(ann(), |state, (_, event)| then(&state, event)), state);
        }
    }
}
