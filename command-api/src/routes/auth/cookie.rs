//! The refresh cookie.

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, ORIGIN, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::AppendHeaders;
use chrono::Duration;
use platform::Problem;
use platform::origin::Origin;

use crate::app::App;

/// The cookie's name where it travels without TLS, and what it was called everywhere once.
const NAME: &str = "echo_refresh";
/// The same where it is secure: browsers take a cookie of this name from a secure page alone, so that nobody on the line
/// to a neighbouring host can plant one.
const SECURE_NAME: &str = "__Secure-echo_refresh";

/// The refresh token that came with the request, if any.
///
/// Browsers send cookies along whoever made the page; `SameSite=Strict` keeps other sites out and the check of
/// `Origin` keeps out other origins of the same site.
pub(super) struct RefreshCookie(pub(super) Option<String>);

impl FromRequestParts<App> for RefreshCookie {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if !is_welcome(app, parts) {
            return Err(Problem::forbidden(
                "origin-not-allowed",
                "Pages of this origin may not do this.",
            ));
        }
        Ok(Self(refresh_token(app, &parts.headers)))
    }
}

/// The refresh token among the cookies, whoever's page sent it.
///
/// Who signed in before the cookie had a name of its own where it is secure still has the old one, for as long as a
/// session lasts without a refresh.
pub(super) fn refresh_token(app: &App, headers: &HeaderMap) -> Option<String> {
    let secure = app
        .cookie_secure()
        .then(|| cookie(headers, SECURE_NAME))
        .flatten();
    secure.or_else(|| cookie(headers, NAME))
}

/// The first cookie of that name that isn't empty.
fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies.flat_map(|cookies| cookies.split(';')).find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        let value = value.trim_matches('"');
        (name == wanted && !value.is_empty()).then(|| value.to_owned())
    })
}

/// Whether the request comes from a page of our own, of an allowed origin, or from no page at all.
fn is_welcome(app: &App, parts: &Parts) -> bool {
    let Some(header) = parts.headers.get(ORIGIN) else {
        return true;
    };
    let Ok(text) = header.to_str() else { return false };
    if app.allows_origin(text) {
        return true;
    }
    Origin::of_header(text).is_some_and(|origin| {
        app.public_origin() == Some(&origin)
            || Origin::asked(&parts.headers, &parts.uri).is_some_and(|asked| asked == origin)
    })
}

/// Headers of an answer that set cookies.
pub(crate) type SetCookies = AppendHeaders<Vec<(HeaderName, HeaderValue)>>;

/// The headers that hand the refresh token to the browser.
pub(super) fn set(app: &App, token: &str, lifetime: Duration) -> SetCookies {
    headers(app, token, lifetime.num_seconds())
}

/// The headers that take it back.
pub(crate) fn clear(app: &App) -> SetCookies {
    headers(app, "", 0)
}

fn headers(app: &App, token: &str, max_age: i64) -> SetCookies {
    if !app.cookie_secure() {
        return AppendHeaders(vec![header(NAME, token, max_age, "")]);
    }
    let cookie = header(SECURE_NAME, token, max_age, "; Secure");
    // The one of the old name, where there is one, is replaced.
    AppendHeaders(vec![cookie, header(NAME, "", 0, "; Secure")])
}

fn header(name: &str, token: &str, max_age: i64, secure: &str) -> (HeaderName, HeaderValue) {
    let cookie =
        format!("{name}={token}; Path=/v1/auth; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}");
    // Tokens are ids, digits and base64url: always a legal header.
    (
        SET_COOKIE,
        HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static("")),
    )
}
