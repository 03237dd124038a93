//! The bytes of an upload: the body itself, or the field `file` of a form.

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use futures::StreamExt;
use media::UploadError;
use media::process::{MAX_BYTES, Refusal};
use platform::Problem;

use crate::app::App;
use crate::handlers::Caller;
use crate::handlers::media::{self as handler, Done};
use crate::problems::Failure;

/// What a form has around the picture: borders, headers, a few small fields.
const FORM_AROUND: usize = 64 * 1024;
/// How much more than the limit is read and thrown away before the refusal, since a client that is still sending when
/// the connection closes may never see the answer.
const LINGER: usize = 2 * 1024 * 1024;
/// The field of a form that holds the picture.
const FIELD: &str = "file";

/// Takes the upload in, in whichever of the two ways it comes.
pub(super) async fn take(app: &App, caller: &Caller, request: Request, alt: String) -> Result<Done, Problem> {
    let content_type = request.headers().get(CONTENT_TYPE);
    let essence = content_type
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|essence| essence.trim().to_ascii_lowercase())
        .unwrap_or_default();
    let form = essence == "multipart/form-data";
    if !form && !essence.starts_with("image/") && essence != "application/octet-stream" {
        return Err(Problem::unsupported_media_type("image/* or multipart/form-data"));
    }
    let most = if form { MAX_BYTES + FORM_AROUND } else { MAX_BYTES };
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > most) {
        return Err(too_large(request.into_body()).await);
    }
    if form {
        from_form(app, caller, request, alt).await
    } else {
        let mut body = request.into_body().into_data_stream();
        match handler::upload(app, caller, &mut body, alt).await {
            Err(Failure::Upload(UploadError::Refused(Refusal::TooLarge))) => {
                Err(too_large(Body::from_stream(body)).await)
            }
            done => Ok(done?),
        }
    }
}

async fn from_form(app: &App, caller: &Caller, request: Request, alt: String) -> Result<Done, Problem> {
    let form = Multipart::from_request(request, app).await;
    let mut form = form.map_err(|error| broken(error.into()))?;
    while let Some(field) = form.next_field().await.map_err(not_a_form)? {
        if field.name() == Some(FIELD) {
            return Ok(handler::upload(app, caller, field, alt).await?);
        }
        skip(field).await?;
    }
    Err(Problem::bad_request(
        "file-missing",
        "The form has no field `file` with the image.",
    ))
}

/// Reads over a field that nobody asked for.
async fn skip(mut field: Field<'_>) -> Result<(), Problem> {
    let mut seen = 0;
    while let Some(chunk) = field.next().await {
        seen += chunk.map_err(not_a_form)?.len();
        if seen > FORM_AROUND {
            return Err(Problem::bad_request(
                "malformed-form",
                "The form has another large field before `file`.",
            ));
        }
    }
    Ok(())
}

fn not_a_form(error: MultipartError) -> Problem {
    broken(error.into())
}

fn broken(error: Box<dyn std::error::Error + Send + Sync>) -> Problem {
    Problem::bad_request("malformed-form", "The body is not a whole multipart form.").with_cause(error)
}

async fn too_large(body: Body) -> Problem {
    let mut body = body.into_data_stream();
    let mut seen = 0;
    while let Some(Ok(chunk)) = body.next().await {
        seen += chunk.len();
        if seen > LINGER {
            break;
        }
    }
    Problem::too_large(MAX_BYTES)
}
