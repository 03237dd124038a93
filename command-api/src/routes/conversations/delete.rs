//! DELETE `/v1/conversations/{user_id}/messages/{position}`

use axum::extract::State;
use axum::response::Response;
use events::{AccountId, Positions};
use platform::Problem;
use platform::extract::Path;
use uuid::Uuid;

use super::message_position;
use crate::app::App;
use crate::handlers::{Caller, message};
use crate::openapi::{IdempotencyHeader, Refusals, SignedOut};
use crate::routes::no_content;

/// Takes one's own message back: both see that there was one, and nobody what it said.
///
/// The message is named by the position that its sending returned. Deleting it again is fine.
#[utoipa::path(
    delete,
    path = "/v1/conversations/{user_id}/messages/{position}",
    operation_id = "deleteMessage",
    tag = "conversations",
    security(("bearer" = [])),
    params(
        ("user_id" = Uuid, Path, description = "The other one."),
        ("position" = String, Path, description = "Where the message stands.", example = "c42"),
        IdempotencyHeader
    ),
    responses(
        (
            status = 204, description = "Taken back.",
            headers(("Echo-Position" = String, description = "The position of the deletion."))
        ),
        (
            status = 404, description = "`message-not-found`: the caller has no message at this position in this conversation",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Refusals,
    )
)]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path((user_id, position)): Path<(Uuid, String)>,
) -> Result<Response, Problem> {
    let at = message_position(&position)?;
    let position = message::delete(&app, &caller, AccountId::from(user_id), at).await?;
    Ok(no_content(Positions::from(position)))
}
