//! Serving HTTP: binding, the layers that every route gets, and draining at the end.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::{TcpListener, TcpStream};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

use crate::health::{self, Readiness};
use crate::known_routes::KnownRoutes;
use crate::shutdown::Shutdown;
use crate::telemetry::{HTTP_IN_FLIGHT, HTTP_REQUESTS, HTTP_SECONDS};
use crate::trace::TraceParent;
use crate::{Problem, id, problem, unread};

/// The header that names one request in our logs; a sensible one from the edge is kept.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Which sites may load an answer as part of their pages: those of the same origin where a route says nothing else.
pub const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// The policy of answers that are no pages: nothing in them is ever loaded, run or framed, should a browser take one for
/// a page.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// How often the metrics recorder tidies its histograms, as its documentation asks.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// An address that can't be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct BindError {
    address: SocketAddr,
    source: io::Error,
}

/// The bound sockets of a service, so that port 0 can be told before serving starts.
#[derive(Debug)]
pub struct Listeners {
    public: Option<TcpListener>,
    admin: TcpListener,
}

impl Listeners {
    /// Binds the public address, if there is one, and the admin address.
    pub async fn bind(public: Option<SocketAddr>, admin: SocketAddr) -> Result<Self, BindError> {
        let public = match public {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        Ok(Self {
            public,
            admin: bind(admin).await?,
        })
    }

    /// Where the public API is.
    pub fn public_address(&self) -> Option<SocketAddr> {
        self.public
            .as_ref()
            .and_then(|listener| listener.local_addr().ok())
    }

    /// Where health and metrics are.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.local_addr().ok()
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| BindError { address, source })
}

/// Serves until `shutdown` begins, then stops accepting, lets requests and tasks finish for at most `drain`, and
/// returns whether all of them did. Health is on both listeners, metrics on the admin one only.
///
/// `public` is served as it is: give it [`layered`] routes.
pub async fn run(
    listeners: Listeners,
    public: Router,
    readiness: Readiness,
    metrics: PrometheusHandle,
    shutdown: Shutdown,
    drain: Duration,
) -> bool {
    run_with(listeners, public, readiness, metrics, shutdown, drain, accept).await
}

/// The same for a service that accepts its public connections itself, with `accept_public`: until the given shutdown
/// begins, and with addresses of type [`SocketAddr`] in the extensions of requests.
pub async fn run_with<A, F>(
    listeners: Listeners,
    public: Router,
    readiness: Readiness,
    metrics: PrometheusHandle,
    shutdown: Shutdown,
    drain: Duration,
    accept_public: A,
) -> bool
where
    A: FnOnce(TcpListener, Router, Shutdown) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let addresses = (listeners.public_address(), listeners.admin_address());
    // The admin port goes last of all, so that the draining can be watched.
    let end_of_admin = Shutdown::new();
    let admin = tokio::spawn(accept(
        listeners.admin,
        admin(readiness.clone(), metrics.clone()),
        end_of_admin.clone(),
    ));
    upkeep(metrics, &shutdown);
    let going_down = readiness.clone();
    if let Some(listener) = listeners.public {
        let router = public.merge(health::routes(readiness));
        shutdown.spawn("http", accept_public(listener, router, shutdown.clone()));
    }
    match addresses {
        (Some(address), Some(admin_address)) => tracing::info!(%address, %admin_address, "listening"),
        (None, Some(admin_address)) => tracing::info!(%admin_address, "listening"),
        (_, None) => tracing::info!("listening"),
    }
    shutdown.begun().await;
    going_down.component("process").lacks("draining");
    let drained = shutdown.wait(drain).await;
    if !drained {
        tracing::warn!("some requests or tasks did not end in time and are cut off");
    }
    end_of_admin.begin();
    if tokio::time::timeout(Duration::from_secs(1), admin).await.is_err() {
        tracing::debug!("the admin listener had requests left");
    }
    tracing::info!("ended");
    drained
}

/// Sends what is written at once: Nagle's algorithm would hold small answers back for 40 ms.
pub fn without_delay(stream: &mut TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
}

async fn accept(listener: TcpListener, router: Router, shutdown: Shutdown) {
    let listener = listener.tap_io(without_delay);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let until = async move { shutdown.begun().await };
    if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(until).await {
        tracing::error!(%error, "the listener failed");
    }
}

fn admin(readiness: Readiness, metrics: PrometheusHandle) -> Router {
    let text = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    health::routes(readiness)
        .route("/metrics", get(async move || (text, metrics.render())))
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_method)
}

fn upkeep(metrics: PrometheusHandle, shutdown: &Shutdown) {
    let end = shutdown.clone();
    shutdown.spawn("metrics upkeep", async move {
        let mut ticks = tokio::time::interval(METRICS_UPKEEP);
        loop {
            tokio::select! {
                _ = ticks.tick() => metrics.run_upkeep(),
                () = end.begun() => return,
            }
        }
    });
}

/// What [`layered`] may be told.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// After this long a request is given up and answered with 503. Above the longest wait that a read may ask for.
    pub request_timeout: Duration,
    /// Routes that carry more than a request usually does, by their paths as the router knows them.
    pub long_routes: &'static [&'static str],
    /// The same limit for them.
    pub long_request_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(20),
            long_routes: &[],
            long_request_timeout: Duration::from_mins(3),
        }
    }
}

impl Options {
    /// How long a request may take.
    fn limit(&self, request: &Request) -> Duration {
        if self.long_routes.contains(&route(request)) {
            self.long_request_timeout
        } else {
            self.request_timeout
        }
    }
}

/// The path of a request's route, as the router knows it.
fn route(request: &Request) -> &str {
    let matched = request.extensions().get::<MatchedPath>();
    matched.map_or("none", MatchedPath::as_str)
}

/// Gives `router` what every route has: 404 and 405 as problems, a time limit, panics as problems, a trace and a
/// request id, metrics, and the security headers. Add all routes first.
pub fn layered(router: Router, options: Options) -> Router {
    layered_among(router, options, KnownRoutes::default())
}

/// The same for a service that has only some of the methods of the API whose routes are `known`: what others serve
/// is a 405 here and not a 404.
pub fn layered_among(router: Router, options: Options, known: KnownRoutes) -> Router {
    let elsewhere = known.clone();
    router
        .fallback(
            async move |method: Method, uri: Uri| match elsewhere.allow(uri.path()) {
                Some(allow) => not_here(&method, Some(allow)),
                None => problem::no_such_route().await.into_response(),
            },
        )
        // Without a list of its own the router adds the methods that it has.
        .method_not_allowed_fallback(async move |method: Method, uri: Uri| {
            not_here(&method, known.allow(uri.path()))
        })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(options, read_bodies))
        .layer(from_fn_with_state(options, observe))
}

/// The answer to a method that a path doesn't have here. OPTIONS asks which it has in the whole API.
fn not_here(method: &Method, allow: Option<HeaderValue>) -> Response {
    match allow {
        Some(allow) if method == Method::OPTIONS => {
            (StatusCode::NO_CONTENT, [(ALLOW, allow)]).into_response()
        }
        allow => Problem::method_not_allowed(allow).into_response(),
    }
}

/// A connection whose body wasn't read can't be used again. Three quarters of the time there is, so that the answer
/// itself still comes in time.
async fn read_bodies(State(options): State<Options>, request: Request, next: Next) -> Response {
    let longest = options.limit(&request) * 3 / 4;
    unread::read_the_rest(request, longest, async |request| next.run(request).await).await
}

fn panicked(_payload: Box<dyn std::any::Any + Send>) -> Response {
    // The panic hook has logged it already.
    Problem::internal("a handler panicked").into_response()
}

async fn observe(State(options): State<Options>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = request_id(&request);
    let trace = TraceParent::of(request.headers());
    let method = known_method(request.method());
    let route = route(&request).to_owned();
    let limit = options.limit(&request);
    let span = tracing::info_span!("request", request.id = %request_id.as_bytes().escape_ascii(), trace.id = trace.trace_id(), http.method = method, http.route = route);
    request.extensions_mut().insert(trace);

    metrics::gauge!(HTTP_IN_FLIGHT).increment(1.0);
    let in_flight = InFlight;
    let mut response = async {
        match tokio::time::timeout(limit, next.run(request)).await {
            Ok(response) => response,
            Err(late) => Problem::unavailable(
                "timed-out",
                "This took too long; try again.",
                Duration::from_secs(1),
            )
            .with_cause(late)
            .into_response(),
        }
    }
    .instrument(span.clone())
    .await;
    drop(in_flight);

    let elapsed = started.elapsed();
    let status = response.status();
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::info!(
                http.status = status.as_u16(),
                http.duration_ms = elapsed.as_secs_f64() * 1e3,
                "answered"
            );
        } else {
            tracing::debug!(
                http.status = status.as_u16(),
                http.duration_ms = elapsed.as_secs_f64() * 1e3,
                "answered"
            );
        }
    });
    metrics::counter!(HTTP_REQUESTS, "method" => method, "route" => route.clone(), "status" => status.as_u16().to_string())
        .increment(1);
    metrics::histogram!(HTTP_SECONDS, "method" => method, "route" => route).record(elapsed.as_secs_f64());

    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, request_id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in [
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, NO_PAGE),
        (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Counts a request down even if the client goes away and its future is dropped.
struct InFlight;

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics::gauge!(HTTP_IN_FLIGHT).decrement(1.0);
    }
}

/// The caller's request id if it is short and plain, or a new one.
fn request_id(request: &Request) -> HeaderValue {
    let plain = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        (1..=64).contains(&bytes.len())
            && bytes
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    request
        .headers()
        .get(REQUEST_ID)
        .filter(plain)
        .cloned()
        .unwrap_or_else(|| {
            HeaderValue::from_str(&id::ordered().to_string()).unwrap_or(HeaderValue::from_static("none"))
        })
}

/// Methods are a label of metrics, so a client must not be able to invent them.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
