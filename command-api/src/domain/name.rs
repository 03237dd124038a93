//! A username or an address: held by at most one account.

use events::AccountId;
use events::name::{Event, Holder};

/// Who holds a name.
///
/// The events don't tell whether the name is a username or an address, so this aggregate is folded by its own
/// function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nobody, or nobody any more.
    #[default]
    Free,
    /// This account.
    Held(AccountId),
}

/// Why a name can't be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Somebody holds it.
    #[error("the name is taken")]
    Taken,
}

/// Whether `account` may take the name.
pub fn decide(state: &State, account: AccountId) -> Result<Event, Refusal> {
    match state {
        State::Free => Ok(Event::Claimed(Holder { account })),
        State::Held(_) => Err(Refusal::Taken),
    }
}

/// What happens when `account` lets the name go; nothing, if it hasn't got it or hasn't any more.
pub fn release(state: &State, account: AccountId) -> Option<Event> {
    match state {
        State::Held(holder) if *holder == account => Some(Event::Released(Holder { account })),
        State::Held(_) | State::Free => None,
    }
}

/// The state after `event`.
#[must_use]
pub fn evolve(_state: State, event: &Event) -> State {
    match event {
        Event::Claimed(holder) => State::Held(holder.account),
        Event::Released(_) => State::Free,
    }
}

/// The state after all of `events`, whichever kind of name it is.
pub fn fold<'a>(events: impl IntoIterator<Item = &'a events::Event>) -> State {
    events.into_iter().fold(State::default(), |state, event| {
        if let events::Event::Username(event) | events::Event::Email(event) = event {
            evolve(state, event)
        } else {
            state
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn account(n: u128) -> AccountId {
        AccountId::from(Uuid::from_u128(n))
    }

    #[test]
    fn a_free_name_is_taken_and_a_held_one_is_not() {
        let claimed = decide(&State::Free, account(1)).unwrap();
        let held = evolve(State::Free, &claimed);
        assert_eq!(held, State::Held(account(1)));
        assert_eq!(decide(&held, account(2)), Err(Refusal::Taken));
        assert_eq!(decide(&held, account(1)), Err(Refusal::Taken));
    }

    #[test]
    fn a_released_name_is_free_again() {
        let released = Event::Released(Holder { account: account(1) });
        assert!(decide(&evolve(State::Held(account(1)), &released), account(2)).is_ok());
    }

    #[test]
    fn a_name_is_let_go_once_and_by_who_has_it() {
        let held = State::Held(account(1));
        let released = release(&held, account(1)).unwrap();
        assert_eq!(evolve(held, &released), State::Free);
        assert_eq!(release(&State::Free, account(1)), None);
        assert_eq!(release(&State::Held(account(2)), account(1)), None);
    }
}
