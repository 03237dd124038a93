//! What operators see of a gateway.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const CONNECTIONS: &str = "gateway_connections";
const PEOPLE: &str = "gateway_people";
const SUBSCRIPTIONS: &str = "gateway_subscriptions";
const PRESENCE_ENTRIES: &str = "gateway_presence_entries";
const WATCHED_PEOPLE: &str = "gateway_watched_people";
const WATCHED_POSTS: &str = "gateway_watched_posts";
const DELIVERED: &str = "gateway_delivered_total";
const DELIVERY_SECONDS: &str = "gateway_delivery_seconds";
const WELCOMES: &str = "gateway_welcomes_total";
const COMMANDS: &str = "gateway_commands_total";
const COMMAND_SECONDS: &str = "gateway_command_seconds";
const REFUSED: &str = "gateway_refused_total";
const ENDED: &str = "gateway_connections_ended_total";
const UNDELIVERABLE: &str = "gateway_undeliverable_total";

/// Says what each metric means; once, when the recorder is there.
pub(crate) fn describe() {
    describe_gauge!(
        CONNECTIONS,
        "Sockets that are let in and not closed yet (Socket.IO's connections)."
    );
    describe_gauge!(PEOPLE, "People with at least one socket here.");
    describe_gauge!(SUBSCRIPTIONS, "NATS subscriptions held for connected people.");
    describe_gauge!(
        PRESENCE_ENTRIES,
        "People of whom the bucket of presence says that they are here."
    );
    describe_gauge!(WATCHED_PEOPLE, "People whose presence somebody here watches.");
    describe_gauge!(WATCHED_POSTS, "Posts whose counts somebody here watches.");
    describe_counter!(
        DELIVERED,
        "Events handed to sockets, by event: one for each socket."
    );
    describe_histogram!(
        DELIVERY_SECONDS,
        metrics::Unit::Seconds,
        "From an event's being stored, which is when its command is acknowledged, to its being handed to the sockets here."
    );
    describe_counter!(WELCOMES, "Welcomes handed to sockets.");
    describe_counter!(COMMANDS, "Events from clients, by event and outcome.");
    describe_histogram!(
        COMMAND_SECONDS,
        metrics::Unit::Seconds,
        "How long command-api took to answer, by command."
    );
    describe_counter!(REFUSED, "Connections refused, by the problem's code.");
    describe_counter!(ENDED, "Connections ended, by why.");
    describe_counter!(
        UNDELIVERABLE,
        "Events that could not be read and were replaced by a welcome, which makes clients sync."
    );
}

pub(crate) fn connections(count: u32) {
    gauge!(CONNECTIONS).set(f64::from(count));
}

pub(crate) fn people(count: usize) {
    set(PEOPLE, count);
}

pub(crate) fn presence_entries(count: usize) {
    set(PRESENCE_ENTRIES, count);
}

pub(crate) fn watched_people(count: usize) {
    set(WATCHED_PEOPLE, count);
}

pub(crate) fn watched_posts(count: usize) {
    set(WATCHED_POSTS, count);
}

fn set(name: &'static str, count: usize) {
    gauge!(name).set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
}

pub(crate) fn subscribed(count: u32) {
    gauge!(SUBSCRIPTIONS).increment(f64::from(count));
}

pub(crate) fn unsubscribed(count: u32) {
    gauge!(SUBSCRIPTIONS).decrement(f64::from(count));
}

pub(crate) fn delivered(event: &'static str, sockets: usize) {
    counter!(DELIVERED, "event" => event).increment(sockets as u64);
}

pub(crate) fn delivery(took: Duration) {
    histogram!(DELIVERY_SECONDS).record(took.as_secs_f64());
}

pub(crate) fn welcomed() {
    counter!(WELCOMES).increment(1);
}

/// `outcome` is `ok` or the problem's code; a client can't invent either.
pub(crate) fn command(event: &'static str, outcome: &str) {
    counter!(COMMANDS, "event" => event, "outcome" => outcome.to_owned()).increment(1);
}

pub(crate) fn command_took(name: &'static str, took: Duration) {
    histogram!(COMMAND_SECONDS, "command" => name).record(took.as_secs_f64());
}

pub(crate) fn refused(code: &str) {
    counter!(REFUSED, "code" => code.to_owned()).increment(1);
}

pub(crate) fn ended(why: &'static str) {
    counter!(ENDED, "why" => why).increment(1);
}

pub(crate) fn undeliverable() {
    counter!(UNDELIVERABLE).increment(1);
}
