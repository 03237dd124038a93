//! The reads over HTTP: query-api inside the test's own process, on a real mongod and nats-server, and where events
//! have to become documents with the real projector beside it.

mod api;
mod bad_input;
mod blocked;
mod copies;
mod documents;
mod export;
mod fill;
mod freshness;
mod lists;
mod media;
mod notifications;
mod pages;
mod people;
mod posts;
mod process;
mod queries;
mod sessions;
mod shapes;
mod sync;
mod versions;
mod visibility;
mod world;
