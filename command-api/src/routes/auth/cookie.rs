//! The refresh cookie.

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use platform::Problem;

use crate::app::App;
use crate::domain::session::REFRESH_LIFETIME;

const NAME: &str = "echo_refresh";

/// The refresh token that came with the request, if any.
///
/// Browsers send cookies along whoever made the page; `SameSite=Strict` keeps other sites out and the check of
/// `Origin` keeps out other origins of the same site.
pub(super) struct RefreshCookie(pub(super) Option<String>);

impl FromRequestParts<App> for RefreshCookie {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if !is_welcome(app, &parts.headers) {
            return Err(Problem::forbidden(
                "origin-not-allowed",
                "Pages of this origin may not do this.",
            ));
        }
        Ok(Self(refresh_token(&parts.headers)))
    }
}

/// The refresh token among the cookies, whoever's page sent it.
pub(super) fn refresh_token(headers: &HeaderMap) -> Option<String> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let token = cookies.flat_map(|cookies| cookies.split(';')).find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == NAME).then(|| value.trim_matches('"').to_owned())
    });
    token.filter(|token| !token.is_empty())
}

fn is_welcome(app: &App, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else { return false };
    let own = origin.split_once("://").is_some_and(|(_, authority)| {
        headers
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .is_some_and(|host| host.eq_ignore_ascii_case(authority))
    });
    own || app.allows_origin(origin)
}

/// The header that hands the refresh token to the browser.
pub(super) fn set(app: &App, token: &str) -> (HeaderName, HeaderValue) {
    header(app, token, REFRESH_LIFETIME.num_seconds())
}

/// The header that takes it back.
pub(crate) fn clear(app: &App) -> (HeaderName, HeaderValue) {
    header(app, "", 0)
}

fn header(app: &App, token: &str, max_age: i64) -> (HeaderName, HeaderValue) {
    let secure = if app.cookie_secure() { "; Secure" } else { "" };
    let cookie =
        format!("{NAME}={token}; Path=/v1/auth; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}");
    // Tokens are ids, digits and base64url: always a legal header.
    (
        SET_COOKIE,
        HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static("")),
    )
}
