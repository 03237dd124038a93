//! Two versions made to stand at one position for a moment, while a snapshot of both is taken.
//!
//! Every shard is first held where it stands, then at the position of the foremost, to which the others come. An
//! owner can't pass it, for its checkpoint is refused; and should nobody ever let go, the hold runs out.

use std::time::Duration;

use anyhow::Context;
use bson::{Document, doc};
use mongodb::{ClientSession, options::WriteConcern};
use read_model::{Projection, engine::Shard};

use crate::operate::Operator;

/// How long the shards may take to meet. Readers wait for them meanwhile, at the longest.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often they are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A moment of the database at which both versions had applied the same events.
pub(crate) struct Meeting {
    /// Reads as of that moment.
    pub(crate) session: ClientSession,
    /// Up to where.
    pub(crate) position: u64,
}

/// Makes the shards of two versions meet, takes a snapshot, and lets them go on.
pub(crate) async fn meet(
    operator: &Operator,
    model: &Projection,
    versions: [u32; 2],
) -> anyhow::Result<Meeting> {
    let hold = Hold {
        operator,
        of: doc! { "projection": model.name, "version": { "$in": versions.to_vec() } },
    };
    let met = hold.meet().await;
    let released = hold.release().await;
    let meeting = met?;
    released?;
    Ok(meeting)
}

struct Hold<'a> {
    operator: &'a Operator,
    /// Which shards.
    of: Document,
}

impl Hold<'_> {
    async fn meet(&self) -> anyhow::Result<Meeting> {
        self.at("$position".into()).await?;
        let holds = self.shards(None).await?;
        let foremost = holds.iter().map(|shard| shard.position).max();
        let foremost = foremost.context("there are no shards to compare")?;
        self.at(foremost.into()).await?;
        let all_there = async {
            loop {
                let shards = self.shards(None).await?;
                if shards.iter().all(|shard| shard.position == foremost) {
                    return anyhow::Ok(());
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        if let Ok(there) = tokio::time::timeout(PATIENCE, all_there).await {
            there?;
        } else {
            let shards = self.shards(None).await?;
            let left = shards.iter().filter(|shard| shard.position != foremost);
            let left: Vec<_> = left
                .map(|shard| format!("{} is at {}", shard.id, shard.position))
                .collect();
            anyhow::bail!(
                "the shards did not come to position {foremost} in time ({}); does a projector run them?",
                left.join(", ")
            );
        }
        let client = self.operator.database.client();
        let mut session = client.start_session().snapshot(true).await?;
        let shards = self.shards(Some(&mut session)).await?;
        anyhow::ensure!(
            shards
                .iter()
                .all(|shard| shard.position == foremost && shard.step == 0),
            "the two versions went on too early; try again"
        );
        Ok(Meeting {
            session,
            position: read_model::sequence(foremost),
        })
    }

    /// Holds each shard at a position, or at the field that this names.
    async fn at(&self, position: bson::Bson) -> anyhow::Result<()> {
        let patience = i64::try_from(PATIENCE.as_millis())? * 2;
        let hold = doc! { "hold": position, "hold_until": { "$add": ["$$NOW", patience] } };
        self.update(vec![doc! { "$set": hold }]).await
    }

    async fn release(&self) -> anyhow::Result<()> {
        self.update(vec![doc! { "$unset": ["hold", "hold_until"] }]).await
    }

    async fn update(&self, update: Vec<Document>) -> anyhow::Result<()> {
        self.operator
            .database
            .collection::<Shard>(Shard::COLLECTION)
            .update_many(self.of.clone(), update)
            .write_concern(WriteConcern::majority())
            .await?;
        Ok(())
    }

    async fn shards(&self, session: Option<&mut ClientSession>) -> anyhow::Result<Vec<Shard>> {
        use futures::TryStreamExt;
        let shards = self.operator.database.collection::<Shard>(Shard::COLLECTION);
        let found = shards.find(self.of.clone());
        Ok(match session {
            None => found.await?.try_collect().await?,
            Some(session) => {
                let mut found = found.session(&mut *session).await?;
                found.stream(session).try_collect().await?
            }
        })
    }
}
