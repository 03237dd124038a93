//! Serves one socket: what its client asks, one after the other, until the connection ends.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use platform::Problem;
use serde::Serialize;
use socketioxide::SocketError;
use tokio::sync::mpsc;

use crate::app::Gateway;
use crate::connection::{Connection, Ending};
use crate::frames::{Frame, Request, Socket, acknowledge};
use crate::people::Peer;
use crate::wire::{Ack, Done, SessionRevoked, event};
use crate::{commands, measure, posts, presence, typing};

/// Between tries to tell a client that doesn't take anything that it is disconnected.
const BETWEEN_TRIES: Duration = Duration::from_millis(100);
/// After so many of them it has long missed its pings, and Engine.IO has closed the connection.
const TRIES: u32 = 600;

/// Serves `socket` until its connection ends, and then ends it.
pub(crate) async fn run(
    gateway: Arc<Gateway>,
    socket: Arc<Socket>,
    connection: Arc<Connection>,
    mut frames: mpsc::Receiver<Frame>,
) {
    let why = serve(&gateway, &socket, &connection, &mut frames).await;
    tracing::debug!(account.id = %connection.account(), socket.id = %socket.id, why = why.name(), "a connection ends");
    gateway.let_go(&connection);
    leave(&socket, why).await;
}

async fn serve(
    gateway: &Arc<Gateway>,
    socket: &Arc<Socket>,
    connection: &Arc<Connection>,
    frames: &mut mpsc::Receiver<Frame>,
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
        let work = work(gateway, socket, connection, frame);
        tokio::pin!(work);
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

async fn work(gateway: &Arc<Gateway>, socket: &Arc<Socket>, connection: &Arc<Connection>, frame: Frame) {
    let Frame { request, ack } = frame;
    let name = request.name();
    let claims = connection.claims();
    match request {
        Request::Send(message) => {
            let result = commands::send(gateway, &claims, &message).await;
            answer(socket, connection, name, ack, result);
        }
        Request::Read(read) => {
            let result = commands::mark_read(gateway, &claims, &read).await;
            answer(socket, connection, name, ack, result);
        }
        Request::Typing(typing) => {
            let result = typing::relay(gateway, connection.account(), &typing).await;
            answer(socket, connection, name, ack, result);
        }
        Request::WatchPresence(watch) => {
            let peer = peer(socket, connection);
            let answer = |result| answer(socket, connection, name, ack, result);
            presence::watch(gateway, &peer, &watch.users, answer).await;
        }
        Request::WatchPosts(watch) => {
            let result = posts::watch(gateway, &peer(socket, connection), &watch.posts).await;
            answer(socket, connection, name, ack, result);
        }
        Request::Refresh(refresh) => {
            let result = gateway
                .believe(&refresh.token)
                .and_then(|claims| connection.renew(claims))
                .map(|()| Done {});
            answer(socket, connection, name, ack, result);
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

/// Disconnects the client from here.
async fn leave(socket: &Arc<Socket>, why: Ending) {
    if why == Ending::Left {
        return;
    }
    if why == Ending::Revoked
        && let Err(error) = socket.emit(event::SESSION_REVOKED, &SessionRevoked {})
    {
        tracing::debug!(%error, socket.id = %socket.id, "a client is disconnected without being told why");
    }
    for _ in 0..TRIES {
        // Even the word that it is disconnected needs room in its buffer.
        match socket.clone().disconnect() {
            Err(SocketError::InternalChannelFull) if socket.connected() => {
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            Err(SocketError::InternalChannelFull | SocketError::Closed) | Ok(()) => return,
        }
    }
    tracing::warn!(socket.id = %socket.id, "a client can't even be disconnected");
}
