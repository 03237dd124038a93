//! What an owner changed and has not told yet, for those who keep copies of documents.

use std::collections::{BTreeMap, HashSet};

use read_model::engine::{Changes, DocumentKey};

use crate::{Key, Loaded};

/// Of more changes than these it isn't told one by one what they are: readers forget all their copies instead. As
/// base64 they are about 100 KB.
const MOST: usize = 2_000;

/// The documents that changed since the last word.
#[derive(Debug)]
pub(crate) struct Untold {
    copied: &'static [&'static str],
    /// Nothing where it can't be told what changed.
    documents: Option<HashSet<Key>>,
    /// The watermark of the last word.
    since: u64,
}

impl Untold {
    /// Of an owner that begins at `position`, and can't tell what the one before it had not told.
    pub(crate) fn new(copied: &'static [&'static str], position: u64) -> Self {
        Self {
            copied,
            documents: None,
            since: position,
        }
    }

    /// Anything may have changed.
    pub(crate) fn lose_track(&mut self) {
        self.documents = None;
    }

    /// What was written has been stored.
    pub(crate) fn stored(&mut self, loaded: &Loaded) {
        let Some(documents) = &mut self.documents else {
            return;
        };
        let copied = |key: &&Key| self.copied.contains(&key.collection());
        documents.extend(loaded.written().map(|(key, _)| key).filter(copied).cloned());
        if documents.len() > MOST {
            self.lose_track();
        }
    }

    /// What to tell together with the watermark `position`; after it everything is told.
    pub(crate) fn tell(&mut self, position: u64) -> Option<Changes> {
        let since = std::mem::replace(&mut self.since, position);
        let told = self.documents.replace(HashSet::new())?;
        let mut documents: BTreeMap<String, Vec<DocumentKey>> = BTreeMap::new();
        for key in told {
            let keys = documents.entry(key.collection().to_owned()).or_default();
            keys.push(DocumentKey(key.name().to_vec()));
        }
        Some(Changes { since, documents })
    }
}

#[cfg(test)]
mod tests {
    use read_model::{feed, posts::Author, uuid};
    use uuid::Uuid;

    use super::*;
    use crate::Write;

    fn written(accounts: std::ops::Range<u128>) -> Loaded {
        let mut loaded = Loaded::default();
        let writes = accounts.flat_map(|n| {
            let id = uuid(Uuid::from_u128(n));
            let entry = feed::EntryId { owner: id, post: id };
            let author = Author {
                account: id,
                post_count: 1,
            };
            [Write::put(&author), Write::delete::<feed::Entry>(entry)]
        });
        loaded.write_all(writes.collect());
        loaded
    }

    fn untold() -> Untold {
        Untold::new(&["authors"], 3)
    }

    #[test]
    fn a_new_owner_begins_with_a_word_that_anything_may_have_changed() {
        let mut untold = untold();
        untold.stored(&written(0..1));
        assert_eq!(untold.tell(5), None);
        assert_eq!(
            untold.tell(6),
            Some(Changes {
                since: 5,
                ..Changes::default()
            })
        );
    }

    #[test]
    fn what_changed_is_told_once_and_only_of_what_is_copied() {
        let mut untold = untold();
        untold.tell(5);
        untold.stored(&written(0..1));
        untold.stored(&written(0..2));
        let told = untold.tell(9).expect("it knows");
        assert_eq!((told.since, told.documents.len()), (5, 1));
        let author = |n| DocumentKey(read_model::key::<Author>(uuid(Uuid::from_u128(n))));
        let authors: HashSet<_> = told.documents["authors"].iter().cloned().collect();
        assert_eq!(authors, HashSet::from([author(0), author(1)]));
        assert_eq!(
            untold.tell(9),
            Some(Changes {
                since: 9,
                ..Changes::default()
            })
        );
    }

    #[test]
    fn too_much_is_not_told_one_by_one() {
        let mut untold = untold();
        untold.tell(5);
        untold.stored(&written(0..2_001));
        assert_eq!(untold.tell(7), None);
    }
}
