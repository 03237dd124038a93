//! Profiles as rows and as answers, and how to find one by its username.

use bson::{DateTime, Document as Bson, Uuid, doc};
use moka::sync::Cache;
use platform::Problem;
use read_model::{
    friends::{self, FriendId, Status},
    posts, profiles,
};
use serde::Deserialize;

use crate::{
    answers::{Counts, Profile},
    join::Card,
    pictures::Pictures,
    problems,
    reading::{Kept, Query, Reading},
    visibility::{Identity, Row, Standing},
};

/// What of a profile is shown on the person's page.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    #[serde(rename = "_id")]
    account: Uuid,
    username: Option<String>,
    display_name: Option<String>,
    avatar: Option<Uuid>,
    erased: bool,
    bio: Option<String>,
    location: Option<String>,
    website: Option<String>,
    cover: Option<Uuid>,
    joined_at: DateTime,
}

impl Page {
    /// The fields of a [`Page`].
    pub(crate) fn fields() -> Bson {
        let mut fields = Card::fields();
        fields.extend(doc! { "bio": 1, "location": 1, "website": 1, "cover": 1, "joined_at": 1 });
        fields
    }

    /// The page as the viewer sees it: nothing of a person who asked to be forgotten, and the username alone of one
    /// whom the viewer blocks.
    pub(crate) fn shown(self, standing: Standing, numbers: &Numbers, pictures: &Pictures) -> Option<Profile> {
        if self.erased {
            return None;
        }
        match standing.identity() {
            Identity::Whole => self.whole(standing, numbers, pictures),
            Identity::Username => self.by_username(standing),
            Identity::Nothing => None,
        }
    }

    fn by_username(self, standing: Standing) -> Option<Profile> {
        let username = self.username?;
        Some(Profile {
            id: self.account.into(),
            display_name: username.clone(),
            username,
            bio: String::new(),
            location: String::new(),
            website: String::new(),
            avatar: None,
            cover: None,
            joined_at: self.joined_at.to_chrono(),
            counts: Counts { posts: 0, friends: 0 },
            relationship: standing.relationship(),
        })
    }

    fn whole(self, standing: Standing, numbers: &Numbers, pictures: &Pictures) -> Option<Profile> {
        Some(Profile {
            id: self.account.into(),
            username: self.username?,
            display_name: self.display_name?,
            bio: self.bio.unwrap_or_default(),
            location: self.location.unwrap_or_default(),
            website: self.website.unwrap_or_default(),
            avatar: pictures.large(self.avatar),
            cover: pictures.large(self.cover),
            joined_at: self.joined_at.to_chrono(),
            counts: numbers.counts(),
            relationship: standing.relationship(),
        })
    }
}

/// How many posts, friends and requests somebody has.
#[derive(Debug)]
pub(crate) struct Numbers {
    friends: Option<FriendCounts>,
    /// Friends whom the viewer isn't shown.
    hidden_friends: i64,
    author: Option<AuthorCounts>,
}

#[derive(Debug, Deserialize)]
struct FriendCounts {
    friends: i64,
    incoming_requests: i64,
}

#[derive(Debug, Deserialize)]
struct AuthorCounts {
    post_count: i64,
}

impl Numbers {
    /// Both counters of `account`, at once; friends who are among `hidden` aren't counted.
    pub(crate) async fn read(reading: &Reading, account: Uuid, hidden: &Hidden) -> Result<Self, Problem> {
        let (friends, hidden_friends, author) = tokio::try_join!(
            reading.by_id::<friends::Counts, _>(account),
            hidden.friends_of(reading, account),
            reading.by_id::<posts::Author, _>(account)
        )?;
        Ok(Self {
            friends,
            hidden_friends,
            author,
        })
    }

    fn counts(&self) -> Counts {
        Counts {
            posts: self.author.as_ref().map_or(0, |author| author.post_count),
            friends: self.friends.as_ref().map_or(0, |counts| counts.friends) - self.hidden_friends,
        }
    }

    /// Requests that wait for an answer, told no further than `most`.
    pub(crate) fn incoming_requests(&self, most: u32) -> u32 {
        let waiting = self.friends.as_ref().map_or(0, |counts| counts.incoming_requests);
        u32::try_from(waiting).unwrap_or(most).min(most)
    }
}

/// So many of those with whom somebody shares a block are left out of counts.
const MOST_BLOCKS: i64 = 1_000;

/// Those who aren't shown to a viewer where people meet, for one of the two blocks the other. Most people block nobody.
#[derive(Debug, Default)]
pub(crate) struct Hidden(Vec<Uuid>);

impl Hidden {
    /// Those of `viewer`.
    pub(crate) async fn from(reading: &Reading, viewer: Uuid) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Other {
            other: Uuid,
        }
        // A block ends all else, so what is nothing and yet has a row is one.
        let filter = doc! { "owner": viewer, "status": "none" };
        let query = Query::newest(filter, doc! { "_id": 0, "other": 1 }, None, MOST_BLOCKS);
        let kept = Kept::first(MOST_BLOCKS, &friends::BLOCKS_OF);
        let rows: Vec<Other> = reading
            .beginning::<friends::Friend, _>(kept, viewer, query)
            .await?;
        Ok(Self(rows.into_iter().map(|row| row.other).collect()))
    }

    /// How many of them are friends of `account`.
    async fn friends_of(&self, reading: &Reading, account: Uuid) -> Result<i64, Problem> {
        #[derive(Deserialize)]
        struct FriendRow {
            status: Status,
        }
        let ids = self.0.iter().map(|other| FriendId {
            owner: account,
            other: *other,
        });
        let rows: Vec<FriendRow> = reading.by_ids::<friends::Friend, _>(ids).await?;
        let friends = rows.iter().filter(|row| row.status == Status::Friends);
        Ok(i64::try_from(friends.count()).unwrap_or_default())
    }
}

/// Somebody who was asked for by username.
pub(crate) trait Named: serde::de::DeserializeOwned + Send + Sync + Unpin {
    /// The account.
    fn account(&self) -> Uuid;
    /// The name that the person has now.
    fn username(&self) -> Option<&str>;
}

impl Named for Page {
    fn account(&self) -> Uuid {
        self.account
    }

    fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }
}

impl Named for Card {
    fn account(&self) -> Uuid {
        self.account
    }

    fn username(&self) -> Option<&str> {
        self.username()
    }
}

/// For how many usernames it is remembered whose they were: each takes about 100 bytes.
const REMEMBERED: u64 = 100_000;

/// Whose usernames were when they were last asked for. They may have got another since, which the profile tells.
#[derive(Debug, Clone)]
pub(crate) struct Usernames(Cache<String, Uuid>);

impl Usernames {
    pub(crate) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

#[derive(Deserialize)]
struct Found<T> {
    profile: T,
    row: Vec<Row>,
}

/// `fields` of the person named `username`, and what the viewer is towards them, in one round trip or by copies; a 404
/// if the viewer may not know of anybody of that name.
pub(crate) async fn by_username<T: Named>(
    reading: &Reading,
    viewer: Uuid,
    username: &str,
    fields: Bson,
) -> Result<(T, Standing), Problem> {
    let username = events::username::typed(username);
    if let Some(found) = by_remembered(reading, viewer, &username).await? {
        return known(found);
    }
    let row_key = doc! { "owner": viewer, "other": "$_id" };
    let pipeline = vec![
        doc! { "$match": { "username": &username } },
        doc! { "$limit": 1 },
        doc! { "$project": fields },
        doc! { "$project": { "_id": 0, "profile": "$$ROOT", "row_key": row_key } },
        doc! { "$lookup": {
            "from": reading.name::<friends::Friend>(),
            "localField": "row_key",
            "foreignField": "_id",
            "pipeline": [{ "$project": Row::fields() }],
            "as": "row",
        } },
    ];
    let found: Vec<Found<T>> = reading.aggregate::<profiles::Profile, _>(pipeline).await?;
    let found = found.into_iter().next().ok_or_else(problems::no_such_user)?;
    let account = found.profile.account();
    reading.usernames().0.insert(username, account);
    known((found.profile, Standing::of(viewer, account, found.row.first())))
}

fn known<T>(found: (T, Standing)) -> Result<(T, Standing), Problem> {
    found
        .1
        .knows()
        .then_some(found)
        .ok_or_else(problems::no_such_user)
}

/// The same of a username that was asked for before, if it is still the same person's.
async fn by_remembered<T: Named>(
    reading: &Reading,
    viewer: Uuid,
    username: &String,
) -> Result<Option<(T, Standing)>, Problem> {
    let Some(account) = reading.usernames().0.get(username) else {
        return Ok(None);
    };
    let row = FriendId {
        owner: viewer,
        other: account,
    };
    let (profile, row) = tokio::try_join!(
        reading.by_id::<profiles::Profile, T>(account),
        reading.by_id::<friends::Friend, Row>(row)
    )?;
    let still = profile.filter(|profile| profile.username() == Some(username));
    Ok(still.map(|profile| (profile, Standing::of(viewer, account, row.as_ref()))))
}
