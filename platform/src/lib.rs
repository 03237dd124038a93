//! What every service needs and no service should write twice: time and ids, configuration, problems,
//! extractors, access tokens, telemetry, health and serving.
//!
//! This crate knows nothing of the product that is built on it: no event, aggregate or subject appears here.

pub mod clock;
pub mod config;
pub mod extract;
pub mod health;
pub mod id;
pub mod known_routes;
pub mod openapi;
pub mod origin;
pub mod problem;
pub mod rate_limit;
pub mod security;
pub mod serve;
pub mod shares;
pub mod shutdown;
pub mod telemetry;
pub mod token;
pub mod trace;
mod unread;

pub use clock::Clock;
pub use problem::Problem;
