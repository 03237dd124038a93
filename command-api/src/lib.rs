//! Echo's command side: an HTTP request becomes a command, is decided from the event store alone, and ends as
//! events or as a refusal that appends nothing.

mod aggregates;
pub mod app;
mod cmd;
pub mod config;
pub mod domain;
mod email;
mod erasures;
pub mod handlers;
mod keys;
pub mod limits;
pub mod mail;
mod mail_tokens;
mod measure;
pub mod openapi;
mod orphans;
pub mod passwords;
pub mod problems;
pub mod quotas;
mod reactions;
pub mod refresh_token;
mod rotation;
pub mod routes;
mod run;
mod stand_ins;
mod text;
mod validation;

pub use keys::generate as generate_keys;
pub use orphans::collect_orphans;
pub use rotation::rotate_keys;
pub use run::{Error, Service, provision, serve};
