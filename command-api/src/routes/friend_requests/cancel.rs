//! DELETE `/v1/friend-requests/{user_id}`

use axum::extract::State;
use axum::response::Response;
use events::{AccountId, Positions};
use platform::Problem;
use platform::extract::Path;
use uuid::Uuid;

use crate::app::App;
use crate::domain::friendship::What;
use crate::handlers::{Caller, friendship};
use crate::openapi::{IdempotencyHeader, Refusals, SignedOut};
use crate::routes::no_content;

/// Takes back one's own request.
///
/// A conflict if there is no request to take back.
#[utoipa::path(
    delete,
    path = "/v1/friend-requests/{user_id}",
    operation_id = "cancelFriendRequest",
    tag = "friends",
    security(("bearer" = [])),
    params(("user_id" = Uuid, Path, description = "Who was asked."), IdempotencyHeader),
    responses(
        (
            status = 204, description = "Taken back.",
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (
            status = 404, description = "`user-not-found`",
            body = Problem, content_type = "application/problem+json"
        ),
        (
            status = 409, description = "`no-request` or `conflict`",
            body = Problem, content_type = "application/problem+json"
        ),
        (
            status = 422, description = "`yourself` or `idempotency-key-reused`",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Refusals,
    )
)]
pub(super) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(user_id): Path<Uuid>,
) -> Result<Response, Problem> {
    let outcome = friendship::handle(&app, &caller, AccountId::from(user_id), What::Cancel).await?;
    Ok(no_content(Positions::from(outcome.position)))
}
