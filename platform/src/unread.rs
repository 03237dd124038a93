//! Bodies that a handler didn't read, because it refused the request before.
//!
//! On HTTP/1.1 what is left of a body stands before the next request. A server that doesn't read it has to close the
//! connection; whoever is still sending at that moment, or sends the next request on it, gets no answer. So it is read
//! and thrown away, or, where there is too much of it, the client is told that this connection is over.
//!
//! A client that asked whether to send its body at all (`Expect: 100-continue`) gets the answer instead of the body.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderValue, Version};
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::Instant;

/// The most that is thrown away: all that the edge lets pass. It costs no memory, and who takes a film for a picture is
/// to learn that it is too large.
const MOST: usize = 1 << 30;

/// Where a body goes when it is dropped before its end.
#[derive(Clone, Default)]
struct Rest(Arc<Mutex<Option<Left>>>);

/// What is left of a body.
struct Left {
    body: Body,
    /// Somebody began to read it, so that the client sends it.
    begun: bool,
}

/// A body that isn't lost when it is dropped.
struct Kept {
    body: Option<Body>,
    begun: bool,
    rest: Rest,
}

impl Drop for Kept {
    fn drop(&mut self) {
        let begun = self.begun;
        let left = self.body.take().map(|body| Left { body, begun });
        *self.rest.0.lock().unwrap_or_else(PoisonError::into_inner) = left;
    }
}

impl HttpBody for Kept {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.begun = true;
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

/// Has `answer` answer the request, and reads what it left of the body until `longest` after the beginning.
pub(crate) async fn read_the_rest(
    request: Request,
    longest: Duration,
    answer: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let deadline = Instant::now() + longest;
    let version = request.version();
    let asks_first = request.headers().contains_key(EXPECT);
    let rest = Rest::default();
    let request = request.map(|body| {
        Body::new(Kept {
            body: Some(body),
            begun: false,
            rest: rest.clone(),
        })
    });
    let mut response = answer(request).await;
    let left = rest.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(Left { body, begun }) = left.filter(|left| !left.body.is_end_stream()) else {
        return response;
    };
    // Where no length is told, the edge holds the answer back until it has had the body.
    let ended = if asks_first && !begun && body.size_hint().exact().is_some() {
        false
    } else {
        tokio::time::timeout_at(deadline, throw_away(body))
            .await
            .unwrap_or(false)
    };
    if version < Version::HTTP_2 && !ended {
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
