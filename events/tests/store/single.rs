//! The event store on one nats-server.

use std::time::Duration;

use crate::suite::{self, meta, new_id, person, published};
use async_nats::jetstream::{self, consumer::pull};
use events::{BatchLimits, DataKey, Event, KeyError, Keyring, LoadError, Personal, ReadError, Stream, post};
use testkit::{NatsServer, TestSystem, servers};

macro_rules! on_a_fresh_system {
    ($($promise:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $promise() {
            suite::$promise(&TestSystem::start().await.store).await;
        }
    )+};
}

on_a_fresh_system!(
    of_contenders_for_a_name_one_wins_and_the_others_leave_nothing,
    a_repeated_command_appends_once,
    a_repeated_command_appends_once_beyond_the_duplicate_window_too,
    a_repeated_batch_appends_once,
    a_history_is_the_last_of_each_type_in_order,
    of_many_writers_with_one_expectation_one_wins,
    what_is_stored_is_republished_and_what_is_refused_is_not,
    an_event_beyond_the_limit_is_too_large,
);

#[tokio::test]
async fn what_was_acknowledged_survives_a_crash_of_the_server() {
    let mut nats = NatsServer::start().await;
    let servers = servers().with_nats(&nats.url);
    let system = TestSystem::on(servers).await;
    let (acknowledged, ()) = tokio::join!(suite::write_posts(&system.store, 16, 60), async {
        for _ in 0..3 {
            let before = system.store.last_position(Stream::Events).await.unwrap().sequence;
            while system.store.last_position(Stream::Events).await.unwrap().sequence < before + 100 {
                tokio::task::yield_now().await;
            }
            nats.kill().await;
            nats.restart().await;
            while system.store.last_position(Stream::Events).await.is_err() {
                tokio::task::yield_now().await;
            }
        }
    });
    assert_eq!(acknowledged.len(), 16 * 60);
    suite::holds_exactly(&system.store, &acknowledged).await;
}

#[tokio::test]
async fn a_reader_gives_everything_in_order_within_its_limits() {
    let system = TestSystem::start().await;
    let acknowledged = suite::write_posts(&system.store, 8, 25).await;
    let limits = BatchLimits {
        events: 64,
        bytes: 4096,
        pace: Duration::from_millis(1),
    };
    let mut reader = system
        .store
        .reader(Stream::Events, "reader", 50, Duration::from_secs(30), limits)
        .await
        .unwrap();
    let mut next = 51;
    while next <= acknowledged.len() as u64 {
        let batch = reader.next_batch(limits).await.unwrap();
        let bytes: usize = batch.iter().map(|event| event.body.len()).sum();
        assert!(batch.len() <= limits.events && (bytes <= limits.bytes || batch.len() == 1));
        for event in batch {
            assert_eq!(event.position.sequence, next);
            next += 1;
        }
    }
}

#[tokio::test]
async fn a_reader_notices_when_another_took_what_was_next() {
    let system = TestSystem::start().await;
    suite::write_posts(&system.store, 1, 3).await;
    let limits = BatchLimits {
        events: 1,
        ..BatchLimits::default()
    };
    let mut reader = system
        .store
        .reader(Stream::Events, "shared", 0, Duration::from_secs(30), limits)
        .await
        .unwrap();
    assert_eq!(reader.next_batch(limits).await.unwrap()[0].position.sequence, 1);
    let jetstream = jetstream::new(system.store.client().clone());
    let stream = jetstream
        .get_stream(system.store.namespace().stream(Stream::Events))
        .await
        .unwrap();
    let consumer: jetstream::consumer::Consumer<pull::Config> = stream.get_consumer("shared").await.unwrap();
    // What the reader has under way comes in order; the thief's share is missing after that.
    let error = loop {
        let thief = consumer.fetch().max_messages(1).messages().await.unwrap();
        suite::write_posts(&system.store, 1, 2).await;
        drop(thief);
        if let Err(error) = reader.next_batch(limits).await {
            break error;
        }
    };
    assert!(matches!(error, ReadError::Hole { .. }), "{error}");
}

#[tokio::test]
async fn erasing_a_key_erases_what_it_sealed_and_a_missing_key_is_no_erasure() {
    let system = TestSystem::start().await;
    let store = &system.store;
    let author = person(store).await;
    let position = store
        .append(published(new_id(), author, "secret"), &meta(author))
        .await
        .unwrap()
        .position;

    let jetstream = jetstream::new(store.client().clone());
    let bucket = jetstream
        .get_key_value(store.namespace().keys_bucket())
        .await
        .unwrap();
    bucket.delete(author.to_string()).await.unwrap();
    store.keyring().forget(author).await;
    let missing = store.event_at(position).await;
    assert!(
        matches!(missing, Err(LoadError::Key(KeyError::Missing(account))) if account == author),
        "{missing:?}"
    );

    let tombstone = serde_json::json!({ "erased_at": testkit::at(1) }).to_string();
    bucket.put(author.to_string(), tombstone.into()).await.unwrap();
    let erased = store.event_at(position).await.unwrap().unwrap();
    let Event::Post(post::Event::Published(version)) = erased.event else {
        panic!("{erased:?}")
    };
    assert_eq!((version.author, version.personal), (author, Personal::Erased));
    let refused = store
        .append(published(new_id(), author, "more"), &meta(author))
        .await;
    assert!(
        matches!(refused, Err(events::AppendError::Key(KeyError::Erased(_)))),
        "{refused:?}"
    );
    let again = store.keyring().create(author).await;
    assert!(
        matches!(again, Err(KeyError::Erased(_))),
        "an erased account never gets another key: {again:?}"
    );
}

#[tokio::test]
async fn a_key_is_made_once_and_found_by_every_service() {
    let system = TestSystem::start().await;
    let account = new_id();
    let (one, other) = tokio::join!(
        system.store.keyring().create(account),
        system.store.keyring().create(account)
    );
    let jetstream = jetstream::new(system.store.client().clone());
    let elsewhere = Keyring::open(&jetstream, system.store.namespace(), TestSystem::master_keys())
        .await
        .unwrap();
    let found = elsewhere.alive(account).await.unwrap();
    let hash = |key: &DataKey| key.command_hash(b"same key?");
    assert_eq!(hash(&one.unwrap()), hash(&found));
    assert_eq!(hash(&other.unwrap()), hash(&found));
}

#[tokio::test]
async fn nothing_personal_is_stored_in_the_open() {
    let system = TestSystem::start().await;
    let author = person(&system.store).await;
    let position = system
        .store
        .append(published(new_id(), author, "a tell-tale heart"), &meta(author))
        .await
        .unwrap()
        .position;
    let jetstream = jetstream::new(system.store.client().clone());
    let stream = jetstream
        .get_stream(system.store.namespace().stream(Stream::Events))
        .await
        .unwrap();
    let raw = stream.get_raw_message(position.sequence).await.unwrap();
    let stored = format!(
        "{} {:?} {}",
        raw.subject,
        raw.headers,
        String::from_utf8_lossy(&raw.payload)
    );
    assert!(!stored.contains("heart") && stored.contains("sealed"), "{stored}");
}

#[tokio::test]
async fn a_bucket_that_was_kept_in_memory_is_made_anew_on_disk() {
    let system = TestSystem::start().await;
    let (client, namespace) = (system.store.client().clone(), system.store.namespace());
    let jetstream = jetstream::new(client);
    let bucket = namespace.limits_bucket();
    jetstream.delete_key_value(&bucket).await.unwrap();
    let config = jetstream::kv::Config {
        bucket: bucket.clone(),
        storage: jetstream::stream::StorageType::Memory,
        ..Default::default()
    };
    jetstream.create_key_value(config).await.unwrap();
    for _ in 0..2 {
        events::provision(&jetstream, namespace, 1).await.unwrap();
        let stream = jetstream.get_stream(format!("KV_{bucket}")).await.unwrap();
        let storage = stream.cached_info().config.storage;
        assert_eq!(storage, jetstream::stream::StorageType::File);
    }
}

#[tokio::test]
async fn of_a_session_s_events_of_a_type_the_last_is_kept_and_all_of_other_streams() {
    let system = TestSystem::start().await;
    let namespace = system.store.namespace();
    let jetstream = jetstream::new(system.store.client().clone());
    for (stream, subject, kept) in [
        (Stream::Sessions, "sess.0.session.a.refreshed", 1),
        (Stream::Events, "evt.0.post.a.edited", 10),
    ] {
        for _ in 0..10 {
            let stored = jetstream.publish(namespace.absolute(subject), "{}".into());
            stored.await.unwrap().await.unwrap();
        }
        let stream = jetstream.get_stream(namespace.stream(stream)).await.unwrap();
        assert_eq!(stream.cached_info().state.messages, kept);
        assert_eq!(stream.cached_info().state.last_sequence, 10);
    }
}
