//! DELETE `/v1/friends/{user_id}`

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

/// Ends a friendship.
///
/// The two keep what they wrote to each other, and can write no more.
#[utoipa::path(
    delete,
    path = "/v1/friends/{user_id}",
    operation_id = "removeFriend",
    tag = "friends",
    security(("bearer" = [])),
    params(("user_id" = Uuid, Path, description = "The friend."), IdempotencyHeader),
    responses(
        (
            status = 204, description = "No longer friends.",
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (
            status = 404, description = "`user-not-found`",
            body = Problem, content_type = "application/problem+json"
        ),
        (
            status = 409, description = "`not-friends` or `conflict`",
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
pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(user_id): Path<Uuid>,
) -> Result<Response, Problem> {
    let outcome = friendship::handle(&app, &caller, AccountId::from(user_id), What::Remove).await?;
    Ok(no_content(Positions::from(outcome.position)))
}
