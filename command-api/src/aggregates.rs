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
use events::{Event, EventStore, History, LoadError, Namespace, RawEvent, Remembered, Scope, Subject};
use futures::{StreamExt, stream::select_all};
use platform::shutdown::Shutdown;

use crate::reactions::Reactions;

/// The aggregates that are looked at by commands about others.
const LOOKED_AT: [&str; 2] = ["post", "friendship"];
/// What people do to posts, of which the last is remembered, not the history.
const REACTION: &str = "reaction";
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
    reactions: Reactions,
    subscribed: AtomicBool,
    connected: AtomicBool,
}

impl Aggregates {
    /// Remembers no history before it hears of changes, and so many reactions.
    pub(crate) fn new(reactions: u64) -> Self {
        Self(Arc::new(Inner {
            histories: Remembered::new(MOST, LONGEST),
            reactions: Reactions::new(reactions),
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

    /// What people last did to posts.
    pub(crate) fn reactions(&self) -> &Reactions {
        &self.0.reactions
    }

    /// The connection stands again, or doesn't any more.
    pub(crate) fn connection(&self, connected: bool) {
        self.0.connected.store(connected, Ordering::SeqCst);
        self.forget_all();
    }

    /// Changes may have been missed.
    pub(crate) fn forget_all(&self) {
        self.0.histories.forget_all();
        self.0.reactions.forget_all();
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
        for aggregate in LOOKED_AT.into_iter().chain([REACTION]) {
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
                aggregates.heard(&namespace, change).await;
            }
        });
        Ok(())
    }
}

impl Aggregates {
    /// Takes in what was stored.
    async fn heard(&self, namespace: &Namespace, change: async_nats::Message) {
        let subject = namespace
            .stored_from_live(&change.subject)
            .and_then(Subject::parse);
        match subject {
            Some(subject) if subject.aggregate == REACTION => {
                let recorded = RawEvent::from_live(namespace, change).and_then(|raw| raw.decode(None));
                match recorded.map(|recorded| (recorded.event, recorded.position)) {
                    Ok((Event::Reaction(event), at)) => self.0.reactions.heard(&event, at.sequence),
                    Ok(_) | Err(_) => self.0.reactions.forget_all(),
                }
            }
            Some(subject) => {
                let key = key(&subject.aggregate, &subject.id);
                self.0.histories.changed(&key).await;
            }
            None => self.forget_all(),
        }
    }
}

fn key(aggregate: &str, id: &str) -> String {
    format!("{aggregate}.{id}")
}
