//! One read: waits for what was asked, takes a place among the reads, and reads versions that fit each other.

mod lists;

use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use bson::{Bson, Document as Fields, RawBsonRef, RawDocument, RawDocumentBuf, doc, raw::cstr};
use events::{Position, Stream};
use futures::{TryStreamExt, stream};
use mongodb::{Collection, Database};
use platform::Problem;
use read_model::{Document, Projection, key, position, versioned, writer_of};
use serde::de::DeserializeOwned;

use crate::{
    app::App,
    asked::{self, Asked, CONSISTENCY, POSITION},
    copies::{Copies, Name, Place},
    pictures::Pictures,
    problems,
    profiles::Usernames,
    watermarks::{Reached, Refused, Version},
};

pub(crate) use lists::Kept;

/// The longest that MongoDB may work on one query; all of ours take milliseconds.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// The read models as they are after the wait.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    database: Database,
    copies: Copies,
    usernames: Usernames,
    reached: Reached,
    pictures: Pictures,
}

impl App {
    /// Answers by `read`, once `projections` (all that it reads) have applied what was `asked`, or the wait ran
    /// out. The answer tells which, be it a problem or not: a 404 that is stale may yet become a 200.
    pub(crate) async fn read<T, F>(
        &self,
        asked: Asked,
        projections: &[&'static Projection],
        read: impl FnOnce(Reading) -> F,
    ) -> Result<Response, Problem>
    where
        T: IntoResponse,
        F: Future<Output = Result<T, Problem>>,
    {
        let reached = self
            .watermarks()
            .reach(projections, &asked)
            .await
            .map_err(refused)?;
        let Ok(_place) = self.places().try_acquire() else {
            return Err(problems::busy());
        };
        let reading = Reading {
            database: self.database().clone(),
            copies: self.watermarks().copies().clone(),
            usernames: self.usernames().clone(),
            reached: reached.clone(),
            pictures: self.pictures(),
        };
        let mut response = match read(reading).await {
            Ok(answer) => answer.into_response(),
            Err(problem) => problem.into_response(),
        };
        tell(response.headers_mut(), &reached);
        response.extensions_mut().insert(Arc::new(reached));
        Ok(response)
    }
}

/// The problem of a wait that isn't begun.
pub(crate) fn refused(refused: Refused) -> Problem {
    match refused {
        Refused::BeyondTheEnd(position) => {
            asked::invalid_position(&format!("No event has the position {position} yet."))
        }
        Refused::Unknown(_) => problems::not_ready().with_cause(refused),
        Refused::TooManyWaiting => problems::busy().with_cause(refused),
        Refused::TooManyOfAccount => problems::too_many_of_yours().with_cause(refused),
    }
}

fn tell(headers: &mut HeaderMap, reached: &Reached) {
    if let Ok(positions) = HeaderValue::try_from(reached.positions.to_string()) {
        headers.insert(POSITION, positions);
    }
    headers.insert(
        CONSISTENCY,
        HeaderValue::from_static(reached.consistency.as_str()),
    );
}

impl Reading {
    /// Makes the URLs of pictures in the answer.
    pub(crate) fn pictures(&self) -> &Pictures {
        &self.pictures
    }

    /// Whose a username was when it was last asked for.
    pub(crate) fn usernames(&self) -> &Usernames {
        &self.usernames
    }

    /// How far the stream has been applied; the beginning, if this read doesn't touch it.
    pub(crate) fn applied(&self, stream: Stream) -> Position {
        let none = Position::new(stream, 0);
        self.reached.positions.in_stream(stream).unwrap_or(none)
    }

    /// The name of the live collection of `D`.
    ///
    /// # Panics
    ///
    /// If the route didn't declare the projection among those that it reads.
    pub(crate) fn name<D: Document>(&self) -> String {
        let version = self.version::<D>();
        let version = version.expect("a route declares the projections that it reads");
        versioned(D::COLLECTION, version.number)
    }

    /// Whether there is anything to read of `D`, for what is joined without being waited for.
    pub(crate) fn knows<D: Document>(&self) -> bool {
        self.version::<D>().is_some()
    }

    fn version<D: Document>(&self) -> Option<Version> {
        let owner = writer_of(D::COLLECTION)?;
        let versions = self.reached.versions.iter();
        versions.copied().find(|version| version.projection == owner.name)
    }

    fn collection<D: Document, T: Send + std::marker::Sync>(&self) -> Collection<T> {
        self.database.collection(&self.name::<D>())
    }

    /// Some documents, or as much of them as `T` has fields.
    pub(crate) async fn find<D: Document, T>(&self, query: Query) -> Result<Vec<T>, Problem>
    where
        T: DeserializeOwned + Send + std::marker::Sync + Unpin,
    {
        let collection = self.collection::<D, T>();
        let mut find = collection
            .find(query.filter)
            .projection(query.fields)
            .max_time(TIME_LIMIT);
        if let Some(sort) = query.sort {
            find = find.sort(sort);
        }
        if let Some(limit) = query.limit {
            // One more than the limit, so that the server closes the cursor with its first answer.
            find = find
                .limit(limit)
                .batch_size(u32::try_from(limit + 1).unwrap_or(u32::MAX));
        } else {
            find = find.batch_size(FIRST_BATCH);
        }
        let cursor = find.await.map_err(problems::database)?;
        cursor.try_collect().await.map_err(problems::database)
    }

    /// All documents that a query finds, one after the other; asked for when the first is wanted.
    pub(crate) fn stream<D: Document, T>(
        &self,
        query: Query,
    ) -> impl futures::Stream<Item = Result<T, Problem>> + Send + use<D, T>
    where
        T: DeserializeOwned + Send + std::marker::Sync + Unpin + 'static,
    {
        let collection = self.collection::<D, T>();
        let cursor = async move {
            let mut find = collection
                .find(query.filter)
                .projection(query.fields)
                .batch_size(STREAMED_BATCH)
                .max_time(TIME_LIMIT);
            if let Some(sort) = query.sort {
                find = find.sort(sort);
            }
            let cursor = find.await.map_err(problems::database)?;
            Ok::<_, Problem>(cursor.map_err(problems::database))
        };
        stream::once(cursor).try_flatten()
    }

    /// The document of this id, or as much of it as `T` has fields.
    pub(crate) async fn by_id<D: Document, T: DeserializeOwned>(
        &self,
        id: D::Id,
    ) -> Result<Option<T>, Problem> {
        let found = self.by_ids::<D, T>([id]).await?;
        Ok(found.into_iter().next())
    }

    /// The documents of these ids, in no order, or as much of them as `T` has fields: copies of those of which there
    /// are some, the others in one round trip.
    pub(crate) async fn by_ids<D: Document, T: DeserializeOwned>(
        &self,
        ids: impl IntoIterator<Item = D::Id>,
    ) -> Result<Vec<T>, Problem> {
        let era = self.version::<D>().and_then(|version| version.era);
        let mut found = Vec::new();
        let mut missing = HashMap::new();
        for id in ids {
            let key = key::<D>(id);
            let copy = era.map(|era| self.copies.ask(Name::new(era, D::COLLECTION, key.clone())));
            match copy {
                Some(Ok(Some(copy))) => found.push(copy),
                Some(Ok(None)) => {}
                Some(Err(place)) => drop(missing.insert(key, Some(place))),
                None => drop(missing.insert(key, None)),
            }
        }
        if !missing.is_empty() {
            found.extend(self.load::<D>(missing).await?);
        }
        let read = found
            .iter()
            .map(|document| bson::deserialize_from_slice(document));
        read.collect::<Result<_, _>>()
            .map_err(|error| problems::database(error.into()))
    }

    /// Loads documents, by their keys, and keeps copies where there is a place for one.
    async fn load<D: Document>(
        &self,
        mut missing: HashMap<Vec<u8>, Option<Place>>,
    ) -> Result<Vec<Arc<[u8]>>, Problem> {
        let ids = missing.keys().map(|key| {
            let id = id_of(RawDocument::from_bytes(key))?;
            Ok(Bson::try_from(id)?)
        });
        let ids: mongodb::error::Result<Vec<Bson>> = ids.collect();
        let ids = ids.map_err(problems::database)?;
        let mut documents = self
            .collection::<D, RawDocumentBuf>()
            .find(doc! { "_id": { "$in": ids } })
            .batch_size(FIRST_BATCH)
            .max_time(TIME_LIMIT)
            .await
            .map_err(problems::database)?;
        let mut loaded = Vec::with_capacity(missing.len());
        while let Some(document) = documents.try_next().await.map_err(problems::database)? {
            let mut key = RawDocumentBuf::new();
            key.append(cstr!("_id"), id_of(Ok(&document)).map_err(problems::database)?);
            let document: Arc<[u8]> = document.as_bytes().into();
            if let Some(Some(place)) = missing.remove(key.as_bytes()) {
                self.copies.keep(place, Some(document.clone()));
            }
            loaded.push(document);
        }
        for place in missing.into_values().flatten() {
            self.copies.keep(place, None);
        }
        Ok(loaded)
    }

    /// What a pipeline on the collection of `D` gives.
    pub(crate) async fn aggregate<D: Document, T>(&self, pipeline: Vec<Fields>) -> Result<Vec<T>, Problem>
    where
        T: DeserializeOwned + Send + std::marker::Sync + Unpin,
    {
        let cursor = self
            .collection::<D, Fields>()
            .aggregate(pipeline)
            .batch_size(FIRST_BATCH)
            .max_time(TIME_LIMIT)
            .with_type::<T>()
            .await
            .map_err(problems::database)?;
        cursor.try_collect().await.map_err(problems::database)
    }

    /// How many documents `filter` finds, counted no further than `most`.
    pub(crate) async fn count<D: Document>(&self, filter: Fields, most: u32) -> Result<u32, Problem> {
        let counted = self
            .collection::<D, Fields>()
            .count_documents(filter)
            .limit(most.into())
            .max_time(TIME_LIMIT)
            .await
            .map_err(problems::database)?;
        Ok(u32::try_from(counted).unwrap_or(most))
    }
}

fn id_of(document: Result<&RawDocument, bson::error::Error>) -> mongodb::error::Result<RawBsonRef<'_>> {
    let id = document?.get("_id")?;
    id.ok_or_else(|| mongodb::error::Error::custom("a document without an id"))
}

/// More than any answer has rows, so that one round trip fetches all.
const FIRST_BATCH: u32 = 2_000;

/// Rows of an answer without a bound that are held at once.
const STREAMED_BATCH: u32 = 500;

/// A query for [`Reading::find`].
#[derive(Debug)]
pub(crate) struct Query {
    filter: Fields,
    fields: Fields,
    sort: Option<Fields>,
    limit: Option<i64>,
}

impl Query {
    /// All that `filter` finds: for filters that name ids, of which there are few.
    pub(crate) fn all(filter: Fields, fields: Fields) -> Self {
        Self {
            filter,
            fields,
            sort: None,
            limit: None,
        }
    }

    /// All that `filter` finds, in an order: for [`Reading::stream`].
    pub(crate) fn whole(filter: Fields, fields: Fields, sort: Fields) -> Self {
        Self {
            filter,
            fields,
            sort: Some(sort),
            limit: None,
        }
    }

    /// What `filter` finds, in no order, and no more than `limit`.
    pub(crate) fn some(filter: Fields, fields: Fields, limit: i64) -> Self {
        Self {
            filter,
            fields,
            sort: None,
            limit: Some(limit),
        }
    }

    /// The newest that `filter` finds, by their position; older than `before`, if that is given.
    pub(crate) fn newest(mut filter: Fields, fields: Fields, before: Option<i64>, limit: i64) -> Self {
        if let Some(before) = before {
            filter.insert("position", doc! { "$lt": before });
        }
        Self {
            filter,
            fields,
            sort: Some(doc! { "position": -1 }),
            limit: Some(limit),
        }
    }

    /// The first that `filter` finds in the order of `field`.
    pub(crate) fn in_order(filter: Fields, fields: Fields, field: &str, limit: i64) -> Self {
        Self::sorted(filter, fields, doc! { field: 1 }, limit)
    }

    /// The first that `filter` finds in an order by several fields.
    pub(crate) fn sorted(filter: Fields, fields: Fields, sort: Fields, limit: i64) -> Self {
        Self {
            filter,
            fields,
            sort: Some(sort),
            limit: Some(limit),
        }
    }
}

/// A position as the database holds it.
pub(crate) fn stored(at: Position) -> i64 {
    position(at.sequence)
}
