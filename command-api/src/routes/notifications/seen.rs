//! PUT `/v1/notifications/seen`

use axum::extract::State;
use axum::response::Response;
use events::{Position, Positions, Stream};
use platform::Problem;
use platform::extract::JsonBody;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::handlers::{Caller, inbox};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut};
use crate::problems::invalid_position;
use crate::routes::no_content;
use crate::validation::Checks;

/// How far the caller has seen the notifications.
#[derive(Deserialize, ToSchema)]
#[schema(as = SeenUpTo)]
pub(super) struct Body {
    /// The position of the newest notification seen, or any later one that was reached.
    #[serde(default)]
    #[schema(required, example = "e42", pattern = "^e[0-9]+$")]
    up_to: String,
}

impl Body {
    /// The position, if it is one of the events'.
    fn check(&self) -> Result<Position, Problem> {
        let mut checks = Checks::new();
        if self.up_to.is_empty() {
            checks.fail("up_to", "required", "This may not be empty.");
        }
        checks.finish()?;
        let position: Position = self.up_to.parse().map_err(|_| invalid_position())?;
        if position.stream == Stream::Events {
            Ok(position)
        } else {
            Err(invalid_position())
        }
    }
}

/// Marks notifications seen up to a position; never backwards.
///
/// `up_to` is the position of the newest notification that was on screen.
#[utoipa::path(
    put,
    path = "/v1/notifications/seen",
    operation_id = "markNotificationsSeen",
    tag = "notifications",
    security(("bearer" = [])),
    params(IdempotencyHeader),
    request_body = Body,
    responses(
        (
            status = 204, description = "Seen.",
            headers(("Echo-Position" = String, description = "The position at which that was last changed."))
        ),
        (status = 409, description = "`conflict`", body = Problem, content_type = "application/problem+json"),
        SignedOut,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn seen(
    State(app): State<App>,
    caller: Caller,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let position = inbox::mark_seen(&app, &caller, body.check()?).await?;
    Ok(no_content(Positions::from(position)))
}
