//! What is kept of the request that opened a socket: Engine.IO holds it for as long as the socket lives.
//!
//! A browser sends a kilobyte or two of headers, and each of their values holds on to the whole buffer in which they
//! came, as does the address. So what is needed is copied, and everything else is let go.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use platform::extract::ClientAddressHeader;

/// What Engine.IO asks for, over WebSocket and by polling.
const NEEDED: [HeaderName; 6] = [
    CONNECTION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION,
    UPGRADE,
];

/// Hands on the request without what nobody needs any more.
pub(crate) async fn slim(
    State(address): State<ClientAddressHeader>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.headers = needed(&parts.headers, address.0.as_ref());
    if let Ok(uri) = copied(&parts.uri) {
        parts.uri = uri;
    }
    let mut all = std::mem::take(&mut parts.extensions);
    parts.extensions = needed_extensions(&mut all);
    next.run(Request::from_parts(parts, body)).await
}

fn needed(headers: &HeaderMap, address: Option<&HeaderName>) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for name in NEEDED.iter().chain(address) {
        for value in headers.get_all(name) {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                kept.append(name, value);
            }
        }
    }
    kept
}

fn copied(uri: &Uri) -> Result<Uri, axum::http::uri::InvalidUri> {
    uri.to_string().parse()
}

/// How the connection becomes a WebSocket, and from where it comes.
fn needed_extensions(all: &mut Extensions) -> Extensions {
    let mut kept = Extensions::new();
    if let Some(upgrade) = all.remove::<OnUpgrade>() {
        kept.insert(upgrade);
    }
    if let Some(peer) = all.remove::<ConnectInfo<SocketAddr>>() {
        kept.insert(peer);
    }
    kept
}

#[cfg(test)]
mod tests {
    use axum::http::header::{COOKIE, USER_AGENT};

    use super::*;

    #[test]
    fn only_what_is_needed_of_the_headers_is_kept() {
        let client = HeaderName::from_static("x-client");
        let mut headers = HeaderMap::new();
        for name in [&UPGRADE, &COOKIE, &USER_AGENT, &client] {
            headers.insert(name, HeaderValue::from_static("a value"));
        }
        let kept = |address| {
            let kept = needed(&headers, address);
            let mut names: Vec<_> = kept.keys().map(|name| name.as_str().to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(kept(None), ["upgrade"]);
        assert_eq!(kept(Some(&client)), ["upgrade", "x-client"]);
    }

    #[test]
    fn a_header_that_came_twice_is_kept_twice() {
        let mut headers = HeaderMap::new();
        for value in ["keep-alive", "Upgrade"] {
            headers.append(CONNECTION, HeaderValue::from_static(value));
        }
        assert_eq!(needed(&headers, None), headers);
    }

    #[test]
    fn an_address_is_copied_as_it_is() {
        let uri: Uri = "/socket.io/?EIO=4&transport=websocket&x=%C3%A4".parse().unwrap();
        assert_eq!(copied(&uri).unwrap(), uri);
    }
}
