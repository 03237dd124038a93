//! Small HTTP requests to servers on this machine.
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use ureq::http::Request;

/// What came back from [`send`].
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The JSON; null if there was none.
    pub(crate) body: Value,
    pub(crate) retry_after: Option<Duration>,
}

/// The status and the body of an address.
pub(crate) fn get(address: &str) -> Result<(u16, String)> {
    let mut answer = agent(Duration::from_secs(2)).get(address).call()?;
    let body = answer.body_mut().read_to_string()?;
    Ok((answer.status().as_u16(), body))
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body<'a> {
    /// JSON, or nothing for null.
    Json(&'a Value),
    /// A PNG.
    Picture(&'a [u8]),
}

impl<'a> From<&'a Value> for Body<'a> {
    fn from(json: &'a Value) -> Self {
        Body::Json(json)
    }
}

/// Sends a request.
pub(crate) fn send<'a>(
    method: &str,
    address: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body<'a>>,
) -> Result<Answer> {
    let mut request = Request::builder().method(method).uri(address);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let agent = agent(Duration::from_secs(20));
    let answer = match body.into() {
        Body::Json(Value::Null) => agent.run(request.body(())?),
        Body::Json(json) => agent.run(
            request
                .header("Content-Type", "application/json")
                .body(json.to_string())?,
        ),
        Body::Picture(bytes) => agent.run(request.header("Content-Type", "image/png").body(bytes)?),
    };
    let mut answer = answer.with_context(|| format!("{method} {address}"))?;
    let header = answer
        .headers()
        .get("Retry-After")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let retry_after = header.map(Duration::from_secs);
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string()?;
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Answer {
        status,
        body,
        retry_after,
    })
}

fn agent(limit: Duration) -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(limit))
        .http_status_as_error(false)
        // Whatever proxy the machine uses for the world, these servers are here.
        .proxy(None)
        .build()
        .into()
}
