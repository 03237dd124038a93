//! `projector diff`: two versions of a projection, compared field by field at one common position.

use std::collections::BTreeMap;

use anyhow::Context;
use bson::{Bson, DateTime, Document, doc};
use mongodb::{ClientSession, SessionCursor};
use read_model::{Collection, EXPIRES_AT, versioned};

use crate::{
    config::DiffArgs,
    operate::{
        Operator,
        hold::{Meeting, meet},
        kept, next,
    },
};

/// How many documents of a collection that differ are named.
const NAMED: usize = 10;
/// MongoDB's error code for a snapshot that it no longer has.
const SNAPSHOT_TOO_OLD: i32 = 239;

/// What became of comparing a collection.
#[derive(Debug, Default)]
struct Found {
    same: u64,
    /// In how many documents each field differs.
    fields: BTreeMap<String, u64>,
    differ: u64,
    only: [u64; 2],
    /// The ids of some that differ, and how.
    named: Vec<String>,
}

impl Found {
    fn is_same(&self) -> bool {
        self.differ == 0 && self.only == [0, 0]
    }

    fn name(&mut self, id: &Bson, how: &str) {
        if self.named.len() < NAMED {
            self.named.push(format!("{id}: {how}"));
        }
    }
}

/// Compares, tells, and fails if anything differs.
pub(crate) async fn run(operator: &Operator, args: &DiffArgs) -> anyhow::Result<()> {
    let model = args.projection.model();
    let versions = operator.versions(model).await?;
    let other = match args.version {
        Some(number) => kept(&versions, number)?,
        None => next(&versions)
            .or_else(|| versions.get(versions.previous?))
            .with_context(|| format!("there is no second version of {} to compare", model.name))?,
    };
    anyhow::ensure!(
        other.version != versions.live,
        "version {} is the live one",
        other.version
    );
    let pair = [versions.live, other.version];
    let Meeting {
        mut session,
        position,
    } = meet(operator, model, pair).await?;
    println!(
        "{} versions {} (live) and {} at {}:",
        model.name,
        pair[0],
        pair[1],
        events::Position::new(model.stream, position)
    );
    let mut same = true;
    for collection in model.collections {
        let found = compare(operator, &mut session, collection, pair).await;
        let found = found.map_err(explained)?;
        tell(collection, pair, &found);
        same &= found.is_same();
    }
    anyhow::ensure!(same, "the two versions differ");
    println!("They are the same.");
    Ok(())
}

fn explained(error: mongodb::error::Error) -> anyhow::Error {
    let too_old = matches!(
        error.kind.as_ref(),
        mongodb::error::ErrorKind::Command(command) if command.code == SNAPSHOT_TOO_OLD
    );
    let error = anyhow::Error::from(error);
    if too_old {
        error.context(
            "comparing took longer than the database keeps a snapshot; raise its \
             minSnapshotHistoryWindowInSeconds and try again",
        )
    } else {
        error
    }
}

fn tell(collection: &Collection, [live, other]: [u32; 2], found: &Found) {
    println!(
        "  {}: {} same, {} differ, {} only in {live}, {} only in {other}",
        collection.name, found.same, found.differ, found.only[0], found.only[1]
    );
    for (field, count) in &found.fields {
        println!("    {field} differs in {count}");
    }
    for named in &found.named {
        println!("    {named}");
    }
}

/// Goes through both in the order of their ids, side by side.
async fn compare(
    operator: &Operator,
    session: &mut ClientSession,
    collection: &Collection,
    versions: [u32; 2],
) -> mongodb::error::Result<Found> {
    let mut found = Found::default();
    let expires = collection.expires();
    // What is over is removed by the database, of the one version sooner than of the other.
    let now = DateTime::now();
    let filter = if expires {
        doc! { EXPIRES_AT: { "$gt": DateTime::from_millis(now.timestamp_millis() + 60_000) } }
    } else {
        doc! {}
    };
    let mut sides = Vec::new();
    for version in versions {
        let documents = operator
            .database
            .collection::<Document>(&versioned(collection.name, version));
        let cursor = documents
            .find(filter.clone())
            .sort(doc! { "_id": 1 })
            .session(&mut *session)
            .await?;
        sides.push(Side { cursor, head: None });
    }
    for side in &mut sides {
        side.step(session).await?;
    }
    let [a, b] = sides.as_mut_slice() else {
        return Ok(found);
    };
    loop {
        match (a.key(), b.key()) {
            (None, None) => return Ok(found),
            (one, other) if one == other => {
                let (Some(one), Some(other)) = (a.step(session).await?, b.step(session).await?) else {
                    return Ok(found);
                };
                note(&mut found, &one, &other);
            }
            (one, other) => {
                let first = other.is_none() || one.is_some_and(|one| Some(one) < other);
                let (side, n) = if first { (&mut *a, 0) } else { (&mut *b, 1) };
                if let Some(alone) = side.step(session).await? {
                    found.only[n] += 1;
                    let id = alone.get("_id").cloned().unwrap_or(Bson::Null);
                    found.name(&id, &format!("only in {}", versions[n]));
                }
            }
        }
    }
}

fn note(found: &mut Found, one: &Document, other: &Document) {
    let differing = differing(one, other);
    if differing.is_empty() {
        found.same += 1;
        return;
    }
    found.differ += 1;
    let id = one.get("_id").cloned().unwrap_or(Bson::Null);
    found.name(&id, &format!("{} differ", differing.join(", ")));
    for field in differing {
        *found.fields.entry(field).or_default() += 1;
    }
}

/// The fields that two documents don't have alike. Values aren't shown: they are people's.
fn differing(one: &Document, other: &Document) -> Vec<String> {
    let mut fields: Vec<_> = one
        .iter()
        .filter(|(field, value)| other.get(field.as_str()) != Some(*value))
        .map(|(field, _)| field.clone())
        .collect();
    fields.extend(
        other
            .keys()
            .filter(|field| !one.contains_key(field.as_str()))
            .cloned(),
    );
    fields
}

/// One version's documents, and the one that comes next.
struct Side {
    cursor: SessionCursor<Document>,
    head: Option<(Vec<u8>, Document)>,
}

impl Side {
    fn key(&self) -> Option<&Vec<u8>> {
        self.head.as_ref().map(|(key, _)| key)
    }

    /// Takes the next document, and looks at the one after it.
    async fn step(&mut self, session: &mut ClientSession) -> mongodb::error::Result<Option<Document>> {
        let next = self.cursor.next(session).await.transpose()?;
        let next = next.map(|document| (order(&document), document));
        Ok(std::mem::replace(&mut self.head, next).map(|(_, document)| document))
    }
}

/// An id as bytes that are in the order in which the database gives ids of one form: UUIDs, or documents of them.
fn order(document: &Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(id) = document.get("_id") {
        append(id, &mut bytes);
    }
    bytes
}

fn append(value: &Bson, bytes: &mut Vec<u8>) {
    match value {
        Bson::Binary(binary) => bytes.extend(&binary.bytes),
        // Numbers that are ordered as their bytes: none of ours is negative.
        Bson::Int64(number) => bytes.extend(number.to_be_bytes()),
        Bson::Int32(number) => bytes.extend(number.to_be_bytes()),
        Bson::String(text) => {
            bytes.extend(text.as_bytes());
            bytes.push(0);
        }
        Bson::Document(document) => document.values().for_each(|value| append(value, bytes)),
        other => bytes.extend(other.to_string().into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_differ_by_value_or_by_being_there() {
        let one = doc! { "_id": 1, "a": 1, "b": 2, "c": 3 };
        let other = doc! { "_id": 1, "b": 2, "a": 2, "d": 4 };
        assert_eq!(differing(&one, &other), ["a", "c", "d"]);
        assert!(differing(&one, &one).is_empty());
    }

    #[test]
    fn ids_are_ordered_as_the_database_does() {
        let uuid = |n: u128| Bson::from(bson::Uuid::from_bytes(n.to_be_bytes()));
        let pair = |a, b| order(&doc! { "_id": { "owner": uuid(a), "post": uuid(b) } });
        assert!(pair(1, 9) < pair(2, 1) && pair(2, 1) < pair(2, 3));
        assert!(order(&doc! { "_id": uuid(1) }) < order(&doc! { "_id": uuid(256) }));
    }
}
