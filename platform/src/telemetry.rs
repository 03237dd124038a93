//! Logs and metrics.
//!
//! Logs go to standard output, one line per event. Field names have one spelling everywhere (`account.id`,
//! `stream.position`, `http.status`); tokens, texts and addresses of people never appear in them.

use std::str::FromStr;
use std::sync::OnceLock;

pub use metrics_exporter_prometheus::{BuildError, PrometheusHandle};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// One JSON object per line, the event's fields at its top level.
    #[default]
    Json,
    /// For a terminal.
    Text,
}

/// Which log lines are written: `info`, or `info,events=debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        EnvFilter::try_new(text)
            .map(|_| Self(text.to_owned()))
            .map_err(|_| "must be a filter such as info,http=debug".to_owned())
    }
}

/// Starts logging, panics included. Call once, first of all.
pub fn init(filter: &LogFilter, format: LogFormat) -> Result<(), TryInitError> {
    let registry = tracing_subscriber::registry().with(EnvFilter::new(&filter.0));
    match format {
        LogFormat::Json => {
            let lines = tracing_subscriber::fmt::layer()
                .json()
                .flatten_event(true)
                .with_span_list(false);
            registry.with(lines).try_init()?;
        }
        LogFormat::Text => registry.with(tracing_subscriber::fmt::layer()).try_init()?,
    }
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map(ToString::to_string);
        tracing::error!(panic.message = message, panic.place = place, "panicked");
    }));
    Ok(())
}

/// The recorder of the process, installed at the first call; rendered at `/metrics` of the admin port.
pub fn metrics() -> Result<PrometheusHandle, BuildError> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    // From a quarter of a millisecond (a cached read) to the longest wait that a client may ask for.
    let seconds = [
        0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
        30.0,
    ];
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)?
        .install_recorder();
    match handle {
        Ok(handle) => {
            describe();
            Ok(HANDLE.get_or_init(|| handle).clone())
        }
        // Another thread was faster: its handle is the one.
        Err(error) => HANDLE.get().cloned().ok_or(error),
    }
}

/// The requests answered, by method, route and status.
pub const HTTP_REQUESTS: &str = "http_requests_total";
/// How long requests took, by method and route.
pub const HTTP_SECONDS: &str = "http_request_duration_seconds";
/// The requests being answered now.
pub const HTTP_IN_FLIGHT: &str = "http_requests_in_flight";

/// Attempts that failed or were refused, by event of the security log.
pub const SECURITY_EVENTS: &str = "security_events_total";

fn describe() {
    metrics::describe_counter!(
        SECURITY_EVENTS,
        "Attempts that failed or were refused, by event of the security log."
    );
    metrics::describe_counter!(HTTP_REQUESTS, "Requests answered, by method, route and status.");
    metrics::describe_histogram!(
        HTTP_SECONDS,
        metrics::Unit::Seconds,
        "How long a request took, by method and route."
    );
    metrics::describe_gauge!(HTTP_IN_FLIGHT, "Requests being answered now.");
}
