//! What the projector says: `progress.<projection>.<version>.<shard>` after each commit, `progress.changed` when
//! readers are to use another version, or events were parked.

use std::time::Duration;

use async_nats::{Client, Message};
use events::Namespace;
use futures::StreamExt;
use read_model::{PROJECTIONS, engine::Progress};

use super::Watermarks;

/// The pause before announcements are subscribed to again.
const PAUSE: Duration = Duration::from_millis(500);

/// Hears announcements for as long as it is polled.
pub(crate) async fn listen(watermarks: &Watermarks, client: &Client, namespace: &Namespace) {
    loop {
        if let Err(error) = hear(watermarks, client, namespace).await {
            tracing::error!(%error, "announcements of progress can't be heard; trying again");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Why announcements can't be heard.
#[derive(Debug, thiserror::Error)]
enum Deaf {
    #[error(transparent)]
    Subscribe(#[from] async_nats::SubscribeError),
    #[error(transparent)]
    Flush(#[from] async_nats::client::FlushError),
    #[error("the subscription ended")]
    Ended,
}

async fn hear(watermarks: &Watermarks, client: &Client, namespace: &Namespace) -> Result<(), Deaf> {
    let mut announcements = client.subscribe(namespace.all_progress()).await?;
    let mut changes = client.subscribe(namespace.projections_changed()).await?;
    client.flush().await?;
    // Checkpoints read before the subscription stood may be older than what it will bring.
    watermarks.missed_words();
    loop {
        tokio::select! {
            message = announcements.next() => {
                take(watermarks, namespace, &message.ok_or(Deaf::Ended)?);
            }
            change = changes.next() => {
                change.ok_or(Deaf::Ended)?;
                watermarks.missed_some();
            }
        }
    }
}

/// Notes an announcement. One of a projection that we don't know is of a newer projector.
fn take(watermarks: &Watermarks, namespace: &Namespace, message: &Message) {
    let Some((name, version, shard)) = place(namespace, &message.subject) else {
        tracing::warn!(subject = %message.subject, "not an announcement of progress");
        return;
    };
    let Some(projection) = PROJECTIONS.into_iter().find(|projection| projection.name == name) else {
        return;
    };
    match serde_json::from_slice::<Progress>(&message.payload) {
        Ok(progress) if progress.position.stream == projection.stream => {
            watermarks.hear(projection, (version, shard), &progress);
        }
        Ok(_) => tracing::warn!(projection.name = name, "announced a position in another stream"),
        Err(error) => tracing::warn!(projection.name = name, %error, "not an announcement of progress"),
    }
}

fn place<'a>(namespace: &Namespace, subject: &'a str) -> Option<(&'a str, u32, u32)> {
    let mut tokens = namespace.relative(subject)?.strip_prefix("progress.")?.split('.');
    let place = (
        tokens.next()?,
        tokens.next()?.parse().ok()?,
        tokens.next()?.parse().ok()?,
    );
    tokens.next().is_none().then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcements_subject_tells_whose_it_is() {
        let namespace: Namespace = "t1".parse().unwrap();
        let subject = namespace.progress("feed", 2, 3);
        assert_eq!(place(&namespace, &subject), Some(("feed", 2, 3)));
        for other in [
            "progress.feed.2.3",
            "t1.progress.feed.2",
            "t1.progress.feed.2.3.4",
            "t1.progress.feed.x.3",
        ] {
            assert_eq!(place(&namespace, other), None, "{other}");
        }
    }
}
