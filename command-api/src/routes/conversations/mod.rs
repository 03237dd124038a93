//! `/v1/conversations`: messages between friends.

use events::{Position, Stream};
use platform::Problem;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::problems::invalid_position;

mod delete;
mod edit;
mod read;
mod send;

pub(crate) use read::Body as ReadBody;
pub(crate) use send::{Body as SendBody, Message};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(send::send))
        .routes(routes!(edit::edit, delete::delete))
        .routes(routes!(read::read))
}

/// The position that names a message.
fn message_position(text: &str) -> Result<Position, Problem> {
    let position = text.parse().ok();
    position
        .filter(|position: &Position| position.stream == Stream::Chat)
        .ok_or_else(invalid_position)
}
