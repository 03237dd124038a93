//! Which pages may connect.
//!
//! A browser lets any page open a socket to us; only its header `Origin` tells which one it was. Programs
//! that aren't browsers send none, and have no person's cookies or tokens to be tricked out of.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HOST, ORIGIN, VARY};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use platform::Problem;

/// The origins besides our own whose pages may connect.
pub(crate) type Allowed = Arc<[String]>;

/// What an `Origin` is to us.
#[derive(Debug, PartialEq, Eq)]
enum From {
    /// Not a page.
    Nowhere,
    /// A page of the host that was asked.
    Here,
    /// A page of a host that is allowed.
    Friend(HeaderValue),
    /// Any other page.
    Elsewhere,
}

/// Refuses pages from elsewhere.
pub(crate) async fn check(State(allowed): State<Allowed>, request: Request, next: Next) -> Response {
    match of(request.headers(), request.uri(), &allowed) {
        From::Nowhere | From::Here => next.run(request).await,
        From::Friend(origin) => {
            let mut response = next.run(request).await;
            let headers = response.headers_mut();
            // Long polling from another origin is read by its page only with this leave.
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.append(VARY, HeaderValue::from_static("origin"));
            response
        }
        From::Elsewhere => Problem::forbidden(
            "origin-not-allowed",
            "Pages of this origin may not connect to this server.",
        )
        .into_response(),
    }
}

fn of(headers: &HeaderMap, uri: &Uri, allowed: &[String]) -> From {
    let Some(origin) = headers.get(ORIGIN) else {
        return From::Nowhere;
    };
    let Ok(text) = origin.to_str() else {
        return From::Elsewhere;
    };
    if allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(text)) {
        return From::Friend(origin.clone());
    }
    let host = match headers.get(HOST) {
        Some(host) => host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()),
        None => uri.authority().cloned(),
    };
    match (text.parse::<Uri>(), host) {
        (Ok(origin), Some(host)) if is_host(&origin, &host) => From::Here,
        _ => From::Elsewhere,
    }
}

/// Whether a page of `origin` came from `host`. The edge ends TLS, so the scheme isn't ours to compare.
fn is_host(origin: &Uri, host: &Authority) -> bool {
    let default = match origin.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return false,
    };
    let port = |authority: &Authority| authority.port_u16().unwrap_or(default);
    origin
        .authority()
        .is_some_and(|origin| origin.host().eq_ignore_ascii_case(host.host()) && port(origin) == port(host))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn from(origin: Option<&'static str>) -> From {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("echo.example:8080"));
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
        }
        let allowed = ["https://friend.example".to_owned()];
        of(&headers, &Uri::from_static("/socket.io/"), &allowed)
    }

    #[rstest]
    #[case(None, From::Nowhere)]
    #[case(Some("http://echo.example:8080"), From::Here)]
    #[case(Some("https://ECHO.example:8080"), From::Here)]
    #[case(
        Some("https://friend.example"),
        From::Friend(HeaderValue::from_static("https://friend.example"))
    )]
    #[case(Some("http://echo.example"), From::Elsewhere)]
    #[case(Some("http://echo.example:8080.evil.example"), From::Elsewhere)]
    #[case(Some("https://friend.example.evil.example"), From::Elsewhere)]
    #[case(Some("file://echo.example:8080"), From::Elsewhere)]
    #[case(Some("null"), From::Elsewhere)]
    fn only_pages_from_here_and_from_friends_connect(
        #[case] origin: Option<&'static str>,
        #[case] expected: From,
    ) {
        assert_eq!(from(origin), expected);
    }

    #[test]
    fn the_default_port_is_the_same_written_or_not() {
        let origin = Uri::from_static("https://echo.example");
        assert!(is_host(&origin, &Authority::from_static("echo.example:443")));
        assert!(is_host(&origin, &Authority::from_static("echo.example")));
        assert!(!is_host(&origin, &Authority::from_static("echo.example:80")));
    }
}
