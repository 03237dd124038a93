//! What waits to be worked on by one task: each thing once, however often it is added.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Things that wait for a task.
pub(crate) struct Pending<T> {
    things: Mutex<HashSet<T>>,
    more: Notify,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self {
            things: Mutex::default(),
            more: Notify::new(),
        }
    }
}

impl<T: Eq + Hash> Pending<T> {
    /// Adds some things.
    pub(crate) fn add(&self, things: impl IntoIterator<Item = T>) {
        let mut held = self.things();
        held.extend(things);
        if !held.is_empty() {
            self.more.notify_one();
        }
    }

    /// Waits until something may be there.
    pub(crate) async fn more(&self) {
        self.more.notified().await;
    }

    /// Takes all that is there.
    pub(crate) fn take(&self) -> HashSet<T> {
        std::mem::take(&mut *self.things())
    }

    fn things(&self) -> MutexGuard<'_, HashSet<T>> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
