use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::given::{
    Given, account, blocked, deleted, edited, erased, friendship, published, someone, unblocked, unreadable,
};

fn befriended(one: u128, other: u128) -> [Event; 2] {
    [
        friendship("requested", one, other),
        friendship("accepted", other, one),
    ]
}

/// Whose feed holds which posts, the oldest first.
fn feed(given: &Given, owner: u128) -> Vec<u128> {
    let mut entries = given.documents_of::<Entry>();
    entries.retain(|entry| entry.owner == account(owner));
    entries.sort_by_key(|entry| entry.position);
    entries
        .into_iter()
        .map(|entry| uuid::Uuid::from(entry.post).as_u128())
        .collect()
}

#[test]
fn an_author_has_their_own_posts_in_the_order_of_publication() {
    let given = Given::new(Feed).events([
        published(7, 1, "one"),
        published(8, 1, "two"),
        edited(7, 1, "one, later"),
    ]);
    assert_eq!(feed(&given, 1), [7, 8]);
}

#[test]
fn friends_have_what_is_published_while_they_are_friends() {
    let [asked, accepted] = befriended(1, 2);
    let given = Given::new(Feed).events([
        asked,
        accepted,
        published(7, 1, "to both"),
        friendship("removed", 2, 1),
        published(8, 1, "to oneself"),
    ]);
    assert_eq!((feed(&given, 1), feed(&given, 2)), (vec![7, 8], vec![]));
}

#[test]
fn new_friends_find_the_newest_of_each_others_posts() {
    let many = u128::from(NEWEST) + 5;
    let posts = (0..many).map(|n| published(100 + n, 1, "x"));
    let own = [published(50, 2, "y")];
    let given = Given::new(Feed).events(posts.chain(own).chain(befriended(1, 2)));
    let expected: Vec<_> = (105..100 + many).chain([50]).collect();
    assert_eq!(feed(&given, 2), expected);
    assert!(feed(&given, 1).ends_with(&[50]));
}

#[test]
fn a_block_parts_like_a_removal_and_lifting_it_brings_nothing_back() {
    let given = Given::new(Feed).events(befriended(1, 2).into_iter().chain([
        published(7, 1, "x"),
        blocked(2, 1, &[2]),
        unblocked(2, 1, &[]),
    ]));
    assert_eq!(feed(&given, 2), []);
}

#[test]
fn a_deleted_post_leaves_every_feed_once_and_for_all() {
    let given = Given::new(Feed).events(befriended(1, 2).into_iter().chain([
        published(7, 1, "one"),
        deleted(7, 1),
        deleted(7, 1),
        edited(7, 1, "late"),
    ]));
    assert_eq!((feed(&given, 1), feed(&given, 2)), (vec![], vec![]));
    assert_eq!(given.documents_of::<Authored>(), []);
}

#[test]
fn friends_are_told_of_a_new_post_and_its_author_is_not() {
    let given = Given::new(Feed).events(befriended(1, 2).into_iter().chain([published(7, 1, "x")]));
    let told = Announcement::new(Topic::Feed(someone(2)), json!({ "position": "e3" }));
    assert_eq!(given.announcements(), [told]);
}

#[test]
fn who_is_forgotten_is_in_nobody_s_feed_and_reads_none() {
    let events = |seal: fn(Event) -> Event| {
        befriended(1, 2)
            .into_iter()
            .chain([seal(published(7, 1, "x")), published(8, 2, "y"), erased(1)])
            .chain([published(9, 2, "z")])
            .collect::<Vec<_>>()
    };
    let given = Given::new(Feed).events(events(|event| event));
    assert_eq!((feed(&given, 1), feed(&given, 2)), (vec![], vec![8, 9]));
    assert!(
        given
            .documents_of::<Authored>()
            .iter()
            .all(|post| post.author == account(2))
    );
    assert!(given.documents_of::<Audience>().is_empty());
    // Who rebuilds it later finds nothing readable of the person, and comes to the same.
    assert_eq!(Given::new(Feed).events(events(unreadable)).all(), given.all());
}

/// Something that happens among four people and a dozen posts.
fn anything() -> impl Strategy<Value = Event> {
    let person = || 1..5_u128;
    let two = (person(), person()).prop_filter("two people", |(one, other)| one != other);
    let post = || (person(), 0..3_u128).prop_map(|(author, n)| (10 * author + n, author));
    prop_oneof![
        3 => two.clone().prop_map(|(one, other)| friendship("accepted", one, other)),
        1 => two.clone().prop_map(|(one, other)| friendship("removed", one, other)),
        1 => two.prop_map(|(one, other)| blocked(one, other, &[one])),
        6 => post().prop_map(|(post, author)| published(post, author, "x")),
        2 => post().prop_map(|(post, author)| deleted(post, author)),
        1 => person().prop_map(erased),
    ]
}

/// The same by hand: who has what in their feed.
#[derive(Default)]
struct Naive {
    friends: BTreeSet<(AccountId, AccountId)>,
    posts: BTreeMap<PostId, AccountId>,
    feeds: BTreeSet<(AccountId, PostId)>,
}

impl Naive {
    fn happen(&mut self, event: &Recorded) {
        match what(event) {
            What::Published(post, author) => {
                self.posts.insert(post, author);
                self.feeds.insert((author, post));
                let friends = self.friends.iter().filter(|(one, _)| *one == author);
                self.feeds.extend(friends.map(|(_, friend)| (*friend, post)));
            }
            What::Deleted(post, _) => {
                self.posts.remove(&post);
                self.feeds.retain(|(_, entry)| *entry != post);
            }
            What::Befriended(one, other) => {
                for (owner, author) in [(one, other), (other, one)] {
                    self.friends.insert((owner, author));
                    let posts = self.posts.iter().filter(|(_, by)| **by == author);
                    self.feeds.extend(posts.map(|(post, _)| (owner, *post)));
                }
            }
            What::Parted(one, other) => {
                for (owner, author) in [(one, other), (other, one)] {
                    self.friends.remove(&(owner, author));
                    let posts = &self.posts;
                    self.feeds
                        .retain(|(of, post)| !(*of == owner && posts.get(post) == Some(&author)));
                }
            }
            What::Erased(account) => {
                self.posts.retain(|_, author| *author != account);
                self.friends
                    .retain(|(one, other)| *one != account && *other != account);
                let posts = &self.posts;
                self.feeds
                    .retain(|(of, post)| *of != account && posts.contains_key(post));
            }
            What::Nothing => {}
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_feeds_are_what_one_would_work_out_by_hand(
        events in prop::collection::vec(anything(), 0..60)
    ) {
        // A post is published once, and nobody writes after being forgotten.
        let mut seen = BTreeSet::new();
        let mut gone = BTreeSet::new();
        let events: Vec<Event> = events
            .into_iter()
            .filter(|event| match event {
                Event::Post(post::Event::Published(version)) => {
                    !gone.contains(&version.author) && seen.insert(version.post)
                }
                Event::Account(account::Event::Erased(erased)) => gone.insert(erased.account),
                Event::Friendship(event) => !gone.contains(&event.by()) && !gone.contains(&event.other()),
                _ => true,
            })
            .collect();
        let mut naive = Naive::default();
        for (n, event) in (1..).zip(events.clone()) {
            naive.happen(&crate::given::recorded(n, event));
        }
        let whole = Given::new(Feed).events(events.clone());
        let feeds = |given: &Given| -> BTreeSet<(AccountId, PostId)> {
            let entries = given.documents_of::<Entry>();
            entries.into_iter().map(|entry| (id(entry.owner), id(entry.post))).collect()
        };
        prop_assert_eq!(&feeds(&whole), &naive.feeds);
        let three = Given::sharded(Feed, 3).events(events);
        prop_assert_eq!(feeds(&three), naive.feeds);
    }
}
