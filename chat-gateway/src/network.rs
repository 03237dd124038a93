//! From where clients come, and how often they may knock.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use moka::sync::Cache;
use platform::Problem;
use platform::extract::ClientAddressHeader;

use crate::config::Limits;
use crate::limits::Bucket;
use crate::measure;

/// How many networks are counted at once; the least recently seen are forgotten first.
const REMEMBERED: u64 = 100_000;
/// After this time without a knock a bucket is full again anyway.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);
/// Over so many seconds a network's bucket fills. As long as a client may take to say who it is, so that a network
/// never holds more than twice its sockets open without having said so.
pub(crate) const FILLS_IN: u16 = 10;

/// What counts as one address: a whole one of IPv4, a subscriber's network of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }
}

/// Counts who opens connections, before they have said who they are.
#[derive(Clone)]
pub(crate) struct Knocks {
    header: ClientAddressHeader,
    burst: u16,
    buckets: Cache<Network, Arc<Mutex<Bucket>>>,
}

impl Knocks {
    pub(crate) fn new(header: ClientAddressHeader, limits: &Limits) -> Self {
        Self {
            header,
            burst: limits.sockets_per_address.get(),
            buckets: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_idle(REMEMBERED_FOR)
                .build(),
        }
    }

    fn take(&self, network: Network) -> Result<(), Duration> {
        let now = Instant::now();
        let per_second = self.burst.div_ceil(FILLS_IN);
        let bucket = self.buckets.get_with(network, || {
            Arc::new(Mutex::new(Bucket::new(self.burst, per_second, now)))
        });
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(now)
    }
}

/// Refuses to open more connections for one network than it may have sockets.
pub(crate) async fn check(State(knocks): State<Knocks>, request: Request, next: Next) -> Response {
    let opens = request
        .uri()
        .query()
        .is_none_or(|query| !query.split('&').any(|pair| pair.starts_with("sid=")));
    if !opens {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let network = knocks.header.address(&parts).map(Network::from);
    match network.map_or(Ok(()), |network| knocks.take(network)) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(wait) => {
            let problem = Problem::too_many_requests(wait);
            measure::refused(problem.code());
            problem.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("192.0.2.1", "192.0.2.1", true)]
    #[case("192.0.2.1", "192.0.2.2", false)]
    #[case("192.0.2.1", "::ffff:192.0.2.1", true)]
    #[case("2001:db8:1:2::1", "2001:db8:1:2:3::4", true)]
    #[case("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    fn a_subscriber_is_one_network(#[case] one: IpAddr, #[case] other: IpAddr, #[case] same: bool) {
        assert_eq!(Network::from(one) == Network::from(other), same);
    }
}
