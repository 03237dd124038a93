//! What the extractors take and refuse.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{Request, StatusCode};
use platform::extract::BODY_LIMIT;
use platform::id;
use platform::trace::TraceParent;
use uuid::Uuid;

use crate::{fetch, fetch_with, send, send_names, signer};

#[tokio::test]
async fn a_body_is_read_as_json_and_unknown_members_are_ignored() {
    for kind in [
        "application/json",
        "application/json; charset=UTF-8",
        "Application/merge-patch+JSON",
    ] {
        let answer = send_names(kind, r#"{"name":"Ann","later":1}"#).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (StatusCode::OK, "Ann"),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_body_of_another_media_type_is_a_415_problem() {
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin1",
        "json",
    ] {
        send_names(kind, r#"{"name":"Ann"}"#)
            .await
            .is_problem(415, "unsupported-media-type");
    }
    send(Request::post("/names").body(Body::from("{}")).unwrap())
        .await
        .is_problem(415, "unsupported-media-type");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_a_400_problem() {
    for body in ["", "{", r#"{"name":"\ud800"}"#, "nonsense"] {
        send_names("application/json", body)
            .await
            .is_problem(400, "malformed-json");
    }
}

#[tokio::test]
async fn a_body_of_the_wrong_shape_is_a_400_problem_that_does_not_name_our_types() {
    for body in ["[]", "{}", r#"{"name":3}"#, "null"] {
        let answer = send_names("application/json", body).await;
        answer.is_problem(400, "unexpected-json");
        assert!(!answer.text.contains("Named"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_a_413_problem_whether_its_length_was_announced_or_not() {
    let body = |length: usize| format!(r#"{{"name":"{}"}}"#, "a".repeat(length - 11));
    assert_eq!(
        send_names("application/json", body(BODY_LIMIT)).await.status,
        StatusCode::OK
    );
    send_names("application/json", body(BODY_LIMIT + 1))
        .await
        .is_problem(413, "too-large");
    let request = Request::post("/names")
        .header(CONTENT_TYPE, "application/json")
        .header("content-length", BODY_LIMIT + 1)
        .body(Body::from(body(BODY_LIMIT + 1)))
        .unwrap();
    send(request).await.is_problem(413, "too-large");
}

#[tokio::test]
async fn bad_paths_and_queries_are_400_problems() {
    fetch("/things/7").await.is_problem(400, "invalid-path");
    assert_eq!(
        fetch(&format!("/things/{}", Uuid::nil())).await.status,
        StatusCode::OK
    );
    for query in ["", "?limit=", "?limit=many", "?limit=-1", "?limit=256"] {
        fetch(&format!("/page{query}"))
            .await
            .is_problem(400, "invalid-query");
    }
    assert_eq!(fetch("/page?limit=20").await.text, "20");
}

#[tokio::test]
async fn without_a_good_token_the_answer_is_a_401_problem_with_a_challenge() {
    let answer = fetch("/me").await;
    answer.is_problem(401, "missing-token");
    assert_eq!(answer.headers[WWW_AUTHENTICATE], "Bearer");
    for value in ["Bearer", "Bearer ", "Bearer a.b.c", "Basic dTpw", "nonsense"] {
        let answer = fetch_with("/me", AUTHORIZATION.as_str(), value).await;
        answer.is_problem(401, "invalid-token");
        assert_eq!(
            answer.headers[WWW_AUTHENTICATE],
            r#"Bearer error="invalid_token""#
        );
    }
    let expired = signer()
        .sign(id::random(), id::random(), chrono::Duration::seconds(-60))
        .unwrap();
    fetch_with("/me", AUTHORIZATION.as_str(), &format!("Bearer {expired}"))
        .await
        .is_problem(401, "token-expired");
}

#[tokio::test]
async fn a_good_token_names_the_caller() {
    let account = id::random();
    let token = signer()
        .sign(account, id::random(), chrono::Duration::minutes(15))
        .unwrap();
    for scheme in ["Bearer", "bearer"] {
        assert_eq!(
            fetch_with("/me", "authorization", &format!("{scheme} {token}"))
                .await
                .text,
            account.to_string()
        );
    }
}

#[tokio::test]
async fn an_idempotency_key_has_1_to_200_visible_characters() {
    let send_key = async |keys: &[&str]| {
        let mut request = Request::post("/key");
        for key in keys {
            request = request.header("idempotency-key", *key);
        }
        send(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(send_key(&[]).await.text, "null");
    assert_eq!(send_key(&["a-1"]).await.text, r#""a-1""#);
    assert_eq!(send_key(&[&"k".repeat(200)]).await.status, StatusCode::OK);
    for bad in [&[""][..], &["a b"], &["é"], &[&"k".repeat(201)], &["a", "b"]] {
        send_key(bad).await.is_problem(400, "invalid-idempotency-key");
    }
}

#[tokio::test]
async fn the_client_address_is_what_the_edge_says() {
    assert_eq!(
        fetch_with("/from", "x-client", "192.0.2.7").await.text,
        r#""192.0.2.7""#
    );
    assert_eq!(
        fetch_with("/from", "x-forwarded-for", "192.0.2.7").await.text,
        "null"
    );
}

#[tokio::test]
async fn a_trace_is_carried_on_or_begun() {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert_eq!(fetch_with("/trace", "traceparent", trace).await.text, trace);
    let begun = fetch_with("/trace", "traceparent", "nonsense").await.text;
    assert!(begun.parse::<TraceParent>().is_ok(), "{begun}");
}
