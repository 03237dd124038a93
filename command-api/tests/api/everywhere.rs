//! What holds on every route.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Api, nobody, text_post};

/// Every command that needs someone to be signed in.
fn commands() -> Vec<(Method, String)> {
    let id = nobody();
    vec![
        (Method::POST, "/v1/friend-requests".to_owned()),
        (Method::POST, format!("/v1/friend-requests/{id}/accept")),
        (Method::POST, format!("/v1/friend-requests/{id}/decline")),
        (Method::DELETE, format!("/v1/friend-requests/{id}")),
        (Method::DELETE, format!("/v1/friends/{id}")),
        (Method::POST, "/v1/posts".to_owned()),
        (Method::PATCH, format!("/v1/posts/{id}")),
        (Method::DELETE, format!("/v1/posts/{id}")),
        (Method::POST, format!("/v1/conversations/{id}/messages")),
        (Method::PUT, format!("/v1/conversations/{id}/read")),
        (Method::POST, "/v1/auth/logout-all".to_owned()),
        (Method::DELETE, format!("/v1/auth/sessions/{id}")),
        (Method::POST, "/v1/auth/password".to_owned()),
        (Method::POST, "/v1/auth/email".to_owned()),
        (Method::PATCH, "/v1/me/profile".to_owned()),
        (Method::PUT, "/v1/me/avatar".to_owned()),
        (Method::DELETE, "/v1/me/avatar".to_owned()),
        (Method::PUT, "/v1/me/cover".to_owned()),
        (Method::DELETE, "/v1/me/cover".to_owned()),
    ]
}

fn with_body() -> Vec<(Method, String)> {
    let bodiless = |path: &str| {
        ["/accept", "/decline", "/logout-all"]
            .iter()
            .any(|end| path.ends_with(end))
    };
    let takes = |(method, path): &(Method, String)| *method != Method::DELETE && !bodiless(path);
    let auth = [
        "/v1/auth/signup",
        "/v1/auth/login",
        "/v1/auth/password-reset",
        "/v1/auth/password-reset/confirm",
        "/v1/auth/email/confirm",
    ]
    .map(|path| (Method::POST, path.to_owned()));
    commands().into_iter().filter(takes).chain(auth).collect()
}

#[tokio::test]
async fn without_a_good_token_every_command_is_401() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    api.appends_nothing(async {
        for (method, path) in commands() {
            let answer = api
                .request(method.clone(), &path)
                .json(&json!({}))
                .await
                .problem(401, "missing-token");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            let answer = api
                .request(method, &path)
                .header("authorization", "Bearer a.b.c")
                .json(&json!({}))
                .await;
            answer.problem(401, "invalid-token");
        }
        let mut tampered = ann.clone();
        tampered.token.insert(40, 'x');
        api.post("/v1/posts")
            .by(&tampered)
            .json(&text_post("Hi"))
            .await
            .problem(401, "invalid-token");
    })
    .await;
    api.advance(15 * 60 + 5);
    let late = api
        .appends_nothing(
            api.post("/v1/posts")
                .by(&ann)
                .json(&text_post("Hi"))
                .into_future(),
        )
        .await;
    late.problem(401, "token-expired");
}

#[tokio::test]
async fn someone_whose_key_is_not_there_is_401() {
    // As after the development data was reset while a token was still good.
    let (one, other) = (Api::start().await, Api::start().await);
    let ann = one.person("ann").await;
    let answer = other
        .appends_nothing(
            other
                .post("/v1/posts")
                .by(&ann)
                .json(&text_post("Hi"))
                .into_future(),
        )
        .await;
    answer.problem(401, "account-gone");
}

#[tokio::test]
async fn bodies_must_be_json_of_the_right_shape_and_size() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    api.appends_nothing(async {
        for (method, path) in with_body() {
            let send = async |kind: &str, body: &str| {
                api.request(method.clone(), &path)
                    .by(&ann)
                    .body(kind, body.to_owned())
                    .await
            };
            for body in ["", "{", "{\"text\": \"\u{1}\"}", "nonsense"] {
                send("application/json", body)
                    .await
                    .problem(400, "malformed-json");
            }
            for body in ["[1]", "7", "null", "\"x\""] {
                send("application/json", body)
                    .await
                    .problem(400, "unexpected-json");
            }
            send("text/plain", "{}")
                .await
                .problem(415, "unsupported-media-type");
            send("application/x-www-form-urlencoded", "a=b")
                .await
                .problem(415, "unsupported-media-type");
            let large = format!(r#"{{"more":"{}"}}"#, "x".repeat(256 * 1024));
            send("application/json", &large).await.problem(413, "too-large");
        }
    })
    .await;
}

#[tokio::test]
async fn members_of_the_wrong_type_are_400() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    api.appends_nothing(async {
        for (path, body) in [
            ("/v1/auth/signup", json!({ "username": 7 })),
            ("/v1/auth/login", json!({ "login": ["ann"] })),
            ("/v1/posts", json!({ "blocks": "Hi" })),
            (
                "/v1/posts",
                json!({ "blocks": [{ "type": "text", "text": null }] }),
            ),
            ("/v1/friend-requests", json!({ "user_id": 7 })),
        ] {
            api.post(path)
                .by(&ann)
                .json(&body)
                .await
                .problem(400, "unexpected-json");
        }
    })
    .await;
}

#[tokio::test]
async fn members_that_are_not_known_are_ignored() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let mut body = text_post("Hi");
    body["later"] = json!({ "x": 1 });
    api.post("/v1/posts").by(&ann).json(&body).await.is(201);
}

#[tokio::test]
async fn idempotency_keys_have_1_to_200_visible_characters() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    api.appends_nothing(async {
        for key in ["", "a b", "\u{e9}", &"k".repeat(201)] {
            let answer = api
                .post("/v1/posts")
                .by(&ann)
                .key(key)
                .json(&text_post("Hi"))
                .await;
            answer.problem(400, "invalid-idempotency-key");
        }
    })
    .await;
    api.post("/v1/posts")
        .by(&ann)
        .key(&"k".repeat(200))
        .json(&text_post("Hi"))
        .await
        .is(201);
}

#[tokio::test]
async fn unknown_paths_are_404_and_wrong_methods_405_with_those_that_are_right() {
    let api = Api::start().await;
    for path in ["/v1/nowhere", "/v1", "/", "/v1/auth", "/v1/posts/1/2/3"] {
        let answer = api.post(path).await.problem(404, "not-found");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    assert_eq!(
        api.post("/v1/auth/nowhere")
            .await
            .problem(404, "not-found")
            .header("cache-control"),
        "no-store"
    );
    for (method, path, allow) in [
        (Method::PUT, "/v1/auth/signup", "POST"),
        (Method::DELETE, "/v1/auth/refresh", "POST"),
        (Method::PUT, "/v1/friend-requests", "POST"),
    ] {
        let answer = api.request(method, path).await.problem(405, "method-not-allowed");
        let allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        assert!(allowed.contains(&allow), "{allowed:?}");
    }
}

#[tokio::test]
async fn answers_tell_no_server_and_are_not_sniffed() {
    let api = Api::start().await;
    let answer = api.post("/v1/auth/login").json(&json!({})).await;
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.headers.contains_key("referrer-policy") && answer.headers.contains_key("x-request-id"));
    assert!(!answer.headers.contains_key("server"));
}

#[tokio::test]
async fn the_keys_the_document_and_its_explorer_are_served() {
    let api = Api::start().await;
    let jwks = api.get("/.well-known/jwks.json").await;
    assert_eq!(
        (&jwks.body["keys"][0]["crv"], &jwks.body["keys"][0]["alg"]),
        (&json!("Ed25519"), &json!("EdDSA"))
    );
    assert!(jwks.body["keys"][0].get("d").is_none());
    let document = api.get("/openapi.json").await;
    assert!(document.body["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document.body["paths"]["/v1/posts"].is_object());
    let page = api.get("/docs/").await;
    assert!(page.body.as_str().unwrap().contains("swagger-ui"));
}

#[tokio::test]
async fn health_is_told() {
    let api = Api::start().await;
    assert_eq!(api.get("/healthz").await.body, json!({ "status": "alive" }));
    assert_eq!(api.get("/readyz").await.body, json!({ "status": "ready" }));
    assert_eq!(api.get("/metrics").await.status, 404);
}

/// The document is part of the contract: a change to it shows in review.
#[test]
fn every_command_is_described_with_its_refusals() {
    let document = serde_json::to_value(command_api::openapi::document()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if !path.starts_with("/v1/") {
                continue;
            }
            let responses = operation["responses"].as_object().unwrap();
            let place = format!("{method} {path}");
            assert!(operation["operationId"].is_string(), "{place}");
            assert!(responses.keys().any(|status| status.starts_with('2')), "{place}");
            for (status, response) in responses {
                if status == "202" && path.starts_with("/v1/auth/") {
                    // What comes of a mail isn't known yet, so it stands nowhere.
                    assert!(response["headers"]["Echo-Position"].is_null(), "{place}");
                } else if path.ends_with("/check") && status.starts_with('2') {
                    // It does nothing, so there is no position to tell.
                    assert!(response["headers"]["Echo-Position"].is_null(), "{place}");
                } else if status.starts_with('2') {
                    assert!(
                        response["headers"]["Echo-Position"].is_object(),
                        "{place} {status}"
                    );
                } else {
                    let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                    assert_eq!(schema, "#/components/schemas/Problem", "{place} {status}");
                }
            }
            let required: &[&str] = if operation.get("requestBody").is_some() {
                &["400", "413", "415", "422", "500", "503"]
            } else {
                &["400", "500", "503"]
            };
            assert!(
                required.iter().all(|status| responses.contains_key(*status)),
                "{place}"
            );
            assert_eq!(
                operation.get("security").is_some(),
                responses.contains_key("401") && !path.ends_with("login"),
                "{place}"
            );
        }
    }
    let Value::Object(schemas) = &document["components"]["schemas"] else {
        panic!("schemas")
    };
    assert!(schemas.contains_key("Problem") && schemas.contains_key("FieldError"));
}
