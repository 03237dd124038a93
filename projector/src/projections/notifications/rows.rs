//! Notifications one by one, and the count of those that haven't been seen.

use bson::Uuid;
use chrono::TimeDelta;
use events::{AccountId, CommentId, PostId, Recorded};
use read_model::{
    notifications::{Actor, Gone, Inbox, Kind, Notification, NotificationId},
    position, uuid,
};

use super::{gone, rings};
use crate::{ApplyError, Key, Loaded, Sweep, Write};

/// The namespace of notifications' ids; a random constant, never to change.
const IDS: uuid::Uuid = uuid::Uuid::from_u128(0x2b7e_91f4_06c3_4d58_a1d9_83e5_5fb0_c74a);

/// What one person did that another is told of.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    kind: Kind,
    pub(super) owner: AccountId,
    pub(super) person: AccountId,
    pub(super) post: Option<PostId>,
    pub(super) comment: Option<CommentId>,
}

impl About {
    /// A comment under a post of `owner`.
    pub(super) fn comment((owner, person): (AccountId, AccountId), post: PostId, comment: CommentId) -> Self {
        Self {
            kind: Kind::Comment,
            owner,
            person,
            post: Some(post),
            comment: Some(comment),
        }
    }

    /// A step of `person` towards `owner`.
    pub(super) fn friend(kind: Kind, owner: AccountId, person: AccountId) -> Self {
        Self {
            kind,
            owner,
            person,
            post: None,
            comment: None,
        }
    }

    /// The key of the notification.
    pub(super) fn row(&self) -> NotificationId {
        let what = self.comment.map_or_else(|| uuid(self.person), uuid);
        key(self.kind, uuid(self.owner), &what.bytes())
    }

    /// The key of the bell.
    pub(super) fn ring(&self) -> NotificationId {
        rings::key(
            self.kind,
            uuid(self.owner),
            uuid(self.person),
            self.post.map(uuid),
        )
    }

    pub(super) fn tell(&self, event: &Recorded, loaded: &Loaded) -> Result<Vec<Write>, ApplyError> {
        if let Some(post) = self.post
            && loaded.get::<Gone>(gone(self.owner, post))?.is_some()
        {
            return Ok(vec![]);
        }
        let actor = actor(self.person, event);
        let (again, ring) = rings::again(self.ring(), event, loaded)?;
        let after = Notification {
            id: self.row(),
            owner: uuid(self.owner),
            kind: self.kind,
            post: self.post.map(uuid),
            comment: self.comment.map(uuid),
            person: Some(actor.account),
            actors: vec![actor],
            actor_count: 1,
            latest: again.unwrap_or(actor.position),
            at: actor.at,
            position: actor.position,
            seen: false,
        };
        let before = loaded.get::<Notification>(after.id)?;
        let mut writes = change(loaded, before.as_ref(), Some(after))?;
        writes.extend(ring);
        Ok(writes)
    }

    /// Takes back what was told; coming again within `quiet` it rings no bell.
    pub(super) fn take_back(
        &self,
        quiet: TimeDelta,
        event: &Recorded,
        loaded: &Loaded,
    ) -> Result<Vec<Write>, ApplyError> {
        match loaded.get::<Notification>(self.row())? {
            Some(row) => remove(&row, quiet, event, loaded),
            None => Ok(vec![]),
        }
    }
}

/// Takes a notification away; coming again within `quiet` it rings no bell.
pub(super) fn remove(
    row: &Notification,
    quiet: TimeDelta,
    event: &Recorded,
    loaded: &Loaded,
) -> Result<Vec<Write>, ApplyError> {
    let mut writes = change(loaded, Some(row), None)?;
    writes.extend(rings::gone(row, event, quiet, loaded)?);
    Ok(writes)
}

/// The key of a notification to `owner`; `what` it is about tells it from others of its kind.
pub(super) fn key(kind: Kind, owner: Uuid, what: &[u8]) -> NotificationId {
    let kind = match kind {
        Kind::Like => 0,
        Kind::Comment => 1,
        Kind::FriendRequest => 2,
        Kind::FriendAccepted => 3,
    };
    let mut name = vec![kind];
    name.extend(owner.bytes());
    name.extend(what);
    NotificationId {
        owner,
        id: platform::id::derived(IDS, &name).into(),
    }
}

/// Somebody who did something by this event.
pub(super) fn actor(account: AccountId, event: &Recorded) -> Actor {
    Actor {
        account: uuid(account),
        position: position(event.position.sequence),
        at: event.meta.at.into(),
    }
}

/// The inbox of `owner`, which may be a new one.
pub(super) fn inbox(loaded: &Loaded, owner: Uuid) -> Result<Inbox, ApplyError> {
    let inbox = loaded.get::<Inbox>(owner)?;
    Ok(inbox.unwrap_or(Inbox {
        account: owner,
        seen_up_to: 0,
        unread: 0,
    }))
}

/// One of somebody's notifications comes, changes or goes, and is counted accordingly.
pub(super) fn change(
    loaded: &Loaded,
    before: Option<&Notification>,
    after: Option<Notification>,
) -> Result<Vec<Write>, ApplyError> {
    let Some(id) = after.as_ref().or(before).map(|row| row.id) else {
        return Ok(vec![]);
    };
    let mut inbox = inbox(loaded, id.owner)?;
    let after = after.map(|row| Notification {
        seen: row.latest <= inbox.seen_up_to,
        ..row
    });
    let unseen = |row: Option<&Notification>| i64::from(row.is_some_and(|row| !row.seen));
    inbox.unread += unseen(after.as_ref()) - unseen(before);
    let row = match after {
        Some(row) => Write::put(&row),
        None => Write::delete::<Notification>(id),
    };
    Ok(vec![row, Write::put(&inbox)])
}

/// Marks seen what `owner` hadn't seen up to `up_to`.
pub(super) fn see(owner: Uuid, up_to: i64) -> Sweep {
    Sweep::over::<Notification>([("owner", owner.into()), ("seen", false.into())])
        .needing(move |_: &Notification| vec![Key::of::<Inbox>(owner)])
        .writing(move |row: Notification, loaded| {
            if row.latest > up_to {
                return Ok(vec![]);
            }
            let mut inbox = inbox(loaded, owner)?;
            inbox.unread -= 1;
            let row = Notification { seen: true, ..row };
            Ok(vec![Write::put(&row), Write::put(&inbox)])
        })
}
