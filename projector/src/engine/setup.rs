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

/// The versions of a projection. If there is none of this code's shape, one is registered, to be built: the first
/// process to come does so, and says into how many shards it is split.
pub(crate) async fn versions(
    database: &Database,
    model: &read_model::Projection,
    wanted: &BTreeMap<String, u32>,
) -> Result<Versions, SetupError> {
    if let Some(held) = held(database, model).await? {
        return Ok(held);
    }
    let shards = wanted.get(model.name).copied().unwrap_or(1);
    let new = doc! { "version": model.version, "shape": model.version, "shards": shards };
    let first =
        doc! { "$setOnInsert": { "live": model.version, "latest": model.version, "versions": [&new] } };
    upsert(database, Versions::COLLECTION, doc! { "_id": model.name }, first).await?;
    if let Some(held) = held(database, model).await? {
        return Ok(held);
    }
    register(database, model, Some(shards), doc! { "$not": [shaped(model)] }).await?;
    held(database, model)
        .await?
        .ok_or(SetupError::Vanished(model.name))
}

/// The versions, if one of them is of this code's shape.
async fn held(
    database: &Database,
    model: &read_model::Projection,
) -> Result<Option<Versions>, mongodb::error::Error> {
    let versions = database.collection::<Versions>(Versions::COLLECTION);
    let held = versions.find_one(doc! { "_id": model.name }).await?;
    Ok(held.filter(|held| {
        held.versions
            .iter()
            .any(|version| version.shape() == model.version)
    }))
}

/// Whether, in the database's words, one of the versions is of this code's shape.
fn shaped(model: &read_model::Projection) -> bson::Document {
    let shape = doc! { "$ifNull": ["$$version.shape", "$$version.version"] };
    let same = doc! { "$eq": [shape, model.version] };
    doc! { "$anyElementTrue": [{ "$map": { "input": "$versions", "as": "version", "in": same } }] }
}

/// Registers another version under the next number, if `condition` (an expression over the versions' document)
/// holds; says whether it did. It gets as many shards as the live one where no number is wanted.
pub(crate) async fn register(
    database: &Database,
    model: &read_model::Projection,
    shards: Option<u32>,
    condition: bson::Document,
) -> Result<bool, mongodb::error::Error> {
    let live = doc! { "$filter": {
        "input": "$versions", "as": "version", "cond": { "$eq": ["$$version.version", "$live"] },
    } };
    let shards = shards.map_or_else(
        || {
            let first =
                doc! { "$first": { "$map": { "input": live, "as": "version", "in": "$$version.shards" } } };
            bson::Bson::from(doc! { "$ifNull": [first, 1] })
        },
        bson::Bson::from,
    );
    let number = doc! { "$add": [{ "$max": ["$latest", { "$max": "$versions.version" }] }, 1] };
    let new = doc! { "version": "$latest", "shape": model.version, "shards": shards };
    let update = vec![
        doc! { "$set": { "latest": number } },
        doc! { "$set": { "versions": { "$concatArrays": ["$versions", [new]] } } },
    ];
    let registered = database
        .collection::<Versions>(Versions::COLLECTION)
        .update_one(doc! { "_id": model.name, "$expr": condition }, update)
        .write_concern(WriteConcern::majority())
        .await?;
    Ok(registered.modified_count > 0)
}

/// Makes what a version needs: its collections and its shards' records.
pub(crate) async fn version(
    database: &Database,
    model: &read_model::Projection,
    version: Version,
) -> Result<(), SetupError> {
    for collection in model.collections {
        create(database, versioned(collection.name, version.version), collection).await?;
    }
    for shard in 0..version.shards {
        record(database, model, shard, version).await?;
    }
    Ok(())
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

async fn record(
    database: &Database,
    model: &read_model::Projection,
    shard: u32,
    version: Version,
) -> Result<(), SetupError> {
    let record = Record {
        id: Record::id_of(model.name, version.version, shard),
        projection: model.name.to_owned(),
        version: version.version,
        shard,
        shards: version.shards,
        owner: None,
        session: None,
        epoch: 0,
        lease_until: DateTime::from_millis(0),
        position: 0,
        step: 0,
        hold: None,
        hold_until: None,
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
