//! Who are friends, and who has blocked whom: decided from the event store, remembered, and corrected by
//! what happens.

use std::sync::Arc;

use events::friendship::Event as Friendship;
use events::post::Visibility;
use events::{Event, EventStore, LoadError, Pair, RawEvent, Remembered, Scope};
use futures::StreamExt;
use tokio::sync::watch;

use crate::app::Gateway;

/// What two people are to each other, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Neither of the others.
    Strangers,
    /// They are friends.
    Friends,
    /// One blocks the other, or both do.
    Blocked,
}

/// The rules of who is told what, by what the two are to each other.
impl Standing {
    /// Whether one of the two sees posts of the other that are for so many.
    pub(crate) const fn sees(self, visibility: Visibility) -> bool {
        match (visibility, self) {
            (_, Self::Friends) | (Visibility::Public, Self::Strangers) => true,
            (Visibility::Friends, Self::Strangers) | (_, Self::Blocked) => false,
        }
    }

    /// Whether one of the two is told how far the other has read.
    pub(crate) const fn tells_receipts(self) -> bool {
        !matches!(self, Self::Blocked)
    }
}

/// Knows who are friends.
#[derive(Default)]
pub(crate) struct Friends(Remembered<Pair, Standing>);

impl Friends {
    /// Whether the two are friends.
    pub(crate) async fn are(&self, store: &EventStore, pair: Pair) -> Result<bool, LoadError> {
        Ok(self.standing(store, pair).await? == Standing::Friends)
    }

    /// What the two are to each other.
    pub(crate) async fn standing(&self, store: &EventStore, pair: Pair) -> Result<Standing, LoadError> {
        let load = async {
            let history = store.history(&Scope::friendship(pair)).await?;
            let events = history
                .events
                .iter()
                .filter_map(|recorded| match &recorded.event {
                    Event::Friendship(event) => Some(event),
                    _ => None,
                });
            Ok(events.fold(Standing::Strangers, after))
        };
        self.0.get(&pair, load).await
    }
}

/// What two are to each other after `event`.
fn after(standing: Standing, event: &Friendship) -> Standing {
    match event {
        Friendship::Accepted(_) => Standing::Friends,
        Friendship::Removed(_) => Standing::Strangers,
        Friendship::Blocked(blocking) | Friendship::Unblocked(blocking) => {
            if blocking.blocked_by.is_empty() {
                Standing::Strangers
            } else {
                Standing::Blocked
            }
        }
        Friendship::Requested(_) | Friendship::Declined(_) | Friendship::Cancelled(_) => standing,
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
            () = gateway.empty.cancelled() => return,
            changed = breaks.changed() => match changed {
                Ok(()) => gateway.friends.0.forget_all(),
                Err(_) => return,
            },
            message = friendships.next() => {
                let Some(message) = message else { return };
                match pair_of(&gateway.store, message) {
                    Some(pair) => gateway.friends.0.changed(&pair).await,
                    None => gateway.friends.0.forget_all(),
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

    fn blocking(blocked_by: &[u128]) -> Blocking {
        let Step { by, other } = step();
        let blocked_by = blocked_by.iter().map(|n| AccountId::from(Uuid::from_u128(*n)));
        Blocking {
            by,
            other,
            blocked_by: blocked_by.collect(),
        }
    }

    #[rstest]
    #[case(Standing::Friends, true, true, true)]
    #[case(Standing::Strangers, true, false, true)]
    #[case(Standing::Blocked, false, false, false)]
    fn a_block_ends_all_that_is_told(
        #[case] standing: Standing,
        #[case] public: bool,
        #[case] friends: bool,
        #[case] receipts: bool,
    ) {
        assert_eq!(standing.sees(Visibility::Public), public);
        assert_eq!(standing.sees(Visibility::Friends), friends);
        assert_eq!(standing.tells_receipts(), receipts);
    }

    #[rstest]
    #[case(vec![Friendship::Requested(step())], Standing::Strangers)]
    #[case(vec![Friendship::Requested(step()), Friendship::Accepted(step())], Standing::Friends)]
    #[case(vec![Friendship::Accepted(step()), Friendship::Removed(step())], Standing::Strangers)]
    #[case(
        vec![Friendship::Removed(step()), Friendship::Requested(step()), Friendship::Accepted(step())],
        Standing::Friends
    )]
    #[case(vec![Friendship::Accepted(step()), Friendship::Blocked(blocking(&[1]))], Standing::Blocked)]
    #[case(
        vec![Friendship::Blocked(blocking(&[1, 2])), Friendship::Unblocked(blocking(&[2]))],
        Standing::Blocked
    )]
    #[case(
        vec![Friendship::Accepted(step()), Friendship::Blocked(blocking(&[1])), Friendship::Unblocked(blocking(&[]))],
        Standing::Strangers
    )]
    fn friends_are_those_whose_friendship_began_and_did_not_end(
        #[case] history: Vec<Friendship>,
        #[case] standing: Standing,
    ) {
        assert_eq!(history.iter().fold(Standing::Strangers, after), standing);
    }
}
