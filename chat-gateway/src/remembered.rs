//! What was decided from the event store and is remembered until an event changes it.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use events::LoadError;
use moka::future::Cache;

/// How many answers are remembered, at about 150 bytes each.
const REMEMBERED: u64 = 100_000;
/// How long, should the word of a change not have come.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);

/// Remembers answers. Whoever hears that one has changed says so.
pub(crate) struct Remembered<K, V> {
    known: Cache<K, V>,
    /// Counts the changes, so that what was loaded before one isn't remembered after it.
    changes: AtomicU64,
}

impl<K, V> Default for Remembered<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Copy + Send + Sync + 'static,
{
    fn default() -> Self {
        Self {
            known: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(REMEMBERED_FOR)
                .build(),
            changes: AtomicU64::new(0),
        }
    }
}

impl<K, V> Remembered<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Copy + Send + Sync + 'static,
{
    /// The answer about `key`, from memory or from `load`.
    pub(crate) async fn get(
        &self,
        key: K,
        load: impl Future<Output = Result<V, LoadError>>,
    ) -> Result<V, LoadError> {
        if let Some(answer) = self.known.get(&key).await {
            return Ok(answer);
        }
        let before = self.changes.load(Ordering::SeqCst);
        let answer = load.await?;
        if self.changes.load(Ordering::SeqCst) == before {
            self.known.insert(key, answer).await;
            // A change between the look and the insertion found nothing to forget.
            if self.changes.load(Ordering::SeqCst) != before {
                self.known.invalidate(&key).await;
            }
        }
        Ok(answer)
    }

    /// Something about `key` has changed.
    pub(crate) async fn changed(&self, key: K) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate(&key).await;
    }

    /// Changes may have been missed.
    pub(crate) fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate_all();
    }
}
