//! Bodies that a handler didn't read, because it refused the request before.
//!
//! On HTTP/1.1 what is left of a body stands before the next request. A server that doesn't read it has to close the
//! connection, and whoever sends the next request on it at that moment gets no answer. So it is read and thrown away,
//! or, where there is too much of it, the client is told that this connection is over.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;

/// How much is thrown away: as much as a body may have, media apart, and as much again.
const MOST: usize = 2 * crate::extract::BODY_LIMIT;
/// How long that may take.
const LONGEST: Duration = Duration::from_secs(1);

/// Where a body goes when it is dropped before its end.
#[derive(Clone, Default)]
struct Rest(Arc<Mutex<Option<Body>>>);

/// A body that isn't lost when it is dropped.
struct Kept {
    body: Option<Body>,
    rest: Rest,
}

impl Drop for Kept {
    fn drop(&mut self) {
        *self.rest.0.lock().unwrap_or_else(PoisonError::into_inner) = self.body.take();
    }
}

impl HttpBody for Kept {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        // At its end, or broken: there is nothing to read any more.
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

/// Has `answer` answer the request, and reads what it left of the body.
pub(crate) async fn read_the_rest(
    request: Request,
    answer: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let version = request.version();
    let rest = Rest::default();
    let request = request.map(|body| {
        Body::new(Kept {
            body: Some(body),
            rest: rest.clone(),
        })
    });
    let mut response = answer(request).await;
    let left = rest.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(left) = left.filter(|body| !body.is_end_stream()) else {
        return response;
    };
    let ended = tokio::time::timeout(LONGEST, throw_away(left)).await;
    if version < Version::HTTP_2 && !ended.unwrap_or(false) {
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether the body came to its end.
async fn throw_away(mut body: Body) -> bool {
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return false;
        };
        seen += frame.data_ref().map_or(0, Bytes::len);
        if seen > MOST {
            return false;
        }
    }
    true
}
