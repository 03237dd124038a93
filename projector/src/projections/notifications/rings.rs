//! Bells that don't ring again and again: what was taken back or turned down and comes again soon is told as it was
//! before, seen or unseen, without an announcement. All of it follows from the times of events, so that a rebuild comes
//! to the same.

use bson::Uuid;
use chrono::TimeDelta;
use events::Recorded;
use read_model::notifications::{Kind, Notification, NotificationId, Ring};

use super::rows;
use crate::{ApplyError, Key, Loaded, Shard, Sweep, Write};

/// How long what was taken back may come again without a bell: a like, a comment, a request, a friendship.
pub(super) const TAKEN_BACK: TimeDelta = TimeDelta::days(1);
/// How long a request that was declined may: who said no isn't to be asked aloud every day.
pub(super) const DECLINED: TimeDelta = TimeDelta::days(30);

/// The key of the bell by which `owner` is told of what `person` does: of each comment on one post by the same.
pub(super) fn key(kind: Kind, owner: Uuid, person: Uuid, post: Option<Uuid>) -> NotificationId {
    let mut what = person.bytes().to_vec();
    what.extend(post.iter().flat_map(|post| post.bytes()));
    rows::key(kind, owner, &what)
}

/// The key of the bell by which a notification was told, if it has one of its own.
pub(super) fn of(row: &Notification) -> Option<NotificationId> {
    let person = row.person?;
    Some(key(row.kind, row.owner, person, row.post))
}

/// What is needed to take a notification away.
pub(super) fn needs(row: &Notification) -> Vec<Key> {
    of(row).map(Key::of::<Ring>).into_iter().collect()
}

/// Notes that a notification goes, and may come again without a bell for some time.
pub(super) fn gone(
    row: &Notification,
    event: &Recorded,
    quiet: TimeDelta,
    loaded: &Loaded,
) -> Result<Option<Write>, ApplyError> {
    let (Some(id), Some(person)) = (of(row), row.person) else {
        return Ok(None);
    };
    let until = (event.meta.at + quiet).into();
    let before = loaded.get::<Ring>(id)?;
    let before = before.filter(|ring| ring.until.to_chrono() > event.meta.at);
    let ring = match before {
        Some(ring) => Ring {
            latest: ring.latest.max(row.latest),
            gone: ring.gone + 1,
            until: ring.until.max(until),
            ..ring
        },
        None => Ring {
            id,
            person,
            post: row.post,
            latest: row.latest,
            gone: 1,
            until,
        },
    };
    Ok(Some(Write::put(&ring)))
}

/// What comes again, if it comes without a bell: as far as it was seen before, and what there is to note.
pub(super) fn again(
    id: NotificationId,
    event: &Recorded,
    loaded: &Loaded,
) -> Result<(Option<i64>, Option<Write>), ApplyError> {
    Ok(match loaded.get::<Ring>(id)? {
        None => (None, None),
        Some(ring) if ring.until.to_chrono() <= event.meta.at => (None, Some(Write::delete::<Ring>(id))),
        // All that was taken back has come again, and this is more.
        Some(ring) if ring.gone == 0 => (None, None),
        Some(ring) => {
            let left = Ring {
                gone: ring.gone - 1,
                ..ring
            };
            (Some(left.latest), Some(Write::put(&left)))
        }
    })
}

/// Removes the bells that a sweep finds, those of `shard`.
pub(super) fn forgetting(shard: Shard, sweep: Sweep) -> Sweep {
    sweep.writing(move |ring: Ring, _| {
        let ours = shard.owns(read_model::id(ring.id.owner));
        Ok(ours.then(|| Write::delete::<Ring>(ring.id)).into_iter().collect())
    })
}
