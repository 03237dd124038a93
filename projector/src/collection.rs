//! Pictures that nothing refers to, proposed to command-api for deletion. It decides; here is only known what refers to
//! what.
//!
//! A picture can newly be referred to for twelve hours after its upload, and is proposed after a day: so what the read
//! models don't know of then won't come any more, if only they have come far enough. That is waited for.

use std::collections::HashSet;
use std::time::Duration;

use bson::{DateTime, Uuid, doc};
use events::{EventStore, Stream};
use futures::TryStreamExt;
use mongodb::Database;
use platform::shutdown::Shutdown;
use read_model::{
    Document, Projection, chat,
    engine::{Shard, Versions},
    media::{self, Media},
    versioned,
};
use serde::Deserialize;

/// How old a picture is when it is first proposed; command-api asks for the same.
const UNUSED_FOR: chrono::TimeDelta = chrono::TimeDelta::hours(24);
/// How many pictures are looked at each time, from where the last time ended.
const AT_ONCE: i64 = 500;
/// How long the read models may take to come to where the streams were when it was begun.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked how far they are.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// How long command-api may take for a proposal.
const ANSWER: Duration = Duration::from_secs(30);

/// Why nothing was proposed this time.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the read models can't be read")]
    Database(#[from] mongodb::error::Error),
    #[error("the streams can't be read")]
    Load(#[from] events::LoadError),
    #[error("command-api doesn't answer")]
    Unanswered(#[from] async_nats::RequestError),
    #[error("{0} is behind, or nobody reads it")]
    Behind(&'static str),
}

/// A picture, as it is proposed.
#[derive(Debug, Deserialize)]
struct Candidate {
    #[serde(rename = "_id")]
    id: Uuid,
    owner: Uuid,
    uploaded_at: DateTime,
}

/// Proposes what nothing refers to.
pub(crate) struct Collector {
    store: EventStore,
    database: Database,
    /// Up to which upload all has been looked at in this round.
    from: DateTime,
}

impl Collector {
    pub(crate) fn new(store: EventStore, database: Database) -> Self {
        Self {
            store,
            database,
            from: DateTime::MIN,
        }
    }

    /// Proposes something every now and then, until the process ends.
    pub(crate) async fn run(mut self, every: Duration, shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = shutdown.begun() => return,
                () = tokio::time::sleep(every) => {}
            }
            let propose = self.propose();
            tokio::select! {
                () = shutdown.begun() => return,
                proposed = propose => match proposed {
                    Ok(0) => {}
                    Ok(pictures) => tracing::info!(pictures, "pictures that nothing refers to were proposed for deletion"),
                    // The next time will do.
                    Err(error) => tracing::warn!(
                        error = %error,
                        "unused pictures can't be looked for"
                    ),
                }
            }
        }
    }

    async fn propose(&mut self) -> Result<usize, Failure> {
        let usage = self.caught_up(&media::PROJECTION).await?;
        let chat = self.caught_up(&chat::PROJECTION).await?;
        let before = DateTime::from_chrono(platform::clock::now() - UNUSED_FOR);
        let pictures = self
            .database
            .collection::<Candidate>(&versioned(Media::COLLECTION, usage));
        let unused: Vec<Candidate> = pictures
            .find(doc! { "uses": 0_i64, "uploaded_at": { "$gte": self.from, "$lt": before } })
            .sort(doc! { "uploaded_at": 1 })
            .limit(AT_ONCE)
            .projection(doc! { "owner": 1, "uploaded_at": 1 })
            .await?
            .try_collect()
            .await?;
        // From the beginning again when all have been looked at: what was referred to may be so no longer.
        self.from = match unused.last() {
            Some(last) if i64::try_from(unused.len()).unwrap_or(AT_ONCE) == AT_ONCE => last.uploaded_at,
            _ => DateTime::MIN,
        };
        let sent = self.sent(chat, &unused).await?;
        let unused: Vec<Candidate> = unused
            .into_iter()
            .filter(|picture| !sent.contains(&picture.id))
            .collect();
        if unused.is_empty() {
            return Ok(0);
        }
        let subject = self.store.namespace().command("media.collect");
        let request = async_nats::Request::new()
            .payload(proposal(&unused).to_string().into())
            .timeout(Some(ANSWER));
        self.store.client().send_request(subject, request).await?;
        Ok(unused.len())
    }

    /// Those among some pictures that messages show.
    async fn sent(&self, version: u32, pictures: &[Candidate]) -> Result<HashSet<Uuid>, Failure> {
        #[derive(Deserialize)]
        struct Row {
            media: Vec<Uuid>,
        }
        let ids: Vec<Uuid> = pictures.iter().map(|picture| picture.id).collect();
        let rows: Vec<Row> = self
            .database
            .collection::<Row>(&versioned(chat::Message::COLLECTION, version))
            .find(doc! { "media": { "$in": ids } })
            .projection(doc! { "_id": 0, "media": 1 })
            .await?
            .try_collect()
            .await?;
        Ok(rows.into_iter().flat_map(|row| row.media).collect())
    }

    /// The live version of a projection, once all its shards have come to where its stream is now.
    async fn caught_up(&self, projection: &'static Projection) -> Result<u32, Failure> {
        let last = read_model::position(self.last(projection.stream).await?);
        let reached = async {
            loop {
                if let Some(version) = self.at(projection, last).await? {
                    return Ok(version);
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        };
        let reached = tokio::time::timeout(PATIENCE, reached).await;
        reached.unwrap_or(Err(Failure::Behind(projection.name)))
    }

    async fn last(&self, stream: Stream) -> Result<u64, Failure> {
        Ok(self.store.last_position(stream).await?.sequence)
    }

    /// The live version, if each of its shards has considered all up to `position`.
    async fn at(&self, projection: &Projection, position: i64) -> Result<Option<u32>, Failure> {
        let versions = self.database.collection::<Versions>(Versions::COLLECTION);
        let versions = versions.find_one(doc! { "_id": projection.name }).await?;
        let Some(versions) = versions else { return Ok(None) };
        let live = versions
            .versions
            .iter()
            .find(|version| version.version == versions.live);
        let Some(live) = live else { return Ok(None) };
        let reached = self
            .database
            .collection::<Shard>(Shard::COLLECTION)
            .count_documents(doc! {
                "projection": projection.name, "version": live.version, "position": { "$gte": position },
            })
            .await?;
        Ok((reached >= u64::from(live.shards)).then_some(live.version))
    }
}

/// As `cmd.media.collect` takes it.
fn proposal(pictures: &[Candidate]) -> serde_json::Value {
    let ids = |picture: &Candidate| serde_json::json!({ "media": picture.id.to_string(), "owner": picture.owner.to_string() });
    serde_json::json!({ "pictures": pictures.iter().map(ids).collect::<Vec<_>>() })
}
