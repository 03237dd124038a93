//! Pictures on Cloudinary.
#![expect(
    clippy::unwrap_used,
    reason = "clippy's leave for tests doesn't reach their helpers"
)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use media::Variant;
use media::store::StoreError;
use platform::clock;
use reqwest::StatusCode;
use rstest::rstest;

mod cloud;
mod keeping;
mod pictures;

use cloud::{Cloud, SECRET, Trouble};
use keeping::{keeps_pictures, listed, picture, somebody};

async fn fetch(url: &str) -> (StatusCode, usize) {
    let response = reqwest::get(url).await.unwrap();
    (response.status(), response.bytes().await.unwrap().len())
}

#[tokio::test]
async fn cloudinary_keeps_pictures() {
    keeps_pictures(&Cloud::serve().await.open()).await;
}

#[tokio::test]
async fn an_upload_is_private_named_by_us_and_tagged_with_its_owner() {
    let cloud = Cloud::serve().await;
    let one = picture(somebody(), 40);
    cloud.open().put(one.clone()).await.unwrap();
    let requests = cloud.requests();
    let [request] = &requests[..] else {
        panic!("one request, not {}", requests.len())
    };
    let names: BTreeSet<&str> = request.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        BTreeSet::from([
            "api_key",
            "overwrite",
            "public_id",
            "signature",
            "tags",
            "timestamp",
            "type"
        ])
    );
    assert_eq!(request["public_id"], format!("echo/{}", one.media));
    assert_eq!(request["tags"], format!("owner-{}", one.owner));
    assert_eq!(request["type"], "authenticated");
}

#[tokio::test]
async fn delivery_urls_work_as_they_are_and_not_otherwise() {
    let cloud = Cloud::serve().await;
    let store = cloud.open();
    let one = picture(somebody(), 40);
    store.put(one.clone()).await.unwrap();
    let url = |variant| {
        store
            .cdn_url(one.media, variant, clock::now() + TimeDelta::days(1))
            .unwrap()
    };
    let (original, thumbnail) = (url(Variant::Original), url(Variant::Thumbnail));
    assert_eq!(fetch(&original).await, (StatusCode::OK, one.original.len()));
    assert_eq!(fetch(&thumbnail).await.0, StatusCode::OK);
    assert!(thumbnail.contains("/c_limit,h_480,pg_1,w_480/"), "{thumbnail}");
    let medium = url(Variant::Medium);
    assert_eq!(fetch(&medium).await.0, StatusCode::OK);
    assert!(medium.contains("/c_limit,h_1080,w_1080/"), "{medium}");
    for changed in [
        thumbnail.replace("h_480", "h_4800"),
        thumbnail.replace("c_limit,h_480,pg_1,w_480/", ""),
        original.replacen("s--", "s--A", 1),
        original.replace(&format!("s--{}--/", signature(&original)), ""),
    ] {
        assert_eq!(fetch(&changed).await.0, StatusCode::UNAUTHORIZED, "{changed}");
    }
    let other = picture(somebody(), 40).media.to_string();
    assert_eq!(
        fetch(&original.replace(&one.media.to_string(), &other)).await.0,
        StatusCode::UNAUTHORIZED
    );
}

fn signature(url: &str) -> String {
    let (_, rest) = url.split_once("s--").unwrap();
    // A signature may itself end with a hyphen.
    rest.split_once("--/").unwrap().0.to_owned()
}

#[tokio::test]
async fn with_a_token_key_delivery_urls_expire() {
    let cloud = Cloud::serve_by_token().await;
    let store = cloud.open_with(SECRET, "&token_key=001122ff");
    keeps_pictures(&store).await;
    let one = picture(somebody(), 40);
    store.put(one.clone()).await.unwrap();
    let url = |expires| store.cdn_url(one.media, Variant::Thumbnail, expires).unwrap();
    let good = url(clock::now() + TimeDelta::minutes(1));
    assert_eq!(fetch(&good).await.0, StatusCode::OK);
    let expired = url(clock::now() - TimeDelta::minutes(1));
    assert_eq!(fetch(&expired).await.0, StatusCode::UNAUTHORIZED);
    let prolonged = good.replace("exp=1", "exp=2");
    assert_eq!(fetch(&prolonged).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(
        fetch(&good.replace("h_480", "h_481")).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_wrong_secret_is_told_at_once_and_clearly() {
    let cloud = Cloud::serve().await;
    let store = cloud.open_with("wrong", "");
    let error = store.put(picture(somebody(), 40)).await.unwrap_err();
    let StoreError::Unauthorized(cause) = &error else {
        panic!("{error:?}")
    };
    let cause = cause.to_string();
    assert!(
        cause.starts_with("Cloudinary answers 401 Unauthorized: Invalid Signature"),
        "{cause}"
    );
    assert_eq!(cloud.requests().len(), 1, "asking again can't help");
    assert!(!format!("{error:?}").contains("wrong"), "the secret isn't told");
    let listed = futures::TryStreamExt::try_collect::<Vec<_>>(store.list(None)).await;
    assert!(matches!(listed, Err(StoreError::Unauthorized(_))));
}

#[rstest]
#[case(500)]
#[case(502)]
#[case(503)]
#[case(420)]
#[case(429)]
#[tokio::test]
async fn trouble_that_passes_is_waited_out(#[case] status: u16) {
    let cloud = Cloud::serve().await;
    let store = cloud.open();
    let one = picture(somebody(), 40);
    cloud.trouble([Trouble::Status(status); 2]);
    store.put(one.clone()).await.unwrap();
    assert_eq!(cloud.requests().len(), 3);
    cloud.trouble([Trouble::Status(status); 2]);
    store.delete(one.owner, one.media).await.unwrap();
    assert_eq!(cloud.requests().len(), 6);
}

#[tokio::test]
async fn trouble_that_stays_is_told_after_three_tries() {
    let cloud = Cloud::serve().await;
    cloud.trouble([Trouble::Status(503); 9]);
    let error = cloud.open().put(picture(somebody(), 40)).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert_eq!(cloud.requests().len(), 3);
}

#[tokio::test]
async fn a_lasting_refusal_is_told_at_once() {
    let cloud = Cloud::serve().await;
    cloud.trouble([Trouble::Status(400)]);
    let error = cloud.open().put(picture(somebody(), 40)).await.unwrap_err();
    let StoreError::Refused(cause) = error else {
        panic!("{error:?}")
    };
    assert_eq!(cause.to_string(), "Cloudinary answers 400 Bad Request: trouble");
    assert_eq!(cloud.requests().len(), 1);
}

#[tokio::test]
async fn silence_is_not_waited_out_for_ever() {
    let cloud = Cloud::serve().await;
    cloud.trouble([Trouble::Silence; 3]);
    let store = cloud.open_with(SECRET, "&timeout_ms=100");
    let start = Instant::now();
    let error = store.put(picture(somebody(), 40)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(cloud.requests().len(), 3);
}

#[tokio::test]
async fn a_silent_moment_costs_one_try() {
    let cloud = Cloud::serve().await;
    cloud.trouble([Trouble::Silence]);
    let store = cloud.open_with(SECRET, "&timeout_ms=1000");
    store.put(picture(somebody(), 40)).await.unwrap();
    assert_eq!(cloud.requests().len(), 2);
}

#[tokio::test]
async fn nobody_there_is_trouble_that_may_pass() {
    let mut cloud = Cloud::serve().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    cloud.address = listener.local_addr().unwrap();
    drop(listener);
    let error = cloud.open().put(picture(somebody(), 40)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn a_picture_that_arrived_in_part_is_not_taken_for_stored() {
    let cloud = Cloud::serve().await;
    cloud.trouble([Trouble::Loss]);
    let error = cloud.open().put(picture(somebody(), 40)).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
}

#[tokio::test]
async fn systems_on_one_cloud_do_not_see_each_other() {
    let cloud = Cloud::serve().await;
    let (ours, theirs) = (cloud.open(), cloud.open_with(SECRET, "&prefix=other"));
    let owner = somebody();
    theirs.put(picture(owner, 40)).await.unwrap();
    assert_eq!(listed(&*ours, None).await, BTreeSet::new());
    assert_eq!(listed(&*ours, Some(owner)).await, BTreeSet::new());
    assert_eq!(listed(&*theirs, Some(owner)).await.len(), 1);
}
