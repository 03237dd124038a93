//! What the streams besides that of accounts are told of a person: their readers see one stream each.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId,
    personal::{aggregate_events, open},
};

aggregate_events! {
    /// Everything that is told of a person in the streams of messages and of sessions.
    pub enum Event {
        /// Nothing personal is left; what readers still hold of the person goes.
        "erased" 1 => Erased(Erased),
    }
}

/// See [`Event::Erased`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Who was forgotten.
    pub account: AccountId,
}

open!(Erased);
