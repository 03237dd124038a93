//! What holds on each of these routes.

use reqwest::Method;
use serde_json::json;

use crate::people::people;
use crate::support::{Api, nobody};

/// The commands, and whether they take a body.
fn commands() -> Vec<(Method, String, bool)> {
    let id = nobody();
    vec![
        (Method::PUT, format!("/v1/blocks/{id}"), false),
        (Method::DELETE, format!("/v1/blocks/{id}"), false),
        (Method::PUT, format!("/v1/posts/{id}/like"), false),
        (Method::DELETE, format!("/v1/posts/{id}/like"), false),
        (Method::POST, format!("/v1/posts/{id}/comments"), true),
        (Method::PATCH, format!("/v1/posts/{id}/comments/{id}"), true),
        (Method::DELETE, format!("/v1/posts/{id}/comments/{id}"), false),
        (Method::POST, "/v1/reports".to_owned(), true),
        (Method::PUT, "/v1/notifications/seen".to_owned(), true),
    ]
}

#[tokio::test]
async fn without_a_good_token_every_command_is_401() {
    let api = Api::start().await;
    api.appends_nothing(async {
        for (method, path, _) in commands() {
            let request = || api.request(method.clone(), &path).json(&json!({}));
            request().await.problem(401, "missing-token");
            let answer = request().header("authorization", "Bearer a.b.c").await;
            answer.problem(401, "invalid-token");
        }
    })
    .await;
}

#[tokio::test]
async fn bodies_must_be_json_of_the_right_shape_and_size() {
    let api = Api::start().await;
    let [ann] = people(&api).await;
    let large = format!(r#"{{"more":"{}"}}"#, "x".repeat(256 * 1024));
    api.appends_nothing(async {
        for (method, path, _) in commands().into_iter().filter(|(_, _, body)| *body) {
            for (kind, body, status, code) in [
                ("application/json", "{", 400, "malformed-json"),
                ("application/json", "7", 400, "unexpected-json"),
                ("application/json", &large, 413, "too-large"),
                ("text/plain", "{}", 415, "unsupported-media-type"),
            ] {
                let request = api.request(method.clone(), &path).by(&ann);
                let answer = request.body(kind, body.to_owned()).await;
                answer.problem(status, code);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn idempotency_keys_have_1_to_200_visible_characters() {
    let api = Api::start().await;
    let [ann] = people(&api).await;
    api.appends_nothing(async {
        for (method, path, _) in commands() {
            let request = api.request(method, &path).by(&ann).key("a b");
            let answer = request.json(&json!({})).await;
            answer.problem(400, "invalid-idempotency-key");
        }
    })
    .await;
}

#[tokio::test]
async fn wrong_methods_are_405_with_those_that_are_right() {
    let api = Api::start().await;
    for (method, path, allow) in [
        (Method::POST, format!("/v1/blocks/{}", nobody()), "PUT"),
        (Method::POST, format!("/v1/posts/{}/like", nobody()), "DELETE"),
        (Method::PATCH, "/v1/reports".to_owned(), "POST"),
    ] {
        let answer = api.request(method, &path).await;
        let answer = answer.problem(405, "method-not-allowed");
        assert!(answer.header("allow").contains(allow));
    }
}
