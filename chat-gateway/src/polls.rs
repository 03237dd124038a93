//! Answers to polls, amended like the frames of [`crate::link`].

use axum::body::{self, Body, HttpBody};
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;

use crate::link::refusal;

/// An answer with more in it holds something else than a refusal: a client that isn't let in gets nothing beside it
/// but its session.
const LONGEST: usize = 16 * 1_024;
/// What stands between the packets of an answer.
const SEPARATOR: u8 = 0x1e;

/// Puts the problem of a refusal where clients expect it.
pub(crate) async fn amend(request: Request, next: Next) -> Response {
    let polls = request.method() == Method::GET;
    let response = next.run(request).await;
    let size = response.body().size_hint().exact();
    let short =
        size.is_some_and(|size| usize::try_from(size).is_ok_and(|size| (1..=LONGEST).contains(&size)));
    if !polls || !short || !response.status().is_success() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(packets) = body::to_bytes(body, LONGEST).await else {
        // It was all there: its size was known.
        return Response::from_parts(parts, Body::empty());
    };
    let Some(amended) = with_refusals(&packets) else {
        return Response::from_parts(parts, Body::from(packets));
    };
    if parts.headers.contains_key(CONTENT_LENGTH) {
        parts
            .headers
            .insert(CONTENT_LENGTH, HeaderValue::from(amended.len()));
    }
    Response::from_parts(parts, Body::from(amended))
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
    fn other_answers_are_left_alone() {
        assert_eq!(with_refusals(b"42[\"message:new\",{}]\x1e2"), None);
    }
}
