//! Friendships' events to one row for each side, and counts.

use events::{AccountId, Event, Recorded, account, friendship};
use read_model::{
    friends::{Counts, Friend, FriendId, Status},
    id, position, uuid,
};

use crate::{ApplyError, Key, Loaded, Projection, Shard, Sweep, Write};

/// See [`read_model::friends`].
#[derive(Debug)]
pub struct Friends;

impl Projection for Friends {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::friends::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["account", "friendship"]
    }

    fn sweeps(&self, event: &Recorded, shard: Shard) -> Vec<Sweep> {
        erased(event).map_or_else(Vec::new, |account| forgotten(account, shard))
    }

    fn needs(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        sides(event, shard)
            .flat_map(|(owner, other, _)| {
                [
                    Key::of::<Friend>(row(owner, other)),
                    Key::of::<Counts>(uuid(owner)),
                ]
            })
            .collect()
    }

    fn apply(&self, event: &Recorded, loaded: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError> {
        let mut writes = Vec::new();
        if let Some(account) = erased(event).filter(|account| shard.owns(*account)) {
            writes.push(Write::delete::<Counts>(uuid(account)));
        }
        for (owner, other, what) in sides(event, shard) {
            let before = loaded.get::<Friend>(row(owner, other))?;
            let after = turn(before.as_ref(), what, owner, other, event);
            let was = before.as_ref().map_or(Status::None, |row| row.status);
            if was != after.status {
                let counts = loaded.get::<Counts>(uuid(owner))?;
                writes.push(Write::put(&count(counts, owner, was, after.status)));
            }
            if after.status == Status::None && !after.blocks && !after.blocked_by {
                writes.extend(before.map(|row| Write::delete::<Friend>(row.id)));
            } else if before.as_ref() != Some(&after) {
                writes.push(Write::put(&after));
            }
        }
        Ok(writes)
    }
}

/// Who is forgotten by the event.
fn erased(event: &Recorded) -> Option<AccountId> {
    match &event.event {
        Event::Account(account::Event::Erased(erased)) => Some(erased.account),
        _ => None,
    }
}

/// Takes a person's rows away, and theirs from everybody who had to do with them.
fn forgotten(account: AccountId, shard: Shard) -> Vec<Sweep> {
    let person = uuid(account);
    let others = Sweep::over::<Friend>([("other", person.into())])
        .needing(move |row: &Friend| {
            let counts = shard.owns(id(row.owner)).then(|| Key::of::<Counts>(row.owner));
            counts.into_iter().collect()
        })
        .writing(move |row: Friend, loaded| {
            let owner = id::<AccountId>(row.owner);
            if !shard.owns(owner) {
                return Ok(vec![]);
            }
            let mut writes = vec![Write::delete::<Friend>(row.id)];
            if row.status != Status::None {
                let counts = loaded.get::<Counts>(row.owner)?;
                writes.push(Write::put(&count(counts, owner, row.status, Status::None)));
            }
            Ok(writes)
        });
    let own = shard.owns(account).then(|| {
        Sweep::over::<Friend>([])
            .with_id("owner", person, "other")
            .writing(|row: Friend, _| Ok(vec![Write::delete::<Friend>(row.id)]))
    });
    [others].into_iter().chain(own).collect()
}

/// The two sides of a friendship's event, as (owner, other, event), as far as the shard owns them.
fn sides(event: &Recorded, shard: Shard) -> impl Iterator<Item = (AccountId, AccountId, &friendship::Event)> {
    let what = match &event.event {
        Event::Friendship(what) => what.pair().map(|pair| (pair, what)),
        _ => None,
    };
    what.into_iter().flat_map(move |(pair, what)| {
        [(pair.lo(), pair.hi()), (pair.hi(), pair.lo())]
            .into_iter()
            .filter(move |(owner, _)| shard.owns(*owner))
            .map(move |(owner, other)| (owner, other, what))
    })
}

fn row(owner: AccountId, other: AccountId) -> FriendId {
    FriendId {
        owner: uuid(owner),
        other: uuid(other),
    }
}

/// The row of `owner` after an event.
fn turn(
    before: Option<&Friend>,
    what: &friendship::Event,
    owner: AccountId,
    other: AccountId,
    event: &Recorded,
) -> Friend {
    let mut after = before.cloned().unwrap_or_else(|| Friend {
        id: row(owner, other),
        owner: uuid(owner),
        other: uuid(other),
        status: Status::None,
        blocks: false,
        blocked_by: false,
        since: event.meta.at.into(),
        position: position(event.position.sequence),
    });
    let seen = (after.status, after.blocks);
    match what {
        friendship::Event::Requested(step) if step.by == owner => after.status = Status::Requested,
        friendship::Event::Requested(_) => after.status = Status::RequestedBy,
        friendship::Event::Accepted(_) => after.status = Status::Friends,
        friendship::Event::Declined(_) | friendship::Event::Cancelled(_) | friendship::Event::Removed(_) => {
            after.status = Status::None;
        }
        friendship::Event::Blocked(blocking) => {
            after.status = Status::None;
            after.blocks = blocking.blocked_by.contains(&owner);
            after.blocked_by = blocking.blocked_by.contains(&other);
        }
        friendship::Event::Unblocked(blocking) => {
            after.blocks = blocking.blocked_by.contains(&owner);
            after.blocked_by = blocking.blocked_by.contains(&other);
        }
    }
    if (after.status, after.blocks) != seen {
        after.since = event.meta.at.into();
        after.position = position(event.position.sequence);
    }
    after
}

/// The counts of `owner` after a row of theirs turned from one status to another.
fn count(counts: Option<Counts>, owner: AccountId, was: Status, is: Status) -> Counts {
    let mut counts = counts.unwrap_or_else(|| Counts {
        account: uuid(owner),
        friends: 0,
        incoming_requests: 0,
    });
    let moved = |status| i64::from(is == status) - i64::from(was == status);
    counts.friends += moved(Status::Friends);
    counts.incoming_requests += moved(Status::RequestedBy);
    counts
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::given::{Given, account, blocked, erased, friendship, someone, unblocked};

    fn id(owner: u128, other: u128) -> FriendId {
        row(someone(owner), someone(other))
    }

    fn counts(given: &Given, n: u128) -> (i64, i64) {
        let counts = given.document::<Counts>(account(n)).unwrap();
        (counts.friends, counts.incoming_requests)
    }

    fn status(given: &Given, owner: u128, other: u128) -> Status {
        given.document::<Friend>(id(owner, other)).unwrap().status
    }

    #[test]
    fn a_request_shows_on_both_sides_and_counts_where_it_came_in() {
        let given = Given::new(Friends).events([friendship("requested", 1, 2)]);
        assert_eq!(status(&given, 1, 2), Status::Requested);
        assert_eq!(status(&given, 2, 1), Status::RequestedBy);
        assert_eq!(counts(&given, 2), (0, 1));
        assert!(
            given
                .document::<Counts>(account(1))
                .is_some_and(|c| c.incoming_requests == 0)
        );
    }

    #[test]
    fn an_accepted_request_makes_friends() {
        let given = Given::new(Friends).events([friendship("requested", 2, 1), friendship("accepted", 1, 2)]);
        assert_eq!(status(&given, 1, 2), Status::Friends);
        assert_eq!(status(&given, 2, 1), Status::Friends);
        assert_eq!((counts(&given, 1), counts(&given, 2)), ((1, 0), (1, 0)));
        assert_eq!(given.document::<Friend>(id(1, 2)).unwrap().position, 2);
    }

    #[rstest]
    #[case("declined", 2, 1)]
    #[case("cancelled", 1, 2)]
    fn a_request_that_came_to_nothing_leaves_no_row(
        #[case] end: &str,
        #[case] by: u128,
        #[case] other: u128,
    ) {
        let given = Given::new(Friends).events([friendship("requested", 1, 2), friendship(end, by, other)]);
        assert_eq!(given.document::<Friend>(id(1, 2)), None);
        assert_eq!(given.document::<Friend>(id(2, 1)), None);
        assert_eq!(counts(&given, 2), (0, 0));
    }

    #[test]
    fn a_removed_friend_is_counted_down_once_on_each_side() {
        let given = Given::new(Friends).events([
            friendship("requested", 1, 2),
            friendship("accepted", 2, 1),
            friendship("removed", 1, 2),
        ]);
        assert_eq!((counts(&given, 1), counts(&given, 2)), ((0, 0), (0, 0)));
        assert_eq!(given.document::<Friend>(id(1, 2)), None);
    }

    #[test]
    fn a_block_ends_a_friendship_and_is_known_to_both_rows() {
        let given = Given::new(Friends).events([
            friendship("requested", 1, 2),
            friendship("accepted", 2, 1),
            blocked(1, 2, &[1]),
        ]);
        let mine = given.document::<Friend>(id(1, 2)).unwrap();
        let theirs = given.document::<Friend>(id(2, 1)).unwrap();
        assert_eq!(
            (mine.status, mine.blocks, mine.blocked_by),
            (Status::None, true, false)
        );
        assert_eq!(
            (theirs.status, theirs.blocks, theirs.blocked_by),
            (Status::None, false, true)
        );
        assert_eq!((counts(&given, 1), counts(&given, 2)), ((0, 0), (0, 0)));
    }

    #[test]
    fn the_others_block_does_not_move_mine_in_my_list() {
        let given = Given::new(Friends).events([blocked(1, 2, &[1]), blocked(2, 1, &[1, 2])]);
        let mine = given.document::<Friend>(id(1, 2)).unwrap();
        assert_eq!((mine.blocks, mine.blocked_by, mine.position), (true, true, 1));
        assert_eq!(given.document::<Friend>(id(2, 1)).unwrap().position, 2);
    }

    #[test]
    fn the_last_block_lifted_leaves_no_row() {
        let given = Given::new(Friends).events([
            blocked(1, 2, &[1]),
            blocked(2, 1, &[1, 2]),
            unblocked(1, 2, &[2]),
            unblocked(2, 1, &[]),
        ]);
        assert_eq!(given.documents_of::<Friend>(), []);
    }

    #[test]
    fn of_who_is_forgotten_no_row_is_left_and_nobody_counts_them() {
        let given = Given::new(Friends).events([
            friendship("requested", 1, 2),
            friendship("accepted", 2, 1),
            friendship("requested", 1, 3),
            blocked(4, 1, &[4]),
            friendship("requested", 2, 3),
            erased(1),
            // Of what is still said of them nothing comes.
            friendship("declined", 3, 1),
        ]);
        let mut left: Vec<_> = given.documents_of::<Friend>();
        left.sort_by_key(|row| row.owner.to_string());
        let pairs: Vec<_> = left.iter().map(|row| (row.owner, row.other)).collect();
        assert_eq!(pairs, [(account(2), account(3)), (account(3), account(2))]);
        assert_eq!((counts(&given, 2), counts(&given, 3)), ((0, 0), (0, 1)));
        assert_eq!(given.document::<Counts>(account(1)), None);
    }

    #[test]
    fn each_side_is_written_by_the_shard_that_owns_it() {
        let events = [
            friendship("requested", 1, 2),
            friendship("accepted", 2, 1),
            friendship("requested", 3, 1),
            blocked(2, 3, &[2]),
            erased(1),
        ];
        let whole = Given::new(Friends).events(events.clone()).all();
        assert_eq!(Given::sharded(Friends, 3).events(events).all(), whole);
    }
}
