//! The description of the reads: what the routes say of themselves, and what all of them have in common.

use utoipa::openapi::{
    ComponentsBuilder, Content, Header, InfoBuilder, KnownFormat, ObjectBuilder, OpenApi, Ref, RefOr,
    Required, ResponseBuilder, Schema, SchemaFormat, Type,
    header::HeaderBuilder,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn},
    security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    tag::TagBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use platform::{Problem, problem};

use crate::{asked, routes};

/// The name of the only security scheme.
const BEARER: &str = "bearer";

/// The whole document. Where it and the commands' have something of one name, it is the same: the two are merged.
pub fn openapi() -> OpenApi {
    let (_, mut api) = routes::all().split_for_parts();
    api.info = InfoBuilder::new()
        .title("Echo: reads")
        .version("1")
        .description(Some(
            "Every read of Echo. Lists are paged by `limit` and `cursor`. A read may name positions that it wants \
             to see applied (`Echo-Min-Position`) and how long it would wait for them (`Prefer: wait=2`); \
             `Echo-Consistency` tells whether the answer has them.",
        ))
        .build();
    api.tags = Some(vec![
        TagBuilder::new()
            .name("auth")
            .description(Some("Signing up, in and out"))
            .build(),
        TagBuilder::new()
            .name("people")
            .description(Some("People"))
            .build(),
        TagBuilder::new()
            .name("friends")
            .description(Some("Friend requests and friendships"))
            .build(),
        TagBuilder::new().name("posts").description(Some("Posts")).build(),
        TagBuilder::new()
            .name("comments")
            .description(Some("Comments"))
            .build(),
        TagBuilder::new()
            .name("conversations")
            .description(Some("Messages between friends"))
            .build(),
        TagBuilder::new()
            .name("notifications")
            .description(Some("What happened around the caller"))
            .build(),
    ]);
    let mut shared = Vec::new();
    Problem::schemas(&mut shared);
    let components = api.components.take().unwrap_or_default();
    api.components = Some(
        ComponentsBuilder::from(components)
            .schema(Problem::name(), Problem::schema())
            .schemas_from_iter(shared)
            .security_scheme(
                BEARER,
                SecurityScheme::Http(
                    Http::builder()
                        .scheme(HttpAuthScheme::Bearer)
                        .bearer_format("JWT")
                        .description(Some(platform::openapi::ACCESS_TOKEN))
                        .build(),
                ),
            )
            .build(),
    );
    for (path, item) in &mut api.paths.paths {
        if let Some(operation) = &mut item.get {
            complete(path, operation);
        }
    }
    platform::openapi::complete(&mut api, "/v1/");
    api
}

/// Adds what every read has: its security, the headers of consistency, and the problems.
fn complete(path: &str, operation: &mut Operation) {
    operation.security = Some(vec![SecurityRequirement::new(BEARER, Vec::<String>::new())]);
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(RefOr::T(min_position()));
    parameters.push(RefOr::T(prefer()));
    let single = SINGLE.contains(&path);
    if single {
        parameters.push(RefOr::T(if_none_match()));
    }
    let responses = &mut operation.responses.responses;
    for (_, response) in responses.iter_mut() {
        if let RefOr::T(response) = response {
            response.headers.extend(consistency_headers());
            if single {
                response
                    .headers
                    .insert("ETag".to_owned(), RefOr::T(text_header("Names this content.")));
            }
        }
    }
    if single {
        let mut unchanged = ResponseBuilder::new().description("The client has this content already.");
        for (name, header) in consistency_headers() {
            if let RefOr::T(header) = header {
                unchanged = unchanged.header(name, header);
            }
        }
        let unchanged = unchanged.header("ETag", text_header("Names this content."));
        responses.insert("304".to_owned(), RefOr::T(unchanged.build()));
    }
    let mut problems = vec![
        (
            "400",
            "A parameter, cursor, limit or position is not of its form.",
        ),
        ("401", "There is no access token, or not a good one."),
        (
            "429",
            "`too-many-requests`; `Retry-After` tells when to try again.",
        ),
        ("500", "`internal`: our fault."),
        ("503", "Not now; `Retry-After` tells when to try again."),
    ];
    if path.contains('{') || path == "/v1/me" {
        problems.push(("404", "It doesn't exist, as far as the caller may know."));
    }
    for (status, description) in problems {
        let content = Content::new(Some(Ref::from_schema_name(Problem::name())));
        let mut response = ResponseBuilder::new()
            .description(description)
            .content(problem::MEDIA_TYPE, content);
        if matches!(status, "429" | "503") {
            response = response.header("Retry-After", number_header("When to try again, in seconds."));
        }
        responses.insert(status.to_owned(), RefOr::T(response.build()));
    }
}

/// Single resources, which have an `ETag`.
const SINGLE: [&str; 3] = ["/v1/me", "/v1/users/{username}", "/v1/posts/{id}"];

fn min_position() -> Parameter {
    header_parameter(
        asked::MIN_POSITION.as_str(),
        "Positions that are to be applied before the answer, comma-separated: an `Echo-Position` of a command. One far \
         beyond everything that has happened is refused (400 `invalid-position`).",
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(
                "^[ecs](0|[1-9][0-9]{0,17})( *, *[ecs](0|[1-9][0-9]{0,17}))*$",
            ))
            .into(),
    )
}

fn prefer() -> Parameter {
    header_parameter(
        asked::PREFER.as_str(),
        "`wait=<seconds>`: how long to wait for `Echo-Min-Position`, at most 10; 2 unless told.",
        string(),
    )
}

fn if_none_match() -> Parameter {
    header_parameter(
        "if-none-match",
        "`ETag`s that the client has; if the content is one of them the answer is 304.",
        string(),
    )
}

fn header_parameter(name: &str, description: &str, schema: RefOr<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(canonical(name))
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn consistency_headers() -> Vec<(String, RefOr<Header>)> {
    let consistency = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["applied", "stale"]));
    let consistency = HeaderBuilder::new()
        .schema(Some(consistency))
        .description(Some(
            "Whether the answer has all that was asked to be applied, or the wait ran out.",
        ))
        .build();
    vec![
        (
            canonical(asked::POSITION.as_str()),
            RefOr::T(text_header(
                "Up to where the answer has applied the streams that it comes from.",
            )),
        ),
        (canonical(asked::CONSISTENCY.as_str()), RefOr::T(consistency)),
    ]
}

fn string() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).into()
}

fn text_header(description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(string()))
        .description(Some(description))
        .build()
}

fn number_header(description: &str) -> Header {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)));
    HeaderBuilder::new()
        .schema(Some(number))
        .description(Some(description))
        .build()
}

/// `echo-min-position` → `Echo-Min-Position`, as people write headers.
fn canonical(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    words.collect::<Vec<_>>().join("-")
}
