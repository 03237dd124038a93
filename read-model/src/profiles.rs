//! People as others see them.

use bson::{DateTime, Uuid};
use events::Stream;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Index, Projection};

/// Built from accounts' events.
pub const PROJECTION: Projection = Projection {
    name: "profiles",
    version: 1,
    stream: Stream::Events,
    collections: &[Collection {
        name: Profile::COLLECTION,
        indexes: &[Index {
            // Not unique: the name of an erased person may be taken by another.
            name: "username",
            keys: &[("username", 1)],
            only: None,
        }],
    }],
};

/// One person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The account.
    #[serde(rename = "_id")]
    pub account: Uuid,
    /// The unique name in lower case; null once the person is erased, as everything they told of themselves.
    pub username: Option<String>,
    /// How the person wants to be called.
    pub display_name: Option<String>,
    /// A few sentences; empty for nothing told, as the next two.
    pub bio: Option<String>,
    /// Where the person lives.
    pub location: Option<String>,
    /// A link.
    pub website: Option<String>,
    /// The picture of the person, if any.
    pub avatar: Option<Uuid>,
    /// The picture on top of the profile, if any.
    pub cover: Option<Uuid>,
    /// When the person signed up.
    pub joined_at: DateTime,
    /// Whether the person asked to be erased: from that event on nothing of them is shown.
    pub erased: bool,
    /// The event that last changed any of this; part of an `ETag`.
    pub position: i64,
}

impl Document for Profile {
    type Id = Uuid;
    const COLLECTION: &'static str = "profiles";

    fn id(&self) -> Uuid {
        self.account
    }
}
