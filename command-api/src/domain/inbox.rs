//! A person's notifications: how far they were seen.

use events::AccountId;
use events::inbox::{Event, NotificationsSeen};

use super::Aggregate;

/// What decides about an inbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The sequence in the event stream up to which all has been seen.
    pub seen_up_to: u64,
}

/// Mark notifications seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkSeen {
    /// Whose they are.
    pub account: AccountId,
    /// The sequence up to which they were seen.
    pub up_to: u64,
    /// The last sequence there is.
    pub end: u64,
}

/// Why nothing was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody has seen what hasn't happened.
    #[error("the position lies ahead of the stream")]
    Ahead,
}

/// How far all is seen from now on; nothing, if that far was seen already.
pub fn mark_seen(state: State, command: MarkSeen) -> Result<Option<Event>, Refusal> {
    let MarkSeen { account, up_to, end } = command;
    if up_to > end {
        return Err(Refusal::Ahead);
    }
    let seen = NotificationsSeen { account, up_to };
    Ok((up_to > state.seen_up_to).then_some(Event::NotificationsSeen(seen)))
}

impl Aggregate for State {
    type Event = Event;

    fn evolve(self, event: &Event) -> Self {
        match event {
            Event::NotificationsSeen(seen) => Self {
                seen_up_to: seen.up_to,
            },
        }
    }

    fn own(event: &events::Event) -> Option<&Event> {
        if let events::Event::Inbox(event) = event {
            Some(event)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::social_properties::{check, take};
    use proptest::prelude::*;
    use rstest::rstest;
    use uuid::Uuid;

    fn mark(state: State, up_to: u64) -> Result<Option<Event>, Refusal> {
        let account = AccountId::from(Uuid::from_u128(1));
        mark_seen(
            state,
            MarkSeen {
                account,
                up_to,
                end: 100,
            },
        )
    }

    #[rstest]
    #[case(0, Ok(false))]
    #[case(49, Ok(false))]
    #[case(50, Ok(false))]
    #[case(51, Ok(true))]
    #[case(100, Ok(true))]
    #[case(101, Err(Refusal::Ahead))]
    #[case(u64::MAX, Err(Refusal::Ahead))]
    fn seeing_goes_forward_and_never_ahead_of_what_happened(
        #[case] up_to: u64,
        #[case] expected: Result<bool, Refusal>,
    ) {
        let state = State { seen_up_to: 50 };
        assert_eq!(mark(state, up_to).map(|event| event.is_some()), expected);
    }

    proptest! {
        #[test]
        fn inboxes(steps in prop::collection::vec(0..120_u64, 0..30)) {
            let (mut state, mut events) = (State::default(), Vec::new());
            for up_to in steps {
                let before = state;
                let decided = mark(state, up_to).ok().flatten();
                take(&mut state, &mut events, decided);
                prop_assert!(state.seen_up_to >= before.seen_up_to);
            }
            check(&state, &events);
        }
    }
}
