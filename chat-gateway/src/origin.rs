//! Which pages may connect.
//!
//! A browser lets any page open a socket to us; only its header `Origin` tells which one it was. Programs
//! that aren't browsers send none, and have no person's cookies or tokens to be tricked out of.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN, VARY};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use platform::Problem;
use platform::origin::Origin;

/// Whose pages may connect, besides those of the origin that is asked.
#[derive(Debug, Clone)]
pub(crate) struct Allowed {
    /// Where people have Echo in their browsers.
    pub(crate) public: Option<Origin>,
    /// Pages of others.
    pub(crate) others: Arc<[String]>,
}

/// What an `Origin` is to us.
#[derive(Debug, PartialEq, Eq)]
enum From {
    /// Not a page.
    Nowhere,
    /// A page of the origin that was asked, or of our public one.
    Here,
    /// A page of an origin that is allowed.
    Friend(HeaderValue),
    /// Any other page.
    Elsewhere,
}

/// Refuses pages from elsewhere.
pub(crate) async fn check(State(allowed): State<Allowed>, request: Request, next: Next) -> Response {
    let mut response = match of(request.headers(), request.uri(), &allowed) {
        From::Nowhere | From::Here => next.run(request).await,
        From::Friend(origin) => {
            let mut response = next.run(request).await;
            // Long polling from another origin is read by its page only with this leave.
            response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            response
        }
        From::Elsewhere => Problem::forbidden(
            "origin-not-allowed",
            "Pages of this origin may not connect to this server.",
        )
        .into_response(),
    };
    response
        .headers_mut()
        .append(VARY, HeaderValue::from_static("origin"));
    response
}

fn of(headers: &HeaderMap, uri: &Uri, allowed: &Allowed) -> From {
    let Some(header) = headers.get(ORIGIN) else {
        return From::Nowhere;
    };
    let Ok(text) = header.to_str() else {
        return From::Elsewhere;
    };
    if allowed
        .others
        .iter()
        .any(|other| other.eq_ignore_ascii_case(text))
    {
        return From::Friend(header.clone());
    }
    match Origin::of_header(text) {
        Some(origin) if allowed.public.as_ref() == Some(&origin) => From::Here,
        Some(origin) if Origin::asked(headers, uri).is_some_and(|asked| asked == origin) => From::Here,
        _ => From::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::HOST;
    use rstest::rstest;

    use super::*;

    fn from(origin: Option<&'static str>) -> From {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("echo.example:8080"));
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
        }
        let allowed = Allowed {
            public: Origin::of_url("https://public.example/"),
            others: ["https://friend.example".to_owned()].into(),
        };
        of(&headers, &Uri::from_static("/socket.io/"), &allowed)
    }

    #[rstest]
    #[case(None, From::Nowhere)]
    #[case(Some("http://echo.example:8080"), From::Here)]
    #[case(Some("http://ECHO.example:8080"), From::Here)]
    #[case(Some("https://public.example"), From::Here)]
    #[case(
        Some("https://friend.example"),
        From::Friend(HeaderValue::from_static("https://friend.example"))
    )]
    #[case(Some("https://echo.example:8080"), From::Elsewhere)]
    #[case(Some("http://public.example"), From::Elsewhere)]
    #[case(Some("chrome-extension://echo.example:8080"), From::Elsewhere)]
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
}
