//! `GET /v1/search/users`

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::{Uuid, doc};
use platform::{Problem, extract::Query as UrlQuery};
use read_model::{
    Projection, friends,
    profiles::{self, Word},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    answers::{FoundPerson, FoundPersonList, List, Relationship},
    app::{App, Viewer},
    asked::Asked,
    friends::of_viewer,
    join::{Card, People},
    pagination::{self, SPARE_ROWS},
    reading::{Query, Reading},
    search::{Found, From, Sought},
};

const READS: [&Projection; 2] = [&profiles::PROJECTION, &friends::PROJECTION];

/// What is searched.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// The beginning of a username or of a word of the display name, in upper or lower case, with accents or
    /// without; of several words each must be the beginning of one. Where a script has no spaces, a word begins at each
    /// character.
    #[param(example = "an", max_length = 100)]
    q: String,
    /// How many items at most.
    #[param(value_type = Option<u8>, nullable = false, minimum = 1, maximum = 100, default = 20)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    #[param(nullable = false)]
    cursor: Option<String>,
}

/// People whose username or display name begins so, friends first, each part in the order of the alphabet.
///
/// Who is blocked, or blocks the caller, is left out.
#[utoipa::path(
    get,
    path = "/v1/search/users",
    operation_id = "searchUsers",
    tag = "people",
    params(Params),
    responses((status = 200, description = "People, friends first.", body = FoundPersonList))
)]
pub(crate) async fn search_users(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    UrlQuery(params): UrlQuery<Params>,
) -> Result<Response, Problem> {
    let limit = pagination::limit(params.limit.as_deref(), pagination::DEFAULT_LIMIT)?;
    let sought = Sought::of(&params.q)?;
    let from = match (&params.cursor, &sought) {
        (None, _) => From::Friends(None),
        (Some(text), Some(sought)) => From::decode(text, sought)?,
        (Some(_), None) => return Err(pagination::invalid_cursor()),
    };
    app.read(asked, &READS, |reading| async move {
        let Some(sought) = sought else {
            return Ok(Json(Page::default().list()));
        };
        let search = Search {
            reading,
            viewer,
            sought,
            limit,
        };
        Ok(Json(search.page(from).await?.list()))
    })
    .await
}

struct Search {
    reading: Reading,
    viewer: Uuid,
    sought: Sought,
    limit: usize,
}

/// A page in the making.
#[derive(Default)]
struct Page {
    items: Vec<FoundPerson>,
    next: Option<From>,
}

impl Page {
    fn list(self) -> List<FoundPerson> {
        List {
            items: self.items,
            next_cursor: self.next.map(|next| next.encode()),
        }
    }
}

/// A friend who was found.
#[derive(Deserialize)]
struct FoundFriend {
    #[serde(rename = "_id")]
    account: Uuid,
    word: String,
    card: Vec<Card>,
}

impl Search {
    async fn page(&self, from: From) -> Result<Page, Problem> {
        let mut page = Page::default();
        match from {
            From::Friends(after) => {
                // What is found of the others is read along, for when there are few friends.
                let (friends, others) =
                    tokio::try_join!(of_viewer(&self.reading, self.viewer), self.words(None))?;
                let (found, people) = tokio::try_join!(self.among(friends), self.people(&others))?;
                if self.take_friends(&mut page, found, after.as_ref()) {
                    self.take_others(&mut page, others, &people);
                }
            }
            From::Others(after) => {
                let others = self.words(after.as_ref()).await?;
                let people = self.people(&others).await?;
                self.take_others(&mut page, others, &people);
            }
        }
        Ok(page)
    }

    /// Words that begin as is sought, one page of them and some more.
    async fn words(&self, after: Option<&Found>) -> Result<Vec<Found>, Problem> {
        let rows = i64::try_from(self.limit + SPARE_ROWS).unwrap_or(i64::MAX);
        let order = doc! { "word": 1, "account": 1 };
        let query = Query::sorted(self.sought.filter(after), Found::fields(), order, rows);
        self.reading.find::<Word, _>(query).await
    }

    async fn people(&self, found: &[Found]) -> Result<People, Problem> {
        People::read(
            &self.reading,
            self.viewer,
            found.iter().map(|found| found.account),
        )
        .await
    }

    /// Those of `friends` who have words that begin as is sought, each with the first of them.
    async fn among(&self, friends: Vec<Uuid>) -> Result<Vec<FoundFriend>, Problem> {
        if friends.is_empty() {
            return Ok(Vec::new());
        }
        let mut filter = self.sought.filter(None);
        filter.insert("account", doc! { "$in": friends });
        let pipeline = vec![
            doc! { "$match": filter },
            doc! { "$group": { "_id": "$account", "word": { "$min": "$word" } } },
            doc! { "$lookup": {
                "from": self.reading.name::<profiles::Profile>(),
                "localField": "_id",
                "foreignField": "_id",
                "pipeline": [{ "$project": Card::fields() }],
                "as": "card",
            } },
        ];
        self.reading.aggregate::<Word, _>(pipeline).await
    }

    /// Takes friends after `after`; returns whether there is room, and no friend left.
    fn take_friends(&self, page: &mut Page, found: Vec<FoundFriend>, after: Option<&Found>) -> bool {
        let mut cards: HashMap<Uuid, Card> = HashMap::new();
        let mut friends = Vec::with_capacity(found.len());
        for FoundFriend { account, word, card } in found {
            cards.extend(card.into_iter().map(|card| (account, card)));
            friends.push(Found { word, account });
        }
        friends.retain(|friend| after.is_none_or(|after| friend > after));
        friends.sort_unstable();
        for friend in friends {
            let card = cards.remove(&friend.account);
            let person = card.and_then(|card| card.person(self.reading.pictures()));
            let Some(person) = person.filter(|person| self.sought.finds(person, &friend.word)) else {
                continue;
            };
            if page.items.len() == self.limit {
                return false;
            }
            page.items.push(FoundPerson {
                person,
                relationship: Relationship::Friends,
            });
            page.next = Some(From::Friends(Some(friend)));
        }
        page.next = None;
        true
    }

    /// Fills the page with others than friends.
    fn take_others(&self, page: &mut Page, rows: Vec<Found>, people: &People) {
        let all_read = rows.len() < self.limit + SPARE_ROWS;
        let mut seen = None;
        let mut rest = rows.into_iter();
        while page.items.len() < self.limit {
            let Some(row) = rest.next() else { break };
            let standing = people.standing(row.account);
            let person = people.met(row.account).filter(|_| !standing.is_friend());
            let found = person.filter(|person| self.sought.finds(person, &row.word));
            page.items.extend(found.map(|person| FoundPerson {
                person,
                relationship: standing.relationship(),
            }));
            seen = Some(row);
        }
        if !all_read || rest.len() > 0 {
            page.next = Some(From::Others(seen));
        }
    }
}
