//! What happens to a username or an email address: at any time at most one account holds it.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId,
    personal::{aggregate_events, open},
};

aggregate_events! {
    /// Everything that can happen to a name. The name itself is only in the subject, as a keyed hash.
    pub enum Event {
        /// An account took the name.
        "claimed" 1 => Claimed(Holder),
        /// The account that had it let it go.
        "released" 1 => Released(Holder),
    }
}

/// Who holds the name, or held it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The account.
    pub account: AccountId,
}

open!(Holder);
