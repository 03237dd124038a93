//! Which events an analyst asked for.

use chrono::{DateTime, Utc};
use clap::Args;
use events::{AccountId, Event, Meta, Position, Subject};

/// All that is given must hold.
#[derive(Args, Debug, Default)]
pub(crate) struct Filter {
    /// Only events after this position, such as e42.
    #[arg(long, value_parser = crate::position)]
    pub(crate) after: Option<Position>,
    /// Only events from this moment on (RFC 3339).
    #[arg(long)]
    since: Option<DateTime<Utc>>,
    /// Only events before this moment (RFC 3339).
    #[arg(long)]
    until: Option<DateTime<Utc>>,
    /// Only these types, such as `post.published`; may be given several times.
    #[arg(long = "type", value_parser = known_type)]
    types: Vec<String>,
    /// Only what this account did.
    #[arg(long)]
    actor: Option<AccountId>,
    /// Only what happened to this aggregate (its id as it stands in the subject).
    #[arg(long)]
    id: Option<String>,
    /// At most so many events.
    #[arg(long)]
    pub(crate) limit: Option<u64>,
}

impl Filter {
    /// Whether an event was asked for.
    pub(crate) fn takes(&self, subject: &Subject, meta: &Meta) -> bool {
        let of_type = |wanted: &String| {
            wanted.split_once('.') == Some((subject.aggregate.as_str(), subject.event_type.as_str()))
        };
        self.since.is_none_or(|since| meta.at >= since)
            && self.until.is_none_or(|until| meta.at < until)
            && (self.types.is_empty() || self.types.iter().any(of_type))
            && self.actor.is_none_or(|actor| meta.actor == Some(actor))
            && self.id.as_ref().is_none_or(|id| *id == subject.id)
    }
}

/// A type that doesn't exist would match nothing in silence.
fn known_type(text: &str) -> Result<String, String> {
    let known = || Event::types().map(|(aggregate, event_type, _)| format!("{aggregate}.{event_type}"));
    if known().any(|known| known == text) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "no such event; there are {}",
            known().collect::<Vec<_>>().join(", ")
        ))
    }
}
