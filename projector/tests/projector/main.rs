//! The projector on a real nats-server and mongod.

mod chaos;
mod engine;
mod operating;
mod parking;
mod process;
mod responses;
mod running;
mod sweeps;
mod watch;
mod world;
