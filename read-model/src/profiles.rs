//! People as others see them, and by which words they are found.

use std::collections::BTreeSet;

use bson::{DateTime, Uuid};
use events::Stream;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Index, Projection, words};

/// Built from accounts' events.
pub const PROJECTION: Projection = Projection {
    name: "profiles",
    version: 3,
    stream: Stream::Events,
    copied: &[Profile::COLLECTION],
    lists: &[],
    collections: &[
        Collection {
            name: Profile::COLLECTION,
            indexes: &[Index {
                // Not unique: the name of an erased person may be taken by another.
                name: "username",
                keys: &[("username", 1)],
                only: None,
            }],
        },
        Collection {
            name: Word::COLLECTION,
            indexes: &[
                // Who has a word that begins with some letters, page by page.
                Index {
                    name: "word_account",
                    keys: &[("word", 1), ("account", 1)],
                    only: None,
                },
                // The same among some people.
                Index {
                    name: "account_word",
                    keys: &[("account", 1), ("word", 1)],
                    only: None,
                },
            ],
        },
    ],
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

impl Profile {
    /// The words by which the person is found.
    pub fn words(&self) -> BTreeSet<String> {
        let names = [&self.username, &self.display_name];
        names.into_iter().flatten().flat_map(|name| words(name)).collect()
    }
}

/// That somebody is found by a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Both, as below.
    #[serde(rename = "_id")]
    pub id: WordId,
    /// Who.
    pub account: Uuid,
    /// A word of the username or of the display name, as [`words`] spells it.
    pub word: String,
}

/// The key of a [`Word`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WordId {
    /// Who.
    pub account: Uuid,
    /// The word.
    pub word: String,
}

impl Document for Word {
    type Id = WordId;
    const COLLECTION: &'static str = "profile_words";

    fn id(&self) -> WordId {
        self.id.clone()
    }
}
