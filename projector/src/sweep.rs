//! An event that changes more documents than can be known from it: all of a person's who asks to be forgotten,
//! the newest of a new friend's posts.
//!
//! A sweep is a query over the projection's own collections and a pure function from each document that it finds
//! to writes. The engine goes through the documents page by page, each page in a transaction of its own with the
//! checkpoint `(position before the event, step + 1)`, and applies the event itself only after the last. Whoever
//! takes over in between begins the sweeps anew, so their writes must come to the same when they are done twice:
//! documents that were deleted are no longer found, and a count moves in the same page as what it counts.

use std::fmt;

use bson::{Bson, Document as Filter, RawDocumentBuf, doc};
use read_model::Document;

use crate::{ApplyError, Key, Loaded, Write};

type Needs = dyn Fn(&RawDocumentBuf) -> Result<Vec<Key>, ApplyError> + Send + Sync;
type Writes = dyn Fn(&RawDocumentBuf, &Loaded) -> Result<Vec<Write>, ApplyError> + Send + Sync;

/// See the module.
pub struct Sweep {
    pub(crate) find: Find,
    needs: Box<Needs>,
    writes: Box<Writes>,
}

/// Which documents a sweep goes through. Restricted to what an index gives in order.
#[derive(Clone, Debug)]
pub(crate) struct Find {
    pub(crate) collection: &'static str,
    /// Fields and what they have to be.
    equal: Vec<(&'static str, Bson)>,
    /// The first field of a compound `_id`, what it has to be, and the field after it.
    id_begins: Option<(&'static str, Bson, &'static str)>,
    /// Only so many, those with the greatest `position`; else all, in the order of `_id`.
    pub(crate) newest: Option<u32>,
}

impl Sweep {
    /// All documents of `D` whose fields are so; an index over these fields and then `_id` serves it.
    pub fn over<D: Document>(equal: impl IntoIterator<Item = (&'static str, Bson)>) -> Self {
        let find = Find {
            collection: D::COLLECTION,
            equal: equal.into_iter().collect(),
            id_begins: None,
            newest: None,
        };
        Self {
            find,
            needs: Box::new(|_| Ok(vec![])),
            writes: Box::new(|_, _| Ok(vec![])),
        }
    }

    /// Of these only those whose compound `_id` begins with a field of this value; `next` is the field after it.
    #[must_use]
    pub fn with_id(mut self, field: &'static str, value: impl Into<Bson>, next: &'static str) -> Self {
        self.find.id_begins = Some((field, value.into(), next));
        self
    }

    /// Of these only the `count` (at most [`PAGE`]) with the greatest `position`; an index over the fields and then
    /// `position`, descending, serves it.
    #[must_use]
    pub fn newest(mut self, count: u32) -> Self {
        self.find.newest = Some(count.min(PAGE));
        self
    }

    /// Which documents are loaded before [`Sweep::writing`] sees a document.
    #[must_use]
    pub fn needing<D: Document>(mut self, needs: impl Fn(&D) -> Vec<Key> + Send + Sync + 'static) -> Self {
        self.needs = Box::new(move |raw| Ok(needs(&read::<D>(raw)?)));
        self
    }

    /// What is written for each document. A document found may be written too, whether or not it was asked for.
    #[must_use]
    pub fn writing<D: Document>(
        mut self,
        writes: impl Fn(D, &Loaded) -> Result<Vec<Write>, ApplyError> + Send + Sync + 'static,
    ) -> Self {
        self.writes = Box::new(move |raw, loaded| writes(read::<D>(raw)?, loaded));
        self
    }

    /// What a page of documents needs loaded.
    pub(crate) fn needs(&self, page: &[RawDocumentBuf]) -> Result<Vec<Key>, ApplyError> {
        let mut keys = Vec::new();
        for document in page {
            keys.extend((self.needs)(document)?);
        }
        Ok(keys)
    }

    /// Applies a page of documents; each sees what the earlier ones wrote.
    pub(crate) fn apply(&self, page: &[RawDocumentBuf], loaded: &mut Loaded) -> Result<(), ApplyError> {
        for document in page {
            if let Some(key) = Key::of_raw(self.find.collection, document) {
                loaded.seen(key, document);
            }
        }
        for document in page {
            let writes = (self.writes)(document, loaded)?;
            loaded.write_all(writes);
        }
        Ok(())
    }
}

impl fmt::Debug for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sweep")
            .field("find", &self.find)
            .finish_non_exhaustive()
    }
}

/// How many documents are gone through in one transaction.
pub const PAGE: u32 = 500;

impl Find {
    /// The documents after the one whose `_id` was `last`.
    pub(crate) fn filter(&self, last: Option<&Bson>) -> Filter {
        let mut filter: Filter = self
            .equal
            .iter()
            .map(|(field, value)| ((*field).to_owned(), value.clone()))
            .collect();
        let mut id = Filter::new();
        if let Some((field, value, next)) = &self.id_begins {
            let key = |end: Bson| doc! { *field: value.clone(), *next: end };
            id.insert("$gte", key(Bson::MinKey));
            id.insert("$lte", key(Bson::MaxKey));
        }
        if let Some(last) = last {
            id.remove("$gte");
            id.insert("$gt", last.clone());
        }
        if !id.is_empty() {
            filter.insert("_id", id);
        }
        filter
    }

    /// The order that [`Find::filter`] goes on in.
    pub(crate) fn sort(&self) -> Filter {
        if self.newest.is_some() {
            doc! { "position": -1 }
        } else {
            doc! { "_id": 1 }
        }
    }

    /// How many documents a page has at most.
    pub(crate) fn page(&self) -> u32 {
        self.newest.unwrap_or(PAGE)
    }

    /// Whether a document is one of those: the filter without a database.
    #[cfg(test)]
    pub(crate) fn matches(&self, document: &Filter) -> bool {
        // As in the database, a list is also equal to each of its members.
        let equal = |(field, value): &(&str, Bson)| match document.get(field) {
            Some(Bson::Array(members)) => members.contains(value),
            is => is == Some(value),
        };
        let begins = self.id_begins.as_ref().is_none_or(|(field, value, _)| {
            let id = document.get_document("_id");
            id.is_ok_and(|id| id.get(field) == Some(value))
        });
        self.equal.iter().all(equal) && begins
    }
}

fn read<D: Document>(raw: &RawDocumentBuf) -> Result<D, ApplyError> {
    bson::deserialize_from_slice(raw.as_bytes()).map_err(|error| ApplyError::Shape {
        collection: D::COLLECTION,
        error: Box::new(error),
    })
}

#[cfg(test)]
mod tests {
    use read_model::feed::Entry;

    use super::*;

    #[test]
    fn a_page_begins_after_the_last_document_and_stays_within_the_key() {
        let sweep = Sweep::over::<Entry>([("author", Bson::Int32(1))]).with_id("owner", 2, "post");
        let within = doc! { "owner": 2, "post": Bson::MinKey };
        let end = doc! { "owner": 2, "post": Bson::MaxKey };
        assert_eq!(
            sweep.find.filter(None),
            doc! { "author": 1, "_id": { "$gte": within, "$lte": &end } }
        );
        let last = Bson::Document(doc! { "owner": 2, "post": 7 });
        assert_eq!(
            sweep.find.filter(Some(&last)),
            doc! { "author": 1, "_id": { "$lte": end, "$gt": last } }
        );
    }
}
