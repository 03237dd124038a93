//! Closing the sockets of sessions that are over.

use std::sync::Arc;
use std::time::Duration;

use events::Revocation;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::watch;

use crate::app::Gateway;
use crate::connection::Ending;

/// The pause before the streams are read again where that failed.
const BETWEEN_TRIES: Duration = Duration::from_millis(500);

/// Ends what each revocation ends, until the last socket has left.
pub(crate) async fn follow(gateway: Arc<Gateway>, mut heard: broadcast::Receiver<Revocation>) {
    loop {
        let revocation = tokio::select! {
            () = gateway.empty.cancelled() => return,
            revocation = heard.recv() => revocation,
        };
        match revocation {
            Ok(revocation) => gateway
                .people
                .end_where(Ending::Revoked, |connection| connection.is_ended_by(revocation)),
            Err(RecvError::Lagged(_)) => end_all_revoked(&gateway),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Looks for what was missed during each break, until the last socket has left.
pub(crate) async fn after_breaks(gateway: Arc<Gateway>, mut breaks: watch::Receiver<u64>) {
    loop {
        tokio::select! {
            () = gateway.empty.cancelled() => return,
            changed = breaks.changed() => {
                if changed.is_err() {
                    return;
                }
            }
        }
        let seed = async {
            while let Err(error) = gateway.reseed_revocations().await {
                tracing::warn!(%error, "can't read the revocations; trying again");
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
        };
        tokio::select! {
            () = gateway.empty.cancelled() => return,
            () = seed => end_all_revoked(&gateway),
        }
    }
}

fn end_all_revoked(gateway: &Gateway) {
    gateway.people.end_where(Ending::Revoked, |connection| {
        gateway.check_revoked(&connection.claims()).is_err()
    });
}
