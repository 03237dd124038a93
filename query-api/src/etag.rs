//! `ETag` and 304 for single resources.
//!
//! The tag is a digest of the answer itself: names, counts and what the caller is to the author are joined from
//! several read models, and no single position would tell that any of them changed.

use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use platform::Problem;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// So many bytes of the digest: a clash within one resource's history is out of the question.
const TAG_BYTES: usize = 12;

/// `body` as JSON with its tag; or 304 if the client has it already.
pub(crate) fn conditional(request: &HeaderMap, body: &impl Serialize) -> Result<Response, Problem> {
    let json = serde_json::to_vec(body).map_err(Problem::internal)?;
    let digest = Sha256::digest(&json);
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..TAG_BYTES]));
    let header = HeaderValue::try_from(&tag).map_err(Problem::internal)?;
    if held(request, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, header)]).into_response());
    }
    let kind = HeaderValue::from_static("application/json");
    Ok(([(ETAG, header), (CONTENT_TYPE, kind)], json).into_response())
}

/// Whether `If-None-Match` names the tag; compared weakly, as RFC 9110 asks.
fn held(request: &HeaderMap, tag: &str) -> bool {
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|held| held == "*" || held.strip_prefix("W/").unwrap_or(held) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_has_it_is_told_so() {
        let first = conditional(&HeaderMap::new(), &"body").unwrap();
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        let ask = |value: &str, body: &str| {
            let headers = [(IF_NONE_MATCH, HeaderValue::from_str(value).unwrap())]
                .into_iter()
                .collect();
            conditional(&headers, &body).unwrap().status()
        };
        for value in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"x\", {tag}"),
            "*".to_owned(),
        ] {
            assert_eq!(ask(&value, "body"), StatusCode::NOT_MODIFIED, "{value}");
        }
        assert_eq!(ask("\"x\"", "body"), StatusCode::OK);
        assert_eq!(ask(&tag, "another body"), StatusCode::OK);
    }
}
