//! One connected person: one set of subscriptions, however many sockets, and one task that hands on what
//! they bring, in its order.

use std::sync::Arc;
use std::time::Duration;

use async_nats::{Message, Subscriber};
use events::AccountId;
use futures::StreamExt;
use futures::stream::{Select, select};
use tokio_util::sync::CancellationToken;

use crate::app::Gateway;
use crate::connection::Ending;
use crate::people::{Peer, Stay};
use crate::wire::{FeedNew, NotificationNew, event};
use crate::{live, measure, notices, typing};

/// A new subscription may take this long to be known to all servers of a cluster. What was missed until
/// then is made up for by a second welcome.
pub(crate) const SPREAD: Duration = Duration::from_secs(3);
/// The pause before the next try where subscribing fails, which only a closing client makes it do.
const BETWEEN_TRIES: Duration = Duration::from_millis(200);
/// Subscriptions per person. Each costs 6 KiB: room for 32 messages, which the client library takes at once.
const SUBSCRIPTIONS: u32 = 3;

/// What brings a person's events. Dropping it unsubscribes.
struct Feed {
    /// A conversation's events come by exactly one of the two, so each conversation stays in order.
    live: Select<Subscriber, Subscriber>,
    /// What is never stored, or only announced.
    passing: Subscriber,
}

impl Feed {
    async fn open(gateway: &Gateway, account: AccountId) -> Result<Self, async_nats::Error> {
        let client = gateway.store.client();
        let namespace = gateway.store.namespace();
        let [as_lower, as_higher] = namespace.live_dm(account);
        let live = select(
            client.subscribe(as_lower).await?,
            client.subscribe(as_higher).await?,
        );
        let passing = client.subscribe(namespace.announced_to(account)).await?;
        client.flush().await?;
        measure::subscribed(SUBSCRIPTIONS);
        Ok(Self { live, passing })
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        measure::unsubscribed(SUBSCRIPTIONS);
    }
}

/// Sees to it that nobody stays connected without being served, should the task end by a panic.
struct Unserved<'a> {
    gateway: &'a Gateway,
    account: AccountId,
    stay: Stay,
}

impl Drop for Unserved<'_> {
    fn drop(&mut self) {
        for peer in self.gateway.people.during(self.account, self.stay).iter() {
            peer.connection.end(Ending::Failed);
        }
    }
}

/// Brings `account` its events until `ended`.
pub(crate) async fn run(gateway: Arc<Gateway>, account: AccountId, stay: Stay, ended: CancellationToken) {
    let _unserved = Unserved {
        gateway: &gateway,
        account,
        stay,
    };
    // Boxed, as what is below, so that somebody who gets nothing holds no room for it.
    let mut feed = tokio::select! {
        feed = Box::pin(open(&gateway, account)) => feed,
        () = ended.cancelled() => return,
    };
    gateway.people.subscribed(account, stay);
    gateway.welcomes.person(account);
    let spread = tokio::time::sleep(SPREAD);
    tokio::pin!(spread);
    let mut everywhere = false;
    loop {
        tokio::select! {
            () = ended.cancelled() => return,
            () = &mut spread, if !everywhere => {
                everywhere = true;
                gateway.welcomes.person(account);
            }
            message = feed.live.next() => match message {
                Some(message) => Box::pin(deliver(&gateway, account, stay, message)).await,
                None => return,
            },
            message = feed.passing.next() => match message {
                Some(message) => pass_on(&gateway.people.during(account, stay), &message),
                None => return,
            },
        }
    }
}

async fn open(gateway: &Gateway, account: AccountId) -> Feed {
    loop {
        match Feed::open(gateway, account).await {
            Ok(feed) => return feed,
            Err(error) => {
                tracing::warn!(account.id = %account, %error, "can't subscribe");
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
        }
    }
}

/// Hands on what no position stands behind.
fn pass_on(peers: &[Peer], message: &Message) {
    match message.subject.rsplit('.').next() {
        Some(typing::TYPING) => typing::deliver(peers, message),
        Some(notices::NOTIFICATION) => {
            notices::deliver::<NotificationNew>(peers, event::NOTIFICATION_NEW, message);
        }
        Some(notices::FEED) => notices::deliver::<FeedNew>(peers, event::FEED_NEW, message),
        // Of a kind that newer services know.
        Some(_) | None => {}
    }
}

async fn deliver(gateway: &Gateway, account: AccountId, stay: Stay, message: Message) {
    let stored_at = live::stored_at(&message);
    match live::read(gateway, account, message).await {
        Ok(Some(event)) => {
            let peers = gateway.people.during(account, stay);
            let sent = peers.iter().filter(|peer| event.emit(peer)).count();
            measure::delivered(event.name(), sent);
            if let Some(took) = stored_at.and_then(|at| (gateway.clock.now() - at).to_std().ok()) {
                measure::delivery(took);
            }
        }
        Ok(None) => {}
        Err(error) => {
            tracing::error!(account.id = %account, %error, "a live event can't be read; its clients are told to sync");
            measure::undeliverable();
            gateway.welcomes.person(account);
        }
    }
}
