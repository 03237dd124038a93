//! Accounts whose loading stands in for that of accounts that don't exist.

use std::sync::{Mutex, MutexGuard, PoisonError};

use events::AccountId;
use platform::id;

/// How many accounts are kept to choose from.
const PLACES: usize = 64;

/// Some of the accounts whose owners came last.
#[derive(Debug, Default)]
pub(crate) struct StandIns(Mutex<Vec<AccountId>>);

impl StandIns {
    /// One to begin with, if there is any.
    pub(crate) fn new(first: Option<AccountId>) -> Self {
        Self(Mutex::new(first.into_iter().collect()))
    }

    /// Adds an account whose owner has just come, in the place of any other where there are enough.
    pub(crate) fn add(&self, account: AccountId) {
        let mut accounts = self.accounts();
        if accounts.contains(&account) {
            return;
        }
        if accounts.len() < PLACES {
            accounts.push(account);
        } else {
            let place = random_place(PLACES);
            accounts[place] = account;
        }
    }

    /// Any of them.
    pub(crate) fn any(&self) -> Option<AccountId> {
        let accounts = self.accounts();
        accounts.get(random_place(accounts.len())).copied()
    }

    /// Takes out an account that is no more.
    pub(crate) fn remove(&self, account: AccountId) {
        self.accounts().retain(|other| *other != account);
    }

    fn accounts(&self) -> MutexGuard<'_, Vec<AccountId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A random place among `places`, or the first.
fn random_place(places: usize) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a fraction below one of a small number"
    )]
    let place = (id::random_fraction() * places as f64) as usize;
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn stand_ins_are_those_who_came_last_and_still_are() {
        let account = |n| AccountId::from(Uuid::from_u128(n));
        let stand_ins = StandIns::new(None);
        assert_eq!(stand_ins.any(), None);
        stand_ins.add(account(1));
        stand_ins.add(account(1));
        assert_eq!(stand_ins.any(), Some(account(1)));
        stand_ins.remove(account(1));
        assert_eq!(stand_ins.any(), None);
        for n in 0..1_000 {
            stand_ins.add(account(n));
            assert!(stand_ins.any().is_some());
        }
        assert_eq!(stand_ins.accounts().len(), PLACES);
    }
}
