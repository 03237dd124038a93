//! The caller, from `Authorization: Bearer`.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use uuid::Uuid;

use super::{Claims, Error, Verifier};
use crate::Problem;

/// The verified claims of the caller; without them the answer is a 401 problem.
#[derive(Debug, Clone, Copy)]
pub struct Bearer(pub Claims);

impl<S> FromRequestParts<S> for Bearer
where
    S: Sync,
    Verifier: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(AUTHORIZATION) else {
            return Err(Problem::unauthorized(
                "missing-token",
                "This needs an access token.",
            ));
        };
        let claims = token_in(value)
            .ok_or(Error::Malformed)
            .and_then(|token| Verifier::from_ref(state).verify(token));
        claims.map(Self).map_err(Problem::from)
    }
}

/// The token in the value of `Authorization`.
fn token_in(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Verifier {
    /// The account of the token in the value of `Authorization`, if it is to be believed now.
    pub(crate) fn account(&self, value: &HeaderValue) -> Option<Uuid> {
        let claims = self.verify(token_in(value)?).ok()?;
        Some(claims.sub)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let problem = match error {
            Error::Expired => Self::unauthorized("token-expired", "The access token has expired."),
            Error::Key => return Self::internal(error),
            Error::Malformed | Error::UnknownKey | Error::Signature | Error::Claims | Error::NotYet => {
                Self::unauthorized("invalid-token", "The access token is not valid.")
            }
        };
        problem
            .with_reason(error.reason())
            .with_challenge(r#"Bearer error="invalid_token""#)
            .with_cause(error)
    }
}
