//! What a gateway may not do itself: commands, handed to command-api over the bus.

use std::time::{Duration, Instant};

use async_nats::{HeaderMap, RequestErrorKind};
use chrono::{DateTime, Utc};
use events::{AccountId, Position, SessionId};
use platform::Problem;
use platform::token::Claims;
use platform::trace::TraceParent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::Gateway;
use crate::measure;
use crate::wire::{Done, MessageRead, MessageSend, MessageSent};

/// How long command-api may take. A client should wait a little longer than that.
const DEADLINE: Duration = Duration::from_secs(5);

/// Who asks, beside what is asked.
#[derive(Serialize)]
struct Envelope<T> {
    account: AccountId,
    session: SessionId,
    #[serde(flatten)]
    body: T,
}

#[derive(Deserialize)]
struct Reply {
    ok: bool,
    problem: Option<Problem>,
    id: Option<Uuid>,
    position: Option<Position>,
    at: Option<DateTime<Utc>>,
}

/// Sends a message for whom `claims` name.
pub(crate) async fn send(
    gateway: &Gateway,
    claims: &Claims,
    message: &MessageSend,
) -> Result<MessageSent, Problem> {
    let reply = ask(gateway, "message.send", claims, message).await?;
    match (reply.id, reply.position, reply.at) {
        (Some(id), Some(position), Some(at)) => Ok(MessageSent { id, position, at }),
        _ => Err(Problem::internal("the answer to message.send lacks something")),
    }
}

/// Marks a conversation as read for whom `claims` name.
pub(crate) async fn mark_read(
    gateway: &Gateway,
    claims: &Claims,
    read: &MessageRead,
) -> Result<Done, Problem> {
    ask(gateway, "message.read", claims, read).await?;
    Ok(Done {})
}

/// Asks any command-api, once. Where the outcome is unknown the client asks again: messages repeat by
/// their id, and a read mark never goes back.
async fn ask<T: Serialize>(
    gateway: &Gateway,
    name: &'static str,
    claims: &Claims,
    body: T,
) -> Result<Reply, Problem> {
    let envelope = Envelope {
        account: AccountId::from(claims.sub),
        session: SessionId::from(claims.sid),
        body,
    };
    let trace = TraceParent::begin();
    let mut headers = HeaderMap::new();
    headers.insert(events::header::TRACEPARENT, trace.as_str());
    let deadline = gateway.clock.now() + DEADLINE;
    headers.insert(events::header::DEADLINE, deadline.timestamp_millis().to_string());
    let request = async_nats::Request::new()
        .payload(serde_json::to_vec(&envelope).map_err(Problem::internal)?.into())
        .headers(headers)
        .timeout(Some(DEADLINE));
    let began = Instant::now();
    let answer = gateway
        .store
        .client()
        .send_request(gateway.store.namespace().command(name), request)
        .await;
    measure::command_took(name, began.elapsed());
    let answer = answer.map_err(|error| {
        let problem = match error.kind() {
            RequestErrorKind::TimedOut => Problem::unavailable(
                "timed-out",
                "This took too long and may have been done or not; try again.",
                Duration::from_secs(1),
            ),
            RequestErrorKind::MaxPayloadExceeded => Problem::too_large(platform::extract::BODY_LIMIT),
            RequestErrorKind::NoResponders | RequestErrorKind::InvalidSubject | RequestErrorKind::Other => {
                Problem::unavailable(
                    "unavailable",
                    "This can't be done at the moment; try again.",
                    Duration::from_secs(1),
                )
            }
        };
        problem.with_cause(error)
    })?;
    let reply: Reply = serde_json::from_slice(&answer.payload).map_err(Problem::internal)?;
    match reply {
        Reply { ok: true, .. } => Ok(reply),
        Reply {
            problem: Some(problem),
            ..
        } => Err(problem),
        Reply { problem: None, .. } => Err(Problem::internal("command-api refused without saying why")),
    }
}
