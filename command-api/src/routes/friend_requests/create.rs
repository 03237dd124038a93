//! POST `/v1/friend-requests`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use events::AccountId;
use platform::Problem;
use platform::extract::JsonBody;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{RelationshipBody, answer};
use crate::app::App;
use crate::domain::friendship::What;
use crate::handlers::{Caller, friendship};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut};
use crate::validation::Checks;

/// Whom to ask.
#[derive(Deserialize, ToSchema)]
#[schema(as = AskToBeFriends)]
pub(super) struct Body {
    #[serde(default)]
    #[schema(required, value_type = uuid::Uuid)]
    user_id: String,
}

/// Asks somebody to be friends; if the other had already asked, both are friends.
///
/// A request that was declined may be made again. The other is notified again only a month after declining.
#[utoipa::path(
    post,
    path = "/v1/friend-requests",
    operation_id = "askToBeFriends",
    tag = "friends",
    security(("bearer" = [])),
    params(IdempotencyHeader),
    request_body = Body,
    responses(
        (
            status = 201, description = "Asked, or friends.", body = RelationshipBody,
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (
            status = 404, description = "`user-not-found`",
            body = Problem, content_type = "application/problem+json"
        ),
        (
            status = 409, description = "`already-requested`, `already-friends`, `blocked` or `conflict`",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn ask(
    State(app): State<App>,
    caller: Caller,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let mut checks = Checks::new();
    let other = AccountId::from(checks.id("user_id", &body.user_id));
    checks.finish()?;
    let outcome = friendship::handle(&app, &caller, other, What::Request).await?;
    Ok(answer(StatusCode::CREATED, &outcome))
}
