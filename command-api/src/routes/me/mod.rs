//! `/v1/me`: the caller's own account.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use events::{MediaId, Position, Positions};
use platform::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::EchoPosition;
use crate::app::App;
use crate::validation::Checks;

mod avatar;
mod cover;
mod erase;
mod profile;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(erase::erase))
        .routes(routes!(profile::update))
        .routes(routes!(avatar::set, avatar::remove))
        .routes(routes!(cover::set, cover::remove))
}

/// One of the caller's uploaded images.
#[derive(Deserialize, ToSchema)]
#[schema(as = SetPicture)]
struct PictureBody {
    #[serde(default)]
    #[schema(required, format = "uuid")]
    media_id: String,
}

impl PictureBody {
    fn check(&self) -> Result<MediaId, Problem> {
        let mut checks = Checks::new();
        let media = checks.id("media_id", &self.media_id);
        checks.finish()?;
        Ok(MediaId::from(media))
    }
}

/// The picture as it is now.
#[derive(Serialize, ToSchema)]
#[schema(as = Picture)]
struct PictureAnswer {
    /// The image; null where there is none.
    #[schema(required)]
    media_id: Option<Uuid>,
    /// The position of the change.
    #[schema(example = "e42")]
    position: String,
}

fn picture(media: Option<MediaId>, position: Position) -> Response {
    let body = PictureAnswer {
        media_id: media.map(Uuid::from),
        position: position.to_string(),
    };
    (
        StatusCode::OK,
        EchoPosition(Positions::from(position)),
        Json(body),
    )
        .into_response()
}
