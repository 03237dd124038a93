//! Reading one's own writes: what is waited for, how one is woken, and what is told when the wait runs out.

use std::time::{Duration, Instant};

use events::{Position, Stream, post::Visibility};
use serde_json::json;
use testkit::random_id;

use crate::{
    api::{Api, each},
    documents::Filled,
    world::{World, account},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_in_the_very_next_read_and_the_reader_is_woken_not_polling() {
    let world = World::start().await;
    let [ann] = world.people(["ann"]).await;
    world.settled().await;
    let mut waits = Vec::new();
    for n in 0..20 {
        let text = format!("post {n}");
        let position = world.publish(ann, Visibility::Friends, &text).await;
        let started = Instant::now();
        let answer = world
            .api
            .ask_as(ann, "/v1/feed?limit=1")
            .after(position)
            .wait(10)
            .send()
            .await;
        waits.push(started.elapsed());
        assert_eq!(answer.header("echo-consistency"), "applied");
        let reached: Position = answer.header("echo-position").parse().expect("a position");
        assert!(reached.sequence >= position.sequence);
        assert_eq!(each(&answer.ok("feed"), "/blocks/0/text"), [text]);
    }
    waits.sort_unstable();
    let median = waits[waits.len() / 2];
    println!(
        "from the command's end to the answer: median {median:?}, longest {:?}",
        waits[waits.len() - 1]
    );
    // Checkpoints are read each second; who is faster than that by half has been woken by an announcement.
    assert!(median < Duration::from_millis(500), "{waits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_projector_stands_still_answers_say_that_they_are_stale() {
    let world = World::start().await;
    let [ann] = world.people(["ann"]).await;
    let before = world.publish(ann, Visibility::Public, "before").await;
    world.settled().await;
    world.projector.signal("STOP");
    let position = world.publish(ann, Visibility::Public, "after").await;

    let started = Instant::now();
    let ask = || world.api.ask_as(ann, "/v1/feed").after(position);
    let stale = ask().wait(1).send().await;
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(stale.header("echo-consistency"), "stale");
    assert_eq!(stale.header("echo-position"), before.to_string());
    assert_eq!(each(&stale.ok("feed"), "/blocks/0/text"), ["before"]);
    // Nor is a 404 a firm one.
    let path = format!("/v1/posts/{}", crate::world::post_id("after"));
    let not_yet = world.api.ask_as(ann, &path).after(position).wait(0).send().await;
    not_yet.is_problem(404, "post-not-found", "not yet");
    assert_eq!(not_yet.header("echo-consistency"), "stale");
    // Who asks for nothing waits for nothing.
    let unasked = world.api.ask_as(ann, "/v1/feed").send().await;
    assert_eq!(unasked.header("echo-consistency"), "applied");

    let (waited, ()) = tokio::join!(ask().wait(10).send(), async { world.projector.signal("CONT") });
    assert_eq!(waited.header("echo-consistency"), "applied");
    assert_eq!(each(&waited.ok("feed"), "/blocks/0/text"), ["after", "before"]);
}

/// Where it shows what happens in the next test: a path, a field, and what it is before and after.
const SHOWS: [(&str, &str, &str, &str); 12] = [
    ("/v1/posts/{post}", "/like_count", "0", "1"),
    ("/v1/posts/{post}", "/comment_count", "0", "1"),
    ("/v1/posts/{post}/likes", "/items/0/username", "null", "\"bob\""),
    (
        "/v1/posts/{post}/comments",
        "/items/0/text",
        "null",
        "\"a comment\"",
    ),
    ("/v1/posts/{post}/history", "/items/1/current", "null", "false"),
    ("/v1/explore", "/items/0/like_count", "0", "1"),
    ("/v1/feed", "/items/0/like_count", "0", "1"),
    ("/v1/users/ann/posts", "/items/0/comment_count", "0", "1"),
    ("/v1/users/cid", "/display_name", "\"Cid\"", "\"Zacharias\""),
    ("/v1/search/users?q=zach", "/items/0/username", "null", "\"cid\""),
    ("/v1/suggestions", "/items/0/username", "null", "\"cid\""),
    ("/v1/users/bob/friends", "/items/1/username", "null", "\"ann\""),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_a_paused_projector_has_not_applied_is_stale_wherever_it_would_show() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let post = "a post";
    world.publish(ann, Visibility::Public, post).await;
    world.befriend(ann, bob).await;
    world.settled().await;
    world.projector.signal("STOP");
    world.like(bob, ann, post).await;
    world.comment(bob, (ann, post), "a comment").await;
    world.edit(ann, post, Visibility::Public, "a better post").await;
    world.rename(cid, "Zacharias").await;
    let last = world.befriend(bob, cid).await;
    let read = async |path: &str, field: &str, wait: u64| {
        let path = path.replace("{post}", &crate::world::post_id(post).to_string());
        let answer = world.api.ask_as(ann, &path).after(last).wait(wait).send().await;
        let consistency = answer.header("echo-consistency").to_owned();
        let body = answer.ok(&path);
        let told = body.pointer(field).map_or("null".to_owned(), ToString::to_string);
        (consistency, told)
    };
    for (path, field, before, _) in SHOWS {
        let expected = ("stale".to_owned(), before.to_owned());
        assert_eq!(read(path, field, 0).await, expected, "{path}");
    }
    world.projector.signal("CONT");
    for (path, field, _, after) in SHOWS {
        let expected = ("applied".to_owned(), after.to_owned());
        assert_eq!(read(path, field, 10).await, expected, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_of_other_streams_are_none_of_a_reads_business() {
    let filled = Filled::new().await;
    let ask = |path: &str, positions: &str| {
        let ask = filled.api.ask_as(filled.me, path).wait(0);
        ask.header("Echo-Min-Position", positions).send()
    };
    assert_eq!(
        ask("/v1/feed", "c9999999,s9999999")
            .await
            .header("echo-consistency"),
        "applied"
    );
    assert_eq!(
        ask("/v1/sync", "e9999999,s9999999")
            .await
            .header("echo-consistency"),
        "applied"
    );
    assert_eq!(
        ask("/v1/chat/sidebar", "s9999999")
            .await
            .header("echo-consistency"),
        "applied"
    );
    assert_eq!(
        ask("/v1/chat/sidebar", "c1000009")
            .await
            .header("echo-consistency"),
        "stale"
    );
    assert_eq!(
        ask("/v1/chat/sidebar", "e1000009")
            .await
            .header("echo-consistency"),
        "stale"
    );
    let sidebar = ask("/v1/chat/sidebar", "e1").await;
    assert_eq!(sidebar.header("echo-position"), filled.positions());
}

/// A stream's end is told by its leader, not by the projector, which may be far behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_no_event_has_is_refused_and_any_other_is_waited_for() {
    let world = World::start_with(&["--positions-ahead", "0"]).await;
    let [ann] = world.people(["ann"]).await;
    world.settled().await;
    world.projector.signal("STOP");
    let mut last = world.publish(ann, Visibility::Public, "one").await;
    for text in ["two", "three"] {
        let feed = |position: Position| world.api.ask_as(ann, "/v1/feed").after(position).send();
        assert_eq!(feed(last).await.header("echo-consistency"), "stale");
        let next = Position::new(last.stream, last.sequence + 1);
        let refused = feed(next).await;
        refused.is_problem(400, "invalid-position", "no event has it yet");
        last = world.publish(ann, Visibility::Public, text).await;
        assert_eq!(last, next);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_may_be_so_far_ahead_of_the_end_and_no_further() {
    let filled = Filled::with(&["--positions-ahead", "5"]).await;
    let end = filled.next_position(Stream::Chat).sequence - 1;
    let within = Position::new(Stream::Chat, end + 5);
    let beyond = Position::new(Stream::Chat, end + 6);
    let sync = async |position| {
        let ask = filled.api.ask_as(filled.me, "/v1/sync").after(position).wait(0);
        ask.send().await
    };
    assert_eq!(sync(within).await.header("echo-consistency"), "stale");
    sync(beyond).await.is_problem(400, "invalid-position", "beyond");
    // To resume from there is as impossible as to wait for it.
    let resume = async |position: Position| {
        let path = format!("/v1/sync?after={position}");
        filled.api.ask_as(filled.me, &path).send().await
    };
    assert_eq!(resume(within).await.ok("sync")["position"], within.to_string());
    let refused = resume(beyond).await;
    refused.is_problem(400, "invalid-position", "beyond");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_wakes_who_waits_for_it() {
    let filled = Filled::new().await;
    let position = filled.next_position(Stream::Chat);
    let waiting = filled.api.ask_as(filled.me, "/v1/sync").after(position).wait(10);
    let (answer, ()) = tokio::join!(waiting.send(), filled.announce("chat", position));
    assert_eq!(answer.header("echo-consistency"), "applied");
    assert_eq!(answer.header("echo-position"), position.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_announcement_is_made_up_for_by_the_checkpoint() {
    let filled = Filled::new().await;
    let position = filled.next_position(Stream::Chat);
    let waiting = filled.api.ask_as(filled.me, "/v1/sync").after(position).wait(10);
    filled.checkpoint("chat", position).await;
    let answer = waiting.send().await;
    assert_eq!(answer.header("echo-consistency"), "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_announcements_than_of_progress_are_passed_over() {
    let filled = Filled::new().await;
    let position = filled.next_position(Stream::Chat);
    let nonsense = [
        ("progress.chat.1.0", json!({ "position": "e999", "epoch": 1 })),
        ("progress.chat.1.0", json!("nonsense")),
        ("progress.chat.1.0.9", json!({ "position": "c999", "epoch": 1 })),
        ("progress.chat.2.0", json!({ "position": "c999", "epoch": 1 })),
        ("progress.later.1.0", json!({ "position": "c999", "epoch": 1 })),
    ];
    for (subject, body) in nonsense {
        filled.say(subject, &body).await;
    }
    filled.announce("chat", position).await;
    let answer = filled
        .api
        .ask_as(filled.me, "/v1/sync")
        .after(position)
        .wait(10)
        .send()
        .await;
    assert_eq!(answer.header("echo-position"), position.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_waiting_reads_than_may_be_are_refused_and_others_go_on() {
    let filled = Filled::with(&["--max-waiting-reads", "1"]).await;
    let position = filled.next_position(Stream::Chat);
    let ask = || {
        Box::pin(
            filled
                .api
                .ask_as(filled.me, "/v1/sync")
                .after(position)
                .wait(10)
                .send(),
        )
    };
    // One of the two waits, and so it is the other that is answered first.
    let (refused, waiting) = futures::future::select(ask(), ask()).await.factor_first();
    refused.is_problem(503, "busy", "the second one");
    assert_eq!(refused.header("retry-after"), "1");
    filled.api.get(filled.me, "/v1/sync").await;
    filled.announce("chat", position).await;
    assert_eq!(waiting.await.header("echo-consistency"), "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_no_more_waiting_reads_than_its_share_and_others_wait_all_the_same() {
    let filled = Filled::with(&["--max-waiting-reads-per-account", "1"]).await;
    let position = filled.next_position(Stream::Chat);
    let ask = |account| {
        let ask = filled.api.ask_as(account, "/v1/sync").after(position);
        Box::pin(ask.wait(10).send())
    };
    let (refused, waiting) = futures::future::select(ask(filled.me), ask(filled.me))
        .await
        .factor_first();
    refused.is_problem(429, "too-many-requests", "the second one");
    assert_eq!(refused.header("retry-after"), "1");
    let (waiting, other, ()) = tokio::join!(waiting, ask(filled.peer), filled.announce("chat", position));
    for answer in [waiting, other] {
        assert_eq!(answer.header("echo-consistency"), "applied");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_reads_at_once_than_may_be_are_refused_at_once() {
    let filled = Filled::with(&["--max-reads", "1"]).await;
    let reads = (0..64).map(|_| filled.api.ask_as(filled.me, "/v1/feed").send());
    let answers = futures::future::join_all(reads).await;
    let (good, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert!(
        !good.is_empty() && !refused.is_empty(),
        "{} {}",
        good.len(),
        refused.len()
    );
    for answer in refused {
        answer.is_problem(503, "busy", "one too many");
        assert_eq!(answer.header("retry-after"), "1");
    }
    filled.api.get(filled.me, "/v1/feed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_anything_is_projected_it_is_not_ready_and_says_so() {
    let system = testkit::TestSystem::start().await;
    let api = Api::start(&system).await;
    let ready = || async {
        let answer = reqwest::get(format!("{}/readyz", api.admin_url))
            .await
            .expect("it listens");
        (answer.status().as_u16(), answer.text().await.expect("it is text"))
    };
    let told = async {
        loop {
            let (status, lacks) = ready().await;
            assert_eq!(status, 503);
            if lacks.contains("no checkpoints yet of accounts, chat, feed, friends, media_usage, notifications, posts, profiles, sessions") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), told)
        .await
        .expect("it tells what it lacks");
    let answer = api.ask_as(account("ann"), "/v1/feed").send().await;
    answer.is_problem(503, "not-ready", "feed");
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_signed_out_is_401_within_a_second() {
    use events::{CommandId, Expect, Meta, NewEvent, Scope, SessionId, session};
    let filled = Filled::new().await;
    let session = SessionId::from(random_id());
    let token = filled.api.token_in(filled.me, session);
    let ask = || filled.api.ask("/v1/feed").token(&token).send();
    ask().await.ok("signed in");
    let revoked = session::Event::Revoked(session::Revoked {
        session,
        account: filled.me,
        reason: session::RevocationReason::LoggedOut,
    });
    let new = NewEvent {
        scope: Scope::session(session),
        event: revoked.into(),
        expect: Expect::Anything,
    };
    let meta = Meta {
        at: platform::clock::now(),
        command_id: CommandId::from(random_id()),
        command_hash: None,
        actor: Some(filled.me),
        traceparent: None,
    };
    filled
        .system
        .store
        .append(new, &meta)
        .await
        .expect("the event is stored");
    let refused = async {
        loop {
            let answer = ask().await;
            if answer.status == 401 {
                return answer;
            }
        }
    };
    let refused = tokio::time::timeout(Duration::from_secs(1), refused).await;
    refused
        .expect("within a second")
        .is_problem(401, "session-revoked", "signed out");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_reads_at_its_rate_and_is_told_what_is_left() {
    let rates = ["--account-rate", "2", "--address-rate", "1000"];
    let api = Filled::with(&rates).await.api;
    let token = api.token(account("ann"));
    let ask = || api.ask("/v1/users/nobody").token(&token).send();
    for left in [1, 0] {
        let answer = ask().await;
        let told = answer.header("ratelimit").to_owned();
        assert!(told.contains(&format!(r#""account";r={left};"#)), "{told}");
        assert_ne!(answer.status, 429);
    }
    let refused = ask().await;
    refused.is_problem(429, "too-many-requests", "the third");
    assert_eq!(
        refused.header("ratelimit-policy"),
        r#""address";q=1000;w=60, "account";q=2;w=60"#
    );
    assert!(!refused.header("retry-after").is_empty());
}
