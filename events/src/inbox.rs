//! What happens to a person's notifications.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId,
    personal::{aggregate_events, open},
};

aggregate_events! {
    /// Everything that can happen to an inbox.
    pub enum Event {
        /// The person has seen the notifications up to a position.
        "notifications_seen" 1 => NotificationsSeen(NotificationsSeen),
    }
}

/// See [`Event::NotificationsSeen`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationsSeen {
    /// Who.
    pub account: AccountId,
    /// The sequence in the event stream up to which all has been seen.
    pub up_to: u64,
}

open!(NotificationsSeen);
