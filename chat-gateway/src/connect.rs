//! Letting sockets in.
//!
//! The client is answered as soon as the middleware has passed, before the connect handler runs, and may
//! send events at once: so all that takes events is in place when the middleware ends.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use platform::Problem;
use socketioxide::SocketIo;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::TryData;
use socketioxide::handler::{ConnectHandler, FromConnectParts};
use socketioxide_core::Value;

use crate::app::Gateway;
use crate::connection::{Connection, Ending, identity};
use crate::frames::{Intake, Socket};
use crate::network::Network;
use crate::people::{Attached, Peer};
use crate::wire::Auth;
use crate::{measure, person, worker};

/// The problem for which a client isn't let in, as JSON. The library sends it as the `message` of `connect_error`, and
/// [`crate::link`] and [`crate::polls`] make of it a short message with the problem as `data`.
struct Refusal(Problem);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

/// The socket itself; the library's own extractor hides what [`Intake`] and acknowledgements need.
struct Raw(Arc<Socket>);

impl FromConnectParts<LocalAdapter> for Raw {
    type Error = Infallible;

    fn from_connect_parts(socket: &Arc<Socket>, _auth: &Option<Value>) -> Result<Self, Infallible> {
        Ok(Self(Arc::clone(socket)))
    }
}

/// Lets the clients of `io` in.
pub(crate) fn listen(gateway: &Arc<Gateway>, io: &SocketIo) {
    let at_the_door = Arc::clone(gateway);
    let middleware = async move |Raw(socket): Raw, TryData(auth): TryData<Auth>| {
        // What isn't of the expected form holds no token.
        admit(&at_the_door, &socket, auth.unwrap_or_default()).map_err(|problem| {
            measure::refused(problem.code());
            at_the_door.audit_connect(&socket, &problem);
            Refusal(problem.logged())
        })
    };
    let inside = Arc::clone(gateway);
    let handler = async move |Raw(socket): Raw| enter(&inside, socket);
    io.ns("/", handler.with(middleware));
}

/// Checks who it is, and puts everything in place.
fn admit(gateway: &Arc<Gateway>, socket: &Arc<Socket>, auth: Auth) -> Result<(), Problem> {
    if gateway.shutdown.has_begun() {
        let wait = Duration::from_secs(1);
        return Err(Problem::unavailable(
            "draining",
            "This server is going down; connect again.",
            wait,
        ));
    }
    let token = auth
        .token
        .ok_or_else(|| Problem::unauthorized("missing-token", "This needs an access token."))?;
    let claims = gateway.believe(&token)?;
    let (account, _, _) = identity(&claims);
    let address = gateway.address_header.address(socket.req_parts());
    let slot = gateway.slots.take(account, address.map(Network::from))?;
    let connection = Connection::new(claims, slot, &gateway.limits);
    socket.extensions.insert(Arc::clone(&connection));
    socket.on_fallback(Intake(Arc::clone(&connection)));
    let left = Arc::clone(gateway);
    socket.on_disconnect(move || {
        connection.end(Ending::Left);
        left.let_go(&connection);
        std::future::ready(())
    });
    Ok(())
}

/// Takes in a socket whose client has been answered.
fn enter(gateway: &Arc<Gateway>, socket: Arc<Socket>) {
    let connection = socket.extensions.get::<Arc<Connection>>();
    let Some((connection, frames)) =
        connection.and_then(|connection| connection.frames().map(|frames| (connection, frames)))
    else {
        return;
    };
    let account = connection.account();
    tracing::debug!(account.id = %account, socket.id = %socket.id, transport = ?socket.transport_type(), "connected");
    let peer = Peer {
        socket: Arc::clone(&socket),
        connection: Arc::clone(&connection),
    };
    match gateway.people.attach(account, peer) {
        Attached::First(which, ended) => {
            gateway.presence.changed(account);
            gateway
                .tasks
                .spawn(person::run(Arc::clone(gateway), account, which, ended));
        }
        Attached::Subscribed => gateway.welcomes.socket(account, socket.id),
        // The person's task welcomes all sockets that it finds once it is subscribed.
        Attached::Subscribing | Attached::Late => {}
    }
    // A revocation that came after the token was checked found no socket to close.
    if let Err(problem) = gateway.check_revoked(&connection.claims()) {
        tracing::debug!(problem.code = problem.code(), "revoked while connecting");
        connection.end(Ending::Revoked);
    }
    gateway
        .tasks
        .spawn(worker::run(Arc::clone(gateway), socket, connection, frames));
}
