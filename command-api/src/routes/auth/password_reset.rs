//! POST `/v1/auth/password-reset`, `/v1/auth/password-reset/check` and `/v1/auth/password-reset/confirm`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use events::Positions;
use platform::Problem;
use platform::extract::JsonBody;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::handlers::recovery;
use crate::handlers::session::Origin;
use crate::openapi::{BodyRefusals, Refusals, Throttled};
use crate::routes::no_content;
use crate::validation::Checks;

/// Whose password is forgotten.
#[derive(Deserialize, ToSchema)]
#[schema(as = RequestPasswordReset)]
pub(super) struct Body {
    #[serde(default)]
    #[schema(required, max_length = 254, format = "email", example = "ann@example.org")]
    email: String,
}

/// Has a link to a new password mailed to who signed up with this address.
///
/// The answer is the same whether or not anybody did.
#[utoipa::path(
    post,
    path = "/v1/auth/password-reset",
    operation_id = "requestPasswordReset",
    tag = "auth",
    request_body = Body,
    responses(
        (status = 202, description = "If there is such an account, a mail is on its way."),
        Throttled,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn request(
    State(app): State<App>,
    origin: Origin,
    JsonBody(body): JsonBody<Body>,
) -> Result<StatusCode, Problem> {
    let mut checks = Checks::new();
    let email = checks.email("email", &body.email);
    checks.finish()?;
    recovery::request_reset(&app, email.to_string(), origin.source).await?;
    Ok(StatusCode::ACCEPTED)
}

/// The token of the link.
#[derive(Deserialize, ToSchema)]
#[schema(as = CheckPasswordReset)]
pub(super) struct Link {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 1024)]
    token: String,
}

/// Tells whether the link of a mail would set another password now, and changes nothing.
///
/// A page can ask before it lets somebody think of a password.
#[utoipa::path(
    post,
    path = "/v1/auth/password-reset/check",
    operation_id = "checkPasswordReset",
    tag = "auth",
    request_body = Link,
    responses(
        (status = 204, description = "It would."),
        Refusals,
        BodyRefusals,
        (
            status = 422, description = "`validation-failed`, or `link-invalid`: used, too old, or never ours.",
            body = Problem, content_type = "application/problem+json"
        ),
    )
)]
pub(super) async fn check(
    State(app): State<App>,
    origin: Origin,
    JsonBody(body): JsonBody<Link>,
) -> Result<StatusCode, Problem> {
    let mut checks = Checks::new();
    checks.present("token", &body.token);
    checks.finish()?;
    recovery::check_reset(&app, &body.token, origin.source).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The token of the link, and the password as it is to be.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConfirmPasswordReset)]
pub(super) struct Confirmation {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 1024)]
    token: String,
    #[serde(default)]
    #[schema(required, min_length = 8, max_length = 128, format = "password")]
    new_password: String,
}

/// Sets another password with the link of a mail. Every session ends.
///
/// A link works once, for an hour.
#[utoipa::path(
    post,
    path = "/v1/auth/password-reset/confirm",
    operation_id = "confirmPasswordReset",
    tag = "auth",
    request_body = Confirmation,
    responses(
        (
            status = 204, description = "The new password holds.",
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (
            status = 409, description = "`conflict`",
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
    checks.password("new_password", &body.new_password, &[]);
    checks.finish()?;
    let new = SecretString::from(body.new_password);
    let position = recovery::reset_password(&app, &body.token, new, &origin).await?;
    Ok(no_content(Positions::from(position)))
}
