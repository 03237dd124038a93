//! Creating the streams and buckets. Done once per deployment, by the operator's NATS user.

use std::time::Duration;

use async_nats::jetstream::{
    self, ErrorCode,
    context::{GetStreamError, GetStreamErrorKind},
    kv,
    stream::{Config, DiscardPolicy, Republish, RetentionPolicy, StorageType},
};

use crate::{Namespace, Stream};

/// The largest legal post, sealed, is about 192 KiB (measured); headers come on top.
const MAX_MESSAGE_BYTES: i32 = 256 * 1024;
/// How long the server itself recognises a repeated message id.
pub const DUPLICATE_WINDOW: Duration = Duration::from_mins(10);
/// How long session events are kept: longer than a refresh token lives (30 days).
const SESSIONS_MAX_AGE: Duration = Duration::from_hours(35 * 24);

/// Of a session's events of one type only the last is ever read; a device that is used all the time refreshes its session
/// every quarter of an hour.
const SESSION_EVENTS_OF_A_TYPE: i64 = 1;

/// For how long attempts at log-in, sign-up and password reset are counted together.
pub const LIMITS_MAX_AGE: Duration = Duration::from_mins(15);
/// For how long what somebody adds is counted together.
pub const QUOTAS_MAX_AGE: Duration = Duration::from_hours(24);
/// How many revisions of a key the server keeps. One is replaced at a time and shredded at once; the rest is slack.
const KEY_REVISIONS: i64 = 8;
/// How long the mark stays that somebody left a gateway: longer than any gateway needs to hear of it.
const PRESENCE_MARKERS_MAX_AGE: Duration = Duration::from_mins(1);

/// What couldn't be created.
#[derive(Debug, thiserror::Error)]
#[error("{what} can't be created or updated: {cause}")]
pub struct ProvisionError {
    what: String,
    cause: String,
}

/// Creates or updates every stream and bucket of the namespace; doing it again changes nothing.
pub async fn provision(
    jetstream: &jetstream::Context,
    namespace: &Namespace,
    replicas: usize,
) -> Result<(), ProvisionError> {
    let streams = Stream::ALL.map(|stream| stream_config(namespace, stream, replicas));
    for config in streams.into_iter().chain([keys_config(namespace, replicas)]) {
        let what = format!("stream {}", config.name);
        jetstream
            .create_or_update_stream(config)
            .await
            .map_err(|error| failed(what, &error))?;
    }
    for config in bucket_configs(namespace, replicas) {
        let what = format!("bucket {}", config.bucket);
        remove_if_in_memory(jetstream, &config.bucket)
            .await
            .map_err(|error| failed(what.clone(), &error))?;
        jetstream
            .create_or_update_key_value(config)
            .await
            .map_err(|error| failed(what, &error))?;
    }
    Ok(())
}

/// Removes a bucket that an earlier release kept in memory, for the storage of a stream can't be changed. What was counted
/// there is forgotten, as by every restart of the server until then.
async fn remove_if_in_memory(jetstream: &jetstream::Context, bucket: &str) -> Result<(), async_nats::Error> {
    let name = format!("KV_{bucket}");
    let existing = match jetstream.get_stream(&name).await {
        Ok(stream) => stream,
        Err(error) if is_missing(&error) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if existing.cached_info().config.storage == StorageType::Memory {
        jetstream.delete_stream(&name).await?;
    }
    Ok(())
}

fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

/// The bucket of the keys, as the stream that it is: the library makes buckets of which no message may be deleted, and
/// of a key that is replaced the bytes must be overwritten.
fn keys_config(namespace: &Namespace, replicas: usize) -> Config {
    let bucket = namespace.keys_bucket();
    let subject = format!("$KV.{bucket}.>");
    Config {
        name: format!("KV_{bucket}"),
        subjects: vec![subject.clone()],
        // What falls out of the history by itself is only forgotten, and stays readable in the server's files.
        max_messages_per_subject: KEY_REVISIONS,
        discard: DiscardPolicy::New,
        storage: StorageType::File,
        num_replicas: replicas,
        allow_rollup: true,
        allow_direct: true,
        deny_delete: false,
        republish: Some(Republish {
            source: subject,
            destination: namespace.live_keys(">"),
            headers_only: true,
        }),
        ..Config::default()
    }
}

fn bucket_configs(namespace: &Namespace, replicas: usize) -> [kv::Config; 3] {
    // On disk, though all of it is forgotten soon: a bucket in memory is gone with the server, and whoever counts in it
    // could let nobody in until it were made again.
    let limits = kv::Config {
        bucket: namespace.limits_bucket(),
        history: 1,
        storage: StorageType::File,
        max_age: LIMITS_MAX_AGE,
        num_replicas: replicas,
        ..kv::Config::default()
    };
    let quotas = kv::Config {
        bucket: namespace.quotas_bucket(),
        max_age: QUOTAS_MAX_AGE,
        ..limits.clone()
    };
    // When somebody was last seen outlives any restart; all else here has a time to live of its own.
    let presence = kv::Config {
        bucket: namespace.presence_bucket(),
        history: 1,
        storage: StorageType::File,
        num_replicas: replicas,
        limit_markers: Some(PRESENCE_MARKERS_MAX_AGE),
        republish: Some(Republish {
            source: format!("$KV.{}.>", namespace.presence_bucket()),
            destination: namespace.live_presence(">"),
            headers_only: false,
        }),
        ..kv::Config::default()
    };
    [limits, quotas, presence]
}

fn stream_config(namespace: &Namespace, stream: Stream, replicas: usize) -> Config {
    Config {
        name: namespace.stream(stream),
        subjects: vec![namespace.ingest(stream)],
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        storage: StorageType::File,
        num_replicas: replicas,
        max_age: if stream == Stream::Sessions {
            SESSIONS_MAX_AGE
        } else {
            Duration::ZERO
        },
        max_messages_per_subject: if stream == Stream::Sessions {
            SESSION_EVENTS_OF_A_TYPE
        } else {
            -1
        },
        max_message_size: MAX_MESSAGE_BYTES,
        duplicate_window: DUPLICATE_WINDOW,
        deny_delete: stream.is_permanent(),
        deny_purge: stream.is_permanent(),
        allow_direct: true,
        allow_atomic_publish: true,
        republish: Some(Republish {
            source: namespace.ingest(stream),
            destination: namespace.live(stream),
            headers_only: false,
        }),
        ..Config::default()
    }
}

fn failed(what: String, cause: &impl std::fmt::Display) -> ProvisionError {
    ProvisionError {
        what,
        cause: cause.to_string(),
    }
}
