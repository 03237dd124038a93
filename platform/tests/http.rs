//! Problems, extractors and serving, through a real axum router and real sockets.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a failure is a panic, helpers included"
)]

use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRef;
use axum::http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, Request, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use http_body_util::BodyExt;
use platform::config::Key;
use platform::extract::{
    BODY_LIMIT, ClientAddress, ClientAddressHeader, IdempotencyKey, JsonBody, Path, Query,
};
use platform::health::Readiness;
use platform::known_routes::KnownRoutes;
use platform::serve::{self, Listeners, Options, layered, layered_among};
use platform::shutdown::Shutdown;
use platform::token::{Audience, Bearer, Signer, Verifier};
use platform::trace::TraceParent;
use platform::{Clock, Problem, id, telemetry};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;
use uuid::Uuid;

#[derive(Clone)]
struct App {
    verifier: Verifier,
    address: ClientAddressHeader,
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

impl FromRef<App> for ClientAddressHeader {
    fn from_ref(app: &App) -> Self {
        app.address.clone()
    }
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Page {
    limit: u8,
}

fn audience() -> Audience {
    Audience {
        issuer: "us".to_owned(),
        audience: "them".to_owned(),
    }
}

fn signer() -> Signer {
    Signer::new(&Key::new([7; 32]), audience(), Clock::system()).unwrap()
}

fn router() -> Router {
    let verifier = Verifier::new([signer().public_key()], &audience(), Clock::system());
    let address = ClientAddressHeader(Some(HeaderName::from_static("x-client")));
    let routes = Router::<App>::new()
        .route(
            "/names",
            post(async |JsonBody(body): JsonBody<Named>| body.name).get(async || "names"),
        )
        .route("/things/{id}", get(async |Path(id): Path<Uuid>| id.to_string()))
        .route(
            "/page",
            get(async |Query(page): Query<Page>| page.limit.to_string()),
        )
        .route("/me", get(async |Bearer(claims): Bearer| claims.sub.to_string()))
        .route(
            "/key",
            post(async |key: Option<IdempotencyKey>| Json(json!(key.map(|key| key.as_str().to_owned())))),
        )
        .route(
            "/from",
            get(async |ClientAddress(from): ClientAddress| Json(json!(from))),
        )
        .route("/trace", get(async |trace: TraceParent| trace.to_string()))
        .route(
            "/panic",
            get(async || -> &'static str { panic!("secret reason") }),
        )
        .route(
            "/slow",
            get(async || std::future::pending::<&'static str>().await),
        )
        .route("/cause", get(async || Problem::internal("secret reason")));
    layered(
        routes.with_state(App { verifier, address }),
        Options {
            request_timeout: Duration::from_millis(200),
        },
    )
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    #[track_caller]
    fn is_problem(&self, status: u16, code: &str) -> &Self {
        let problem = self.json();
        assert_eq!(
            (self.status.as_u16(), problem["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.text
        );
        assert_eq!(problem["status"], status);
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
        assert!(
            ["type", "title", "detail"]
                .iter()
                .all(|member| problem[member].is_string())
        );
        self
    }
}

async fn send(request: Request<Body>) -> Answer {
    let response = router().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

async fn fetch(path: &str) -> Answer {
    send(Request::get(path).body(Body::empty()).unwrap()).await
}

async fn fetch_with(path: &str, name: &str, value: &str) -> Answer {
    send(
        Request::get(path)
            .header(name, value)
            .body(Body::empty())
            .unwrap(),
    )
    .await
}

async fn send_names(content_type: &str, body: impl Into<Body>) -> Answer {
    send(
        Request::post("/names")
            .header(CONTENT_TYPE, content_type)
            .body(body.into())
            .unwrap(),
    )
    .await
}

#[tokio::test]
async fn an_unknown_path_is_a_404_problem() {
    let answer = fetch("/nowhere").await;
    answer.is_problem(404, "not-found");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert!(!answer.headers.contains_key("server"));
}

#[tokio::test]
async fn a_wrong_method_is_a_405_problem_that_lists_the_right_ones() {
    let answer = send(Request::delete("/names").body(Body::empty()).unwrap()).await;
    answer.is_problem(405, "method-not-allowed");
    let mut allowed: Vec<&str> = answer.headers[ALLOW]
        .to_str()
        .unwrap()
        .split(',')
        .map(str::trim)
        .collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn a_path_whose_methods_are_served_elsewhere_is_a_405_problem_too() {
    let known =
        r#"{ "paths": { "/names": { "get": {}, "post": {}, "put": {} }, "/far/{id}": { "delete": {} } } }"#;
    let known = KnownRoutes::from_openapi(known).unwrap();
    let routes = Router::new().route("/names", post(async || "made"));
    let service = layered_among(routes, Options::default(), known);
    for (path, allow) in [("/names", "GET, HEAD, POST, PUT"), ("/far/7", "DELETE")] {
        let request = Request::patch(path).body(Body::empty()).unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(
            (response.status(), &response.headers()[ALLOW]),
            (StatusCode::METHOD_NOT_ALLOWED, &allow.parse().unwrap())
        );
    }
    let response = service
        .oneshot(Request::patch("/near").body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

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

#[tokio::test]
async fn a_request_id_is_kept_if_it_is_plain() {
    assert_eq!(
        fetch_with("/names", "x-request-id", "abc-1").await.headers["x-request-id"],
        "abc-1"
    );
    for odd in ["a b", "", &"x".repeat(65)] {
        let answer = fetch_with("/names", "x-request-id", odd).await;
        assert!(
            answer.headers["x-request-id"]
                .to_str()
                .unwrap()
                .parse::<Uuid>()
                .is_ok()
        );
    }
}

#[tokio::test]
async fn causes_and_panics_stay_inside() {
    for path in ["/panic", "/cause"] {
        let answer = fetch(path).await;
        answer.is_problem(500, "internal");
        assert!(!answer.text.contains("secret"));
    }
}

#[tokio::test]
async fn what_takes_too_long_is_a_503_problem_with_a_time_to_retry() {
    let answer = fetch("/slow").await;
    answer.is_problem(503, "timed-out");
    assert_eq!(answer.headers[RETRY_AFTER], "1");
}

/// One request over a socket of its own; the whole answer as text.
async fn raw(address: std::net::SocketAddr, path: &str) -> std::io::Result<String> {
    let mut socket = tokio::net::TcpStream::connect(address).await?;
    socket
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
        .await?;
    let mut text = String::new();
    socket.read_to_string(&mut text).await?;
    Ok(text)
}

#[tokio::test]
async fn a_service_tells_its_health_and_finishes_what_it_began() {
    let loopback = "127.0.0.1:0".parse().unwrap();
    let listeners = Listeners::bind(Some(loopback), loopback).await.unwrap();
    let (public, admin) = (
        listeners.public_address().unwrap(),
        listeners.admin_address().unwrap(),
    );
    let (readiness, shutdown) = (Readiness::new(), Shutdown::new());
    let nats = readiness.component("nats");
    let (arrived, mut arrivals) = tokio::sync::mpsc::channel::<()>(1);
    let release = std::sync::Arc::new(tokio::sync::Notify::new());
    let gate = release.clone();
    let routes = Router::new().route(
        "/work",
        get(async move || {
            arrived.send(()).await.unwrap();
            gate.notified().await;
            "done"
        }),
    );
    let service = layered(routes, Options::default());
    let metrics = telemetry::metrics().unwrap();
    let running = tokio::spawn(serve::run(
        listeners,
        service,
        readiness,
        metrics,
        shutdown.clone(),
        Duration::from_secs(10),
    ));

    assert!(
        raw(public, "/readyz")
            .await
            .unwrap()
            .contains(r#""lacks":{"nats":"starting"}"#)
    );
    nats.ok();
    assert!(raw(admin, "/readyz").await.unwrap().starts_with("HTTP/1.1 200"));
    assert!(raw(admin, "/healthz").await.unwrap().contains("alive"));
    assert!(raw(public, "/metrics").await.unwrap().starts_with("HTTP/1.1 404"));

    let work = tokio::spawn(raw(public, "/work"));
    arrivals.recv().await.unwrap();
    shutdown.begin();
    // The admin port stays while the public one drains.
    while !raw(admin, "/readyz").await.unwrap().contains("draining") {}
    release.notify_one();
    assert!(work.await.unwrap().unwrap().ends_with("done"));
    assert!(running.await.unwrap(), "everything ended in time");
    assert!(raw(public, "/healthz").await.is_err());
}

#[tokio::test]
async fn metrics_count_answers_by_route_and_not_by_path() {
    let metrics = telemetry::metrics().unwrap();
    fetch(&format!("/things/{}", Uuid::nil())).await;
    fetch("/never/heard/of").await;
    let text = metrics.render();
    assert!(
        text.contains(r#"http_requests_total{method="GET",route="/things/{id}",status="200"}"#),
        "{text}"
    );
    assert!(text.contains("# HELP http_requests_total"));
    assert!(!text.contains("heard"));
}
