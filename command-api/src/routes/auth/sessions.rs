//! DELETE `/v1/auth/sessions/{id}`

use axum::extract::State;
use axum::response::Response;
use events::SessionId;
use platform::Problem;
use platform::extract::Path;
use uuid::Uuid;

use crate::app::App;
use crate::handlers::{Caller, account};
use crate::openapi::{IdempotencyHeader, Refusals, SignedOut};
use crate::routes::no_content;

/// Ends one of the caller's sessions; ending it again is fine.
///
/// Its tokens are refused everywhere within a second, and its sockets close.
#[utoipa::path(
    delete,
    path = "/v1/auth/sessions/{id}",
    operation_id = "endSession",
    tag = "auth",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The session."), IdempotencyHeader),
    responses(
        (
            status = 204, description = "The session is over.",
            headers(("Echo-Position" = String, description = "The position of its end."))
        ),
        (
            status = 404, description = "`session-not-found`: there is none, or it is somebody else's.",
            body = Problem, content_type = "application/problem+json"
        ),
        (
            status = 409, description = "`conflict`",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Refusals,
    )
)]
pub(super) async fn end(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let positions = account::end_session(&app, &caller, SessionId::from(id)).await?;
    Ok(no_content(positions))
}
