//! What isn't understood, isn't allowed, or isn't there.

use reqwest::Method;
use serde_json::Value;
use testkit::random_id;

use crate::{api::Api, documents::Filled, world::account};

/// Every read that lists something by pages.
const LISTS: &[&str] = &[
    "/v1/feed",
    "/v1/explore",
    "/v1/friends",
    "/v1/friend-requests",
    "/v1/blocks",
    "/v1/notifications",
    "/v1/auth/sessions",
    "/v1/users/ann/posts",
    "/v1/users/ann/friends",
    "/v1/chats",
    "/v1/posts/00000000-0000-0000-0000-000000000001/comments",
    "/v1/posts/00000000-0000-0000-0000-000000000001/likes",
    "/v1/posts/00000000-0000-0000-0000-000000000001/history",
    "/v1/conversations/00000000-0000-0000-0000-000000000001/messages",
];
/// The others.
const SINGLE: &[&str] = &[
    "/v1/me",
    "/v1/me/export",
    "/v1/users/ann",
    "/v1/posts/00000000-0000-0000-0000-000000000001",
    "/v1/search/users?q=ann",
    "/v1/suggestions",
    "/v1/notifications/unread-count",
    "/v1/chat/sidebar",
    "/v1/sync?after=c0",
];

async fn api() -> Api {
    Filled::empty().await.api
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_parameters_are_400_and_never_clamped() {
    let api = api().await;
    let me = account("ann");
    let mut cases = Vec::new();
    for list in LISTS {
        for limit in [
            "",
            "0",
            "101",
            "-1",
            "+5",
            "1.5",
            "many",
            "%20",
            "99999999999999999999",
        ] {
            cases.push((format!("{list}?limit={limit}"), "invalid-limit"));
        }
        for cursor in [
            "",
            "x",
            "AAAA",
            "AQEAAAAAAAAAAA",
            "AQEAAAAAAAAAAAA%3D",
            "AgEAAAAAAAAAAA",
            "%00",
            "c42",
        ] {
            let own = cursor == "AQEAAAAAAAAAAA" && *list == "/v1/feed";
            if !own {
                cases.push((format!("{list}?cursor={cursor}"), "invalid-cursor"));
            }
        }
        cases.push((format!("{list}?limit=1&limit=2"), "invalid-query"));
    }
    let chat = "/v1/conversations/00000000-0000-0000-0000-000000000001/messages";
    for position in ["", "42", "e42", "c-1", "c01", "c9223372036854775808", "x"] {
        cases.push((format!("/v1/sync?after={position}"), "invalid-position"));
        cases.push((format!("{chat}?before={position}"), "invalid-position"));
        cases.push((format!("{chat}?after={position}"), "invalid-position"));
    }
    for limit in ["0", "101", "all"] {
        cases.push((format!("/v1/sync?limit={limit}"), "invalid-limit"));
    }
    cases.push((
        "/v1/friend-requests?direction=sideways".to_owned(),
        "invalid-query",
    ));
    cases.push(("/v1/friend-requests?direction=".to_owned(), "invalid-query"));
    cases.push(("/v1/posts/7".to_owned(), "invalid-path"));
    cases.push(("/v1/posts/%FF".to_owned(), "invalid-path"));
    cases.push(("/v1/conversations/ann/messages".to_owned(), "invalid-path"));
    for (path, code) in cases {
        api.ask_as(me, &path).send().await.is_problem(400, code, &path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_headers_are_400_everywhere() {
    let api = api().await;
    let me = account("ann");
    for path in LISTS.iter().chain(SINGLE) {
        for (name, value, code) in [
            ("Echo-Min-Position", "", "invalid-position"),
            ("Echo-Min-Position", "42", "invalid-position"),
            ("Echo-Min-Position", "e1,", "invalid-position"),
            ("Echo-Min-Position", "e1;c2", "invalid-position"),
            ("Prefer", "wait=11", "invalid-wait"),
            ("Prefer", "wait=-1", "invalid-wait"),
            ("Prefer", "wait=a", "invalid-wait"),
        ] {
            let answer = api.ask_as(me, path).header(name, value).send().await;
            answer.is_problem(400, code, &format!("{path} {name}: {value}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_searched_is_400() {
    let api = api().await;
    for (query, code) in [
        ("", "invalid-query"),
        ("?limit=5", "invalid-query"),
        ("?q=ann&limit=0", "invalid-limit"),
        ("?q=ann&cursor=", "invalid-cursor"),
        ("?q=ann&cursor=AQEAAAAAAAAAAA", "invalid-cursor"),
        ("?q=&cursor=AQ0A", "invalid-cursor"),
        (&format!("?q={}", "a".repeat(101)), "invalid-query"),
    ] {
        let path = format!("/v1/search/users{query}");
        let answer = api.ask_as(account("ann"), &path).send().await;
        answer.is_problem(400, code, &path);
    }
    let answer = api
        .ask_as(account("ann"), "/v1/suggestions?limit=101")
        .send()
        .await;
    answer.is_problem(400, "invalid-limit", "suggestions");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_token_everything_is_401() {
    let api = api().await;
    for path in LISTS.iter().chain(SINGLE) {
        let answer = api.ask(path).send().await;
        answer.is_problem(401, "missing-token", path);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        api.ask(path)
            .token("a.b.c")
            .send()
            .await
            .is_problem(401, "invalid-token", path);
    }
    // Who isn't signed in isn't told what else is wrong.
    api.ask("/v1/feed?limit=0")
        .send()
        .await
        .is_problem(401, "missing-token", "limit=0");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_and_other_paths() {
    let api = api().await;
    for path in LISTS.iter().chain(SINGLE) {
        let answer = api.ask_by(Method::DELETE, path).send().await;
        answer.is_problem(405, "method-not-allowed", path);
        let allow = answer.header("allow");
        assert!(allow.contains("GET") && allow.contains("HEAD"), "{path}: {allow}");
    }
    // The edge brings every GET here, those of paths with commands alone, too.
    let answer = api.ask("/v1/auth/login").send().await;
    answer.is_problem(405, "method-not-allowed", "log-in");
    assert_eq!(answer.header("allow"), "OPTIONS, POST");
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/feeds",
        "/v1/feed/",
        "/v1/users",
        "/v1/posts/a/b",
        "/metrics",
    ] {
        api.ask(path).send().await.is_problem(404, "not-found", path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_404() {
    let api = api().await;
    let me = account("ann");
    for (path, code) in [
        ("/v1/me".to_owned(), "user-not-found"),
        ("/v1/users/nobody".to_owned(), "user-not-found"),
        ("/v1/users/No%20body!".to_owned(), "user-not-found"),
        ("/v1/users/nobody/posts".to_owned(), "user-not-found"),
        ("/v1/users/nobody/friends".to_owned(), "user-not-found"),
        (format!("/v1/posts/{}", random_id()), "post-not-found"),
        (
            format!("/v1/conversations/{}/messages", random_id()),
            "user-not-found",
        ),
    ] {
        api.ask_as(me, &path).send().await.is_problem(404, code, &path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_the_body() {
    let filled = Filled::new().await;
    for path in ["/v1/me", "/v1/feed", "/v1/users/person1"] {
        let token = filled.api.token(filled.me);
        let get = filled.api.ask(path).token(&token).send().await;
        let head = filled.api.ask_by(Method::HEAD, path).token(&token).send().await;
        assert_eq!(
            (head.status.as_u16(), &head.body),
            (200, &Value::String(String::new())),
            "{path}"
        );
        for name in [
            "content-length",
            "content-type",
            "etag",
            "echo-position",
            "echo-consistency",
        ] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_is_304() {
    let filled = Filled::new().await;
    let post = format!("/v1/posts/{}", filled.some_post);
    for path in ["/v1/me", "/v1/users/person1", &post] {
        let first = filled.api.ask_as(filled.me, path).send().await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"'), "{path}: {tag}");
        let ask = || filled.api.ask_as(filled.me, path);
        let again = ask().header("If-None-Match", &tag).send().await;
        assert_eq!(
            (again.status.as_u16(), again.header("etag")),
            (304, tag.as_str()),
            "{path}"
        );
        assert_eq!(again.header("echo-consistency"), "applied");
        assert_eq!(
            ask().header("If-None-Match", "\"other\"").send().await.status,
            200
        );
    }
    // Another name makes another answer of the same post.
    let tag = filled
        .api
        .ask_as(filled.me, &post)
        .send()
        .await
        .header("etag")
        .to_owned();
    filled.rename_author_of_some_post().await;
    let renamed = filled
        .api
        .ask_as(filled.me, &post)
        .header("If-None-Match", &tag)
        .send()
        .await;
    assert_eq!(renamed.ok("renamed")["author"]["display_name"], "Another name");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_describes_itself() {
    let api = api().await;
    let document = api.ask("/openapi.json").send().await.body;
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().expect("an object");
    assert_eq!(
        paths.len(),
        LISTS.len() + SINGLE.len() + 1,
        "all are tested above, pictures apart"
    );
    let metrics = reqwest::get(format!("{}/metrics", api.admin_url)).await;
    let metrics = metrics.expect("it answers").text().await.expect("it is text");
    assert!(metrics.contains("# HELP reads_waiting"), "{metrics}");
}
