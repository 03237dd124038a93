//! An event as analysts see it.

use events::{DecodeError, RawEvent, Subject};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::filter::Filter;

/// One line of output: everything about an event that isn't sealed.
#[derive(Serialize)]
pub(crate) struct Line<'a> {
    position: String,
    at: String,
    aggregate: String,
    id: String,
    r#type: String,
    version: u32,
    actor: Option<String>,
    command_id: String,
    data: &'a RawValue,
}

impl<'a> Line<'a> {
    /// The line of an event; `None` if it wasn't asked for.
    pub(crate) fn of(event: &'a RawEvent, filter: &Filter) -> Result<Option<Self>, DecodeError> {
        let subject = Subject::parse(&event.subject).ok_or(DecodeError::Subject)?;
        let meta = event.meta()?;
        if !filter.takes(&subject, &meta) {
            return Ok(None);
        }
        Ok(Some(Self {
            position: event.position.to_string(),
            at: meta.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            aggregate: subject.aggregate,
            id: subject.id,
            r#type: subject.event_type,
            version: event.version()?,
            actor: meta.actor.map(|actor| actor.to_string()),
            command_id: meta.command_id.to_string(),
            data: event.data()?,
        }))
    }
}
