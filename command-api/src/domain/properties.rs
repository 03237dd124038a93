//! What holds for every aggregate, whatever is asked of it.

use std::fmt::Debug;

use chrono::{DateTime, Duration, Utc};
use events::account::{
    Email, EmailChanged, LoggedOutEverywhere, Password, PasswordChanged, PictureChanged, Profile,
    ProfileUpdated, Registration,
};
use events::friendship::Blocking;
use events::post::{Block, Content, Version, Visibility};
use events::session::{Device, RevocationReason};
use events::{
    AccountId, Event, MediaId, NameHasher, Pair, Personal, PostId, SessionId, dm as chat, name as names,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::friendship::What;
use super::{Aggregate, account, dm, friendship, name, post, session};

/// The state that was kept while deciding is the fold of the events, and also the fold of the last event of each
/// type: which is all that is ever loaded.
fn check<S: Aggregate + PartialEq + Debug>(kept: &S, events: &[Event]) {
    assert_eq!(kept, &S::fold(events), "fold of all events");
    assert_eq!(
        kept,
        &S::fold(&last_of_each_type(events)),
        "fold of the last of each type"
    );
}

fn last_of_each_type(events: &[Event]) -> Vec<Event> {
    let is_last = |n: &usize| {
        events[n + 1..]
            .iter()
            .all(|later| later.event_type() != events[*n].event_type())
    };
    (0..events.len())
        .filter(is_last)
        .map(|n| events[n].clone())
        .collect()
}

/// Takes what was decided into the state and the list of events; nothing, where it was refused.
fn take<S: Aggregate>(state: &mut S, events: &mut Vec<Event>, decided: Option<S::Event>) {
    if let Some(event) = decided {
        *state = state.clone().evolve(&event);
        events.push(event.into());
    }
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn person(n: u8) -> AccountId {
    AccountId::from(id(u128::from(n) + 1))
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        Just(What::Request),
        Just(What::Accept),
        Just(What::Decline),
        Just(What::Cancel),
        Just(What::Remove)
    ]
}

proptest! {
    #[test]
    fn friendships(steps in prop::collection::vec((0..2_u8, what(), 0..8_u8), 0..40)) {
        let (mut state, mut events) = (friendship::State::default(), Vec::new());
        for (by, what, block) in steps {
            let (by, other) = (person(by), person(1 - by));
            let mut blocked_by = state.blocked_by.clone();
            let decided = match (block, blocked_by.contains(&by)) {
                (0, false) => {
                    blocked_by.push(by);
                    blocked_by.sort();
                    Some(events::friendship::Event::Blocked(Blocking { by, other, blocked_by }))
                }
                (1, true) => {
                    blocked_by.retain(|account| *account != by);
                    Some(events::friendship::Event::Unblocked(Blocking { by, other, blocked_by }))
                }
                _ => friendship::decide(&state, friendship::Command { by, other, what }).ok(),
            };
            take(&mut state, &mut events, decided);
        }
        check(&state, &events);
    }

    #[test]
    fn posts(steps in prop::collection::vec((0..2_u8, 0..3_u8, any::<bool>(), 0..3_u8), 0..20)) {
        let (mut state, mut events) = (post::State::default(), Vec::new());
        for (by, what, public, text) in steps {
            let by = person(by);
            let content = Content { blocks: vec![Block::Text { text: text.to_string() }] };
            let visibility = if public { Visibility::Public } else { Visibility::Friends };
            let command = match what {
                0 => post::Command::Publish(Version {
                    post: PostId::from(id(9)), author: by, visibility, personal: Personal::Known(content),
                }),
                1 => post::Command::Edit { by, content: (text > 0).then_some(content), visibility: Some(visibility) },
                _ => post::Command::Delete { by },
            };
            let decided = post::decide(&state, command).ok().flatten();
            take(&mut state, &mut events, decided);
        }
        check(&state, &events);
    }

    #[test]
    fn sessions(steps in prop::collection::vec((0..4_u8, 0..6_u32, 0..90_i64), 0..30)) {
        let (mut state, mut events, mut now) = (session::State::default(), Vec::new(), at(0));
        for (what, generation, seconds) in steps {
            now += Duration::seconds(seconds);
            let command = match what {
                0 => session::Command::Start {
                    session: SessionId::from(id(9)),
                    account: person(0),
                    device: Device { user_agent: String::new(), address_prefix: String::new() },
                    at: now,
                    lifetime: Duration::days(180),
                },
                1 | 2 => session::Command::Refresh { generation, at: now, lifetime: Duration::days(180) },
                _ => session::Command::Revoke { reason: RevocationReason::LoggedOut },
            };
            let decided = session::decide(&state, command).ok().flatten();
            take(&mut state, &mut events, decided);
        }
        check(&state, &events);
    }

    #[test]
    fn conversations(steps in prop::collection::vec((0..2_u8, 0..4_u8, 1..50_u64), 0..30)) {
        let (mut state, mut events) = (dm::State::default(), Vec::new());
        let pair = Pair::of(person(0), person(1)).unwrap();
        let friends = friendship::State { relation: friendship::Relation::Friends, ..Default::default() };
        for (by, what, sequence) in steps {
            let (by, other) = (person(by), person(1 - by));
            let message = chat::Message { text: String::new(), media: Vec::new() };
            let decided = match what {
                0 => dm::send(&friends, dm::Send { from: by, to: other, client_id: id(7), message }).ok(),
                1 => Some(chat::Event::Edited(chat::Edited {
                    from: by, to: other, client_id: id(7), sent: sequence, personal: Personal::Known(message),
                })),
                _ => dm::mark_read(&friendship::State::default(), state, dm::MarkRead { pair, by, other, up_to: sequence }),
            };
            take(&mut state, &mut events, decided);
        }
        check(&state, &events);
    }

    #[test]
    fn accounts(steps in prop::collection::vec((0..9_u8, 0..5_u8), 0..30)) {
        let (mut state, mut events) = (account::State::default(), Vec::new());
        let registration = Personal::Known(Registration {
            username: "ann".to_owned(),
            email: "ann@example.org".to_owned(),
            display_name: "Ann".to_owned(),
            password_hash: String::new(),
        });
        let sign_up = account::SignUp { account: person(0), registration };
        let joined = account::decide(&state, sign_up.clone()).ok();
        take(&mut state, &mut events, joined);
        for (what, value) in steps {
            let decided = what_happens(what, value, &sign_up, &state);
            take(&mut state, &mut events, decided);
        }
        check(&state, &events);
    }

    #[test]
    fn names_are_held_by_one_at_most(steps in prop::collection::vec((0..3_u8, any::<bool>()), 0..30)) {
        let (mut state, mut events) = (name::State::default(), Vec::new());
        for (by, claim) in steps {
            let holder = names::Holder { account: person(by) };
            let decided = match state {
                name::State::Held(account) if account == person(by) && !claim => Some(names::Event::Released(holder)),
                name::State::Free | name::State::Held(_) => name::decide(&state, person(by)).ok(),
            };
            if let Some(event) = decided {
                state = name::evolve(state, &event);
                events.push(Event::Username(event));
            }
        }
        prop_assert_eq!(state, name::fold(&events));
        prop_assert_eq!(state, name::fold(&last_of_each_type(&events)));
    }
}

/// Something that may happen to an account; sometimes it is refused.
fn what_happens(
    what: u8,
    value: u8,
    sign_up: &account::SignUp,
    state: &account::State,
) -> Option<events::account::Event> {
    use events::account::Event as Happened;
    let account = person(0);
    let moment = at(i64::from(value));
    Some(match what {
        0 => return account::decide(state, sign_up.clone()).ok(),
        1 => Happened::ProfileUpdated(ProfileUpdated {
            account,
            personal: Personal::Known(Profile {
                display_name: value.to_string(),
                bio: String::new(),
                location: String::new(),
                website: String::new(),
            }),
        }),
        2 => Happened::AvatarChanged(PictureChanged {
            account,
            media: (value > 0).then(|| MediaId::from(id(u128::from(value)))),
        }),
        3 => Happened::CoverChanged(PictureChanged { account, media: None }),
        4 => Happened::PasswordChanged(PasswordChanged {
            account,
            sessions_not_before: moment,
            kept_session: None,
            personal: Personal::Known(Password {
                password_hash: value.to_string(),
            }),
        }),
        5 => Happened::EmailChanged(EmailChanged {
            account,
            personal: Personal::Known(Email {
                email: value.to_string(),
            }),
        }),
        6 => Happened::LoggedOutEverywhere(LoggedOutEverywhere {
            account,
            sessions_not_before: moment,
            kept_session: Some(SessionId::from(id(u128::from(value)))),
        }),
        7 if value == 0 => {
            let hasher = NameHasher::new(&"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".into()).unwrap();
            let request = account::RequestErasure {
                username: hasher.username("ann"),
                email: hasher.email("ann@example.org"),
                session_started_at: moment,
                at: moment,
            };
            return account::request_erasure(state, request).ok();
        }
        8 => return account::complete_erasure(state),
        _ => return None,
    })
}
