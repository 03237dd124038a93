//! DELETE `/v1/posts/{id}/comments/{comment_id}`

use axum::extract::State;
use axum::response::Response;
use events::{CommentId, Positions, PostId};
use platform::Problem;
use platform::extract::Path;
use uuid::Uuid;

use crate::app::App;
use crate::handlers::{Caller, comment};
use crate::openapi::{IdempotencyHeader, Refusals, SignedOut};
use crate::routes::no_content;

/// Deletes a comment: one's own, whether or not its post can still be seen, or any on one's own post.
///
/// Deleting it again is fine.
#[utoipa::path(
    delete,
    path = "/v1/posts/{id}/comments/{comment_id}",
    operation_id = "deleteComment",
    tag = "comments",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The post."),
        ("comment_id" = Uuid, Path, description = "The comment."),
        IdempotencyHeader
    ),
    responses(
        (
            status = 204, description = "Deleted.",
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (status = 403, description = "`not-author`", body = Problem, content_type = "application/problem+json"),
        (
            status = 404, description = "`post-not-found` or `comment-not-found`",
            body = Problem, content_type = "application/problem+json"
        ),
        (status = 409, description = "`conflict`", body = Problem, content_type = "application/problem+json"),
        (
            status = 422, description = "`idempotency-key-reused`",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Refusals,
    )
)]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path((id, comment_id)): Path<(Uuid, Uuid)>,
) -> Result<Response, Problem> {
    let (post, comment) = (PostId::from(id), CommentId::from(comment_id));
    let position = comment::delete(&app, &caller, post, comment).await?;
    Ok(no_content(Positions::from(position)))
}
