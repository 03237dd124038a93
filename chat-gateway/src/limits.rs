//! How much one socket may send, and how many sockets there may be.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use events::AccountId;
use platform::Problem;

use crate::config::Limits;
use crate::measure;

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

/// Counts sockets, of each account and in all.
#[derive(Debug, Clone)]
pub(crate) struct Slots(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    per_account: u32,
    in_all: u32,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    accounts: HashMap<AccountId, u32>,
    all: u32,
}

/// One socket's right to be there; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Slots,
    account: AccountId,
}

impl Slots {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self(Arc::new(Inner {
            per_account: limits.sockets_per_account.get(),
            in_all: limits.sockets.get(),
            taken: Mutex::default(),
        }))
    }

    /// A slot for one more socket of `account`.
    pub(crate) fn take(&self, account: AccountId) -> Result<Slot, Problem> {
        let mut taken = self.taken();
        if taken.all >= self.0.in_all {
            return Err(Problem::unavailable(
                "too-many-connections",
                "This server has as many connections as it can take.",
                Duration::from_secs(5),
            ));
        }
        let of_account = taken.accounts.entry(account).or_default();
        if *of_account >= self.0.per_account {
            return Err(Problem::new(
                axum::http::StatusCode::TOO_MANY_REQUESTS,
                "too-many-connections",
                "This account has as many connections as it may have.",
            )
            .with_retry_after(Duration::from_secs(30)));
        }
        *of_account += 1;
        taken.all += 1;
        measure::connections(taken.all);
        Ok(Slot {
            slots: self.clone(),
            account,
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
        if let Entry::Occupied(mut of_account) = taken.accounts.entry(self.account) {
            *of_account.get_mut() -= 1;
            if *of_account.get() == 0 {
                of_account.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::{NonZeroU16, NonZeroU32};

    use uuid::Uuid;

    use super::*;

    fn account(n: u128) -> AccountId {
        AccountId::from(Uuid::from_u128(n))
    }

    fn slots(per_account: u32, in_all: u32) -> Slots {
        let one = NonZeroU16::MIN;
        Slots::new(&Limits {
            sockets: NonZeroU32::new(in_all).unwrap(),
            sockets_per_account: NonZeroU32::new(per_account).unwrap(),
            socket_buffer: one,
            socket_payload_bytes: one.into(),
            socket_events_per_second: one,
            socket_events_burst: one,
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
        let (first, _second) = (slots.take(account(1)).unwrap(), slots.take(account(1)).unwrap());
        assert_eq!(slots.take(account(1)).unwrap_err().status().as_u16(), 429);
        assert!(slots.take(account(2)).is_ok());
        drop(first);
        assert!(slots.take(account(1)).is_ok());
    }

    #[test]
    fn a_full_gateway_refuses_everybody() {
        let slots = slots(2, 1);
        let only = slots.take(account(1)).unwrap();
        assert_eq!(slots.take(account(2)).unwrap_err().status().as_u16(), 503);
        drop(only);
        assert_eq!(slots.count(), 0);
    }
}
