//! DELETE `/v1/posts/{id}`

use axum::extract::State;
use axum::response::Response;
use events::{Positions, PostId};
use platform::Problem;
use platform::extract::Path;
use uuid::Uuid;

use crate::app::App;
use crate::handlers::{Caller, post};
use crate::openapi::{IdempotencyHeader, Refusals, SignedOut};
use crate::routes::no_content;

/// Deletes a post.
///
/// Only its author may. Its comments and likes go with it.
#[utoipa::path(
    delete,
    path = "/v1/posts/{id}",
    operation_id = "deletePost",
    tag = "posts",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The post."), IdempotencyHeader),
    responses(
        (
            status = 204, description = "Deleted.",
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (status = 403, description = "`not-author`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`post-not-found`", body = Problem, content_type = "application/problem+json"),
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
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let position = post::delete(&app, &caller, PostId::from(id)).await?;
    Ok(no_content(Positions::from(position)))
}
