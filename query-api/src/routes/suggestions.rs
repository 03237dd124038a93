//! `GET /v1/suggestions`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use events::Stream;
use platform::{Problem, extract::Query as UrlQuery};
use read_model::{Projection, friends, profiles};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    answers::{List, Suggestion, SuggestionList},
    app::{App, Viewer},
    asked::Asked,
    join::People,
    pagination,
};

const READS: [&Projection; 2] = [&friends::PROJECTION, &profiles::PROJECTION];

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// How many items at most.
    #[param(value_type = Option<u8>, nullable = false, minimum = 1, maximum = 100, default = 20)]
    limit: Option<String>,
}

/// People whom the caller may know: friends of friends, the one with the most friends in common first.
///
/// The caller's 50 newest friends are asked. Who is a friend, has asked or been asked to be one, is blocked or blocks
/// the caller is left out. There is one page.
#[utoipa::path(
    get,
    path = "/v1/suggestions",
    operation_id = "listSuggestions",
    tag = "people",
    params(Params),
    responses((status = 200, description = "People, most mutual friends first.", body = SuggestionList))
)]
pub(crate) async fn list_suggestions(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    UrlQuery(params): UrlQuery<Params>,
) -> Result<Response, Problem> {
    let limit = pagination::limit(params.limit.as_deref(), pagination::DEFAULT_LIMIT)?;
    let since = asked.positions.in_stream(Stream::Events);
    let suggestions = app.suggestions().clone();
    app.read(asked, &READS, |reading| async move {
        let candidates = suggestions.candidates(&reading, viewer, since).await?;
        let people = People::read(
            &reading,
            viewer,
            candidates.iter().map(|candidate| candidate.account),
        )
        .await?;
        let shown = candidates.iter().filter_map(|candidate| {
            let stranger = people.standing(candidate.account).is_stranger();
            Some(Suggestion {
                person: people.person(candidate.account).filter(|_| stranger)?,
                mutual_friends: candidate.mutual_friends,
            })
        });
        Ok(Json(List {
            items: shown.take(limit).collect(),
            next_cursor: None,
        }))
    })
    .await
}
