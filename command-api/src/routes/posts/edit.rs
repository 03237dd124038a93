//! PATCH `/v1/posts/{id}`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use events::{Positions, PostId};
use platform::Problem;
use platform::extract::{JsonBody, Path};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Accepted, BlockBody, BlockSchema, VisibilitySchema, check_blocks, check_visibility};
use crate::app::App;
use crate::handlers::{Caller, post};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut};
use crate::routes::EchoPosition;
use crate::validation::Checks;

/// What changes in a post; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = PostChange)]
pub(super) struct Body {
    #[schema(value_type = Option<Vec<BlockSchema>>, min_items = 1, max_items = 20)]
    blocks: Option<Vec<BlockBody>>,
    #[schema(value_type = Option<VisibilitySchema>)]
    visibility: Option<String>,
}

/// Changes what a post says or who may see it.
///
/// Only its author may. Earlier versions stay readable for those who could read them then and can read the post now.
#[utoipa::path(
    patch,
    path = "/v1/posts/{id}",
    operation_id = "editPost",
    tag = "posts",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The post."), IdempotencyHeader),
    request_body = Body,
    responses(
        (
            status = 200, description = "Changed.", body = Accepted,
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (status = 403, description = "`not-author`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`post-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`", body = Problem, content_type = "application/problem+json"),
        SignedOut,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let mut checks = Checks::new();
    if body.blocks.is_none() && body.visibility.is_none() {
        checks.fail(
            "blocks",
            "required",
            "Say what to change: blocks, visibility or both.",
        );
    }
    let content = body.blocks.map(|blocks| check_blocks(&mut checks, blocks));
    let visibility = body.visibility.map(|text| check_visibility(&mut checks, &text));
    checks.finish()?;
    let position = post::edit(&app, &caller, PostId::from(id), content, visibility).await?;
    let body = Accepted {
        id,
        position: position.to_string(),
    };
    Ok((EchoPosition(Positions::from(position)), Json(body)).into_response())
}
