//! Errors as HTTP tells them: `application/problem+json` of RFC 9457.
//!
//! A [`Problem`] has a public side (status, a stable code, a sentence for a human, the fields at fault) and
//! may have a private cause. The cause is logged once, when the problem becomes an answer, and is never sent.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// What went wrong, for a client to act on.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Details", into = "Details")]
pub struct Problem(Box<Inner>);

#[derive(Clone)]
struct Inner {
    details: Details,
    allow: Option<HeaderValue>,
    challenge: Option<&'static str>,
    reason: Option<&'static str>,
    cause: Option<Cause>,
}

/// The kind of problem that an answer tells, among the answer's extensions, for layers that watch.
#[derive(Debug, Clone)]
pub struct Refused {
    code: Cow<'static, str>,
    reason: Option<&'static str>,
}

impl Refused {
    pub(crate) fn new(code: Cow<'static, str>, reason: Option<&'static str>) -> Self {
        Self { code, reason }
    }

    /// The problem's code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The private reason, or the code where it tells enough.
    pub fn reason(&self) -> &str {
        self.reason.unwrap_or(&self.code)
    }
}

/// The members of a problem as they are written in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(title = "Problem", description = "An error, as RFC 9457 writes it.")]
pub struct Details {
    /// The kind of problem as a URI; it only repeats `code`.
    #[serde(rename = "type")]
    #[schema(example = "urn:problem-type:not-found")]
    pub kind: String,
    /// The kind of problem for a human.
    #[schema(example = "Not found")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 404, minimum = 400, maximum = 599)]
    pub status: u16,
    /// What happened this time, for a human.
    pub detail: String,
    /// The kind of problem for a program: stable and kebab-case.
    #[schema(example = "not-found", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub code: Cow<'static, str>,
    /// The fields that fail validation, with status 422.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// When to try again, in seconds; the same as the header `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

/// One field that fails validation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The path of the field in the body: `blocks[0].text`.
    #[schema(example = "blocks[0].text")]
    pub field: String,
    /// What is wrong with it, for a program: stable and kebab-case.
    #[schema(example = "too-long")]
    pub code: Cow<'static, str>,
    /// What is wrong with it, for a human.
    pub message: String,
}

impl FieldError {
    /// An error of `field`.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code: Cow::Borrowed(code),
            message: message.into(),
        }
    }
}

impl Problem {
    /// A problem of any status. `code` is kebab-case and, once published, never changes its meaning.
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        let code = code.into();
        Self::from(Details {
            kind: format!("urn:problem-type:{code}"),
            title: title(&code),
            status: status.as_u16(),
            detail: detail.into(),
            code,
            errors: Vec::new(),
            retry_after: None,
        })
    }

    /// 400: the request can't be understood.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 401: nobody is signed in, or the proof of it is not good.
    pub fn unauthorized(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, detail)
    }

    /// 403: it exists, and the caller may not.
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    /// 404: it doesn't exist as far as the caller may know.
    pub fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    /// 405: this path has other methods. Without `allow` the router fills the header in.
    pub fn method_not_allowed(allow: Option<HeaderValue>) -> Self {
        let mut problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "This resource doesn't have that method; the header Allow lists those that it has.",
        );
        problem.0.allow = allow;
        problem
    }

    /// 409: it doesn't fit the present state.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 413: the body has more than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            format!("The body may have at most {limit} bytes."),
        )
    }

    /// 415: the body must be of the media type `expected`.
    pub fn unsupported_media_type(expected: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            format!("The body must be {expected}, and Content-Type must say so."),
        )
    }

    /// 422: the body was understood, and these fields of it are not acceptable.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "validation-failed",
            "Some fields are not acceptable; `errors` says which and why.",
        );
        problem.0.details.errors = errors;
        problem
    }

    /// 422: the request was understood and is not acceptable, for a reason that is not one field's.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// 429: too often; try again after `wait`.
    pub fn too_many_requests(wait: Duration) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "Too many requests; slow down.",
        )
        .with_retry_after(wait)
    }

    /// 500: our fault. The cause is for the log alone.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong here; it has been noted.",
        )
        .with_cause(cause)
    }

    /// 503: not now; try again after `wait`.
    pub fn unavailable(code: &'static str, detail: impl Into<String>, wait: Duration) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).with_retry_after(wait)
    }

    /// Adds the private cause, which is logged when the problem is answered and never sent.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.cause = Some(Arc::from(cause.into()));
        self
    }

    /// Adds one of a few words for why, which the client isn't told and the security log is.
    #[must_use]
    pub fn with_reason(mut self, reason: &'static str) -> Self {
        self.0.reason = Some(reason);
        self
    }

    /// What the security log tells: the private reason, or the code where it tells enough.
    pub fn reason(&self) -> &str {
        self.0.reason.unwrap_or_else(|| self.code())
    }

    /// Adds the fields at fault.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.details.errors = errors;
        self
    }

    /// Adds when to try again, in whole seconds and at least one.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.details.retry_after = Some(whole_seconds(wait));
        self
    }

    /// Replaces the challenge (`WWW-Authenticate`) that a 401 carries.
    #[must_use]
    pub fn with_challenge(mut self, challenge: &'static str) -> Self {
        self.0.challenge = Some(challenge);
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The code, for a program.
    pub fn code(&self) -> &str {
        &self.0.details.code
    }

    /// All that is public.
    pub fn details(&self) -> &Details {
        &self.0.details
    }

    /// Logs the private cause and drops it: for problems that leave by another way than an HTTP answer.
    #[must_use]
    pub fn logged(mut self) -> Self {
        let details = &self.0.details;
        match self.0.cause.take() {
            Some(cause) if details.status >= 500 => {
                tracing::error!(problem.code = %details.code, http.status = details.status, error = %chain(&*cause), "failed");
            }
            Some(cause) => {
                tracing::debug!(problem.code = %details.code, http.status = details.status, error = %chain(&*cause), "refused");
            }
            None => {}
        }
        self
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    seconds.max(1)
}

/// `username-taken` → `Username taken`.
fn title(code: &str) -> String {
    let mut words = code.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl From<Details> for Problem {
    fn from(details: Details) -> Self {
        Self(Box::new(Inner {
            details,
            allow: None,
            challenge: None,
            reason: None,
            cause: None,
        }))
    }
}

impl From<Problem> for Details {
    fn from(problem: Problem) -> Self {
        problem.0.details
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Inner {
            details,
            allow,
            challenge,
            reason,
            ..
        } = *self.logged().0;
        let status = StatusCode::from_u16(details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // A struct of strings and numbers always serialises.
        let body = serde_json::to_vec(&details).unwrap_or_default();
        let mut response = (
            status,
            [(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))],
            body,
        )
            .into_response();
        let refused = Refused::new(details.code, reason);
        response.extensions_mut().insert(refused);
        let headers = response.headers_mut();
        if let Some(seconds) = details.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = allow {
            headers.insert(ALLOW, allow);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge.unwrap_or("Bearer")),
            );
        }
        response
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("details", &self.0.details)
            .field("cause", &self.0.cause)
            .finish()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {}",
            self.0.details.status, self.0.details.code, self.0.details.detail
        )
    }
}

impl std::error::Error for Problem {}

impl utoipa::PartialSchema for Problem {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <Details as utoipa::PartialSchema>::schema()
    }
}

impl ToSchema for Problem {
    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
        <Details as ToSchema>::schemas(schemas);
    }
}

/// The answer where no route matches.
pub async fn no_such_route() -> Problem {
    Problem::not_found("not-found", "There is nothing at this path.")
}

/// The answer where the path matches and the method doesn't; the router adds `Allow`.
pub async fn no_such_method() -> Problem {
    Problem::method_not_allowed(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_survives_the_way_over_json_but_for_its_cause() {
        let problem = Problem::unavailable("busy", "Later.", Duration::from_millis(1_200))
            .with_errors(vec![FieldError::new("a", "too-long", "At most 3.")])
            .with_cause("secret");
        let json = serde_json::to_string(&problem).unwrap();
        assert!(!json.contains("secret"));
        let back: Problem = serde_json::from_str(&json).unwrap();
        assert_eq!(back.details(), problem.details());
        assert_eq!(back.details().retry_after, Some(2));
    }

    #[test]
    fn the_title_is_the_code_in_words() {
        assert_eq!(
            Problem::conflict("username-taken", "").details().title,
            "Username taken"
        );
    }
}
