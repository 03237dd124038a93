//! Threads for work that takes a core for long: a bounded number, with a bounded queue before them.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// The queue is full; nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many images are being processed")]
pub struct Busy;

/// Why work came to no result.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The queue is full.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The work panicked.
    #[error("the work on an image panicked")]
    Panicked,
}

/// A bounded number of threads. Cheap to clone; all clones share the threads and the queue.
#[derive(Clone, Debug)]
pub struct Workers {
    threads: Arc<Semaphore>,
    /// One permit for each that works or waits.
    places: Arc<Semaphore>,
}

impl Workers {
    /// At most `threads` work at once while at most `queue` more wait.
    pub fn new(threads: usize, queue: usize) -> Self {
        Self {
            threads: Arc::new(Semaphore::new(threads)),
            places: Arc::new(Semaphore::new(threads + queue)),
        }
    }

    /// Whether there is a place, for who would rather not prepare in vain.
    pub fn is_busy(&self) -> bool {
        self.places.available_permits() == 0
    }

    /// Does `job` on a thread of its own.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkError> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Busy)?;
        // Nobody closes the semaphore.
        let thread = self.threads.clone().acquire_owned().await.map_err(|_| Busy)?;
        let running = tokio::task::spawn_blocking(move || {
            // Held until the work is done, even if the one who asked has gone away.
            let _held = (place, thread);
            job()
        });
        running.await.map_err(|_| WorkError::Panicked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn beyond_the_queue_nobody_waits() {
        let workers = Workers::new(1, 1);
        let (go, wait) = mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel();
        let first = tokio::spawn({
            let workers = workers.clone();
            async move {
                let job = move || {
                    let _ = started.send(());
                    wait.recv().unwrap();
                };
                workers.run(job).await
            }
        });
        has_started.await.unwrap();
        let mut second = Box::pin(workers.run(|| ()));
        assert!(futures::poll!(&mut second).is_pending(), "it waits in the queue");
        assert!(workers.is_busy());
        assert!(matches!(workers.run(|| ()).await, Err(WorkError::Busy(Busy))));
        go.send(()).unwrap();
        first.await.unwrap().unwrap();
        second.await.unwrap();
        assert!(workers.run(|| ()).await.is_ok(), "the places are free again");
    }

    #[tokio::test]
    async fn a_panic_ends_the_work_and_not_the_worker() {
        let workers = Workers::new(1, 0);
        assert!(matches!(
            workers.run(|| panic!("bad image")).await,
            Err(WorkError::Panicked)
        ));
        assert!(workers.run(|| ()).await.is_ok());
    }
}
