//! Who are friends: decided from the event store, remembered, and corrected by what happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use events::friendship::Event as Friendship;
use events::{Event, EventStore, LoadError, Pair, RawEvent, Scope};
use futures::StreamExt;
use moka::future::Cache;
use tokio::sync::watch;

use crate::app::Gateway;

/// How many pairs are remembered, at about 150 bytes each.
const REMEMBERED: u64 = 100_000;
/// How long, should the word of a change not have come.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);

/// Knows who are friends.
pub(crate) struct Friends {
    known: Cache<Pair, bool>,
    /// Counts the changes, so that what was loaded before one isn't remembered after it.
    changes: AtomicU64,
}

impl Friends {
    /// Knows nobody yet.
    pub(crate) fn new() -> Self {
        Self {
            known: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(REMEMBERED_FOR)
                .build(),
            changes: AtomicU64::new(0),
        }
    }

    /// Whether the two are friends.
    pub(crate) async fn are(&self, store: &EventStore, pair: Pair) -> Result<bool, LoadError> {
        if let Some(friends) = self.known.get(&pair).await {
            return Ok(friends);
        }
        let before = self.changes.load(Ordering::SeqCst);
        let history = store.history(&Scope::friendship(pair)).await?;
        let friends = history
            .events
            .iter()
            .fold(false, |friends, recorded| match &recorded.event {
                Event::Friendship(event) => after(friends, event),
                _ => friends,
            });
        if self.changes.load(Ordering::SeqCst) == before {
            self.known.insert(pair, friends).await;
            // A change between the look and the insertion found nothing to forget.
            if self.changes.load(Ordering::SeqCst) != before {
                self.known.invalidate(&pair).await;
            }
        }
        Ok(friends)
    }

    async fn changed(&self, pair: Pair) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate(&pair).await;
    }

    fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate_all();
    }
}

/// Whether two are friends after `event`, who were or weren't before.
fn after(friends: bool, event: &Friendship) -> bool {
    match event {
        Friendship::Accepted(_) => true,
        Friendship::Removed(_) | Friendship::Blocked(_) => false,
        Friendship::Requested(_)
        | Friendship::Declined(_)
        | Friendship::Cancelled(_)
        | Friendship::Unblocked(_) => friends,
    }
}

/// Forgets what changes, until the process ends; and everything after a break, when changes may have been missed.
pub(crate) async fn follow(
    gateway: Arc<Gateway>,
    mut friendships: async_nats::Subscriber,
    mut breaks: watch::Receiver<u64>,
) {
    loop {
        tokio::select! {
            () = gateway.shutdown.begun() => return,
            changed = breaks.changed() => match changed {
                Ok(()) => gateway.friends.forget_all(),
                Err(_) => return,
            },
            message = friendships.next() => {
                let Some(message) = message else { return };
                match pair_of(&gateway.store, message) {
                    Some(pair) => gateway.friends.changed(pair).await,
                    None => gateway.friends.forget_all(),
                }
            }
        }
    }
}

/// Where friendships' events are republished.
pub(crate) fn subjects(store: &EventStore) -> String {
    store.namespace().absolute("live.evt.*.friendship.*.*")
}

fn pair_of(store: &EventStore, message: async_nats::Message) -> Option<Pair> {
    let raw = RawEvent::from_live(store.namespace(), message).ok()?;
    match raw.decode(None).ok()?.event {
        Event::Friendship(event) => event.pair(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use events::AccountId;
    use events::friendship::{Blocking, Step};
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;

    fn step() -> Step {
        let person = |n| AccountId::from(Uuid::from_u128(n));
        Step {
            by: person(1),
            other: person(2),
        }
    }

    fn blocking() -> Blocking {
        let Step { by, other } = step();
        Blocking {
            by,
            other,
            blocked_by: vec![by],
        }
    }

    #[rstest]
    #[case(vec![Friendship::Requested(step())], false)]
    #[case(vec![Friendship::Requested(step()), Friendship::Accepted(step())], true)]
    #[case(vec![Friendship::Accepted(step()), Friendship::Removed(step())], false)]
    #[case(vec![Friendship::Removed(step()), Friendship::Requested(step()), Friendship::Accepted(step())], true)]
    #[case(vec![Friendship::Accepted(step()), Friendship::Blocked(blocking())], false)]
    #[case(vec![Friendship::Accepted(step()), Friendship::Blocked(blocking()), Friendship::Unblocked(blocking())], false)]
    fn friends_are_those_whose_friendship_began_and_did_not_end(
        #[case] history: Vec<Friendship>,
        #[case] friends: bool,
    ) {
        assert_eq!(history.iter().fold(false, after), friends);
    }
}
