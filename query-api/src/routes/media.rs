//! `GET /v1/media/{id}/{variant}`

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use events::MediaId;
use media::{Variant, content_type, url::etag};
use platform::Problem;
use platform::extract::{Path, Query};
use platform::serve::CROSS_ORIGIN_RESOURCE_POLICY;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{app::App, problems};

/// A picture never changes, and its URL is good for a day at least.
const CACHED: HeaderValue = HeaderValue::from_static("private, max-age=86400, immutable");

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// When the URL expires.
    #[serde(default)]
    #[param(required = true)]
    e: String,
    /// The signature.
    #[serde(default)]
    #[param(required = true)]
    s: String,
}

/// A picture, by a URL from another answer: who has the URL needs no token.
///
/// URLs are signed and good for about a day. A URL that isn't, or of a picture that has been deleted, is answered with
/// 404.
#[utoipa::path(
    get,
    path = "/v1/media/{id}/{variant}",
    operation_id = "getMedia",
    tag = "media",
    security(()),
    params(
        ("id" = Uuid, Path, description = "The picture."),
        ("variant" = String, Path, description = "`original`, `medium` (at most 1,080 pixels a side) or `thumbnail` (a still of at most 480)."),
        Params,
    ),
    responses(
        (
            status = 200, description = "The picture.",
            content(
                (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/gif"),
            )
        ),
        (status = 304, description = "It is what the caller has."),
        (
            status = 404, description = "`media-not-found`: no such picture, or the URL is not good.",
            body = Problem, content_type = "application/problem+json"
        ),
    )
)]
pub(crate) async fn get_media(
    State(app): State<App>,
    Path((id, variant)): Path<(Uuid, String)>,
    Query(Params { e, s }): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let media = MediaId::from(id);
    let variant: Variant = variant.parse().map_err(|_| problems::no_such_media())?;
    let links = app.links();
    links
        .signer()
        .verify(media, variant, &e, &s, app.clock().now())
        .map_err(|_| problems::no_such_media())?;
    let tag = etag(media, variant);
    let known = headers.get_all(IF_NONE_MATCH).iter().any(|known| {
        let known = known.to_str().unwrap_or_default();
        known
            .split(',')
            .any(|one| one.trim().trim_start_matches("W/") == tag)
    });
    let tag = HeaderValue::try_from(tag).map_err(Problem::internal)?;
    if known {
        let headers = [(ETAG, tag), (CACHE_CONTROL, CACHED)];
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let content = links
        .store()
        .get(media, variant)
        .await
        .map_err(problems::media_store)?;
    let content = content.ok_or_else(problems::no_such_media)?;
    let headers = [
        (ETAG, tag),
        (CACHE_CONTROL, CACHED),
        (
            CONTENT_TYPE,
            HeaderValue::from_static(content_type(content.format)),
        ),
        (CONTENT_LENGTH, HeaderValue::from(content.bytes)),
        (CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
        (ACCEPT_RANGES, HeaderValue::from_static("none")),
        // Who has the link may show the picture, on whatever page the client is.
        (
            CROSS_ORIGIN_RESOURCE_POLICY,
            HeaderValue::from_static("cross-origin"),
        ),
    ];
    Ok((headers, Body::from_stream(content.body)).into_response())
}
