//! Applying a batch of events in memory. Pure: what is loaded goes in, what is to be written comes out.

use std::collections::HashSet;

use events::Recorded;

use crate::{ApplyError, Key, Loaded, Projection, Shard};

/// How much one transaction may write. It is cut before the event after which there would be more; an
/// event alone may exceed it by its own few writes.
#[derive(Clone, Copy, Debug)]
pub struct WriteLimits {
    /// At most about so many documents.
    pub documents: usize,
    /// At most about so many bytes of documents.
    pub bytes: usize,
}

impl Default for WriteLimits {
    /// What `architecture.md` settled on: 1,000 writes, 4 MiB.
    fn default() -> Self {
        Self {
            documents: 1_000,
            bytes: 4 << 20,
        }
    }
}

/// What came of applying events.
#[derive(Debug)]
pub(crate) struct Applied {
    /// How many events have been applied, from the first on.
    pub(crate) events: usize,
    /// All documents involved, as they read now.
    pub(crate) loaded: Loaded,
    /// Why the event after the applied ones can't be.
    pub(crate) refused: Option<ApplyError>,
}

/// What the events need loaded, each document once.
pub(crate) fn needs(projection: &dyn Projection, shard: Shard, events: &[Recorded]) -> HashSet<Key> {
    events
        .iter()
        .flat_map(|event| projection.needs(event, shard))
        .collect()
}

/// Applies events one after another; each sees what the earlier ones wrote.
pub(crate) fn apply(
    projection: &dyn Projection,
    shard: Shard,
    events: &[Recorded],
    mut loaded: Loaded,
    limits: WriteLimits,
) -> Applied {
    let mut done = 0;
    let mut refused = None;
    for event in events {
        if loaded.written_documents() >= limits.documents || loaded.written_bytes() >= limits.bytes {
            break;
        }
        match projection.apply(event, &loaded, shard) {
            Ok(writes) => writes.into_iter().for_each(|write| loaded.write(write)),
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
        done += 1;
    }
    Applied {
        events: done,
        loaded,
        refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        given::{published, recorded},
        projections::{Feed, Posts},
    };

    fn posts(count: u64) -> Vec<Recorded> {
        (1..=count)
            .map(|n| recorded(n, published(n.into(), 1, "x")))
            .collect()
    }

    #[test]
    fn a_batch_ends_at_its_limit_of_writes() {
        let limits = WriteLimits {
            documents: 3,
            bytes: usize::MAX,
        };
        let applied = apply(&Feed, Shard::WHOLE, &posts(10), Loaded::default(), limits);
        assert_eq!((applied.events, applied.loaded.written_documents()), (3, 3));
        let limits = WriteLimits {
            documents: 100,
            bytes: 1,
        };
        let applied = apply(&Feed, Shard::WHOLE, &posts(10), Loaded::default(), limits);
        assert_eq!(applied.events, 1);
    }

    #[test]
    fn a_document_written_often_is_written_once() {
        let events = posts(10);
        let loaded = Loaded::asked(needs(&Posts, Shard::WHOLE, &events));
        let applied = apply(&Posts, Shard::WHOLE, &events, loaded, WriteLimits::default());
        // Ten posts and the one count of their author.
        assert_eq!((applied.events, applied.loaded.written().count()), (10, 11));
        assert_eq!(applied.loaded.written_documents(), 11);
    }

    #[test]
    fn what_cannot_be_applied_stops_the_batch_before_it() {
        // Nothing is loaded, so that asking for the author's count is refused.
        let applied = apply(
            &Posts,
            Shard::WHOLE,
            &posts(2),
            Loaded::default(),
            WriteLimits::default(),
        );
        assert_eq!(applied.events, 0);
        assert!(applied.refused.is_some());
    }
}
