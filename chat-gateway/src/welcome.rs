//! Telling clients up to where they are subscribed.
//!
//! A welcome's position is read from the stream's leader after the subscription was made: what comes later
//! is brought live, what came before is found by sync. Whoever asks while a position is being read waits
//! for the next one, since that one may be older than the subscription; one reading serves all who asked.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use events::{AccountId, LoadError, Position, Stream};
use platform::health::Component;
use socketioxide::socket::Sid;
use tokio::sync::{Notify, watch};

use crate::app::Gateway;
use crate::measure;
use crate::people::Peer;
use crate::person::SPREAD;
use crate::wire::{Welcome, event};

/// How long the leader may take; after a break the answer may never come.
const DEADLINE: Duration = Duration::from_secs(2);
/// The pause after a failed reading.
const BETWEEN_TRIES: Duration = Duration::from_millis(200);
/// When everybody is welcomed again, all of them sync: so many at once, and then a pause.
const AT_ONCE: usize = 100;
/// That pause: 5,000 people a second.
const BETWEEN_CROWDS: Duration = Duration::from_millis(20);

/// Who waits for a welcome.
#[derive(Default)]
pub(crate) struct Welcomes {
    waiting: Mutex<Waiting>,
    more: Notify,
}

#[derive(Default)]
struct Waiting {
    everybody: bool,
    people: HashSet<AccountId>,
    sockets: HashMap<Sid, AccountId>,
}

impl Welcomes {
    /// One socket of `account` wants a welcome.
    pub(crate) fn socket(&self, account: AccountId, socket: Sid) {
        self.waiting().sockets.insert(socket, account);
        self.more.notify_one();
    }

    /// All sockets of `account` want one.
    pub(crate) fn person(&self, account: AccountId) {
        self.waiting().people.insert(account);
        self.more.notify_one();
    }

    /// Everybody wants one: anything may have been missed.
    pub(crate) fn everybody(&self) {
        self.waiting().everybody = true;
        self.more.notify_one();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Waiting {
        std::mem::take(&mut *self.waiting())
    }
}

/// Welcomes whoever waits for it, until the process ends. Without the stream's position nobody can be, and
/// `stream` says so.
pub(crate) async fn run(gateway: Arc<Gateway>, stream: Component) {
    // Before anybody waits, to be ready only when the first one can be welcomed.
    gateway.welcomes.more.notify_one();
    loop {
        tokio::select! {
            () = gateway.shutdown.begun() => return,
            () = gateway.welcomes.more.notified() => {}
        }
        let waiting = gateway.welcomes.take();
        let position = tokio::select! {
            () = gateway.shutdown.begun() => return,
            position = read(&gateway, &stream) => position,
        };
        welcome(&gateway, &waiting, position).await;
    }
}

/// Asks for everybody's welcome after each break, and once more when subscriptions have spread again.
pub(crate) async fn after_breaks(gateway: Arc<Gateway>, mut breaks: watch::Receiver<u64>) {
    let mut spreading = false;
    loop {
        tokio::select! {
            () = gateway.shutdown.begun() => return,
            changed = breaks.changed() => {
                if changed.is_err() {
                    return;
                }
                spreading = true;
            }
            // Another break in the meantime begins this anew.
            () = tokio::time::sleep(SPREAD), if spreading => spreading = false,
        }
        gateway.welcomes.everybody();
    }
}

async fn read(gateway: &Gateway, stream: &Component) -> Position {
    loop {
        let reading = gateway.store.last_position(Stream::Chat);
        let result = tokio::time::timeout(DEADLINE, reading)
            .await
            .unwrap_or_else(|late| Err(LoadError::Unavailable(late.to_string())));
        match result {
            Ok(position) => {
                stream.ok();
                return position;
            }
            Err(error) => {
                stream.lacks("its last position can't be read");
                tracing::warn!(%error, "can't read the stream's last position; welcomes wait");
            }
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
}

async fn welcome(gateway: &Gateway, waiting: &Waiting, position: Position) {
    let greet = |account: AccountId, peer: &Peer| {
        let welcome = Welcome {
            account_id: account,
            position,
        };
        if peer.emit(event::WELCOME, &welcome) {
            measure::welcomed();
        }
    };
    for (socket, account) in &waiting.sockets {
        let peers = gateway.people.of(*account);
        if let Some(peer) = peers.iter().find(|peer| peer.socket.id == *socket) {
            greet(*account, peer);
        }
    }
    for account in &waiting.people {
        for peer in gateway.people.of(*account).iter() {
            greet(*account, peer);
        }
    }
    if waiting.everybody {
        let everybody = gateway.people.all();
        for crowd in everybody.chunks(AT_ONCE) {
            for (account, peers) in crowd {
                for peer in peers.iter() {
                    greet(*account, peer);
                }
            }
            if everybody.len() > AT_ONCE {
                tokio::time::sleep(BETWEEN_CROWDS).await;
            }
        }
    }
}
