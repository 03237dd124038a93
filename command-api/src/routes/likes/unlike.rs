//! DELETE `/v1/posts/{id}/like`

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

/// Likes a post no more. Idempotent.
///
/// Answers alike whether or not the post was liked, and whether or not it can be seen: one's own like is taken back from a
/// post that is hidden from one since as well.
#[utoipa::path(
    delete,
    path = "/v1/posts/{id}/like",
    operation_id = "unlikePost",
    tag = "posts",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The post."), IdempotencyHeader),
    responses(
        (
            status = 204, description = "Not liked.",
            headers(("Echo-Position" = String, description = "The position of the change."))
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
pub(super) async fn unlike(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let position = reaction::handle(&app, &caller, PostId::from(id), What::Unlike).await?;
    Ok(no_content(Positions::from(position)))
}
