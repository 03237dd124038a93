//! Blocks, likes, comments, reports and notifications over HTTP, in-process on a real nats-server.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a failure is a panic, helpers included"
)]

mod blocks;
mod comments;
mod everywhere;
mod likes;
mod no_change;
mod notifications;
mod people;
mod reports;
mod round_trips;
mod strangers;
#[path = "../api/support.rs"]
#[expect(dead_code, reason = "what the tests of the other routes need besides")]
mod support;
mod texts;
