//! Documents put straight into the database, many of them, where a test is about queries or about progress and not
//! about what the projector makes of events.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use bson::doc;
use events::{AccountId, Position, Stream};
use mongodb::{Database, event::EventHandler, event::command::CommandEvent};
use platform::clock;
use read_model::{
    Collection, Document, PROJECTIONS,
    chat::{self, Conversation, ConversationId, Message},
    engine::{self, Progress, Shard, Version, Versions},
    feed::{Entry, EntryId},
    friends::{self, Friend, FriendId, Status},
    posts::{Author, Block, Post, Visibility},
    profiles::Profile,
    uuid, versioned,
};
use serde::Serialize;
use testkit::TestSystem;
use uuid::Uuid;

use crate::api::Api;

/// People, `me` being the first.
const PEOPLE: u32 = 400;
/// The first so many after `me` are friends, the next so many asked `me`, and `me` asked the next.
const FRIENDS: u32 = 150;
const REQUESTS: u32 = 60;
/// Posts, by all in turn.
const POSTS: u32 = 4_000;
/// `me` chats with as many, and as many others chat with each other.
const CHATS: u32 = 120;
const MESSAGES_EACH: u32 = 40;

/// A query-api over a database of made-up documents, without a projector.
pub(crate) struct Filled {
    pub(crate) api: Api,
    pub(crate) system: TestSystem,
    pub(crate) me: AccountId,
    /// A friend with whom there is a chat.
    pub(crate) peer: AccountId,
    /// Public, by `person1`.
    pub(crate) some_post: Uuid,
    /// What query-api asked of MongoDB.
    pub(crate) commands: Commands,
    database: Database,
    /// The next position of a message that is sent later.
    later: AtomicI64,
}

/// All commands of a client, as they began and ended.
#[derive(Clone, Default)]
pub(crate) struct Commands(Arc<Mutex<Vec<CommandEvent>>>);

impl Commands {
    /// Those since the last time.
    pub(crate) fn take(&self) -> Vec<CommandEvent> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn handler(&self) -> EventHandler<CommandEvent> {
        let commands = self.clone();
        EventHandler::callback(move |event| {
            commands
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(event);
        })
    }
}

impl Filled {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(arguments: &[&str]) -> Self {
        let filled = Self::unfilled(arguments).await;
        fill(&filled.database).await;
        filled
    }

    /// All collections, and nothing in them.
    pub(crate) async fn empty() -> Self {
        Self::unfilled(&[]).await
    }

    async fn unfilled(arguments: &[&str]) -> Self {
        let system = TestSystem::start().await;
        let database = system.database().await;
        make_collections(&database).await;
        let commands = Commands::default();
        let handler = commands.handler();
        let api = Api::start_with(&system, arguments, |options| {
            options.command_event_handler = Some(handler);
        });
        Self {
            api: api.await.ready().await,
            system,
            me: person(0),
            peer: person(1),
            some_post: post_id(some_post()),
            commands,
            database,
            later: AtomicI64::new(600_000),
        }
    }

    /// What has been applied of both streams.
    #[expect(clippy::unused_self, reason = "it is said of the database")]
    pub(crate) fn positions(&self) -> String {
        format!("{},{}", watermark(Stream::Events), watermark(Stream::Chat))
    }

    /// The first position that hasn't been applied.
    #[expect(clippy::unused_self, reason = "it is said of the database")]
    pub(crate) fn next_position(&self, stream: Stream) -> Position {
        Position::new(stream, watermark(stream).sequence + 1)
    }

    /// Says that a projection has come so far, as the projector does.
    pub(crate) async fn announce(&self, projection: &str, position: Position) {
        let progress = Progress { position, epoch: 1 };
        self.say(&format!("progress.{projection}.1.0"), &progress).await;
    }

    pub(crate) async fn say(&self, subject: &str, body: &impl Serialize) {
        let client = self.system.store.client();
        let subject = self.system.store.namespace().absolute(subject);
        let body = serde_json::to_vec(body).expect("it is JSON");
        client
            .publish(subject, body.into())
            .await
            .expect("nats-server takes it");
        client.flush().await.expect("nats-server takes it");
    }

    /// Notes that a projection has come so far, without saying it.
    pub(crate) async fn checkpoint(&self, projection: &str, position: Position) {
        let shards = self.database.collection::<Shard>(Shard::COLLECTION);
        let set = doc! { "$set": { "position": read_model::position(position.sequence) } };
        let noted = shards.update_one(doc! { "projection": projection }, set).await;
        assert_eq!(noted.expect("mongod takes it").modified_count, 1);
    }

    pub(crate) async fn rename_author_of_some_post(&self) {
        let profiles = self
            .database
            .collection::<Profile>(&versioned(Profile::COLLECTION, 1));
        let set = doc! { "$set": { "display_name": "Another name" } };
        let renamed = profiles.update_one(doc! { "username": "person1" }, set).await;
        assert_eq!(renamed.expect("mongod takes it").modified_count, 1);
    }

    /// So many more messages in the chat with `peer`.
    pub(crate) async fn send_more(&self, count: u32) {
        let messages = self
            .database
            .collection::<Message>(&versioned(Message::COLLECTION, 1));
        let (_, made) = conversation((0, 1));
        let mut message = made.into_iter().next().expect("a chat has messages");
        for n in 0..count {
            let position = self.later.fetch_add(1, Ordering::Relaxed);
            let id = Uuid::from_u128(0x3e55_1000_0000 + u128::from(position.unsigned_abs()));
            (message.id, message.client_id) = (id.into(), id.into());
            (message.position, message.changed) = (position, position);
            message.text = Some(format!("more {n}"));
            messages.insert_one(&message).await.expect("mongod takes it");
        }
    }

    /// A message of the chat with `peer` changes at `position`.
    pub(crate) async fn change_some_message(&self, position: Position) {
        let messages = self
            .database
            .collection::<Message>(&versioned(Message::COLLECTION, 1));
        let filter = doc! { "members": uuid(self.peer) };
        let set = doc! { "$set": { "changed": read_model::position(position.sequence), "text": "changed" } };
        let changed = messages.update_one(filter, set).await;
        assert_eq!(changed.expect("mongod takes it").modified_count, 1);
    }

    /// Runs a command on the database.
    pub(crate) async fn run(&self, command: bson::Document) -> bson::Document {
        self.database.run_command(command).await.expect("mongod runs it")
    }
}

/// Everything that [`fill`] makes has been applied.
fn watermark(stream: Stream) -> Position {
    Position::new(stream, 1_000_000)
}

async fn make_collections(database: &Database) {
    for projection in PROJECTIONS {
        for collection in projection.collections {
            make(
                database,
                &versioned(collection.name, projection.version),
                collection,
            )
            .await;
        }
        let shard = Shard {
            id: Shard::id_of(projection.name, projection.version, 0),
            projection: projection.name.to_owned(),
            version: projection.version,
            shard: 0,
            shards: 1,
            owner: None,
            session: None,
            epoch: 1,
            lease_until: bson::DateTime::from_millis(0),
            position: read_model::position(watermark(projection.stream).sequence),
            step: 0,
        };
        let versions = Versions {
            projection: projection.name.to_owned(),
            live: projection.version,
            versions: vec![Version {
                version: projection.version,
                shards: 1,
            }],
        };
        insert(database, Shard::COLLECTION, vec![shard]).await;
        insert(database, Versions::COLLECTION, vec![versions]).await;
    }
    for collection in engine::COLLECTIONS {
        make(database, collection.name, collection).await;
    }
}

async fn make(database: &Database, name: &str, collection: &Collection) {
    if !collection.indexes.is_empty() {
        let indexes = collection.indexes.iter().map(read_model::Index::model);
        let made = database
            .collection::<bson::Document>(name)
            .create_indexes(indexes)
            .await;
        made.expect("mongod makes indexes");
    }
}

async fn insert<T: Serialize + Send + Sync>(database: &Database, name: &str, documents: Vec<T>) {
    for some in documents.chunks(2_000) {
        let inserted = database.collection::<T>(name).insert_many(some).await;
        inserted.expect("mongod takes documents");
    }
}

async fn insert_into<D: Document>(database: &Database, documents: Vec<D>) {
    insert(database, &versioned(D::COLLECTION, 1), documents).await;
}

fn person(n: u32) -> AccountId {
    AccountId::from(Uuid::from_u128(0xacc0_0000 + u128::from(n)))
}

fn post_id(n: u32) -> Uuid {
    Uuid::from_u128(0x9057_0000 + u128::from(n))
}

/// The first post of person 1 that is public.
fn some_post() -> u32 {
    (0..POSTS)
        .find(|n| n % PEOPLE == 1 && visibility(*n) == Visibility::Public)
        .expect("there is one")
}

fn visibility(n: u32) -> Visibility {
    if n.is_multiple_of(3) {
        Visibility::Friends
    } else {
        Visibility::Public
    }
}

fn now() -> bson::DateTime {
    clock::now().into()
}

async fn fill(database: &Database) {
    insert_into(database, (0..PEOPLE).map(profile).collect()).await;
    insert_into(database, (0..POSTS).map(post).collect()).await;
    insert_into(database, (0..PEOPLE).map(author).collect()).await;
    insert_into(database, (0..POSTS).flat_map(entries).collect()).await;
    insert_into(database, ties()).await;
    insert_into(database, (0..PEOPLE).map(counts).collect()).await;
    let chats = (1..=CHATS)
        .map(|n| (0, n))
        .chain((1..=CHATS).map(|n| (n, n + CHATS)));
    let (conversations, messages): (Vec<_>, Vec<_>) = chats.map(conversation).unzip();
    insert_into(database, conversations).await;
    insert_into(database, messages.into_iter().flatten().collect::<Vec<Message>>()).await;
}

fn profile(n: u32) -> Profile {
    Profile {
        account: uuid(person(n)),
        username: Some(format!("person{n}")),
        display_name: Some(format!("Person {n}")),
        bio: Some(String::new()),
        location: Some(String::new()),
        website: Some(String::new()),
        avatar: None,
        cover: None,
        joined_at: now(),
        erased: false,
        position: i64::from(n) + 1,
    }
}

fn post(n: u32) -> Post {
    Post {
        id: post_id(n).into(),
        author: uuid(person(n % PEOPLE)),
        blocks: vec![Block::Text {
            text: format!("post {n}"),
        }],
        visibility: visibility(n),
        created_at: now(),
        edited_at: None,
        position: 10_000 + i64::from(n),
        changed: 10_000 + i64::from(n),
        like_count: 0,
        comment_count: 0,
    }
}

fn author(n: u32) -> Author {
    Author {
        account: uuid(person(n)),
        post_count: i64::from(POSTS / PEOPLE),
    }
}

/// Everybody's feed has their own posts, and that of `me` those of friends as well.
fn entries(n: u32) -> Vec<Entry> {
    let entry = |owner: u32| Entry {
        id: EntryId {
            owner: uuid(person(owner)),
            post: post_id(n).into(),
        },
        owner: uuid(person(owner)),
        post: post_id(n).into(),
        author: uuid(person(n % PEOPLE)),
        position: 10_000 + i64::from(n),
    };
    match n % PEOPLE {
        0 => vec![entry(0)],
        author @ 1..=FRIENDS => vec![entry(author), entry(0)],
        author => vec![entry(author)],
    }
}

fn ties() -> Vec<Friend> {
    let tie = |owner: u32, other: u32, status: Status| Friend {
        id: FriendId {
            owner: uuid(person(owner)),
            other: uuid(person(other)),
        },
        owner: uuid(person(owner)),
        other: uuid(person(other)),
        status,
        blocks: false,
        blocked_by: false,
        since: now(),
        position: 100_000 + i64::from(other.max(owner)),
    };
    let friends = (1..=FRIENDS).flat_map(|n| [tie(0, n, Status::Friends), tie(n, 0, Status::Friends)]);
    let asked = FRIENDS + 1..=FRIENDS + REQUESTS;
    let incoming = asked.flat_map(|n| [tie(0, n, Status::RequestedBy), tie(n, 0, Status::Requested)]);
    let asked = FRIENDS + REQUESTS + 1..=FRIENDS + 2 * REQUESTS;
    let outgoing = asked.flat_map(|n| [tie(0, n, Status::Requested), tie(n, 0, Status::RequestedBy)]);
    let among = (1..FRIENDS).flat_map(|n| [tie(n, n + 1, Status::Friends), tie(n + 1, n, Status::Friends)]);
    friends.chain(incoming).chain(outgoing).chain(among).collect()
}

fn counts(n: u32) -> friends::Counts {
    friends::Counts {
        account: uuid(person(n)),
        friends: if n == 0 { FRIENDS.into() } else { 1 },
        incoming_requests: if n == 0 { REQUESTS.into() } else { 0 },
    }
}

/// Two people have written to each other in turn; each has read what came before the last quarter.
fn conversation((one, other): (u32, u32)) -> (Conversation, Vec<Message>) {
    let id = ConversationId {
        lo: uuid(person(one.min(other))),
        hi: uuid(person(one.max(other))),
    };
    let position = |n: u32| i64::from((one * PEOPLE + other) * MESSAGES_EACH + n) + 1;
    let message = |n: u32| {
        let (from, to) = if n.is_multiple_of(2) {
            (id.lo, id.hi)
        } else {
            (id.hi, id.lo)
        };
        let client_id = Uuid::from_u128(0x3e55_0000_0000 + u128::from(position(n).unsigned_abs()));
        Message {
            id: client_id.into(),
            conversation: id,
            members: id.members(),
            from,
            to,
            client_id: client_id.into(),
            text: Some(format!("message {n}")),
            media: vec![],
            position: position(n),
            changed: position(n),
            sent_at: now(),
            edited_at: None,
            deleted: false,
            erased: false,
        }
    };
    let read = position(MESSAGES_EACH * 3 / 4);
    let conversation = Conversation {
        id,
        members: id.members(),
        last_message: Some(message(MESSAGES_EACH - 1)),
        position: position(MESSAGES_EACH - 1),
        read_up_to: chat::ReadUpTo { lo: read, hi: read },
        changed: 500_000 + position(0),
    };
    (conversation, (0..MESSAGES_EACH).map(message).collect())
}
