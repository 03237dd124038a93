//! Pictures in a folder, and in a bucket of a server that speaks S3.
#![expect(
    clippy::unwrap_used,
    reason = "clippy's leave for tests doesn't reach their helpers"
)]

use std::path::Path;
use std::sync::Arc;

use media::Variant;
use media::store::{Location, Store, StoreError};

mod keeping;
mod pictures;
mod s3;

use keeping::{keeps_pictures, picture, read, somebody};
use s3::Bucket;

fn folder(path: &Path) -> Arc<dyn Store> {
    format!("folder:{}", path.display())
        .parse::<Location>()
        .unwrap()
        .open()
        .unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn a_folder_keeps_pictures() {
    let place = tempfile::tempdir().unwrap();
    keeps_pictures(&folder(&place.path().join("made/on/demand"))).await;
    assert_eq!(files(place.path()), Vec::<String>::new(), "all was deleted again");
}

#[tokio::test]
async fn another_process_finds_what_is_in_the_folder() {
    let place = tempfile::tempdir().unwrap();
    let one = picture(somebody(), 40);
    folder(place.path()).put(one.clone()).await.unwrap();
    let seen = read(&*folder(place.path()), one.media, Variant::Thumbnail).await;
    assert_eq!(seen, Some(one.thumbnail));
}

#[tokio::test]
async fn what_an_interrupted_upload_left_is_found_and_completed_by_a_retry() {
    let place = tempfile::tempdir().unwrap();
    let store = folder(place.path());
    let one = picture(somebody(), 40);
    store.put(one.clone()).await.unwrap();
    let thumbnail = files(place.path())
        .into_iter()
        .find(|file| file.ends_with("/thumbnail"))
        .unwrap();
    std::fs::remove_file(thumbnail).unwrap();
    assert!(
        keeping::listed(&*store, Some(one.owner))
            .await
            .contains(&(one.owner, one.media))
    );
    store.put(one.clone()).await.unwrap();
    assert_eq!(
        read(&*store, one.media, Variant::Thumbnail).await,
        Some(one.thumbnail)
    );
}

#[tokio::test]
async fn a_picture_that_has_no_middle_size_is_given_as_it_is() {
    let place = tempfile::tempdir().unwrap();
    let store = folder(place.path());
    let without = media::store::Picture {
        medium: None,
        ..picture(somebody(), 40)
    };
    store.put(without.clone()).await.unwrap();
    assert_eq!(
        read(&*store, without.media, Variant::Medium).await,
        Some(without.original)
    );
    let with = picture(somebody(), 40);
    store.put(with.clone()).await.unwrap();
    assert_eq!(read(&*store, with.media, Variant::Medium).await, with.medium);
    let nowhere = picture(somebody(), 40).media;
    assert_eq!(read(&*store, nowhere, Variant::Medium).await, None);
}

#[tokio::test]
async fn what_is_no_picture_is_not_delivered() {
    let place = tempfile::tempdir().unwrap();
    let store = folder(place.path());
    let one = picture(somebody(), 40);
    store.put(one.clone()).await.unwrap();
    for file in files(place.path()) {
        std::fs::write(file, "<script>alert(1)</script>").unwrap();
    }
    assert!(matches!(
        store.get(one.media, Variant::Original).await,
        Err(StoreError::NotAPicture)
    ));
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_stops_the_start() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();
    let location: Location = format!("folder:{}/media", file.display()).parse().unwrap();
    assert!(location.open().unwrap_err().to_string().contains("/file/media"));
}

/// The test runs itself once more as a process whose environment holds the credentials, as a service's does.
/// `MEDIA_TEST_S3` may also name a real server: `s3://bucket?region=…&endpoint=…`.
#[tokio::test]
async fn a_bucket_keeps_pictures() {
    const LOCATION: &str = "MEDIA_TEST_S3";
    if let Ok(location) = std::env::var(LOCATION) {
        return keeps_pictures(&location.parse::<Location>().unwrap().open().unwrap()).await;
    }
    let bucket = Bucket::serve().await;
    let child = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_bucket_keeps_pictures", "--nocapture"])
        .env(LOCATION, bucket.location("pictures/live"))
        .env("AWS_ACCESS_KEY_ID", s3::KEY)
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .output()
        .await
        .unwrap();
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stdout)
    );
    assert!(bucket.requests() > 20);
    assert_eq!(bucket.keys(), Vec::<String>::new(), "all was deleted again");
}

#[tokio::test]
async fn a_bucket_that_refuses_us_is_told_from_one_that_is_down() {
    let bucket = Bucket::serve().await;
    // Neither the environment nor anything else gives the right key.
    let store = bucket.open("wrong", "pictures");
    let error = store.put(picture(somebody(), 40)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unauthorized(_)), "{error:?}");
    assert!(!error.is_transient());

    let down = Bucket::nowhere().open(s3::KEY, "pictures");
    let error = down.put(picture(somebody(), 40)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.is_transient());
}
