//! The event store on real servers.

mod cluster;
mod revocations;
mod single;
mod suite;
