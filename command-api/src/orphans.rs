//! Pictures in the store of which no event tells, or no longer: what an upload left that never came to its event, and a
//! deletion that was cut off between the event and the bytes.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use events::{EventStore, Keyring, Scope, media::Event};
use futures::TryStreamExt;
use media::store::{Held, Store};

use crate::config::OrphansConfig;
use crate::run::Error;

/// What the command is called on NATS.
const NAME: &str = "collect-orphans";
/// An upload takes minutes; what was stored so long ago and has no event won't get one.
const OLD: TimeDelta = TimeDelta::hours(24);
/// How many pictures are looked up at once.
const AT_ONCE: usize = 16;
/// After so many pictures it is told how far it is.
const TOLD_EVERY: usize = 10_000;

/// Deletes every picture of the store that no event tells of. It can be run beside the services and at any time, say
/// once a day; broken off, it begins anew.
///
/// # Errors
/// If NATS or the store can't be reached.
pub async fn collect_orphans(config: &OrphansConfig) -> Result<(), Error> {
    let client = events::connect(&config.nats.connection(NAME), |_| {}).await;
    let client = client.map_err(|source| Error::Connect {
        url: config.nats.nats_url.clone(),
        source,
    })?;
    let jetstream = async_nats::jetstream::new(client.clone());
    let namespace = config.nats.namespace.clone();
    let keyring = Keyring::open(&jetstream, &namespace, config.master_keys.clone()).await;
    let keyring = keyring.map_err(|error| Error::NotProvisioned(error.into()))?;
    let events = EventStore::new(client, namespace, keyring);
    let links = config.media.open().map_err(crate::app::StartError::from)?;
    let now = platform::clock::now();
    let (mut seen, mut deleted) = (0, 0);
    let mut looked_at = links
        .store()
        .list(None)
        .map_err(Error::from)
        .map_ok(|held| collect(&events, links.store(), held, now))
        .try_buffer_unordered(AT_ONCE);
    while let Some(was_orphan) = looked_at.try_next().await? {
        seen += 1;
        deleted += usize::from(was_orphan);
        if seen % TOLD_EVERY == 0 {
            tracing::info!(
                pictures.seen = seen,
                pictures.deleted = deleted,
                "looking for orphans"
            );
        }
    }
    tracing::info!(
        pictures.seen = seen,
        pictures.deleted = deleted,
        "every picture has an event now"
    );
    Ok(())
}

/// Deletes a picture if no event tells of it; says whether it did.
async fn collect(
    events: &EventStore,
    store: &Arc<dyn Store>,
    held: Held,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    if held.stored_at > now - OLD {
        return Ok(false);
    }
    let history = events.history(&Scope::media(held.media)).await?;
    let told = history.events.last().is_some_and(|last| {
        matches!(&last.event, events::Event::Media(Event::Uploaded(uploaded)) if uploaded.owner == held.owner)
    });
    if told {
        return Ok(false);
    }
    store.delete(held.owner, held.media).await?;
    tracing::info!(media.id = %held.media, "a picture without an event was deleted");
    Ok(true)
}
