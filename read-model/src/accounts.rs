//! What of an account is for its owner's eyes alone.

use bson::{DateTime, Uuid};
use events::Stream;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Projection};

/// Built from accounts' events; its shards are by account.
pub const PROJECTION: Projection = Projection {
    name: "accounts",
    version: 1,
    stream: Stream::Events,
    copied: &[Account::COLLECTION],
    lists: &[],
    collections: &[Collection {
        name: Account::COLLECTION,
        indexes: &[],
    }],
};

/// An account. That of who asked to be forgotten has no document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account.
    #[serde(rename = "_id")]
    pub account: Uuid,
    /// The address, in lower case.
    pub email: String,
    /// Sessions that began before are over, but for `kept_session`; null while none ever had to end.
    pub sessions_not_before: Option<DateTime>,
    /// The one that goes on all the same.
    pub kept_session: Option<Uuid>,
}

impl Document for Account {
    type Id = Uuid;
    const COLLECTION: &'static str = "accounts";

    fn id(&self) -> Uuid {
        self.account
    }
}
