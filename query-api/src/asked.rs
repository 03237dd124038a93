//! What a request asks about freshness: `Echo-Min-Position` and `Prefer: wait=…`.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use bson::Uuid;
use events::{Position, Positions};
use platform::Problem;

use crate::app::Viewer;

/// What must have been applied before the answer, at the latest when the wait is over.
pub(crate) const MIN_POSITION: HeaderName = HeaderName::from_static("echo-min-position");
/// What had been applied.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("echo-position");
/// Whether that was enough.
pub(crate) const CONSISTENCY: HeaderName = HeaderName::from_static("echo-consistency");
/// RFC 7240; only `wait` means anything here.
pub(crate) const PREFER: HeaderName = HeaderName::from_static("prefer");

const DEFAULT_WAIT: Duration = Duration::from_secs(2);
const MAX_WAIT: Duration = Duration::from_secs(10);

/// What must have been applied, and how long to wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) positions: Positions,
    pub(crate) wait: Duration,
    /// Who asks.
    pub(crate) viewer: Option<Uuid>,
}

impl Asked {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut positions = Positions::NONE;
        for value in headers.get_all(MIN_POSITION) {
            let given: Positions = value
                .to_str()
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| {
                    invalid_position("Echo-Min-Position must be positions such as e42, comma-separated.")
                })?;
            given.iter().for_each(|position| positions.add(position));
        }
        Ok(Self {
            positions,
            wait: wait(headers)?,
            viewer: None,
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self {
            viewer: parts.extensions.get().map(|Viewer(account)| *account),
            ..Self::of(&parts.headers)?
        })
    }
}

/// A position that can't be used, wherever it was given.
pub(crate) fn invalid_position(detail: &str) -> Problem {
    Problem::bad_request("invalid-position", detail)
}

/// A position of the chat stream from the query string.
pub(crate) fn chat_position(name: &str, text: &str) -> Result<Position, Problem> {
    text.parse()
        .ok()
        .filter(|position: &Position| position.stream == events::Stream::Chat)
        .ok_or_else(|| invalid_position(&format!("{name} must be a position of a chat, such as c42.")))
}

/// Of several the first counts, as RFC 7240 has it; other preferences are none of ours.
fn wait(headers: &HeaderMap) -> Result<Duration, Problem> {
    let invalid = || {
        Problem::bad_request(
            "invalid-wait",
            "Prefer: wait=… must be a whole number of seconds, at most 10.",
        )
    };
    for value in headers.get_all(PREFER) {
        let text = value.to_str().map_err(|_| invalid())?;
        for preference in text.split(',') {
            let preference = preference.split(';').next().unwrap_or_default();
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            if !name.trim().eq_ignore_ascii_case("wait") {
                continue;
            }
            let seconds = value.trim().trim_matches('"');
            return Some(seconds)
                .filter(|seconds| seconds.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|seconds| seconds.parse().ok())
                .map(Duration::from_secs)
                .filter(|wait| *wait <= MAX_WAIT)
                .ok_or_else(invalid);
        }
    }
    Ok(DEFAULT_WAIT)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use rstest::rstest;

    use super::*;

    fn headers(name: &HeaderName, values: &[&str]) -> HeaderMap {
        values
            .iter()
            .map(|value| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[rstest]
    #[case(&[], "")]
    #[case(&["e4"], "e4")]
    #[case(&["e4,c9"], "e4,c9")]
    #[case(&["e4, c9", "e7"], "e7,c9")]
    #[case(&["s1"], "s1")]
    fn positions_are_repeated_or_listed(#[case] values: &[&str], #[case] expected: &str) {
        let asked = Asked::of(&headers(&MIN_POSITION, values)).unwrap();
        assert_eq!(asked.positions.to_string(), expected);
        assert_eq!(asked.wait, DEFAULT_WAIT);
    }

    #[rstest]
    #[case("")]
    #[case("4")]
    #[case("x4")]
    #[case("e4,")]
    #[case("e4;c9")]
    #[case("e-4")]
    #[case("e9223372036854775808")]
    fn other_positions_are_refused(#[case] value: &str) {
        let problem = Asked::of(&headers(&MIN_POSITION, &[value])).unwrap_err();
        assert_eq!(problem.code(), "invalid-position");
    }

    #[rstest]
    #[case(&["wait=0"], 0)]
    #[case(&["wait=10"], 10)]
    #[case(&["respond-async, wait=5"], 5)]
    #[case(&["Wait = \"5\"; x=y"], 5)]
    #[case(&["wait=3", "wait=oops"], 3)]
    #[case(&["handling=lenient"], 2)]
    fn a_wait_is_a_preference_of_up_to_ten_seconds(#[case] values: &[&str], #[case] seconds: u64) {
        assert_eq!(
            wait(&headers(&PREFER, values)).unwrap(),
            Duration::from_secs(seconds)
        );
    }

    #[rstest]
    #[case("wait")]
    #[case("wait=")]
    #[case("wait=11")]
    #[case("wait=-1")]
    #[case("wait=1.5")]
    #[case("wait=soon")]
    fn other_waits_are_refused(#[case] value: &str) {
        assert_eq!(
            wait(&headers(&PREFER, &[value])).unwrap_err().code(),
            "invalid-wait"
        );
    }
}
