//! POST `/v1/friend-requests/{user_id}/decline`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use events::AccountId;
use platform::Problem;
use platform::extract::Path;
use uuid::Uuid;

use super::{RelationshipBody, answer};
use crate::app::App;
use crate::domain::friendship::What;
use crate::handlers::{Caller, friendship};
use crate::openapi::{IdempotencyHeader, Refusals, SignedOut};

/// Declines what somebody asked.
///
/// The other isn't told.
#[utoipa::path(
    post,
    path = "/v1/friend-requests/{user_id}/decline",
    operation_id = "declineFriendRequest",
    tag = "friends",
    security(("bearer" = [])),
    params(("user_id" = Uuid, Path, description = "Who asked."), IdempotencyHeader),
    responses(
        (
            status = 200, description = "Declined.", body = RelationshipBody,
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (
            status = 404, description = "`user-not-found`",
            body = Problem, content_type = "application/problem+json"
        ),
        (
            status = 409, description = "`no-request`, `already-friends` or `conflict`",
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
pub(super) async fn decline(
    State(app): State<App>,
    caller: Caller,
    Path(user_id): Path<Uuid>,
) -> Result<Response, Problem> {
    let outcome = friendship::handle(&app, &caller, AccountId::from(user_id), What::Decline).await?;
    Ok(answer(StatusCode::OK, &outcome))
}
