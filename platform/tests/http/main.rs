//! Problems, extractors and serving, through a real axum router and real sockets.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a failure is a panic, helpers included"
)]

use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRef;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, Request, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use http_body_util::BodyExt;
use platform::config::Key;
use platform::extract::{ClientAddress, ClientAddressHeader, IdempotencyKey, JsonBody, Path, Query};
use platform::serve::{Options, layered};
use platform::token::{Audience, Bearer, Signer, Verifier};
use platform::trace::TraceParent;
use platform::{Clock, Problem};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

mod extractors;
mod serving;

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

/// How long a request may take in these tests, long routes apart.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(200);

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
        .route(
            "/long",
            get(async || {
                tokio::time::sleep(2 * REQUEST_TIMEOUT).await;
                "done"
            }),
        )
        .route("/cause", get(async || Problem::internal("secret reason")));
    layered(
        routes.with_state(App { verifier, address }),
        Options {
            request_timeout: REQUEST_TIMEOUT,
            long_routes: &["/long"],
            ..Options::default()
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
