//! `/v1/media`: uploading pictures.

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

mod body;
mod upload;

/// The route that may take longer than others: an upload over a slow line.
pub(super) const LONG_ROUTES: &[&str] = &["/v1/media"];

pub(super) fn routes() -> OpenApiRouter<App> {
    // A form of more than 2 MB would break off otherwise; the handler bounds what it reads itself.
    OpenApiRouter::new()
        .routes(routes!(upload::upload))
        .layer(DefaultBodyLimit::disable())
}
