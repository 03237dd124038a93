//! `/healthz`: the process is alive. `/readyz`: it can do its job now, or what it lacks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;

/// What the service needs in order to do its job, each part there or not; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<Mutex<BTreeMap<&'static str, Option<String>>>>);

/// One part of what a service needs. It counts as lacking until it says otherwise.
#[derive(Debug, Clone)]
pub struct Component {
    name: &'static str,
    readiness: Readiness,
}

impl Readiness {
    /// Needs nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the part `name`, which is lacking ("starting") for now.
    pub fn component(&self, name: &'static str) -> Component {
        let component = Component {
            name,
            readiness: self.clone(),
        };
        component.lacks("starting");
        component
    }

    /// What is lacking: nothing where the service is ready.
    pub fn lacking(&self) -> BTreeMap<&'static str, String> {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts
            .iter()
            .filter_map(|(name, lack)| Some((*name, lack.clone()?)))
            .collect()
    }

    /// Whether nothing is lacking.
    pub fn is_ready(&self) -> bool {
        self.lacking().is_empty()
    }

    fn set(&self, name: &'static str, lack: Option<String>) {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = parts.insert(name, lack.clone());
        if before.as_ref() != Some(&lack) {
            match lack {
                None => tracing::info!(component = name, "ready"),
                Some(why) => tracing::info!(component = name, why, "not ready"),
            }
        }
    }
}

impl Component {
    /// The part is there.
    pub fn ok(&self) {
        self.readiness.set(self.name, None);
    }

    /// The part is lacking, and why; the text is shown to operators, so no secrets.
    pub fn lacks(&self, why: impl Into<String>) {
        self.readiness.set(self.name, Some(why.into()));
    }
}

#[derive(Serialize)]
struct Report {
    status: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    lacks: BTreeMap<&'static str, String>,
}

/// The routes `/healthz` and `/readyz`.
pub fn routes<S: Clone + Send + Sync + 'static>(readiness: Readiness) -> Router<S> {
    Router::new()
        .route(
            "/healthz",
            get(async || {
                answer(
                    StatusCode::OK,
                    Report {
                        status: "alive",
                        lacks: BTreeMap::new(),
                    },
                )
            }),
        )
        .route(
            "/readyz",
            get(async move || {
                let lacks = readiness.lacking();
                if lacks.is_empty() {
                    answer(
                        StatusCode::OK,
                        Report {
                            status: "ready",
                            lacks,
                        },
                    )
                } else {
                    answer(
                        StatusCode::SERVICE_UNAVAILABLE,
                        Report {
                            status: "not-ready",
                            lacks,
                        },
                    )
                }
            }),
        )
}

fn answer(status: StatusCode, report: Report) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], axum::Json(report)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_lacking_until_it_says_otherwise() {
        let readiness = Readiness::new();
        assert!(readiness.is_ready());
        let nats = readiness.component("nats");
        assert_eq!(readiness.lacking()["nats"], "starting");
        nats.ok();
        assert!(readiness.is_ready());
        nats.lacks("disconnected");
        assert_eq!(readiness.lacking()["nats"], "disconnected");
    }
}
