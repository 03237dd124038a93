//! POST `/v1/auth/email` and `/v1/auth/email/confirm`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use events::Positions;
use platform::Problem;
use platform::extract::JsonBody;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::handlers::session::Origin;
use crate::handlers::{Caller, recovery};
use crate::openapi::{BodyRefusals, Refusals, SignedOut, Throttled};
use crate::routes::EchoPosition;
use crate::validation::Checks;

/// The address that is to be, and the password.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChangeEmail)]
pub(super) struct Body {
    #[serde(default)]
    #[schema(required, max_length = 254, format = "email", example = "ann@example.org")]
    email: String,
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 128, format = "password")]
    password: String,
}

/// Has a link mailed to another address; the account takes it when the link is used.
///
/// The answer doesn't tell whether somebody has the address already.
#[utoipa::path(
    post,
    path = "/v1/auth/email",
    operation_id = "requestEmailChange",
    tag = "auth",
    security(("bearer" = [])),
    request_body = Body,
    responses(
        (status = 202, description = "A mail is on its way."),
        (
            status = 403, description = "`wrong-password`",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Throttled,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn request(
    State(app): State<App>,
    caller: Caller,
    origin: Origin,
    JsonBody(body): JsonBody<Body>,
) -> Result<StatusCode, Problem> {
    let mut checks = Checks::new();
    let email = checks.email("email", &body.email);
    checks.present("password", &body.password);
    checks.finish()?;
    let password = SecretString::from(body.password);
    recovery::request_email(&app, &caller, email, password, &origin).await?;
    Ok(StatusCode::ACCEPTED)
}

/// The token of the link.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConfirmEmailChange)]
pub(super) struct Confirmation {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 1024)]
    token: String,
}

/// Where the change stands.
#[derive(Serialize, ToSchema)]
#[schema(as = EmailChanged)]
struct Answer {
    /// The position of the change.
    #[schema(example = "e42")]
    position: String,
}

/// Takes the address to which the link was mailed. Who has the link needn't be signed in.
///
/// A link works once, for a day.
#[utoipa::path(
    post,
    path = "/v1/auth/email/confirm",
    operation_id = "confirmEmailChange",
    tag = "auth",
    request_body = Confirmation,
    responses(
        (
            status = 200, description = "The account has the new address.", body = Answer,
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (
            status = 409, description = "`email-taken`: somebody was faster; or `conflict`",
            body = Problem, content_type = "application/problem+json"
        ),
        Refusals,
        BodyRefusals,
        (
            status = 422, description = "`validation-failed`, or `link-invalid`: used, too old, or never ours.",
            body = Problem, content_type = "application/problem+json"
        ),
    )
)]
pub(super) async fn confirm(
    State(app): State<App>,
    origin: Origin,
    JsonBody(body): JsonBody<Confirmation>,
) -> Result<Response, Problem> {
    let mut checks = Checks::new();
    checks.present("token", &body.token);
    checks.finish()?;
    let position = recovery::confirm_email(&app, &body.token, &origin).await?;
    let answer = Answer {
        position: position.to_string(),
    };
    let header = EchoPosition(Positions::from(position));
    Ok((StatusCode::OK, header, Json(answer)).into_response())
}
