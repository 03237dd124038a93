//! A server that speaks as much S3 as a store of pictures needs, and takes only signed requests.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use media::store::{Objects, Store};
use object_store::aws::AmazonS3Builder;
use object_store::{ClientOptions, RetryConfig};
use platform::clock;

pub(crate) const KEY: &str = "AKIAEXAMPLE";
const REGION: &str = "eu-central-1";
const BUCKET: &str = "bucket";

#[derive(Default)]
struct Contents {
    objects: Mutex<BTreeMap<String, Bytes>>,
    requests: AtomicUsize,
}

/// A bucket, served from here.
pub(crate) struct Bucket {
    address: SocketAddr,
    contents: Arc<Contents>,
}

impl Bucket {
    pub(crate) async fn serve() -> Self {
        let contents = Arc::new(Contents::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(contents.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, contents }
    }

    /// One at an address where nobody listens.
    pub(crate) fn nowhere() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            contents: Arc::default(),
        }
    }

    pub(crate) fn location(&self, prefix: &str) -> String {
        format!(
            "s3://{BUCKET}/{prefix}?region={REGION}&allow_http=true&endpoint=http://{}",
            self.address
        )
    }

    /// Opens the bucket with a key that isn't in the environment.
    pub(crate) fn open(&self, key: &str, prefix: &str) -> Arc<dyn Store> {
        // What `Location::open` does first.
        drop(rustls::crypto::ring::default_provider().install_default());
        let store = AmazonS3Builder::new()
            .with_bucket_name(BUCKET)
            .with_region(REGION)
            .with_endpoint(format!("http://{}", self.address))
            .with_access_key_id(key)
            .with_secret_access_key("secret")
            .with_client_options(ClientOptions::new().with_allow_http(true))
            .with_retry(RetryConfig {
                max_retries: 1,
                ..RetryConfig::default()
            })
            .build()
            .unwrap();
        Arc::new(Objects::new(Arc::new(store), prefix.into()))
    }

    pub(crate) fn requests(&self) -> usize {
        self.contents.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.contents.objects.lock().unwrap().keys().cloned().collect()
    }
}

async fn answer(State(contents): State<Arc<Contents>>, request: Request) -> Response {
    contents.requests.fetch_add(1, Ordering::SeqCst);
    if !is_signed(request.headers()) {
        return (
            StatusCode::FORBIDDEN,
            "<Error><Code>InvalidAccessKeyId</Code></Error>",
        )
            .into_response();
    }
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path().trim_start_matches('/');
    let key = path
        .strip_prefix(BUCKET)
        .unwrap()
        .trim_start_matches('/')
        .to_owned();
    let mut objects = contents.objects.lock().unwrap();
    match (parts.method, key.is_empty()) {
        (Method::GET, true) => list(&objects, parts.uri.query().unwrap_or_default()).into_response(),
        (Method::POST, true) => delete(&mut objects, std::str::from_utf8(&body).unwrap()).into_response(),
        (Method::PUT, false) => {
            if parts.headers.contains_key("if-none-match") && objects.contains_key(&key) {
                return StatusCode::PRECONDITION_FAILED.into_response();
            }
            objects.insert(key, body);
            [("etag", "\"1\"")].into_response()
        }
        (Method::GET, false) => match objects.get(&key) {
            Some(bytes) => (
                [
                    ("etag", "\"1\"".to_owned()),
                    ("last-modified", clock::now().to_rfc2822().replace("+0000", "GMT")),
                ],
                bytes.clone(),
            )
                .into_response(),
            None => (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response(),
        },
        (Method::DELETE, false) => {
            objects.remove(&key);
            StatusCode::NO_CONTENT.into_response()
        }
        (method, _) => panic!("{method} {key}"),
    }
}

fn is_signed(headers: &HeaderMap) -> bool {
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
    authorization.is_some_and(|value| {
        value.starts_with(&format!("AWS4-HMAC-SHA256 Credential={KEY}/"))
            && value.contains(&format!("/{REGION}/s3/aws4_request"))
    })
}

fn list(objects: &BTreeMap<String, Bytes>, query: &str) -> String {
    let address = reqwest::Url::parse(&format!("http://a/?{query}")).unwrap();
    let parameter = |name: &str| {
        address
            .query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let prefix = parameter("prefix").unwrap_or_default();
    let after = parameter("continuation-token").unwrap_or_default();
    // Small pages, so that their turning is tested too.
    let mut found = objects
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix) && **key > after);
    let page: Vec<_> = found.by_ref().take(2).collect();
    let mut xml = "<ListBucketResult>".to_owned();
    for (key, bytes) in &page {
        let (size, at) = (bytes.len(), clock::now().to_rfc3339());
        write!(xml, "<Contents><Key>{key}</Key><Size>{size}</Size><LastModified>{at}</LastModified><ETag>1</ETag></Contents>").unwrap();
    }
    if let (Some((last, _)), Some(_)) = (page.last(), found.next()) {
        write!(xml, "<NextContinuationToken>{last}</NextContinuationToken>").unwrap();
    }
    xml + "</ListBucketResult>"
}

fn delete(objects: &mut BTreeMap<String, Bytes>, request: &str) -> String {
    let mut xml = "<DeleteResult>".to_owned();
    for part in request.split("<Key>").skip(1) {
        let key = part.split("</Key>").next().unwrap();
        objects.remove(key);
        write!(xml, "<Deleted><Key>{key}</Key></Deleted>").unwrap();
    }
    xml + "</DeleteResult>"
}
