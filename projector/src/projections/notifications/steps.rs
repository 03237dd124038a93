//! What an event means to the people whom it concerns.

use chrono::TimeDelta;
use events::{AccountId, Event, Recorded, account, comment, friendship, inbox, post, reaction};
use read_model::{
    notifications::{Gone, Inbox, Kind, Liking, LikingId, Notification, NotificationId, Ring},
    position, uuid,
};

use super::{
    gone, likes,
    rings::{DECLINED, TAKEN_BACK},
    rows::{self, About},
};
use crate::{ApplyError, Key, Loaded, Write};

/// What an event means to one person's notifications.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Somebody likes a post of theirs.
    Liked(Reaction),
    /// Somebody doesn't any more.
    Unliked(Reaction),
    /// They are told of something that one person did.
    Told(About),
    /// What they were told is no longer so; coming again within this time it rings no bell.
    Untold(About, TimeDelta),
    /// A post of theirs is gone; what was told of it has been swept.
    PostGone(AccountId, events::PostId),
    /// They have seen all up to a position; what was unseen has been swept.
    Seen(AccountId, i64),
    /// They were forgotten; all that was theirs has been swept.
    Forgotten(AccountId),
}

/// Who likes which post of whose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reaction {
    pub(super) owner: AccountId,
    pub(super) by: AccountId,
    pub(super) post: events::PostId,
}

impl Reaction {
    pub(super) fn liking(self) -> LikingId {
        LikingId {
            by: uuid(self.by),
            post: uuid(self.post),
        }
    }
}

/// The steps of an event, at most one for each person.
pub(super) fn steps(event: &Event) -> Vec<Step> {
    let steps = match event {
        Event::Reaction(reaction::Event::Liked(by)) => vec![Step::Liked(liked(by))],
        Event::Reaction(reaction::Event::Unliked(by)) => vec![Step::Unliked(liked(by))],
        Event::Comment(comment::Event::Added(version)) => vec![Step::Told(About::comment(
            (version.post_author, version.author),
            version.post,
            version.comment,
        ))],
        Event::Comment(comment::Event::Deleted(deleted)) => vec![Step::Untold(
            About::comment(
                (deleted.post_author, deleted.author),
                deleted.post,
                deleted.comment,
            ),
            TAKEN_BACK,
        )],
        Event::Friendship(what) => between(what),
        Event::Post(post::Event::Deleted(deleted)) => vec![Step::PostGone(deleted.author, deleted.post)],
        Event::Inbox(inbox::Event::NotificationsSeen(seen)) => {
            vec![Step::Seen(seen.account, position(seen.up_to))]
        }
        Event::Account(account::Event::Erased(erased)) => vec![Step::Forgotten(erased.account)],
        // A comment is shown as it reads now, and a post that is edited stays the same post.
        Event::Comment(comment::Event::Edited(_))
        | Event::Post(post::Event::Published(_) | post::Event::Edited(_))
        | Event::Account(_)
        | Event::Username(_)
        | Event::Email(_)
        | Event::Media(_)
        | Event::Report(_)
        | Event::Dm(_)
        | Event::Session(_)
        | Event::Person(_) => vec![],
    };
    steps.into_iter().filter(|step| !step.is_of_oneself()).collect()
}

fn liked(reaction: &reaction::Reaction) -> Reaction {
    Reaction {
        owner: reaction.post_author,
        by: reaction.by,
        post: reaction.post,
    }
}

fn between(what: &friendship::Event) -> Vec<Step> {
    let (by, other) = (what.by(), what.other());
    let request = |owner, person| About::friend(Kind::FriendRequest, owner, person);
    let accepted = |owner, person| About::friend(Kind::FriendAccepted, owner, person);
    match what {
        friendship::Event::Requested(_) => vec![Step::Told(request(other, by))],
        friendship::Event::Accepted(_) => {
            vec![
                Step::Told(accepted(other, by)),
                Step::Untold(request(by, other), TAKEN_BACK),
            ]
        }
        friendship::Event::Declined(_) => vec![Step::Untold(request(by, other), DECLINED)],
        friendship::Event::Cancelled(_) => vec![Step::Untold(request(other, by), TAKEN_BACK)],
        friendship::Event::Removed(_) => {
            vec![
                Step::Untold(accepted(by, other), TAKEN_BACK),
                Step::Untold(accepted(other, by), TAKEN_BACK),
            ]
        }
        // All that one has to do with the other is swept.
        friendship::Event::Blocked(_) | friendship::Event::Unblocked(_) => vec![],
    }
}

impl Step {
    /// Whose notifications it is about.
    pub(super) fn owner(&self) -> AccountId {
        match self {
            Self::Liked(reaction) | Self::Unliked(reaction) => reaction.owner,
            Self::Told(about) | Self::Untold(about, _) => about.owner,
            Self::PostGone(owner, _) | Self::Seen(owner, _) | Self::Forgotten(owner) => *owner,
        }
    }

    /// The notification by which they are told, if they are.
    pub(super) fn tells(&self) -> Option<NotificationId> {
        match self {
            Self::Liked(reaction) => Some(likes::row(uuid(reaction.owner), uuid(reaction.post))),
            Self::Told(about) => Some(about.row()),
            Self::Unliked(_)
            | Self::Untold(..)
            | Self::PostGone(..)
            | Self::Seen(..)
            | Self::Forgotten(_) => None,
        }
    }

    fn is_of_oneself(&self) -> bool {
        match self {
            Self::Liked(reaction) | Self::Unliked(reaction) => reaction.owner == reaction.by,
            Self::Told(about) | Self::Untold(about, _) => about.owner == about.person,
            Self::PostGone(..) | Self::Seen(..) | Self::Forgotten(_) => false,
        }
    }

    pub(super) fn needs(&self) -> Vec<Key> {
        let inbox = Key::of::<Inbox>(uuid(self.owner()));
        match self {
            Self::Liked(reaction) | Self::Unliked(reaction) => vec![
                inbox,
                Key::of::<Liking>(reaction.liking()),
                Key::of::<Notification>(likes::row(uuid(reaction.owner), uuid(reaction.post))),
                Key::of::<Gone>(gone(reaction.owner, reaction.post)),
            ],
            Self::Told(about) | Self::Untold(about, _) => {
                let gone = about.post.map(|post| Key::of::<Gone>(gone(about.owner, post)));
                let row = Key::of::<Notification>(about.row());
                let ring = Key::of::<Ring>(about.ring());
                [inbox, row, ring].into_iter().chain(gone).collect()
            }
            Self::Seen(..) => vec![inbox],
            Self::PostGone(..) | Self::Forgotten(_) => vec![],
        }
    }

    /// The notification of a comment is a new one; of likes there is one for all, and friends may ask again.
    pub(super) fn makes(&self) -> Option<Key> {
        match self {
            Self::Told(about) if about.comment.is_some() => Some(Key::of::<Notification>(about.row())),
            Self::Told(_)
            | Self::Liked(_)
            | Self::Unliked(_)
            | Self::Untold(..)
            | Self::PostGone(..)
            | Self::Seen(..)
            | Self::Forgotten(_) => None,
        }
    }

    pub(super) fn apply(&self, event: &Recorded, loaded: &Loaded) -> Result<Vec<Write>, ApplyError> {
        match self {
            Self::Liked(reaction) => likes::like(*reaction, event, loaded),
            Self::Unliked(reaction) => match loaded.get::<Liking>(reaction.liking())? {
                Some(liking) => likes::take_back(&liking, event, loaded),
                None => Ok(vec![]),
            },
            Self::Told(about) => about.tell(event, loaded),
            Self::Untold(about, quiet) => about.take_back(*quiet, event, loaded),
            Self::PostGone(owner, post) => Ok(vec![Write::put(&Gone {
                id: gone(*owner, *post),
            })]),
            Self::Seen(owner, up_to) => {
                let mut inbox = rows::inbox(loaded, uuid(*owner))?;
                inbox.seen_up_to = inbox.seen_up_to.max(*up_to);
                Ok(vec![Write::put(&inbox)])
            }
            Self::Forgotten(owner) => Ok(vec![Write::delete::<Inbox>(uuid(*owner))]),
        }
    }
}
