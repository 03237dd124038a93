//! How much one socket may send, and how many sockets there may be.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use events::AccountId;
use platform::Problem;
use platform::shares::Budget;

use crate::config::Limits;
use crate::measure;
use crate::network::Network;

/// A bucket of tokens that refills evenly: `burst` at once, `per_second` for long.
#[derive(Debug)]
pub(crate) struct Bucket {
    burst: f64,
    per_second: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// A full one.
    pub(crate) fn new(burst: u16, per_second: u16, now: Instant) -> Self {
        Self {
            burst: f64::from(burst),
            per_second: f64::from(per_second),
            tokens: f64::from(burst),
            filled: now,
        }
    }

    /// Takes one token.
    ///
    /// # Errors
    ///
    /// How long until there is one.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.burst);
        self.filled = now;
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / self.per_second));
        }
        self.tokens -= 1.0;
        Ok(())
    }
}

/// Further look-ups that one costs which finds nothing to watch. Clients ask for whom and what they show; who asks at
/// random has each one looked up in the event store, for nothing is remembered of it.
const FOR_NOTHING: u64 = 9;

/// How many people and posts the sockets of one account may ask to watch: each costs a look at the event store, or at
/// what is remembered of it.
#[derive(Debug)]
pub(crate) struct Lookups(Budget<AccountId>);

impl Lookups {
    pub(crate) fn new(limits: &Limits) -> Self {
        let (burst, per_minute) = (limits.lookups_burst.get(), limits.lookups_per_minute.get());
        Self(Budget::new(burst.into(), per_minute.into()))
    }

    /// So many for `account`.
    pub(crate) fn spend(&self, account: AccountId, count: usize) -> Result<(), Problem> {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let spent = self.0.spend(account, count, Instant::now());
        spent.map_err(Problem::too_many_requests)
    }

    /// So many of those looked up for `account` may not be watched.
    pub(crate) fn found_nothing(&self, account: AccountId, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.0
            .owe(account, count.saturating_mul(FOR_NOTHING), Instant::now());
    }
}

/// Counts sockets, of each account, of each address and in all.
#[derive(Debug, Clone)]
pub(crate) struct Slots(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    per_account: u32,
    per_address: u32,
    in_all: u32,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    accounts: HashMap<AccountId, u32>,
    addresses: HashMap<Network, u32>,
    all: u32,
}

/// One socket's right to be there; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Slots,
    account: AccountId,
    /// None where the edge doesn't tell it.
    address: Option<Network>,
}

impl Slots {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self(Arc::new(Inner {
            per_account: limits.sockets_per_account.get(),
            per_address: limits.sockets_per_address.get().into(),
            in_all: limits.sockets.get(),
            taken: Mutex::default(),
        }))
    }

    /// A slot for one more socket of `account`, from `address`.
    pub(crate) fn take(&self, account: AccountId, address: Option<Network>) -> Result<Slot, Problem> {
        let mut taken = self.taken();
        if taken.all >= self.0.in_all {
            return Err(Problem::unavailable(
                "too-many-connections",
                "This server has as many connections as it can take.",
                Duration::from_secs(5),
            ));
        }
        if count(&taken.accounts, &account) >= self.0.per_account {
            return Err(too_many("This account has as many connections as it may have."));
        }
        if address.is_some_and(|address| count(&taken.addresses, &address) >= self.0.per_address) {
            return Err(too_many("This address has as many connections as it may have."));
        }
        *taken.accounts.entry(account).or_default() += 1;
        if let Some(address) = address {
            *taken.addresses.entry(address).or_default() += 1;
        }
        taken.all += 1;
        measure::connections(taken.all);
        Ok(Slot {
            slots: self.clone(),
            account,
            address,
        })
    }

    /// How many are taken.
    pub(crate) fn count(&self) -> u32 {
        self.taken().all
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        taken.all -= 1;
        measure::connections(taken.all);
        give_back(&mut taken.accounts, self.account);
        if let Some(address) = self.address {
            give_back(&mut taken.addresses, address);
        }
    }
}

fn count<K: Eq + Hash>(counts: &HashMap<K, u32>, key: &K) -> u32 {
    counts.get(key).copied().unwrap_or(0)
}

fn give_back<K: Eq + Hash>(counts: &mut HashMap<K, u32>, key: K) {
    if let Entry::Occupied(mut count) = counts.entry(key) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}

fn too_many(detail: &str) -> Problem {
    Problem::new(
        axum::http::StatusCode::TOO_MANY_REQUESTS,
        "too-many-connections",
        detail,
    )
    .with_retry_after(Duration::from_secs(30))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::num::{NonZeroU16, NonZeroU32};

    use uuid::Uuid;

    use super::*;

    fn account(n: u128) -> AccountId {
        AccountId::from(Uuid::from_u128(n))
    }

    fn address(last: u8) -> Network {
        Network::from(IpAddr::from([192, 0, 2, last]))
    }

    fn slots(per_account: u32, in_all: u32) -> Slots {
        let one = NonZeroU16::MIN;
        Slots::new(&Limits {
            sockets: NonZeroU32::new(in_all).unwrap(),
            sockets_per_account: NonZeroU32::new(per_account).unwrap(),
            sockets_per_address: NonZeroU16::new(3).unwrap(),
            socket_buffer: one,
            socket_payload_bytes: one.into(),
            socket_events_per_second: one,
            socket_events_burst: one,
            polled_packets_per_address: NonZeroU32::MIN,
            lookups_per_minute: NonZeroU32::MIN,
            lookups_burst: NonZeroU32::MIN,
            socket_ping_seconds: 1,
        })
    }

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(2, 10, start);
        assert!(bucket.take(start).is_ok());
        assert!(bucket.take(start).is_ok());
        assert_eq!(bucket.take(start), Err(Duration::from_millis(100)));
        assert!(bucket.take(start + Duration::from_millis(100)).is_ok());
        assert!(bucket.take(start + Duration::from_millis(150)).is_err());
        let later = start + Duration::from_mins(1);
        assert!(bucket.take(later).is_ok() && bucket.take(later).is_ok() && bucket.take(later).is_err());
    }

    #[test]
    fn an_account_has_no_more_than_its_sockets_and_gets_them_back() {
        let slots = slots(2, 10);
        let take = |n| slots.take(account(n), None);
        let (first, _second) = (take(1).unwrap(), take(1).unwrap());
        assert_eq!(take(1).unwrap_err().status().as_u16(), 429);
        assert!(take(2).is_ok());
        drop(first);
        assert!(take(1).is_ok());
    }

    #[test]
    fn an_address_has_no_more_than_its_sockets_whoever_they_belong_to() {
        let slots = slots(2, 10);
        let mut taken: Vec<Slot> = (1..=3)
            .map(|n| slots.take(account(n), Some(address(1))).unwrap())
            .collect();
        assert_eq!(
            slots
                .take(account(4), Some(address(1)))
                .unwrap_err()
                .status()
                .as_u16(),
            429
        );
        assert!(slots.take(account(4), Some(address(2))).is_ok());
        taken.pop();
        assert!(slots.take(account(4), Some(address(1))).is_ok());
    }

    #[test]
    fn a_full_gateway_refuses_everybody() {
        let slots = slots(2, 1);
        let only = slots.take(account(1), None).unwrap();
        assert_eq!(slots.take(account(2), None).unwrap_err().status().as_u16(), 503);
        drop(only);
        assert_eq!(slots.count(), 0);
    }
}
