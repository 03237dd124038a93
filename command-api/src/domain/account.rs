//! An account: who a person is, and whether they may still act.

use chrono::{DateTime, Utc};
use events::account::{Event, Profile, Registration, SignedUp};
use events::{AccountId, MediaId, NameHash, Personal, SessionId};

use super::Aggregate;

mod change;
mod erasure;

pub use change::{Change, Kept, ProfileChange, change};
pub use erasure::{RequestErasure, complete_erasure, request_erasure};

/// What is known of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nobody ever signed up under this id.
    #[default]
    Unknown,
    /// A person who may act.
    Active(Box<Account>),
    /// The person asked to be forgotten and may not act any more; what is left of them is being removed.
    Leaving(Leaving),
    /// The person has been forgotten, or nothing of them can be read.
    Gone,
}

/// Somebody who asked to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Which account.
    pub id: AccountId,
    /// The name to release.
    pub username: NameHash,
    /// The address to release.
    pub email: NameHash,
}

/// A person who may act.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Which account.
    pub id: AccountId,
    /// The unique name, in lower case.
    pub username: String,
    /// The address, in lower case.
    pub email: String,
    /// What the person tells of themselves.
    pub profile: Profile,
    /// The person's picture.
    pub avatar: Option<MediaId>,
    /// The picture on top of the profile.
    pub cover: Option<MediaId>,
    /// Argon2id, in PHC string format.
    pub password_hash: String,
    /// Sessions started before this moment are over, but for the kept one.
    pub sessions_not_before: Option<DateTime<Utc>>,
    /// The session that went on when the others ended.
    pub kept_session: Option<SessionId>,
}

/// Names, addresses and hashes stay out of logs.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// Whether a session that started at `started_at` outlived everything that ended sessions.
    pub fn allows(&self, session: SessionId, started_at: DateTime<Utc>) -> bool {
        self.kept_session == Some(session)
            || self.sessions_not_before.is_none_or(|moment| started_at >= moment)
    }
}

impl State {
    /// The account, if it may act.
    pub fn active(&self) -> Option<&Account> {
        match self {
            Self::Active(account) => Some(account),
            Self::Unknown | Self::Leaving(_) | Self::Gone => None,
        }
    }
}

/// Join Echo.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The new account's id.
    pub account: AccountId,
    /// What the person gives.
    pub registration: Personal<Registration>,
}

/// Why an account doesn't change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The id is in use.
    #[error("the account exists already")]
    AlreadyExists,
    /// Nobody ever signed up under the id, or whoever did is gone.
    #[error("the account does not exist any more")]
    Gone,
}

/// Whether a person may join.
pub fn decide(state: &State, command: SignUp) -> Result<Event, Refusal> {
    match state {
        State::Unknown => Ok(Event::SignedUp(SignedUp {
            account: command.account,
            personal: command.registration,
        })),
        State::Active(_) | State::Leaving(_) | State::Gone => Err(Refusal::AlreadyExists),
    }
}

impl Aggregate for State {
    type Event = Event;

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Erased(_)) => Self::Gone,
            // Also of somebody of whom nothing can be read any more: the key goes before the rest is removed.
            (_, Event::ErasureRequested(requested)) => Self::Leaving(Leaving {
                id: requested.account,
                username: requested.username.clone(),
                email: requested.email.clone(),
            }),
            (Self::Leaving(leaving), _) => Self::Leaving(leaving),
            (Self::Gone, _) => Self::Gone,
            (_, Event::SignedUp(signed_up)) => joined(signed_up),
            (Self::Unknown, _) => Self::Unknown,
            (Self::Active(account), event) => changed(account, event),
        }
    }

    fn own(event: &events::Event) -> Option<&Event> {
        if let events::Event::Account(event) = event {
            Some(event)
        } else {
            None
        }
    }
}

/// An unreadable registration is that of a person who has been forgotten.
fn joined(signed_up: &SignedUp) -> State {
    let Personal::Known(registration) = &signed_up.personal else {
        return State::Gone;
    };
    State::Active(Box::new(Account {
        id: signed_up.account,
        username: registration.username.clone(),
        email: registration.email.clone(),
        profile: Profile {
            display_name: registration.display_name.clone(),
            bio: String::new(),
            location: String::new(),
            website: String::new(),
        },
        avatar: None,
        cover: None,
        password_hash: registration.password_hash.clone(),
        sessions_not_before: None,
        kept_session: None,
    }))
}

fn changed(mut account: Box<Account>, event: &Event) -> State {
    match event {
        Event::ProfileUpdated(updated) => {
            if let Personal::Known(profile) = &updated.personal {
                account.profile.clone_from(profile);
            }
        }
        Event::AvatarChanged(changed) => account.avatar = changed.media,
        Event::CoverChanged(changed) => account.cover = changed.media,
        Event::PasswordChanged(changed) => {
            if let Personal::Known(password) = &changed.personal {
                account.password_hash.clone_from(&password.password_hash);
            }
            account.sessions_not_before = Some(changed.sessions_not_before);
            account.kept_session = changed.kept_session;
        }
        Event::EmailChanged(changed) => {
            if let Personal::Known(address) = &changed.personal {
                account.email.clone_from(&address.email);
            }
        }
        Event::LoggedOutEverywhere(everywhere) => {
            account.sessions_not_before = Some(everywhere.sessions_not_before);
            account.kept_session = everywhere.kept_session;
        }
        // `evolve` has dealt with these.
        Event::SignedUp(_) | Event::ErasureRequested(_) | Event::Erased(_) => {}
    }
    State::Active(account)
}
