//! Who may see what: the one place that decides it.
//!
//! A [`Standing`] is what one person, the viewer, is towards another. It is made of the viewer's row in the read
//! model `friends`, and every route asks it, for queries ([`Standing::visibilities`]) as for what was read
//! ([`Standing::sees`]).

use bson::{Document, Uuid, doc};
use read_model::{
    friends::{FriendId, Status},
    posts::Visibility,
};
use serde::Deserialize;

use crate::answers::Relationship;

/// What the viewer is towards another person, as far as seeing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The viewer is that person.
    Oneself,
    /// They are friends.
    Friend {
        /// The event that made them so, the last time.
        since: i64,
    },
    /// The viewer asked to be.
    Requested,
    /// The other one asked to be.
    RequestedBy,
    /// Nothing.
    Stranger,
    /// The viewer blocks the other one.
    Blocking,
    /// The other one blocks the viewer, who may not learn of it: the other one isn't there.
    Blocked,
}

/// What of the viewer's row is needed.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Row {
    #[serde(rename = "_id")]
    pub(crate) id: FriendId,
    pub(crate) status: Status,
    pub(crate) blocks: bool,
    pub(crate) blocked_by: bool,
    /// The event by which the status came to be.
    pub(crate) position: i64,
}

impl Row {
    /// The fields of a [`Row`].
    pub(crate) fn fields() -> Document {
        doc! { "status": 1, "blocks": 1, "blocked_by": 1, "position": 1 }
    }
}

/// How much of a person is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The name and the picture that the person has now.
    Whole,
    /// The username, which never changes: no new name or picture passes a block.
    Username,
    /// Nothing, as of somebody who isn't there.
    Nothing,
}

impl Standing {
    /// What `viewer` is towards `other`, by the viewer's row about the other.
    pub(crate) fn of(viewer: Uuid, other: Uuid, row: Option<&Row>) -> Self {
        if viewer == other {
            return Self::Oneself;
        }
        match row {
            None => Self::Stranger,
            // One's own block comes first: beside it the other's doesn't show.
            Some(row) if row.blocks => Self::Blocking,
            Some(row) if row.blocked_by => Self::Blocked,
            Some(row) => match row.status {
                Status::None => Self::Stranger,
                Status::Requested => Self::Requested,
                Status::RequestedBy => Self::RequestedBy,
                Status::Friends => Self::Friend { since: row.position },
            },
        }
    }

    /// Whether the viewer may know of the person at all.
    pub(crate) const fn knows(self) -> bool {
        !matches!(self, Self::Blocked)
    }

    /// As whom the viewer is shown the person, wherever they are named.
    pub(crate) const fn identity(self) -> Identity {
        match self {
            Self::Oneself | Self::Friend { .. } | Self::Requested | Self::RequestedBy | Self::Stranger => {
                Identity::Whole
            }
            Self::Blocking => Identity::Username,
            Self::Blocked => Identity::Nothing,
        }
    }

    /// Whether the person is shown to the viewer where people meet: among others' friends, likes and comments, in
    /// what is searched and suggested.
    pub(crate) const fn meets(self) -> bool {
        !matches!(self, Self::Blocked | Self::Blocking)
    }

    /// Whether they are friends.
    pub(crate) const fn is_friend(self) -> bool {
        matches!(self, Self::Friend { .. })
    }

    /// Whether the person may be suggested to the viewer: there is nothing between them, not even a request.
    pub(crate) const fn is_stranger(self) -> bool {
        matches!(self, Self::Stranger)
    }

    /// The visibilities of those of the person's posts that the viewer may see.
    pub(crate) const fn visibilities(self) -> &'static [Visibility] {
        match self {
            Self::Oneself | Self::Friend { .. } => &[Visibility::Public, Visibility::Friends],
            Self::Requested | Self::RequestedBy | Self::Stranger => &[Visibility::Public],
            Self::Blocking | Self::Blocked => &[],
        }
    }

    /// Whether the viewer may see a post of the person's.
    pub(crate) fn sees(self, visibility: Visibility) -> bool {
        self.visibilities().contains(&visibility)
    }

    /// Whether the viewer could see a version of a post of the person's that another replaced at `until`; of a post
    /// that they may see now. What was for friends is for who had become one by then: earlier friendships, which
    /// ended, don't count.
    pub(crate) const fn saw(self, visibility: Visibility, until: i64) -> bool {
        let public = matches!(visibility, Visibility::Public);
        match self {
            Self::Oneself => true,
            Self::Friend { since } => public || since < until,
            Self::Requested | Self::RequestedBy | Self::Stranger => public,
            Self::Blocking | Self::Blocked => false,
        }
    }

    /// Whether the viewer may write to the person.
    pub(crate) const fn writes(self) -> bool {
        self.is_friend()
    }

    /// What the viewer is told. Somebody who blocks the viewer is as good as unknown.
    pub(crate) const fn relationship(self) -> Relationship {
        match self {
            Self::Oneself => Relationship::Oneself,
            Self::Friend { .. } => Relationship::Friends,
            Self::Requested => Relationship::Requested,
            Self::RequestedBy => Relationship::RequestedBy,
            Self::Blocking => Relationship::Blocked,
            Self::Stranger | Self::Blocked => Relationship::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> Uuid {
        Uuid::from_bytes([n; 16])
    }

    fn row(status: Status, blocks: bool, blocked_by: bool) -> Row {
        let id = FriendId {
            owner: id(1),
            other: id(2),
        };
        Row {
            id,
            status,
            blocks,
            blocked_by,
            position: 10,
        }
    }

    /// What the viewer may: know the person, see who they are now, meet them in lists, see posts for everybody, see
    /// posts for friends, write; by their first letters.
    fn may(standing: Standing) -> String {
        assert_eq!(standing.knows(), standing.identity() != Identity::Nothing);
        let all = [
            ('k', standing.knows()),
            ('i', standing.identity() == Identity::Whole),
            ('m', standing.meets()),
            ('p', standing.sees(Visibility::Public)),
            ('f', standing.sees(Visibility::Friends)),
            ('w', standing.writes()),
        ];
        all.into_iter()
            .filter(|(_, may)| *may)
            .map(|(letter, _)| letter)
            .collect()
    }

    #[test]
    fn what_two_people_are_to_each_other_decides_what_one_sees_of_the_other() {
        let (no, yes) = (false, true);
        for (row, expected, told) in [
            (None, "kimp", Relationship::None),
            (Some(row(Status::None, no, no)), "kimp", Relationship::None),
            (
                Some(row(Status::Requested, no, no)),
                "kimp",
                Relationship::Requested,
            ),
            (
                Some(row(Status::RequestedBy, no, no)),
                "kimp",
                Relationship::RequestedBy,
            ),
            (
                Some(row(Status::Friends, no, no)),
                "kimpfw",
                Relationship::Friends,
            ),
            (Some(row(Status::None, yes, no)), "k", Relationship::Blocked),
            (Some(row(Status::None, no, yes)), "", Relationship::None),
            (Some(row(Status::None, yes, yes)), "k", Relationship::Blocked),
            // A block ends a friendship in the same event; should a row ever say both, the block wins.
            (Some(row(Status::Friends, yes, no)), "k", Relationship::Blocked),
            (Some(row(Status::Friends, no, yes)), "", Relationship::None),
        ] {
            let standing = Standing::of(id(1), id(2), row.as_ref());
            assert_eq!(may(standing), expected, "{row:?}");
            assert_eq!(standing.relationship(), told, "{row:?}");
        }
    }

    #[test]
    fn everybody_sees_all_of_their_own_and_writes_to_nobody_by_that() {
        let standing = Standing::of(id(1), id(1), None);
        assert_eq!(may(standing), "kimpf");
        assert_eq!(standing.relationship(), Relationship::Oneself);
    }

    #[test]
    fn an_earlier_version_is_for_who_could_see_it_then() {
        let (public, friends) = (Visibility::Public, Visibility::Friends);
        let standing = |row: &Row| Standing::of(id(1), id(2), Some(row));
        // Friends since 10: after what was replaced at 9, before what was replaced at 11.
        let friend = standing(&row(Status::Friends, false, false));
        assert_eq!([9, 11].map(|until| friend.saw(friends, until)), [false, true]);
        assert_eq!([9, 11].map(|until| friend.saw(public, until)), [true, true]);
        let author = Standing::of(id(1), id(1), None);
        assert!(author.saw(friends, 9) && author.saw(public, 9));
        for status in [Status::None, Status::Requested, Status::RequestedBy] {
            let other = standing(&row(status, false, false));
            assert!(other.saw(public, 11) && !other.saw(friends, 11), "{status:?}");
            assert!(!standing(&row(status, true, false)).saw(public, 11), "{status:?}");
            assert!(!standing(&row(status, false, true)).saw(public, 11), "{status:?}");
        }
    }
}
