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
mod explained;
#[cfg(test)]
mod given;
mod loaded;
mod operate;
mod projection;
pub mod projections;
mod service;
mod sweep;

pub use announcement::{Announcement, Topic};
pub use config::{Command, Config, Operation, Run, Servers};
pub use engine::{Engine, Settings, WriteLimits};
pub use loaded::Loaded;
pub use operate::operate;
pub use projection::{ApplyError, Key, Projection, Shard, Write};
pub use service::run;
pub use sweep::{PAGE, Sweep};
