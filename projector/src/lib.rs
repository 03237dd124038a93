//! Events to documents.
//!
//! A [`Projection`] says what each event changes in the documents of one read model. The [`Engine`] runs any
//! set of projections: it owns their shards by lease, reads the stream, loads what is needed, writes
//! documents and checkpoint in one transaction, and announces how far it has come.

mod announcement;
mod collection;
mod config;
mod engine;
#[cfg(test)]
mod given;
mod projection;
pub mod projections;
mod service;
mod sweep;

pub use announcement::{Announcement, Topic};
pub use config::{Command, Config, Run};
pub use engine::{Engine, Settings, WriteLimits};
pub use projection::{ApplyError, Key, Loaded, Projection, Shard, Write};
pub use service::run;
pub use sweep::{PAGE, Sweep};
