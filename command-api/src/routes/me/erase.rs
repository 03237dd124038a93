//! DELETE `/v1/me`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use events::Positions;
use platform::Problem;
use platform::extract::JsonBody;
use platform::token::Bearer;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::handlers::session::Origin;
use crate::handlers::{Caller, erasure};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut, Throttled};
use crate::routes::{EchoPosition, auth};
use crate::validation::Checks;

/// The password, for there is no way back.
#[derive(Deserialize, ToSchema)]
#[schema(as = EraseAccount)]
pub(super) struct Body {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 128, format = "password")]
    password: String,
}

/// Where the request stands.
#[derive(Serialize, ToSchema)]
#[schema(as = ErasureRequested)]
struct Answer {
    /// The position of the request.
    #[schema(example = "e42")]
    position: String,
}

/// Erases the caller's account and personal data, for good.
///
/// From the answer on the account can do nothing: every session is over, and the person is shown to nobody. Within
/// seconds nothing that was written by them can be read any more, the pictures are gone, and the username and the
/// address are free. Others keep their conversations, with an account that was deleted.
#[utoipa::path(
    delete,
    path = "/v1/me",
    operation_id = "eraseAccount",
    tag = "me",
    security(("bearer" = [])),
    params(IdempotencyHeader),
    request_body = Body,
    responses(
        (
            status = 202, description = "The account is being erased.", body = Answer,
            headers(
                ("Echo-Position" = String, description = "The position of the request."),
                ("Set-Cookie" = String, description = "Takes the refresh token back.")
            )
        ),
        (
            status = 403, description = "`wrong-password`",
            body = Problem, content_type = "application/problem+json"
        ),
        (
            status = 409, description = "`conflict`",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Throttled,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn erase(
    State(app): State<App>,
    caller: Caller,
    Bearer(claims): Bearer,
    origin: Origin,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let mut checks = Checks::new();
    checks.present("password", &body.password);
    checks.finish()?;
    let started_at = claims.session_started_at();
    let password = SecretString::from(body.password);
    let position = erasure::request(&app, &caller, started_at, password, &origin).await?;
    let answer = Answer {
        position: position.to_string(),
    };
    let position = EchoPosition(Positions::from(position));
    Ok((
        StatusCode::ACCEPTED,
        position,
        auth::no_cookie(&app),
        Json(answer),
    )
        .into_response())
}
