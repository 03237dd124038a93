//! What operators ask of projections: build anew, compare, switch, look, deal with what could not be applied.
//!
//! Nothing here applies an event. Each command changes a few fields of the engine's own documents, and the
//! projectors that run do the rest; so the work is shared as always, and a command that is interrupted leaves
//! nothing half done.

mod dead_letters;
mod diff;
mod hold;
mod rebuild;
mod status;
mod switch;
mod table;

use std::io::IsTerminal;

use anyhow::Context;
use async_nats::jetstream;
use bson::doc;
use events::{Connection, Namespace, Stream};
use futures::TryStreamExt;
use mongodb::Database;
use read_model::{
    Projection,
    engine::{Shard, Version, Versions},
};

use crate::config::{DeadLettersArgs, Operation, Servers};

/// Does what was asked; tells it on the standard output.
pub async fn operate(operation: &Operation) -> anyhow::Result<()> {
    let on = Operator::connect;
    match operation {
        Operation::Status(args) => status::run(&on(&args.servers).await?, &args.what).await,
        Operation::Rebuild(args) => rebuild::run(&on(&args.servers).await?, &args.what).await,
        Operation::Diff(args) => diff::run(&on(&args.servers).await?, &args.what).await,
        Operation::Switch(args) => switch::switch(&on(&args.servers).await?, &args.what).await,
        Operation::Rollback(args) => switch::rollback(&on(&args.servers).await?, &args.what).await,
        Operation::Drop(args) => switch::drop(&on(&args.servers).await?, &args.what).await,
        Operation::DeadLetters(DeadLettersArgs::List(args)) => {
            dead_letters::list(&on(&args.servers).await?, &args.what).await
        }
        Operation::DeadLetters(DeadLettersArgs::Show(args)) => {
            dead_letters::show(&on(&args.servers).await?, &args.what).await
        }
        Operation::DeadLetters(DeadLettersArgs::Retry(args)) => {
            dead_letters::retry(&on(&args.servers).await?, &args.what).await
        }
        Operation::DeadLetters(DeadLettersArgs::Discard(args)) => {
            dead_letters::discard(&on(&args.servers).await?, &args.what).await
        }
    }
}

/// The connections, and the questions that several commands ask.
pub(crate) struct Operator {
    pub(crate) database: Database,
    client: async_nats::Client,
    jetstream: jetstream::Context,
    namespace: Namespace,
}

impl Operator {
    async fn connect(servers: &Servers) -> anyhow::Result<Self> {
        let database = servers.database().await?;
        let connection = Connection {
            name: "projector-operator".to_owned(),
            ..servers.connection()
        };
        let client = events::connect(&connection, |_| {}).await;
        let client = client.with_context(|| format!("NATS at {} can't be reached", servers.nats_url))?;
        Ok(Self {
            database,
            jetstream: jetstream::new(client.clone()),
            client,
            namespace: servers.namespace.clone(),
        })
    }

    /// The versions of a projection.
    pub(crate) async fn versions(&self, model: &Projection) -> anyhow::Result<Versions> {
        let versions = self.database.collection::<Versions>(Versions::COLLECTION);
        let found = versions.find_one(doc! { "_id": model.name }).await?;
        found.with_context(|| {
            format!(
                "there is no version of {} yet: no projector has run it on this database",
                model.name
            )
        })
    }

    /// The records of a version's shards, in their order.
    pub(crate) async fn shards(&self, model: &Projection, version: u32) -> anyhow::Result<Vec<Shard>> {
        let shards = self.database.collection::<Shard>(Shard::COLLECTION);
        let found = shards
            .find(doc! { "projection": model.name, "version": version })
            .sort(doc! { "shard": 1 });
        Ok(found.await?.try_collect().await?)
    }

    /// The last sequence of a stream.
    pub(crate) async fn last(&self, stream: Stream) -> anyhow::Result<u64> {
        let name = self.namespace.stream(stream);
        let stream = self
            .jetstream
            .get_stream(&name)
            .await
            .with_context(|| format!("the stream {name} can't be read"))?;
        Ok(stream.cached_info().state.last_sequence)
    }

    /// An event as it is stored; none where there is none any more.
    pub(crate) async fn message(
        &self,
        stream: Stream,
        sequence: u64,
    ) -> anyhow::Result<Option<jetstream::message::StreamMessage>> {
        let stream = self
            .jetstream
            .get_stream_no_info(self.namespace.stream(stream))
            .await?;
        match stream.direct_get(sequence).await {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.kind() == jetstream::stream::DirectGetErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells readers to look at the versions again. They do by themselves too, a moment later.
    pub(crate) async fn tell_readers(&self) -> anyhow::Result<()> {
        let subject = self.namespace.projections_changed();
        self.client.publish(subject, "".into()).await?;
        self.client.flush().await?;
        Ok(())
    }
}

/// The version of this number.
pub(crate) fn kept(versions: &Versions, number: u32) -> anyhow::Result<Version> {
    versions.get(number).with_context(|| {
        let numbers: Vec<_> = versions
            .versions
            .iter()
            .map(|version| version.version.to_string())
            .collect();
        format!(
            "{} has no version {number}; there are {}",
            versions.projection,
            numbers.join(", ")
        )
    })
}

/// The newest version that readers don't use yet.
pub(crate) fn next(versions: &Versions) -> Option<Version> {
    let later = versions
        .versions
        .iter()
        .filter(|version| version.version > versions.live);
    later.max_by_key(|version| version.version).copied()
}

/// How far the slowest shard has come.
pub(crate) fn slowest(shards: &[Shard]) -> u64 {
    let positions = shards.iter().map(|shard| read_model::sequence(shard.position));
    positions.min().unwrap_or_default()
}

/// Whether somebody looks on, for whom a line may be written over.
fn looked_at() -> bool {
    std::io::stdout().is_terminal()
}
