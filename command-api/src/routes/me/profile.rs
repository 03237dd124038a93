//! PATCH `/v1/me/profile`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use events::Positions;
use platform::Problem;
use platform::extract::{JsonBody, given};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::account::ProfileChange;
use crate::handlers::{Caller, account};
use crate::openapi::{BodyRefusals, IdempotencyHeader, Refusals, SignedOut};
use crate::routes::EchoPosition;
use crate::validation::{Checks, Lines, limits};

/// What is to change; what isn't given stays, and an empty text takes away.
#[derive(Deserialize, ToSchema)]
#[schema(as = UpdateProfile)]
pub(super) struct Body {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 50, example = "Ann")]
    display_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_length = 300)]
    bio: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_length = 100)]
    location: Option<String>,
    /// An address that begins with `http://` or `https://`.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_length = 200, example = "https://example.org/ann")]
    website: Option<String>,
}

impl Body {
    fn check(self) -> Result<ProfileChange, Problem> {
        let mut checks = Checks::new();
        let trimmed = |text: Option<String>| text.map(|text| text.trim().to_owned());
        let change = ProfileChange {
            display_name: trimmed(self.display_name)
                .map(|name| checks.text("display_name", name, limits::DISPLAY_NAME, Lines::One)),
            bio: trimmed(self.bio).map(|bio| checks.optional_text("bio", bio, limits::BIO, Lines::Many)),
            location: trimmed(self.location)
                .map(|location| checks.optional_text("location", location, limits::LOCATION, Lines::One)),
            website: trimmed(self.website).map(|website| checks.website("website", website)),
        };
        checks.finish()?;
        Ok(change)
    }
}

/// The whole profile as it reads now. Empty texts stand for nothing told.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnProfile)]
struct Answer {
    display_name: String,
    bio: String,
    location: String,
    website: String,
    /// The position of the change.
    #[schema(example = "e42")]
    position: String,
}

/// Changes the caller's profile.
///
/// Only what is given changes. The answer is the whole profile.
#[utoipa::path(
    patch,
    path = "/v1/me/profile",
    operation_id = "updateProfile",
    tag = "me",
    security(("bearer" = [])),
    params(IdempotencyHeader),
    request_body = Body,
    responses(
        (
            status = 200, description = "The profile as it reads now.", body = Answer,
            headers(("Echo-Position" = String, description = "The position of the change."))
        ),
        (
            status = 409, description = "`conflict`",
            body = Problem, content_type = "application/problem+json"
        ),
        SignedOut,
        Refusals,
        BodyRefusals,
    )
)]
pub(super) async fn update(
    State(app): State<App>,
    caller: Caller,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let (profile, position) = account::update_profile(&app, &caller, body.check()?).await?;
    let answer = Answer {
        display_name: profile.display_name,
        bio: profile.bio,
        location: profile.location,
        website: profile.website,
        position: position.to_string(),
    };
    let header = EchoPosition(Positions::from(position));
    Ok((StatusCode::OK, header, Json(answer)).into_response())
}
