//! Loading and writing a batch's documents inside its transaction.

use std::collections::HashMap;

use bson::{Bson, RawArrayBuf, RawDocumentBuf, doc, raw::cstr};
use futures::TryStreamExt;
use mongodb::{
    ClientSession, Database,
    error::{ErrorKind, UNKNOWN_TRANSACTION_COMMIT_RESULT},
    options::{ReadConcern, WriteConcern},
};
use read_model::versioned;

use crate::{Key, Loaded, loaded::Change, sweep::Find};

/// A command's own document may not be larger than 16 MiB; half of it leaves room for the frame and for one
/// large document more.
const COMMAND_BYTES: usize = 8 << 20;
/// The server's codes for a write that it will never take, where it refuses the whole command: a value that is none,
/// a document that breaks a rule, is too large, or has another's unique key.
const NEVER_TAKEN: [i32; 5] = [2, 121, 10_334, THERE_ALREADY, 17_419];
/// The server's code for a document whose unique key another has.
const THERE_ALREADY: i32 = 11_000;
/// Another transaction was faster; the server says so in different places.
const WRITE_CONFLICT: i32 = 112;
/// How often a commit is asked for again when nobody knows whether it succeeded.
const COMMIT_TRIES: u32 = 3;

/// Why documents could not be loaded or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// The database can't be reached, or the transaction came to nothing.
    #[error(transparent)]
    Driver(#[from] mongodb::error::Error),
    /// The server took the command and refused a write. Its words may quote content, so only the code.
    #[error("a write to {collection} was refused with code {code}")]
    Refused {
        /// Where.
        collection: &'static str,
        /// The server's error code.
        code: i32,
    },
}

/// The documents of one version of a projection.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    database: Database,
    version: u32,
}

impl Documents {
    pub(crate) fn new(database: Database, version: u32) -> Self {
        Self { database, version }
    }

    /// Begins a transaction. One that the session had open ends with it.
    pub(crate) async fn begin(session: &mut ClientSession) -> Result<(), DatabaseError> {
        let begin = session
            .start_transaction()
            .read_concern(ReadConcern::snapshot())
            .write_concern(WriteConcern::majority());
        Ok(begin.await?)
    }

    /// Commits. An error means that nobody knows: the checkpoint tells.
    pub(crate) async fn commit(session: &mut ClientSession) -> Result<(), DatabaseError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match session.commit_transaction().await {
                Ok(()) => return Ok(()),
                Err(error)
                    if tries < COMMIT_TRIES && error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Ends a transaction without its writes.
    pub(crate) async fn abort(session: &mut ClientSession) {
        if let Err(error) = session.abort_transaction().await {
            // The next one of this session ends it too, and else the server does.
            tracing::debug!(%error, "the transaction could not be aborted");
        }
    }

    /// Loads documents, a query for each collection.
    pub(crate) async fn load(
        &self,
        session: &mut ClientSession,
        keys: &[Key],
        loaded: &mut Loaded,
    ) -> Result<(), DatabaseError> {
        for (collection, ids) in ids_by_collection(keys) {
            let documents = self
                .database
                .collection::<RawDocumentBuf>(&versioned(collection, self.version));
            let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            let mut found = documents
                .find(doc! { "_id": { "$in": ids } })
                .batch_size(count)
                .session(&mut *session)
                .await?;
            let mut found = found.stream(session);
            while let Some(document) = found.try_next().await? {
                if let Some(key) = Key::of_raw(collection, &document) {
                    loaded.found(key, document);
                }
            }
        }
        Ok(())
    }

    /// The next page of a sweep: the documents after the one whose `_id` was `last`.
    pub(crate) async fn page(
        &self,
        session: &mut ClientSession,
        find: &Find,
        last: Option<&Bson>,
    ) -> Result<Vec<RawDocumentBuf>, DatabaseError> {
        let mut found = self
            .database
            .collection::<RawDocumentBuf>(&versioned(find.collection, self.version))
            .find(find.filter(last))
            .sort(find.sort())
            .limit(find.page().into())
            .batch_size(find.page() + 1)
            .session(&mut *session)
            .await?;
        Ok(found.stream(session).try_collect().await?)
    }

    /// Writes each written document once, a command for each collection and kind of write.
    pub(crate) async fn write(
        &self,
        session: &mut ClientSession,
        loaded: &Loaded,
    ) -> Result<(), DatabaseError> {
        let mut commands: HashMap<(&'static str, Kind), Pending> = HashMap::new();
        for (key, change) in loaded.written() {
            let (kind, statement) = match change {
                Change::Insert(document) => (Kind::Insert, document.clone()),
                Change::Put(document) => (Kind::Update, put(key, document)),
                Change::Delete => (Kind::Delete, delete(key)),
            };
            let pending = commands.entry((key.collection(), kind)).or_default();
            if pending.bytes + statement.as_bytes().len() > COMMAND_BYTES && pending.bytes > 0 {
                let full = std::mem::take(pending);
                self.run(session, key.collection(), kind, full).await?;
            }
            pending.bytes += statement.as_bytes().len();
            pending.statements.push(statement);
        }
        for ((collection, kind), pending) in commands {
            self.run(session, collection, kind, pending).await?;
        }
        Ok(())
    }

    async fn run(
        &self,
        session: &mut ClientSession,
        collection: &'static str,
        kind: Kind,
        pending: Pending,
    ) -> Result<(), DatabaseError> {
        let name = versioned(collection, self.version);
        let mut command = RawDocumentBuf::new();
        match kind {
            Kind::Insert => {
                command.append(cstr!("insert"), name);
                command.append(cstr!("documents"), pending.statements);
            }
            Kind::Update => {
                command.append(cstr!("update"), name);
                command.append(cstr!("updates"), pending.statements);
            }
            Kind::Delete => {
                command.append(cstr!("delete"), name);
                command.append(cstr!("deletes"), pending.statements);
            }
        }
        let answer = self.database.run_raw_command(command).session(session).await;
        let answer = answer.map_err(|error| never_taken(collection, error))?;
        match answer.get_array("writeErrors") {
            Ok(errors) if !errors.is_empty() => {
                let code = errors[0]
                    .as_document()
                    .and_then(|error| error.get_i32("code").ok());
                Err(DatabaseError::Refused {
                    collection,
                    code: code.unwrap_or_default(),
                })
            }
            _ => Ok(()),
        }
    }
}

impl DatabaseError {
    /// Whether what was to be inserted was there already.
    pub(crate) fn was_there(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if *code == THERE_ALREADY)
    }

    /// Whether the same write will be refused again.
    pub(crate) fn lasts(&self) -> bool {
        match self {
            Self::Driver(_) => false,
            Self::Refused { code, .. } => *code != WRITE_CONFLICT,
        }
    }
}

fn never_taken(collection: &'static str, error: mongodb::error::Error) -> DatabaseError {
    match error.kind.as_ref() {
        ErrorKind::Command(command) if NEVER_TAKEN.contains(&command.code) => DatabaseError::Refused {
            collection,
            code: command.code,
        },
        _ => DatabaseError::Driver(error),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Insert,
    Update,
    Delete,
}

/// Statements of one command to be.
#[derive(Default)]
struct Pending {
    statements: RawArrayBuf,
    bytes: usize,
}

fn put(key: &Key, document: &RawDocumentBuf) -> RawDocumentBuf {
    let mut statement = RawDocumentBuf::new();
    statement.append(cstr!("q"), key.filter());
    statement.append(cstr!("u"), document);
    statement.append(cstr!("upsert"), true);
    statement
}

fn delete(key: &Key) -> RawDocumentBuf {
    let mut statement = RawDocumentBuf::new();
    statement.append(cstr!("q"), key.filter());
    statement.append(cstr!("limit"), 1_i32);
    statement
}

fn ids_by_collection(keys: &[Key]) -> HashMap<&'static str, Vec<Bson>> {
    let mut ids: HashMap<&'static str, Vec<Bson>> = HashMap::new();
    for key in keys {
        ids.entry(key.collection())
            .or_default()
            .extend(Bson::try_from(key.id()));
    }
    ids
}
