//! A server that vanishes without a farewell.

use std::time::Duration;

use async_nats::Event;
use events::{BatchLimits, Connection, ReadError, Stream};
use testkit::{NatsCluster, NatsServer, TestSystem, Wire, random_id, servers};
use tokio::sync::mpsc;

/// Much longer than it takes, and much shorter than until the library's own patience ends.
const PATIENCE: Duration = Duration::from_mins(1);

/// Without heartbeats the library asks anew, and learns that nobody is there, after 30 seconds.
const BEFORE_REQUESTS_EXPIRE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_connection_on_which_nothing_comes_any_more_is_given_up() {
    let nats = NatsServer::start().await;
    let wire = Wire::to(nats.url.trim_start_matches("nats://")).await;
    let (tell, mut told) = mpsc::unbounded_channel();
    let connection = Connection {
        url: format!("nats://{}", wire.address),
        user: None,
        password: None,
        name: "test".to_owned(),
    };
    let connecting = events::connect(&connection, move |event| {
        // The test may have seen enough.
        tell.send(event.clone()).ok();
    });
    let _client = connecting.await.unwrap();
    let mut becomes = async |wanted: Event| {
        let told = async { while told.recv().await.unwrap() != wanted {} };
        tokio::time::timeout(PATIENCE, told).await.unwrap();
    };
    becomes(Event::Connected).await;
    wire.freeze();
    becomes(Event::Disconnected).await;
    wire.mend();
    becomes(Event::Connected).await;
}

#[tokio::test]
async fn a_reader_whose_consumer_went_with_another_server_notices_it_by_the_heartbeats() {
    let mut cluster = NatsCluster::start().await;
    let first = servers().with_nats(&cluster.servers[0].url);
    let store = TestSystem::replicated(first, 3).await.store;
    let limits = BatchLimits::default();
    let jetstream = async_nats::jetstream::new(store.client().clone());
    let stream = jetstream.get_stream(store.namespace().stream(Stream::Events));
    let stream = stream.await.unwrap();
    // A consumer in memory comes to be on any server.
    let (mut reader, name, server) = loop {
        let name = format!("reader-{}", random_id().simple());
        let inactive = Duration::from_mins(1);
        let reader = store
            .reader(Stream::Events, &name, 0, inactive, limits)
            .await
            .unwrap();
        let info = stream.consumer_info(&name).await.unwrap();
        match info.cluster.and_then(|cluster| cluster.leader).as_deref() {
            Some("n1") => break (reader, name, 1),
            Some("n2") => break (reader, name, 2),
            _ => {}
        }
    };
    let reads = tokio::time::timeout(BEFORE_REQUESTS_EXPIRE, reader.next_batch(limits));
    let dies = async {
        while stream.consumer_info(&name).await.unwrap().num_waiting == 0 {
            tokio::task::yield_now().await;
        }
        cluster.servers[server].kill().await;
    };
    let (ended, ()) = tokio::join!(reads, dies);
    let error = ended.unwrap().unwrap_err();
    assert!(matches!(error, ReadError::Unavailable(_)), "{error}");
}
