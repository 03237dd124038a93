//! The OpenAPI document: what all routes share.

use platform::problem::{self, FieldError};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder, Responses, ResponsesBuilder};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{OpenApi, Ref, RefOr};
use utoipa::{IntoParams, IntoResponses, OpenApi as _};

use crate::routes;

/// The document of the commands, in OpenAPI 3.1.
pub fn document() -> OpenApi {
    let mut document = routes::api().into_openapi();
    platform::openapi::complete(&mut document, "/v1/");
    document
}

/// What the document says before any route is added.
pub(crate) fn base() -> OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(
        info(
            title = "Echo",
            description = "Commands answer with the position of what they did (`Echo-Position`); reads given that \
                           position show it. Errors are problems of RFC 9457. Every answer under `/v1` tells \
                           what the account and the address have left (`RateLimit`, `RateLimit-Policy`).",
            license(name = "Apache-2.0", identifier = "Apache-2.0")
        ),
        components(schemas(platform::Problem, FieldError)),
        tags(
            (name = "auth", description = "Signing up, in and out"),
            (name = "me", description = "The caller's own account"),
            (name = "friends", description = "Friend requests, friendships and blocks"),
            (name = "media", description = "Pictures"),
            (name = "posts", description = "Posts and likes"),
            (name = "comments", description = "Comments on posts"),
            (name = "conversations", description = "Messages between friends"),
            (name = "notifications", description = "What happened around the caller"),
            (name = "reports", description = "Telling whoever runs Echo what should not be here"),
            (name = "documents", description = "What describes the API itself"),
        )
    )]
    struct Base;

    let mut document = Base::openapi();
    if let Some(components) = &mut document.components {
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(
                Http::builder()
                    .scheme(HttpAuthScheme::Bearer)
                    .bearer_format("JWT")
                    .description(Some(platform::openapi::ACCESS_TOKEN))
                    .build(),
            ),
        );
        components.add_security_scheme(
            "refresh_cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "echo_refresh",
                "The refresh token, set by sign-up, log-in and refresh.",
            ))),
        );
    }
    document
}

/// The header by which a client marks repeats.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes a parameter that the extractor reads")]
pub(crate) struct IdempotencyHeader {
    /// Marks repeats of one request: a repeat gives the original answer and does nothing, the same key with another
    /// body is 422 `idempotency-key-reused`.
    #[param(
        rename = "Idempotency-Key",
        nullable = false,
        min_length = 1,
        max_length = 200,
        pattern = "^[!-~]+$"
    )]
    key: Option<String>,
}

/// Refusals that every command may give.
pub(crate) struct Refusals;

/// Refusals that every command with a body may give.
pub(crate) struct BodyRefusals;

/// The refusal of who tries too often.
pub(crate) struct Throttled;

/// The refusal of who isn't signed in.
pub(crate) struct SignedOut;

impl IntoResponses for Refusals {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        from([
            ("400", problem("Not understood.")),
            (
                "429",
                retry(
                    "`too-many-requests`: too many of the account or the address; the header says when to try again.",
                ),
            ),
            ("500", problem("`internal`: our fault.")),
            ("503", retry("Not now; the header says when to try again.")),
        ])
    }
}

impl IntoResponses for BodyRefusals {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        from([
            ("413", problem("`too-large`: the body has more than 256 KiB.")),
            (
                "415",
                problem("`unsupported-media-type`: the body is not `application/json`."),
            ),
            (
                "422",
                problem("`validation-failed`, with the fields at fault; or `idempotency-key-reused`."),
            ),
        ])
    }
}

impl IntoResponses for Throttled {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        from([(
            "429",
            retry("`too-many-requests`: too many attempts; the header says when to try again."),
        )])
    }
}

impl IntoResponses for SignedOut {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        from([(
            "401",
            problem("`missing-token`, `invalid-token` or `token-expired`."),
        )])
    }
}

fn from<const N: usize>(
    answers: [(&str, ResponseBuilder); N],
) -> std::collections::BTreeMap<String, RefOr<Response>> {
    let builder = ResponsesBuilder::new();
    let responses: Responses = answers
        .into_iter()
        .fold(builder, |builder, (status, answer)| {
            builder.response(status, answer.build())
        })
        .build();
    responses.responses.into_iter().collect()
}

fn problem(description: &str) -> ResponseBuilder {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content(problem::MEDIA_TYPE, content)
}

fn retry(description: &str) -> ResponseBuilder {
    let seconds = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .build();
    let header = HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("Seconds to wait."))
        .build();
    problem(description).header("Retry-After", header)
}
