//! The beginnings of lists: most who open a feed or a chat read no further. They are kept as copies of documents are,
//! until a document on the list changes, comes or goes.

use std::{future::Future, sync::Arc};

use bson::{RawArrayBuf, RawDocumentBuf, raw::cstr};
use platform::Problem;
use read_model::{Document, List};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Query, Reading};
use crate::{copies::Name, pagination, problems};

/// A longer list isn't kept, for it would take the place of hundreds: posts may be long.
const LARGEST: usize = 128 << 10;

/// A list whose beginning is kept. Who asks for it asks always the same, but for how many rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    list: &'static List,
    rows: i64,
}

impl Kept {
    /// As many rows as a page has for which nothing is asked.
    pub(crate) const fn page(list: &'static List) -> Self {
        Self::first(pagination::DEFAULT_ROWS, list)
    }

    /// The first `rows`.
    pub(crate) const fn first(rows: i64, list: &'static List) -> Self {
        Self { list, rows }
    }
}

/// As a list is kept.
#[derive(Deserialize)]
struct Rows<T> {
    rows: Vec<T>,
}

impl Reading {
    /// The first rows of the list of `owner`, as `query` finds them, which has no more than the list begins with.
    pub(crate) async fn beginning<D: Document, T>(
        &self,
        kept: Kept,
        owner: impl Serialize,
        query: Query,
    ) -> Result<Vec<T>, Problem>
    where
        T: DeserializeOwned + Send + Sync + Unpin,
    {
        let Some(limit) = query.limit.filter(|limit| *limit <= kept.rows) else {
            return self.find::<D, T>(query).await;
        };
        let all = Query {
            limit: Some(kept.rows),
            ..query
        };
        let find = self.find::<D, RawDocumentBuf>(all);
        let mut rows: Vec<T> = self.whole::<D, T>(kept.list, owner, find).await?;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    /// All rows that are kept of the list of `owner`, or what `load` says they are.
    pub(crate) async fn whole<D: Document, T: DeserializeOwned>(
        &self,
        list: &'static List,
        owner: impl Serialize,
        load: impl Future<Output = Result<Vec<RawDocumentBuf>, Problem>>,
    ) -> Result<Vec<T>, Problem> {
        let era = self.version::<D>().and_then(|version| version.era);
        let copy = era.map(|era| self.copies.ask(Name::of_list(era, list, owner)));
        let place = match copy {
            Some(Ok(rows)) => {
                let rows = rows.map_or(Ok(Rows { rows: vec![] }), |rows| {
                    bson::deserialize_from_slice(&rows)
                });
                return Ok(rows.map_err(unreadable)?.rows);
            }
            Some(Err(place)) => Some(place),
            None => None,
        };
        let rows = load.await?;
        let read = rows
            .iter()
            .map(|row| bson::deserialize_from_slice(row.as_bytes()));
        let read = read.collect::<Result<_, _>>().map_err(unreadable)?;
        if let Some(place) = place
            && rows.iter().map(|row| row.as_bytes().len()).sum::<usize>() <= LARGEST
        {
            let mut kept = RawDocumentBuf::new();
            kept.append(cstr!("rows"), rows.into_iter().collect::<RawArrayBuf>());
            self.copies.keep(place, Some(Arc::from(kept.into_bytes())));
        }
        Ok(read)
    }
}

fn unreadable(error: bson::error::Error) -> Problem {
    problems::database(error.into())
}
