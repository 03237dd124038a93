//! Going down without a crowd: clients are sent away one by one, and then the process ends.

use std::sync::Arc;
use std::time::Duration;

use socketioxide::SocketIo;
use tokio::time::Instant;

use crate::app::Gateway;
use crate::connection::Ending;

/// How often it is looked whether all have left.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Waits for the end and then sends clients away, at moments spread at random over `jitter`. Whoever is
/// still there at the deadline, `all` after the beginning, loses the connection.
pub(crate) async fn run(gateway: Arc<Gateway>, io: SocketIo, jitter: Duration, all: Duration) {
    gateway.shutdown.begun().await;
    let began = Instant::now();
    let mut connections: Vec<_> = gateway
        .people
        .all()
        .into_iter()
        .flat_map(|(_, peers)| peers.iter().cloned().collect::<Vec<_>>())
        .map(|peer| (began + jitter.mul_f64(fastrand::f64()), peer.connection))
        .collect();
    connections.sort_by_key(|(when, _)| *when);
    tracing::info!(connections = connections.len(), "sending clients away");
    for (when, connection) in connections {
        tokio::time::sleep_until(when).await;
        connection.end(Ending::Draining);
    }
    // Those who connected in the meantime are few.
    gateway.people.end_where(Ending::Draining, |_| true);
    let left = async {
        while gateway.slots.count() > 0 {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    if tokio::time::timeout_at(began + all, left).await.is_err() {
        tracing::warn!(
            connections = gateway.slots.count(),
            "cutting off clients that did not leave"
        );
    }
    io.close().await;
    gateway.tasks.close();
    gateway.tasks.wait().await;
    gateway.empty.cancel();
}
