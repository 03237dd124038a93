//! PATCH `/v1/conversations/{user_id}/messages/{position}`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use events::{AccountId, Positions};
use platform::Problem;
use platform::extract::{JsonBody, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::message_position;
use crate::app::App;
use crate::handlers::{Caller, message};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut};
use crate::routes::EchoPosition;
use crate::validation::{Checks, Lines, limits};

/// What a message says from now on; its pictures stay.
#[derive(Deserialize, ToSchema)]
#[schema(as = MessageChange)]
pub(super) struct Body {
    /// May be empty if the message has pictures.
    #[schema(max_length = 4000)]
    text: String,
}

/// A message that was changed.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageChanged)]
pub(super) struct Changed {
    /// The client's id of the message.
    id: Uuid,
    /// Where the change stands.
    #[schema(example = "c43")]
    position: String,
}

/// Changes the text of one's own message.
///
/// An edit reaches the other one, so it takes friends, as sending does.
#[utoipa::path(
    patch,
    path = "/v1/conversations/{user_id}/messages/{position}",
    operation_id = "editMessage",
    tag = "conversations",
    security(("bearer" = [])),
    params(
        ("user_id" = Uuid, Path, description = "The other one."),
        ("position" = String, Path, description = "Where the message stands.", example = "c42"),
        IdempotencyHeader
    ),
    request_body = Body,
    responses(
        (
            status = 200, description = "Changed.", body = Changed,
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (status = 403, description = "`not-friends`", body = Problem, content_type = "application/problem+json"),
        (
            status = 404, description = "`message-not-found`: the caller has no message at this position in this conversation",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path((user_id, position)): Path<(Uuid, String)>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let at = message_position(&position)?;
    let mut checks = Checks::new();
    let text = checks.optional_text("text", body.text, limits::MESSAGE, Lines::Many);
    checks.finish()?;
    let other = AccountId::from(user_id);
    let (id, position) = message::edit(&app, &caller, other, at, text).await?;
    let body = Changed {
        id,
        position: position.to_string(),
    };
    Ok((EchoPosition(Positions::from(position)), Json(body)).into_response())
}
