//! The trace context of W3C (`traceparent`), taken from the client or begun here.

use std::fmt;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

use crate::id;

/// The header's name.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A valid `traceparent`, version 00: `00-<trace id>-<span id>-<flags>` in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TraceParent(String);

/// The text is not a `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent")]
pub struct Invalid;

impl TraceParent {
    /// A new trace, not sampled.
    pub fn begin() -> Self {
        let trace = u128::from_be_bytes(id::random_bytes()).max(1);
        let span = u64::from_be_bytes(id::random_bytes()).max(1);
        Self(format!("00-{trace:032x}-{span:016x}-00"))
    }

    /// What `headers` say, or a new trace where they say nothing that can be used.
    pub fn of(headers: &HeaderMap) -> Self {
        headers
            .get(TRACEPARENT)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .unwrap_or_else(Self::begin)
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 32 digits by which all spans of the trace are found.
    pub fn trace_id(&self) -> &str {
        &self.0[3..35]
    }
}

impl FromStr for TraceParent {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let hex = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let zeros = |part: &str| part.bytes().all(|byte| byte == b'0');
        let parts: Vec<&str> = text.trim().split('-').collect();
        match parts[..] {
            ["00", trace, span, flags]
                if hex(trace, 32) && hex(span, 16) && hex(flags, 2) && !zeros(trace) && !zeros(span) =>
            {
                Ok(Self(text.trim().to_owned()))
            }
            _ => Err(Invalid),
        }
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The request's trace: the one that the serving layers chose, so that log and handler agree.
impl<S: Sync> FromRequestParts<S> for TraceParent {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(parts
            .extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self::of(&parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_trace_is_a_valid_one() {
        let trace = TraceParent::begin();
        assert_eq!(trace.as_str().parse(), Ok(trace.clone()));
        assert_eq!(trace.trace_id().len(), 32);
    }

    #[test]
    fn what_is_no_traceparent_is_refused() {
        for text in [
            "",
            "00",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-ééééééééééééééééé-b7ad6b7169203331-01",
        ] {
            assert_eq!(text.parse::<TraceParent>(), Err(Invalid), "{text}");
        }
    }
}
