//! Commands that the chat gateways and the projector hand over on NATS, as request and reply.
//!
//! All instances share one queue group, so each command has one worker. A reply is `{ "ok": true, … }` or
//! `{ "ok": false, "problem": { … } }`; a gateway that gets none asks again, which is safe. A command whose sender has
//! stopped waiting is dropped, and one that would wait long is refused at once: after a break nobody's work is in the way
//! of those who wait now.

use std::sync::Arc;
use std::time::Duration;

use async_nats::{Message, SubscribeError, Subscriber};
use events::{AccountId, SessionId};
use futures::StreamExt;
use platform::Problem;
use platform::shutdown::Shutdown;
use platform::trace::TraceParent;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::handlers::{Caller, media, message};
use crate::measure::GATEWAY_COMMANDS;
use crate::routes::conversations::{Message as SentBody, ReadBody, SendBody};

/// The queue group, as the NATS permissions name it.
const GROUP: &str = "command-api";
/// Commands that may wait for each that is being handled. With more, who asked would have given up before their turn.
const WAITING_FOR_EACH: usize = 2;

/// Who sent the command, as the gateway has checked.
#[derive(Deserialize)]
struct Envelope<T> {
    account: AccountId,
    session: SessionId,
    #[serde(flatten)]
    body: T,
}

#[derive(Deserialize)]
struct Send {
    to: AccountId,
    #[serde(flatten)]
    body: SendBody,
}

#[derive(Deserialize)]
struct Read {
    peer: AccountId,
    #[serde(flatten)]
    body: ReadBody,
}

/// Pictures that nothing refers to, as the projector has found.
#[derive(Deserialize)]
struct Collect {
    pictures: Vec<media::Unused>,
}

#[derive(Clone, Copy)]
enum Command {
    Send,
    Read,
    Collect,
}

impl Command {
    const ALL: [Self; 3] = [Self::Send, Self::Read, Self::Collect];

    /// Its subject, after `cmd.`.
    fn name(self) -> &'static str {
        match self {
            Self::Send => "message.send",
            Self::Read => "message.read",
            Self::Collect => "media.collect",
        }
    }
}

/// Subscribes, and answers at most `concurrency` commands at once until the shutdown begins; those taken by then
/// are still answered.
pub(crate) async fn listen(app: &App, concurrency: usize, shutdown: &Shutdown) -> Result<(), SubscribeError> {
    let places = Places::new(concurrency);
    for command in Command::ALL {
        let name = command.name();
        let subject = app.store().namespace().command(name);
        let commands = app
            .store()
            .client()
            .queue_subscribe(subject, GROUP.to_owned())
            .await?;
        shutdown.spawn(
            name,
            work(app.clone(), command, commands, places.clone(), shutdown.clone()),
        );
    }
    Ok(())
}

/// Room for commands, of all kinds together. Cheap to clone.
#[derive(Clone)]
struct Places {
    handled: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Places {
    fn new(concurrency: usize) -> Self {
        Self {
            handled: Arc::new(Semaphore::new(concurrency)),
            waiting: Arc::new(Semaphore::new(concurrency * WAITING_FOR_EACH)),
        }
    }
}

async fn work(app: App, command: Command, mut commands: Subscriber, places: Places, shutdown: Shutdown) {
    let running = TaskTracker::new();
    let mut draining = false;
    loop {
        let next = tokio::select! {
            next = commands.next() => next,
            () = shutdown.begun(), if !draining => {
                draining = true;
                if let Err(error) = commands.drain().await {
                    tracing::warn!(%error, "the commands of the gateways can't be drained");
                    break;
                }
                continue;
            }
        };
        let Some(request) = next else { break };
        let app = app.clone();
        let Ok(waits) = places.waiting.clone().try_acquire_owned() else {
            running.spawn(async move { reply(&app, command, &request, Err(busy())).await });
            continue;
        };
        let handled = places.handled.clone();
        running.spawn(async move {
            // Never closed.
            let Ok(_place) = handled.acquire_owned().await else {
                return;
            };
            drop(waits);
            answer(&app, command, &request).await;
        });
    }
    running.close();
    running.wait().await;
}

/// The answer to a command for which there is no room.
fn busy() -> Problem {
    let wait = Duration::from_secs(1);
    Problem::unavailable("busy", "There is too much to do just now; try again.", wait)
}

/// Handles a command, unless whoever sent it waits no longer.
async fn answer(app: &App, command: Command, request: &Message) {
    if request.reply.is_none() {
        tracing::warn!(nats.subject = %request.subject, "a command that wants no answer is ignored");
        return;
    }
    if deadline(request).is_some_and(|deadline| deadline < app.clock().now().timestamp_millis()) {
        count(command, "late");
        return;
    }
    let trace = request
        .headers
        .as_ref()
        .and_then(|headers| headers.get("traceparent")?.as_str().parse().ok())
        .unwrap_or_else(TraceParent::begin);
    let outcome = match command {
        Command::Send => send(app, request, trace).await,
        Command::Read => read(app, request, trace).await,
        Command::Collect => collect(app, request, &trace).await,
    };
    reply(app, command, request, outcome).await;
}

/// Until when somebody waits for the answer, in milliseconds since 1970, where they have said so.
fn deadline(request: &Message) -> Option<i64> {
    let headers = request.headers.as_ref()?;
    headers.get(events::header::DEADLINE)?.as_str().parse().ok()
}

fn count(command: Command, outcome: &'static str) {
    metrics::counter!(GATEWAY_COMMANDS, "command" => command.name(), "outcome" => outcome).increment(1);
}

async fn reply(app: &App, command: Command, request: &Message, outcome: Result<Value, Problem>) {
    let Some(to) = request.reply.clone() else {
        return;
    };
    count(command, if outcome.is_ok() { "done" } else { "refused" });
    let answer = match outcome {
        Ok(mut answer) => {
            answer["ok"] = json!(true);
            answer
        }
        Err(problem) => json!({ "ok": false, "problem": problem.logged() }),
    };
    if let Err(error) = app.store().client().publish(to, answer.to_string().into()).await {
        tracing::warn!(%error, "a command's answer can't be sent");
    }
}

async fn send(app: &App, request: &Message, trace: TraceParent) -> Result<Value, Problem> {
    let Envelope {
        account,
        session,
        body,
    } = parse::<Envelope<Send>>(request)?;
    let caller = Caller {
        account,
        session,
        key: None,
        trace,
    };
    let (id, message) = body.body.check()?;
    let sent = message::send(app, &caller, body.to, id, message).await?;
    to_value(&SentBody::new(id, &sent))
}

async fn read(app: &App, request: &Message, trace: TraceParent) -> Result<Value, Problem> {
    let Envelope {
        account,
        session,
        body,
    } = parse::<Envelope<Read>>(request)?;
    let caller = Caller {
        account,
        session,
        key: None,
        trace,
    };
    let position = message::mark_read(app, &caller, body.peer, body.body.check()?).await?;
    Ok(json!({ "position": position }))
}

async fn collect(app: &App, request: &Message, trace: &TraceParent) -> Result<Value, Problem> {
    let Collect { pictures } = parse(request)?;
    let mut deleted = 0;
    for unused in pictures {
        deleted += u32::from(media::collect(app, unused, trace).await?);
    }
    Ok(json!({ "deleted": deleted }))
}

fn parse<T: DeserializeOwned>(request: &Message) -> Result<T, Problem> {
    serde_json::from_slice(&request.payload).map_err(|error| {
        Problem::bad_request("malformed-command", "The command can't be read.").with_cause(error)
    })
}

fn to_value(answer: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(answer).map_err(Problem::internal)
}
