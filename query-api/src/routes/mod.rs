//! The routes, one file per resource. A handler checks what was asked, names the projections that it reads, and
//! makes the answer; its queries stand below it.

use axum::Json;
use platform::known_routes::KnownRoutes;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

mod blocks;
mod chats;
mod comments;
mod conversations;
mod explore;
mod export;
mod feed;
mod friend_requests;
mod friends;
mod history;
mod likes;
mod me;
mod media;
mod notifications;
mod posts;
mod search;
mod sessions;
mod sidebar;
mod suggestions;
mod sync;
mod users;

/// Every read, with its description.
pub(crate) fn all() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(me::get_me))
        .routes(routes!(export::export_me))
        .routes(routes!(users::get_user))
        .routes(routes!(users::list_user_posts))
        .routes(routes!(users::list_user_friends))
        .routes(routes!(search::search_users))
        .routes(routes!(suggestions::list_suggestions))
        .routes(routes!(friends::list_friends))
        .routes(routes!(friend_requests::list_friend_requests))
        .routes(routes!(blocks::list_blocks))
        .routes(routes!(feed::get_feed))
        .routes(routes!(explore::get_explore))
        .routes(routes!(posts::get_post))
        .routes(routes!(comments::list_comments))
        .routes(routes!(likes::list_likes))
        .routes(routes!(history::list_post_versions))
        .routes(routes!(conversations::list_messages))
        .routes(routes!(chats::list_chats))
        .routes(routes!(sidebar::get_sidebar))
        .routes(routes!(sync::get_sync))
        .routes(routes!(media::get_media))
        .routes(routes!(notifications::list_notifications))
        .routes(routes!(notifications::get_unread_count))
        .routes(routes!(sessions::list_sessions))
}

/// Both APIs as one document, as `cargo xtask contracts` writes it.
const MERGED: &str = include_str!("../../../docs/contracts/openapi.json");

/// The routes of both APIs: the edge sends every GET here, and one of a path that has commands alone is a 405.
pub(crate) fn of_both_apis() -> KnownRoutes {
    // A build whose document can't be read knows its own routes only; `cargo xtask contracts` keeps it readable.
    KnownRoutes::from_openapi(MERGED).unwrap_or_default()
}

/// `GET /openapi.json`: the description of the reads. The edge serves that of both APIs.
pub(crate) async fn get_openapi() -> Json<OpenApi> {
    Json(crate::openapi())
}
