//! PATCH `/v1/posts/{id}/comments/{comment_id}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use events::{CommentId, PostId};
use platform::Problem;
use platform::extract::{JsonBody, Path};
use uuid::Uuid;

use super::{Accepted, Body, answer};
use crate::app::App;
use crate::handlers::{Caller, comment};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut};

/// Changes what one's own comment says.
///
/// Only its author may, for as long as they can see the post.
#[utoipa::path(
    patch,
    path = "/v1/posts/{id}/comments/{comment_id}",
    operation_id = "editComment",
    tag = "comments",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The post."),
        ("comment_id" = Uuid, Path, description = "The comment."),
        IdempotencyHeader
    ),
    request_body = Body,
    responses(
        (
            status = 200, description = "Changed.", body = Accepted,
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (status = 403, description = "`not-author`", body = Problem, content_type = "application/problem+json"),
        (
            status = 404, description = "`post-not-found` or `comment-not-found`",
            body = Problem, content_type = "application/problem+json"
        ),
        (status = 409, description = "`conflict`", body = Problem, content_type = "application/problem+json"),
        SignedOut,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path((id, comment_id)): Path<(Uuid, Uuid)>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let text = body.check()?;
    let (post, comment) = (PostId::from(id), CommentId::from(comment_id));
    let position = comment::edit(&app, &caller, post, comment, text).await?;
    Ok(answer(StatusCode::OK, comment, position))
}
