//! Friend requests and friendships.

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Api, Person, nobody};

async fn ask(api: &Api, by: &Person, whom: &Person) -> Answer {
    api.post("/v1/friend-requests")
        .by(by)
        .json(&json!({ "user_id": whom.id }))
        .await
}

async fn step(api: &Api, by: &Person, method: Method, path: &str) -> Answer {
    api.request(method, path).by(by).await
}

fn accept(whom: &Person) -> String {
    format!("/v1/friend-requests/{}/accept", whom.id)
}

#[tokio::test]
async fn one_asks_and_the_other_accepts() {
    let api = Api::start().await;
    let (ann, ben) = (api.person("ann").await, api.person("ben").await);
    let asked = ask(&api, &ann, &ben).await.is(201);
    assert_eq!(
        (&asked.body["relationship"], &asked.body["position"]),
        (&json!("requested"), &json!("e7"))
    );
    let accepted = step(&api, &ben, Method::POST, &accept(&ann)).await.is(200);
    assert_eq!(
        (&accepted.body["relationship"], &accepted.body["position"]),
        (&json!("friends"), &json!("e8"))
    );
}

#[tokio::test]
async fn requests_that_cross_make_friends() {
    let api = Api::start().await;
    let (ann, ben) = (api.person("ann").await, api.person("ben").await);
    let (one, other) = tokio::join!(ask(&api, &ann, &ben), ask(&api, &ben, &ann));
    let mut relations =
        [one.is(201), other.is(201)].map(|answer| answer.body["relationship"].as_str().unwrap().to_owned());
    relations.sort();
    assert_eq!(relations, ["friends", "requested"]);
}

#[tokio::test]
async fn a_request_can_be_declined_or_taken_back() {
    let api = Api::start().await;
    let (ann, ben) = (api.person("ann").await, api.person("ben").await);
    ask(&api, &ann, &ben).await.is(201);
    let declined = step(
        &api,
        &ben,
        Method::POST,
        &format!("/v1/friend-requests/{}/decline", ann.id),
    )
    .await
    .is(200);
    assert_eq!(declined.body["relationship"], "none");
    ask(&api, &ann, &ben).await.is(201);
    let cancelled = step(
        &api,
        &ann,
        Method::DELETE,
        &format!("/v1/friend-requests/{}", ben.id),
    )
    .await
    .is(204);
    assert_eq!(cancelled.header("echo-position"), "e10");
    step(&api, &ben, Method::POST, &accept(&ann))
        .await
        .problem(409, "no-request");
}

#[tokio::test]
async fn either_of_two_friends_ends_it() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    step(&api, &ben, Method::DELETE, &format!("/v1/friends/{}", ann.id))
        .await
        .is(204);
    step(&api, &ann, Method::DELETE, &format!("/v1/friends/{}", ben.id))
        .await
        .problem(409, "not-friends");
}

#[tokio::test]
async fn transitions_that_make_no_sense_are_refused_and_append_nothing() {
    let api = Api::start().await;
    let (ann, ben, cid) = (
        api.person("ann").await,
        api.person("ben").await,
        api.person("cid").await,
    );
    ask(&api, &ann, &ben).await.is(201);
    let decline = |whom: &Person| format!("/v1/friend-requests/{}/decline", whom.id);
    let cancel = |whom: &Person| format!("/v1/friend-requests/{}", whom.id);
    let remove = |whom: &Person| format!("/v1/friends/{}", whom.id);
    api.appends_nothing(async {
        ask(&api, &ann, &ben).await.problem(409, "already-requested");
        for (by, method, path) in [
            (&ann, Method::POST, accept(&ben)),
            (&ann, Method::POST, decline(&ben)),
            (&ben, Method::DELETE, cancel(&ann)),
            (&ann, Method::POST, accept(&cid)),
            (&ann, Method::POST, decline(&cid)),
            (&ann, Method::DELETE, cancel(&cid)),
        ] {
            step(&api, by, method, &path).await.problem(409, "no-request");
        }
        step(&api, &ann, Method::DELETE, &remove(&ben))
            .await
            .problem(409, "not-friends");
    })
    .await;
    step(&api, &ben, Method::POST, &accept(&ann)).await.is(200);
    api.appends_nothing(async {
        ask(&api, &ann, &ben).await.problem(409, "already-friends");
        step(&api, &ann, Method::POST, &accept(&ben))
            .await
            .problem(409, "already-friends");
    })
    .await;
}

#[tokio::test]
async fn nobody_can_be_asked_who_does_not_exist_or_is_oneself() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let post = async |body| api.post("/v1/friend-requests").by(&ann).json(&body).await;
    api.appends_nothing(async {
        post(json!({ "user_id": nobody() }))
            .await
            .problem(404, "user-not-found");
        post(json!({ "user_id": ann.id })).await.problem(422, "yourself");
        post(json!({ "user_id": "ben" }))
            .await
            .invalid(&[("user_id", "invalid")]);
        post(json!({})).await.invalid(&[("user_id", "required")]);
        for (method, path) in [
            (Method::POST, format!("/v1/friend-requests/{}/accept", nobody())),
            (Method::POST, format!("/v1/friend-requests/{}/decline", nobody())),
            (Method::DELETE, format!("/v1/friend-requests/{}", nobody())),
            (Method::DELETE, format!("/v1/friends/{}", nobody())),
        ] {
            step(&api, &ann, method, &path)
                .await
                .problem(404, "user-not-found");
        }
        step(&api, &ann, Method::POST, &accept(&ann))
            .await
            .problem(422, "yourself");
        step(&api, &ann, Method::DELETE, "/v1/friends/ben")
            .await
            .problem(400, "invalid-path");
    })
    .await;
}

#[tokio::test]
async fn a_repeat_under_the_same_key_answers_as_the_first_time() {
    let api = Api::start().await;
    let (ann, ben) = (api.person("ann").await, api.person("ben").await);
    let request = || {
        api.post("/v1/friend-requests")
            .by(&ann)
            .key("k-1")
            .json(&json!({ "user_id": ben.id }))
    };
    let first = request().await.is(201);
    let second = api.appends_nothing(request().into_future()).await.is(201);
    assert_eq!(second.body, first.body);

    let accept = || api.post(&accept(&ann)).by(&ben).key("k-1");
    let first = accept().await.is(200);
    let second = api.appends_nothing(accept().into_future()).await.is(200);
    assert_eq!(
        second.body, first.body,
        "another person's key of the same name is another key"
    );
    let many = join_all((0..10).map(|_| accept().into_future())).await;
    assert!(many.into_iter().all(|answer| answer.is(200).body == first.body));
}

#[tokio::test]
async fn the_same_key_for_something_else_is_refused() {
    let api = Api::start().await;
    let (ann, ben, cid) = (
        api.person("ann").await,
        api.person("ben").await,
        api.person("cid").await,
    );
    let request = |whom: &Person| {
        api.post("/v1/friend-requests")
            .by(&ann)
            .key("k-1")
            .json(&json!({ "user_id": whom.id }))
    };
    request(&ben).await.is(201);
    api.appends_nothing(async {
        request(&cid).await.problem(422, "idempotency-key-reused");
        let cancel = api
            .delete(&format!("/v1/friend-requests/{}", ben.id))
            .by(&ann)
            .key("k-1")
            .await;
        cancel.problem(422, "idempotency-key-reused");
    })
    .await;
}
