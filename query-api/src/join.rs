//! Rows hold ids; here they become names, at read time and in one round trip: so a new name shows everywhere at once.

use std::collections::{HashMap, HashSet};

use bson::{Document as Bson, Uuid, doc};
use platform::Problem;
use read_model::{
    friends::{Friend, FriendId},
    profiles::Profile,
};
use serde::Deserialize;

use crate::{
    answers::Person,
    pictures::Pictures,
    reading::Reading,
    visibility::{Identity, Row, Standing},
};

/// People in short, by id. Who is erased, or not known here yet, isn't among them.
pub(crate) type Names = HashMap<Uuid, Person>;

/// What of a profile makes a [`Person`].
#[derive(Debug, Deserialize)]
pub(crate) struct Card {
    #[serde(rename = "_id")]
    pub(crate) account: Uuid,
    username: Option<String>,
    display_name: Option<String>,
    avatar: Option<Uuid>,
    erased: bool,
}

impl Card {
    /// The fields of a [`Card`].
    pub(crate) fn fields() -> Bson {
        doc! { "username": 1, "display_name": 1, "avatar": 1, "erased": 1 }
    }

    /// The name by which the person is found.
    pub(crate) fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The person; none who asked to be forgotten.
    pub(crate) fn person(self, pictures: &Pictures) -> Option<Person> {
        if self.erased {
            return None;
        }
        Some(Person {
            id: self.account.into(),
            username: self.username?,
            display_name: self.display_name?,
            avatar: pictures.small(self.avatar),
        })
    }
}

/// Reads the names of `people`.
pub(crate) async fn names(
    reading: &Reading,
    people: impl IntoIterator<Item = Uuid>,
) -> Result<Names, Problem> {
    let people: HashSet<Uuid> = people.into_iter().collect();
    let cards: Vec<Card> = reading.by_ids::<Profile, _>(people).await?;
    let people = cards
        .into_iter()
        .filter_map(|card| Some((card.account, card.person(reading.pictures())?)));
    Ok(people.collect())
}

/// The people of one answer, and what the viewer is towards them.
#[derive(Debug)]
pub(crate) struct People {
    viewer: Uuid,
    pictures: Pictures,
    names: Names,
    rows: HashMap<Uuid, Row>,
}

impl People {
    /// Reads the names of `people` and what the viewer is towards them, both at once.
    pub(crate) async fn read(
        reading: &Reading,
        viewer: Uuid,
        people: impl IntoIterator<Item = Uuid>,
    ) -> Result<Self, Problem> {
        Self::read_beside(reading, viewer, people, &HashSet::new()).await
    }

    /// The same where `friends` are known to be the viewer's, so that nothing between them needs to be read.
    pub(crate) async fn read_beside(
        reading: &Reading,
        viewer: Uuid,
        people: impl IntoIterator<Item = Uuid>,
        friends: &HashSet<Uuid>,
    ) -> Result<Self, Problem> {
        let people: HashSet<Uuid> = people.into_iter().collect();
        let others = people.iter().copied().filter(|person| !friends.contains(person));
        let (names, rows) = tokio::try_join!(
            names(reading, people.iter().copied()),
            rows(reading, viewer, others)
        )?;
        Ok(Self {
            viewer,
            pictures: reading.pictures().clone(),
            names,
            rows,
        })
    }

    /// Makes the URLs of what these people show.
    pub(crate) fn pictures(&self) -> &Pictures {
        &self.pictures
    }

    /// Somebody by id.
    pub(crate) fn person(&self, id: Uuid) -> Option<Person> {
        self.names.get(&id).cloned()
    }

    /// Somebody by id, as the viewer is shown them: where a chat or an archive names them, whatever came between.
    pub(crate) fn shown(&self, id: Uuid) -> Option<Person> {
        match self.standing(id).identity() {
            Identity::Whole => self.person(id),
            Identity::Username => self.person(id).map(Person::by_username),
            Identity::Nothing => None,
        }
    }

    /// All of them as the viewer is shown them.
    pub(crate) fn all_shown(&self) -> Vec<Person> {
        self.names.keys().filter_map(|id| self.shown(*id)).collect()
    }

    /// Somebody by id, if they are shown to the viewer where people meet.
    pub(crate) fn met(&self, id: Uuid) -> Option<Person> {
        self.person(id).filter(|_| self.standing(id).meets())
    }

    /// What the viewer is towards somebody.
    pub(crate) fn standing(&self, other: Uuid) -> Standing {
        Standing::of(self.viewer, other, self.rows.get(&other))
    }
}

/// Those of `others` with whom nothing passes: one of the two blocks the other.
pub(crate) async fn blocked_among(
    reading: &Reading,
    viewer: Uuid,
    others: impl Iterator<Item = Uuid>,
) -> Result<HashSet<Uuid>, Problem> {
    let rows = rows(reading, viewer, others).await?;
    let blocked = rows
        .into_iter()
        .filter(|(other, row)| !Standing::of(viewer, *other, Some(row)).meets());
    Ok(blocked.map(|(other, _)| other).collect())
}

async fn rows(
    reading: &Reading,
    viewer: Uuid,
    people: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Row>, Problem> {
    let ids = people
        .filter(|other| *other != viewer)
        .map(|other| FriendId { owner: viewer, other });
    let rows: Vec<Row> = reading.by_ids::<Friend, _>(ids).await?;
    Ok(rows.into_iter().map(|row| (row.id.other, row)).collect())
}
