//! What clients send, understood or refused on the spot, and put in line.
//!
//! Socket.IO's handlers run as tasks beside each other; a client's messages must not. So all events of a
//! socket go through this one handler, which is called in the order in which they came, and from it into
//! one queue.

use std::sync::Arc;

use platform::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::{AckSender, Event, TryData};
use socketioxide::handler::{FromMessageParts, MessageHandler};
use socketioxide::{SendError, SocketError};
use socketioxide_core::Value;

use crate::connection::{Connection, Ending};
use crate::measure;
use crate::wire::{
    Ack, AuthRefresh, Done, MessageRead, MessageSend, PostWatch, PresenceWatch, Typing, event,
};

/// A Socket.IO socket of ours.
pub(crate) type Socket = socketioxide::socket::Socket<LocalAdapter>;

/// One event of a client, to be worked on.
#[derive(Debug)]
pub(crate) struct Frame {
    /// What it asks.
    pub(crate) request: Request,
    /// The number by which the client knows the acknowledgement, if it wants one.
    pub(crate) ack: Option<i64>,
}

/// What a client can ask.
#[derive(Debug)]
pub(crate) enum Request {
    /// See [`MessageSend`].
    Send(MessageSend),
    /// See [`MessageRead`].
    Read(MessageRead),
    /// See [`Typing`].
    Typing(Typing),
    /// See [`PresenceWatch`].
    WatchPresence(PresenceWatch),
    /// See [`PostWatch`].
    WatchPosts(PostWatch),
    /// See [`AuthRefresh`].
    Refresh(AuthRefresh),
}

/// Why an event isn't even looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unreadable {
    /// Nobody knows an event of this name.
    Name,
    /// What comes with it isn't what should.
    Payload,
}

/// A kind of thing that a socket watches one set of at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watched {
    /// Friends.
    People,
    /// Posts on screen.
    Posts,
}

impl Request {
    /// What it watches, if it does.
    pub(crate) fn watches(&self) -> Option<Watched> {
        match self {
            Self::WatchPresence(_) => Some(Watched::People),
            Self::WatchPosts(_) => Some(Watched::Posts),
            Self::Send(_) | Self::Read(_) | Self::Typing(_) | Self::Refresh(_) => None,
        }
    }

    /// The event's name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Send(_) => event::MESSAGE_SEND,
            Self::Read(_) => event::MESSAGE_READ,
            Self::Typing(_) => event::TYPING,
            Self::WatchPresence(_) => event::PRESENCE_WATCH,
            Self::WatchPosts(_) => event::POST_WATCH,
            Self::Refresh(_) => event::AUTH_REFRESH,
        }
    }

    fn read(name: &str, socket: &Arc<Socket>, payload: &mut Value) -> Result<Self, Unreadable> {
        match name {
            event::MESSAGE_SEND => parse(socket, payload).map(Self::Send),
            event::MESSAGE_READ => parse(socket, payload).map(Self::Read),
            event::TYPING => parse(socket, payload).map(Self::Typing),
            event::PRESENCE_WATCH => parse(socket, payload).map(Self::WatchPresence),
            event::POST_WATCH => parse(socket, payload).map(Self::WatchPosts),
            event::AUTH_REFRESH => parse(socket, payload).map(Self::Refresh),
            _ => Err(Unreadable::Name),
        }
    }
}

fn parse<T: DeserializeOwned>(socket: &Arc<Socket>, payload: &mut Value) -> Result<T, Unreadable> {
    match TryData::<T>::from_message_parts(socket, payload, &None) {
        Ok(TryData(Ok(request))) => Ok(request),
        Ok(TryData(Err(_))) => Err(Unreadable::Payload),
    }
}

impl From<Unreadable> for Problem {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Name => Self::bad_request("unknown-event", "There is no such event."),
            Unreadable::Payload => Self::bad_request(
                "unexpected-json",
                "The event's payload lacks something, or something in it is not of the expected type.",
            ),
        }
    }
}

/// Takes all events of one socket.
pub(crate) struct Intake(pub(crate) Arc<Connection>);

/// Tells [`Intake`] from the library's own kinds of handlers.
pub(crate) enum InOrder {}

impl MessageHandler<LocalAdapter, InOrder> for Intake {
    fn call(&self, socket: Arc<Socket>, mut payload: Value, ack: Option<i64>) {
        let Self(connection) = self;
        if connection.ending().is_some() {
            connection.passed_over();
            return;
        }
        let name = match Event::from_message_parts(&socket, &mut payload, &ack) {
            Ok(Event(name)) => name,
            Err(_) => String::new(),
        };
        let request = Request::read(&name, &socket, &mut payload);
        let (name, taken) = match request {
            Ok(request) => (request.name(), connection.enqueue(Frame { request, ack })),
            Err(unreadable) => ("unreadable", Err(unreadable.into())),
        };
        if let Err(problem) = taken {
            measure::command(name, problem.code());
            connection.mistaken();
            acknowledge(&socket, connection, ack, &Ack::<Done>::Refused(problem));
        }
    }
}

/// Answers the client, if it asked for an answer. One that can't be sent ends the connection: the client
/// asks again on its next one, where that does no harm.
pub(crate) fn acknowledge<T: Serialize>(
    socket: &Arc<Socket>,
    connection: &Connection,
    ack: Option<i64>,
    answer: &Ack<T>,
) {
    let mut nothing = Value::Str(socketioxide_core::Str::from(""), None);
    let Ok(sender) = AckSender::<LocalAdapter>::from_message_parts(socket, &mut nothing, &ack);
    sent(connection, sender.send(answer));
}

/// Sends the client an event; one that can't be sent ends the connection. Says whether it was sent.
pub(crate) fn emit<T: Serialize>(socket: &Socket, connection: &Connection, name: &str, payload: &T) -> bool {
    // After one event that it couldn't take it must not get a later one: it would see a gap.
    if connection.ending().is_some() {
        return false;
    }
    sent(connection, socket.emit(name, payload))
}

fn sent(connection: &Connection, result: Result<(), SendError>) -> bool {
    match result {
        Ok(()) => return true,
        Err(SendError::Socket(SocketError::InternalChannelFull)) => connection.end(Ending::Slow),
        Err(SendError::Socket(SocketError::Closed)) => connection.end(Ending::Left),
        Err(SendError::Serialize(error)) => {
            tracing::error!(%error, "an event can't be written as JSON");
            connection.end(Ending::Failed);
        }
    }
    false
}
