//! Pictures: where they are, for who may see them. A picture's URL is made only together with the answer that shows it.

use std::collections::HashMap;
use std::sync::Arc;

use bson::Uuid;
use chrono::{DateTime, Utc};
use media::{Links, Urls};
use platform::Problem;
use read_model::media::Media;
use serde::Deserialize;

use crate::{answers::MessageMedia, reading::Reading};

/// Makes the URLs of one answer. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Pictures {
    links: Arc<Links>,
    now: DateTime<Utc>,
}

impl Pictures {
    /// URLs as they are handed out at `now`.
    pub(crate) fn new(links: Arc<Links>, now: DateTime<Utc>) -> Self {
        Self { links, now }
    }

    /// Where a picture is.
    pub(crate) fn of(&self, media: Uuid) -> Urls {
        self.links.of(read_model::id(media), self.now)
    }

    /// The URL of the small still, for a picture of a person.
    pub(crate) fn small(&self, media: Option<Uuid>) -> Option<String> {
        media.map(|media| self.of(media).thumbnail_url)
    }

    /// The URL of the picture.
    pub(crate) fn large(&self, media: Option<Uuid>) -> Option<String> {
        media.map(|media| self.of(media).url)
    }
}

/// The URLs one by one, or none of them: the picture, in the middle size, and the small still.
pub(crate) fn each(urls: Option<Urls>) -> (Option<String>, Option<String>, Option<String>) {
    urls.map_or((None, None, None), |urls| {
        (Some(urls.url), Some(urls.medium_url), Some(urls.thumbnail_url))
    })
}

/// The pictures of some messages.
#[derive(Debug)]
pub(crate) struct MessagePictures {
    pictures: Pictures,
    facts: HashMap<Uuid, Facts>,
}

/// What is known of a picture besides itself.
#[derive(Debug, Deserialize)]
struct Facts {
    #[serde(rename = "_id")]
    id: Uuid,
    width: i64,
    height: i64,
    blurhash: Option<String>,
    alt: Option<String>,
}

impl MessagePictures {
    /// Reads what is known of `media`; asks nothing where there are none.
    pub(crate) async fn read(
        reading: &Reading,
        media: impl IntoIterator<Item = Uuid>,
    ) -> Result<Self, Problem> {
        let ids: Vec<Uuid> = media.into_iter().collect();
        let facts: Vec<Facts> = if ids.is_empty() || !reading.knows::<Media>() {
            Vec::new()
        } else {
            reading.by_ids::<Media, _>(ids).await?
        };
        Ok(Self {
            pictures: reading.pictures().clone(),
            facts: facts.into_iter().map(|facts| (facts.id, facts)).collect(),
        })
    }

    /// A picture in a message. One that isn't known is gone, or not known yet: it has its id alone.
    pub(crate) fn shown(&self, media: Uuid) -> MessageMedia {
        let facts = self.facts.get(&media);
        let urls = facts.map(|_| self.pictures.of(media));
        let (url, medium_url, thumbnail_url) = each(urls);
        let pixels = |side: fn(&Facts) -> i64| facts.and_then(|facts| u32::try_from(side(facts)).ok());
        MessageMedia {
            media_id: media.into(),
            url,
            medium_url,
            thumbnail_url,
            width: pixels(|facts| facts.width),
            height: pixels(|facts| facts.height),
            blurhash: facts.and_then(|facts| facts.blurhash.clone()),
            alt: facts.and_then(|facts| facts.alt.clone()),
        }
    }
}
