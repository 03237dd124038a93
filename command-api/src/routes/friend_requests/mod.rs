//! `/v1/friend-requests`: asking, accepting, declining, taking back.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use events::Positions;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::EchoPosition;
use crate::app::App;
use crate::domain::friendship::Relation;
use crate::handlers::friendship::Outcome;

mod accept;
mod cancel;
mod create;
mod decline;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create::ask))
        .routes(routes!(accept::accept))
        .routes(routes!(decline::decline))
        .routes(routes!(cancel::cancel))
}

/// What the caller and the other are to each other now.
#[derive(Serialize, ToSchema)]
#[schema(as = Relationship)]
struct RelationshipBody {
    relationship: RelationshipKind,
    /// The position of the change.
    #[schema(example = "e42")]
    position: String,
}

/// What somebody else is to the caller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RelationshipKind {
    /// Friends.
    Friends,
    /// The caller has asked.
    Requested,
    /// Nothing.
    None,
}

fn answer(status: StatusCode, outcome: &Outcome) -> Response {
    let relationship = match outcome.relation {
        Relation::Friends => RelationshipKind::Friends,
        // Only who asks gets here with a request standing.
        Relation::Requested(_) => RelationshipKind::Requested,
        Relation::None => RelationshipKind::None,
    };
    let body = RelationshipBody {
        relationship,
        position: outcome.position.to_string(),
    };
    (
        status,
        EchoPosition(Positions::from(outcome.position)),
        Json(body),
    )
        .into_response()
}
