//! Whether the version that a shard belongs to is the one that readers use.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bson::doc;
use mongodb::{Collection, Database};
use read_model::engine::Versions;
use tokio::time::Instant;

/// How long an answer is good. Readers switch at once; announcements follow within this time.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Knows it, as of a moment ago.
#[derive(Debug)]
pub(crate) struct Live {
    versions: Collection<Versions>,
    projection: &'static str,
    version: u32,
    answer: AtomicBool,
    looked: Mutex<Option<Instant>>,
}

impl Live {
    pub(crate) fn new(database: &Database, model: &read_model::Projection) -> Self {
        Self {
            versions: database.collection(Versions::COLLECTION),
            projection: model.name,
            version: model.version,
            answer: AtomicBool::new(false),
            looked: Mutex::new(None),
        }
    }

    /// Whether it was, when last looked at; not before the first look.
    pub(crate) fn is_live(&self) -> bool {
        self.answer.load(Ordering::Relaxed)
    }

    /// Looks again, if the last look was long ago. If the database doesn't answer, the last answer stands.
    pub(crate) async fn look(&self) {
        let now = Instant::now();
        {
            let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
            if looked.is_some_and(|at| now - at < GOOD_FOR) {
                return;
            }
            *looked = Some(now);
        }
        match self.versions.find_one(doc! { "_id": self.projection }).await {
            Ok(versions) => {
                let live = versions.is_some_and(|versions| versions.live == self.version);
                self.answer.store(live, Ordering::Relaxed);
            }
            Err(error) => {
                tracing::debug!(projection.name = self.projection, %error, "the live version can't be told");
            }
        }
    }
}
