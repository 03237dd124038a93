//! What is searched, and where a page of what was found begins.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bson::{Document as Bson, Uuid, doc};
use platform::Problem;
use read_model::{beginnings, words};
use serde::Deserialize;

use crate::{answers::Person, pagination};

/// The most characters of what is searched: more than any name has.
const MAX_LENGTH: usize = 100;
/// Comes after every character that a word has.
const LAST: char = char::MAX;

/// Beginnings of words, all of which a person must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sought {
    /// The longest, which is asked of the index.
    first: String,
    others: Vec<String>,
}

impl Sought {
    /// Reads `?q=`; nothing if there is no letter or digit in it. A username is found as pages write it, too: `@ann`.
    pub(crate) fn of(text: &str) -> Result<Option<Self>, Problem> {
        if text.chars().count() > MAX_LENGTH {
            return Err(Problem::bad_request(
                "invalid-query",
                "q must be at most 100 characters.",
            ));
        }
        let mut others = beginnings(text);
        let longest = (0..others.len()).max_by_key(|n| others[*n].len());
        Ok(longest.map(|n| Self {
            first: others.swap_remove(n),
            others,
        }))
    }

    /// The words with the first of the beginnings, after `after` if that is given: a filter of the read model's words.
    pub(crate) fn filter(&self, after: Option<&Found>) -> Bson {
        let end = format!("{}{LAST}", self.first);
        match after {
            None => doc! { "word": { "$gte": &self.first, "$lt": end } },
            Some(Found { word, account }) => doc! { "$or": [
                { "word": word, "account": { "$gt": account } },
                { "word": { "$gt": word, "$lt": end } },
            ] },
        }
    }

    /// Reads back a place in what was found: the bytes of the account, then the word.
    fn found(&self, bytes: &[u8]) -> Option<Found> {
        let (account, word) = bytes.split_first_chunk()?;
        let word = std::str::from_utf8(word).ok()?;
        word.starts_with(&self.first).then(|| Found {
            word: word.to_owned(),
            account: Uuid::from_bytes(*account),
        })
    }

    /// Whether `person` is meant, and is listed under `word`: somebody of whom several words begin so is listed under
    /// the first in the order of the alphabet alone.
    pub(crate) fn finds(&self, person: &Person, word: &str) -> bool {
        let mut names = words(&person.username);
        names.extend(words(&person.display_name));
        let has = |beginning: &String| names.iter().any(|name| name.starts_with(beginning));
        let listed = names.iter().filter(|name| name.starts_with(&self.first)).min();
        listed.is_some_and(|listed| listed == word) && self.others.iter().all(has)
    }
}

/// A word of somebody's that begins as was sought. Lists are in the order of the word, then of the account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Found {
    pub(crate) word: String,
    pub(crate) account: Uuid,
}

impl Found {
    /// The fields of a [`Found`].
    pub(crate) fn fields() -> Bson {
        doc! { "_id": 0, "word": 1, "account": 1 }
    }
}

/// Where a page begins. Friends come first; what is found of everybody else follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum From {
    /// Among friends: after this one.
    Friends(Option<Found>),
    /// Among the others: after this one.
    Others(Option<Found>),
}

impl From {
    /// For `next_cursor`.
    pub(crate) fn encode(&self) -> String {
        let (part, after) = match self {
            Self::Friends(after) => (0, after),
            Self::Others(after) => (1, after),
        };
        let mut bytes = vec![pagination::VERSION, pagination::List::Search as u8, part];
        if let Some(Found { word, account }) = after {
            bytes.extend(account.bytes());
            bytes.extend(word.bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads `?cursor=`, which must be of a page of the same search.
    pub(crate) fn decode(text: &str, sought: &Sought) -> Result<Self, Problem> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let [pagination::VERSION, list, part, after @ ..] = bytes.as_slice() else {
                return None;
            };
            if *list != pagination::List::Search as u8 {
                return None;
            }
            let after = match after {
                [] => None,
                after => Some(sought.found(after)?),
            };
            match part {
                0 => Some(Self::Friends(after)),
                1 => Some(Self::Others(after)),
                _ => None,
            }
        };
        read().ok_or_else(pagination::invalid_cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sought(text: &str) -> Sought {
        Sought::of(text).unwrap().unwrap()
    }

    fn person(username: &str, display_name: &str) -> Person {
        Person {
            id: uuid::Uuid::nil(),
            username: username.to_owned(),
            display_name: display_name.to_owned(),
            avatar: None,
        }
    }

    #[test]
    fn all_beginnings_are_sought_and_the_longest_in_the_index() {
        let ann = person("ann_lee", "Annabel Łee");
        for (text, found) in [
            ("AN", true),
            ("ann_", true),
            ("le annab", true),
            ("lee, ann", true),
            ("@Ann_", true),
            ("nab", false),
            ("ann smith", false),
        ] {
            let sought = sought(text);
            let listed = ["ann_lee", "annabel", "lee"].map(|word| sought.finds(&ann, word));
            assert_eq!(
                listed.iter().filter(|listed| **listed).count(),
                usize::from(found),
                "{text}"
            );
        }
        assert_eq!(sought("le annab").first, "annab");
    }

    #[test]
    fn without_a_letter_nothing_is_sought_and_no_novel_either() {
        assert_eq!(Sought::of("").unwrap(), None);
        assert_eq!(Sought::of(" .$^ ").unwrap(), None);
        assert!(Sought::of(&"ä".repeat(100)).unwrap().is_some());
        assert_eq!(Sought::of(&"ä".repeat(101)).unwrap_err().code(), "invalid-query");
    }

    #[test]
    fn a_cursor_reads_back_in_its_own_search_alone() {
        let after = Found {
            word: "ännabel".to_owned(),
            account: Uuid::from_bytes([7; 16]),
        };
        let own = Sought {
            first: "än".to_owned(),
            others: vec![],
        };
        for from in [
            From::Friends(None),
            From::Others(None),
            From::Friends(Some(after.clone())),
            From::Others(Some(after)),
        ] {
            let text = from.encode();
            assert_eq!(From::decode(&text, &own).unwrap(), from);
            if !matches!(from, From::Friends(None) | From::Others(None)) {
                assert_eq!(
                    From::decode(&text, &sought("b")).unwrap_err().code(),
                    "invalid-cursor"
                );
            }
        }
        for text in ["", "x", "AQEAAAAAAAAAAA", "AQ0C", "AQ0AAA", "AQ0"] {
            assert!(From::decode(text, &own).is_err(), "{text}");
        }
    }
}
