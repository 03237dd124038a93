//! An engine inside the test's own process.

use std::sync::Arc;

use platform::{health::Readiness, shutdown::Shutdown};
use projector::{Engine, Projection, Settings};
use testkit::TestSystem;
use tokio::task::JoinHandle;

use crate::watch::database;

/// Ended by [`Running::stop`] or [`Running::die`].
pub(crate) struct Running {
    pub(crate) readiness: Readiness,
    shutdown: Shutdown,
    task: JoinHandle<()>,
}

impl Running {
    /// Runs projections on a test's system, writing into the database of this name.
    pub(crate) async fn start(
        system: &TestSystem,
        database_name: &str,
        projections: Vec<Arc<dyn Projection>>,
        settings: Settings,
    ) -> Self {
        let database = database(system, database_name).await;
        let (readiness, shutdown) = (Readiness::new(), Shutdown::new());
        let engine = Engine::new(
            system.store.clone(),
            database,
            settings,
            readiness.clone(),
            shutdown.clone(),
        );
        Self {
            readiness,
            shutdown,
            task: tokio::spawn(engine.run(projections)),
        }
    }

    /// Ends it in order.
    pub(crate) async fn stop(self) {
        self.shutdown.begin();
        self.task.await.expect("the engine ends well");
    }

    /// Ends it as if its process had died: nothing is released.
    pub(crate) async fn die(self) {
        self.task.abort();
        assert!(self.task.await.is_err_and(|error| error.is_cancelled()));
    }
}
