//! Likes: one notification for each post, whoever and how many they are.

use bson::Uuid;
use events::Recorded;
use read_model::{
    id,
    notifications::{Gone, Inbox, Kind, Liking, MOST_ACTORS, Notification, NotificationId},
    uuid,
};

use super::{gone, rings::TAKEN_BACK, rows, steps::Reaction};
use crate::{ApplyError, Key, Loaded, Shard, Sweep, Write};

/// The key of the notification of a post's likes.
pub(super) fn row(owner: Uuid, post: Uuid) -> NotificationId {
    rows::key(Kind::Like, owner, &post.bytes())
}

/// A like, if it is one: of a post that is there, by somebody who didn't like it yet. One that was taken back not long
/// before takes its place again, seen or unseen, and rings no bell.
pub(super) fn like(reaction: Reaction, event: &Recorded, loaded: &Loaded) -> Result<Vec<Write>, ApplyError> {
    let known = loaded.get::<Liking>(reaction.liking())?;
    let likes_it = known.as_ref().is_some_and(|liking| liking.taken_back.is_none());
    if likes_it || loaded.get::<Gone>(gone(reaction.owner, reaction.post))?.is_some() {
        return Ok(vec![]);
    }
    let (owner, post) = (uuid(reaction.owner), uuid(reaction.post));
    let mut actor = rows::actor(reaction.by, event);
    let now = actor.position;
    let again = known.filter(|liking| {
        let taken_back = liking.taken_back.map(bson::DateTime::to_chrono);
        taken_back.is_some_and(|at| event.meta.at < at + TAKEN_BACK)
    });
    if let Some(before) = &again {
        actor.position = before.position;
    }
    let liking = Liking {
        id: reaction.liking(),
        post,
        owner,
        position: actor.position,
        taken_back: None,
    };
    let before = loaded.get::<Notification>(row(owner, post))?;
    let mut after = before.clone().unwrap_or(Notification {
        id: row(owner, post),
        owner,
        kind: Kind::Like,
        post: Some(post),
        comment: None,
        person: None,
        actors: vec![],
        actor_count: 0,
        latest: 0,
        at: actor.at,
        position: 0,
        seen: false,
    });
    let newer = after
        .actors
        .iter()
        .take_while(|other| other.position > actor.position);
    let place = newer.count();
    after.actors.insert(place, actor);
    after.actors.truncate(MOST_ACTORS);
    after.actor_count += 1;
    (after.latest, after.at) = after
        .actors
        .first()
        .map_or((actor.position, actor.at), |newest| (newest.position, newest.at));
    if again.is_none() || before.is_none() {
        after.position = now;
    }
    let mut writes = rows::change(loaded, before.as_ref(), Some(after))?;
    writes.push(Write::put(&liking));
    Ok(writes)
}

/// A like less, which is remembered for when it comes again.
pub(super) fn take_back(
    liking: &Liking,
    event: &Recorded,
    loaded: &Loaded,
) -> Result<Vec<Write>, ApplyError> {
    if liking.taken_back.is_some() {
        return Ok(vec![]);
    }
    let mut writes = uncount(liking, loaded)?;
    writes.push(Write::put(&Liking {
        taken_back: Some(event.meta.at.into()),
        ..liking.clone()
    }));
    Ok(writes)
}

/// A like less, as if it had never been.
fn forget(liking: &Liking, loaded: &Loaded) -> Result<Vec<Write>, ApplyError> {
    let mut writes = match liking.taken_back {
        None => uncount(liking, loaded)?,
        Some(_) => vec![],
    };
    writes.push(Write::delete::<Liking>(liking.id));
    Ok(writes)
}

/// The notification without a like. It goes with the last of them.
fn uncount(liking: &Liking, loaded: &Loaded) -> Result<Vec<Write>, ApplyError> {
    let Some(before) = loaded.get::<Notification>(row(liking.owner, liking.post))? else {
        return Ok(vec![]);
    };
    let mut after = before.clone();
    after.actor_count -= 1;
    after.actors.retain(|actor| actor.account != liking.id.by);
    if let Some(newest) = after.actors.first() {
        (after.latest, after.at) = (newest.position, newest.at);
    }
    let after = (after.actor_count > 0).then_some(after);
    rows::change(loaded, Some(&before), after)
}

/// Takes back the likes that a sweep finds.
pub(super) fn taking_back(sweep: Sweep, event: &Recorded) -> Sweep {
    let event = event.clone();
    needing(sweep).writing(move |liking: Liking, loaded| take_back(&liking, &event, loaded))
}

/// Forgets the likes that a sweep finds, those to people of `shard`.
pub(super) fn forgetting(shard: Shard, sweep: Sweep) -> Sweep {
    needing(sweep).writing(move |liking: Liking, loaded| {
        if shard.owns(id(liking.owner)) {
            forget(&liking, loaded)
        } else {
            Ok(vec![])
        }
    })
}

fn needing(sweep: Sweep) -> Sweep {
    sweep.needing(|liking: &Liking| {
        vec![
            Key::of::<Inbox>(liking.owner),
            Key::of::<Notification>(row(liking.owner, liking.post)),
        ]
    })
}
