//! Documents put straight into the database, many of them, where a test is about queries or about progress and not
//! about what the projector makes of events.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use bson::doc;
use events::{AccountId, Position, Stream};
use mongodb::{Database, event::EventHandler, event::command::CommandEvent};
use read_model::{
    Collection, Document, PROJECTIONS,
    chat::Message,
    engine::{self, Progress, Shard, Version, Versions},
    profiles::Profile,
    uuid, versioned, writer_of,
};
use serde::Serialize;
use testkit::TestSystem;
use uuid::Uuid;

use crate::{
    api::Api,
    fill::{conversation, fill, person, post_id, some_post},
};

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

    pub(crate) fn handler(&self) -> EventHandler<CommandEvent> {
        let commands = self.clone();
        let others: Mutex<HashSet<i32>> = Mutex::default();
        EventHandler::callback(move |event: CommandEvent| {
            if is_of_the_engine(&event, &others) {
                return;
            }
            commands
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(event);
        })
    }
}

/// Whether a command looks at versions and checkpoints, as is done now and then whatever is read.
fn is_of_the_engine(event: &CommandEvent, known: &Mutex<HashSet<i32>>) -> bool {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    match event {
        CommandEvent::Started(started) => {
            let target = started.command.get_str(&started.command_name).unwrap_or_default();
            let is = engine::COLLECTIONS
                .iter()
                .any(|collection| collection.name == target);
            is && known.insert(started.request_id)
        }
        CommandEvent::Succeeded(succeeded) => known.remove(&succeeded.request_id),
        CommandEvent::Failed(failed) => known.remove(&failed.request_id),
        _ => false,
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
        let progress = Progress {
            position,
            epoch: 1,
            changes: None,
        };
        let known = PROJECTIONS.into_iter().find(|known| known.name == projection);
        let version = known.expect("a projection").version;
        self.say(&format!("progress.{projection}.{version}.0"), &progress)
            .await;
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
        let profiles = self.database.collection::<Profile>(&name::<Profile>());
        let set = doc! { "$set": { "display_name": "Another name" } };
        let renamed = profiles.update_one(doc! { "username": "person1" }, set).await;
        assert_eq!(renamed.expect("mongod takes it").modified_count, 1);
    }

    /// So many more messages in the chat with `peer`.
    pub(crate) async fn send_more(&self, count: u32) {
        let messages = self.database.collection::<Message>(&name::<Message>());
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
        let messages = self.database.collection::<Message>(&name::<Message>());
        let filter = doc! { "members": uuid(self.peer) };
        let set = doc! { "$set": { "changed": read_model::position(position.sequence), "text": "changed" } };
        let changed = messages.update_one(filter, set).await;
        assert_eq!(changed.expect("mongod takes it").modified_count, 1);
    }

    /// Makes all messages so long that no buffer on the way holds an archive of them.
    pub(crate) async fn lengthen_messages(&self) {
        let messages = self.database.collection::<Message>(&name::<Message>());
        let set = doc! { "$set": { "text": "ä".repeat(4_000) } };
        let changed = messages.update_many(doc! {}, set).await;
        assert_ne!(changed.expect("mongod takes it").modified_count, 0);
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
            hold: None,
            hold_until: None,
        };
        let versions = Versions {
            projection: projection.name.to_owned(),
            live: projection.version,
            previous: None,
            switched_at: None,
            latest: projection.version,
            versions: vec![Version {
                version: projection.version,
                shards: 1,
                shape: None,
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

pub(crate) async fn insert_into<D: Document>(database: &Database, documents: Vec<D>) {
    insert(database, &name::<D>(), documents).await;
}

fn name<D: Document>() -> String {
    let writer = writer_of(D::COLLECTION).expect("every document has a projection");
    versioned(D::COLLECTION, writer.version)
}
