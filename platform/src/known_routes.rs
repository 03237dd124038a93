//! The routes of a whole API that is split over several services by method.
//!
//! A service knows its own methods of a path; that others are served elsewhere is known from the OpenAPI document
//! of the whole. With it a wrong method is a 405 that lists all of the right ones, wherever the request ended up.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::HeaderValue;
use serde_json::Value;

/// The paths and methods that an OpenAPI document describes. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct KnownRoutes(Arc<[Known]>);

#[derive(Debug)]
struct Known {
    /// `None` for a parameter.
    segments: Vec<Option<String>>,
    allow: HeaderValue,
}

/// The text is no OpenAPI document.
#[derive(Debug, thiserror::Error)]
#[error("not an OpenAPI document")]
pub struct Invalid;

impl KnownRoutes {
    /// Reads the paths of an OpenAPI document.
    pub fn from_openapi(document: &str) -> Result<Self, Invalid> {
        let document: Value = serde_json::from_str(document).map_err(|_| Invalid)?;
        let paths = document.get("paths").and_then(Value::as_object).ok_or(Invalid)?;
        let known = paths.iter().filter_map(|(path, item)| Known::new(path, item));
        Ok(Self(known.collect()))
    }

    /// The methods that `path` has somewhere, for the header `Allow`; `None` where there is no such path.
    pub fn allow(&self, path: &str) -> Option<HeaderValue> {
        let segments: Vec<&str> = path.split('/').collect();
        // A path that is spelled out goes before one with parameters.
        let matching = self.0.iter().filter(|known| known.matches(&segments));
        matching
            .min_by_key(|known| known.parameters())
            .map(|known| known.allow.clone())
    }
}

impl Known {
    fn new(path: &str, item: &Value) -> Option<Self> {
        const METHODS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];
        let described = item.as_object()?;
        let mut methods: BTreeSet<String> = METHODS
            .iter()
            .filter(|method| described.contains_key(**method))
            .map(|method| method.to_uppercase())
            .collect();
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        methods.insert("OPTIONS".to_owned());
        let list = methods.into_iter().collect::<Vec<_>>().join(", ");
        let parameter = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
        let segments = path
            .split('/')
            .map(|segment| (!parameter(segment)).then(|| segment.to_owned()))
            .collect();
        Some(Self {
            segments,
            allow: HeaderValue::from_str(&list).ok()?,
        })
    }

    fn matches(&self, path: &[&str]) -> bool {
        self.segments.len() == path.len()
            && self
                .segments
                .iter()
                .zip(path)
                .all(|(known, segment)| match known {
                    Some(literal) => literal == segment,
                    None => !segment.is_empty(),
                })
    }

    fn parameters(&self) -> usize {
        self.segments.iter().filter(|segment| segment.is_none()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_known_by_its_literal_parts_and_any_parameter() {
        let document = r#"{ "paths": {
            "/v1/posts": { "post": {} },
            "/v1/posts/{id}": { "get": {}, "patch": {}, "parameters": [] },
            "/v1/posts/new": { "put": {} }
        } }"#;
        let known = KnownRoutes::from_openapi(document).unwrap();
        assert_eq!(known.allow("/v1/posts").unwrap(), "OPTIONS, POST");
        assert_eq!(known.allow("/v1/posts/7").unwrap(), "GET, HEAD, OPTIONS, PATCH");
        assert_eq!(known.allow("/v1/posts/new").unwrap(), "OPTIONS, PUT");
        for path in ["/v1/posts/", "/v1/posts/7/likes", "/v1", "/", ""] {
            assert!(known.allow(path).is_none(), "{path}");
        }
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in ["", "{}", "[]", r#"{"paths":7}"#] {
            assert!(KnownRoutes::from_openapi(text).is_err());
        }
    }
}
