//! Likes: one notification for each post, whoever and how many they are.

use bson::Uuid;
use events::Recorded;
use read_model::{
    id,
    notifications::{Gone, Inbox, Kind, Liking, MOST_ACTORS, Notification, NotificationId},
    uuid,
};

use super::{gone, rows, steps::Reaction};
use crate::{ApplyError, Key, Loaded, Shard, Sweep, Write};

/// The key of the notification of a post's likes.
pub(super) fn row(owner: Uuid, post: Uuid) -> NotificationId {
    rows::key(Kind::Like, owner, post)
}

/// A like, if it is one: of a post that is there, by somebody who didn't like it yet.
pub(super) fn like(reaction: Reaction, event: &Recorded, loaded: &Loaded) -> Result<Vec<Write>, ApplyError> {
    let known = loaded.get::<Liking>(reaction.liking())?.is_some();
    if known || loaded.get::<Gone>(gone(reaction.owner, reaction.post))?.is_some() {
        return Ok(vec![]);
    }
    let (owner, post) = (uuid(reaction.owner), uuid(reaction.post));
    let actor = rows::actor(reaction.by, event);
    let liking = Liking {
        id: reaction.liking(),
        post,
        owner,
        position: actor.position,
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
    after.actors.insert(0, actor);
    after.actors.truncate(MOST_ACTORS);
    after.actor_count += 1;
    (after.latest, after.position, after.at) = (actor.position, actor.position, actor.at);
    let mut writes = rows::change(loaded, before.as_ref(), Some(after))?;
    writes.push(Write::put(&liking));
    Ok(writes)
}

/// A like less. The notification goes with the last of them.
pub(super) fn take_back(liking: &Liking, loaded: &Loaded) -> Result<Vec<Write>, ApplyError> {
    let mut writes = vec![Write::delete::<Liking>(liking.id)];
    let Some(before) = loaded.get::<Notification>(row(liking.owner, liking.post))? else {
        return Ok(writes);
    };
    let mut after = before.clone();
    after.actor_count -= 1;
    after.actors.retain(|actor| actor.account != liking.id.by);
    if let Some(newest) = after.actors.first() {
        (after.latest, after.at) = (newest.position, newest.at);
    }
    let after = (after.actor_count > 0).then_some(after);
    writes.extend(rows::change(loaded, Some(&before), after)?);
    Ok(writes)
}

/// Takes back the likes that a sweep finds, those to people of `shard`.
pub(super) fn taking_back(shard: Shard, sweep: Sweep) -> Sweep {
    sweep
        .needing(|liking: &Liking| {
            vec![
                Key::of::<Inbox>(liking.owner),
                Key::of::<Notification>(row(liking.owner, liking.post)),
            ]
        })
        .writing(move |liking: Liking, loaded| {
            if shard.owns(id(liking.owner)) {
                take_back(&liking, loaded)
            } else {
                Ok(vec![])
            }
        })
}
