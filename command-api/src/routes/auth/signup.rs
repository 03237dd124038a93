//! POST `/v1/auth/signup`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use platform::Problem;
use platform::extract::{IdempotencyKey, JsonBody};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{SignedInBody, answer};
use crate::app::App;
use crate::handlers::session::Origin;
use crate::handlers::sign_up::{self, Request};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, Throttled};
use crate::validation::{Checks, Lines, limits};

/// What a person gives on signing up.
#[derive(Deserialize, ToSchema)]
#[schema(as = SignUp)]
pub(super) struct Body {
    /// Unique; upper and lower case are the same. Names of the people who run a site, and of its parts, are reserved.
    #[serde(default)]
    #[schema(
        required,
        min_length = 3,
        max_length = 30,
        pattern = "^[A-Za-z0-9_]{3,30}$",
        example = "ann"
    )]
    username: String,
    /// Unique: the same domain by letters and by its code (`xn--…`) is one address, as are upper and lower case.
    #[serde(default)]
    #[schema(required, max_length = 254, format = "email", example = "ann@example.org")]
    email: String,
    #[serde(default)]
    #[schema(required, min_length = 8, max_length = 128, format = "password")]
    password: String,
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 50, example = "Ann")]
    display_name: String,
}

impl Body {
    fn check(self) -> Result<Request, Problem> {
        let mut checks = Checks::new();
        let username = checks.username("username", &self.username);
        let email = checks.email("email", &self.email);
        let display_name = self.display_name.trim().to_owned();
        let address = email.to_string();
        checks.password("password", &self.password, &[&username, &address, &display_name]);
        let display_name = checks.text("display_name", display_name, limits::DISPLAY_NAME, Lines::One);
        checks.finish()?;
        Ok(Request {
            username,
            email,
            display_name,
            password: SecretString::from(self.password),
        })
    }
}

/// Makes an account and signs its owner in.
///
/// Repeated with the same `Idempotency-Key`, the same body and the right password, it finds the same account and
/// signs in anew.
#[utoipa::path(
    post,
    path = "/v1/auth/signup",
    operation_id = "signUp",
    tag = "auth",
    params(IdempotencyHeader),
    request_body = Body,
    responses(
        (
            status = 201, description = "Signed up and in.", body = SignedInBody,
            headers(
                ("Echo-Position" = String, description = "The positions of what was done."),
                ("Set-Cookie" = String, description = "The refresh token, `echo_refresh`.")
            )
        ),
        (
            status = 409, description = "`username-taken`, `username-reserved` or `email-taken`, with the fields.",
            body = Problem, content_type = "application/problem+json"
        ),
        Throttled,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn sign_up(
    State(app): State<App>,
    origin: Origin,
    key: Option<IdempotencyKey>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let signed_in = sign_up::sign_up(&app, body.check()?, key.as_ref(), origin).await?;
    Ok(answer(&app, StatusCode::CREATED, signed_in))
}
