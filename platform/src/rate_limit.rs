//! How many requests an account and an address may make, and the headers that tell them.
//!
//! What a caller has left flows back steadily: whoever stays below the rate never waits, whoever saved some up may
//! spend it at once. Each caller costs one number, the moment at which all of theirs will have flowed back. Every
//! instance counts for itself and enforces its share of the total.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use crate::extract::{ClientAddress, ClientAddressHeader};
use crate::token::{Bearer, Verifier};
use crate::{Clock, Problem, unread};

/// What a caller has left, as the IETF's draft of 2025 writes it.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// What a caller may use at all.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The time to which rates refer.
const WINDOW: Duration = Duration::from_mins(1);
/// The same in microseconds, in which moments are counted here.
const WINDOW_MICROS: i64 = 60_000_000;
/// For how long the body of a refused request is read, so that who sends it gets the refusal.
const LONGEST_BODY: Duration = Duration::from_secs(15);
/// How many callers are remembered before the older half is forgotten, at about 50 bytes each.
const MOST_CALLERS: usize = 100_000;

/// How many requests may be made in a minute.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// By one account.
    pub account: u32,
    /// From one address, by whomever.
    pub address: u32,
    /// How many instances share these totals.
    pub instances: u16,
}

/// Counts requests. Clones count together.
#[derive(Clone)]
pub struct RateLimits(Arc<Inner>);

struct Inner {
    account: Limit<Uuid>,
    address: Limit<Option<IpAddr>>,
    /// What paths begin with that are counted.
    prefixes: &'static [&'static str],
    verifier: Verifier,
    header: ClientAddressHeader,
    clock: Clock,
}

impl RateLimits {
    /// Limits the requests whose paths begin with one of `prefixes`. Accounts are told by `verifier`, addresses by `header`.
    pub fn new(
        rates: Rates,
        prefixes: &'static [&'static str],
        verifier: Verifier,
        header: ClientAddressHeader,
        clock: Clock,
    ) -> Self {
        let share = |total: u32| total.div_ceil(u32::from(rates.instances.max(1))).max(1);
        Self(Arc::new(Inner {
            account: Limit::new("account", share(rates.account)),
            address: Limit::new("address", share(rates.address)),
            prefixes,
            verifier,
            header,
            clock,
        }))
    }
}

impl axum::extract::FromRef<RateLimits> for Verifier {
    fn from_ref(limits: &RateLimits) -> Self {
        limits.0.verifier.clone()
    }
}

impl axum::extract::FromRef<RateLimits> for ClientAddressHeader {
    fn from_ref(limits: &RateLimits) -> Self {
        limits.0.header.clone()
    }
}

/// A layer, by `from_fn_with_state`: counts each request, refuses with 429 what is too much, and tells with every
/// answer how much is left. A token that isn't good is nobody's, and counts for its address alone.
pub async fn limit(State(limits): State<RateLimits>, request: Request, next: Next) -> Response {
    let Inner {
        account,
        address,
        prefixes,
        clock,
        ..
    } = &*limits.0;
    let path = request.uri().path();
    if !prefixes.iter().any(|prefix| path.starts_with(prefix)) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(from) = ClientAddress::from_request_parts(&mut parts, &limits).await;
    let caller = Bearer::from_request_parts(&mut parts, &limits).await.ok();
    let now = clock.now().timestamp_micros();
    let mut standings = vec![address.take(from.network(), now)];
    // What an address may not do any more costs the account nothing.
    if standings[0].wait.is_none()
        && let Some(Bearer(claims)) = caller
    {
        standings.push(account.take(claims.sub, now));
    }
    let spent = standings
        .iter()
        .find_map(|standing| standing.wait.map(|wait| (standing.name, wait)));
    let mut response = match spent {
        Some((whose, wait)) => {
            let request = Request::from_parts(parts, body);
            unread::read_the_rest(request, LONGEST_BODY, async |_| {
                Problem::too_many_requests(wait)
                    .with_reason(whose)
                    .into_response()
            })
            .await
        }
        None => next.run(Request::from_parts(parts, body)).await,
    };
    tell(&standings, &mut response);
    response
}

fn tell(standings: &[Standing], response: &mut Response) {
    let list = |item: fn(&Standing) -> String| {
        let items: Vec<String> = standings.iter().map(item).collect();
        HeaderValue::from_str(&items.join(", "))
    };
    let left = list(|standing| {
        let Standing {
            name, left, reset, ..
        } = standing;
        format!("\"{name}\";r={left};t={reset}")
    });
    let policy = list(|standing| {
        let Standing { name, rate, .. } = standing;
        format!("\"{name}\";q={rate};w={}", WINDOW.as_secs())
    });
    for (name, value) in [(RATE_LIMIT, left), (RATE_LIMIT_POLICY, policy)] {
        if let Ok(value) = value {
            response.headers_mut().insert(name, value);
        }
    }
}

/// One rate, for callers that are told apart by a `K`.
pub(crate) struct Limit<K> {
    name: &'static str,
    /// Requests in [`WINDOW`].
    rate: u32,
    callers: Mutex<Callers<K>>,
}

/// Where a caller stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    name: &'static str,
    rate: u32,
    left: u32,
    /// In how many seconds all will have flowed back.
    reset: u64,
    /// How long to wait, if the request was one too many.
    pub(crate) wait: Option<Duration>,
}

/// The moments at which callers will have all of theirs back, in microseconds since 1970.
struct Callers<K> {
    young: HashMap<K, i64>,
    /// Not seen since `turned_at`, and forgotten at the next turn: after a whole window they have all of it back.
    old: HashMap<K, i64>,
    turned_at: i64,
}

impl<K: Hash + Eq + Copy> Limit<K> {
    pub(crate) fn new(name: &'static str, rate: u32) -> Self {
        Self {
            name,
            rate,
            callers: Mutex::new(Callers {
                young: HashMap::new(),
                old: HashMap::new(),
                turned_at: i64::MIN,
            }),
        }
    }

    /// One request of `caller`'s.
    pub(crate) fn take(&self, caller: K, now: i64) -> Standing {
        let rate = i64::from(self.rate);
        let one = WINDOW_MICROS / rate;
        let all = one * rate;
        let mut callers = self.callers();
        callers.turn(now);
        // A clock that was set back must not lock anybody out.
        let before = callers.of(&caller).unwrap_or(now).clamp(now, now + all);
        let after = before + one;
        let refused = after - now > all;
        let stands = if refused { before } else { after };
        callers.young.insert(caller, stands);
        let micros = |micros: i64| Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        Standing {
            name: self.name,
            rate: self.rate,
            left: u32::try_from((all - (stands - now)) / one).unwrap_or(0),
            reset: micros(stands - now + 999_999).as_secs(),
            wait: refused.then(|| micros(after - now - all)),
        }
    }

    fn callers(&self) -> MutexGuard<'_, Callers<K>> {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq> Callers<K> {
    fn of(&self, caller: &K) -> Option<i64> {
        self.young.get(caller).or_else(|| self.old.get(caller)).copied()
    }

    fn turn(&mut self, now: i64) {
        if now.saturating_sub(self.turned_at) >= WINDOW_MICROS || self.young.len() >= MOST_CALLERS {
            self.old = std::mem::take(&mut self.young);
            self.turned_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn all_may_be_spent_at_once_and_flows_back_steadily() {
        let limit = Limit::new("x", 60);
        for left in (0..60).rev() {
            let standing = limit.take(1, 0);
            assert_eq!((standing.left, standing.wait), (left, None));
        }
        let refused = limit.take(1, 0);
        assert_eq!((refused.left, refused.reset), (0, 60));
        assert_eq!(refused.wait, Some(Duration::from_secs(1)));
        assert_eq!(limit.take(1, SECOND).wait, None);
        assert!(limit.take(1, SECOND).wait.is_some(), "one second gave one");
        assert_eq!(limit.take(2, SECOND).left, 59, "others are not concerned");
        assert_eq!(limit.take(1, 120 * SECOND).left, 59, "it is all there again");
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let limit = Limit::new("x", 2);
        limit.take(1, 3_600 * SECOND);
        limit.take(1, 3_600 * SECOND);
        assert!(limit.take(1, 0).wait.is_some_and(|wait| wait <= WINDOW));
        assert_eq!(limit.take(1, 60 * SECOND).wait, None);
    }

    #[test]
    fn who_was_not_seen_for_two_windows_is_forgotten() {
        let limit = Limit::new("x", 2);
        for caller in 0..1_000 {
            limit.take(caller, 0);
        }
        limit.take(0, 60 * SECOND);
        limit.take(0, 120 * SECOND);
        let callers = limit.callers();
        assert_eq!(callers.young.len() + callers.old.len(), 2);
    }

    proptest! {
        /// Whatever the pauses: never more than the rate and what had been saved up, and never a wait that isn't enough.
        #[test]
        fn the_rate_holds(rate in 1..200_u32, pauses in prop::collection::vec(0..3 * SECOND, 1..300)) {
            let limit = Limit::new("x", rate);
            let (mut now, mut granted) = (0, 0_i64);
            for pause in pauses {
                now += pause;
                match limit.take((), now).wait {
                    None => granted += 1,
                    Some(wait) => {
                        now += i64::try_from(wait.as_micros()).unwrap();
                        prop_assert!(limit.take((), now).wait.is_none());
                        granted += 1;
                    }
                }
                let one = WINDOW_MICROS / i64::from(rate);
                prop_assert!(granted <= i64::from(rate) + now / one + 1);
            }
        }
    }
}
