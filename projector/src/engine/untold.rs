//! What an owner changed and has not told yet, for those who keep copies of documents and lists.

use std::collections::{BTreeMap, HashMap, HashSet};

use bson::{RawBsonRef, RawDocument};
use read_model::{
    List, Projection,
    engine::{Changes, DocumentKey},
    list_key,
};

use crate::{Key, Loaded};

/// Of more changes than these it isn't told one by one what they are: readers forget all their copies instead. As
/// base64 they are about 100 KB.
const MOST: usize = 2_000;
/// The same for lists, whose names are half as long: a post of somebody with 5,000 friends is on as many.
const MOST_LISTS: usize = 6_000;

/// What changed since the last word.
#[derive(Debug)]
pub(crate) struct Untold {
    model: &'static Projection,
    /// Nothing where it can't be told what changed.
    changed: Option<Changed>,
    /// The watermark of the last word.
    since: u64,
}

#[derive(Debug, Default)]
struct Changed {
    documents: HashSet<Key>,
    lists: HashMap<&'static str, HashSet<Vec<u8>>>,
}

impl Untold {
    /// Of an owner that begins at `position`, and can't tell what the one before it had not told.
    pub(crate) fn new(model: &'static Projection, position: u64) -> Self {
        Self {
            model,
            changed: None,
            since: position,
        }
    }

    /// Anything may have changed.
    pub(crate) fn lose_track(&mut self) {
        self.changed = None;
    }

    /// What was written has been stored.
    pub(crate) fn stored(&mut self, loaded: &Loaded) {
        let Some(mut changed) = self.changed.take() else {
            return;
        };
        for (key, _) in loaded.written() {
            if self.model.copied.contains(&key.collection()) {
                changed.documents.insert(key.clone());
            }
            for list in self.model.lists {
                if !changed.note(list, key, loaded) {
                    return;
                }
            }
        }
        let lists: usize = changed.lists.values().map(HashSet::len).sum();
        if changed.documents.len() <= MOST && lists <= MOST_LISTS {
            self.changed = Some(changed);
        }
    }

    /// What to tell together with the watermark `position`; after it everything is told.
    pub(crate) fn tell(&mut self, position: u64) -> Option<Changes> {
        let since = std::mem::replace(&mut self.since, position);
        let told = self.changed.replace(Changed::default())?;
        let mut documents: BTreeMap<String, Vec<DocumentKey>> = BTreeMap::new();
        for key in told.documents {
            let keys = documents.entry(key.collection().to_owned()).or_default();
            keys.push(DocumentKey(key.name().to_vec()));
        }
        let lists = told.lists.into_iter().map(|(name, owners)| {
            let owners = owners.into_iter().map(DocumentKey).collect();
            (name.to_owned(), owners)
        });
        Some(Changes {
            since,
            documents,
            lists: Some(lists.collect()),
        })
    }
}

impl Changed {
    /// Notes whose lists a written document is on; false if nobody knows.
    fn note(&mut self, list: &List, key: &Key, loaded: &Loaded) -> bool {
        let fields = list.of.iter();
        for (_, field) in fields.filter(|(collection, _)| *collection == key.collection()) {
            let Some(owner) = owner(key, loaded, field) else {
                return false;
            };
            let noted = self.lists.entry(list.name).or_default();
            match owner {
                RawBsonRef::Array(owners) => {
                    noted.extend(owners.into_iter().filter_map(Result::ok).map(list_key));
                }
                owner => drop(noted.insert(list_key(owner))),
            }
        }
        true
    }
}

/// What a written document has in a field which also its id may have, where it is a document itself.
fn owner<'a>(key: &'a Key, loaded: &'a Loaded, field: &str) -> Option<RawBsonRef<'a>> {
    let of = |document: &'a RawDocument| document.get(field).ok().flatten();
    let in_id = || key.id().as_document().and_then(of);
    match loaded.last_seen(key) {
        Some(document) => of(document),
        None => in_id(),
    }
}

#[cfg(test)]
mod tests {
    use read_model::{
        chat, feed, posts,
        posts::{Author, Like, LikeId},
        uuid,
    };
    use uuid::Uuid;

    use super::*;
    use crate::Write;

    fn id(n: u128) -> bson::Uuid {
        uuid(Uuid::from_u128(n))
    }

    /// So many authors' counts, and a like of each, which readers copy too.
    fn written(accounts: std::ops::Range<u128>) -> Loaded {
        let mut loaded = Loaded::default();
        let writes = accounts.flat_map(|n| {
            let author = Author {
                account: id(n),
                post_count: 1,
            };
            let like = LikeId {
                post: id(0),
                by: id(n),
            };
            [Write::put(&author), Write::delete::<Like>(like)]
        });
        loaded.write_all(writes.collect());
        loaded
    }

    fn untold(model: &'static Projection) -> Untold {
        let mut untold = Untold::new(model, 3);
        untold.tell(5);
        untold
    }

    /// Nothing is known to have changed since then.
    fn nothing(since: u64) -> Changes {
        Changes {
            since,
            documents: BTreeMap::new(),
            lists: Some(BTreeMap::new()),
        }
    }

    /// Whose lists of this name are told to be others.
    fn owners(told: Option<Changes>, list: &List) -> HashSet<Vec<u8>> {
        let lists = told.and_then(|told| told.lists).expect("it knows");
        let owners = lists.get(list.name).into_iter().flatten();
        owners.map(|key| key.0.clone()).collect()
    }

    fn lists_of(owners: &[u128]) -> HashSet<Vec<u8>> {
        owners.iter().map(|n| list_key(id(*n))).collect()
    }

    #[test]
    fn a_new_owner_begins_with_a_word_that_anything_may_have_changed() {
        let mut untold = Untold::new(&posts::PROJECTION, 3);
        untold.stored(&written(0..1));
        assert_eq!(untold.tell(5), None);
        assert_eq!(untold.tell(6), Some(nothing(5)));
    }

    #[test]
    fn what_changed_is_told_once() {
        let mut untold = untold(&posts::PROJECTION);
        untold.stored(&written(0..1));
        untold.stored(&written(0..2));
        let told = untold.tell(9).expect("it knows");
        assert_eq!((told.since, told.documents.len()), (5, 2));
        let author = |n| DocumentKey(read_model::key::<Author>(id(n)));
        let authors: HashSet<_> = told.documents["authors"].iter().cloned().collect();
        assert_eq!(authors, HashSet::from([author(0), author(1)]));
        assert_eq!(untold.tell(9), Some(nothing(9)));
    }

    #[test]
    fn too_much_is_not_told_one_by_one() {
        let mut untold = untold(&posts::PROJECTION);
        untold.stored(&written(0..1_001));
        assert_eq!(untold.tell(7), None);
    }

    fn entry(owner: u128, post: u128) -> feed::Entry {
        let (owner, post) = (id(owner), id(post));
        feed::Entry {
            id: feed::EntryId { owner, post },
            owner,
            post,
            author: owner,
            position: 1,
        }
    }

    #[test]
    fn whose_list_a_document_is_on_is_told_when_it_comes_and_goes() {
        let mut untold = untold(&feed::PROJECTION);
        let mut loaded = Loaded::default();
        // Of the one that goes nothing is known but its id, which tells the owner.
        let gone = Write::delete::<feed::Entry>(entry(3, 8).id);
        loaded.write_all(vec![
            Write::put(&entry(1, 8)),
            Write::put(&entry(2, 8)),
            Write::put(&entry(2, 9)),
            gone,
        ]);
        untold.stored(&loaded);
        let told = untold.tell(9);
        assert!(told.as_ref().is_some_and(|told| told.documents.is_empty()));
        assert_eq!(owners(told, &feed::FEED_OF), lists_of(&[1, 2, 3]));
    }

    #[test]
    fn a_document_is_on_the_list_of_each_whom_its_field_names() {
        let mut untold = untold(&chat::PROJECTION);
        let conversation = chat::Conversation {
            id: chat::ConversationId { lo: id(1), hi: id(2) },
            members: [id(1), id(2)],
            last_message: None,
            position: 0,
            read_up_to: chat::ReadUpTo::default(),
            changed: 0,
            changed_at: None,
        };
        let mut loaded = Loaded::default();
        loaded.write_all(vec![Write::put(&conversation)]);
        untold.stored(&loaded);
        let told = untold.tell(9);
        for list in [chat::CHATS_OF, chat::UNREAD_BY] {
            assert_eq!(owners(told.clone(), &list), lists_of(&[1, 2]));
        }
        assert_eq!(owners(told, &chat::MESSAGES_IN), lists_of(&[]));
    }

    #[test]
    fn nobody_knows_whose_list_changed_when_what_was_never_seen_goes() {
        let mut untold = untold(&posts::PROJECTION);
        let mut loaded = Loaded::default();
        loaded.write_all(vec![Write::delete::<posts::Post>(id(1))]);
        untold.stored(&loaded);
        assert_eq!(untold.tell(9), None);
    }
}
