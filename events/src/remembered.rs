//! What was decided from the event store and is remembered until an event changes it.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::future::Cache;

use crate::LoadError;

/// Remembers answers. Whoever hears that one has changed says so.
pub struct Remembered<K, V> {
    known: Cache<K, V>,
    /// Counts the changes, so that what was loaded before one isn't remembered after it.
    changes: AtomicU64,
}

/// How many small answers are remembered where nothing else is said, at about 150 bytes each.
const MOST: u64 = 100_000;
/// How long.
const LONGEST: Duration = Duration::from_mins(1);

impl<K, V> Default for Remembered<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new(MOST, LONGEST)
    }
}

impl<K, V> std::fmt::Debug for Remembered<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remembered").finish_non_exhaustive()
    }
}

impl<K, V> Remembered<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Remembers so many answers (each as large as it is), and none longer than `longest`, should the word of a change not have come.
    pub fn new(most: u64, longest: Duration) -> Self {
        Self {
            known: Cache::builder().max_capacity(most).time_to_live(longest).build(),
            changes: AtomicU64::new(0),
        }
    }

    /// The answer about `key`, from memory or from `load`.
    ///
    /// # Errors
    ///
    /// Those of `load`.
    pub async fn get(
        &self,
        key: &K,
        load: impl Future<Output = Result<V, LoadError>>,
    ) -> Result<V, LoadError> {
        if let Some(answer) = self.known.get(key).await {
            return Ok(answer);
        }
        let before = self.changes.load(Ordering::SeqCst);
        let answer = load.await?;
        if self.changes.load(Ordering::SeqCst) == before {
            self.known.insert(key.clone(), answer.clone()).await;
            // A change between the look and the insertion found nothing to forget.
            if self.changes.load(Ordering::SeqCst) != before {
                self.known.invalidate(key).await;
            }
        }
        Ok(answer)
    }

    /// Something about `key` has changed.
    pub async fn changed(&self, key: &K) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate(key).await;
    }

    /// Changes may have been missed.
    pub fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate_all();
    }
}
