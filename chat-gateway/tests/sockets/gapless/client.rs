//! A client without a screen that does what `frontend/src/lib/live` does: it syncs after each welcome and at
//! no other time, holds live events back until then, and sends each message under one id until it is
//! acknowledged. It also writes down whatever it should never see.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use events::{AccountId, Position};
use serde_json::{Value, json};
use testkit::socket::{Heard, Lost, Socket};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use super::sync::{Answer, Change, Message, Syncing};
use super::trouble::Doors;
use crate::world::{message_id, sequence};

/// The pause between two messages that a person writes.
const PACE: Duration = Duration::from_millis(400);
/// An acknowledgement that takes longer than this won't come; the gateway itself gives up after five seconds.
const ACK_TIMEOUT: Duration = Duration::from_secs(7);
/// The pause before another try, of whatever failed.
const BETWEEN_TRIES: Duration = Duration::from_millis(300);
/// So many messages wait at most; a person who sees nothing go out stops writing.
const OUTBOX: usize = 10;

/// What people are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// They write, read, and now and then their network breaks.
    Chatting,
    /// They go on, and nobody's network breaks: who misses something now, and isn't told so by a welcome,
    /// never gets it.
    Calm,
    /// They send what they have written, and nothing more.
    Finishing,
    /// They leave.
    Over,
}

/// What a client knows at the end, or now.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// All messages it was told of, by sender and id.
    pub(crate) messages: HashMap<(AccountId, String), Message>,
    /// Its own that were acknowledged: to whom, and the id and position that the server said.
    pub(crate) acknowledged: Vec<(AccountId, String, Position)>,
    /// How far it has read, of each friend.
    pub(crate) read_up_to: BTreeMap<AccountId, u64>,
    /// What should never happen.
    pub(crate) wrongs: Vec<String>,
    /// Whether nothing waits to be sent.
    pub(crate) outbox_is_empty: bool,
}

/// One person's client.
pub(crate) struct Client {
    pub(crate) me: AccountId,
    pub(crate) token: String,
    pub(crate) friends: Vec<AccountId>,
    pub(crate) doors: Arc<Doors>,
    pub(crate) syncing: Syncing,
    pub(crate) memory: Arc<Mutex<Memory>>,
    /// Decides what a person does next; from a seed, though the machine's pace makes each run another.
    pub(crate) chance: fastrand::Rng,
    pub(crate) state: State,
}

/// Where a client stands.
#[derive(Default)]
pub(crate) struct State {
    outbox: VecDeque<Outgoing>,
    written: u64,
    /// The number of the last event that wants an acknowledgement.
    number: u64,
    /// Up to here sync has brought everything.
    stored: u64,
    /// The position of the latest welcome.
    target: u64,
}

struct Outgoing {
    to: AccountId,
    id: String,
    text: String,
}

/// What holds for one connection.
struct Connected {
    /// From the connection or a welcome until its sync, live events wait.
    holding: bool,
    waiting: Vec<Message>,
    sync: Option<JoinHandle<Result<Answer, String>>>,
    sync_again: bool,
    retry_at: Option<Instant>,
    /// The message under way: the acknowledgement's number, and until when it is waited for.
    sending: Option<(u64, Instant)>,
    /// A read mark under way.
    reading: Option<(u64, AccountId, u64)>,
    /// The position of the last live message of each friend.
    last_live: HashMap<AccountId, u64>,
    seen_live: HashSet<u64>,
    /// After so many events the network breaks.
    breaks_after: u32,
}

impl Client {
    /// Lives until the phase is [`Phase::Over`].
    pub(crate) async fn live(mut self, mut phase: watch::Receiver<Phase>) {
        while *phase.borrow() != Phase::Over {
            let door = self.doors.any(&mut self.chance);
            match Socket::connect(&door, &self.token).await {
                Ok(socket) => {
                    // However it ends, the client connects again.
                    let _end: Lost = self.stay(socket, &mut phase).await;
                }
                Err(_) => tokio::time::sleep(BETWEEN_TRIES).await,
            }
        }
    }

    async fn stay(&mut self, mut socket: Socket, phase: &mut watch::Receiver<Phase>) -> Lost {
        let mut here = Connected {
            holding: true,
            waiting: Vec::new(),
            sync: None,
            sync_again: false,
            retry_at: None,
            sending: None,
            reading: None,
            last_live: HashMap::new(),
            seen_live: HashSet::new(),
            breaks_after: self.chance.u32(20..120),
        };
        let mut pace = tokio::time::interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let now = Instant::now();
            let next_try = here
                .sending
                .map(|(_, until)| until)
                .into_iter()
                .chain(here.retry_at)
                .min();
            let doing = *phase.borrow();
            tokio::select! {
                heard = socket.next() => match heard {
                    Ok(heard) => {
                        self.heard(&mut here, heard);
                        here.breaks_after = here.breaks_after.saturating_sub(1);
                        if here.breaks_after == 0 && doing == Phase::Chatting {
                            return Lost::Broken("the client's network".to_owned());
                        }
                    }
                    Err(lost) => return lost,
                },
                _ = pace.tick(), if matches!(doing, Phase::Chatting | Phase::Calm) => self.write(),
                () = tokio::time::sleep_until(next_try.unwrap_or(now)), if next_try.is_some() => {
                    if here.sending.is_some_and(|(_, until)| until <= Instant::now()) {
                        here.sending = None;
                    }
                    if here.retry_at.is_some_and(|at| at <= Instant::now()) {
                        here.retry_at = None;
                        self.sync(&mut here);
                    }
                }
                answer = finished(&mut here.sync), if here.sync.is_some() => self.synced(&mut here, answer),
                changed = phase.changed() => {
                    if changed.is_err() || *phase.borrow() == Phase::Over {
                        return Lost::Disconnected;
                    }
                }
            }
            if let Err(lost) = self.send(&mut socket, &mut here).await {
                return lost;
            }
        }
    }

    fn write(&mut self) {
        if self.state.outbox.len() >= OUTBOX {
            return;
        }
        let to = self.friends[self.chance.usize(..self.friends.len())];
        self.state.written += 1;
        self.state.outbox.push_back(Outgoing {
            to,
            id: message_id(),
            text: format!("{} of {}", self.state.written, self.me),
        });
        self.memory().outbox_is_empty = false;
    }

    /// Sends what waits: one message at a time, and now and then how far one has read.
    async fn send(&mut self, socket: &mut Socket, here: &mut Connected) -> Result<(), Lost> {
        if here.sending.is_none()
            && let Some(message) = self.state.outbox.front()
        {
            self.state.number += 1;
            here.sending = Some((self.state.number, Instant::now() + ACK_TIMEOUT));
            let payload = json!({ "to": message.to, "id": message.id, "text": message.text });
            socket
                .emit("message:send", &payload, Some(self.state.number))
                .await?;
        }
        if here.reading.is_none() && self.chance.u32(..20) == 0 {
            let friend = self.friends[self.chance.usize(..self.friends.len())];
            let (newest, read) = {
                let memory = self.memory();
                let of_friend = memory.messages.values().filter(|message| message.from == friend);
                let newest = of_friend.map(|message| message.position.sequence).max();
                (newest, memory.read_up_to.get(&friend).copied())
            };
            if let Some(newest) = newest.filter(|newest| Some(*newest) > read) {
                self.state.number += 1;
                here.reading = Some((self.state.number, friend, newest));
                let payload = json!({ "peer": friend, "up_to": format!("c{newest}") });
                socket
                    .emit("message:read", &payload, Some(self.state.number))
                    .await?;
            }
        }
        Ok(())
    }

    fn heard(&mut self, here: &mut Connected, heard: Heard) {
        match heard {
            Heard::Ack { number, answer } => self.answered(here, number, &answer),
            Heard::Event { name, payload } => match name.as_str() {
                "welcome" => {
                    self.state.target = self.state.target.max(sequence(&payload["position"]));
                    here.holding = true;
                    self.sync(here);
                }
                "message:new" => self.live_message(here, &payload),
                "message:read" => {
                    let reader: AccountId = serde_json::from_value(payload["reader"].clone()).unwrap();
                    let peer: AccountId = serde_json::from_value(payload["peer"].clone()).unwrap();
                    if reader == self.me {
                        self.has_read(peer, sequence(&payload["up_to"]));
                    }
                }
                _ => {}
            },
        }
    }

    fn answered(&mut self, here: &mut Connected, number: u64, answer: &Value) {
        if here.sending.is_some_and(|(sent, _)| sent == number) {
            here.sending = None;
            if answer["ok"] == json!(true) {
                if let Some(message) = self.state.outbox.pop_front() {
                    let position = serde_json::from_value(answer["position"].clone()).unwrap();
                    let mut memory = self.memory();
                    memory.acknowledged.push((message.to, message.id, position));
                    memory.outbox_is_empty = self.state.outbox.is_empty();
                }
            } else if answer["problem"]["status"].as_u64() < Some(429) {
                self.wrong(format!("a message was refused: {answer}"));
            } else {
                here.sending = Some((0, Instant::now() + BETWEEN_TRIES));
            }
        } else if let Some((_, friend, up_to)) = here.reading.take_if(|(sent, ..)| *sent == number)
            && answer["ok"] == json!(true)
        {
            self.has_read(friend, up_to);
        }
    }

    fn live_message(&mut self, here: &mut Connected, payload: &Value) {
        let message: Message = serde_json::from_value(payload["message"].clone()).unwrap();
        let (peer, position) = (message.peer(self.me), message.position.sequence);
        if !here.seen_live.insert(position) {
            self.wrong(format!("{position} came twice to one socket"));
        }
        let before = here.last_live.insert(peer, position);
        if before > Some(position) {
            self.wrong(format!("{position} came after {before:?}"));
        }
        if here.holding {
            here.waiting.push(message);
        } else {
            self.apply(message);
        }
    }

    fn sync(&mut self, here: &mut Connected) {
        if here.sync.is_some() {
            here.sync_again = true;
            return;
        }
        let (after, minimum) = (self.state.stored, self.state.target);
        here.sync = Some(tokio::spawn(self.syncing.clone().fetch(after, minimum)));
    }

    fn synced(&mut self, here: &mut Connected, answer: Result<Answer, String>) {
        match answer {
            Ok(answer) => {
                self.state.stored = answer.position;
                for change in answer.changes {
                    match change {
                        Change::Message(message) => self.apply(message),
                        Change::Read { peer, up_to } => self.has_read(peer, up_to),
                    }
                }
                if here.sync_again {
                    here.sync_again = false;
                    return self.sync(here);
                }
                if answer.reached {
                    here.holding = false;
                } else {
                    here.retry_at = Some(Instant::now() + BETWEEN_TRIES);
                }
            }
            Err(_) => here.retry_at = Some(Instant::now() + BETWEEN_TRIES),
        }
        // What came live is true, however far sync is.
        for message in std::mem::take(&mut here.waiting) {
            self.apply(message);
        }
    }

    fn apply(&mut self, message: Message) {
        let key = (message.from, message.id.clone());
        let mut memory = self.memory();
        if let Some(held) = memory.messages.get(&key) {
            if held != &message {
                let wrong = format!("one id is two messages: {held:?} and {message:?}");
                memory.wrongs.push(wrong);
            }
            return;
        }
        memory.messages.insert(key, message);
    }

    fn has_read(&mut self, friend: AccountId, up_to: u64) {
        let mut memory = self.memory();
        let read = memory.read_up_to.entry(friend).or_default();
        *read = up_to.max(*read);
    }

    fn wrong(&self, what: String) {
        self.memory().wrongs.push(what);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }
}

async fn finished(sync: &mut Option<JoinHandle<Result<Answer, String>>>) -> Result<Answer, String> {
    let Some(task) = sync.as_mut() else {
        return std::future::pending().await;
    };
    let answer = task.await.map_err(|error| error.to_string()).flatten();
    *sync = None;
    answer
}
