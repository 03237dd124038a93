//! Parts of an OpenAPI document that all services have in common.

use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::info::ContactBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Header, ObjectBuilder, OpenApi, RefOr, Server, Type};

/// Describes the security scheme of access tokens.
pub const ACCESS_TOKEN: &str = "An access token: a JWT by the best current practices of RFC8725 (one algorithm, `typ`, \
                                `iss`, `aud` and `exp` are checked), good for 15 minutes.";

/// Adds where the API is, whom to ask about it, and the headers that [`crate::rate_limit`] gives every answer whose
/// path begins with `prefix`.
pub fn complete(document: &mut OpenApi, prefix: &str) {
    let mut here = Server::new("/");
    // In the words of OWASP's rules: this is for everybody and not for the inside of a company.
    let mut audience = Extensions::default();
    audience.insert("x-internal".to_owned(), false.into());
    here.extensions = Some(audience);
    document.servers = Some(vec![here]);
    document.info.contact = Some(
        ContactBuilder::new()
            .name(Some("The operators of this system"))
            .build(),
    );
    for (path, item) in &mut document.paths.paths {
        if path.starts_with(prefix) {
            operations(item).for_each(rate_limited);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        patch,
        ..
    } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

fn rate_limited(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            for (name, description, example) in [
                (
                    "RateLimit",
                    "What the account and the address have left, each by the name of its policy.",
                    "\"account\";r=1199;t=1",
                ),
                (
                    "RateLimit-Policy",
                    "How many requests the account and the address may make in how many seconds.",
                    "\"account\";q=1200;w=60",
                ),
            ] {
                response
                    .headers
                    .insert(name.to_owned(), RefOr::T(header(description, example)));
            }
        }
    }
}

fn header(description: &str, example: &str) -> Header {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .examples([example])
        .max_length(Some(200));
    HeaderBuilder::new()
        .schema(Some(text))
        .description(Some(description))
        .build()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_below_the_prefix_tell_the_limits() {
        let answers = json!({ "200": { "description": "Done." }, "429": { "description": "Too many." } });
        let mut document: OpenApi = serde_json::from_value(json!({
            "openapi": "3.1.0",
            "info": { "title": "Test", "version": "1" },
            "paths": {
                "/v1/me": { "get": { "responses": answers }, "delete": { "responses": answers } },
                "/docs": { "get": { "responses": answers } },
            },
        }))
        .unwrap();
        complete(&mut document, "/v1/");
        let document = serde_json::to_value(document).unwrap();
        for method in ["get", "delete"] {
            for status in ["200", "429"] {
                let headers = &document["paths"]["/v1/me"][method]["responses"][status]["headers"];
                assert!(headers["RateLimit"].is_object() && headers["RateLimit-Policy"].is_object());
            }
        }
        assert!(document["paths"]["/docs"]["get"]["responses"]["200"]["headers"].is_null());
        assert_eq!(document["servers"][0]["url"], "/");
    }
}
