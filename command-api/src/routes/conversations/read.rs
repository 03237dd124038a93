//! PUT `/v1/conversations/{user_id}/read`

use axum::extract::State;
use axum::response::Response;
use events::{AccountId, Position, Positions};
use platform::Problem;
use platform::extract::{JsonBody, Path};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::message_position;
use crate::app::App;
use crate::handlers::{Caller, message};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut};
use crate::routes::no_content;
use crate::validation::Checks;

/// How far the caller has read.
#[derive(Deserialize, ToSchema)]
#[schema(as = ReadUpTo)]
pub(crate) struct Body {
    /// The position of the last message read.
    #[serde(default)]
    #[schema(required, example = "c42", pattern = "^c[0-9]+$")]
    up_to: String,
}

impl Body {
    /// The position, if it is one of the chat's.
    pub(crate) fn check(&self) -> Result<Position, Problem> {
        let mut checks = Checks::new();
        if self.up_to.is_empty() {
            checks.fail("up_to", "required", "This may not be empty.");
        }
        checks.finish()?;
        message_position(&self.up_to)
    }
}

/// Marks a conversation read up to a message; never backwards. While one of the two blocks the other nothing is unread,
/// and nothing is noted.
///
/// The other side sees how far it was read, unless either blocks the other.
#[utoipa::path(
    put,
    path = "/v1/conversations/{user_id}/read",
    operation_id = "markRead",
    tag = "conversations",
    security(("bearer" = [])),
    params(("user_id" = Uuid, Path, description = "The other one."), IdempotencyHeader),
    request_body = Body,
    responses(
        (
            status = 204, description = "Read.",
            headers(("Echo-Position" = String, description = "The position of the conversation's last change."))
        ),
        (
            status = 404, description = "`message-not-found`: there is no message at this position in this conversation",
            body = Problem, content_type = "application/problem+json"
        ),
        (status = 409, description = "`conflict`", body = Problem, content_type = "application/problem+json"),
        SignedOut,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(user_id): Path<Uuid>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let up_to = body.check()?;
    let position = message::mark_read(&app, &caller, AccountId::from(user_id), up_to).await?;
    Ok(no_content(Positions::from(position)))
}
