//! What two people are to each other.

use events::AccountId;
use events::friendship::{Event, Step};

use super::{Aggregate, visibility};

/// What two people are to each other, and who of them blocks the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The relation.
    pub relation: Relation,
    /// None, one or both of the two.
    pub blocked_by: Vec<AccountId>,
}

/// The relation of two people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Relation {
    /// Nothing yet, or nothing any more.
    #[default]
    None,
    /// This one asked the other.
    Requested(AccountId),
    /// Friends.
    Friends,
}

/// `by` does `what` about `other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// Who acts.
    pub by: AccountId,
    /// The other one.
    pub other: AccountId,
    /// What is done.
    pub what: What,
}

/// What one person can do about another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Ask to be friends; where the other has asked already, this accepts.
    Request,
    /// Accept what the other asked.
    Accept,
    /// Decline what the other asked.
    Decline,
    /// Take back what one asked oneself.
    Cancel,
    /// End the friendship.
    Remove,
}

/// Why nothing changes between two people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One has asked already.
    #[error("already requested")]
    AlreadyRequested,
    /// There is nothing left to ask or accept.
    #[error("already friends")]
    AlreadyFriends,
    /// There is no request that could be accepted, declined or cancelled.
    #[error("there is no such request")]
    NoRequest,
    /// There is no friendship that could end.
    #[error("not friends")]
    NotFriends,
    /// The one who acts blocks the other.
    #[error("the caller blocks the other")]
    Blocking,
    /// The other blocks the one who acts, to whom there is nobody.
    #[error("the other blocks the caller")]
    Unknown,
}

/// What happens between the two, or why nothing does.
pub fn decide(state: &State, command: Command) -> Result<Event, Refusal> {
    let Command { by, other, what } = command;
    let step = Step { by, other };
    if !visibility::person(state, by) {
        return Err(Refusal::Unknown);
    }
    match (what, state.relation) {
        (What::Request, _) if state.blocked_by.contains(&by) => Err(Refusal::Blocking),
        (What::Request, Relation::None) => Ok(Event::Requested(step)),
        (What::Request, Relation::Requested(asker)) if asker == by => Err(Refusal::AlreadyRequested),
        (What::Request, Relation::Requested(_)) => Ok(Event::Accepted(step)),
        (What::Request | What::Accept, Relation::Friends) => Err(Refusal::AlreadyFriends),
        (What::Accept, Relation::Requested(asker)) if asker == other => Ok(Event::Accepted(step)),
        (What::Decline, Relation::Requested(asker)) if asker == other => Ok(Event::Declined(step)),
        (What::Cancel, Relation::Requested(asker)) if asker == by => Ok(Event::Cancelled(step)),
        (What::Accept, Relation::None | Relation::Requested(_)) | (What::Decline | What::Cancel, _) => {
            Err(Refusal::NoRequest)
        }
        (What::Remove, Relation::Friends) => Ok(Event::Removed(step)),
        (What::Remove, Relation::None | Relation::Requested(_)) => Err(Refusal::NotFriends),
    }
}

impl Aggregate for State {
    type Event = Event;

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Requested(step) => self.relation = Relation::Requested(step.by),
            Event::Accepted(_) => self.relation = Relation::Friends,
            Event::Declined(_) | Event::Cancelled(_) | Event::Removed(_) => self.relation = Relation::None,
            Event::Blocked(blocking) => {
                self.relation = Relation::None;
                self.blocked_by.clone_from(&blocking.blocked_by);
            }
            Event::Unblocked(blocking) => self.blocked_by.clone_from(&blocking.blocked_by),
        }
        self
    }

    fn own(event: &events::Event) -> Option<&Event> {
        if let events::Event::Friendship(event) = event {
            Some(event)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::friendship::Blocking;
    use uuid::Uuid;

    fn ann() -> AccountId {
        AccountId::from(Uuid::from_u128(1))
    }

    fn ben() -> AccountId {
        AccountId::from(Uuid::from_u128(2))
    }

    fn given(events: &[Event]) -> State {
        events.iter().fold(State::default(), State::evolve)
    }

    fn when(state: &State, by: AccountId, what: What) -> Result<Event, Refusal> {
        let other = if by == ann() { ben() } else { ann() };
        decide(state, Command { by, other, what })
    }

    fn step(by: AccountId) -> Step {
        Step {
            by,
            other: if by == ann() { ben() } else { ann() },
        }
    }

    #[test]
    fn one_asks_and_the_other_accepts() {
        let state = given(&[Event::Requested(step(ann()))]);
        assert_eq!(
            when(&state, ben(), What::Accept),
            Ok(Event::Accepted(step(ben())))
        );
    }

    #[test]
    fn asking_who_has_asked_makes_friends() {
        let state = given(&[Event::Requested(step(ann()))]);
        assert_eq!(
            when(&state, ben(), What::Request),
            Ok(Event::Accepted(step(ben())))
        );
    }

    #[test]
    fn nobody_accepts_or_declines_their_own_request_nor_cancels_anothers() {
        let state = given(&[Event::Requested(step(ann()))]);
        assert_eq!(when(&state, ann(), What::Accept), Err(Refusal::NoRequest));
        assert_eq!(when(&state, ann(), What::Decline), Err(Refusal::NoRequest));
        assert_eq!(when(&state, ben(), What::Cancel), Err(Refusal::NoRequest));
    }

    #[test]
    fn a_request_is_made_once() {
        let state = given(&[Event::Requested(step(ann()))]);
        assert_eq!(when(&state, ann(), What::Request), Err(Refusal::AlreadyRequested));
    }

    #[test]
    fn friends_have_nothing_to_ask_and_strangers_nothing_to_end() {
        let friends = given(&[Event::Requested(step(ann())), Event::Accepted(step(ben()))]);
        for what in [What::Request, What::Accept] {
            assert_eq!(when(&friends, ann(), what), Err(Refusal::AlreadyFriends));
        }
        for what in [What::Accept, What::Decline, What::Cancel] {
            assert_eq!(when(&State::default(), ann(), what), Err(Refusal::NoRequest));
        }
        assert_eq!(
            when(&State::default(), ann(), What::Remove),
            Err(Refusal::NotFriends)
        );
    }

    #[test]
    fn after_a_no_one_may_ask_again() {
        let no = [Event::Declined(step(ben())), Event::Cancelled(step(ann()))];
        for end in no {
            let state = given(&[Event::Requested(step(ann())), end]);
            assert_eq!(
                when(&state, ann(), What::Request),
                Ok(Event::Requested(step(ann())))
            );
        }
        let ended = given(&[
            Event::Requested(step(ann())),
            Event::Accepted(step(ben())),
            Event::Removed(step(ben())),
        ]);
        assert_eq!(
            when(&ended, ann(), What::Request),
            Ok(Event::Requested(step(ann())))
        );
    }

    #[test]
    fn a_block_ends_the_friendship_and_bars_both_from_asking() {
        let block = Event::Blocked(Blocking {
            by: ann(),
            other: ben(),
            blocked_by: vec![ann()],
        });
        let state = given(&[Event::Requested(step(ann())), Event::Accepted(step(ben())), block]);
        assert_eq!(when(&state, ann(), What::Remove), Err(Refusal::NotFriends));
        assert_eq!(when(&state, ann(), What::Request), Err(Refusal::Blocking));
        for what in [
            What::Request,
            What::Accept,
            What::Decline,
            What::Cancel,
            What::Remove,
        ] {
            assert_eq!(when(&state, ben(), what), Err(Refusal::Unknown), "{what:?}");
        }
        let lifted = state.evolve(&Event::Unblocked(Blocking {
            by: ann(),
            other: ben(),
            blocked_by: vec![],
        }));
        assert!(when(&lifted, ben(), What::Request).is_ok());
    }
}
