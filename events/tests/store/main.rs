//! The event store on real servers.

#![expect(
    clippy::unwrap_used,
    reason = "clippy's leave for tests doesn't reach their helpers"
)]

mod cluster;
mod connection;
mod damage;
mod keys;
mod revocations;
mod single;
mod suite;
