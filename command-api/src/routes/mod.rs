//! HTTP: one file for each resource and verb. A handler extracts, builds the command, has it handled and answers.

use axum::Router;
use axum::extract::{FromRequestParts, Request};
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use events::{AccountId, Positions, SessionId};
use platform::Problem;
use platform::extract::IdempotencyKey;
use platform::rate_limit;
use platform::security;
use platform::serve::{Options, layered_among};
use platform::token::Bearer;
use platform::trace::TraceParent;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::domain::session::Refusal;
use crate::handlers::Caller;
use crate::openapi;
use crate::problems::Failure;

pub mod auth;
pub mod blocks;
pub mod comments;
pub mod conversations;
mod documents;
pub mod friend_requests;
pub mod friends;
pub mod likes;
pub mod me;
mod media;
pub mod notifications;
pub mod posts;
pub mod reports;

/// The commands, and the document that describes them.
pub(crate) fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(auth::routes())
        .merge(me::routes())
        .merge(media::routes())
        .merge(friend_requests::routes())
        .merge(friends::routes())
        .merge(blocks::routes())
        .merge(posts::routes())
        .merge(likes::routes())
        .merge(comments::routes())
        .merge(conversations::routes())
        .merge(notifications::routes())
        .merge(reports::routes())
        .merge(documents::routes())
}

/// All that the service answers.
pub fn router(app: App, options: Options) -> Router {
    let (rates, watch) = (app.rates(), app.watch());
    let options = Options {
        long_routes: media::LONG_ROUTES,
        ..options
    };
    let (router, _) = api().split_for_parts();
    let router = router.merge(documents::explorer()).with_state(app);
    // Outermost, so that refusals by the other layers are covered too.
    layered_among(router, options, documents::known_routes())
        .layer(from_fn_with_state(rates, rate_limit::limit))
        .layer(from_fn_with_state(watch, security::watch))
        .layer(from_fn(cache_control))
}

/// No answer to a command is kept anywhere.
async fn cache_control(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let value = if path.starts_with("/v1/auth/") {
        Some("no-store")
    } else if path.starts_with("/v1/") {
        Some("private, no-store")
    } else {
        None
    };
    let mut response = next.run(request).await;
    if let Some(value) = value {
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static(value));
    }
    response
}

/// The header that tells the positions of a command's events.
pub(crate) struct EchoPosition(pub(crate) Positions);

impl EchoPosition {
    const NAME: HeaderName = HeaderName::from_static("echo-position");
}

impl IntoResponseParts for EchoPosition {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        if let Ok(value) = HeaderValue::from_str(&self.0.to_string()) {
            parts.headers_mut().insert(Self::NAME, value);
        }
        Ok(parts)
    }
}

/// The answer of a command that has nothing to show but where it stands.
pub(crate) fn no_content(positions: Positions) -> Response {
    (StatusCode::NO_CONTENT, EchoPosition(positions), ()).into_response()
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Bearer(claims) = Bearer::from_request_parts(parts, app).await?;
        let key =
            <IdempotencyKey as axum::extract::OptionalFromRequestParts<App>>::from_request_parts(parts, app)
                .await?;
        let Ok(trace) = TraceParent::from_request_parts(parts, app).await;
        let (account, session) = (AccountId::from(claims.sub), SessionId::from(claims.sid));
        if app
            .revocations()
            .ended(account, session, claims.session_started_at())
        {
            return Err(Failure::Session(Refusal::Revoked).into());
        }
        Ok(Self {
            account,
            session,
            key,
            trace,
        })
    }
}
