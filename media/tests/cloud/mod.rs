//! A server that answers as Cloudinary's documentation says, checking every signature by its own arithmetic.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use hmac::{Hmac, KeyInit, Mac};
use media::store::{Location, Store};
use platform::clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) const CLOUD: &str = "demo";
pub(crate) const KEY: &str = "1234";
pub(crate) const SECRET: &str = "abcd";
pub(crate) const TOKEN_KEY: [u8; 4] = [0, 0x11, 0x22, 0xff];
/// How many resources a page of a list has.
const PAGE: usize = 2;

/// What the server does to one request instead of answering it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    Status(u16),
    /// No answer at all.
    Silence,
    /// It says that fewer bytes arrived.
    Loss,
}

#[derive(Clone)]
struct Asset {
    bytes: Bytes,
    media_type: String,
    tags: String,
    created_at: String,
}

#[derive(Default)]
struct Inner {
    assets: Mutex<BTreeMap<String, Asset>>,
    troubles: Mutex<VecDeque<Trouble>>,
    requests: Mutex<Vec<BTreeMap<String, String>>>,
    has_tokens: bool,
}

/// The server.
pub(crate) struct Cloud {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
}

type Inside = State<Arc<Inner>>;

impl Cloud {
    pub(crate) async fn serve() -> Self {
        Self::start(false).await
    }

    /// One that delivers to who has a token, and to nobody else.
    pub(crate) async fn serve_by_token() -> Self {
        Self::start(true).await
    }

    async fn start(has_tokens: bool) -> Self {
        let inner = Arc::new(Inner {
            has_tokens,
            ..Inner::default()
        });
        let router = Router::new()
            .route("/v1_1/demo/image/upload", post(upload))
            .route("/v1_1/demo/image/destroy", post(destroy))
            .route("/v1_1/demo/resources/image/authenticated", get(list))
            .route("/v1_1/demo/resources/image/tags/{tag}", get(list_tag))
            .route("/demo/image/authenticated/{*rest}", get(deliver))
            .layer(DefaultBodyLimit::disable())
            .with_state(inner.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, inner }
    }

    pub(crate) fn open(&self) -> Arc<dyn Store> {
        self.open_with(SECRET, "&timeout_ms=5000")
    }

    pub(crate) fn open_with(&self, secret: &str, more: &str) -> Arc<dyn Store> {
        let address = self.address;
        let location: Location = format!(
            "cloudinary://{KEY}:{secret}@{CLOUD}?api=http://{address}&delivery=http://{address}/{CLOUD}{more}"
        )
        .parse()
        .unwrap();
        location.open().unwrap()
    }

    /// Lets the next requests fail.
    pub(crate) fn trouble(&self, troubles: impl IntoIterator<Item = Trouble>) {
        self.inner.troubles.lock().unwrap().extend(troubles);
    }

    /// The fields of all requests to the upload API, files apart.
    pub(crate) fn requests(&self) -> Vec<BTreeMap<String, String>> {
        self.inner.requests.lock().unwrap().clone()
    }
}

fn error(status: StatusCode, message: impl Into<String>) -> Response {
    (status, Json(json!({ "error": { "message": message.into() } }))).into_response()
}

/// Reads a signed form, or says what is wrong with it.
async fn signed(
    inner: &Inner,
    mut form: Multipart,
) -> Result<(BTreeMap<String, String>, Option<Asset>, bool), Response> {
    let (mut fields, mut file) = (BTreeMap::new(), None);
    while let Some(field) = form.next_field().await.unwrap() {
        let name = field.name().unwrap().to_owned();
        if name == "file" {
            let media_type = field.content_type().unwrap().to_owned();
            file = Some(Asset {
                media_type,
                bytes: field.bytes().await.unwrap(),
                tags: String::new(),
                created_at: clock::now().to_rfc3339(),
            });
        } else {
            assert!(fields.insert(name, field.text().await.unwrap()).is_none());
        }
    }
    inner.requests.lock().unwrap().push(fields.clone());
    let trouble = inner.troubles.lock().unwrap().pop_front();
    match trouble {
        Some(Trouble::Status(status)) => {
            return Err(error(StatusCode::from_u16(status).unwrap(), "trouble"));
        }
        Some(Trouble::Silence) => std::future::pending().await,
        Some(Trouble::Loss) | None => {}
    }
    if fields.get("api_key").map(String::as_str) != Some(KEY) {
        return Err(error(StatusCode::UNAUTHORIZED, "Invalid api_key"));
    }
    let to_sign: Vec<_> = fields
        .iter()
        .filter(|(name, value)| !["api_key", "signature"].contains(&name.as_str()) && !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let to_sign = to_sign.join("&");
    let digest = hex::encode(Sha256::digest(format!("{to_sign}{SECRET}")));
    if fields["signature"] != digest {
        let message = format!(
            "Invalid Signature {}. String to sign - '{to_sign}'.",
            fields["signature"]
        );
        return Err(error(StatusCode::UNAUTHORIZED, message));
    }
    let made_at: i64 = fields["timestamp"].parse().unwrap();
    if (clock::now().timestamp() - made_at).abs() > 3_600 {
        return Err(error(StatusCode::UNAUTHORIZED, "Stale request"));
    }
    Ok((fields, file, matches!(trouble, Some(Trouble::Loss))))
}

async fn upload(State(inner): Inside, form: Multipart) -> Response {
    let (fields, file, is_lossy) = match signed(&inner, form).await {
        Ok(read) => read,
        Err(refusal) => return refusal,
    };
    let (Some(mut asset), "authenticated") = (file, fields["type"].as_str()) else {
        return error(StatusCode::BAD_REQUEST, "Missing required parameter - file");
    };
    asset.tags.clone_from(&fields["tags"]);
    let mut assets = inner.assets.lock().unwrap();
    let public_id = fields["public_id"].clone();
    let existing = fields["overwrite"] == "false" && assets.contains_key(&public_id);
    if !existing {
        assets.insert(public_id.clone(), asset);
    }
    let bytes = assets[&public_id].bytes.len() - usize::from(is_lossy);
    let mut answer = json!({ "public_id": public_id, "bytes": bytes, "version": 1_700_000_000 });
    if existing {
        answer["existing"] = json!(true);
    }
    Json(answer).into_response()
}

async fn destroy(State(inner): Inside, form: Multipart) -> Response {
    let fields = match signed(&inner, form).await {
        Ok((fields, _, _)) => fields,
        Err(refusal) => return refusal,
    };
    assert_eq!(
        (fields["type"].as_str(), fields["invalidate"].as_str()),
        ("authenticated", "true")
    );
    let found = inner.assets.lock().unwrap().remove(&fields["public_id"]);
    let result = if found.is_some() { "ok" } else { "not found" };
    Json(json!({ "result": result })).into_response()
}

async fn list(state: Inside, headers: HeaderMap, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let prefix = query["prefix"].clone();
    page(&state.0, &headers, &query, |id, _| id.starts_with(&prefix))
}

async fn list_tag(
    state: Inside,
    Path(tag): Path<String>,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    page(&state.0, &headers, &query, |_, asset| {
        asset.tags.split(',').any(|each| each == tag)
    })
}

fn page(
    inner: &Inner,
    headers: &HeaderMap,
    query: &BTreeMap<String, String>,
    wanted: impl Fn(&str, &Asset) -> bool,
) -> Response {
    let expected = format!("Basic {}", STANDARD.encode(format!("{KEY}:{SECRET}")));
    if headers
        .get("authorization")
        .is_none_or(|value| *value != expected)
    {
        return error(StatusCode::UNAUTHORIZED, "Invalid credentials");
    }
    assert_eq!(query["tags"], "true");
    let assets = inner.assets.lock().unwrap();
    let after = query.get("next_cursor").cloned().unwrap_or_default();
    let mut found = assets
        .iter()
        .filter(|(id, asset)| **id > after && wanted(id, asset));
    let resources: Vec<Value> = found
        .by_ref()
        .take(PAGE)
        .map(|(id, asset)| {
            let tags: Vec<_> = asset.tags.split(',').collect();
            json!({ "public_id": id, "created_at": asset.created_at, "tags": tags, "type": "authenticated" })
        })
        .collect();
    let mut answer = json!({ "resources": resources });
    if found.next().is_some() {
        answer["next_cursor"] = answer["resources"][PAGE - 1]["public_id"].clone();
    }
    Json(answer).into_response()
}

async fn deliver(State(inner): Inside, Path(rest): Path<String>, uri: Uri) -> Response {
    let (signature, rest) = match rest.strip_prefix("s--").and_then(|rest| rest.split_once("--/")) {
        Some((signature, rest)) => (Some(signature.to_owned()), rest.to_owned()),
        None => (None, rest),
    };
    // What is signed leaves the version out.
    let to_sign = rest.replacen("v1/", "", 1);
    let allowed = if inner.has_tokens {
        has_token(&uri)
    } else {
        let digest = URL_SAFE.encode(Sha256::digest(format!("{to_sign}{SECRET}")));
        signature.as_deref() == Some(&digest[..32])
    };
    if !allowed {
        return (StatusCode::UNAUTHORIZED, [("x-cld-error", "deny or ACL failure")]).into_response();
    }
    let public_id = to_sign
        .strip_prefix("c_limit,h_480,pg_1,w_480/")
        .or_else(|| to_sign.strip_prefix("c_limit,h_1080,w_1080/"))
        .unwrap_or(&to_sign);
    match inner.assets.lock().unwrap().get(public_id) {
        Some(asset) => ([("content-type", asset.media_type.clone())], asset.bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whether a URL carries a token for itself that hasn't expired.
fn has_token(uri: &Uri) -> bool {
    let token = uri.query().and_then(|query| query.strip_prefix("__cld_token__="));
    let Some((expiry, mac)) = token.and_then(|token| token.split_once("~hmac=")) else {
        return false;
    };
    let path = uri.path().replace('/', "%2f");
    let expected = <Hmac<Sha256> as KeyInit>::new_from_slice(&TOKEN_KEY)
        .unwrap()
        .chain_update(format!("{expiry}~url={path}"))
        .finalize();
    let expires: i64 = expiry.strip_prefix("exp=").unwrap().parse().unwrap();
    hex::encode(expected.into_bytes()) == mac && clock::now().timestamp() < expires
}
