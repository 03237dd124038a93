//! `projector dead-letters`: what could not be applied, why, and what is to be done with it.

use std::time::{Duration, Instant};

use anyhow::Context;
use bson::{Document, doc};
use events::Position;
use futures::TryStreamExt;
use mongodb::options::WriteConcern;
use read_model::engine::{DeadLetter, Wish};
use serde_json::json;

use crate::{
    config::{DeadLetterArgs, ListLettersArgs, RetryArgs},
    operate::{Operator, table::table},
};

/// How long to wait for the shard's owner to do what is wished.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often to look whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(200);

async fn find(operator: &Operator, filter: Document) -> anyhow::Result<Vec<DeadLetter>> {
    let letters = operator.database.collection::<DeadLetter>(DeadLetter::COLLECTION);
    let sort = doc! { "projection": 1, "version": 1, "shard": 1, "position": 1 };
    Ok(letters.find(filter).sort(sort).await?.try_collect().await?)
}

/// Lists letters.
pub(crate) async fn list(operator: &Operator, args: &ListLettersArgs) -> anyhow::Result<()> {
    let filter = match &args.projection {
        Some(name) => doc! { "projection": &name.0 },
        None => doc! {},
    };
    let letters = find(operator, filter).await?;
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&letters.iter().map(as_json).collect::<Vec<_>>())?
        );
        return Ok(());
    }
    if letters.is_empty() {
        println!("No event is parked.");
        return Ok(());
    }
    let rows: Vec<_> = letters.iter().map(row).collect();
    let headings = [
        "PROJECTION",
        "VERSION",
        "SHARD",
        "POSITION",
        "KEY",
        "TRIES",
        "WHY",
    ];
    print!("{}", table(headings, &rows));
    Ok(())
}

fn row(letter: &DeadLetter) -> [String; 7] {
    let why = letter.error.clone();
    [
        letter.projection.clone(),
        letter.version.to_string(),
        letter.shard.to_string(),
        position(letter).to_string(),
        letter.key.clone(),
        letter.tries.to_string(),
        why.unwrap_or_else(|| "waits behind an earlier one".to_owned()),
    ]
}

fn position(letter: &DeadLetter) -> Position {
    let model = read_model::PROJECTIONS
        .iter()
        .find(|model| model.name == letter.projection);
    let stream = model.map_or(events::Stream::Events, |model| model.stream);
    Position::new(stream, read_model::sequence(letter.position))
}

fn as_json(letter: &DeadLetter) -> serde_json::Value {
    json!({
        "projection": letter.projection,
        "version": letter.version,
        "shard": letter.shard,
        "position": position(letter).to_string(),
        "subject": letter.subject,
        "key": letter.key,
        "error": letter.error,
        "tries": letter.tries,
        "parked_at": letter.parked_at.try_to_rfc3339_string().unwrap_or_default(),
    })
}

/// The letters for one event, in every version and shard that has one.
async fn at(operator: &Operator, args: &DeadLetterArgs) -> anyhow::Result<Vec<DeadLetter>> {
    let model = args.projection.model();
    anyhow::ensure!(
        args.position.stream == model.stream,
        "{} reads another stream than that of {}",
        model.name,
        args.position
    );
    let filter = doc! {
        "projection": model.name,
        "position": read_model::position(args.position.sequence),
    };
    let letters = find(operator, filter).await?;
    anyhow::ensure!(
        !letters.is_empty(),
        "no event of {} at {} is parked; `projector dead-letters list {}` tells which are",
        model.name,
        args.position,
        model.name
    );
    Ok(letters)
}

/// Shows letters, and the event as it is stored: what is personal in it stays sealed.
pub(crate) async fn show(operator: &Operator, args: &DeadLetterArgs) -> anyhow::Result<()> {
    let letters = at(operator, args).await?;
    let message = operator
        .message(args.position.stream, args.position.sequence)
        .await?;
    let event = message.map(|message| {
        let headers: serde_json::Map<_, _> = message
            .headers
            .iter()
            .filter_map(|(name, values)| Some((name.to_string(), json!(values.first()?.as_str()))))
            .collect();
        let body = serde_json::from_slice::<serde_json::Value>(&message.payload)
            .unwrap_or_else(|_| json!(String::from_utf8_lossy(&message.payload)));
        json!({ "subject": message.subject.as_str(), "headers": headers, "body": body })
    });
    let letters: Vec<_> = letters.iter().map(as_json).collect();
    println!(
        "{}",
        serde_json::to_string_pretty(&json!({ "letters": letters, "event": event }))?
    );
    Ok(())
}

/// Has events applied, each with all that wait behind it.
pub(crate) async fn retry(operator: &Operator, args: &RetryArgs) -> anyhow::Result<()> {
    let letters = match args.position {
        Some(position) => {
            let one = DeadLetterArgs {
                projection: args.projection.clone(),
                position,
            };
            at(operator, &one).await?
        }
        None => {
            find(
                operator,
                doc! { "projection": &args.projection.0, "error": { "$ne": null } },
            )
            .await?
        }
    };
    if letters.is_empty() {
        println!("No event of {} is parked.", args.projection.0);
        return Ok(());
    }
    let mut first = Vec::new();
    for letter in letters {
        let before = first_of_key(operator, &letter).await?;
        if !first.iter().any(|known: &DeadLetter| known.id == before.id) {
            first.push(before);
        }
    }
    wish(operator, &first, Wish::Retry).await?;
    settle(operator, &first, "applied").await
}

/// Has an event passed over for good.
pub(crate) async fn discard(operator: &Operator, args: &DeadLetterArgs) -> anyhow::Result<()> {
    let letters = at(operator, args).await?;
    for letter in &letters {
        let first = first_of_key(operator, letter).await?;
        anyhow::ensure!(
            first.id == letter.id,
            "it waits behind the one at {}: that comes first",
            position(&first)
        );
    }
    wish(operator, &letters, Wish::Discard).await?;
    settle(operator, &letters, "discarded").await
}

/// The first letter of the same key in the same shard: the events of a key are applied in order.
async fn first_of_key(operator: &Operator, letter: &DeadLetter) -> anyhow::Result<DeadLetter> {
    let filter = doc! {
        "projection": &letter.projection,
        "version": letter.version,
        "shard": letter.shard,
        "key": &letter.key,
    };
    let letters = find(operator, filter).await?;
    letters.into_iter().next().context("it was dealt with just now")
}

async fn wish(operator: &Operator, letters: &[DeadLetter], wish: Wish) -> anyhow::Result<()> {
    let ids: Vec<_> = letters.iter().map(|letter| letter.id.as_str()).collect();
    operator
        .database
        .collection::<DeadLetter>(DeadLetter::COLLECTION)
        .update_many(
            doc! { "_id": { "$in": ids } },
            doc! { "$set": { "wish": bson::serialize_to_bson(&wish)? } },
        )
        .write_concern(WriteConcern::majority())
        .await?;
    Ok(())
}

/// Waits until the owners of the shards have done what was wished, and tells what came of it.
async fn settle(operator: &Operator, letters: &[DeadLetter], done: &str) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    let ids: Vec<_> = letters.iter().map(|letter| letter.id.as_str()).collect();
    let left = loop {
        let left = find(operator, doc! { "_id": { "$in": &ids } }).await?;
        let settled = left.iter().all(|letter| letter.wish.is_none());
        if settled || Instant::now() > until {
            break left;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    for letter in letters {
        let place = format!(
            "{} version {} shard {} at {}",
            letter.projection,
            letter.version,
            letter.shard,
            position(letter)
        );
        match left.iter().find(|left| left.id == letter.id) {
            None => println!("{place}: {done}"),
            Some(left) if left.wish.is_some() => {
                println!("{place}: waits for a projector that runs {}", letter.projection);
            }
            Some(left) => println!(
                "{place}: can't be applied: {}",
                left.error.as_deref().unwrap_or("no reason is known")
            ),
        }
    }
    anyhow::ensure!(
        left.is_empty(),
        "{} of {} are still parked",
        left.len(),
        letters.len()
    );
    Ok(())
}
