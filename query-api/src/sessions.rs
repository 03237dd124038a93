//! Sessions as rows and as answers, and which of them an event of the whole account has ended.

use bson::{DateTime, Document as Bson, Uuid, doc};
use chrono::Utc;
use platform::Problem;
use read_model::accounts::Account;
use serde::Deserialize;

use crate::{answers::SessionView, devices, reading::Reading};

/// What of a session is shown.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    #[serde(rename = "_id")]
    pub(crate) id: Uuid,
    user_agent: Option<String>,
    address_prefix: Option<String>,
    pub(crate) started_at: DateTime,
    last_used_at: DateTime,
    expires_at: DateTime,
    pub(crate) position: i64,
}

impl Row {
    /// The fields of a [`Row`].
    pub(crate) fn fields() -> Bson {
        doc! {
            "user_agent": 1, "address_prefix": 1, "started_at": 1, "last_used_at": 1, "expires_at": 1,
            "position": 1,
        }
    }

    /// The session as its owner sees it from `current`.
    pub(crate) fn shown(self, current: Uuid) -> SessionView {
        SessionView {
            id: self.id.into(),
            device: devices::name(self.user_agent.as_deref()),
            user_agent: self.user_agent,
            address_prefix: self.address_prefix,
            started_at: self.started_at.to_chrono(),
            last_used_at: self.last_used_at.to_chrono(),
            expires_at: self.expires_at.to_chrono(),
            current: self.id == current,
        }
    }
}

/// What ended an account's sessions all at once.
///
/// Logging out everywhere is one event of the account: the sessions themselves have none that says so.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Ended {
    sessions_not_before: Option<DateTime>,
    kept_session: Option<Uuid>,
}

impl Ended {
    /// Reads it.
    pub(crate) async fn read(reading: &Reading, account: Uuid) -> Result<Self, Problem> {
        let found = reading.by_id::<Account, _>(account).await?;
        Ok(found.unwrap_or_default())
    }

    /// Whether a session is over: by this, or because it wasn't used for too long.
    pub(crate) fn includes(&self, session: &Row, now: chrono::DateTime<Utc>) -> bool {
        let before = |moment: DateTime| session.started_at < moment;
        let ended = self.sessions_not_before.is_some_and(before) && self.kept_session != Some(session.id);
        ended || session.expires_at.to_chrono() <= now
    }
}
