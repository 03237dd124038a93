//! Blocking: who blocks somebody isn't reached by them any more, nor the other way round.
//!
//! A block is part of what two people are to each other (see [`super::friendship`]), and ends a friendship and
//! its requests by itself. Blocking who is blocked, and unblocking who isn't, is nothing: neither is refused. To who
//! is blocked there is nobody, so they can't block back.

use events::AccountId;
use events::friendship::{Blocking, Event};

use super::friendship::{Refusal, State};
use super::visibility;

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
pub fn decide(state: &State, by: AccountId, other: AccountId, what: What) -> Result<Option<Event>, Refusal> {
    if !visibility::person(state, by) {
        return Err(Refusal::Unknown);
    }
    let blocks = state.blocked_by.contains(&by);
    let mut blocked_by = state.blocked_by.clone();
    Ok(match what {
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
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::friendship::{self, Command, Relation};
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

    fn blocked_by(blocked_by: &[AccountId]) -> State {
        State {
            blocked_by: blocked_by.to_vec(),
            ..State::default()
        }
    }

    fn blocking(blocked_by: &[AccountId]) -> Blocking {
        Blocking {
            by: ann(),
            other: ben(),
            blocked_by: blocked_by.to_vec(),
        }
    }

    fn ann_does(state: &State, what: What) -> Result<Option<Event>, Refusal> {
        decide(state, ann(), ben(), what)
    }

    #[test]
    fn a_block_is_set_once_and_lifted_once() {
        let (none, one) = (State::default(), blocked_by(&[ann()]));
        let set = Event::Blocked(blocking(&[ann()]));
        assert_eq!(ann_does(&none, What::Block), Ok(Some(set)));
        assert_eq!(ann_does(&one, What::Block), Ok(None));
        let lifted = Event::Unblocked(blocking(&[]));
        assert_eq!(ann_does(&one, What::Unblock), Ok(Some(lifted)));
        assert_eq!(ann_does(&none, What::Unblock), Ok(None));
    }

    #[test]
    fn to_the_blocked_there_is_nobody_to_block_or_unblock() {
        for what in [What::Block, What::Unblock] {
            assert_eq!(ann_does(&blocked_by(&[ben()]), what), Err(Refusal::Unknown));
        }
    }

    /// Two who block each other come from when the blocked could block back.
    #[test]
    fn ones_own_block_hides_the_others_and_is_lifted_alone() {
        let (one, both) = (blocked_by(&[ann()]), blocked_by(&[ann(), ben()]));
        assert_eq!(ann_does(&both, What::Block), Ok(None));
        let lifted = Event::Unblocked(blocking(&[ben()]));
        assert_eq!(ann_does(&both, What::Unblock), Ok(Some(lifted)));
        for what in [
            friendship::What::Request,
            friendship::What::Accept,
            friendship::What::Decline,
            friendship::What::Cancel,
            friendship::What::Remove,
        ] {
            let command = Command {
                by: ann(),
                other: ben(),
                what,
            };
            assert_eq!(
                friendship::decide(&both, command),
                friendship::decide(&one, command),
                "{what:?}"
            );
        }
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
                    0 => decide(&state, by, other, What::Block).ok().flatten(),
                    1 => decide(&state, by, other, What::Unblock).ok().flatten(),
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
