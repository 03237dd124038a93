//! What happens to a signed-in device. These events expire with their stream.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, Personal, SessionId,
    personal::{aggregate_events, open, sealed},
};

aggregate_events! {
    /// Everything that can happen to a session.
    pub enum Event {
        /// A device signed in.
        "started" 1 => Started(Session),
        /// Its refresh token was replaced. Carries the whole session, for `started` may have expired.
        "refreshed" 1 => Refreshed(Session),
        /// It ended before its time.
        "revoked" 1 => Revoked(Revoked),
    }
}

/// A session as it stands from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Which.
    pub session: SessionId,
    /// Whose.
    pub account: AccountId,
    /// How often the refresh token has been replaced; it is derived from this number, not stored.
    pub generation: u32,
    /// When the device signed in.
    pub started_at: DateTime<Utc>,
    /// When the current refresh token was made.
    pub refreshed_at: DateTime<Utc>,
    /// When the refresh token dies unless it is replaced.
    pub expires_at: DateTime<Utc>,
    /// What shows the person which device it is.
    #[serde(skip)]
    pub personal: Personal<Device>,
}

/// What is told of a device in the list of sessions.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The browser's own words, cut short.
    pub user_agent: String,
    /// The network that the request came from: the first three bytes of an IPv4 address, six of an IPv6 one.
    pub address_prefix: String,
}

/// See [`Event::Revoked`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Which.
    pub session: SessionId,
    /// Whose.
    pub account: AccountId,
    /// Why.
    pub reason: RevocationReason,
}

/// Why a session ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// The person logged out, here or from another device.
    LoggedOut,
    /// A refresh token was used again after it had been replaced: two hold it, and one is a thief.
    RefreshReused,
    /// The password changed.
    PasswordChanged,
    /// The account is being erased.
    Erased,
}

sealed!(Session => account);
open!(Revoked);
