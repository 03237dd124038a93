//! POST `/v1/conversations/{user_id}/messages`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use events::{AccountId, MediaId, Positions, dm};
use platform::Problem;
use platform::extract::{JsonBody, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::handlers::{Caller, message};
use crate::openapi::{BodyRefusals, Refusals, SignedOut};
use crate::routes::EchoPosition;
use crate::validation::{Checks, Lines, limits};

/// A new message.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewMessage)]
pub(crate) struct Body {
    /// Chosen by the client: the same id again is the same message.
    #[serde(default)]
    #[schema(required, value_type = Uuid)]
    id: String,
    /// May be empty if there are pictures.
    #[serde(default)]
    #[schema(max_length = 4000)]
    text: String,
    /// The caller's own pictures, uploaded less than 12 hours before.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>, max_items = 10)]
    media_ids: Vec<String>,
}

impl Body {
    /// The client's id and the message, if both are acceptable.
    pub(crate) fn check(self) -> Result<(Uuid, dm::Message), Problem> {
        let mut checks = Checks::new();
        let id = checks.id("id", &self.id);
        let text = if self.media_ids.is_empty() {
            checks.text("text", self.text, limits::MESSAGE, Lines::Many)
        } else {
            checks.optional_text("text", self.text, limits::MESSAGE, Lines::Many)
        };
        if self.media_ids.len() > limits::MESSAGE_MEDIA {
            checks.fail("media_ids", "too-many", "A message has at most 10 images.");
        }
        let ids = self.media_ids.iter().enumerate();
        let media = ids
            .map(|(n, media)| MediaId::from(checks.id(&format!("media_ids[{n}]"), media)))
            .collect();
        checks.finish()?;
        Ok((id, dm::Message { text, media }))
    }
}

/// A message that was sent.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageAccepted)]
pub(crate) struct Message {
    /// The client's id.
    pub(crate) id: Uuid,
    /// What names and orders the message.
    #[schema(example = "c42")]
    pub(crate) position: String,
    /// When it was sent.
    #[schema(format = "date-time")]
    pub(crate) at: String,
}

impl Message {
    pub(crate) fn new(id: Uuid, sent: &message::Sent) -> Self {
        let at = sent.at.to_rfc3339_opts(SecondsFormat::Millis, true);
        Self {
            id,
            position: sent.position.to_string(),
            at,
        }
    }
}

/// Sends a message to a friend. The same `id` again answers as the first time. Whoever is no friend is refused alike,
/// whether they are there or not.
///
/// The client chooses the message's `id`, so that it can send again after a lost answer. Only friends can write to each
/// other. Both sides' devices are told over the socket.
#[utoipa::path(
    post,
    path = "/v1/conversations/{user_id}/messages",
    operation_id = "sendMessage",
    tag = "conversations",
    security(("bearer" = [])),
    params(("user_id" = Uuid, Path, description = "The friend.")),
    request_body = Body,
    responses(
        (
            status = 201, description = "Sent.", body = Message,
            headers(("Echo-Position" = String, description = "The position of the message."))
        ),
        (status = 403, description = "`not-friends`", body = Problem, content_type = "application/problem+json"),
        (
            status = 409, description = "`message-id-reused`: in another conversation",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn send(
    State(app): State<App>,
    caller: Caller,
    Path(user_id): Path<Uuid>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let (id, message) = body.check()?;
    let sent = message::send(&app, &caller, AccountId::from(user_id), id, message).await?;
    let position = EchoPosition(Positions::from(sent.position));
    Ok((StatusCode::CREATED, position, Json(Message::new(id, &sent))).into_response())
}
