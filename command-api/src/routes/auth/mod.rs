//! `/v1/auth`: signing up, in and out.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::EchoPosition;
use crate::app::App;
use crate::handlers::session::SignedIn;

mod cookie;
mod email;
mod login;
mod logout;
mod logout_all;
mod origin;
mod password;
mod password_reset;
mod refresh;
mod sessions;
mod signup;

pub(crate) use cookie::clear as no_cookie;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(signup::sign_up))
        .routes(routes!(login::log_in))
        .routes(routes!(refresh::refresh))
        .routes(routes!(logout::log_out))
        .routes(routes!(logout_all::log_out_everywhere))
        .routes(routes!(sessions::end))
        .routes(routes!(password::change))
        .routes(routes!(password_reset::request))
        .routes(routes!(password_reset::check))
        .routes(routes!(password_reset::confirm))
        .routes(routes!(email::request))
        .routes(routes!(email::confirm))
}

/// Who is signed in now, and the tokens to show for it.
#[derive(Serialize, ToSchema)]
#[schema(as = SignedIn)]
struct SignedInBody {
    account: OwnAccount,
    /// For the header `Authorization`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// How many seconds the access token is good for.
    #[schema(example = 900)]
    expires_in: i64,
    /// The positions of what was done, comma-separated.
    #[schema(example = "e42,s7")]
    position: String,
}

/// The account that is signed in.
#[derive(Serialize, ToSchema)]
struct OwnAccount {
    id: Uuid,
    #[schema(example = "ann")]
    username: String,
    #[schema(example = "Ann")]
    display_name: String,
    /// The URL of a small picture, or null.
    #[schema(required)]
    avatar: Option<String>,
}

/// The answer to a sign-in of any kind, with the refresh cookie.
fn answer(app: &App, status: StatusCode, signed_in: SignedIn) -> Response {
    let SignedIn {
        account,
        session: _,
        access_token,
        access_lifetime,
        refresh_token,
        refresh_lifetime,
        positions,
    } = signed_in;
    let body = SignedInBody {
        account: OwnAccount {
            id: account.id.uuid(),
            username: account.username,
            display_name: account.profile.display_name,
            avatar: account
                .avatar
                .map(|media| app.links().of(media, app.clock().now()).thumbnail_url),
        },
        access_token,
        token_type: "Bearer",
        expires_in: access_lifetime.num_seconds(),
        position: positions.to_string(),
    };
    (
        status,
        EchoPosition(positions),
        cookie::set(app, &refresh_token, refresh_lifetime),
        Json(body),
    )
        .into_response()
}
