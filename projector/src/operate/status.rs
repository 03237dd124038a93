//! `projector status`: every projection, version and shard: whose it is, where it stands, how far behind.

use std::collections::BTreeMap;

use bson::{DateTime, doc};
use events::{Position, Stream};
use futures::TryStreamExt;
use read_model::{
    PROJECTIONS, Projection,
    engine::{DeadLetter, Shard, Versions},
};
use serde::Serialize;

use crate::{
    config::StatusArgs,
    operate::{Operator, table::table},
};

/// One shard, as it is told.
#[derive(Debug, Serialize)]
struct Row {
    projection: &'static str,
    version: u32,
    /// What readers make of the version: `live`, `previous`, `next` or `old`.
    state: &'static str,
    shard: u32,
    /// The process that owns it; none if nobody does.
    owner: Option<String>,
    position: Position,
    lag_events: u64,
    /// How old the next event is; none if it is gone.
    lag_seconds: Option<f64>,
    parked: u64,
}

/// Prints the table, or the same as JSON.
pub(crate) async fn run(operator: &Operator, args: &StatusArgs) -> anyhow::Result<()> {
    let rows = rows(operator, args).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    if rows.is_empty() {
        println!("No projector has run on this database yet.");
        return Ok(());
    }
    let headings = [
        "PROJECTION",
        "VERSION",
        "STATE",
        "SHARD",
        "OWNER",
        "POSITION",
        "BEHIND",
        "FOR",
        "PARKED",
    ];
    let cells: Vec<_> = rows.iter().map(Row::cells).collect();
    print!("{}", table(headings, &cells));
    Ok(())
}

async fn rows(operator: &Operator, args: &StatusArgs) -> anyhow::Result<Vec<Row>> {
    let versions = operator.database.collection::<Versions>(Versions::COLLECTION);
    let versions: Vec<Versions> = versions.find(doc! {}).await?.try_collect().await?;
    let mut ends = BTreeMap::new();
    for stream in Stream::ALL {
        ends.insert(stream.prefix(), operator.last(stream).await?);
    }
    let mut rows = Vec::new();
    for model in PROJECTIONS {
        let wanted = args.projections.is_empty() || args.projections.iter().any(|name| name.0 == model.name);
        let held = versions.iter().find(|held| held.projection == model.name);
        let Some(held) = held.filter(|_| wanted) else {
            continue;
        };
        for version in &held.versions {
            for shard in operator.shards(model, version.version).await? {
                let end = ends[model.stream.prefix()];
                rows.push(row(operator, model, held, &shard, end).await?);
            }
        }
    }
    Ok(rows)
}

async fn row(
    operator: &Operator,
    model: &'static Projection,
    versions: &Versions,
    shard: &Shard,
    end: u64,
) -> anyhow::Result<Row> {
    let at = read_model::sequence(shard.position);
    let lag_events = end.saturating_sub(at);
    let lag_seconds = if lag_events == 0 {
        Some(0.0)
    } else {
        let next = operator.message(model.stream, at + 1).await?;
        next.map(|next| age(next.time.unix_timestamp_nanos()))
    };
    let parked = doc! { "projection": model.name, "version": shard.version, "shard": i64::from(shard.shard) };
    let letters = operator.database.collection::<DeadLetter>(DeadLetter::COLLECTION);
    Ok(Row {
        projection: model.name,
        version: shard.version,
        state: state(versions, shard.version),
        shard: shard.shard,
        owner: shard
            .owner
            .clone()
            .filter(|_| shard.lease_until > DateTime::now()),
        position: Position::new(model.stream, at),
        lag_events,
        lag_seconds,
        parked: letters.count_documents(parked).await?,
    })
}

/// What readers make of a version.
fn state(versions: &Versions, version: u32) -> &'static str {
    if version == versions.live {
        "live"
    } else if Some(version) == versions.previous {
        "previous"
    } else if version > versions.live {
        "next"
    } else {
        "old"
    }
}

/// Seconds since a moment, given in nanoseconds since 1970.
fn age(at: i128) -> f64 {
    let now = i128::from(platform::clock::now().timestamp_millis());
    #[expect(clippy::cast_precision_loss, reason = "shown to a tenth of a second")]
    let seconds = (now - at / 1_000_000).max(0) as f64 / 1e3;
    seconds
}

impl Row {
    fn cells(&self) -> [String; 9] {
        let seconds = |seconds: f64| format!("{seconds:.1} s");
        [
            self.projection.to_owned(),
            self.version.to_string(),
            self.state.to_owned(),
            self.shard.to_string(),
            self.owner.clone().unwrap_or_else(|| "nobody".to_owned()),
            self.position.to_string(),
            self.lag_events.to_string(),
            self.lag_seconds.map_or_else(|| "?".to_owned(), seconds),
            self.parked.to_string(),
        ]
    }
}
