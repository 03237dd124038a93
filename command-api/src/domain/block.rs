//! Blocking: who blocks somebody isn't reached by them any more, nor the other way round.
//!
//! A block is part of what two people are to each other (see [`super::friendship`]), and ends a friendship and
//! its requests by itself. Blocking who is blocked, and unblocking who isn't, is nothing: neither is refused.

use events::AccountId;
use events::friendship::{Blocking, Event};

use super::friendship::State;

/// What somebody does about another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Block.
    Block,
    /// Lift one's own block.
    Unblock,
}

/// What happens when `by` does `what` about `other`; nothing, if it is so already. The other one's block stands
/// whatever is done.
pub fn decide(state: &State, by: AccountId, other: AccountId, what: What) -> Option<Event> {
    let blocks = state.blocked_by.contains(&by);
    let mut blocked_by = state.blocked_by.clone();
    match what {
        What::Block if !blocks => {
            blocked_by.push(by);
            blocked_by.sort();
            Some(Event::Blocked(Blocking {
                by,
                other,
                blocked_by,
            }))
        }
        What::Unblock if blocks => {
            blocked_by.retain(|blocker| *blocker != by);
            Some(Event::Unblocked(Blocking {
                by,
                other,
                blocked_by,
            }))
        }
        What::Block | What::Unblock => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Aggregate;
    use crate::domain::friendship::{self, Command, Refusal, Relation};
    use crate::domain::social_properties::{check, take};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn person(n: u8) -> AccountId {
        AccountId::from(Uuid::from_u128(u128::from(n) + 1))
    }

    fn ann() -> AccountId {
        person(0)
    }

    fn ben() -> AccountId {
        person(1)
    }

    /// The state after each has done something about the other; what is nothing changes nothing.
    fn after(steps: &[(AccountId, What)]) -> State {
        steps.iter().fold(State::default(), |state, (by, what)| {
            let other = if *by == ann() { ben() } else { ann() };
            match decide(&state, *by, other, *what) {
                Some(event) => state.evolve(&event),
                None => state,
            }
        })
    }

    #[test]
    fn an_event_tells_of_both_blocks() {
        let state = after(&[(ben(), What::Block)]);
        assert_eq!(
            decide(&state, ann(), ben(), What::Block),
            Some(Event::Blocked(Blocking {
                by: ann(),
                other: ben(),
                blocked_by: vec![ann(), ben()],
            }))
        );
    }

    #[test]
    fn a_block_is_set_once_and_lifted_once() {
        let blocked = after(&[(ann(), What::Block)]);
        assert_eq!(decide(&blocked, ann(), ben(), What::Block), None);
        assert_eq!(decide(&State::default(), ann(), ben(), What::Unblock), None);
        assert_eq!(
            decide(&blocked, ben(), ann(), What::Unblock),
            None,
            "nobody lifts another's block"
        );
    }

    #[test]
    fn lifting_ones_own_block_leaves_the_others() {
        let state = after(&[(ann(), What::Block), (ben(), What::Block), (ann(), What::Unblock)]);
        assert_eq!(state.blocked_by, [ben()]);
    }

    /// Who has blocked somebody is told of their own block, so that the other's doesn't show.
    #[test]
    fn ones_own_block_hides_the_others() {
        let ask = |state: &State| {
            let command = Command {
                by: ann(),
                other: ben(),
                what: friendship::What::Request,
            };
            friendship::decide(state, command)
        };
        let one = after(&[(ann(), What::Block)]);
        let both = after(&[(ann(), What::Block), (ben(), What::Block)]);
        assert_eq!(ask(&one), Err(Refusal::Blocking));
        assert_eq!(ask(&both), Err(Refusal::Blocking));
    }

    fn step() -> impl Strategy<Value = friendship::What> {
        use friendship::What::{Accept, Cancel, Decline, Remove, Request};
        prop::sample::select(vec![Request, Accept, Decline, Cancel, Remove])
    }

    proptest! {
        #[test]
        fn friendships_with_blocks(steps in prop::collection::vec((0..2_u8, step(), 0..6_u8), 0..40)) {
            let (mut state, mut events) = (State::default(), Vec::new());
            for (by, what, block) in steps {
                let (by, other) = (person(by), person(1 - by));
                let decided = match block {
                    0 => decide(&state, by, other, What::Block),
                    1 => decide(&state, by, other, What::Unblock),
                    _ => friendship::decide(&state, Command { by, other, what }).ok(),
                };
                take(&mut state, &mut events, decided);
                let blocked = !state.blocked_by.is_empty();
                prop_assert!(!blocked || state.relation == Relation::None, "nothing stands beside a block");
            }
            check(&state, &events);
        }
    }
}
