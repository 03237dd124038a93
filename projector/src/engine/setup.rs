//! Collections, indexes, versions and shards, made where they are missing. Several processes may do so at once.

use std::collections::BTreeMap;

use bson::{DateTime, doc};
use mongodb::{
    Database,
    error::ErrorKind,
    options::{ReturnDocument, WriteConcern},
};
use read_model::{
    Collection,
    engine::{self, Shard as Record, Version, Versions},
    versioned,
};

/// MongoDB's error code for a collection that is there already.
const NAMESPACE_EXISTS: i32 = 48;

/// Why a projection can't be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetupError {
    /// The database refuses or can't be reached.
    #[error(transparent)]
    Driver(#[from] mongodb::error::Error),
    /// The document that was just made is gone: somebody drops the database meanwhile.
    #[error("the versions of {0} vanished")]
    Vanished(&'static str),
}

/// Makes what the engine itself needs.
pub(crate) async fn engine(database: &Database) -> Result<(), SetupError> {
    for collection in engine::COLLECTIONS {
        create(database, collection.name.to_owned(), collection).await?;
    }
    Ok(())
}

/// Makes what a projection needs, and says into how many shards its version is split: as many as `wanted`
/// if this is the first time anybody asks.
pub(crate) async fn projection(
    database: &Database,
    model: &read_model::Projection,
    wanted: &BTreeMap<String, u32>,
) -> Result<u32, SetupError> {
    for collection in model.collections {
        create(database, versioned(collection.name, model.version), collection).await?;
    }
    let wanted = wanted.get(model.name).copied();
    let shards = version(database, model, wanted.unwrap_or(1)).await?;
    if wanted.is_some_and(|wanted| wanted != shards) {
        tracing::warn!(
            projection.name = model.name,
            projection.shards = shards,
            "the version is split already; another number needs a new version"
        );
    }
    for shard in 0..shards {
        record(database, model, shard, shards).await?;
    }
    Ok(shards)
}

async fn create(database: &Database, name: String, collection: &Collection) -> Result<(), SetupError> {
    match database.create_collection(&name).await {
        Ok(()) => tracing::info!(collection = name, "collection made"),
        Err(error) if code(&error) == Some(NAMESPACE_EXISTS) => {}
        Err(error) => return Err(error.into()),
    }
    if !collection.indexes.is_empty() {
        let indexes = collection.indexes.iter().map(read_model::Index::model);
        let collection = database.collection::<bson::Document>(&name);
        collection.create_indexes(indexes).await?;
    }
    Ok(())
}

/// The first process to come registers the version; of two at once one finds it registered.
async fn version(
    database: &Database,
    model: &read_model::Projection,
    shards: u32,
) -> Result<u32, SetupError> {
    let versions = database.collection::<Versions>(Versions::COLLECTION);
    let new = doc! { "version": model.version, "shards": shards };
    let first = doc! { "$setOnInsert": { "live": model.version, "versions": [&new] } };
    upsert(database, Versions::COLLECTION, doc! { "_id": model.name }, first).await?;
    let missing = doc! { "_id": model.name, "versions.version": { "$ne": model.version } };
    let registered = versions
        .update_one(missing, doc! { "$push": { "versions": new } })
        .write_concern(WriteConcern::majority())
        .await?;
    if registered.modified_count > 0 {
        tracing::info!(
            projection.name = model.name,
            projection.version = model.version,
            "a new version is built beside the live one"
        );
    }
    let held = versions.find_one(doc! { "_id": model.name }).await?;
    let ours = |version: &Version| version.version == model.version;
    held.and_then(|held| held.versions.into_iter().find(ours))
        .map(|version| version.shards)
        .ok_or(SetupError::Vanished(model.name))
}

async fn record(
    database: &Database,
    model: &read_model::Projection,
    shard: u32,
    shards: u32,
) -> Result<(), SetupError> {
    let record = Record {
        id: Record::id_of(model.name, model.version, shard),
        projection: model.name.to_owned(),
        version: model.version,
        shard,
        shards,
        owner: None,
        session: None,
        epoch: 0,
        lease_until: DateTime::from_millis(0),
        position: 0,
        step: 0,
    };
    let id = doc! { "_id": &record.id };
    let mut fields = bson::serialize_to_document(&record).map_err(mongodb::error::Error::custom)?;
    fields.remove("_id");
    upsert(database, Record::COLLECTION, id, doc! { "$setOnInsert": fields }).await
}

async fn upsert(
    database: &Database,
    collection: &str,
    id: bson::Document,
    update: bson::Document,
) -> Result<(), SetupError> {
    database
        .collection::<bson::Document>(collection)
        .find_one_and_update(id, update)
        .upsert(true)
        .return_document(ReturnDocument::After)
        .write_concern(WriteConcern::majority())
        .await?;
    Ok(())
}

fn code(error: &mongodb::error::Error) -> Option<i32> {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => Some(command.code),
        _ => None,
    }
}
