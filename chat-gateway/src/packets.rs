//! How many packets a client may send by polling, whatever is in them.
//!
//! Engine.IO answers pings and pongs by itself; no handler of ours sees them. So they are counted in the body of each
//! request, as the frames of a WebSocket are counted beneath it. A client that sends too many loses its connection.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use platform::Problem;
use platform::shares::Budget;

use crate::config::Limits;
use crate::measure;

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
    polls: Budget<u64>,
    hasher: RandomState,
    most_bytes: usize,
}

impl Packets {
    pub(crate) fn new(limits: &Limits) -> Self {
        let burst = BESIDE_EVENTS * u32::from(limits.socket_events_burst.get());
        let per_second = BESIDE_EVENTS * u32::from(limits.socket_events_per_second.get());
        Self(Arc::new(Inner {
            // Each packet may come in a request of its own, and be answered in another.
            polls: Budget::new(u64::from(burst) * 2, u64::from(per_second) * 2 * 60),
            hasher: RandomState::new(),
            most_bytes: usize::try_from(limits.socket_payload_bytes.get()).unwrap_or(usize::MAX),
        }))
    }

    fn spend(&self, sid: &str, packets: usize) -> Result<(), Duration> {
        let sid = self.0.hasher.hash_one(sid);
        let packets = u64::try_from(packets).unwrap_or(u64::MAX);
        self.0.polls.spend(sid, packets, Instant::now())
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

/// The same request, if there are not too many packets in it; else one that closes the connection.
async fn counted(
    packets: &Packets,
    sid: &str,
    request: Request,
) -> Result<Request, (Option<Request>, Problem)> {
    if request.method() != Method::POST {
        let spent = packets.spend(sid, 1);
        return match spent {
            Ok(()) => Ok(request),
            Err(wait) => Err((None, Problem::too_many_requests(wait))),
        };
    }
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, packets.0.most_bytes).await else {
        return Err((None, Problem::too_large(packets.0.most_bytes)));
    };
    let count = body.split(|byte| *byte == SEPARATOR).count();
    match packets.spend(sid, count) {
        Ok(()) => Ok(Request::from_parts(parts, Body::from(body))),
        Err(wait) => {
            let length = HeaderValue::from(CLOSE.len());
            parts.headers.insert(header::CONTENT_LENGTH, length);
            let closing = Request::from_parts(parts, Body::from(CLOSE));
            Err((Some(closing), Problem::too_many_requests(wait)))
        }
    }
}

/// The connection that a request belongs to.
fn sid(request: &Request) -> Option<&str> {
    let query = request.uri().query()?;
    query.split('&').find_map(|pair| pair.strip_prefix("sid="))
}
