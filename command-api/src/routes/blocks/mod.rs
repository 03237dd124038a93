//! `/v1/blocks`: blocking and unblocking people.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

mod block;
mod unblock;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(block::block, unblock::unblock))
}
