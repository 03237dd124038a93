//! The live side of Echo: what is stored goes to the browsers that it concerns, over Socket.IO.
//!
//! A gateway has no database. It listens to what the streams republish, for each connected person to
//! exactly the subjects that concern that person, and hands what a client wants done to command-api.
//! Any number of gateways stand side by side and know nothing of each other.
//!
//! Where to read on: `link` is below the library, `connect` lets a socket in, `worker` serves it, `person` and `live` bring it events,
//! `welcome` tells it up to where it is subscribed.

pub mod app;
pub mod asyncapi;
pub mod config;
pub mod wire;

mod audit;
mod commands;
mod connect;
mod connection;
mod drain;
mod frames;
mod friends;
mod handshake;
mod limits;
mod link;
mod live;
mod measure;
mod network;
mod notices;
mod origin;
mod packets;
mod pending;
mod people;
mod person;
mod pictures;
mod polls;
mod posts;
mod presence;
mod sessions;
mod typing;
mod watches;
mod welcome;
mod worker;
