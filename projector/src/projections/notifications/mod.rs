//! What happens around a person to what they are told of, and how much of it they haven't seen.
//!
//! All of it is written by the shard of who is told. Nobody is told of what they do themselves.

mod likes;
mod rings;
mod rows;
mod steps;

use events::{AccountId, Event, Position, Recorded, account, friendship, post};
use read_model::{
    id,
    notifications::{Gone, GoneId, Inbox, Kind, Liking, Notification, Ring},
    uuid,
};
use serde::Serialize;

use self::{
    rings::TAKEN_BACK,
    steps::{Step, steps},
};
use crate::{Announcement, ApplyError, Key, Loaded, Projection, Shard, Sweep, Topic, Write};

/// See [`read_model::notifications`].
#[derive(Debug)]
pub struct Notifications;

impl Projection for Notifications {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::notifications::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["account", "friendship", "post", "reaction", "comment", "inbox"]
    }

    fn needs(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        owned(event, shard).flat_map(|step| step.needs()).collect()
    }

    fn makes(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        owned(event, shard).filter_map(|step| step.makes()).collect()
    }

    fn apply(&self, event: &Recorded, loaded: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError> {
        let mut writes = Vec::new();
        for step in owned(event, shard) {
            writes.extend(step.apply(event, loaded)?);
        }
        Ok(writes)
    }

    fn sweeps(&self, event: &Recorded, shard: Shard) -> Vec<Sweep> {
        match &event.event {
            Event::Account(account::Event::Erased(erased)) => erase(erased.account, shard),
            Event::Friendship(friendship::Event::Blocked(blocking)) => {
                let sides = [(blocking.by, blocking.other), (blocking.other, blocking.by)];
                let ours = sides.into_iter().filter(|(owner, _)| shard.owns(*owner));
                ours.flat_map(|(owner, person)| part(owner, person, event))
                    .collect()
            }
            Event::Post(post::Event::Deleted(deleted)) if shard.owns(deleted.author) => vec![
                rows_where(
                    shard,
                    Sweep::over::<Notification>([("post", uuid(deleted.post).into())]),
                ),
                deleting::<Liking>(Sweep::over::<Liking>([("post", uuid(deleted.post).into())])),
                deleting::<Ring>(Sweep::over::<Ring>([("post", uuid(deleted.post).into())])),
            ],
            Event::Inbox(events::inbox::Event::NotificationsSeen(seen)) if shard.owns(seen.account) => {
                vec![rows::see(uuid(seen.account), read_model::position(seen.up_to))]
            }
            Event::Account(_)
            | Event::Username(_)
            | Event::Email(_)
            | Event::Friendship(_)
            | Event::Post(_)
            | Event::Reaction(_)
            | Event::Comment(_)
            | Event::Media(_)
            | Event::Inbox(_)
            | Event::Report(_)
            | Event::Dm(_)
            | Event::Session(_)
            | Event::Person(_) => vec![],
        }
    }

    fn announce(
        &self,
        event: &Recorded,
        loaded: &Loaded,
        shard: Shard,
    ) -> Result<Vec<Announcement>, ApplyError> {
        let mut news = Vec::new();
        for step in owned(event, shard) {
            let Some(key) = step.tells() else { continue };
            let row = loaded.get::<Notification>(key)?;
            // What this event didn't change is no news: a like that was told before.
            let changed = row.filter(|row| row.latest == read_model::position(event.position.sequence));
            if let Some(row) = changed {
                let inbox = rows::inbox(loaded, row.owner)?;
                let notice = Notice::of(&row, &inbox);
                news.push(Announcement::new(Topic::Notification(id(row.owner)), notice));
            }
        }
        Ok(news)
    }
}

/// What the event means to those who are this shard's.
fn owned(event: &Recorded, shard: Shard) -> impl Iterator<Item = Step> {
    steps(&event.event)
        .into_iter()
        .filter(move |step| shard.owns(step.owner()))
}

/// Everything of a person, and their part in what others are told.
fn erase(person: AccountId, shard: Shard) -> Vec<Sweep> {
    let person_id = uuid(person);
    let likings = Sweep::over::<Liking>([]).with_id("by", person_id, "post");
    let mut sweeps = vec![
        likes::forgetting(shard, likings),
        rows_where(shard, Sweep::over::<Notification>([("person", person_id.into())])),
        rings::forgetting(shard, Sweep::over::<Ring>([("person", person_id.into())])),
    ];
    if shard.owns(person) {
        let own = Sweep::over::<Notification>([]).with_id("owner", person_id, "id");
        sweeps.extend([
            deleting::<Notification>(own),
            deleting::<Liking>(Sweep::over::<Liking>([("owner", person_id.into())])),
            deleting::<Ring>(Sweep::over::<Ring>([]).with_id("owner", person_id, "id")),
            deleting::<Gone>(Sweep::over::<Gone>([]).with_id("owner", person_id, "post")),
        ]);
    }
    sweeps
}

/// The part of `person` in what `owner`, one of this shard's, is told. Who blocks somebody can't ring anew by lifting the
/// block.
fn part(owner: AccountId, person: AccountId, event: &Recorded) -> [Sweep; 2] {
    let (owner, person) = (uuid(owner), uuid(person));
    let likings = Sweep::over::<Liking>([("owner", owner.into())]).with_id("by", person, "post");
    let rows = Sweep::over::<Notification>([("person", person.into())]).with_id("owner", owner, "id");
    let rows = rows.needing(|row: &Notification| {
        let inbox = Key::of::<Inbox>(row.owner);
        rings::needs(row).into_iter().chain([inbox]).collect()
    });
    let taken = event.clone();
    let rows = rows.writing(move |row: Notification, loaded| rows::remove(&row, TAKEN_BACK, &taken, loaded));
    [likes::taking_back(likings, event), rows]
}

/// Removes the rows that a sweep finds, those of `shard`.
fn rows_where(shard: Shard, sweep: Sweep) -> Sweep {
    sweep
        .needing(|row: &Notification| vec![Key::of::<Inbox>(row.owner)])
        .writing(move |row: Notification, loaded| {
            if shard.owns(id(row.owner)) {
                rows::change(loaded, Some(&row), None)
            } else {
                Ok(vec![])
            }
        })
}

/// Removes what a sweep finds, and nothing else.
fn deleting<D: read_model::Document>(sweep: Sweep) -> Sweep {
    sweep.writing(|document: D, _| Ok(vec![Write::delete::<D>(document.id())]))
}

fn gone(owner: AccountId, post: events::PostId) -> GoneId {
    GoneId {
        owner: uuid(owner),
        post: uuid(post),
    }
}

/// What is announced of a new notification.
#[derive(Serialize)]
struct Notice {
    notification: Told,
    unread_count: i64,
}

/// A notification as clients are told of it at once: with ids alone.
#[derive(Serialize)]
struct Told {
    id: uuid::Uuid,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<uuid::Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<uuid::Uuid>,
    actors: Vec<uuid::Uuid>,
    actor_count: i64,
    position: Position,
    at: chrono::DateTime<chrono::Utc>,
}

/// So many of those who did it are named.
const NAMED: usize = 3;

impl Notice {
    fn of(row: &Notification, inbox: &Inbox) -> Self {
        let actors = row.actors.iter().take(NAMED);
        let notification = Told {
            id: row.id.id.into(),
            kind: row.kind,
            post: row.post.map(Into::into),
            comment: row.comment.map(Into::into),
            actors: actors.map(|actor| actor.account.into()).collect(),
            actor_count: row.actor_count,
            position: Position::new(events::Stream::Events, read_model::sequence(row.position)),
            at: row.at.to_chrono(),
        };
        Self {
            notification,
            unread_count: inbox.unread,
        }
    }
}

#[cfg(test)]
mod tests;
