//! POST `/v1/media`

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use events::Positions;
use platform::Problem;
use platform::extract::Query;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::body;
use crate::app::App;
use crate::handlers::Caller;
use crate::handlers::media::Done;
use crate::openapi::{IdempotencyHeader, Refusals, SignedOut};
use crate::routes::EchoPosition;
use crate::validation::{Checks, Lines, limits};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// What the image shows, for who can't see it.
    #[serde(default)]
    #[param(max_length = 1000, nullable = false, required = false)]
    alt: String,
}

/// An image as a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the form reader reads")]
struct Form {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// An uploaded image. Its URLs are good for a day at least, and only for who was given them.
#[derive(Serialize, ToSchema)]
#[schema(as = UploadedMedia)]
struct Uploaded {
    id: Uuid,
    url: String,
    /// At most 1,080 pixels a side: made for a phone's screen.
    medium_url: String,
    /// A still of at most 480 pixels.
    thumbnail_url: String,
    /// In pixels, as it is to be shown.
    width: u32,
    /// In pixels, as it is to be shown.
    height: u32,
    /// A few colours to show until it is there.
    blurhash: String,
    alt: String,
    /// The image moved, and what is shown of it doesn't: of an animated WebP or PNG the first frame is kept. An animated
    /// GIF keeps moving.
    animation_dropped: bool,
    /// The position of the upload.
    #[schema(example = "e42")]
    position: String,
}

/// Uploads an image: JPEG, PNG, WebP or GIF, of at most 10 MiB and 40 megapixels. The content tells which of them it is,
/// whatever its name or media type says. What the file tells besides the picture (place, camera, time) is not kept. Of an
/// animated WebP or PNG the first frame is kept, and `animation_dropped` says so; an animated GIF stays one, of at most
/// 5,000 frames, 160 megapixels in all of them, and 2,560 pixels a side. A file that breaks off is taken if every pixel is
/// there, and a GIF up to its last whole frame; a WebP that breaks off within its picture is refused, as browsers show
/// nothing of it. An image that nothing refers to within a day is
/// deleted. How many images an account may upload at once, how many megapixels in a minute and how many in a day is
/// bounded: beyond that the answer is 429 with `Retry-After`.
///
/// The body is the image's bytes, or `multipart/form-data` with the image as `file`. The format is told by the content
/// and not by the name.
#[utoipa::path(
    post,
    path = "/v1/media",
    operation_id = "uploadMedia",
    tag = "media",
    security(("bearer" = [])),
    params(IdempotencyHeader, Params),
    request_body(
        description = "The image itself, or a form with it as `file`.",
        content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/gif"),
            (Vec<u8> = "application/octet-stream"), (Form = "multipart/form-data"),
        )
    ),
    responses(
        (
            status = 201, description = "Uploaded.", body = Uploaded,
            headers(("Echo-Position" = String, description = "The position of the upload."))
        ),
        (
            status = 408, description = "`upload-too-slow`", body = Problem,
            content_type = "application/problem+json"
        ),
        (status = 409, description = "`conflict`", body = Problem, content_type = "application/problem+json"),
        (
            status = 413, description = "`too-large`: the image has more than 10 MiB.", body = Problem,
            content_type = "application/problem+json"
        ),
        (
            status = 415, description = "`unsupported-media-type` or `unsupported-image`", body = Problem,
            content_type = "application/problem+json"
        ),
        (
            status = 422,
            description = "`too-many-pixels`, `animation-too-large`, `unreadable-image`, `validation-failed` or \
                           `idempotency-key-reused`",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Refusals,
    )
)]
pub(super) async fn upload(
    State(app): State<App>,
    caller: Caller,
    Query(Params { alt }): Query<Params>,
    request: Request,
) -> Result<Response, Problem> {
    let mut checks = Checks::new();
    let alt = checks.optional_text("alt", alt, limits::ALT, Lines::Many);
    checks.finish()?;
    let Done {
        uploaded,
        description,
        position,
        animation_dropped,
    } = body::take(&app, &caller, request, alt).await?;
    let urls = app.links().of(uploaded.media, app.clock().now());
    let body = Uploaded {
        id: uploaded.media.uuid(),
        url: urls.url,
        medium_url: urls.medium_url,
        thumbnail_url: urls.thumbnail_url,
        width: uploaded.width,
        height: uploaded.height,
        blurhash: description.blurhash,
        alt: description.alt,
        animation_dropped,
        position: position.to_string(),
    };
    let position = EchoPosition(Positions::from(position));
    Ok((StatusCode::CREATED, position, Json(body)).into_response())
}
