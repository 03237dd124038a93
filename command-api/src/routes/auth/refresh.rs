//! POST `/v1/auth/refresh`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use platform::Problem;
use platform::trace::TraceParent;

use super::cookie::{self, RefreshCookie};
use super::{SignedInBody, answer};
use crate::app::App;
use crate::handlers::session;
use crate::openapi::Refusals;

/// Exchanges the refresh cookie for fresh tokens.
///
/// Each refresh token is good once; the one just replaced is honoured for 60 seconds. An older one revokes the
/// session.
#[utoipa::path(
    post,
    path = "/v1/auth/refresh",
    operation_id = "refresh",
    tag = "auth",
    security(("refresh_cookie" = [])),
    responses(
        (
            status = 200, description = "Fresh tokens.", body = SignedInBody,
            headers(
                ("Echo-Position" = String, description = "The position of the session's last change."),
                ("Set-Cookie" = String, description = "The new refresh token, `echo_refresh`.")
            )
        ),
        (
            status = 401, description = "`missing-refresh-token` or `session-ended`.",
            body = Problem, content_type = "application/problem+json"
        ),
        (
            status = 403, description = "`origin-not-allowed`: the page is of another origin.",
            body = Problem, content_type = "application/problem+json"
        ),
        Refusals,
    )
)]
pub(super) async fn refresh(
    State(app): State<App>,
    RefreshCookie(token): RefreshCookie,
    trace: TraceParent,
) -> Result<Response, Problem> {
    let Some(token) = token else {
        return Err(Problem::unauthorized(
            "missing-refresh-token",
            "This needs the refresh cookie.",
        ));
    };
    match session::refresh(&app, &token, &trace)
        .await
        .map_err(Problem::from)
    {
        Ok(signed_in) => Ok(answer(&app, StatusCode::OK, signed_in)),
        // The cookie is of no use any more.
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
            Ok((cookie::clear(&app), problem).into_response())
        }
        Err(problem) => Err(problem),
    }
}
