//! What happens to an account.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, MediaId, NameHash, Personal, SessionId,
    personal::{aggregate_events, open, sealed},
};

aggregate_events! {
    /// Everything that can happen to an account. Each event carries the whole facet that it changes.
    pub enum Event {
        /// A person joined.
        "signed_up" 1 => SignedUp(SignedUp),
        /// The profile reads otherwise now.
        "profile_updated" 1 => ProfileUpdated(ProfileUpdated),
        /// Another picture of the person, or none.
        "avatar_changed" 1 => AvatarChanged(PictureChanged),
        /// Another picture on top of the profile, or none.
        "cover_changed" 1 => CoverChanged(PictureChanged),
        /// Another password; other sessions end.
        "password_changed" 1 => PasswordChanged(PasswordChanged),
        /// Another address, which the person has confirmed.
        "email_changed" 1 => EmailChanged(EmailChanged),
        /// Every session but perhaps one ended.
        "logged_out_everywhere" 1 => LoggedOutEverywhere(LoggedOutEverywhere),
        /// The person asked to be forgotten: from here on the account can do nothing.
        "erasure_requested" 1 => ErasureRequested(ErasureRequested),
        /// Nothing personal is left.
        "erased" 1 => Erased(Erased),
    }
}

/// See [`Event::SignedUp`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedUp {
    /// Who.
    pub account: AccountId,
    /// The name, the address, the password's hash.
    #[serde(skip)]
    pub personal: Personal<Registration>,
}

/// What a person gives on signing up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The unique name, in lower case.
    pub username: String,
    /// The address, in lower case.
    pub email: String,
    /// How the person wants to be called.
    pub display_name: String,
    /// Argon2id, in PHC string format.
    pub password_hash: String,
}

/// See [`Event::ProfileUpdated`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileUpdated {
    /// Whose.
    pub account: AccountId,
    /// The whole profile as it reads now.
    #[serde(skip)]
    pub personal: Personal<Profile>,
}

/// What a person tells of themselves. Empty texts stand for nothing told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// How the person wants to be called.
    pub display_name: String,
    /// A few sentences.
    pub bio: String,
    /// Where the person lives.
    pub location: String,
    /// A link.
    pub website: String,
}

/// See [`Event::AvatarChanged`] and [`Event::CoverChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureChanged {
    /// Whose.
    pub account: AccountId,
    /// The picture, or none.
    pub media: Option<MediaId>,
}

/// See [`Event::PasswordChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordChanged {
    /// Whose.
    pub account: AccountId,
    /// Tokens issued before are void.
    pub sessions_not_before: DateTime<Utc>,
    /// The session that changed it goes on.
    pub kept_session: Option<SessionId>,
    /// The new password's hash.
    #[serde(skip)]
    pub personal: Personal<Password>,
}

/// A password, as far as it is ever stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Password {
    /// Argon2id, in PHC string format.
    pub password_hash: String,
}

/// See [`Event::EmailChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailChanged {
    /// Whose.
    pub account: AccountId,
    /// The new address.
    #[serde(skip)]
    pub personal: Personal<Email>,
}

/// An address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// In lower case.
    pub email: String,
}

/// See [`Event::LoggedOutEverywhere`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedOutEverywhere {
    /// Who.
    pub account: AccountId,
    /// Tokens issued before are void.
    pub sessions_not_before: DateTime<Utc>,
    /// A session that goes on, if any.
    pub kept_session: Option<SessionId>,
}

/// See [`Event::ErasureRequested`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRequested {
    /// Who.
    pub account: AccountId,
    /// Tokens issued before are void.
    pub sessions_not_before: DateTime<Utc>,
    /// The names to release once the key is gone and they can no longer be read.
    pub username: NameHash,
    /// As above, for the address.
    pub email: NameHash,
}

/// See [`Event::Erased`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Who was forgotten.
    pub account: AccountId,
}

sealed!(SignedUp => account, ProfileUpdated => account, PasswordChanged => account, EmailChanged => account);
open!(PictureChanged, LoggedOutEverywhere, ErasureRequested, Erased);
