//! Somebody with a life on Echo is forgotten, and what is left of them is looked for everywhere: in the store of the
//! events, in every read model, among the pictures and on the screens of others.

use std::cell::RefCell;
use std::time::Duration;

use async_nats::jetstream;
use bson::{Bson, Document, doc};
use events::{BatchLimits, Keyring, Personal, Position, RawEvent, Stream};
use futures::TryStreamExt;
use mongodb::Database;
use serde_json::{Value, json};
use testkit::socket::{Heard, Lost, Socket};
use testkit::{NatsServer, Service, TestSystem, servers};
use uuid::Uuid;

use crate::erasure::{erase, is_erased};
use crate::support::{Api, PASSWORD, Person};
use crate::watch::{Watch, assert_same, database, eventually};

/// A picture of some bytes.
const JPEG: &[u8] = include_bytes!("../../../media/tests/fixtures/progressive.jpg");

/// What only Ann can have written, said, or come from.
const HERS: [&str; 12] = [
    "annwinter",
    "ann.winter@example.org",
    "Winterborn",
    "I sail at dawn",
    "Grindelwald",
    "winterborn.example",
    "the first words",
    "the last words",
    "nice one, ben",
    "a secret for ben",
    "an old boat",
    "AnnPhone/1.0",
];

/// The whole of Echo, on a NATS whose files can be looked at.
struct Echo {
    nats: NatsServer,
    api: Api,
    query: Service,
    gateway: Service,
    projector: Option<Service>,
}

impl Echo {
    async fn start() -> Self {
        let nats = NatsServer::start().await;
        let servers = servers().with_nats(&nats.url);
        let system = TestSystem::on(servers).await;
        let environment = system.environment();
        let (projector, query, gateway) = tokio::join!(
            Service::start("projector", &["run"], &environment),
            Service::start("query-api", &["serve"], &environment),
            Service::start("chat-gateway", &["serve"], &environment),
        );
        Self {
            nats,
            api: Box::pin(Api::on(system, &["--erasure-delay-ms", "500"])).await,
            query,
            gateway,
            projector: Some(projector),
        }
    }

    fn system(&self) -> &TestSystem {
        &self.api.system
    }

    /// What query-api shows `person`, all that has happened being applied. Just started, it may not know yet how far
    /// the read models are, and says so.
    async fn get(&self, person: &Person, path: &str) -> (u16, Value) {
        let shown = RefCell::new((503, Value::Null));
        eventually("query-api is ready", async || {
            let answer = self.ask(person, path).await;
            *shown.borrow_mut() = answer;
            shown.borrow().0 != 503
        })
        .await;
        shown.into_inner()
    }

    async fn ask(&self, person: &Person, path: &str) -> (u16, Value) {
        let mut request = reqwest::Client::new().get(format!("{}{path}", self.query.url()));
        for stream in Stream::ALL {
            let end = self.system().store.last_position(stream).await.unwrap();
            request = request.header("echo-min-position", end.to_string());
        }
        let request = request.header("prefer", "wait=10").bearer_auth(&person.token);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.text().await.unwrap();
        (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    async fn sign_up(&self) -> Person {
        let body = json!({
            "username": "annwinter", "email": "ann.winter@example.org", "password": PASSWORD,
            "display_name": "Ann Winterborn",
        });
        let request = self
            .api
            .post("/v1/auth/signup")
            .header("user-agent", "AnnPhone/1.0");
        Person::from(&request.json(&body).await.is(201))
    }

    async fn upload(&self, by: &Person) -> String {
        let request = self.api.post("/v1/media?alt=an%20old%20boat").by(by);
        let answer = request.body("image/jpeg", JPEG).await.is(201);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    async fn post(&self, by: &Person, path: &str, body: Value) -> Value {
        self.api.post(path).by(by).json(&body).await.is(201).body
    }

    async fn settled(&self) {
        let mut watch = Watch::new(self.system(), &self.system().name).await;
        watch.until_end(self.system()).await;
    }

    /// Lets Ann do all that one can do on Echo, and Ben and Cid what one can do to her.
    async fn live(&self, ann: &Person, ben: &Person, cid: &Person) -> Vec<String> {
        let api = &self.api;
        let told = json!({
            "bio": "I sail at dawn", "location": "Grindelwald", "website": "https://winterborn.example",
        });
        api.patch("/v1/me/profile").by(ann).json(&told).await.is(200);
        let [avatar, cover, shown] = [
            self.upload(ann).await,
            self.upload(ann).await,
            self.upload(ann).await,
        ];
        for (place, media) in [("avatar", &avatar), ("cover", &cover)] {
            let body = json!({ "media_id": media });
            let path = format!("/v1/me/{place}");
            api.put(&path).by(ann).json(&body).await.is(200);
        }
        self.post(ben, "/v1/friend-requests", json!({ "user_id": ann.id }))
            .await;
        let accept = format!("/v1/friend-requests/{}/accept", ben.id);
        api.post(&accept).by(ann).await.is(200);
        self.post(ann, "/v1/friend-requests", json!({ "user_id": cid.id }))
            .await;
        let image = json!({ "type": "image", "media_id": shown, "alt": "an old boat" });
        let words = |text: &str| json!({ "blocks": [{ "type": "text", "text": text }, image], "visibility": "public" });
        let hers = self.post(ann, "/v1/posts", words("the first words")).await;
        let hers = format!("/v1/posts/{}", hers["id"].as_str().unwrap());
        api.patch(&hers)
            .by(ann)
            .json(&words("the last words"))
            .await
            .is(200);
        let text = json!({ "blocks": [{ "type": "text", "text": "by ben" }], "visibility": "public" });
        let bens = self.post(ben, "/v1/posts", text).await;
        let bens = format!("/v1/posts/{}", bens["id"].as_str().unwrap());
        for (by, post) in [(ann, &bens), (ben, &hers), (cid, &hers)] {
            api.put(&format!("{post}/like")).by(by).await.is(204);
        }
        for (by, post, text) in [
            (ann, &bens, "nice one, ben"),
            (cid, &bens, "by cid"),
            (ben, &hers, "hm"),
        ] {
            self.post(by, &format!("{post}/comments"), json!({ "text": text }))
                .await;
        }
        for (by, to, text) in [(ann, ben, "a secret for ben"), (ben, ann, "I tell nobody")] {
            let id = platform::id::random();
            let path = format!("/v1/conversations/{}/messages", to.id);
            self.post(by, &path, json!({ "id": id, "text": text })).await;
        }
        let report = json!({ "subject": { "user_id": cid.id }, "reason": "spam", "note": "Winterborn" });
        let filed = api.post("/v1/reports").by(ann).json(&report).await;
        assert_eq!(filed.status, 201, "{}", filed.body);
        vec![avatar, cover, shown]
    }

    /// The wrapped key, as it stands in its bucket.
    async fn wrapped_key(&self, person: &Person) -> String {
        let store = &self.system().store;
        let jetstream = jetstream::new(store.client().clone());
        let bucket = jetstream.get_key_value(store.namespace().keys_bucket()).await;
        let entry = bucket.unwrap().get(person.id.to_string()).await.unwrap().unwrap();
        let entry: Value = serde_json::from_slice(&entry).unwrap();
        entry["wrapped"].as_str().unwrap().to_owned()
    }

    /// All that is in the streams.
    async fn copy(&self) -> Vec<RawEvent> {
        let (store, limits) = (&self.system().store, BatchLimits::default());
        let mut copy = Vec::new();
        for stream in Stream::ALL {
            let end = store.last_position(stream).await.unwrap();
            let reader = store.reader(stream, "copy", 0, Duration::from_secs(30), limits);
            let mut reader = reader.await.unwrap();
            while copy.last().map(|event: &RawEvent| event.position) != Some(end) {
                copy.extend(reader.next_batch(limits).await.unwrap());
            }
        }
        copy
    }

    /// How many events of `person` can be read, and how many can't, by who asks for the keys now.
    async fn readable(&self, copy: &[RawEvent], person: &Person) -> (usize, usize) {
        let store = &self.system().store;
        let jetstream = jetstream::new(store.client().clone());
        let keyring = Keyring::open(&jetstream, store.namespace(), TestSystem::master_keys());
        let keyring = keyring.await.unwrap();
        let (mut known, mut gone) = (0, 0);
        for event in copy {
            if event.owner().unwrap() == Some(person.id) {
                let key = keyring.get(person.id).await.unwrap();
                let mut event = event.decode(Some(&key)).unwrap().event;
                if personal_part_is_known(&mut event) {
                    known += 1;
                } else {
                    gone += 1;
                }
            }
        }
        (known, gone)
    }
}

/// Only what can be read can be written again.
fn personal_part_is_known(event: &mut events::Event) -> bool {
    use events::{account, comment, dm, media, post, report, session};
    fn known<T>(personal: &Personal<T>) -> bool {
        personal.known().is_some()
    }
    match event {
        events::Event::Account(account::Event::SignedUp(event)) => known(&event.personal),
        events::Event::Account(account::Event::ProfileUpdated(event)) => known(&event.personal),
        events::Event::Post(post::Event::Published(event) | post::Event::Edited(event)) => {
            known(&event.personal)
        }
        events::Event::Comment(comment::Event::Added(event)) => known(&event.personal),
        events::Event::Media(media::Event::Uploaded(event)) => known(&event.personal),
        events::Event::Report(report::Event::Filed(event)) => known(&event.personal),
        events::Event::Dm(dm::Event::Sent(event)) => known(&event.personal),
        events::Event::Session(session::Event::Started(event)) => known(&event.personal),
        event => panic!("the story has no such sealed event: {event:?}"),
    }
}

/// Whether a value has the id, or any of the words, anywhere in it.
fn tells_of(value: &Bson, person: Uuid, words: &[&str]) -> bool {
    match value {
        Bson::Document(document) => document.values().any(|value| tells_of(value, person, words)),
        Bson::Array(values) => values.iter().any(|value| tells_of(value, person, words)),
        Bson::Binary(binary) => binary.bytes == person.as_bytes(),
        Bson::String(text) => {
            let text = text.to_lowercase();
            text.contains(&person.to_string()) || words.iter().any(|word| text.contains(&word.to_lowercase()))
        }
        _ => false,
    }
}

/// In which collections of the database the id or the words stand.
async fn collections_that_tell(database: &Database, person: Uuid, words: &[&str]) -> Vec<String> {
    let mut telling = Vec::new();
    for name in database.list_collection_names().await.unwrap() {
        let collection = database.collection::<Document>(&name);
        let all: Vec<Document> = collection
            .find(doc! {})
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        let tells = |document: Document| tells_of(&Bson::Document(document), person, words);
        if all.into_iter().any(tells) {
            telling.push(name);
        }
    }
    telling.sort();
    telling
}

/// What remains of somebody: that there was one, and with whom others talked.
const REMAINS: [&str; 3] = ["conversations_v2", "messages_v2", "profiles_v3"];

#[tokio::test]
async fn of_who_was_forgotten_nothing_is_left_anywhere_and_others_keep_what_is_theirs() {
    let mut echo = Box::pin(Echo::start()).await;
    let (ann, ben, cid) = (
        echo.sign_up().await,
        echo.api.person("ben").await,
        echo.api.person("cid").await,
    );
    let pictures = echo.live(&ann, &ben, &cid).await;
    echo.settled().await;
    let read_models = echo.system().database().await;
    let before = collections_that_tell(&read_models, ann.id.uuid(), &HERS).await;
    assert!(before.len() > 10, "she is everywhere: {before:?}");
    let (copy, wrapped) = (echo.copy().await, echo.wrapped_key(&ann).await);
    let (known, gone) = echo.readable(&copy, &ann).await;
    assert!(known > 8 && gone == 0, "{known} known, {gone} gone");
    eventually("the key stands in the server's files", async || {
        echo.nats.holds(wrapped.as_bytes())
    })
    .await;
    let (_, post) = echo.get(&ben, "/v1/users/annwinter/posts").await;
    let picture = post["items"][0]["blocks"][1]["url"].as_str().unwrap().to_owned();
    assert_eq!(echo.get(&ben, &picture).await.0, 200);
    let (_, sync) = echo.get(&ben, "/v1/sync").await;

    let mut socket = Socket::connect(&echo.gateway.address.unwrap().to_string(), &ann.token)
        .await
        .unwrap();
    let asked = erase(&echo.api, &ann, PASSWORD).await.is(202);
    let asked: Position = asked.body["position"].as_str().unwrap().parse().unwrap();
    is_shown_out(&mut socket).await;
    eventually("reads are refused too", async || {
        echo.get(&ann, "/v1/me").await.0 == 401
    })
    .await;
    assert_eq!(echo.get(&ben, "/v1/users/annwinter").await.0, 404);
    is_erased(&echo.api, &ann).await;
    echo.settled().await;

    eventually("the key stands in no file", async || {
        !echo.nats.holds(wrapped.as_bytes())
    })
    .await;
    assert_eq!(echo.readable(&copy, &ann).await, (0, known));
    assert!(
        copy.iter()
            .all(|event| event.position < asked || event.position.stream != Stream::Events)
    );
    let words = collections_that_tell(&read_models, Uuid::nil(), &HERS).await;
    assert_eq!(words, [""; 0], "her words");
    let id = collections_that_tell(&read_models, ann.id.uuid(), &[]).await;
    assert_eq!(id, REMAINS, "her id");
    let files = std::path::Path::new(&media_folder(echo.system())).to_owned();
    for media in &pictures {
        assert_eq!(files_named(&files, media), 0, "{media}");
    }
    assert_eq!(files_named(&files, &ann.id.to_string()), 0);
    assert_eq!(echo.get(&ben, &picture).await.0, 404);

    others_keep_what_is_theirs(&echo, &ann, &ben, &sync).await;
    // Two that don't share a database would take each other's consumers.
    let live = echo.projector.take().unwrap();
    assert!(live.stop().await);
    let again = format!("{}_again", echo.system().name);
    rebuild(echo.system(), &again).await;
    assert_same(&read_models, &database(echo.system(), &again).await).await;
    assert_ne!(echo.sign_up().await.id, ann.id, "the names can be taken again");
}

async fn is_shown_out(socket: &mut Socket) {
    let shown_out = async {
        let mut told = false;
        loop {
            match socket.next().await {
                Ok(Heard::Event { name, .. }) => told |= name == "session:revoked",
                Ok(Heard::Ack { .. }) => {}
                Err(Lost::Disconnected) => return told,
                Err(lost) => panic!("{lost}"),
            }
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(30), shown_out).await;
    assert!(told.expect("the socket is closed"), "and told why");
}

async fn others_keep_what_is_theirs(echo: &Echo, ann: &Person, ben: &Person, before: &Value) {
    let nobody = json!({ "id": ann.id, "username": null, "display_name": null, "avatar": null });
    let (status, messages) = echo
        .get(ben, &format!("/v1/conversations/{}/messages", ann.id))
        .await;
    assert_eq!(
        (status, &messages["peer"], &messages["can_send"]),
        (200, &nobody, &json!(false))
    );
    let read: Vec<_> = messages["items"].as_array().unwrap().iter().collect();
    let told: Vec<_> = read
        .iter()
        .map(|message| (&message["text"], &message["deleted"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("I tell nobody"), &json!(false)),
            (&Value::Null, &json!(true))
        ]
    );
    let (_, sidebar) = echo.get(ben, "/v1/chat/sidebar").await;
    assert_eq!(sidebar["recent"][0]["peer"], nobody);
    assert_eq!(sidebar["friends"], json!([]));
    // What changed is told to who was there before.
    let path = format!("/v1/sync?after={}", before["position"].as_str().unwrap());
    let (_, sync) = echo.get(ben, &path).await;
    assert_eq!(
        (&sync["reset"], sync["items"].as_array().unwrap().len()),
        (&json!(false), 1)
    );
    assert_eq!(sync["items"][0]["message"]["deleted"], true);
    let (_, friends) = echo.get(ben, "/v1/friends").await;
    assert_eq!(friends["items"], json!([]));
    let (_, notifications) = echo.get(ben, "/v1/notifications").await;
    let [comment] = &notifications["items"].as_array().unwrap()[..] else {
        panic!("of what happened to ben what cid did is left: {notifications}")
    };
    assert_eq!(comment["actors"][0]["username"], "cid");
    let (_, feed) = echo.get(ben, "/v1/feed").await;
    let items = feed["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{feed}");
    let counts = (&items[0]["like_count"], &items[0]["comment_count"]);
    assert_eq!(counts, (&json!(0), &json!(1)), "cid has said something");
}

fn media_folder(system: &TestSystem) -> String {
    let environment = system.environment();
    let (_, store) = environment
        .into_iter()
        .find(|(name, _)| name == "ECHO_MEDIA_STORE")
        .unwrap();
    store.strip_prefix("folder:").unwrap().to_owned()
}

/// How many files have this in their path.
fn files_named(folder: &std::path::Path, name: &str) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let count = |path: std::path::PathBuf| {
        if path.is_dir() {
            files_named(&path, name)
        } else {
            usize::from(path.to_string_lossy().contains(name))
        }
    };
    entries.map(|entry| count(entry.path())).sum()
}

/// Builds everything anew from what can still be read.
async fn rebuild(system: &TestSystem, name: &str) {
    let mut environment = system.environment();
    environment.retain(|(variable, _)| variable != "ECHO_MONGO_DATABASE");
    environment.push(("ECHO_MONGO_DATABASE".to_owned(), name.to_owned()));
    let projector = Service::start("projector", &["run"], &environment).await;
    let records = database(system, name).await;
    eventually("all shards are made", async || {
        crate::watch::records(&records).await.len() == read_model::PROJECTIONS.len()
    })
    .await;
    Watch::new(system, name).await.until_end(system).await;
    assert!(projector.stop().await);
}
