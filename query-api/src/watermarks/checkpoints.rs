//! What MongoDB holds: which version of a projection is live, and each shard's checkpoint.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bson::doc;
use futures::TryStreamExt;
use mongodb::Database;
use platform::{health::Component, shutdown::Shutdown};
use read_model::{
    PROJECTIONS,
    engine::{DeadLetter, Shard, Versions},
};
use serde::Deserialize;

use crate::parked::Parked;

use super::{WATERMARK, Watermarks, from_checkpoint};

/// How often checkpoints are read while somebody waits, or until the first are there.
const PERIOD: Duration = Duration::from_secs(1);
/// How much longer they may be left unread when nobody waits: the word that readers are to use another version may
/// have been lost.
const IDLE: Duration = Duration::from_secs(4);
/// The longest that one reading may take.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// What this task keeps up to date.
pub(crate) struct Needs {
    pub(crate) watermarks: Watermarks,
    pub(crate) database: Database,
    /// Says whether every projection's progress is known.
    pub(crate) seeded: Component,
}

/// Reads the checkpoints at the start, when announcements may have been missed, each second while somebody waits, and
/// now and then; until the end.
pub(crate) async fn refresh_when_needed(needs: Needs, shutdown: Shutdown) {
    let Needs {
        watermarks,
        database,
        seeded,
    } = needs;
    let work = async {
        let mut waiting = watermarks.0.waiting.subscribe();
        let mut complete = false;
        loop {
            match tokio::time::timeout(TIME_LIMIT, refresh(&watermarks, &database)).await {
                Ok(Ok(())) => {
                    let missing = missing(&watermarks);
                    complete = missing.is_empty();
                    if complete {
                        seeded.ok();
                    } else {
                        seeded.lacks(format!("no checkpoints yet of {}", missing.join(", ")));
                    }
                }
                Ok(Err(error)) => tracing::warn!(%error, "the checkpoints can't be read"),
                Err(late) => tracing::warn!(%late, "the checkpoints can't be read"),
            }
            let somebody_waits_or_nothing_is_known = async {
                tokio::time::sleep(PERIOD).await;
                if complete {
                    let somebody_waits = waiting.wait_for(|waiting| *waiting > 0);
                    // Over the time is as good; and the sender lives as long as `watermarks`.
                    let _either = tokio::time::timeout(IDLE, somebody_waits).await;
                }
            };
            tokio::select! {
                () = somebody_waits_or_nothing_is_known => {}
                () = watermarks.0.missed.notified() => {}
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = shutdown.begun() => {}
    }
}

/// What of a shard's document is needed.
#[derive(Deserialize)]
struct Checkpoint {
    projection: String,
    version: u32,
    shard: u32,
    position: i64,
}

/// What of a parked event is needed.
#[derive(Deserialize)]
struct Letter {
    projection: String,
    version: u32,
    key: String,
    subject: String,
}

/// With so many it isn't found out any more whom they concern.
const MOST_LETTERS: i64 = 20_000;

async fn refresh(watermarks: &Watermarks, database: &Database) -> Result<(), mongodb::error::Error> {
    let fields = doc! { "projection": 1, "version": 1, "shard": 1, "position": 1 };
    // A handful of documents per projection: read whole, and the shards after the versions, so that a version
    // which has just gone live finds its shards.
    let versions = database.collection::<Versions>(Versions::COLLECTION);
    let versions: Vec<Versions> = versions.find(doc! {}).await?.try_collect().await?;
    let shards = database.collection::<Checkpoint>(Shard::COLLECTION);
    let shards: Vec<Checkpoint> = shards
        .find(doc! {})
        .projection(fields)
        .await?
        .try_collect()
        .await?;

    let fields = doc! { "_id": 0, "projection": 1, "version": 1, "key": 1, "subject": 1 };
    let letters = database.collection::<Letter>(DeadLetter::COLLECTION);
    let letters: Vec<Letter> = letters
        .find(doc! {})
        .projection(fields)
        .limit(MOST_LETTERS)
        .await?
        .try_collect()
        .await?;
    let too_many = i64::try_from(letters.len()).is_ok_and(|letters| letters >= MOST_LETTERS);

    for projection in PROJECTIONS {
        let mut parked: BTreeMap<u32, Vec<(&str, &str)>> = BTreeMap::new();
        for letter in letters
            .iter()
            .filter(|letter| letter.projection == projection.name)
        {
            let letters = parked.entry(letter.version).or_default();
            letters.push((&letter.key, &letter.subject));
        }
        let mut parked: BTreeMap<u32, Arc<Parked>> = parked
            .into_iter()
            .map(|(version, letters)| (version, Arc::new(Parked::of(letters))))
            .collect();
        let held = versions.iter().find(|held| held.projection == projection.name);
        if too_many {
            let versions = held.iter().flat_map(|held| &held.versions);
            parked.extend(versions.map(|version| (version.version, Arc::new(Parked::too_much()))));
        }
        watermarks.park(projection.name, parked);
        for shard in shards.iter().filter(|shard| shard.projection == projection.name) {
            let position = from_checkpoint(shard.position);
            watermarks.advance(projection.name, shard.version, shard.shard, position);
        }
        let live = held.and_then(|held| held.versions.iter().find(|version| version.version == held.live));
        if let Some(live) = live {
            watermarks.switch(projection.name, live.version, live.shards);
        }
    }
    Ok(())
}

/// The projections whose progress isn't known; also renews the metrics of the others.
fn missing(watermarks: &Watermarks) -> Vec<&'static str> {
    let mut missing = Vec::new();
    for projection in PROJECTIONS {
        match watermarks.lane(projection) {
            #[expect(clippy::cast_precision_loss, reason = "exact below 2^53, and only a metric")]
            Ok(lane) => {
                metrics::gauge!(WATERMARK, "projection" => projection.name).set(lane.watermark as f64);
            }
            Err(_) => missing.push(projection.name),
        }
    }
    missing
}
