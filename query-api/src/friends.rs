//! The viewer's friends, where all of them are needed.

use bson::{Uuid, doc};
use platform::Problem;
use read_model::friends::Friend;
use serde::Deserialize;

use crate::reading::{Query, Reading};

/// As many friends as anybody has.
const MOST: i64 = 5_000;

/// Who they are, in no order.
pub(crate) async fn of_viewer(reading: &Reading, viewer: Uuid) -> Result<Vec<Uuid>, Problem> {
    #[derive(Deserialize)]
    struct Row {
        other: Uuid,
    }
    let filter = doc! { "owner": viewer, "status": "friends" };
    let query = Query::some(filter, doc! { "_id": 0, "other": 1 }, MOST);
    let rows: Vec<Row> = reading.find::<Friend, _>(query).await?;
    Ok(rows.into_iter().map(|row| row.other).collect())
}
