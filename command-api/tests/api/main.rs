//! The HTTP API and the commands over NATS, in-process on a real nats-server.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a failure is a panic, helpers included"
)]

mod account;
mod collection;
mod conversations;
#[path = "../../../media/tests/pictures/mod.rs"]
mod drawn;
mod edge;
mod erasure;
mod everywhere;
mod forgotten;
mod friends;
mod gateway;
mod limits;
mod log_in_work;
mod mail_server;
mod media;
mod names;
mod pictures;
mod posts;
mod quotas;
mod recovery;
mod restarts;
mod resumed;
mod security;
mod sessions;
mod sign_up;
mod support;
mod uploads;
#[path = "../../../projector/tests/projector/watch.rs"]
mod watch;
