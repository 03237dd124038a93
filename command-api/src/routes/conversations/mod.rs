//! `/v1/conversations`: messages between friends.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

mod read;
mod send;

pub(crate) use read::Body as ReadBody;
pub(crate) use send::{Body as SendBody, Message};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(send::send))
        .routes(routes!(read::read))
}
