//! `/v1/posts/{id}/like`: liking, and liking no more.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

mod like;
mod unlike;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(like::like, unlike::unlike))
}
