//! `projector switch`, `rollback` and `drop`: which version readers use, and which are kept.

use std::time::{Duration, Instant};

use anyhow::Context;
use bson::{Bson, DateTime, doc};
use mongodb::options::WriteConcern;
use read_model::{
    Projection,
    engine::{DeadLetter, Shard, Version, Versions},
    versioned,
};

use crate::{
    config::{DropArgs, RollbackArgs, SwitchArgs},
    operate::{Operator, kept, next, slowest},
};

/// A version that is further behind isn't waited for.
const NEARLY: u64 = 1_000;
/// So long one that is nearly there is.
const CATCHES_UP: Duration = Duration::from_secs(30);
/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// So long a reader may still use the version that it was sent away from.
const READERS_KNOW: Duration = Duration::from_secs(15);

/// Sends readers to another version.
pub(crate) async fn switch(operator: &Operator, args: &SwitchArgs) -> anyhow::Result<()> {
    let model = args.projection.model();
    let versions = operator.versions(model).await?;
    let target = match args.version {
        Some(number) => kept(&versions, number)?,
        None => next(&versions).with_context(|| {
            format!(
                "there is no version of {0} to switch to: build one with `projector rebuild {0}`",
                model.name
            )
        })?,
    };
    anyhow::ensure!(
        target.version != versions.live,
        "readers use version {} already",
        target.version
    );
    if !args.force {
        ready(operator, model, target).await?;
    }
    let previous = Bson::from(versions.live);
    send(operator, model, &versions, target.version, previous).await?;
    println!(
        "Readers of {0} use version {1}; version {2} is kept, for `projector rollback {0}`.",
        model.name, target.version, versions.live
    );
    Ok(())
}

/// Refuses a version that isn't as good as the live one, and waits until it has all that has happened so far.
async fn ready(operator: &Operator, model: &Projection, target: Version) -> anyhow::Result<()> {
    let end = operator.last(model.stream).await?;
    let reached = async || {
        let shards = operator.shards(model, target.version).await?;
        let made = shards.len() == usize::try_from(target.shards)?;
        anyhow::Ok(if made { slowest(&shards) } else { 0 })
    };
    let until = Instant::now() + CATCHES_UP;
    loop {
        let behind = end.saturating_sub(reached().await?);
        if behind == 0 {
            break;
        }
        anyhow::ensure!(
            behind <= NEARLY && Instant::now() < until,
            "version {} is {behind} events behind: wait for it (`projector rebuild {} --follow`), or switch with --force",
            target.version,
            model.name
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let letters = operator.database.collection::<DeadLetter>(DeadLetter::COLLECTION);
    let parked = letters
        .count_documents(doc! { "projection": model.name, "version": target.version })
        .await?;
    anyhow::ensure!(
        parked == 0,
        "{parked} events of version {} are parked (`projector dead-letters list {}`); switch all the same with --force",
        target.version,
        model.name
    );
    Ok(())
}

/// Sends readers back to the version that they used before.
pub(crate) async fn rollback(operator: &Operator, args: &RollbackArgs) -> anyhow::Result<()> {
    let model = args.projection.model();
    let versions = operator.versions(model).await?;
    let previous = versions
        .previous
        .and_then(|previous| versions.get(previous))
        .with_context(|| format!("there is no version of {} to go back to", model.name))?;
    send(operator, model, &versions, previous.version, Bson::Null).await?;
    println!(
        "Readers of {} use version {} again; version {} is kept.",
        model.name, previous.version, versions.live
    );
    Ok(())
}

async fn send(
    operator: &Operator,
    model: &Projection,
    seen: &Versions,
    to: u32,
    previous: Bson,
) -> anyhow::Result<()> {
    let unchanged = doc! { "_id": model.name, "live": seen.live, "versions.version": to };
    let update = doc! {
        "$set": { "live": to, "previous": previous },
        "$currentDate": { "switched_at": true },
    };
    let sent = operator
        .database
        .collection::<Versions>(Versions::COLLECTION)
        .update_one(unchanged, update)
        .write_concern(WriteConcern::majority())
        .await?;
    anyhow::ensure!(
        sent.matched_count == 1,
        "somebody else changed the versions just now; look at `projector status {}`",
        model.name
    );
    operator.tell_readers().await
}

/// Gives a version up that readers don't use, and deletes its documents.
pub(crate) async fn drop(operator: &Operator, args: &DropArgs) -> anyhow::Result<()> {
    let model = args.projection.model();
    let versions = operator.versions(model).await?;
    let number = args.version;
    kept(&versions, number)?;
    anyhow::ensure!(
        number != versions.live,
        "readers use version {number}; switch to another first"
    );
    let since = versions
        .switched_at
        .map(|at| DateTime::now().timestamp_millis() - at.timestamp_millis());
    if let Some(since) = since.and_then(|since| u64::try_from(since).ok()) {
        let wait = READERS_KNOW.saturating_sub(Duration::from_millis(since));
        if !wait.is_zero() {
            println!(
                "Waiting {} s, until no reader can use it any more ...",
                wait.as_secs() + 1
            );
            tokio::time::sleep(wait).await;
        }
    }
    forget(operator, model, number).await?;
    println!("Version {number} of {} is gone.", model.name);
    Ok(())
}

/// First nobody takes the version up, then nobody can write it, and then it goes.
async fn forget(operator: &Operator, model: &Projection, number: u32) -> anyhow::Result<()> {
    let database = &operator.database;
    let not_live = doc! { "_id": model.name, "live": { "$ne": number } };
    let update = vec![doc! { "$set": {
        "versions": { "$filter": {
            "input": "$versions", "as": "version", "cond": { "$ne": ["$$version.version", number] },
        } },
        "previous": { "$cond": [{ "$eq": ["$previous", number] }, null, "$previous"] },
    } }];
    let forgotten = database
        .collection::<Versions>(Versions::COLLECTION)
        .update_one(not_live, update)
        .write_concern(WriteConcern::majority())
        .await?;
    anyhow::ensure!(
        forgotten.matched_count == 1,
        "readers were sent to version {number} just now"
    );
    let of_version = || doc! { "projection": model.name, "version": number };
    database
        .collection::<Shard>(Shard::COLLECTION)
        .delete_many(of_version())
        .write_concern(WriteConcern::majority())
        .await?;
    database
        .collection::<DeadLetter>(DeadLetter::COLLECTION)
        .delete_many(of_version())
        .await?;
    for collection in model.collections {
        let name = versioned(collection.name, number);
        database.collection::<Bson>(&name).drop().await?;
    }
    Ok(())
}
