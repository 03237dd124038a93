//! Where people are signed in.

use bson::{DateTime, Uuid};
use events::Stream;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, EXPIRES_AT, Index, Projection};

/// Built from sessions' events, which expire; the documents do so by themselves. Its shards are by account.
pub const PROJECTION: Projection = Projection {
    name: "sessions",
    version: 1,
    stream: Stream::Sessions,
    copied: &[],
    lists: &[],
    collections: &[Collection {
        name: Session::COLLECTION,
        indexes: &[
            // Somebody's sessions, the last used first.
            Index {
                name: "account_position",
                keys: &[("account", 1), ("position", -1)],
                only: None,
            },
            // All of a person's, who asks to be forgotten.
            Index {
                name: "account_id",
                keys: &[("account", 1), ("_id", 1)],
                only: None,
            },
            // What nobody can use any more goes.
            Index {
                name: "expires_at",
                keys: &[(EXPIRES_AT, 1)],
                only: None,
            },
        ],
    }],
};

/// A session that hasn't ended. One that was revoked has no document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The session.
    #[serde(rename = "_id")]
    pub id: Uuid,
    /// Whose it is.
    pub account: Uuid,
    /// The browser's own words; null where its owner's key is gone.
    pub user_agent: Option<String>,
    /// The network that it was begun from.
    pub address_prefix: Option<String>,
    /// When the device signed in.
    pub started_at: DateTime,
    /// When it last asked for fresh tokens.
    pub last_used_at: DateTime,
    /// When it ends unless it is used.
    pub expires_at: DateTime,
    /// The event of its last use.
    pub position: i64,
}

impl Document for Session {
    type Id = Uuid;
    const COLLECTION: &'static str = "sessions";

    fn id(&self) -> Uuid {
        self.id
    }
}
