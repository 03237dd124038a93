//! Blocking and unblocking.

use command_api::domain::Aggregate;
use command_api::domain::friendship::{Relation, State};
use events::friendship::{Blocking, Event};
use events::{Event as AnyEvent, Pair, Scope};
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::people::{ask, befriend, block, event, people, publish, unblock};
use crate::support::{Answer, Api, Person, nobody};

async fn between(api: &Api, one: &Person, other: &Person) -> State {
    let pair = Pair::of(one.id, other.id).unwrap();
    let history = api.system.store.history(&Scope::friendship(pair)).await.unwrap();
    State::fold(history.events.iter().map(|recorded| &recorded.event))
}

async fn send(api: &Api, by: &Person, to: &Person) -> Answer {
    let path = format!("/v1/conversations/{}/messages", to.id);
    let body = json!({ "id": nobody(), "text": "Hi" });
    api.post(&path).by(by).json(&body).await
}

#[tokio::test]
async fn a_block_ends_a_friendship_and_neither_reaches_the_other() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    befriend(&api, &ann, &ben).await;
    send(&api, &ben, &ann).await.is(201);
    let blocked = block(&api, &ann, &ben).await.is(204);
    let told = AnyEvent::Friendship(Event::Blocked(Blocking {
        by: ann.id,
        other: ben.id,
        blocked_by: vec![ann.id],
    }));
    assert_eq!(event(&api, &blocked).await, told);
    api.appends_nothing(async {
        for (by, to, status, code) in [
            (&ann, &ben, 409, "not-friends"),
            (&ben, &ann, 404, "user-not-found"),
        ] {
            send(&api, by, to).await.problem(403, "not-friends");
            let remove = api.delete(&format!("/v1/friends/{}", to.id)).by(by);
            remove.await.problem(status, code);
        }
        ask(&api, &ann, &ben).await.problem(409, "blocked");
    })
    .await;
    unblock(&api, &ann, &ben).await.is(204);
    assert_eq!(between(&api, &ann, &ben).await, State::default());
    send(&api, &ben, &ann).await.problem(403, "not-friends");
    befriend(&api, &ben, &ann).await;
    send(&api, &ben, &ann).await.is(201);
}

#[tokio::test]
async fn a_block_ends_requests_in_both_directions() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    for (asks, asked) in [(&ann, &ben), (&ben, &ann)] {
        ask(&api, asks, asked).await.is(201);
        block(&api, &ann, &ben).await.is(204);
        unblock(&api, &ann, &ben).await.is(204);
        assert_eq!(between(&api, &ann, &ben).await, State::default());
        api.appends_nothing(async {
            let accept = format!("/v1/friend-requests/{}/accept", asks.id);
            api.post(&accept).by(asked).await.problem(409, "no-request");
            let cancel = api.delete(&format!("/v1/friend-requests/{}", asked.id)).by(asks);
            cancel.await.problem(409, "no-request");
        })
        .await;
    }
}

#[tokio::test]
async fn who_is_blocked_is_told_that_there_is_nobody() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    block(&api, &ann, &ben).await.is(204);
    api.appends_nothing(async {
        let blocked = ask(&api, &ben, &ann).await.problem(404, "user-not-found");
        let missing = api
            .post("/v1/friend-requests")
            .by(&ben)
            .json(&json!({ "user_id": nobody() }))
            .await
            .problem(404, "user-not-found");
        assert_eq!(blocked.body, missing.body);
    })
    .await;
}

#[tokio::test]
async fn blocking_again_and_unblocking_nobody_is_nothing() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    api.appends_nothing(async {
        let never = unblock(&api, &ann, &ben).await.is(204);
        assert_eq!(never.header("echo-position"), "e0");
    })
    .await;
    let blocked = block(&api, &ann, &ben).await.is(204);
    api.appends_nothing(async {
        let again = block(&api, &ann, &ben).await.is(204);
        assert_eq!(again.header("echo-position"), blocked.header("echo-position"));
        // Nobody lifts another's block, nor learns of it by trying.
        for answer in [unblock(&api, &ben, &ann).await, block(&api, &ben, &ann).await] {
            answer.problem(404, "user-not-found");
        }
    })
    .await;
    assert_eq!(between(&api, &ann, &ben).await.blocked_by, [ann.id]);
    unblock(&api, &ann, &ben).await.is(204);
    api.appends_nothing(async { unblock(&api, &ann, &ben).await.is(204) })
        .await;
}

#[tokio::test]
async fn nobody_blocks_themselves_or_who_is_not_there() {
    let api = Api::start().await;
    let [ann] = people(&api).await;
    api.appends_nothing(async {
        for method in [Method::PUT, Method::DELETE] {
            for (whom, status, code) in [
                (ann.id.to_string(), 422, "yourself"),
                (nobody().to_string(), 404, "user-not-found"),
                ("ben".to_owned(), 400, "invalid-path"),
            ] {
                let path = format!("/v1/blocks/{whom}");
                let answer = api.request(method.clone(), &path).by(&ann).await;
                answer.problem(status, code);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_block_repeats_under_its_key_and_another_command_does_not() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    let path = format!("/v1/blocks/{}", ben.id);
    let set = || api.put(&path).by(&ann).key("k-1");
    let first = set().await.is(204);
    api.appends_nothing(async {
        let many = join_all((0..5).map(|_| set().into_future())).await;
        for again in many {
            assert_eq!(
                again.is(204).header("echo-position"),
                first.header("echo-position")
            );
        }
        let lift = api.delete(&path).by(&ann).key("k-1");
        lift.await.problem(422, "idempotency-key-reused");
    })
    .await;
}

#[tokio::test]
async fn requests_that_cross_make_one_friendship_every_time() {
    let api = Api::start().await;
    let people: [Person; 20] = people(&api).await;
    let pairs = people.chunks(2).map(async |pair| {
        let (one, other) = tokio::join!(ask(&api, &pair[0], &pair[1]), ask(&api, &pair[1], &pair[0]));
        one.is(201);
        other.is(201);
        assert_eq!(
            between(&api, &pair[0], &pair[1]).await.relation,
            Relation::Friends
        );
    });
    join_all(pairs).await;
}

#[tokio::test]
async fn a_block_stands_whatever_the_other_does_at_the_same_time() {
    let api = Api::start().await;
    let people: [Person; 20] = people(&api).await;
    let pairs = people.chunks(2).map(async |pair| {
        let (ann, ben) = (&pair[0], &pair[1]);
        ask(&api, ann, ben).await.is(201);
        let accept = api
            .post(&format!("/v1/friend-requests/{}/accept", ann.id))
            .by(ben)
            .into_future();
        let (blocked, blocked_back, _) = tokio::join!(block(&api, ann, ben), block(&api, ben, ann), accept);
        // Whichever comes first, to the other there is nobody any more.
        let mut statuses = [blocked.status.as_u16(), blocked_back.status.as_u16()];
        let holder = if statuses[0] == 204 { ann.id } else { ben.id };
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 404]);
        let state = between(&api, ann, ben).await;
        assert_eq!((state.relation, state.blocked_by), (Relation::None, vec![holder]));
    });
    join_all(pairs).await;
}

#[tokio::test]
async fn a_block_hides_public_posts_from_who_would_change_them() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    api.delete(&post).by(&ben).await.problem(403, "not-author");
    block(&api, &ann, &ben).await.is(204);
    api.delete(&post).by(&ben).await.problem(404, "post-not-found");
}
