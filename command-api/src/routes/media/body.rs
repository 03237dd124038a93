//! The bytes of an upload: the body itself, or the field `file` of a form. What is refused is read to its end by the
//! layers around, so that who sends it gets the answer.

use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use futures::StreamExt;
use media::process::MAX_BYTES;
use platform::Problem;

use crate::app::App;
use crate::handlers::Caller;
use crate::handlers::media::{self as handler, Done};

/// What a form has around the picture: borders, headers, a few small fields.
const FORM_AROUND: usize = 64 * 1024;
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
    // The content tells what it is. A type that says it is something else is a mistake all the same.
    let may_be_image = essence.starts_with("image/") || ["", "application/octet-stream"].contains(&&*essence);
    if !form && !may_be_image {
        return Err(Problem::unsupported_media_type("image/* or multipart/form-data"));
    }
    let most = if form { MAX_BYTES + FORM_AROUND } else { MAX_BYTES };
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > most) {
        return Err(Problem::too_large(MAX_BYTES));
    }
    if form {
        from_form(app, caller, request, alt).await
    } else {
        let body = request.into_body().into_data_stream();
        Ok(handler::upload(app, caller, body, alt).await?)
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
