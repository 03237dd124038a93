//! No gap, no double: people chat while everything around them breaks, and in the end every message is
//! everywhere exactly once.

mod client;
mod sync;
mod trouble;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use events::{AccountId, BatchLimits, Event, Stream, dm};
use serde_json::Value;
use testkit::{NatsServer, Service};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::client::{Client, Memory, Phase, State};
use self::sync::{Message, Syncing};
use self::trouble::{Doors, Gateway};
use crate::world::{Person, World};

/// How long it may take until something has come to pass, on a busy machine and with everything broken.
const PATIENCE: Duration = Duration::from_mins(2);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_has_every_message_once_whatever_breaks() {
    Box::pin(chat_through_everything(16, 1)).await;
}

mod long {
    /// The full size; each kind of trouble comes again.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_hundred_people_have_every_message_once_whatever_breaks() {
        Box::pin(super::chat_through_everything(200, 2)).await;
    }
}

/// Everything that runs, and everybody who chats.
struct Scene {
    nats: NatsServer,
    world: World,
    doors: Arc<Doors>,
    people: Vec<Person>,
    memories: Vec<Arc<Mutex<Memory>>>,
    syncing: Vec<Syncing>,
    phase: watch::Sender<Phase>,
    clients: JoinSet<()>,
    projector: Service,
    _services: [Service; 2],
}

async fn chat_through_everything(people: usize, times: usize) {
    let mut scene = Scene::set(people).await;
    let mut gateways = Vec::new();
    for _ in 0..3 {
        gateways.push(Gateway::start(&scene.world, &scene.nats, &scene.doors).await);
    }
    scene.begin();
    scene.goes_on("at first").await;
    for _ in 0..times {
        let [first, second, third] = gateways.try_into().ok().unwrap();
        let first = first.roll(&scene.world, &scene.nats, &scene.doors).await;
        scene.goes_on("after a gateway was rolled").await;

        second.cut_off();
        scene.goes_on("while a gateway is cut off").await;
        second.reconnect();
        scene.goes_on("after a gateway was cut off").await;

        scene.projector.signal("STOP");
        let third = third.crash(&scene.world, &scene.nats, &scene.doors).await;
        scene
            .goes_on("after a gateway crashed, with the projector paused")
            .await;
        scene.projector.signal("CONT");

        scene.nats.kill().await;
        scene.nats.restart().await;
        scene.goes_on("after NATS restarted").await;
        let second = second.roll(&scene.world, &scene.nats, &scene.doors).await;
        gateways = vec![first, second, third];
    }
    scene.phase.send_replace(Phase::Calm);
    scene.goes_on("in the calm").await;
    gateways[0].cut_off();
    scene.goes_on("while a gateway is cut off in the calm").await;
    gateways[0].reconnect();
    scene.nats.kill().await;
    scene.nats.restart().await;
    scene.goes_on("after NATS restarted in the calm").await;
    scene.finish().await;
}

impl Scene {
    async fn set(people: usize) -> Self {
        let nats = NatsServer::start().await;
        let world = World::on(&nats).await;
        let command_api = world.command_api().await;
        let query_api = world.service("query-api", "serve").await;
        let projector = world.service("projector", "run").await;
        let mut everybody = Vec::new();
        for _ in 0..people {
            everybody.push(world.person().await);
        }
        for n in 0..people {
            world.befriend(everybody[n], everybody[(n + 1) % people]).await;
        }
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(15))
            .build()
            .unwrap();
        let syncing = everybody.iter().map(|person| Syncing {
            http: http.clone(),
            url: query_api.url(),
            token: world.token_for(*person, chrono::Duration::hours(1)),
        });
        Self {
            syncing: syncing.collect(),
            memories: everybody.iter().map(|_| Arc::default()).collect(),
            people: everybody,
            nats,
            world,
            doors: Arc::default(),
            phase: watch::channel(Phase::Chatting).0,
            clients: JoinSet::new(),
            projector,
            _services: [command_api, query_api],
        }
    }

    /// Everybody opens their client, with a friend on either side.
    fn begin(&mut self) {
        let people = self.people.len();
        for (n, person) in self.people.iter().enumerate() {
            let friends = [(n + 1) % people, (n + people - 1) % people];
            let client = Client {
                me: person.account,
                token: self.syncing[n].token.clone(),
                friends: friends.map(|friend| self.people[friend].account).to_vec(),
                doors: Arc::clone(&self.doors),
                syncing: self.syncing[n].clone(),
                memory: Arc::clone(&self.memories[n]),
                chance: fastrand::Rng::with_seed(n as u64),
                state: State::default(),
            };
            self.clients.spawn(client.live(self.phase.subscribe()));
        }
    }

    /// Waits until many more messages are acknowledged than now.
    async fn goes_on(&self, when: &str) {
        let count = || -> usize {
            let memories = self.memories.iter();
            memories
                .map(|memory| memory.lock().unwrap().acknowledged.len())
                .sum()
        };
        let wanted = count() + 8 * self.people.len();
        until(when, async || count() >= wanted).await;
    }

    async fn finish(mut self) {
        self.phase.send_replace(Phase::Finishing);
        until("everybody has sent what they wrote", async || {
            self.memories
                .iter()
                .all(|memory| memory.lock().unwrap().outbox_is_empty)
        })
        .await;
        let stored = self.stored().await;
        // By what is live and the syncs that a welcome asks for alone, or there was a gap that nobody told of.
        until("everybody knows every message", async || {
            let mut everybody = self.people.iter().zip(&self.memories);
            everybody.all(|(person, memory)| {
                let known = memory.lock().unwrap().messages.len();
                known >= stored.get(&person.account).map_or(0, BTreeMap::len)
            })
        })
        .await;
        self.phase.send_replace(Phase::Over);
        while let Some(ended) = self.clients.join_next().await {
            ended.unwrap();
        }
        for n in 0..self.people.len() {
            self.check(n, &stored).await;
        }
    }

    /// Every message in the stream, by person and position.
    async fn stored(&self) -> HashMap<AccountId, BTreeMap<u64, Message>> {
        let store = &self.world.system.store;
        let last = store.last_position(Stream::Chat).await.unwrap().sequence;
        let mut reader = store
            .reader(Stream::Chat, "verdict", 0, PATIENCE, BatchLimits::default())
            .await
            .unwrap();
        let mut stored: HashMap<AccountId, BTreeMap<u64, Message>> = HashMap::new();
        let mut read = 0;
        while read < last {
            for raw in reader.next_batch(BatchLimits::default()).await.unwrap() {
                read = raw.position.sequence;
                let recorded = store.decode(&raw).await.unwrap();
                let Event::Dm(dm::Event::Sent(sent)) = recorded.event else {
                    continue;
                };
                let message = Message {
                    id: sent.client_id.to_string(),
                    position: raw.position,
                    from: sent.from,
                    to: sent.to,
                    text: sent.personal.known().map(|content| content.text.clone()),
                };
                for person in [sent.from, sent.to] {
                    stored.entry(person).or_default().insert(read, message.clone());
                }
            }
        }
        stored
    }

    /// What person `n` holds, was acknowledged and is given by the API, against the stream.
    async fn check(&self, n: usize, stored: &HashMap<AccountId, BTreeMap<u64, Message>>) {
        let me = self.people[n].account;
        let memory = std::mem::take(&mut *self.memories[n].lock().unwrap());
        assert_eq!(memory.wrongs, Vec::<String>::new(), "{me}");

        let mine = stored.get(&me).cloned().unwrap_or_default();
        assert_eq!(
            memory.messages.len(),
            mine.len(),
            "{me} holds as many messages as there are"
        );
        for message in mine.values() {
            let key = (message.from, message.id.clone());
            assert_eq!(
                memory.messages.get(&key),
                Some(message),
                "{me} holds what is stored"
            );
        }
        for (to, id, position) in &memory.acknowledged {
            let message = mine.get(&position.sequence);
            let message = message.unwrap_or_else(|| panic!("{position} was acknowledged and is lost"));
            assert_eq!((&message.to, &message.id), (to, id));
        }

        let last = mine.keys().next_back().copied().unwrap_or(0);
        let sidebar = self.read(n, "/v1/chat/sidebar", last).await;
        for friend in mine.values().map(|message| message.peer(me)) {
            let of_friend = || mine.values().filter(|message| message.peer(me) == friend);
            let read = memory.read_up_to.get(&friend).copied().unwrap_or(0);
            let unread = of_friend()
                .filter(|message| message.from == friend && message.position.sequence > read)
                .count();
            let row = sidebar["recent"].as_array().unwrap().iter();
            let mut row = row.filter(|row| row["peer"]["id"] == friend.to_string());
            let count = row.next().map(|row| row["unread_count"].as_u64().unwrap());
            assert_eq!(count, Some(unread.min(100) as u64), "unread of {friend} by {me}");
        }
        let friends: std::collections::BTreeSet<AccountId> =
            mine.values().map(|message| message.peer(me)).collect();
        for friend in friends {
            let expected: Vec<&Message> = mine
                .values()
                .filter(|message| message.peer(me) == friend)
                .collect();
            let history = self.history(n, friend, last).await;
            assert_eq!(history.iter().collect::<Vec<_>>(), expected, "{me} with {friend}");
        }
    }

    /// The whole history with `friend`, oldest first, as query-api has it.
    async fn history(&self, n: usize, friend: AccountId, last: u64) -> Vec<Message> {
        let mut messages: Vec<Message> = Vec::new();
        let mut path = format!("/v1/conversations/{friend}/messages?limit=100");
        loop {
            let page = self.read(n, &path, last).await;
            let items: Vec<Message> = serde_json::from_value(page["items"].clone()).unwrap();
            messages.extend(items);
            let Some(cursor) = page["next_cursor"].as_str() else {
                messages.reverse();
                return messages;
            };
            path = format!("/v1/conversations/{friend}/messages?limit=100&cursor={cursor}");
        }
    }

    async fn read(&self, n: usize, path: &str, last: u64) -> Value {
        let read = async {
            loop {
                if let Ok((answer, true)) = self.syncing[n].get(path, last).await {
                    return answer;
                }
            }
        };
        tokio::time::timeout(PATIENCE, read)
            .await
            .unwrap_or_else(|_| panic!("{path} isn't answered as of c{last}"))
    }
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let looked = async {
        while !is_so().await {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    tokio::time::timeout(PATIENCE, looked)
        .await
        .unwrap_or_else(|_| panic!("it doesn't come to pass: {what}"));
}
