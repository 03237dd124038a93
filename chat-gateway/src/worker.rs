//! Serves one socket: what its client asks, one after the other, until the connection ends.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use platform::Problem;
use serde::Serialize;
use socketioxide::{SendError, SocketError};
use tokio::sync::mpsc;

use crate::app::Gateway;
use crate::connection::{Connection, Ending};
use crate::frames::{Frame, Request, Socket, acknowledge};
use crate::people::Peer;
use crate::wire::{Ack, Closing, ClosingReason, Done, SessionRevoked, event};
use crate::{commands, measure, posts, presence, typing};

/// Between tries to tell a client that doesn't take anything that it is disconnected.
const BETWEEN_TRIES: Duration = Duration::from_millis(100);
/// After so many of them it has long missed its pings, and Engine.IO has closed the connection.
const TRIES: u32 = 600;
/// A flood is over when nothing came for so long.
const CALM: Duration = Duration::from_millis(200);
/// After so many times of looking for calm, the client may miss why it is disconnected.
const LOOKS_FOR_CALM: u32 = 25;

/// Serves `socket` until its connection ends, and then ends it.
pub(crate) async fn run(
    gateway: Arc<Gateway>,
    socket: Arc<Socket>,
    connection: Arc<Connection>,
    mut frames: mpsc::Receiver<Box<Frame>>,
) {
    let why = serve(&gateway, &socket, &connection, &mut frames).await;
    tracing::debug!(account.id = %connection.account(), socket.id = %socket.id, why = why.name(), "a connection ends");
    gateway.let_go(&connection);
    leave(&socket, &connection, why).await;
}

async fn serve(
    gateway: &Arc<Gateway>,
    socket: &Arc<Socket>,
    connection: &Arc<Connection>,
    frames: &mut mpsc::Receiver<Box<Frame>>,
) -> Ending {
    loop {
        let time_left = connection.time_left(gateway.clock.now());
        let frame = tokio::select! {
            biased;
            why = connection.ended() => return why,
            () = tokio::time::sleep(time_left) => {
                connection.end(Ending::Expired);
                continue;
            }
            frame = frames.recv() => frame,
        };
        // The connection holds the sending side, so there is always a next one to wait for.
        let Some(frame) = frame else {
            connection.end(Ending::Failed);
            continue;
        };
        // Boxed, so that a socket that asks for nothing holds no room for it.
        let mut work = Box::pin(work(gateway, socket, connection, frame));
        tokio::select! {
            () = &mut work => {}
            why = connection.ended() => {
                if why.waits_for_command() {
                    work.await;
                }
                return why;
            }
        }
    }
}

async fn work(gateway: &Arc<Gateway>, socket: &Arc<Socket>, connection: &Arc<Connection>, frame: Box<Frame>) {
    let Frame { request, ack } = *frame;
    let name = request.name();
    let claims = connection.claims();
    if request
        .watches()
        .is_some_and(|watched| connection.take_watch(watched))
    {
        let replaced = Problem::conflict("replaced", "A newer watch of this connection replaces this one.");
        return answer::<Done>(gateway, socket, connection, name, ack, Err(replaced));
    }
    match request {
        Request::Send(message) => {
            let result = commands::send(gateway, &claims, &message).await;
            answer(gateway, socket, connection, name, ack, result);
        }
        Request::Read(read) => {
            let result = commands::mark_read(gateway, &claims, &read).await;
            answer(gateway, socket, connection, name, ack, result);
        }
        Request::Typing(typing) => {
            let result = typing::relay(gateway, connection.account(), &typing).await;
            answer(gateway, socket, connection, name, ack, result);
        }
        Request::WatchPresence(watch) => {
            let peer = peer(socket, connection);
            let answer = |result| answer(gateway, socket, connection, name, ack, result);
            presence::watch(gateway, &peer, &watch.users, answer).await;
        }
        Request::WatchPosts(watch) => {
            let result = posts::watch(gateway, &peer(socket, connection), &watch.posts).await;
            answer(gateway, socket, connection, name, ack, result);
        }
        Request::Refresh(refresh) => {
            let result = gateway
                .believe(&refresh.token)
                .and_then(|claims| connection.renew(claims))
                .map(|()| Done {});
            answer(gateway, socket, connection, name, ack, result);
        }
    }
}

fn peer(socket: &Arc<Socket>, connection: &Arc<Connection>) -> Peer {
    Peer {
        socket: Arc::clone(socket),
        connection: Arc::clone(connection),
    }
}

fn answer<T: Serialize>(
    gateway: &Gateway,
    socket: &Arc<Socket>,
    connection: &Connection,
    name: &'static str,
    ack: Option<i64>,
    result: Result<T, Problem>,
) {
    let answer = match result {
        Ok(done) => {
            measure::command(name, "ok");
            Ack::Done(done)
        }
        Err(problem) => {
            measure::command(name, problem.code());
            gateway.audit_request(connection.account(), name, &problem);
            if matches!(
                problem.status(),
                StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY
            ) {
                connection.mistaken();
            }
            Ack::Refused(problem.logged())
        }
    };
    acknowledge(socket, connection, ack, &answer);
}

/// Tells the client why, and disconnects it from here.
async fn leave(socket: &Arc<Socket>, connection: &Connection, why: Ending) {
    let told = match why {
        Ending::Left => return,
        Ending::Revoked => {
            let revoked = || socket.emit(event::SESSION_REVOKED, &SessionRevoked {});
            when_there_is_room(socket, || revoked().map_err(send_error)).await
        }
        Ending::Expired => say(socket, ClosingReason::Expired).await,
        Ending::Slow => say(socket, ClosingReason::Slow).await,
        Ending::Flooding => {
            let told = say(socket, ClosingReason::Flooding).await;
            until_calm(connection).await;
            told
        }
        Ending::Draining => say(socket, ClosingReason::Draining).await,
        Ending::Failed => say(socket, ClosingReason::Failed).await,
    };
    if !told || !when_there_is_room(socket, || socket.clone().disconnect()).await {
        tracing::debug!(socket.id = %socket.id, why = why.name(), "a client was gone before it was told why");
    }
}

async fn say(socket: &Arc<Socket>, reason: ClosingReason) -> bool {
    let closing = || socket.emit(event::CLOSING, &Closing { reason });
    when_there_is_room(socket, || closing().map_err(send_error)).await
}

/// Lets what the client has sent already come in. A connection closed before that is reset, and a reset
/// takes away what the client hasn't read yet: why it was closed.
async fn until_calm(connection: &Connection) {
    let mut came = connection.belated();
    for _ in 0..LOOKS_FOR_CALM {
        tokio::time::sleep(CALM).await;
        let before = std::mem::replace(&mut came, connection.belated());
        if came == before {
            return;
        }
    }
}

fn send_error(error: SendError) -> SocketError {
    match error {
        SendError::Socket(error) => error,
        // Neither word can't be written as JSON.
        SendError::Serialize(_) => SocketError::Closed,
    }
}

/// Sends a last word when the client's buffer has room for it; says whether it could.
async fn when_there_is_room(socket: &Socket, send: impl Fn() -> Result<(), SocketError>) -> bool {
    for _ in 0..TRIES {
        match send() {
            Err(SocketError::InternalChannelFull) if socket.connected() => {
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            Err(SocketError::InternalChannelFull | SocketError::Closed) => return false,
            Ok(()) => return true,
        }
    }
    false
}
