use read_model::notifications::LikingId;
use serde_json::json;

use super::*;
use crate::given::{
    Given, account, blocked, comment_added, comment_deleted, comment_edited, deleted, erased, friendship,
    liked, published, seen, unblocked, unliked, unreadable,
};

/// What person `n` is told, newest first: kind, who, how many, and whether it is seen.
fn told(given: &Given, n: u128) -> Vec<(Kind, Vec<u128>, i64, bool)> {
    let mut rows = given.documents_of::<Notification>();
    rows.retain(|row| row.owner == account(n));
    rows.sort_by_key(|row| std::cmp::Reverse(row.position));
    let who = |row: &Notification| {
        let ids = row
            .actors
            .iter()
            .map(|actor| uuid::Uuid::from(actor.account).as_u128());
        ids.collect()
    };
    rows.iter()
        .map(|row| (row.kind, who(row), row.actor_count, row.seen))
        .collect()
}

fn unread(given: &Given, n: u128) -> i64 {
    let inbox = given.document::<Inbox>(account(n));
    let unread = inbox.map_or(0, |inbox| inbox.unread);
    let rows = given.documents_of::<Notification>();
    let counted = rows.iter().filter(|row| row.owner == account(n) && !row.seen);
    assert_eq!(
        usize::try_from(unread),
        Ok(counted.count()),
        "the count is what is there"
    );
    unread
}

#[test]
fn likes_of_one_post_are_told_together() {
    let given = Given::new(Notifications).events([
        published(7, 1, "hello"),
        liked(7, 1, 2),
        liked(8, 1, 2),
        liked(7, 1, 3),
        liked(7, 1, 2),
    ]);
    let expected = [
        (Kind::Like, vec![3, 2], 2, false),
        (Kind::Like, vec![2], 1, false),
    ];
    assert_eq!(told(&given, 1), expected);
    assert_eq!(unread(&given, 1), 2);
}

#[test]
fn a_like_taken_back_is_told_no_more() {
    let events = [liked(7, 1, 2), liked(7, 1, 3), unliked(7, 1, 3), unliked(7, 1, 3)];
    let given = Given::new(Notifications).events(events.clone());
    assert_eq!(told(&given, 1), [(Kind::Like, vec![2], 1, false)]);
    let given = Given::new(Notifications).events(events.into_iter().chain([unliked(7, 1, 2)]));
    assert_eq!((told(&given, 1), unread(&given, 1)), (vec![], 0));
    let likings = given.documents_of::<Liking>();
    assert!(likings.iter().all(|liking| liking.taken_back.is_some()));
}

#[test]
fn nobody_is_told_of_what_they_do_themselves() {
    let given = Given::new(Notifications).events([
        liked(7, 1, 1),
        comment_added(90, (7, 1), 1, "me again"),
        comment_deleted(90, (7, 1), 1, 1),
        unliked(7, 1, 1),
    ]);
    assert_eq!(given.all(), []);
}

#[test]
fn a_comment_is_told_until_it_is_deleted() {
    let given = Given::new(Notifications).events([
        comment_added(90, (7, 1), 2, "hi"),
        comment_added(91, (7, 1), 2, "there"),
        comment_edited(90, (7, 1), 2, "hi!"),
    ]);
    let comment = (Kind::Comment, vec![2], 1, false);
    assert_eq!(told(&given, 1), [comment.clone(), comment.clone()]);
    let given = Given::new(Notifications).events([
        comment_added(90, (7, 1), 2, "hi"),
        comment_added(91, (7, 1), 2, "there"),
        comment_deleted(90, (7, 1), 2, 1),
    ]);
    assert_eq!((told(&given, 1), unread(&given, 1)), (vec![comment], 1));
}

#[test]
fn a_friend_request_is_told_until_it_is_answered() {
    let request = (Kind::FriendRequest, vec![2], 1, false);
    for (answer, by) in [("declined", 1), ("cancelled", 2)] {
        let asked = Given::new(Notifications).events([friendship("requested", 2, 1)]);
        assert_eq!(told(&asked, 1), std::slice::from_ref(&request));
        let other = if by == 1 { 2 } else { 1 };
        let given =
            Given::new(Notifications).events([friendship("requested", 2, 1), friendship(answer, by, other)]);
        assert_eq!((told(&given, 1), unread(&given, 1)), (vec![], 0), "{answer}");
    }
    let given =
        Given::new(Notifications).events([friendship("requested", 2, 1), friendship("accepted", 1, 2)]);
    assert_eq!(told(&given, 1), []);
    assert_eq!(told(&given, 2), [(Kind::FriendAccepted, vec![1], 1, false)]);
}

#[test]
fn an_acceptance_is_told_as_long_as_they_are_friends() {
    let given = Given::new(Notifications).events([
        friendship("requested", 2, 1),
        friendship("accepted", 1, 2),
        friendship("removed", 1, 2),
    ]);
    assert_eq!((told(&given, 2), unread(&given, 2)), (vec![], 0));
}

#[test]
fn what_was_told_of_a_post_goes_with_it_and_nothing_comes_after() {
    let given = Given::new(Notifications).events([
        liked(7, 1, 2),
        comment_added(90, (7, 1), 2, "hi"),
        comment_added(91, (7, 1), 3, "hi"),
        comment_added(92, (8, 1), 3, "hi"),
        deleted(7, 1),
        liked(7, 1, 4),
        comment_added(93, (7, 1), 4, "late"),
        unliked(7, 1, 2),
    ]);
    assert_eq!(told(&given, 1), [(Kind::Comment, vec![3], 1, false)]);
    assert_eq!(unread(&given, 1), 1);
    assert_eq!(given.documents_of::<Liking>(), []);
}

#[test]
fn what_was_seen_stays_seen_until_there_is_more() {
    let before = [liked(7, 1, 2), comment_added(90, (7, 1), 2, "hi"), liked(8, 1, 2)];
    let given = Given::new(Notifications).events(before.clone().into_iter().chain([seen(1, 2)]));
    let read: Vec<_> = told(&given, 1).iter().map(|row| row.3).collect();
    assert_eq!((read, unread(&given, 1)), (vec![false, true, true], 1));
    let given =
        Given::new(Notifications).events(before.clone().into_iter().chain([seen(1, 3), liked(7, 1, 3)]));
    let read: Vec<_> = told(&given, 1).iter().map(|row| row.3).collect();
    assert_eq!((read, unread(&given, 1)), (vec![false, true, true], 1));
    // The newest takes it back, and what is left has been seen.
    let given = Given::new(Notifications).events(before.into_iter().chain([
        seen(1, 3),
        liked(7, 1, 3),
        unliked(7, 1, 3),
    ]));
    assert_eq!(unread(&given, 1), 0);
}

#[test]
fn of_many_likes_the_newest_are_known_and_all_are_counted() {
    let given = Given::new(Notifications).events((2..50).map(|by| liked(7, 1, by)));
    let rows = told(&given, 1);
    assert_eq!((rows[0].1.len(), rows[0].1[0], rows[0].2), (20, 49, 48));
    let taken_back = (30..50).map(|by| unliked(7, 1, by));
    let given = Given::new(Notifications).events((2..50).map(|by| liked(7, 1, by)).chain(taken_back));
    assert_eq!(told(&given, 1), [(Kind::Like, vec![], 28, false)]);
}

#[test]
fn who_blocks_somebody_is_told_nothing_of_them_any_more_and_the_other_way_round() {
    let given = Given::new(Notifications).events([
        friendship("requested", 2, 1),
        friendship("accepted", 1, 2),
        liked(7, 1, 2),
        liked(7, 1, 3),
        comment_added(90, (7, 1), 2, "hi"),
        liked(8, 2, 1),
        comment_added(91, (8, 2), 3, "hi"),
        blocked(1, 2, &[1]),
    ]);
    assert_eq!(told(&given, 1), [(Kind::Like, vec![3], 1, false)]);
    assert_eq!(told(&given, 2), [(Kind::Comment, vec![3], 1, false)]);
    assert_eq!((unread(&given, 1), unread(&given, 2)), (1, 1));
}

/// Everybody does everything to everybody.
fn a_busy_day() -> Vec<Event> {
    let mut events = Vec::new();
    for n in 0..6 {
        events.push(published(100 + n, n, "x"));
        for by in 0..6 {
            events.push(liked(100 + n, n, by));
            events.push(comment_added(1_000 + 10 * n + by, (100 + n, n), by, "y"));
            if by > n {
                events.push(friendship("requested", n, by));
                events.push(friendship("accepted", by, n));
            }
        }
    }
    events.extend([seen(1, 20), seen(2, 1_000), unliked(103, 3, 1), deleted(104, 4)]);
    // What was taken back is remembered too.
    events.extend([
        unliked(101, 1, 3),
        unliked(103, 3, 2),
        comment_deleted(1_013, (101, 1), 3, 3),
        comment_deleted(1_032, (103, 3), 2, 2),
        friendship("removed", 3, 5),
        friendship("requested", 3, 5),
        friendship("cancelled", 3, 5),
        liked(101, 1, 3),
        unliked(101, 1, 3),
    ]);
    events
}

#[test]
fn nothing_is_left_of_who_was_forgotten_whether_they_could_still_be_read_or_not() {
    let live: Vec<_> = a_busy_day().into_iter().chain([erased(3)]).collect();
    let rebuilt: Vec<_> = live.iter().cloned().map(unreadable).collect();
    let given = Given::new(Notifications).events(live);
    assert_eq!(given.all(), Given::new(Notifications).events(rebuilt).all());
    let forgotten = bson::Bson::from(account(3)).to_string();
    for (key, document) in given.all() {
        assert!(!key.contains(&forgotten), "{key}");
        assert!(!document.to_string().contains(&forgotten), "{key}: {document}");
    }
    for n in [0, 1, 2, 4, 5] {
        unread(&given, n);
    }
}

#[test]
fn three_shards_write_together_what_one_writes_alone() {
    let events: Vec<_> = a_busy_day()
        .into_iter()
        .chain([blocked(1, 2, &[1]), erased(3)])
        .collect();
    let whole = Given::new(Notifications).events(events.clone()).all();
    assert_eq!(Given::sharded(Notifications, 3).events(events).all(), whole);
}

#[test]
fn each_new_notification_is_announced_once_with_ids_alone() {
    let given = Given::new(Notifications).events([
        liked(7, 1, 2),
        liked(7, 1, 3),
        liked(7, 1, 3),
        unliked(7, 1, 3),
        liked(7, 1, 1),
        friendship("requested", 1, 2),
        comment_added(90, (7, 1), 2, "hi"),
    ]);
    let topics: Vec<_> = given.announcements().iter().map(Announcement::topic).collect();
    let to = |n| Topic::Notification(crate::given::someone(n));
    assert_eq!(topics, [to(1), to(1), to(2), to(1)]);
    let second = given.announcements()[1].body();
    let id = |n: u128| uuid::Uuid::from_u128(n).to_string();
    let row = likes::row(account(1), account(7)).id.to_string();
    let expected = json!({
        "notification": {
            "id": row, "type": "like", "post": id(7), "actors": [id(3), id(2)], "actor_count": 2,
            "position": "e2", "at": second["notification"]["at"],
        },
        "unread_count": 1,
    });
    assert_eq!(second, &expected);
    let last = given.announcements()[3].body();
    assert_eq!(
        (&last["notification"]["comment"], &last["unread_count"]),
        (&json!(id(90)), &json!(2))
    );
    assert!(
        given
            .document::<Liking>(LikingId {
                by: account(2),
                post: account(7)
            })
            .is_some()
    );
}

/// How often person `n` heard a bell.
fn bells(given: &Given, n: u128) -> usize {
    let topic = Topic::Notification(crate::given::someone(n));
    let announcements = given.announcements().iter();
    announcements
        .filter(|announcement| announcement.topic() == topic)
        .count()
}

/// What person 2 can do to person 1 as often as they like, as one round that ends as it began but for what is told.
fn rounds() -> Vec<(&'static str, Vec<Event>)> {
    let request = || friendship("requested", 2, 1);
    let mut comments = Vec::new();
    for n in 0..10 {
        comments.push(comment_added(90 + n, (7, 1), 2, "hi"));
        comments.push(comment_deleted(90 + n, (7, 1), 2, 2));
    }
    let again = |round: Vec<Event>| (0..10).flat_map(|_| round.clone()).collect::<Vec<_>>();
    vec![
        ("likes", again(vec![liked(7, 1, 2), unliked(7, 1, 2)])),
        ("comments", comments),
        ("requests", again(vec![request(), friendship("cancelled", 2, 1)])),
        (
            "requests after blocks",
            again(vec![request(), blocked(2, 1, &[2]), unblocked(2, 1, &[])]),
        ),
        (
            "likes after blocks",
            again(vec![liked(7, 1, 2), blocked(2, 1, &[2]), unblocked(2, 1, &[])]),
        ),
        (
            "requests after friendships",
            again(vec![
                request(),
                friendship("accepted", 1, 2),
                friendship("removed", 2, 1),
            ]),
        ),
        (
            "requests declined",
            again(vec![request(), friendship("declined", 1, 2)]),
        ),
    ]
}

#[test]
fn what_is_taken_back_and_done_again_rings_once() {
    for (what, events) in rounds() {
        let given = Given::new(Notifications).events(events.clone());
        assert_eq!((bells(&given, 1), unread(&given, 1)), (1, 0), "{what}");
        // In the midst of a later round it is told, as unseen as it was, and rings no bell.
        let length = events.len() / 10;
        let given = Given::new(Notifications).events(events.into_iter().take(3 * length + 1));
        assert_eq!((bells(&given, 1), unread(&given, 1)), (1, 1), "{what}");
        assert_eq!(told(&given, 1)[0].1, [2], "{what}");
    }
}

#[test]
fn what_was_seen_and_comes_again_is_seen() {
    for (what, mut events) in rounds() {
        let length = events.len() / 10;
        events.truncate(length + 1);
        events.insert(1, seen(1, 1));
        let given = Given::new(Notifications).events(events);
        assert_eq!((bells(&given, 1), unread(&given, 1)), (1, 0), "{what}");
        assert_eq!(
            (&told(&given, 1)[0].1[..], told(&given, 1)[0].3),
            (&[2][..], true),
            "{what}"
        );
    }
}

#[test]
fn a_day_after_it_was_taken_back_it_rings_again() {
    for (what, events) in rounds()
        .into_iter()
        .filter(|(what, _)| *what != "requests declined")
    {
        let length = events.len() / 10;
        for (hour, expected) in [(23, 1), (25, 2)] {
            let events = events.clone().into_iter().take(length + 1);
            let timed = events
                .enumerate()
                .map(|(n, event)| (if n < length { 0 } else { hour }, event));
            let given = Given::new(Notifications).hourly(timed);
            assert_eq!(bells(&given, 1), expected, "{what} after {hour} hours");
        }
    }
}

#[test]
fn who_said_no_is_not_asked_aloud_again_for_a_month() {
    let request = || friendship("requested", 2, 1);
    let cancel = || friendship("cancelled", 2, 1);
    let given = Given::new(Notifications).hourly([
        (0, request()),
        (1, friendship("declined", 1, 2)),
        (100, request()),
        // What is taken back meanwhile shortens nothing.
        (101, cancel()),
        (29 * 24, request()),
        (29 * 24, cancel()),
    ]);
    assert_eq!((bells(&given, 1), unread(&given, 1)), (1, 0));
    let given = Given::new(Notifications).hourly([
        (0, request()),
        (1, friendship("declined", 1, 2)),
        (30 * 24 + 2, request()),
    ]);
    assert_eq!((bells(&given, 1), unread(&given, 1)), (2, 1));
}

#[test]
fn of_many_comments_as_many_are_quiet_as_were_taken_back() {
    let add = |n| comment_added(n, (7, 1), 2, "hi");
    let given = Given::new(Notifications).events([
        add(90),
        comment_deleted(90, (7, 1), 2, 2),
        add(91),
        add(92),
        comment_added(93, (7, 1), 3, "hi"),
        comment_added(94, (8, 1), 2, "hi"),
    ]);
    assert_eq!((bells(&given, 1), unread(&given, 1)), (4, 4));
}

#[test]
fn a_like_that_comes_again_takes_its_place_among_the_others() {
    let given = Given::new(Notifications).events([
        liked(7, 1, 2),
        liked(7, 1, 3),
        unliked(7, 1, 2),
        liked(7, 1, 2),
        unliked(7, 1, 3),
    ]);
    assert_eq!(told(&given, 1), [(Kind::Like, vec![2], 1, false)]);
    assert_eq!(bells(&given, 1), 2);
}
