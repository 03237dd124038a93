//! Ending a process in order: one signal that everybody hears, and a list of those still to be awaited.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use tokio_util::task::TaskTracker;

/// Tells tasks to end and waits for them; clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
    tasks: TaskTracker,
}

impl Shutdown {
    /// One that only [`Shutdown::begin`] sets off.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that SIGTERM and Ctrl-C set off.
    pub fn on_signals() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = Self::new();
        let token = shutdown.token.clone();
        shutdown.tasks.spawn(async move {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
                () = token.cancelled() => return,
            };
            tracing::info!(signal = name, "ending");
            token.cancel();
        });
        Ok(shutdown)
    }

    /// One that ends with this one, or alone; its tasks are awaited with this one's.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            token: self.token.child_token(),
            tasks: self.tasks.clone(),
        }
    }

    /// Asks everybody to end.
    pub fn begin(&self) {
        self.token.cancel();
    }

    /// Whether the end has been asked for.
    pub fn has_begun(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until the end is asked for.
    pub fn begun(&self) -> WaitForCancellationFuture<'_> {
        self.token.cancelled()
    }

    /// The signal itself, for libraries that take a token.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Runs `task` beside everything else. It is awaited at the end; if it panics, the process ends in order
    /// rather than live on without it.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let token = self.token.clone();
        // A task of its own, so that a panic in it arrives here as a value.
        let inner = tokio::spawn(task);
        self.tasks.spawn(async move {
            if let Err(error) = inner.await {
                tracing::error!(task.name = name, error = %error, "a task failed; ending");
                token.cancel();
            }
        });
    }

    /// Waits for all tasks, at most for `deadline`; says whether all have ended.
    pub async fn wait(&self, deadline: Duration) -> bool {
        self.tasks.close();
        tokio::time::timeout(deadline, self.tasks.wait()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_task_is_awaited() {
        let shutdown = Shutdown::new();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let hears = shutdown.clone();
        shutdown.spawn("hearer", async move {
            hears.begun().await;
            sender.send(()).expect("the test waits");
        });
        shutdown.begin();
        assert!(shutdown.wait(Duration::from_secs(5)).await);
        receiver.await.unwrap();
    }

    #[test]
    fn a_child_ends_alone_or_with_its_parent() {
        let parent = Shutdown::new();
        let (alone, together) = (parent.child(), parent.child());
        alone.begin();
        assert!(alone.has_begun() && !parent.has_begun() && !together.has_begun());
        parent.begin();
        assert!(together.has_begun());
    }

    #[tokio::test]
    async fn a_task_that_panics_ends_the_process_in_order() {
        let shutdown = Shutdown::new();
        shutdown.spawn("unlucky", async { panic!("on purpose") });
        shutdown.begun().await;
        assert!(shutdown.wait(Duration::from_secs(5)).await);
    }

    #[tokio::test]
    async fn a_task_that_never_ends_is_not_awaited_for_ever() {
        let shutdown = Shutdown::new();
        shutdown.spawn("stubborn", std::future::pending());
        assert!(!shutdown.wait(Duration::from_millis(10)).await);
    }
}
