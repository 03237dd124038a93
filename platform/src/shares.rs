//! What each caller may have of something that everybody shares: so much at once ([`Shares`]), or so much in a time
//! ([`Budget`]). Both are of one process.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How much each caller holds now. Clones count together.
#[derive(Debug)]
pub struct Shares<K> {
    most: u64,
    held: Arc<Mutex<HashMap<K, u64>>>,
}

/// What a caller holds; dropping it gives it back.
#[derive(Debug)]
pub struct Share<K: Hash + Eq> {
    held: Arc<Mutex<HashMap<K, u64>>>,
    key: K,
    amount: u64,
}

impl<K> Clone for Shares<K> {
    fn clone(&self) -> Self {
        Self {
            most: self.most,
            held: self.held.clone(),
        }
    }
}

impl<K: Hash + Eq + Copy> Shares<K> {
    /// Each caller may hold `most` at once.
    pub fn new(most: u64) -> Self {
        Self {
            most,
            held: Arc::default(),
        }
    }

    /// So much more for a caller, if that may hold it.
    pub fn take(&self, key: K, amount: u64) -> Option<Share<K>> {
        let mut held = lock(&self.held);
        let before = held.get(&key).copied().unwrap_or(0);
        let after = before.checked_add(amount).filter(|after| *after <= self.most)?;
        held.insert(key, after);
        Some(Share {
            held: self.held.clone(),
            key,
            amount,
        })
    }

    /// How many callers hold anything.
    pub fn callers(&self) -> usize {
        lock(&self.held).len()
    }
}

impl<K: Hash + Eq> Share<K> {
    /// Makes this the share of both. They must be of the same caller.
    pub fn merge(&mut self, mut other: Self) {
        self.amount += std::mem::take(&mut other.amount);
    }
}

impl<K: Hash + Eq> Drop for Share<K> {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        if let Some(amount) = held.get_mut(&self.key) {
            *amount -= self.amount;
            if *amount == 0 {
                held.remove(&self.key);
            }
        }
    }
}

/// How many callers are remembered before those are forgotten who have all of theirs back.
const MANY_CALLERS: usize = 10_000;

/// How much each caller may spend: `burst` at once, `per_minute` for long.
#[derive(Debug)]
pub struct Budget<K> {
    burst: Duration,
    /// How long a unit takes to flow back.
    unit: Duration,
    /// When all that a caller spent will have flowed back.
    whole_at: Mutex<HashMap<K, Instant>>,
}

impl<K: Hash + Eq + Copy> Budget<K> {
    /// Both at least 1.
    pub fn new(burst: u64, per_minute: u64) -> Self {
        let unit = Duration::from_mins(1).as_nanos() / u128::from(per_minute.max(1));
        let nanoseconds = |all: u128| Duration::from_nanos(u64::try_from(all).unwrap_or(u64::MAX));
        Self {
            burst: nanoseconds(unit.saturating_mul(burst.max(1).into())),
            unit: nanoseconds(unit.max(1)),
            whole_at: Mutex::default(),
        }
    }

    /// Spends so much.
    ///
    /// # Errors
    ///
    /// How long until there is enough; nothing is spent.
    pub fn spend(&self, key: K, cost: u64, now: Instant) -> Result<(), Duration> {
        let cost = self.cost(cost);
        let mut whole_at = self.whole_at(now);
        let spent = whole_at.get(&key).copied().unwrap_or(now).max(now) + cost;
        match spent.duration_since(now).checked_sub(self.burst) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                whole_at.insert(key, spent);
                Ok(())
            }
        }
    }

    /// Spends so much in any case, for what turned out afterwards to cost more. What isn't there is owed: until it has
    /// flowed back nothing can be spent. At most the whole burst is owed.
    pub fn owe(&self, key: K, cost: u64, now: Instant) {
        let cost = self.cost(cost);
        let mut whole_at = self.whole_at(now);
        let spent = whole_at.get(&key).copied().unwrap_or(now).max(now) + cost;
        whole_at.insert(key, spent.min(now + self.burst * 2));
    }

    /// The time until so much has flowed back. What costs more than the whole burst costs that.
    fn cost(&self, cost: u64) -> Duration {
        u32::try_from(cost).map_or(self.burst, |cost| self.unit.saturating_mul(cost).min(self.burst))
    }

    fn whole_at(&self, now: Instant) -> MutexGuard<'_, HashMap<K, Instant>> {
        let mut whole_at = lock(&self.whole_at);
        if whole_at.len() >= MANY_CALLERS {
            whole_at.retain(|_, at| *at > now);
        }
        whole_at
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_holds_no_more_than_its_share_and_gets_it_back() {
        let shares = Shares::new(3);
        let mut first = shares.take("ann", 2).unwrap();
        assert!(shares.take("ann", 2).is_none());
        first.merge(shares.take("ann", 1).unwrap());
        assert!(shares.take("ann", 1).is_none());
        let second = shares.take("bob", 3);
        assert!(second.is_some(), "another's share is another's");
        drop(first);
        assert_eq!(shares.callers(), 1);
        assert!(shares.take("ann", 3).is_some());
        assert!(shares.take("cat", u64::MAX).is_none());
    }

    #[test]
    fn a_budget_is_spent_at_once_and_flows_back() {
        let (budget, now) = (Budget::new(100, 60), Instant::now());
        assert_eq!(budget.spend("ann", 60, now), Ok(()));
        assert_eq!(budget.spend("ann", 60, now), Err(Duration::from_secs(20)));
        assert_eq!(budget.spend("bob", 60, now), Ok(()));
        assert_eq!(budget.spend("ann", 60, now + Duration::from_secs(20)), Ok(()));
    }

    #[test]
    fn what_costs_more_than_all_costs_all() {
        let (budget, now) = (Budget::new(100, 60), Instant::now());
        assert_eq!(budget.spend("ann", u64::MAX, now), Ok(()));
        assert_eq!(budget.spend("ann", 1, now), Err(Duration::from_secs(1)));
        assert_eq!(budget.spend("ann", 500, now + Duration::from_secs(100)), Ok(()));
    }

    #[test]
    fn what_is_owed_flows_back_before_anything_can_be_spent() {
        let (budget, now) = (Budget::new(100, 60), Instant::now());
        budget.owe("ann", 60, now);
        assert_eq!(budget.spend("ann", 40, now), Ok(()));
        budget.owe("ann", 50, now);
        assert_eq!(budget.spend("ann", 1, now), Err(Duration::from_secs(51)));
        budget.owe("ann", u64::MAX, now);
        budget.owe("ann", u64::MAX, now);
        assert_eq!(budget.spend("ann", 100, now), Err(Duration::from_secs(200)));
        assert_eq!(budget.spend("ann", 100, now + Duration::from_secs(200)), Ok(()));
    }

    #[test]
    fn callers_who_have_all_of_theirs_are_forgotten() {
        let (budget, now) = (Budget::new(1, 60), Instant::now());
        for caller in 0..MANY_CALLERS {
            budget.spend(caller, 1, now).unwrap();
        }
        budget
            .spend(MANY_CALLERS, 1, now + Duration::from_secs(2))
            .unwrap();
        assert_eq!(lock(&budget.whole_at).len(), 1);
    }
}
