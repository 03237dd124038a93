//! What the layers and the listeners do.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{Method, Request, StatusCode};
use axum::routing::{get, post};
use platform::health::Readiness;
use platform::known_routes::KnownRoutes;
use platform::serve::{self, Listeners, Options, layered, layered_among};
use platform::shutdown::Shutdown;
use platform::telemetry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;
use uuid::Uuid;

use crate::{fetch, fetch_with, send};

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
    for (path, allow) in [
        ("/names", "GET, HEAD, OPTIONS, POST, PUT"),
        ("/far/7", "DELETE, OPTIONS"),
    ] {
        // Who asks which methods there are is told, and who takes another one as well.
        for (method, status) in [
            (Method::PATCH, StatusCode::METHOD_NOT_ALLOWED),
            (Method::OPTIONS, StatusCode::NO_CONTENT),
        ] {
            let request = Request::builder().method(method).uri(path);
            let request = request.body(Body::empty()).unwrap();
            let response = service.clone().oneshot(request).await.unwrap();
            assert_eq!(
                (response.status(), &response.headers()[ALLOW]),
                (status, &allow.parse().unwrap())
            );
        }
    }
    for method in [Method::PATCH, Method::OPTIONS] {
        let request = Request::builder().method(method).uri("/near");
        let request = request.body(Body::empty()).unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
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

#[tokio::test]
async fn a_long_route_may_take_longer() {
    let answer = fetch("/long").await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "done"));
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

/// The client keeps one connection, on which an answer that leaves the body unread must not end anything.
#[tokio::test]
async fn a_refused_request_with_a_body_leaves_its_connection_usable() {
    let shutdown = Shutdown::new();
    let loopback = "127.0.0.1:0".parse().unwrap();
    let listeners = Listeners::bind(Some(loopback), loopback).await.unwrap();
    let address = listeners.public_address().unwrap();
    // Three quarters of it are for what is left of a body.
    let options = Options {
        request_timeout: Duration::from_secs(4),
        ..Options::default()
    };
    let routes = Router::new().route("/names", get(async || "names"));
    let serving = tokio::spawn(serve::run(
        listeners,
        layered(routes, options),
        Readiness::new(),
        telemetry::metrics().unwrap(),
        shutdown.clone(),
        Duration::from_secs(10),
    ));

    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = "x".repeat(100_000);
    for _ in 0..3 {
        let head = format!(
            "PUT /names HTTP/1.1\r\nhost: us\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // Only when the server has seen the head does the body come.
        tokio::task::yield_now().await;
        stream.write_all(body.as_bytes()).await.unwrap();
        let answer = read_answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
        assert!(!answer.contains("connection: close"), "{answer}");
    }

    let head = "PUT /names HTTP/1.1\r\nhost: us\r\ncontent-length: 100000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_answer(&mut stream).await;
    assert!(
        answer.contains("connection: close"),
        "who doesn't send the rest is told that this was it: {answer}"
    );
    shutdown.begin();
    assert!(serving.await.unwrap());
}

/// The head and the body of one answer.
async fn read_answer(stream: &mut tokio::net::TcpStream) -> String {
    let mut answer = Vec::new();
    loop {
        assert_ne!(
            stream.read_buf(&mut answer).await.unwrap(),
            0,
            "the connection ended"
        );
        let text = String::from_utf8(answer.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() == length.unwrap().parse::<usize>().unwrap() {
                return text;
            }
        }
    }
}
