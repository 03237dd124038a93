//! What decides about other aggregates' commands, remembered for a moment: a post that is liked, two people who write
//! to each other.
//!
//! Looking is all that is done with it. What a command changes is loaded anew and checked by the append; a refusal is
//! checked with the stream's leader. Each change is heard as soon as it is stored, and an instance's own at once, so
//! what is remembered is no older than what a replica might answer. Where changes can't be heard nothing is remembered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_nats::{Client, Subscriber};
use events::{EventStore, History, LoadError, Namespace, Remembered, Scope, Subject};
use futures::{StreamExt, stream::select_all};
use platform::shutdown::Shutdown;

/// The aggregates that are looked at by commands about others.
const LOOKED_AT: [&str; 2] = ["post", "friendship"];
/// How many are remembered, at a few hundred bytes each, and of a long post up to 200 KiB.
const MOST: u64 = 5_000;
/// How long, should the word of a change be lost.
const LONGEST: Duration = Duration::from_secs(5);

/// Remembers histories; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Aggregates(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    histories: Remembered<String, Arc<History>>,
    subscribed: AtomicBool,
    connected: AtomicBool,
}

impl Aggregates {
    /// Remembers nothing before it hears of changes.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            histories: Remembered::new(MOST, LONGEST),
            subscribed: AtomicBool::new(false),
            connected: AtomicBool::new(false),
        }))
    }

    /// An aggregate's history as it was a moment ago.
    pub(crate) async fn history(&self, store: &EventStore, scope: &Scope) -> Result<Arc<History>, LoadError> {
        let load = async { store.history(scope).await.map(Arc::new) };
        if self.hears() && LOOKED_AT.contains(&scope.aggregate()) {
            self.0
                .histories
                .get(&key(scope.aggregate(), scope.id()), load)
                .await
        } else {
            load.await
        }
    }

    /// The aggregate has changed, or what is remembered of it led to a wrong refusal.
    pub(crate) async fn changed(&self, scope: &Scope) {
        if LOOKED_AT.contains(&scope.aggregate()) {
            self.0
                .histories
                .changed(&key(scope.aggregate(), scope.id()))
                .await;
        }
    }

    /// The connection stands again, or doesn't any more.
    pub(crate) fn connection(&self, connected: bool) {
        self.0.connected.store(connected, Ordering::SeqCst);
        self.0.histories.forget_all();
    }

    /// Changes may have been missed.
    pub(crate) fn forget_all(&self) {
        self.0.histories.forget_all();
    }

    fn hears(&self) -> bool {
        self.0.subscribed.load(Ordering::SeqCst) && self.0.connected.load(Ordering::SeqCst)
    }

    /// Hears of changes from now on, until the end.
    ///
    /// # Errors
    ///
    /// If nothing can be subscribed to.
    pub(crate) async fn listen(
        &self,
        client: &Client,
        namespace: &Namespace,
        shutdown: &Shutdown,
    ) -> Result<(), async_nats::SubscribeError> {
        let mut changes: Vec<Subscriber> = Vec::new();
        for aggregate in LOOKED_AT {
            let subject = namespace.absolute(&format!("live.evt.*.{aggregate}.>"));
            changes.push(client.subscribe(subject).await?);
        }
        if let Err(error) = client.flush().await {
            // Until it is known that the server hears us nothing is remembered.
            tracing::warn!(%error, "changes of aggregates may go unheard");
            return Ok(());
        }
        self.0.subscribed.store(true, Ordering::SeqCst);
        let (aggregates, namespace, end) = (self.clone(), namespace.clone(), shutdown.clone());
        shutdown.spawn("aggregates", async move {
            let mut changes = select_all(changes);
            loop {
                let change = tokio::select! {
                    change = changes.next() => change,
                    () = end.begun() => None,
                };
                let Some(change) = change else {
                    aggregates.0.subscribed.store(false, Ordering::SeqCst);
                    aggregates.forget_all();
                    return;
                };
                let subject = namespace
                    .stored_from_live(&change.subject)
                    .and_then(Subject::parse);
                match subject {
                    Some(subject) => {
                        let key = key(&subject.aggregate, &subject.id);
                        aggregates.0.histories.changed(&key).await;
                    }
                    None => aggregates.forget_all(),
                }
            }
        });
        Ok(())
    }
}

fn key(aggregate: &str, id: &str) -> String {
    format!("{aggregate}.{id}")
}
