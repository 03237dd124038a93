//! Many clients in one process, a task each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use events::AccountId;
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use testkit::socket::{Heard, Lost, Socket};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::figures::{Delivery, Reconnection};
use crate::people::People;
use crate::servers::Echo;

/// How many connect at once; each is a handshake and an answer.
const AT_ONCE: usize = 64;
/// What hasn't come by then is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many reads are under way at once while everybody syncs.
const READS_AT_ONCE: usize = 64;

/// Many clients that are connected.
pub(crate) struct Crowd {
    members: Vec<Member>,
    clients: JoinSet<Client>,
    timings: Arc<Timings>,
}

struct Member {
    account: AccountId,
    orders: mpsc::Sender<Order>,
}

enum Order {
    /// Send a message to somebody.
    Send(AccountId, String),
    /// Give the client back.
    Stop,
}

/// A client that isn't connected.
struct Client {
    token: String,
}

/// When each message under way was sent, acknowledged and seen.
#[derive(Default)]
struct Timings(Mutex<HashMap<String, Timing>>);

#[derive(Clone, Copy)]
struct Timing {
    sent: Instant,
    acknowledged: Option<Instant>,
    seen: Option<Instant>,
}

impl Timings {
    fn note(&self, id: &str, set: impl FnOnce(&mut Timing)) {
        let mut timings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(timing) = timings.get_mut(id) {
            set(timing);
        }
    }

    fn begin(&self, id: &str) {
        let mut timings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let timing = Timing {
            sent: Instant::now(),
            acknowledged: None,
            seen: None,
        };
        timings.insert(id.to_owned(), timing);
    }

    fn take(&self) -> Vec<Timing> {
        let mut timings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *timings).into_values().collect()
    }

    fn all_seen(&self) -> bool {
        let timings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        timings
            .values()
            .all(|timing| timing.seen.is_some() && timing.acknowledged.is_some())
    }
}

impl Crowd {
    /// Connects the first `count` of `people`, and waits until each is welcomed.
    pub(crate) async fn connect(address: &str, people: &People, count: usize) -> Result<Self> {
        let timings = Arc::new(Timings::default());
        let mut sockets = stream::iter(0..count)
            .map(|n| async move {
                let socket = welcomed(address, &people.tokens[n]).await?;
                anyhow::Ok((n, socket))
            })
            .buffer_unordered(AT_ONCE);
        let mut members = Vec::with_capacity(count);
        let mut clients = JoinSet::new();
        while let Some(connected) = sockets.next().await {
            let (n, socket) = connected?;
            let (orders, given) = mpsc::channel(16);
            let client = Client {
                token: people.tokens[n].clone(),
            };
            let account = people.accounts[n];
            members.push((n, Member { account, orders }));
            clients.spawn(serve(client, account, socket, given, Arc::clone(&timings)));
        }
        members.sort_by_key(|(n, _)| *n);
        Ok(Self {
            members: members.into_iter().map(|(_, member)| member).collect(),
            clients,
            timings,
        })
    }

    /// Lets friends write to each other, so many messages a second, whether the earlier ones have come or not.
    pub(crate) async fn chat(&self, rate: u32, span: Duration) -> Result<Delivery> {
        self.timings.take();
        let began = tokio::time::Instant::now();
        let between = Duration::from_secs(1) / rate;
        let mut count = 0;
        while began.elapsed() < span {
            tokio::time::sleep_until(began + between * count).await;
            count += 1;
            let sender = fastrand::usize(..self.members.len() / 2 * 2);
            let friend = self.members[sender ^ 1].account;
            let order = Order::Send(friend, platform::id::random().to_string());
            match self.members[sender].orders.try_send(order) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => bail!("a client has more to send than it can"),
                Err(TrySendError::Closed(_)) => bail!("a client lost its connection"),
            }
        }
        let all_seen = async {
            while !self.timings.all_seen() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, all_seen).await.is_err() {
            bail!("some messages were lost");
        }
        let timings = self.timings.take();
        let spans = |span: fn(&Timing) -> Option<Duration>| timings.iter().filter_map(span).collect();
        Ok(Delivery::of(
            rate,
            spans(|timing| Some(timing.acknowledged? - timing.sent)),
            spans(|timing| Some(timing.seen?.saturating_duration_since(timing.acknowledged?))),
            spans(|timing| Some(timing.seen? - timing.sent)),
        ))
    }

    /// Kills the gateway under them, and lets all connect to another one and sync.
    pub(crate) async fn survive(mut self, echo: &mut Echo) -> Result<Reconnection> {
        let position = echo.system.store.last_position(events::Stream::Chat).await?;
        let began = Instant::now();
        echo.restart_gateway().await;
        let back_up = began.elapsed();
        for member in &self.members {
            // Most have noticed by themselves.
            drop(member.orders.try_send(Order::Stop));
        }
        let mut clients = Vec::new();
        while let Some(client) = self.clients.join_next().await {
            clients.push(client?);
        }
        let (address, url) = (
            echo.address(),
            format!("{}/v1/sync?after={position}", echo.query_url()),
        );
        let http = reqwest::Client::builder()
            .pool_max_idle_per_host(READS_AT_ONCE)
            .timeout(PATIENCE)
            .build()?;
        let reads = Arc::new(Semaphore::new(READS_AT_ONCE));
        let sockets = clients.len();
        let came = Instant::now();
        let mut comers = stream::iter(clients)
            .map(|client| {
                let (address, url, http, reads) = (&address, &url, &http, &reads);
                async move {
                    let socket = welcomed(address, &client.token).await?;
                    let _leave = reads.acquire().await?;
                    let answer = http
                        .get(url)
                        .bearer_auth(&client.token)
                        .header("echo-min-position", position.to_string())
                        .send()
                        .await?;
                    if !answer.status().is_success() {
                        bail!("sync answers {}", answer.status());
                    }
                    answer.bytes().await?;
                    anyhow::Ok(socket)
                }
            })
            .buffer_unordered(AT_ONCE * 4);
        // They stay, as they would.
        let mut stayed = Vec::with_capacity(sockets);
        while let Some(socket) = comers.next().await {
            stayed.push(socket?);
        }
        Ok(Reconnection {
            sockets,
            gateway: back_up,
            everybody: came.elapsed(),
        })
    }
}

async fn welcomed(address: &str, token: &str) -> Result<Socket> {
    let mut socket = Socket::connect(address, token).await?;
    let welcome = async {
        loop {
            match socket.next().await? {
                Heard::Event { name, .. } if name == "welcome" => return Ok::<_, Lost>(()),
                Heard::Event { .. } | Heard::Ack { .. } => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, welcome)
        .await
        .context("nobody welcomes the client")??;
    Ok(socket)
}

/// One client, until its connection is lost or it is told to stop.
async fn serve(
    client: Client,
    account: AccountId,
    mut socket: Socket,
    mut orders: mpsc::Receiver<Order>,
    timings: Arc<Timings>,
) -> Client {
    let mut sent: HashMap<u64, String> = HashMap::new();
    let mut number = 0;
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Send(to, id)) => {
                    number += 1;
                    let payload = json!({ "to": to, "id": id, "text": "How long does this take?" });
                    timings.begin(&id);
                    sent.insert(number, id);
                    if socket.emit("message:send", &payload, Some(number)).await.is_err() {
                        return client;
                    }
                }
                Some(Order::Stop) | None => return client,
            },
            heard = socket.next() => match heard {
                Ok(Heard::Ack { number, answer }) => {
                    if let Some(id) = sent.remove(&number)
                        && answer["ok"] == Value::Bool(true)
                    {
                        timings.note(&id, |timing| timing.acknowledged = Some(Instant::now()));
                    }
                }
                Ok(Heard::Event { name, payload }) if name == "message:new" => {
                    let message = &payload["message"];
                    if message["from"] != account.to_string()
                        && let Some(id) = message["id"].as_str()
                    {
                        timings.note(id, |timing| timing.seen = Some(Instant::now()));
                    }
                }
                Ok(Heard::Event { .. }) => {}
                Err(_) => return client,
            },
        }
    }
}
