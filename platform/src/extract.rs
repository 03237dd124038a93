//! Extractors whose refusals are problems.
//!
//! Unknown members of a JSON body are ignored, so that an older server accepts what a newer client sends;
//! known members of the wrong type are a 400.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRef, FromRequest, FromRequestParts, OptionalFromRequestParts, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::{Deserialize, DeserializeOwned, Deserializer};

use crate::Problem;

/// The most bytes that a body may have, media apart: 256 KiB.
pub const BODY_LIMIT: usize = 256 * 1024;

/// A JSON body of at most [`BODY_LIMIT`] bytes.
#[derive(Debug, Clone)]
pub struct JsonBody<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type("application/json"));
        }
        let bytes = read(request, BODY_LIMIT).await?;
        // The library takes an array for an object, its values in the order of the members.
        let is_array = bytes.trim_ascii_start().starts_with(b"[");
        match serde_json::from_slice(&bytes) {
            Ok(_) if is_array => Err(Problem::bad_request(
                "unexpected-json",
                "The JSON is well-formed, but an array and not an object.",
            )),
            Ok(body) => Ok(Self(body)),
            Err(error) => Err(explain(&error)),
        }
    }
}

/// Reads a member that need not be given: one that is holds something, so `null` is refused. Goes with
/// `#[serde(default, deserialize_with = "given")]`.
///
/// # Errors
///
/// It is `null` or of another type.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(member: D) -> Result<Option<T>, D::Error> {
    T::deserialize(member).map(Some)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json =
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    json && parts.all(|parameter| match parameter.to_ascii_lowercase().split_once('=') {
        Some(("charset", charset)) => charset.trim_matches('"') == "utf-8",
        _ => true,
    })
}

/// Reads the whole body if it has at most `limit` bytes. What is left of a larger one is [read to its
/// end](crate::unread) before the refusal is sent.
pub async fn read(request: Request, limit: usize) -> Result<Bytes, Problem> {
    let announced: Option<usize> = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Problem::too_large(limit));
    }
    match Limited::new(request.into_body(), limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::too_large(limit)),
        Err(error) => Err(
            Problem::bad_request("broken-body", "The body ended before it was complete.").with_cause(error),
        ),
    }
}

/// Says where the JSON goes wrong, without serde's own words: they would name our types.
fn explain(error: &serde_json::Error) -> Problem {
    use serde_json::error::Category;
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Data => Problem::bad_request(
            "unexpected-json",
            format!(
                "The JSON is well-formed, but a value before line {line}, column {column} is not of the expected type."
            ),
        ),
        Category::Syntax | Category::Eof | Category::Io => Problem::bad_request(
            "malformed-json",
            format!("The body is not JSON: see line {line}, column {column}."),
        ),
    }
}

/// Parameters from the path.
#[derive(Debug, Clone)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match <axum::extract::Path<T> as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(error) => Err(Problem::bad_request(
                "invalid-path",
                "A part of the path is not of the expected form.",
            )
            .with_cause(error)),
        }
    }
}

/// Parameters from the query string.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match <axum::extract::Query<T> as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(error) => Err(Problem::bad_request(
                "invalid-query",
                "A query parameter is not of the expected form.",
            )
            .with_cause(error)),
        }
    }
}

/// The name of the header by which a client marks repeats of one request.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The client's mark for repeats of one request: 1 to 200 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Takes `text` as a key, if it may be one.
    pub fn new(text: &str) -> Option<Self> {
        ((1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()))
            .then(|| Self(text.to_owned()))
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Problem> {
        let mut values = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let key = if values.next().is_some() {
            None
        } else {
            value.to_str().ok().and_then(Self::new)
        };
        key.map(Some).ok_or_else(|| {
            Problem::bad_request(
                "invalid-idempotency-key",
                "Idempotency-Key must be given once and have 1 to 200 visible ASCII characters.",
            )
        })
    }
}

/// The header from which [`ClientAddress`] is read; `None` where no proxy stands in front.
///
/// Only a header that the edge sets itself, throwing away what the client sent, may be named here.
#[derive(Debug, Clone, Default)]
pub struct ClientAddressHeader(pub Option<HeaderName>);

impl ClientAddressHeader {
    /// The address of the client that made a request.
    pub fn address(&self, request: &Parts) -> Option<IpAddr> {
        match &self.0 {
            Some(name) => request
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok()?.trim().parse().ok()),
            None => request
                .extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map(|ConnectInfo(peer)| peer.ip()),
        }
    }
}

/// The address of the client as the edge tells it, or of the peer where there is no edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    /// What counts as one place: an IPv4 address, or the network of an IPv6 one, of which everybody has as many as
    /// they like.
    pub fn network(self) -> Option<IpAddr> {
        self.0.map(|address| match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
            }
        })
    }

    /// As much of it as is kept and shown: three bytes of an IPv4 address, six of an IPv6 one, not the host.
    pub fn prefix(self) -> Option<String> {
        self.0.map(|address| match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}")
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}")
            }
        })
    }
}

impl<S> FromRequestParts<S> for ClientAddress
where
    S: Sync,
    ClientAddressHeader: FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(ClientAddressHeader::from_ref(state).address(parts)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_network_of_an_address_is_kept() {
        let prefix = |text: &str| ClientAddress(Some(text.parse().unwrap())).prefix().unwrap();
        assert_eq!(prefix("192.0.2.77"), "192.0.2");
        assert_eq!(prefix("2001:db8:7:8::9"), "2001:db8:7");
        assert_eq!(prefix("::ffff:192.0.2.77"), "192.0.2");
        assert_eq!(ClientAddress(None).prefix(), None);
    }
}
