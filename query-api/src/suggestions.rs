//! Whom somebody may know: friends of friends, by how many friends they have in common.
//!
//! Counting looks at thousands of rows and may be some minutes old, so what was counted is kept for a while. Who is
//! left out is decided anew for every answer: what the viewer did since, and names and blocks, show at once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use bson::{Uuid, doc};
use events::{Position, Stream};
use moka::sync::Cache;
use platform::Problem;
use read_model::friends::Friend;
use serde::Deserialize;

use crate::{friends::of_viewer, reading::Reading};

/// So many of the viewer's newest friends are asked …
const FRIENDS: i64 = 50;
/// … and so many friends of each are counted.
const FRIENDS_OF_EACH: i64 = 100;
/// So many people are kept for each viewer: more than a page has, since some will be left out.
const KEPT: usize = 200;
/// How long.
const FRESH: Duration = Duration::from_mins(10);
/// For how many viewers: each takes about 5 KB.
const VIEWERS: u64 = 10_000;

/// Somebody whom the viewer may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) account: Uuid,
    pub(crate) mutual_friends: u32,
}

/// What was counted for one viewer, and when.
#[derive(Debug, Clone)]
struct Counted {
    applied: Position,
    candidates: Arc<[Candidate]>,
}

/// What has been counted lately.
#[derive(Clone)]
pub(crate) struct Suggestions(Cache<Uuid, Counted>);

impl Suggestions {
    pub(crate) fn new() -> Self {
        let cache = Cache::builder().max_capacity(VIEWERS).time_to_live(FRESH);
        Self(cache.build())
    }

    /// Friends of friends who aren't the viewer's own, the one with the most friends in common first. What was
    /// counted before `asked` is counted again: who made a friend sees that friend's friends.
    pub(crate) async fn candidates(
        &self,
        reading: &Reading,
        viewer: Uuid,
        asked: Option<Position>,
    ) -> Result<Arc<[Candidate]>, Problem> {
        let fresh = |counted: &Counted| asked.is_none_or(|asked| counted.applied.sequence >= asked.sequence);
        if let Some(counted) = self.0.get(&viewer).filter(fresh) {
            return Ok(counted.candidates);
        }
        let (friends, of_friends) =
            tokio::try_join!(of_viewer(reading, viewer), friends_of_friends(reading, viewer))?;
        let candidates: Arc<[Candidate]> = count(viewer, &friends, of_friends).into();
        let counted = Counted {
            applied: reading.applied(Stream::Events),
            candidates: candidates.clone(),
        };
        self.0.insert(viewer, counted);
        Ok(candidates)
    }
}

#[derive(Deserialize)]
struct Row {
    other: Uuid,
}

/// The friends of each of the viewer's newest friends.
async fn friends_of_friends(reading: &Reading, viewer: Uuid) -> Result<Vec<Vec<Row>>, Problem> {
    #[derive(Deserialize)]
    struct OfFriend {
        friends: Vec<Row>,
    }
    let pipeline = vec![
        doc! { "$match": { "owner": viewer, "status": "friends" } },
        doc! { "$sort": { "position": -1 } },
        doc! { "$limit": FRIENDS },
        doc! { "$lookup": {
            "from": reading.name::<Friend>(),
            "localField": "other",
            "foreignField": "owner",
            "pipeline": [
                { "$match": { "status": "friends" } },
                { "$limit": FRIENDS_OF_EACH },
                { "$project": { "_id": 0, "other": 1 } },
            ],
            "as": "friends",
        } },
        doc! { "$project": { "_id": 0, "friends": 1 } },
    ];
    let each: Vec<OfFriend> = reading.aggregate::<Friend, _>(pipeline).await?;
    Ok(each.into_iter().map(|of_friend| of_friend.friends).collect())
}

fn count(viewer: Uuid, friends: &[Uuid], of_friends: Vec<Vec<Row>>) -> Vec<Candidate> {
    let known: HashSet<Uuid> = friends.iter().copied().chain([viewer]).collect();
    let mut mutual: HashMap<Uuid, u32> = HashMap::new();
    for row in of_friends.into_iter().flatten() {
        if !known.contains(&row.other) {
            *mutual.entry(row.other).or_default() += 1;
        }
    }
    let candidate = |(account, mutual_friends)| Candidate {
        account,
        mutual_friends,
    };
    let mut candidates: Vec<Candidate> = mutual.into_iter().map(candidate).collect();
    candidates
        .sort_unstable_by_key(|candidate| (std::cmp::Reverse(candidate.mutual_friends), candidate.account));
    candidates.truncate(KEPT);
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_the_most_friends_in_common_comes_first_and_friends_do_not_come() {
        let id = |n: u8| Uuid::from_bytes([n; 16]);
        let of_friends = [vec![0, 2, 7, 8], vec![0, 1, 9, 7], vec![7, 9]];
        let rows = of_friends.map(|each| each.into_iter().map(|n| Row { other: id(n) }).collect());
        let counted = count(id(0), &[1, 2, 3].map(id), rows.into());
        let told: Vec<_> = counted.iter().map(|c| (c.account, c.mutual_friends)).collect();
        assert_eq!(told, [(id(7), 3), (id(9), 2), (id(8), 1)]);
    }
}
