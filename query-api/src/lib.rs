//! HTTP reads: every `GET` of the contract, from the read models alone.
//!
//! A read may name a position that it wants to see applied, and waits for it, woken by what the projector
//! announces (`watermarks`). Rows hold ids; names are joined and blocks and visibility enforced here, at read
//! time (`join`, `visibility`). Documents that are asked for by id are mostly had from copies in memory (`copies`). With
//! none of them no route makes more than two round trips to MongoDB, three where a list is somebody's who is named by
//! username (but for the export of all that is somebody's, which is written while it is read), and each query has an
//! index. Nothing here writes, and of the events only those are heard that sign people out (`bus`).

pub mod config;

mod answers;
mod app;
mod asked;
mod bus;
mod chats;
mod copies;
mod devices;
mod etag;
mod excerpts;
mod export;
mod exports;
mod friends;
mod join;
mod notifications;
mod openapi;
mod pagination;
mod parked;
mod pictures;
mod posts;
mod problems;
mod profiles;
mod reading;
mod routes;
mod search;
mod sessions;
mod suggestions;
mod visibility;
mod watermarks;

pub use app::{StartError, mongo_options, serve, serve_on};
pub use openapi::openapi;
