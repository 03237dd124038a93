//! POST `/v1/auth/logout-all`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use events::Positions;
use platform::Problem;
use platform::token::Bearer;

use super::cookie;
use crate::app::App;
use crate::handlers::{Caller, account};
use crate::openapi::{IdempotencyHeader, Refusals, SignedOut};
use crate::routes::EchoPosition;

/// Ends every session of the caller, this one too.
///
/// Refresh tokens are dead at once, access tokens and sockets within a second.
#[utoipa::path(
    post,
    path = "/v1/auth/logout-all",
    operation_id = "logOutEverywhere",
    tag = "auth",
    security(("bearer" = [])),
    params(IdempotencyHeader),
    responses(
        (
            status = 204, description = "All sessions are over.",
            headers(
                ("Echo-Position" = String, description = "The position of their end."),
                ("Set-Cookie" = String, description = "Takes the refresh token back.")
            )
        ),
        (
            status = 409, description = "`conflict`",
            body = Problem, content_type = "application/problem+json"
        ),
        (
            status = 422, description = "`idempotency-key-reused`",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Refusals,
    )
)]
pub(super) async fn log_out_everywhere(
    State(app): State<App>,
    caller: Caller,
    Bearer(claims): Bearer,
) -> Result<Response, Problem> {
    let position = account::log_out_everywhere(&app, &caller, claims.session_started_at()).await?;
    let headers = (EchoPosition(Positions::from(position)), cookie::clear(&app));
    Ok((StatusCode::NO_CONTENT, headers.0, headers.1).into_response())
}
