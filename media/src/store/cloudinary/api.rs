//! Requests to Cloudinary: tried again where that can help, and their errors told apart.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::store::{OpenError, StoreError};

/// How often a request is tried.
const TRIES: u32 = 3;
/// The longest pause before the second try; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// What Cloudinary answers to who asks too often, besides 429.
const ENHANCE_YOUR_CALM: u16 = 420;

/// What Cloudinary answered instead of doing what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("Cloudinary answers {status}: {message}")]
pub struct Refusal {
    status: StatusCode,
    message: String,
}

/// A body that says why.
#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorMessage,
}

#[derive(Deserialize)]
struct ErrorMessage {
    message: String,
}

/// A client for requests that take at most `timeout` each.
pub(super) fn client(timeout: Duration) -> Result<Client, OpenError> {
    Client::builder()
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT)
        .build()
        .map_err(|error| OpenError::new("Cloudinary", error))
}

/// Sends what `request` makes, anew for each try, and reads the answer.
pub(super) async fn json<T: DeserializeOwned>(
    request: impl Fn() -> RequestBuilder + Send,
) -> Result<T, StoreError> {
    let response = send(request).await?;
    // Worth another try: the answer was a good one and was lost on its way.
    response.json().await.map_err(unavailable)
}

/// Sends what `request` makes, anew for each try, until the answer is a good one or a lasting refusal.
pub(super) async fn send(request: impl Fn() -> RequestBuilder + Send) -> Result<Response, StoreError> {
    let mut tries = 1;
    loop {
        let error = match request().send().await {
            Ok(response) if response.status().is_success() => return Ok(response),
            Ok(response) => refusal(response).await,
            Err(error) => unavailable(error),
        };
        if !error.is_transient() || tries == TRIES {
            return Err(error);
        }
        tracing::debug!(error = ?error, tries, "Cloudinary is asked again");
        // Full jitter, so that those who failed together don't come back together.
        tokio::time::sleep((FIRST_PAUSE * 2_u32.pow(tries - 1)).mul_f64(fastrand::f64())).await;
        tries += 1;
    }
}

async fn refusal(response: Response) -> StoreError {
    let status = response.status();
    let message = match response.json::<ErrorBody>().await {
        Ok(body) => body.error.message,
        Err(_) => "(no explanation)".to_owned(),
    };
    let cause = Box::new(Refusal { status, message });
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => StoreError::Unauthorized(cause),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => StoreError::Unavailable(cause),
        status if status.is_server_error() || status.as_u16() == ENHANCE_YOUR_CALM => {
            StoreError::Unavailable(cause)
        }
        _ => StoreError::Refused(cause),
    }
}

/// The request or its answer was lost. The URL may hold a token, so it isn't told.
pub(super) fn unavailable(error: reqwest::Error) -> StoreError {
    StoreError::Unavailable(error.without_url().into())
}
