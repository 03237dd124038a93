//! POST `/v1/auth/password`

use axum::extract::State;
use axum::response::Response;
use events::Positions;
use platform::Problem;
use platform::extract::JsonBody;
use platform::token::Bearer;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::handlers::session::Origin;
use crate::handlers::{Caller, account};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut, Throttled};
use crate::routes::no_content;
use crate::validation::Checks;

/// The password as it is and as it is to be.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChangePassword)]
pub(super) struct Body {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 128, format = "password")]
    current_password: String,
    #[serde(default)]
    #[schema(required, min_length = 8, max_length = 128, format = "password")]
    new_password: String,
}

/// Sets another password. Every session but this one ends.
///
/// Needs the current password. Links for resetting the password that were mailed before stop working, and the account's
/// address is told of the change.
#[utoipa::path(
    post,
    path = "/v1/auth/password",
    operation_id = "changePassword",
    tag = "auth",
    security(("bearer" = [])),
    params(IdempotencyHeader),
    request_body = Body,
    responses(
        (
            status = 204, description = "The new password holds.",
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (
            status = 403, description = "`wrong-password`: the current one is another.",
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
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    Bearer(claims): Bearer,
    origin: Origin,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let mut checks = Checks::new();
    checks.present("current_password", &body.current_password);
    checks.password("new_password", &body.new_password, &[]);
    checks.finish()?;
    let passwords = [body.current_password, body.new_password].map(SecretString::from);
    let started_at = claims.session_started_at();
    let position = account::change_password(&app, &caller, started_at, passwords, &origin).await?;
    Ok(no_content(Positions::from(position)))
}
