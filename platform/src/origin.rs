//! Origins of the web: scheme, host and port, by which browsers keep pages apart.
//!
//! TLS ends before a service. The edge tells by which scheme its client came, and a service that is asked without an edge
//! speaks plain HTTP itself.

use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Uri};

/// The header in which the edge tells the scheme. Only a program could make it up, and a program may send any `Origin`.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// An origin of `http` or `https`; no page that may do anything here is of another kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    /// In lower case.
    host: String,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn named(text: &str) -> Option<Self> {
        match text {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Origin {
    /// Reads the header `Origin`, which is nothing but an origin.
    pub fn of_header(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        Self::new(Scheme::named(scheme)?, &authority.parse().ok()?)
    }

    /// The origin of a URL's page.
    pub fn of_url(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        Self::new(Scheme::named(uri.scheme_str()?)?, uri.authority()?)
    }

    /// The origin that a request was made to, as its client knows it.
    pub fn asked(headers: &HeaderMap, uri: &Uri) -> Option<Self> {
        let scheme = match headers.get(FORWARDED_PROTO) {
            Some(scheme) => Scheme::named(scheme.to_str().ok()?)?,
            None => Scheme::Http,
        };
        match headers.get(HOST) {
            Some(host) => Self::new(scheme, &host.to_str().ok()?.parse().ok()?),
            None => Self::new(scheme, uri.authority()?),
        }
    }

    fn new(scheme: Scheme, authority: &Authority) -> Option<Self> {
        if authority.as_str().contains('@') {
            return None;
        }
        Some(Self {
            scheme,
            host: authority.host().to_ascii_lowercase(),
            port: authority.port_u16().unwrap_or(scheme.default_port()),
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked(host: &'static str, scheme: Option<&'static str>) -> Option<Origin> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        if let Some(scheme) = scheme {
            headers.insert(FORWARDED_PROTO, HeaderValue::from_static(scheme));
        }
        Origin::asked(&headers, &Uri::from_static("/v1/auth/refresh"))
    }

    #[test]
    fn the_scheme_belongs_to_an_origin() {
        let page = Origin::of_header("https://echo.example");
        assert!(page.is_some());
        assert_eq!(asked("echo.example", Some("https")), page);
        assert_eq!(asked("ECHO.example:443", Some("https")), page);
        assert_ne!(asked("echo.example", Some("http")), page);
        assert_ne!(asked("echo.example", None), page);
        assert_ne!(asked("echo.example:80", Some("https")), page);
        assert_eq!(
            asked("echo.example:8080", None),
            Origin::of_header("http://echo.example:8080")
        );
    }

    #[test]
    fn what_is_no_origin_of_the_web_is_none() {
        for text in [
            "null",
            "",
            "echo.example",
            "chrome-extension://echo.example",
            "file://echo.example",
            "http://",
            "http://ann@echo.example",
            "http://echo.example/page",
        ] {
            assert_eq!(Origin::of_header(text), None, "{text}");
        }
        assert_eq!(asked("echo.example", Some("https, http")), None);
    }

    #[test]
    fn a_url_s_origin_is_without_its_path() {
        assert_eq!(
            Origin::of_url("https://echo.example/app?x=1"),
            Origin::of_header("https://echo.example")
        );
    }
}
