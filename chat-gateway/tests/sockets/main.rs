//! The gateway as browsers see it: real gateways, the real command-api, real NATS, the real npm client.

#![expect(
    clippy::unwrap_used,
    reason = "clippy's leave for tests doesn't reach their helpers"
)]

mod chat;
mod client;
mod door;
mod edge;
mod gapless;
mod limits;
mod notices;
mod posts;
mod presence;
mod protocol;
mod python;
mod raw;
mod resilience;
mod security;
mod world;
