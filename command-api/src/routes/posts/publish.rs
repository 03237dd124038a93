//! POST `/v1/posts`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use events::Positions;
use platform::Problem;
use platform::extract::JsonBody;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Accepted, BlockBody, BlockSchema, VisibilitySchema, check_blocks, check_visibility};
use crate::app::App;
use crate::handlers::{Caller, post};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut};
use crate::routes::EchoPosition;
use crate::validation::Checks;

/// A new post. Its text blocks have at most 20,000 characters together.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewPost)]
pub(super) struct Body {
    #[serde(default)]
    #[schema(required, value_type = Vec<BlockSchema>, min_items = 1, max_items = 20)]
    blocks: Vec<BlockBody>,
    #[serde(default)]
    #[schema(required, value_type = VisibilitySchema)]
    visibility: String,
}

/// Publishes a post.
///
/// A post is an ordered list of texts and images. With an `Idempotency-Key` it is published once, however often the
/// request is sent.
#[utoipa::path(
    post,
    path = "/v1/posts",
    operation_id = "publishPost",
    tag = "posts",
    security(("bearer" = [])),
    params(IdempotencyHeader),
    request_body = Body,
    responses(
        (
            status = 201, description = "Published.", body = Accepted,
            headers(("Echo-Position" = String, description = "The position of the post."))
        ),
        (status = 409, description = "`conflict`", body = Problem, content_type = "application/problem+json"),
        SignedOut,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn publish(
    State(app): State<App>,
    caller: Caller,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let mut checks = Checks::new();
    let content = check_blocks(&mut checks, body.blocks);
    let visibility = check_visibility(&mut checks, &body.visibility);
    checks.finish()?;
    let (id, position) = post::publish(&app, &caller, content, visibility).await?;
    let body = Accepted {
        id: id.uuid(),
        position: position.to_string(),
    };
    Ok((
        StatusCode::CREATED,
        EchoPosition(Positions::from(position)),
        Json(body),
    )
        .into_response())
}
