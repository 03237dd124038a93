//! DELETE `/v1/blocks/{user_id}`

use axum::extract::State;
use axum::response::Response;
use events::{AccountId, Positions};
use platform::Problem;
use platform::extract::Path;
use uuid::Uuid;

use crate::app::App;
use crate::domain::block::What;
use crate::handlers::{Caller, block};
use crate::openapi::{IdempotencyHeader, Refusals, SignedOut};
use crate::routes::no_content;

/// Lifts one's own block, if there is one. What the block ended stays ended.
///
/// Answers alike whether or not there was a block.
#[utoipa::path(
    delete,
    path = "/v1/blocks/{user_id}",
    operation_id = "unblockUser",
    tag = "friends",
    security(("bearer" = [])),
    params(("user_id" = Uuid, Path, description = "The other one."), IdempotencyHeader),
    responses(
        (
            status = 204, description = "Not blocked by the caller.",
            headers(("Echo-Position" = String, description = "The position of the last change between the two."))
        ),
        (
            status = 404, description = "`user-not-found`",
            body = Problem, content_type = "application/problem+json"
        ),
        (status = 409, description = "`conflict`", body = Problem, content_type = "application/problem+json"),
        (
            status = 422, description = "`yourself` or `idempotency-key-reused`",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Refusals,
    )
)]
pub(super) async fn unblock(
    State(app): State<App>,
    caller: Caller,
    Path(user_id): Path<Uuid>,
) -> Result<Response, Problem> {
    let position = block::handle(&app, &caller, AccountId::from(user_id), What::Unblock).await?;
    Ok(no_content(Positions::from(position)))
}
