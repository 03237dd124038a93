//! POST `/v1/auth/login`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use platform::Problem;
use platform::extract::JsonBody;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{SignedInBody, answer};
use crate::app::App;
use crate::handlers::log_in;
use crate::handlers::session::Origin;
use crate::openapi::{BodyRefusals, Refusals, Throttled};
use crate::validation::Checks;

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[schema(as = LogIn)]
pub(super) struct Body {
    /// A username, also with `@` before it, or an email address; blanks around it don't count.
    #[serde(default)]
    #[schema(required, max_length = 256, example = "ann")]
    login: String,
    #[serde(default)]
    #[schema(required, max_length = 128, format = "password")]
    password: String,
}

/// Signs in.
///
/// Takes a username or an e-mail address, with or without a leading `@`. Sets the refresh cookie. Attempts are
/// throttled for each account and address, and the answer doesn't tell whether the account exists.
#[utoipa::path(
    post,
    path = "/v1/auth/login",
    operation_id = "logIn",
    tag = "auth",
    request_body = Body,
    responses(
        (
            status = 200, description = "Signed in.", body = SignedInBody,
            headers(
                ("Echo-Position" = String, description = "The position of the new session."),
                ("Set-Cookie" = String, description = "The refresh token, `echo_refresh`.")
            )
        ),
        (
            status = 401, description = "`wrong-credentials`: no such account, or not its password.",
            body = Problem, content_type = "application/problem+json"
        ),
        Throttled,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn log_in(
    State(app): State<App>,
    origin: Origin,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let mut checks = Checks::new();
    for (field, text) in [("login", &body.login), ("password", &body.password)] {
        if text.is_empty() {
            checks.fail(field, "required", "This may not be empty.");
        }
    }
    checks.finish()?;
    let signed_in = log_in::log_in(&app, &body.login, SecretString::from(body.password), origin).await?;
    Ok(answer(&app, StatusCode::OK, signed_in))
}
