//! Answers to polls, amended like the frames of [`crate::link`].
//!
//! - A refusal carries its problem where clients expect it.
//! - The first ping, which the library sends at once instead of after the interval, is taken out and answered in the
//!   client's name. A poll that would have brought nothing else goes on waiting. A session that goes over to WebSocket
//!   without a single poll gets it there.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use axum::body::{self, Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use moka::sync::Cache;
use serde::Deserialize;

use crate::config::Limits;
use crate::link::refusal;
use crate::packets::sid;

/// An answer with more in it holds something else than a refusal: a client that isn't let in gets nothing beside it
/// but its session.
const LONGEST: usize = 16 * 1_024;
/// What stands between the packets of an answer.
const SEPARATOR: u8 = 0x1e;
/// A ping, and the answer to it.
const PING: &[u8] = b"2";
const PONG: &str = "3";
/// Sessions remembered whose first ping is still to come; with more, some of them get it.
const REMEMBERED: u64 = 100_000;

/// The sessions opened by polling whose first ping is still to come, by a hash of their id.
#[derive(Clone)]
pub(crate) struct FirstPings(Arc<Inner>);

struct Inner {
    to_come: Cache<u64, ()>,
    hasher: RandomState,
}

/// The part that is needed of the packet that opens a session.
#[derive(Deserialize)]
struct Opened<'a> {
    sid: &'a str,
}

impl FirstPings {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self(Arc::new(Inner {
            // A session whose client has answered no ping by then has ended.
            to_come: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(limits.ping() * 2)
                .build(),
            hasher: RandomState::new(),
        }))
    }

    fn hash(&self, sid: &str) -> u64 {
        self.0.hasher.hash_one(sid)
    }

    /// Remembers the session that an answer opens, if it does.
    fn opened(&self, packets: &[u8]) {
        let opened = packets.strip_prefix(b"0");
        if let Some(Opened { sid }) = opened.and_then(|open| serde_json::from_slice(open).ok()) {
            self.0.to_come.insert(self.hash(sid), ());
        }
    }

    fn is_to_come(&self, sid: u64) -> bool {
        self.0.to_come.contains_key(&sid)
    }

    /// The packets without the first ping, if it is to come and among them.
    fn take_out(&self, sid: u64, packets: &[u8]) -> Option<Vec<u8>> {
        let left = without_ping(packets)?;
        self.0.to_come.remove(&sid).map(|()| left)
    }
}

/// Amends the answer to a poll.
pub(crate) async fn amend(State(first_pings): State<FirstPings>, request: Request, next: Next) -> Response {
    if request.method() != Method::GET || request.headers().contains_key(UPGRADE) {
        return next.run(request).await;
    }
    let sid = sid(&request).map(|sid| first_pings.hash(sid));
    let Some(sid) = sid.filter(|sid| first_pings.is_to_come(*sid)) else {
        let (parts, packets) = match packets(next.run(request).await).await {
            Ok(answer) => answer,
            Err(response) => return response,
        };
        if sid.is_none() {
            first_pings.opened(&packets);
        }
        return answer(parts, packets);
    };
    let (poll, _) = request.into_parts();
    loop {
        let again = Request::from_parts(poll.clone(), Body::empty());
        let (parts, packets) = match packets(next.clone().run(again).await).await {
            Ok(answer) => answer,
            Err(response) => return response,
        };
        let Some(left) = first_pings.take_out(sid, &packets) else {
            return answer(parts, packets);
        };
        next.clone().run(pong(poll.clone())).await;
        if !left.is_empty() {
            return answer(parts, left);
        }
    }
}

/// The answer's head and its packets, or the answer untouched, if there is nothing in it that would be amended.
async fn packets(response: Response) -> Result<(axum::http::response::Parts, Vec<u8>), Response> {
    let size = response.body().size_hint().exact();
    let short =
        size.is_some_and(|size| usize::try_from(size).is_ok_and(|size| (1..=LONGEST).contains(&size)));
    if !short || !response.status().is_success() {
        return Err(response);
    }
    let (parts, body) = response.into_parts();
    match body::to_bytes(body, LONGEST).await {
        Ok(packets) => Ok((parts, packets.to_vec())),
        // It was all there: its size was known.
        Err(_) => Err(Response::from_parts(parts, Body::empty())),
    }
}

fn answer(mut parts: axum::http::response::Parts, packets: Vec<u8>) -> Response {
    let packets = with_refusals(&packets).unwrap_or(packets);
    if parts.headers.contains_key(CONTENT_LENGTH) {
        let length = HeaderValue::from(packets.len());
        parts.headers.insert(CONTENT_LENGTH, length);
    }
    Response::from_parts(parts, Body::from(packets))
}

/// The packet that the client of this poll would send in answer to a ping.
fn pong(mut poll: Parts) -> Request {
    poll.method = Method::POST;
    poll.headers.insert(CONTENT_LENGTH, HeaderValue::from(PONG.len()));
    let kind = HeaderValue::from_static("text/plain;charset=UTF-8");
    poll.headers.insert(CONTENT_TYPE, kind);
    Request::from_parts(poll, Body::from(PONG))
}

/// The packets of an answer without the first ping among them; nothing where there is none.
fn without_ping(packets: &[u8]) -> Option<Vec<u8>> {
    let mut packets: Vec<&[u8]> = packets.split(|byte| *byte == SEPARATOR).collect();
    let ping = packets.iter().position(|packet| *packet == PING)?;
    packets.remove(ping);
    Some(packets.join(&SEPARATOR))
}

/// The packets of an answer with their refusals amended; nothing where there are none.
fn with_refusals(packets: &[u8]) -> Option<Vec<u8>> {
    let packets = || packets.split(|byte| *byte == SEPARATOR);
    if !packets().any(|packet| packet.starts_with(b"44")) {
        return None;
    }
    let amended: Vec<Vec<u8>> = packets()
        .map(|packet| refusal(packet).unwrap_or_else(|| packet.to_vec()))
        .collect();
    Some(amended.join(&SEPARATOR))
}

#[cfg(test)]
mod tests {
    use platform::Problem;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_among_other_packets_is_amended() {
        let problem = Problem::unauthorized("missing-token", "No token.");
        let message = serde_json::to_string(&problem).unwrap();
        let packets = format!("2\u{1e}44{}\u{1e}6", json!({ "message": message }));
        let amended = String::from_utf8(with_refusals(packets.as_bytes()).unwrap()).unwrap();
        let [first, refusal, last] = amended.split('\u{1e}').collect::<Vec<_>>()[..] else {
            panic!("{amended}");
        };
        assert_eq!((first, last), ("2", "6"));
        let refusal: serde_json::Value = serde_json::from_str(&refusal[2..]).unwrap();
        assert_eq!(refusal["data"], json!(problem));
    }

    #[test]
    fn one_ping_is_taken_out_and_no_other_packet() {
        let left =
            |packets: &str| without_ping(packets.as_bytes()).map(|left| String::from_utf8(left).unwrap());
        assert_eq!(left("2").as_deref(), Some(""));
        assert_eq!(
            left("40{}\u{1e}2\u{1e}42[\"2\"]\u{1e}2").as_deref(),
            Some("40{}\u{1e}42[\"2\"]\u{1e}2")
        );
        assert_eq!(left("42[\"2\"]\u{1e}6"), None);
    }

    #[test]
    fn other_answers_are_left_alone() {
        assert_eq!(with_refusals(b"42[\"message:new\",{}]\x1e2"), None);
    }
}
