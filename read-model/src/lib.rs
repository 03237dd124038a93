//! The documents that the projector writes and query-api reads: shapes, names, indexes, and nothing else
//! (how [`words`] are spelled in an index is part of its shape).
//!
//! Each projection has a module with its [`Projection`] and its documents. In the database a collection
//! bears its projection's version (`posts_v1`, see [`versioned`]), so that the next version can be built
//! beside the one that readers use; which one that is stands in [`engine::Versions`].
//!
//! Conventions: ids are [`bson::Uuid`] (binary subtype 4; [`uuid`] and [`id`] convert), positions are `i64`
//! sequences of the projection's stream, times are [`bson::DateTime`]. Documents hold ids of people, never
//! their names: those are joined at read time, where visibility and blocks are enforced too.

mod schema;
mod words;

pub mod accounts;
pub mod chat;
pub mod engine;
pub mod feed;
pub mod friends;
pub mod media;
pub mod notifications;
pub mod posts;
pub mod profiles;
pub mod sessions;

pub use schema::{
    Collection, Document, EXPIRES_AT, Index, List, Projection, id, key, list_key, position, sequence, uuid,
    versioned,
};
pub use words::{beginnings, words};

/// All projections.
pub const PROJECTIONS: [&Projection; 9] = [
    &accounts::PROJECTION,
    &chat::PROJECTION,
    &feed::PROJECTION,
    &friends::PROJECTION,
    &media::PROJECTION,
    &notifications::PROJECTION,
    &posts::PROJECTION,
    &profiles::PROJECTION,
    &sessions::PROJECTION,
];

/// The projection that writes a collection, given without its version.
pub fn writer_of(collection: &str) -> Option<&'static Projection> {
    let writes = |projection: &&Projection| projection.collections.iter().any(|c| c.name == collection);
    PROJECTIONS.into_iter().find(writes)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_projections_share_a_collection() {
        let names: Vec<_> = PROJECTIONS
            .iter()
            .flat_map(|projection| projection.collections)
            .map(|collection| collection.name)
            .collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn copies_are_kept_of_collections_that_the_projection_writes_and_never_expire() {
        for projection in PROJECTIONS {
            for copied in projection.copied {
                let collection = projection.collections.iter().find(|c| c.name == *copied);
                let collection = collection.expect("it is one of the projection's");
                // The database takes documents that are over away without a word.
                assert!(!collection.expires(), "{copied}");
            }
        }
    }

    #[test]
    fn lists_are_of_collections_that_the_projection_writes_and_never_expire() {
        for projection in PROJECTIONS {
            for (collection, _) in projection.lists.iter().flat_map(|list| list.of) {
                let found = projection.collections.iter().find(|c| c.name == *collection);
                assert!(
                    !found.expect("it is one of the projection's").expires(),
                    "{collection}"
                );
            }
        }
    }

    #[test]
    fn no_list_is_called_as_another_or_as_a_collection() {
        let collections = PROJECTIONS.iter().flat_map(|projection| projection.collections);
        let lists = PROJECTIONS.iter().flat_map(|projection| projection.lists);
        let names: Vec<_> = collections
            .map(|collection| collection.name)
            .chain(lists.map(|list| list.name))
            .collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn a_position_survives_the_way_through_the_database() {
        for sequence_number in [0, 1, 1 << 40] {
            assert_eq!(sequence(position(sequence_number)), sequence_number);
        }
    }
}
