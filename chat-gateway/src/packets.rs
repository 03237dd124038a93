//! How many packets a client may send by polling, whatever is in them.
//!
//! Engine.IO answers pings and pongs by itself; no handler of ours sees them. So they are counted in the body of each
//! request, as the frames of a WebSocket are counted beneath it. A client that sends too many loses its connection. Each
//! packet may cost a request of its own, so they are counted for each network too, whatever number of sessions it has;
//! beyond that they are refused.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use platform::Problem;
use platform::extract::ClientAddressHeader;
use platform::shares::Budget;

use crate::config::Limits;
use crate::measure;
use crate::network::{FILLS_IN, Network};

/// Between two packets in one request.
const SEPARATOR: u8 = 0x1e;
/// The packet by which a client closes its connection.
const CLOSE: &str = "1";
/// A client sends events, and an answer to each ping.
const BESIDE_EVENTS: u32 = 2;

/// Counts packets, and closes the connection of who sends too many.
#[derive(Clone)]
pub(crate) struct Packets(Arc<Inner>);

struct Inner {
    /// Of each connection that polls, by a hash of its id.
    sessions: Budget<u64>,
    networks: Budget<Network>,
    header: ClientAddressHeader,
    hasher: RandomState,
    most_bytes: usize,
}

/// Why a packet isn't taken.
enum Excess {
    /// Its session sends too many, and is to end.
    Session(Duration),
    /// The network from where it comes does. Others may be there who send few.
    Network(Duration),
}

impl Packets {
    pub(crate) fn new(header: ClientAddressHeader, limits: &Limits) -> Self {
        let burst = BESIDE_EVENTS * u32::from(limits.socket_events_burst.get());
        let per_second = BESIDE_EVENTS * u32::from(limits.socket_events_per_second.get());
        let of_network = u64::from(limits.polled_packets_per_address.get());
        Self(Arc::new(Inner {
            // Each packet may come in a request of its own, and be answered in another.
            sessions: Budget::new(u64::from(burst) * 2, u64::from(per_second) * 2 * 60),
            networks: Budget::new(of_network * u64::from(FILLS_IN), of_network * 60),
            header,
            hasher: RandomState::new(),
            most_bytes: usize::try_from(limits.socket_payload_bytes.get()).unwrap_or(usize::MAX),
        }))
    }

    fn spend(&self, sid: &str, network: Option<Network>, packets: usize) -> Result<(), Excess> {
        let sid = self.0.hasher.hash_one(sid);
        let (packets, now) = (u64::try_from(packets).unwrap_or(u64::MAX), Instant::now());
        self.0
            .sessions
            .spend(sid, packets, now)
            .map_err(Excess::Session)?;
        let network = network.map_or(Ok(()), |network| self.0.networks.spend(network, packets, now));
        network.map_err(Excess::Network)
    }
}

/// Counts what a connection that exists sends by polling.
pub(crate) async fn count(State(packets): State<Packets>, request: Request, next: Next) -> Response {
    let polls = sid(&request).filter(|_| !request.headers().contains_key(header::UPGRADE));
    let polls = polls.map(str::to_owned);
    let request = match polls {
        Some(sid) => match counted(&packets, &sid, request).await {
            Ok(request) => request,
            Err((closing, problem)) => {
                if let Some(closing) = closing {
                    next.run(closing).await;
                }
                measure::refused(problem.code());
                return problem.into_response();
            }
        },
        None => request,
    };
    next.run(request).await
}

/// The same request, if there are not too many packets in it; else one that closes the connection, if that is to end.
async fn counted(
    packets: &Packets,
    sid: &str,
    request: Request,
) -> Result<Request, (Option<Request>, Problem)> {
    let (mut parts, body) = request.into_parts();
    let network = packets.0.header.address(&parts).map(Network::from);
    let posts = parts.method == Method::POST;
    let (count, body) = if posts {
        let Ok(body) = to_bytes(body, packets.0.most_bytes).await else {
            return Err((None, Problem::too_large(packets.0.most_bytes)));
        };
        let count = body.split(|byte| *byte == SEPARATOR).count();
        (count, Body::from(body))
    } else {
        (1, body)
    };
    match packets.spend(sid, network, count) {
        Ok(()) => Ok(Request::from_parts(parts, body)),
        Err(Excess::Session(wait)) if posts => {
            let length = HeaderValue::from(CLOSE.len());
            parts.headers.insert(header::CONTENT_LENGTH, length);
            let closing = Request::from_parts(parts, Body::from(CLOSE));
            Err((Some(closing), Problem::too_many_requests(wait)))
        }
        Err(Excess::Session(wait) | Excess::Network(wait)) => Err((None, Problem::too_many_requests(wait))),
    }
}

/// The connection that a request belongs to.
pub(crate) fn sid(request: &Request) -> Option<&str> {
    let query = request.uri().query()?;
    query.split('&').find_map(|pair| pair.strip_prefix("sid="))
}
