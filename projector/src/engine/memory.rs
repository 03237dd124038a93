//! Documents as the shard's owner last read or wrote them.
//!
//! Nobody else writes them while the shard is its owner's, which the transaction that would rest on them checks too.
//! So what was read or written once needn't be read again: the count of somebody's posts, the row of two friends.

use std::fmt;

use bson::RawDocumentBuf;
use quick_cache::{Weighter, unsync::Cache};

use crate::{Key, Loaded};

/// What is remembered; of each document whether it is there.
pub(crate) struct Memory {
    documents: Cache<Key, Option<RawDocumentBuf>, Weight>,
    /// Of what the database takes away when it is over nothing can be remembered.
    model: &'static read_model::Projection,
}

/// What a remembered document takes besides its bytes and its key's.
const OVERHEAD: usize = 150;
/// About what a document takes: from it follows how much is laid out for the index to begin with.
const TYPICAL: u64 = 500;

impl Memory {
    /// Of about so many bytes; the least used is forgotten first.
    pub(crate) fn new(model: &'static read_model::Projection, bytes: u64) -> Self {
        let documents = usize::try_from(bytes / TYPICAL).unwrap_or(usize::MAX);
        Self {
            documents: Cache::with_weighter(documents, bytes, Weight),
            model,
        }
    }

    /// Fills in what is remembered of what was asked for; gives what is left to be loaded.
    pub(crate) fn recall(&self, loaded: &mut Loaded) -> Vec<Key> {
        let mut missing = Vec::new();
        let mut recalled = Vec::new();
        for key in loaded.keys() {
            match self.documents.get(key) {
                Some(Some(document)) => recalled.push((key.clone(), document.clone())),
                Some(None) => {}
                None => missing.push(key.clone()),
            }
        }
        for (key, document) in recalled {
            loaded.found(key, document);
        }
        missing
    }

    /// Remembers what the database said of `keys`.
    pub(crate) fn loaded(&mut self, keys: Vec<Key>, loaded: &Loaded) {
        for key in keys {
            if self.lasts(&key) {
                let document = loaded.document(&key).cloned();
                self.documents.insert(key, document);
            }
        }
    }

    /// Remembers what was stored, as far as others may need it: what none asked for, as entries of a feed, is many.
    pub(crate) fn stored(&mut self, loaded: &Loaded) {
        for (key, _) in loaded.written() {
            if loaded.is_asked(key) && self.lasts(key) {
                self.documents.insert(key.clone(), loaded.document(key).cloned());
            } else {
                self.documents.remove(key);
            }
        }
    }

    /// It isn't clear any more what is stored.
    pub(crate) fn forget(&mut self) {
        self.documents.clear();
    }

    /// Whether the database leaves a document alone: it takes those away that are over.
    fn lasts(&self, key: &Key) -> bool {
        let mut collections = self.model.collections.iter();
        let found = collections.find(|collection| collection.name == key.collection());
        found.is_some_and(|collection| !collection.expires())
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("documents", &self.documents.len())
            .finish_non_exhaustive()
    }
}

/// In bytes.
#[derive(Clone)]
struct Weight;

impl Weighter<Key, Option<RawDocumentBuf>> for Weight {
    fn weight(&self, key: &Key, document: &Option<RawDocumentBuf>) -> u64 {
        let document = document.as_ref().map_or(0, |document| document.as_bytes().len());
        (OVERHEAD + key.name().len() + document) as u64
    }
}

#[cfg(test)]
mod tests {
    use read_model::{posts, posts::Author, uuid};
    use uuid::Uuid;

    use super::*;
    use crate::Write;

    fn author(n: u128, post_count: i64) -> Author {
        Author {
            account: uuid(Uuid::from_u128(n)),
            post_count,
        }
    }

    fn key(n: u128) -> Key {
        Key::of::<Author>(uuid(Uuid::from_u128(n)))
    }

    fn count(loaded: &Loaded, n: u128) -> Option<i64> {
        let found = loaded
            .get::<Author>(uuid(Uuid::from_u128(n)))
            .expect("it was asked for");
        found.map(|author| author.post_count)
    }

    #[test]
    fn what_was_stored_and_what_was_found_missing_is_not_loaded_again() {
        let mut memory = Memory::new(&posts::PROJECTION, 1 << 20);
        let mut first = Loaded::asked([key(1), key(2)]);
        assert_eq!(memory.recall(&mut first).len(), 2);
        memory.loaded(vec![key(1), key(2)], &first);
        first.write_all(vec![Write::put(&author(1, 7))]);
        memory.stored(&first);

        let mut second = Loaded::asked([key(1), key(2), key(3)]);
        assert_eq!(memory.recall(&mut second), [key(3)]);
        assert_eq!((count(&second, 1), count(&second, 2)), (Some(7), None));
        second.write_all(vec![Write::delete::<Author>(uuid(Uuid::from_u128(1)))]);
        memory.stored(&second);
        let mut third = Loaded::asked([key(1)]);
        assert!(memory.recall(&mut third).is_empty());
        assert_eq!(count(&third, 1), None);
    }

    #[test]
    fn nothing_is_remembered_when_it_is_not_clear_what_is_stored() {
        let mut memory = Memory::new(&posts::PROJECTION, 1 << 20);
        let mut loaded = Loaded::asked([key(1)]);
        loaded.write_all(vec![Write::put(&author(1, 7))]);
        memory.stored(&loaded);
        assert!(memory.recall(&mut Loaded::asked([key(1)])).is_empty());
        memory.forget();
        assert_eq!(memory.recall(&mut Loaded::asked([key(1)])), [key(1)]);
    }

    #[test]
    fn what_nobody_asked_for_is_not_remembered_and_not_as_it_was_before() {
        let mut memory = Memory::new(&posts::PROJECTION, 1 << 20);
        let mut asked = Loaded::asked([key(1)]);
        asked.write_all(vec![Write::put(&author(1, 7)), Write::put(&author(2, 7))]);
        memory.stored(&asked);
        assert_eq!(memory.recall(&mut Loaded::asked([key(1), key(2)])), [key(2)]);

        let mut unasked = Loaded::default();
        unasked.write_all(vec![Write::put(&author(1, 8))]);
        memory.stored(&unasked);
        assert_eq!(memory.recall(&mut Loaded::asked([key(1)])), [key(1)]);
    }

    #[test]
    fn no_more_is_remembered_than_it_may_take() {
        let mut memory = Memory::new(&posts::PROJECTION, 20_000);
        for n in 0..1_000 {
            let mut loaded = Loaded::asked([key(n)]);
            loaded.write_all(vec![Write::put(&author(n, 7))]);
            memory.stored(&loaded);
        }
        let missing = memory.recall(&mut Loaded::asked((0..1_000).map(key)));
        assert!((880..1_000).contains(&missing.len()), "{}", missing.len());
    }
}
