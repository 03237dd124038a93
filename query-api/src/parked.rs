//! Answers that may lack something because an event could not be applied.
//!
//! The projector parks such an event, and the later ones of its key, and goes on; the watermark passes over them. So
//! an answer which that key concerns is marked `stale`, however far the projections have come. Almost always nothing
//! is parked, and then nothing is looked at.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::{FromRequestParts, Request, State},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};
use platform::token::Bearer;

use crate::{
    app::App,
    asked::CONSISTENCY,
    watermarks::{Consistency, Reached},
};

/// Of more parked events than these it isn't found out whom they concern: everything is stale.
pub(crate) const MOST: usize = 1_000;
/// Larger answers, and those of unknown size, are not looked through.
const LOOKED_THROUGH: u64 = 4 << 20;

/// The types of events that begin an aggregate: what came of them can't be named by anybody yet.
const BEGINNINGS: [&str; 5] = ["added", "published", "signed_up", "started", "uploaded"];

/// What is parked of one version of a projection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parked {
    /// Each an id, or two of a pair.
    keys: Vec<Vec<String>>,
    /// Whether it can't be told which answers lack something.
    anything: bool,
}

impl Parked {
    /// Of letters, each given by its key and its event's subject.
    pub(crate) fn of<'a>(letters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut keys = BTreeSet::new();
        let mut parked = Self::default();
        for (key, subject) in letters {
            let event_type = subject.rsplit('.').next().unwrap_or_default();
            parked.anything |= BEGINNINGS.contains(&event_type);
            keys.insert(ids(key));
        }
        parked.anything |= keys.len() > MOST;
        parked.keys = keys.into_iter().take(MOST).collect();
        parked
    }

    /// So much that it isn't found out whom it concerns.
    pub(crate) fn too_much() -> Self {
        Self {
            keys: vec![],
            anything: true,
        }
    }

    /// Whether an answer may lack something, as far as the question tells.
    fn concerns_question(&self, viewer: &str, question: &str) -> bool {
        let named = |id: &String| id == viewer || question.contains(id.as_str());
        self.anything
            || self
                .keys
                .iter()
                .any(|ids| ids.iter().any(|id| id == viewer) || ids.iter().all(named))
    }

    /// The same, as far as the answer tells.
    fn concerns_answer(&self, question: &str, answer: &str) -> bool {
        let named = |id: &String| question.contains(id.as_str()) || answer.contains(id.as_str());
        self.keys.iter().any(|ids| ids.iter().all(named))
    }
}

/// A key's ids: a pair is two of the same length, with one character between them.
fn ids(key: &str) -> Vec<String> {
    const UUID: usize = 36;
    match (key.get(..UUID), key.get(UUID + 1..)) {
        (Some(lo), Some(hi)) if hi.len() == UUID => vec![lo.to_owned(), hi.to_owned()],
        _ => vec![key.to_owned()],
    }
}

/// Marks answers that may lack something.
pub(crate) async fn mark(State(app): State<App>, request: Request, next: Next) -> Response {
    if !app.watermarks().anything_is_parked() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let viewer = Bearer::from_request_parts(&mut parts, &app).await;
    let viewer = viewer.map_or_else(|_| String::new(), |Bearer(claims)| claims.sub.to_string());
    let question = parts.uri.to_string();
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(reached) = response.extensions().get::<Arc<Reached>>() else {
        return response;
    };
    let parked = app.watermarks().parked(&reached.versions);
    if parked.is_empty() {
        return response;
    }
    if parked
        .iter()
        .any(|parked| parked.concerns_question(&viewer, &question))
    {
        return stale(response);
    }
    let size = response.body().size_hint().exact();
    let (parts, body) = response.into_parts();
    // What is not there can't be looked through: 304 has no body.
    let Some(1..=LOOKED_THROUGH) = size else {
        return stale(Response::from_parts(parts, body));
    };
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return stale(Response::from_parts(parts, Body::empty()));
    };
    let answer = String::from_utf8_lossy(&bytes).into_owned();
    let response = Response::from_parts(parts, Body::from(bytes));
    if parked
        .iter()
        .any(|parked| parked.concerns_answer(&question, &answer))
    {
        return stale(response);
    }
    response
}

fn stale(mut response: Response) -> Response {
    let stale = HeaderValue::from_static(Consistency::Stale.as_str());
    response.headers_mut().insert(CONSISTENCY, stale);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &str = "0199a000-0000-7000-8000-000000000001";
    const ANN: &str = "0199a000-0000-7000-8000-00000000000a";
    const BEN: &str = "0199a000-0000-7000-8000-00000000000b";

    #[test]
    fn an_answer_is_concerned_by_what_it_or_its_question_names() {
        let subject = format!("evt.1.post.{POST}.edited");
        let parked = Parked::of([(POST, subject.as_str())]);
        assert!(parked.concerns_question(ANN, &format!("/v1/posts/{POST}")));
        assert!(!parked.concerns_question(ANN, "/v1/feed"));
        assert!(parked.concerns_answer("/v1/feed", &format!("{{\"id\":\"{POST}\"}}")));
        assert!(!parked.concerns_answer("/v1/feed", "{}"));
    }

    #[test]
    fn a_pair_concerns_its_two_and_who_asks_about_both() {
        let key = format!("{ANN}.{BEN}");
        let subject = format!("chat.1.dm.{key}.sent");
        let parked = Parked::of([(key.as_str(), subject.as_str())]);
        assert!(parked.concerns_question(BEN, "/v1/sync"));
        assert!(!parked.concerns_question(POST, &format!("/v1/users/{ANN}")));
        assert!(!parked.concerns_answer(&format!("/v1/users/{ANN}"), "{}"));
        assert!(parked.concerns_answer(&format!("/v1/users/{ANN}"), BEN));
    }

    #[test]
    fn what_nobody_can_name_yet_concerns_everybody() {
        let subject = format!("evt.1.post.{POST}.published");
        let parked = Parked::of([(POST, subject.as_str())]);
        assert!(parked.concerns_question(ANN, "/v1/explore"));
    }
}
