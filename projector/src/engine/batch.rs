//! Applying a batch of events in memory. Pure: what is loaded goes in, what is to be written comes out.

use std::collections::HashSet;

use events::Recorded;

use crate::{ApplyError, Key, Loaded, Projection, Shard, Sweep, announcement::News};

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
    /// What to tell once it is stored.
    pub(crate) news: Vec<News>,
    /// Why the event after the applied ones can't be.
    pub(crate) refused: Option<ApplyError>,
}

/// Cuts a batch before the next event with sweeps, which come before the event's own writes: gives the sweeps of
/// the first event, and how many events can be applied once they are done.
pub(crate) fn cut(projection: &dyn Projection, shard: Shard, events: &[Recorded]) -> (Vec<Sweep>, usize) {
    let mut each = events.iter().map(|event| projection.sweeps(event, shard));
    let first = each.next().unwrap_or_default();
    let quiet = each.take_while(Vec::is_empty).count();
    (first, events.len().min(1 + quiet))
}

/// What the events need loaded, each document once.
pub(crate) fn needs(projection: &dyn Projection, shard: Shard, events: &[Recorded]) -> HashSet<Key> {
    events
        .iter()
        .flat_map(|event| projection.needs(event, shard))
        .collect()
}

/// What the events make, as far as it is needed.
pub(crate) fn makes(projection: &dyn Projection, shard: Shard, events: &[Recorded]) -> Vec<Key> {
    events
        .iter()
        .flat_map(|event| projection.makes(event, shard))
        .collect()
}

/// Whether the inserts would show it if something that was presumed absent is there, as far as these events rest on
/// it. What a batch was cut before needs no proof: nobody looked at it.
pub(crate) fn is_proven(
    projection: &dyn Projection,
    shard: Shard,
    events: &[Recorded],
    loaded: &Loaded,
) -> bool {
    let mut unproven = loaded.unproven().peekable();
    if unproven.peek().is_none() {
        return true;
    }
    let needed = needs(projection, shard, events);
    unproven.all(|(key, written)| !written && !needed.contains(key))
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
    let mut news = Vec::new();
    let mut refused = None;
    for event in events {
        if loaded.written_documents() >= limits.documents || loaded.written_bytes() >= limits.bytes {
            break;
        }
        let told = projection.apply(event, &loaded, shard).and_then(|writes| {
            loaded.write_all(writes);
            projection.announce(event, &loaded, shard)
        });
        match told {
            Ok(told) => news.extend(told.into_iter().map(|announcement| News {
                at: event.meta.at,
                announcement,
            })),
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
        news,
        refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        given::{friendship, message_edited, message_sent, published, recorded},
        projections::{Chat, Feed, Posts},
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
        let events = posts(10);
        let asked = || Loaded::asked(needs(&Feed, Shard::WHOLE, &events));
        let applied = apply(&Feed, Shard::WHOLE, &events, asked(), limits);
        // Each is an entry in the author's feed, and known as the author's.
        assert_eq!((applied.events, applied.loaded.written_documents()), (2, 4));
        let limits = WriteLimits {
            documents: 100,
            bytes: 1,
        };
        let applied = apply(&Feed, Shard::WHOLE, &events, asked(), limits);
        assert_eq!(applied.events, 1);
    }

    #[test]
    fn an_event_with_sweeps_begins_a_batch_of_its_own() {
        let [asked, accepted] =
            [friendship("requested", 2, 1), friendship("accepted", 1, 2)].map(|event| recorded(9, event));
        let mut events = posts(3);
        events.extend([asked, accepted.clone()]);
        let (sweeps, count) = cut(&Feed, Shard::WHOLE, &events);
        assert_eq!((sweeps.len(), count), (0, 4));
        let (sweeps, count) = cut(&Feed, Shard::WHOLE, &[accepted.clone(), accepted]);
        assert_eq!((sweeps.len(), count), (2, 1));
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

    fn presuming(projection: &dyn Projection, events: &[Recorded]) -> Loaded {
        let needs = needs(projection, Shard::WHOLE, events);
        let mut loaded = Loaded::asked(needs.clone());
        let makes = makes(projection, Shard::WHOLE, events);
        loaded.presume(needs.into_iter().collect(), &makes);
        loaded
    }

    #[test]
    fn what_a_batch_was_cut_before_needs_no_proof() {
        let events = posts(10);
        let limits = WriteLimits {
            documents: 3,
            bytes: usize::MAX,
        };
        let applied = apply(&Posts, Shard::WHOLE, &events, presuming(&Posts, &events), limits);
        let proven = |events| is_proven(&Posts, Shard::WHOLE, events, &applied.loaded);
        assert!(applied.events < 10 && proven(&events[..applied.events]));
        assert!(!proven(&events));
    }

    #[test]
    fn what_is_made_only_after_the_cut_needs_proof_where_somebody_looked_for_it() {
        // The message was there before the batch, and its id is used again.
        let events = [
            recorded(2, message_edited(1, 2, 7, 1, "changed")),
            recorded(3, message_sent(1, 2, 7, "again")),
        ];
        let loaded = presuming(&Chat, &events);
        let limits = WriteLimits::default();
        let applied = apply(&Chat, Shard::WHOLE, &events[..1], loaded, limits);
        assert!(!is_proven(&Chat, Shard::WHOLE, &events[..1], &applied.loaded));
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
