//! Dev-only: what a test needs of the real world.
//!
//! `cargo xtask test` (or `cargo xtask servers`, kept running beside) starts one nats-server and one mongod
//! for all tests; each test gets a namespace and a database of its own on them, so that all run side by
//! side. Nothing here stands in for a server.

mod edge;
mod mongo;
mod nats;
mod service;
mod system;
mod wire;

pub mod socket;

pub use edge::Edge;
pub use mongo::MongoServer;
pub use nats::{NatsCluster, NatsServer};
pub use service::{Output, Service, run};
pub use system::{Servers, TestSystem, at, random_id, servers};
pub use wire::Wire;
