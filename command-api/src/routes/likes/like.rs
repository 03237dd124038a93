//! PUT `/v1/posts/{id}/like`

use axum::extract::State;
use axum::response::Response;
use events::{Positions, PostId};
use platform::Problem;
use platform::extract::Path;
use uuid::Uuid;

use crate::app::App;
use crate::domain::reaction::What;
use crate::handlers::{Caller, reaction};
use crate::openapi::{IdempotencyHeader, Refusals, SignedOut};
use crate::routes::no_content;

/// Likes a post. Idempotent.
///
/// The post's author is notified of the first like; likes on one post are grouped.
#[utoipa::path(
    put,
    path = "/v1/posts/{id}/like",
    operation_id = "likePost",
    tag = "posts",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The post."), IdempotencyHeader),
    responses(
        (
            status = 204, description = "Liked.",
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
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
pub(super) async fn like(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let position = reaction::handle(&app, &caller, PostId::from(id), What::Like).await?;
    Ok(no_content(Positions::from(position)))
}
