//! `/v1/posts/{id}/comments`: writing, editing, deleting.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use events::comment::Text;
use events::{CommentId, Position, Positions};
use platform::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::EchoPosition;
use crate::app::App;
use crate::validation::{Checks, Lines, limits};

mod add;
mod delete;
mod edit;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add::add))
        .routes(routes!(edit::edit, delete::delete))
}

/// What a comment says.
#[derive(Deserialize, ToSchema)]
#[schema(as = CommentText)]
struct Body {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 2000)]
    text: String,
}

impl Body {
    /// The text, if it is acceptable.
    fn check(self) -> Result<Text, Problem> {
        let mut checks = Checks::new();
        let text = checks.text("text", self.text, limits::COMMENT, Lines::Many);
        checks.finish()?;
        Ok(Text { text })
    }
}

/// A comment that was made or changed.
#[derive(Serialize, ToSchema)]
#[schema(as = CommentAccepted)]
struct Accepted {
    id: Uuid,
    /// The position of the change.
    #[schema(example = "e42")]
    position: String,
}

fn answer(status: StatusCode, id: CommentId, position: Position) -> Response {
    let body = Accepted {
        id: id.uuid(),
        position: position.to_string(),
    };
    (status, EchoPosition(Positions::from(position)), Json(body)).into_response()
}
