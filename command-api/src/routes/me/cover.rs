//! PUT and DELETE `/v1/me/cover`

use axum::extract::State;
use axum::response::Response;
use platform::Problem;
use platform::extract::JsonBody;

use super::{PictureAnswer, PictureBody, picture};
use crate::app::App;
use crate::handlers::Caller;
use crate::handlers::account::{Place, set_picture};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut};

/// Sets the picture on top of the caller's profile.
///
/// The image must be an own upload of the last twelve hours; the one that is set already may be named again.
#[utoipa::path(
    put,
    path = "/v1/me/cover",
    operation_id = "setCover",
    tag = "me",
    security(("bearer" = [])),
    params(IdempotencyHeader),
    request_body = PictureBody,
    responses(
        (
            status = 200, description = "It is set; also if it was already.", body = PictureAnswer,
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (
            status = 409, description = "`conflict`",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Refusals,
        BodyRefusals,
        (
            status = 422,
            description = "`validation-failed`, `media-not-yours`, `media-expired` or `idempotency-key-reused`",
            body = Problem, content_type = "application/problem+json"
        ),
    )
)]
pub(super) async fn set(
    State(app): State<App>,
    caller: Caller,
    JsonBody(body): JsonBody<PictureBody>,
) -> Result<Response, Problem> {
    let media = Some(body.check()?);
    let position = set_picture(&app, &caller, Place::Cover, media).await?;
    Ok(picture(media, position))
}

/// Takes the picture on top of the caller's profile away.
///
/// Fine if there is none.
#[utoipa::path(
    delete,
    path = "/v1/me/cover",
    operation_id = "removeCover",
    tag = "me",
    security(("bearer" = [])),
    params(IdempotencyHeader),
    responses(
        (
            status = 200, description = "There is none; also if there was none before.", body = PictureAnswer,
            headers(("Echo-Position" = String, description = "The position of the change."))
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
pub(super) async fn remove(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let position = set_picture(&app, &caller, Place::Cover, None).await?;
    Ok(picture(None, position))
}
