//! Where the caller is signed in.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::time::millis;

/// A device on which the caller is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    /// The session's id.
    pub(crate) id: Uuid,
    /// What it looks like, in a few words.
    #[schema(example = "Firefox on Linux")]
    pub(crate) device: String,
    /// The browser's own words, or null where they aren't known.
    #[schema(required)]
    pub(crate) user_agent: Option<String>,
    /// The network that it was begun from, without its last part; or null.
    #[schema(required, example = "192.0.2")]
    pub(crate) address_prefix: Option<String>,
    /// When the device signed in.
    #[serde(serialize_with = "millis")]
    pub(crate) started_at: DateTime<Utc>,
    /// When it last asked for fresh tokens.
    #[serde(serialize_with = "millis")]
    pub(crate) last_used_at: DateTime<Utc>,
    /// When it ends unless it is used.
    #[serde(serialize_with = "millis")]
    pub(crate) expires_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub(crate) current: bool,
}
