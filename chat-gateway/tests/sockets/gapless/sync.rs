//! `GET /v1/sync` and what else is read over HTTP.

use events::{AccountId, Position};
use serde::Deserialize;
use serde_json::Value;

use crate::world::sequence;

/// One person's way to the real query-api.
#[derive(Clone)]
pub(crate) struct Syncing {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) token: String,
}

/// A message, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) position: Position,
    pub(crate) from: AccountId,
    pub(crate) to: AccountId,
    pub(crate) text: Option<String>,
}

impl Message {
    /// The one of the two who isn't `me`.
    pub(crate) fn peer(&self, me: AccountId) -> AccountId {
        if self.from == me { self.to } else { self.from }
    }
}

/// One thing that changed.
pub(crate) enum Change {
    Message(Message),
    Read { peer: AccountId, up_to: u64 },
}

/// All that changed up to a position.
pub(crate) struct Answer {
    pub(crate) changes: Vec<Change>,
    pub(crate) position: u64,
    /// Whether that is as far as was asked for.
    pub(crate) reached: bool,
}

impl Syncing {
    /// Everything that changed after a position, with another one as the least to be waited for.
    pub(crate) async fn fetch(self, after: u64, minimum: u64) -> Result<Answer, String> {
        let mut answer = Answer {
            changes: Vec::new(),
            position: after,
            reached: false,
        };
        loop {
            let path = format!("/v1/sync?after=c{}&limit=100", answer.position);
            let (page, applied) = self.get(&path, minimum).await?;
            if page["reset"] == Value::Bool(true) {
                return Err(format!("reset: {page}"));
            }
            let items = page["items"].as_array().ok_or("no items")?;
            for item in items {
                answer.changes.extend(change(item)?);
            }
            answer.position = sequence(&page["position"]);
            if page["more"] != Value::Bool(true) {
                answer.reached = applied;
                return Ok(answer);
            }
        }
    }

    /// Reads something that is as new as `minimum`; says whether it is.
    pub(crate) async fn get(&self, path: &str, minimum: u64) -> Result<(Value, bool), String> {
        let response = self
            .http
            .get(format!("{}{path}", self.url))
            .bearer_auth(&self.token)
            .header("echo-min-position", format!("c{minimum}"))
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let status = response.status();
        let applied = response
            .headers()
            .get("echo-consistency")
            .is_some_and(|consistency| consistency == "applied");
        let body = response.text().await.map_err(|error| error.to_string())?;
        if !status.is_success() {
            return Err(format!("{status}: {body}"));
        }
        let body = serde_json::from_str(&body).map_err(|error| error.to_string())?;
        Ok((body, applied))
    }
}

fn change(item: &Value) -> Result<Option<Change>, String> {
    let wrong = |error: serde_json::Error| format!("{error}: {item}");
    match item["type"].as_str() {
        Some("message") => {
            let message = serde_json::from_value(item["message"].clone()).map_err(wrong)?;
            Ok(Some(Change::Message(message)))
        }
        Some("read") if item["read_up_to"].is_string() => Ok(Some(Change::Read {
            peer: serde_json::from_value(item["peer"].clone()).map_err(wrong)?,
            up_to: sequence(&item["read_up_to"]),
        })),
        _ => Ok(None),
    }
}
