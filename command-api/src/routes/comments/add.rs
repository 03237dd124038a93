//! POST `/v1/posts/{id}/comments`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use events::PostId;
use platform::Problem;
use platform::extract::{JsonBody, Path};
use uuid::Uuid;

use super::{Accepted, Body, answer};
use crate::app::App;
use crate::handlers::{Caller, comment};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut};

/// Comments on a post.
///
/// The post's author and those who watch the post are told. With an `Idempotency-Key` the comment is made once.
#[utoipa::path(
    post,
    path = "/v1/posts/{id}/comments",
    operation_id = "addComment",
    tag = "comments",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The post."), IdempotencyHeader),
    request_body = Body,
    responses(
        (
            status = 201, description = "Written.", body = Accepted,
            headers(("Echo-Position" = String, description = "The position of the comment."))
        ),
        (status = 404, description = "`post-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`", body = Problem, content_type = "application/problem+json"),
        SignedOut,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn add(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let text = body.check()?;
    let (comment, position) = comment::add(&app, &caller, PostId::from(id), text).await?;
    Ok(answer(StatusCode::CREATED, comment, position))
}
