//! The people who are connected here, and their sockets.
//!
//! All changes happen under one lock: whoever attaches the first socket of a person begins the person's
//! task, whoever detaches the last one ends it, and two can't both be first or last.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use events::AccountId;
use tokio_util::sync::CancellationToken;

use crate::connection::{Connection, Ending};
use crate::frames::{self, Socket};
use crate::measure;

/// One socket of a person.
#[derive(Clone)]
pub(crate) struct Peer {
    /// The socket.
    pub(crate) socket: Arc<Socket>,
    /// What is known of it.
    pub(crate) connection: Arc<Connection>,
}

impl Peer {
    /// Sends the client an event; says whether it could.
    pub(crate) fn emit<T: serde::Serialize>(&self, name: &str, payload: &T) -> bool {
        frames::emit(&self.socket, &self.connection, name, payload)
    }
}

/// Tells a person's connected times apart: who leaves and comes back has a new task, and the old one,
/// still ending, must not deliver a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stay(u64);

/// What attaching a socket came to.
pub(crate) enum Attached {
    /// It is the person's first: their task has to begin, and goes on until told to end.
    First(Stay, CancellationToken),
    /// The person's task is subscribed already.
    Subscribed,
    /// The person's task is about to be.
    Subscribing,
    /// The connection has ended in the meantime; it was not attached.
    Late,
}

/// The people who are connected here.
#[derive(Default)]
pub(crate) struct People(Mutex<Held>);

#[derive(Default)]
struct Held {
    people: HashMap<AccountId, Person>,
    stays: u64,
}

struct Person {
    stay: Stay,
    /// Copied when it changes, so that nobody sends under the lock.
    peers: Arc<Vec<Peer>>,
    subscribed: bool,
    ended: CancellationToken,
}

impl People {
    /// Adds a socket of `account`.
    pub(crate) fn attach(&self, account: AccountId, peer: Peer) -> Attached {
        let mut held = self.held();
        // Who ends a connection detaches it afterwards: either it is seen here, or it is detached then.
        if peer.connection.ending().is_some() {
            return Attached::Late;
        }
        held.stays += 1;
        let stay = Stay(held.stays);
        match held.people.entry(account) {
            Entry::Occupied(mut person) => {
                let person = person.get_mut();
                Arc::make_mut(&mut person.peers).push(peer);
                if person.subscribed {
                    Attached::Subscribed
                } else {
                    Attached::Subscribing
                }
            }
            Entry::Vacant(place) => {
                let ended = CancellationToken::new();
                place.insert(Person {
                    stay,
                    peers: Arc::new(vec![peer]),
                    subscribed: false,
                    ended: ended.clone(),
                });
                measure::people(held.people.len());
                Attached::First(stay, ended)
            }
        }
    }

    /// Removes a connection of its person's, if it is there. Says whether it was the last. Not told by the socket's id: a client may leave
    /// and enter again on one transport, and then the new socket has the old one's id.
    pub(crate) fn detach(&self, connection: &Arc<Connection>) -> bool {
        let mut held = self.held();
        let Entry::Occupied(mut person) = held.people.entry(connection.account()) else {
            return false;
        };
        let is_it = |peer: &Peer| Arc::ptr_eq(&peer.connection, connection);
        let peers = &mut person.get_mut().peers;
        if peers.iter().any(is_it) {
            Arc::make_mut(peers).retain(|peer| !is_it(peer));
        }
        let was_last = peers.is_empty();
        if was_last {
            person.remove().ended.cancel();
            measure::people(held.people.len());
        }
        was_last
    }

    /// Notes that the person's task is subscribed: sockets that come from now on see to their welcome.
    pub(crate) fn subscribed(&self, account: AccountId, stay: Stay) {
        if let Some(person) = self.held().people.get_mut(&account)
            && person.stay == stay
        {
            person.subscribed = true;
        }
    }

    /// The person's sockets; none if they have left since, even if they are back.
    pub(crate) fn during(&self, account: AccountId, stay: Stay) -> Arc<Vec<Peer>> {
        let held = self.held();
        let person = held.people.get(&account).filter(|person| person.stay == stay);
        person.map_or_else(Arc::default, |person| Arc::clone(&person.peers))
    }

    /// The person's sockets now.
    pub(crate) fn of(&self, account: AccountId) -> Arc<Vec<Peer>> {
        let held = self.held();
        held.people
            .get(&account)
            .map_or_else(Arc::default, |person| Arc::clone(&person.peers))
    }

    /// Everybody's sockets.
    pub(crate) fn all(&self) -> Vec<(AccountId, Arc<Vec<Peer>>)> {
        let held = self.held();
        held.people
            .iter()
            .map(|(account, person)| (*account, Arc::clone(&person.peers)))
            .collect()
    }

    /// Ends every connection that `ends` names.
    pub(crate) fn end_where(&self, why: Ending, ends: impl Fn(&Connection) -> bool) {
        for (_, peers) in self.all() {
            for peer in peers.iter().filter(|peer| ends(&peer.connection)) {
                peer.connection.end(why);
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
