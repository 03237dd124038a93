//! What describes the API itself: keys, the OpenAPI document and its explorer.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use platform::known_routes::KnownRoutes;
use platform::problem;
use platform::token::{Jwks, Verifier};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;

/// Both APIs in one document, merged by `cargo xtask contracts`.
pub(crate) const MERGED: &str = include_str!("../../../docs/contracts/openapi.json");

/// The routes of both APIs.
pub(super) fn known_routes() -> KnownRoutes {
    // A build whose document can't be read knows its own routes only; the test below keeps that from being shipped.
    KnownRoutes::from_openapi(MERGED).unwrap_or_default()
}

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(jwks))
        .routes(routes!(openapi))
}

/// The page on which the API can be tried.
pub(super) fn explorer() -> axum::Router<App> {
    let explorer: axum::Router<App> = SwaggerUi::new("/docs")
        .config(Config::from("/openapi.json"))
        .into();
    explorer.layer(map_response(as_page))
}

/// The policy of the explorer's page: its own scripts, requests to this origin alone, no frame around it. Its styles and
/// its signs are partly in the elements themselves.
const EXPLORER: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                        img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                        frame-ancestors 'none'";

/// Gives the explorer's answers its policy; what it doesn't have is a problem as everywhere.
async fn as_page(mut response: Response) -> Response {
    if response.status() == StatusCode::NOT_FOUND {
        return problem::no_such_route().await.into_response();
    }
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(EXPLORER));
    response
}

/// The public keys of access tokens.
///
/// JSON Web Keys (RFC 7517) of the signing keys in use and of the one before. A verifier may keep them for as long as
/// `Cache-Control` says.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "getKeys",
    tag = "documents",
    responses((status = 200, description = "The keys, by RFC 7517.", body = Jwks))
)]
async fn jwks(State(verifier): State<Verifier>) -> impl IntoResponse {
    // Shorter than the time between publishing a new key and signing with it.
    ([(CACHE_CONTROL, "public, max-age=300")], Json(verifier.jwks()))
}

/// This document.
///
/// Commands and reads as one OpenAPI 3.1 document. It is generated from the code.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "getOpenApi",
    tag = "documents",
    responses((status = 200, description = "The OpenAPI document of all of `/v1`.", body = serde_json::Value))
)]
async fn openapi() -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "public, max-age=300"),
        ],
        MERGED,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_merged_document_can_be_read() {
        // That it is up to date is checked by `cargo xtask contracts --check`.
        let known = KnownRoutes::from_openapi(MERGED).unwrap();
        assert_eq!(known.allow("/v1/auth/signup").unwrap(), "OPTIONS, POST");
    }
}
