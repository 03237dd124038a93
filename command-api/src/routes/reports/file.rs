//! POST `/v1/reports`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use events::Positions;
use platform::Problem;
use platform::extract::JsonBody;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Body;
use crate::app::App;
use crate::handlers::{Caller, report};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut};
use crate::routes::EchoPosition;

/// A report that was filed.
#[derive(Serialize, ToSchema)]
#[schema(as = ReportAccepted)]
struct Accepted {
    id: Uuid,
    /// The position of the report.
    #[schema(example = "e42")]
    position: String,
}

/// Reports a post, a comment, a person or a received message. Reporting the same for the same reason again is answered
/// with the first report.
///
/// Reporting the same thing for the same reason again changes nothing. The reported person isn't told.
#[utoipa::path(
    post,
    path = "/v1/reports",
    operation_id = "fileReport",
    tag = "reports",
    security(("bearer" = [])),
    params(IdempotencyHeader),
    request_body = Body,
    responses(
        (
            status = 201, description = "Filed; also if it was before.", body = Accepted,
            headers(("Echo-Position" = String, description = "The position of the report."))
        ),
        (
            status = 404,
            description = "`post-not-found`, `comment-not-found`, `user-not-found` or `message-not-found`: the caller \
                           sees no such thing",
            body = Problem, content_type = "application/problem+json"
        ),
        (status = 409, description = "`conflict`", body = Problem, content_type = "application/problem+json"),
        SignedOut,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn file(
    State(app): State<App>,
    caller: Caller,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let (about, reason, note) = body.check()?;
    let (id, position) = report::file(&app, &caller, about, reason, note).await?;
    let body = Accepted {
        id: id.uuid(),
        position: position.to_string(),
    };
    let header = EchoPosition(Positions::from(position));
    Ok((StatusCode::CREATED, header, Json(body)).into_response())
}
