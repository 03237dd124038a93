//! Damaged files: an event that was acknowledged is read, or its loss is told; it is never passed over.

use std::time::Duration;

use crate::suite::{meta, new_id, person, published};
use events::{BatchLimits, EventStore, Position, ReadError, Stream};
use testkit::{NatsCluster, NatsServer, TestSystem, random_id, servers};

const LIMITS: BatchLimits = BatchLimits {
    events: 100,
    bytes: 4 << 20,
    pace: Duration::ZERO,
};
const INACTIVE: Duration = Duration::from_secs(30);

/// Posts whose bodies aren't sealed, one after the other.
async fn write(store: &EventStore, count: u64) {
    let author = person(store).await;
    for n in 1..=count {
        let post = published(new_id(), author, &format!("post {n}"));
        let appended = store.append(post, &meta(author)).await.unwrap();
        assert_eq!(appended.position.sequence, n);
    }
}

/// The subject of the event at `sequence`, which stands before it in the file and nowhere else.
async fn subject(store: &EventStore, sequence: u64) -> Vec<u8> {
    let position = Position::new(Stream::Events, sequence);
    let raw = store.raw_at(position).await.unwrap().unwrap();
    raw.subject.into_bytes()
}

/// The sequences that a fresh reader gives up to `last`.
async fn read(store: &EventStore, last: u64) -> Result<Vec<u64>, ReadError> {
    let name = format!("reader-{}", random_id().simple());
    let reader = store.reader(Stream::Events, &name, 0, INACTIVE, LIMITS).await;
    let mut reader = reader.map_err(|error| ReadError::Unavailable(error.to_string()))?;
    let mut sequences = Vec::new();
    while sequences.last() != Some(&last) {
        let batch = reader.next_batch(LIMITS).await?;
        sequences.extend(batch.iter().map(|event| event.position.sequence));
    }
    Ok(sequences)
}

/// The same, over breaks of the server.
async fn read_on(store: &EventStore, last: u64) -> Vec<u64> {
    loop {
        match read(store, last).await {
            Ok(sequences) => return sequences,
            Err(ReadError::Unavailable(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn an_event_lost_by_the_only_server_is_named_and_nothing_after_it_is_read() {
    let mut nats = NatsServer::start().await;
    let servers = servers().with_nats(&nats.url);
    let store = TestSystem::on(servers).await.store;
    write(&store, 20).await;
    let lost = subject(&store, 7).await;
    // One that was killed reads its files anew, and cuts them off where they are damaged.
    nats.stop().await;
    nats.flip_bit_after(&lost);
    nats.restart().await;
    let error = loop {
        match read(&store, 20).await {
            Err(ReadError::Unavailable(_)) => tokio::task::yield_now().await,
            Err(error) => break error,
            Ok(sequences) => panic!("{sequences:?}"),
        }
    };
    let ReadError::Missing(position) = error else {
        panic!("{error}");
    };
    assert_eq!(position, Position::new(Stream::Events, 7));
}

#[tokio::test]
async fn an_event_lost_by_two_of_three_servers_is_read_from_the_third() {
    let (mut cluster, store) = cluster_with_20_events().await;
    let lost = subject(&store, 7).await;
    for server in &mut cluster.servers[..2] {
        server.stop().await;
        server.flip_bit_after(&lost);
        server.restart().await;
        store_answers(&store, 20).await;
    }
    all_are_read(&store, 20).await;
}

#[tokio::test]
async fn a_file_cut_short_on_one_of_three_servers_takes_nothing_away() {
    let (mut cluster, store) = cluster_with_20_events().await;
    let lost = subject(&store, 12).await;
    let server = &mut cluster.servers[0];
    server.kill().await;
    server.cut_after(&lost);
    server.restart().await;
    store_answers(&store, 20).await;
    all_are_read(&store, 20).await;
    let author = person(&store).await;
    let post = published(new_id(), author, "one more");
    store.append(post, &meta(author)).await.unwrap();
    all_are_read(&store, 21).await;
}

async fn cluster_with_20_events() -> (NatsCluster, EventStore) {
    let cluster = NatsCluster::start().await;
    let servers = servers().with_nats(cluster.url());
    let store = TestSystem::replicated(servers, 3).await.store;
    write(&store, 20).await;
    (cluster, store)
}

/// Reads up to `last` several times, for a reader's consumer may come to be on any server.
async fn all_are_read(store: &EventStore, last: u64) {
    for _ in 0..8 {
        assert_eq!(read_on(store, last).await, (1..=last).collect::<Vec<_>>());
    }
}

/// Waits until the stream has a leader that knows its end.
async fn store_answers(store: &EventStore, last: u64) {
    let known = async || {
        let position = store.last_position(Stream::Events).await;
        position.is_ok_and(|position| position.sequence >= last)
    };
    while !known().await {
        tokio::task::yield_now().await;
    }
}
