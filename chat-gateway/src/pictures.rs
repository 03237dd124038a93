//! The pictures of messages, as the reads show them: where they are and what is known of them before they are there.
//! They come from the event store, one request for each picture that isn't remembered.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::media::Event as Media;
use events::{Event, EventStore, LoadError, MediaId, Scope};
use media::Links;
use moka::future::Cache;

use crate::wire::{MessageChanged, MessageMedia};

/// How many pictures are remembered, at about 200 bytes each. What is known of one never changes but by its end, after
/// which its URL finds nothing.
const REMEMBERED: u64 = 20_000;

/// What is known of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    width: u32,
    height: u32,
    blurhash: Option<String>,
    alt: Option<String>,
}

/// Knows pictures, and where they are.
pub(crate) struct Pictures {
    links: Links,
    known: Cache<MediaId, Arc<Facts>>,
}

impl Pictures {
    /// Those that `links` finds.
    pub(crate) fn new(links: Links) -> Self {
        Self {
            links,
            known: Cache::new(REMEMBERED),
        }
    }

    /// Completes the pictures of a message. One that is gone keeps its id alone, as in the reads.
    pub(crate) async fn complete(
        &self,
        store: &EventStore,
        now: DateTime<Utc>,
        changed: &mut MessageChanged,
    ) -> Result<(), LoadError> {
        for picture in &mut changed.message.media {
            if let Some(facts) = self.facts(store, picture.media_id).await? {
                let urls = self.links.of(picture.media_id, now);
                *picture = MessageMedia {
                    media_id: picture.media_id,
                    url: Some(urls.url),
                    medium_url: Some(urls.medium_url),
                    thumbnail_url: Some(urls.thumbnail_url),
                    width: Some(facts.width),
                    height: Some(facts.height),
                    blurhash: facts.blurhash.clone(),
                    alt: facts.alt.clone(),
                };
            }
        }
        Ok(())
    }

    async fn facts(&self, store: &EventStore, media: MediaId) -> Result<Option<Arc<Facts>>, LoadError> {
        if let Some(facts) = self.known.get(&media).await {
            return Ok(Some(facts));
        }
        let history = store.history(&Scope::media(media)).await?;
        let Some(facts) = fold(history.events.iter().map(|recorded| &recorded.event)) else {
            return Ok(None);
        };
        let facts = Arc::new(facts);
        self.known.insert(media, Arc::clone(&facts)).await;
        Ok(Some(facts))
    }
}

/// What is known of a picture after its events; nothing if it isn't there.
fn fold<'a>(events: impl Iterator<Item = &'a Event>) -> Option<Facts> {
    let events = events.filter_map(|event| match event {
        Event::Media(event) => Some(event),
        _ => None,
    });
    match events.last()? {
        Media::Uploaded(uploaded) => {
            let told = uploaded.personal.known();
            Some(Facts {
                width: uploaded.width,
                height: uploaded.height,
                blurhash: told.map(|told| told.blurhash.clone()),
                alt: told.map(|told| told.alt.clone()),
            })
        }
        Media::Deleted(_) => None,
    }
}
