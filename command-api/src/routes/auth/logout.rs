//! POST `/v1/auth/logout`

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use events::SessionId;
use platform::Problem;
use platform::token::Bearer;
use platform::trace::TraceParent;

use super::cookie::{self, RefreshCookie};
use crate::app::App;
use crate::handlers::session;
use crate::openapi::Refusals;
use crate::routes::EchoPosition;

/// The sessions that a request can prove to be its own: by access token, by refresh cookie, or both.
pub(super) struct OwnSessions(Vec<SessionId>);

impl FromRequestParts<App> for OwnSessions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let RefreshCookie(cookie) = RefreshCookie::from_request_parts(parts, app).await?;
        let by_cookie = cookie
            .and_then(|token| app.refresh_tokens().read(&token))
            .map(|(session, _)| session);
        let by_token = match Bearer::from_request_parts(parts, app).await {
            Ok(Bearer(claims)) => Some(SessionId::from(claims.sid)),
            // An access token that ended doesn't matter to who still has the cookie.
            Err(_) if by_cookie.is_some() => None,
            Err(problem) => return Err(problem),
        };
        let mut sessions: Vec<SessionId> = by_token.into_iter().chain(by_cookie).collect();
        sessions.dedup();
        Ok(Self(sessions))
    }
}

/// Ends the session of the access token or the refresh cookie; ending it again is fine.
///
/// Sockets of the session close within a second, and its tokens are refused everywhere.
#[utoipa::path(
    post,
    path = "/v1/auth/logout",
    operation_id = "logOut",
    tag = "auth",
    security(("bearer" = []), ("refresh_cookie" = [])),
    responses(
        (
            status = 204, description = "The session is over.",
            headers(
                ("Echo-Position" = String, description = "The position of the session's end."),
                ("Set-Cookie" = String, description = "Takes the refresh token back.")
            )
        ),
        (
            status = 401, description = "Neither a good access token nor a refresh cookie of ours came along.",
            body = Problem, content_type = "application/problem+json"
        ),
        (
            status = 403, description = "`origin-not-allowed`: the page is of another origin.",
            body = Problem, content_type = "application/problem+json"
        ),
        Refusals,
    )
)]
pub(super) async fn log_out(
    State(app): State<App>,
    OwnSessions(sessions): OwnSessions,
    trace: TraceParent,
) -> Result<Response, Problem> {
    let positions = session::log_out(&app, &sessions, &trace).await?;
    Ok((
        StatusCode::NO_CONTENT,
        EchoPosition(positions),
        cookie::clear(&app),
    )
        .into_response())
}
