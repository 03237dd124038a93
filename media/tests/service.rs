//! From the first byte of an upload to the store.
#![expect(
    clippy::unwrap_used,
    reason = "clippy's leave for tests doesn't reach their helpers"
)]

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use events::media::Format;
use events::{AccountId, MediaId, Personal};
use futures::{Stream, StreamExt, stream};
use media::Variant;
use media::process::{MAX_BYTES, Refusal};
use media::service::{MediaService, Upload, UploadError, UploadLimits};
use media::store::{Location, StoreError};
use platform::id;

mod pictures;
use pictures::*;

const LIMITS: UploadLimits = UploadLimits {
    media_threads: 1,
    media_queue: 4,
    media_memory_mib: 64,
    media_threads_per_account: 1,
    media_queue_per_account: 20,
    media_memory_per_account_mib: 64,
    media_megapixels_per_minute: 1_000,
    media_megapixels_burst: 1_000,
};

fn service(place: &Path, limits: &UploadLimits) -> MediaService {
    let location: Location = format!("folder:{}", place.display()).parse().unwrap();
    MediaService::new(location.open().unwrap(), limits)
}

fn ids() -> (AccountId, MediaId) {
    (AccountId::from(id::ordered()), MediaId::from(id::ordered()))
}

/// A body in chunks, as they come from a connection.
fn body(bytes: &[u8]) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
    let chunks: Vec<_> = bytes
        .chunks(16 * 1024)
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
        .collect();
    stream::iter(chunks)
}

async fn upload(service: &MediaService, bytes: &[u8]) -> Upload {
    service.receive(ids().0, body(bytes)).await.unwrap()
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[tokio::test]
async fn an_upload_becomes_a_stored_picture_and_its_event() {
    let place = tempfile::tempdir().unwrap();
    let service = service(place.path(), &LIMITS);
    let (owner, media) = ids();
    let sent = tagged_jpeg(&quadrants(700, 500), 1);
    let accepted = service
        .accept(owner, media, upload(&service, &sent).await)
        .await
        .unwrap();
    let original = service
        .store()
        .get(media, Variant::Original)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((original.format, original.bytes), (Format::Jpeg, accepted.bytes));
    let original = original.read().await.unwrap();
    assert!(are_quadrants(corners(
        &image::load_from_memory(&original).unwrap()
    )));
    assert!(!contains(&original, b"Secret Camera"));
    let thumbnail = service
        .store()
        .get(media, Variant::Thumbnail)
        .await
        .unwrap()
        .unwrap();
    let thumbnail = image::load_from_memory(&thumbnail.read().await.unwrap()).unwrap();
    assert_eq!(thumbnail.width(), 480);

    let event = accepted.clone().into_event("Four squares".to_owned());
    assert_eq!((event.media, event.owner), (media, owner));
    assert_eq!((event.width, event.height), (700, 500));
    let Personal::Known(description) = event.personal else {
        panic!("it is known")
    };
    assert_eq!(description.alt, "Four squares");
    assert_eq!(description.blurhash, accepted.blurhash);
}

#[tokio::test]
async fn a_retry_stores_the_same_and_a_reused_id_stores_nothing() {
    let place = tempfile::tempdir().unwrap();
    let service = service(place.path(), &LIMITS);
    let (owner, media) = ids();
    let sent = jpeg(&quadrants(100, 100));
    let first = upload(&service, &sent).await;
    let digest = first.digest();
    let first = service.accept(owner, media, first).await.unwrap();
    let again = upload(&service, &sent).await;
    assert_eq!(again.digest(), digest);
    assert_eq!(service.accept(owner, media, again).await.unwrap(), first);

    let other = upload(&service, &jpeg(&noise(100, 100))).await;
    assert_ne!(other.digest(), digest);
    assert!(matches!(
        service.accept(owner, media, other).await,
        Err(UploadError::Store(StoreError::Occupied))
    ));
    let kept = service
        .store()
        .get(media, Variant::Original)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.bytes, first.bytes);
}

#[tokio::test]
async fn what_is_refused_leaves_nothing_behind() {
    let place = tempfile::tempdir().unwrap();
    let service = service(place.path(), &LIMITS);
    let (owner, media) = ids();
    for (sent, expected) in [
        (b"%PDF-1.7".to_vec(), Refusal::Unsupported),
        (png_bomb(60_000, 60_000), Refusal::TooManyPixels),
        (b"\xff\xd8\xff\xe0 and no more".to_vec(), Refusal::Unreadable),
        (Vec::new(), Refusal::Unsupported),
    ] {
        let result = service.accept(owner, media, upload(&service, &sent).await).await;
        assert!(
            matches!(&result, Err(UploadError::Refused(refusal)) if *refusal == expected),
            "{result:?}"
        );
    }
    assert!(is_empty(place.path()));
}

#[tokio::test]
async fn reading_stops_at_the_limit() {
    let place = tempfile::tempdir().unwrap();
    let service = service(place.path(), &LIMITS);
    assert!(service.receive(ids().0, body(&vec![0; MAX_BYTES])).await.is_ok());
    let result = service.receive(ids().0, body(&vec![0; MAX_BYTES + 1])).await;
    assert!(matches!(result, Err(UploadError::Refused(Refusal::TooLarge))));

    let taken = Arc::new(AtomicUsize::new(0));
    let counter = taken.clone();
    let endless = stream::repeat_with(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok::<_, Infallible>(vec![0; 64 * 1024])
    });
    let result = service.receive(ids().0, endless).await;
    assert!(matches!(result, Err(UploadError::Refused(Refusal::TooLarge))));
    assert_eq!(taken.load(Ordering::SeqCst), MAX_BYTES / (64 * 1024) + 1);
}

#[tokio::test]
async fn an_upload_that_breaks_off_is_told_from_one_that_ends() {
    let place = tempfile::tempdir().unwrap();
    let service = service(place.path(), &LIMITS);
    let broken = stream::iter([
        Ok(Bytes::from_static(b"\xff\xd8")),
        Err(std::io::Error::other("reset")),
    ]);
    assert!(matches!(
        service.receive(ids().0, broken).await,
        Err(UploadError::BrokenOff(_))
    ));
}

#[tokio::test(start_paused = true)]
async fn an_upload_may_not_stand_still_nor_trickle() {
    let place = tempfile::tempdir().unwrap();
    let service = service(place.path(), &LIMITS);
    let still =
        stream::once(async { Ok::<_, Infallible>(Bytes::from_static(b"\xff\xd8")) }).chain(stream::pending());
    assert!(matches!(
        service.receive(ids().0, still).await,
        Err(UploadError::TooSlow)
    ));
    let trickling = Box::pin(stream::unfold((), |()| async {
        tokio::time::sleep(std::time::Duration::from_secs(10)).await;
        Some((Ok::<_, Infallible>(Bytes::from_static(b".")), ()))
    }));
    assert!(matches!(
        service.receive(ids().0, trickling).await,
        Err(UploadError::TooSlow)
    ));
}

#[tokio::test]
async fn the_memory_of_uploads_is_bounded_and_given_back() {
    let place = tempfile::tempdir().unwrap();
    let limits = UploadLimits {
        media_memory_mib: 1,
        ..LIMITS
    };
    let service = service(place.path(), &limits);
    let first = upload(&service, &vec![0; 700 * 1024]).await;
    let second = service.receive(ids().0, body(&vec![0; 700 * 1024])).await;
    assert!(matches!(second, Err(UploadError::Busy)));
    drop(first);
    upload(&service, &vec![0; 700 * 1024]).await;
}

#[tokio::test]
async fn beyond_the_queue_uploads_are_turned_away() {
    let place = tempfile::tempdir().unwrap();
    let limits = UploadLimits {
        media_queue: 1,
        ..LIMITS
    };
    let service = service(place.path(), &limits);
    let sent = jpeg(&noise(800, 600));
    let mut uploads = Vec::new();
    for _ in 0..4 {
        uploads.push(upload(&service, &sent).await);
    }
    let jobs = uploads.into_iter().map(|upload| {
        let (owner, media) = ids();
        service.accept(owner, media, upload)
    });
    let results = futures::future::join_all(jobs).await;
    let busy = results
        .iter()
        .filter(|result| matches!(result, Err(UploadError::Busy)))
        .count();
    let done = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!((done, busy), (2, 2));
    assert!(
        service.receive(ids().0, body(&sent)).await.is_ok(),
        "the places are free again"
    );
}

#[tokio::test]
async fn an_account_takes_no_more_than_its_share_of_the_memory() {
    let place = tempfile::tempdir().unwrap();
    let limits = UploadLimits {
        media_memory_per_account_mib: 1,
        ..LIMITS
    };
    let service = service(place.path(), &limits);
    let ((ann, _), (bob, _)) = (ids(), ids());
    let sent = vec![0; 700 * 1024];
    let first = service.receive(ann, body(&sent)).await.unwrap();
    let second = service.receive(ann, body(&sent)).await;
    assert!(matches!(second, Err(UploadError::TooMany(_))));
    service.receive(bob, body(&sent)).await.unwrap();
    drop(first);
    service.receive(ann, body(&sent)).await.unwrap();
}

#[tokio::test]
async fn an_account_takes_no_more_than_its_share_of_the_queue() {
    let place = tempfile::tempdir().unwrap();
    let limits = UploadLimits {
        media_queue: 20,
        media_queue_per_account: 2,
        ..LIMITS
    };
    let service = service(place.path(), &limits);
    let (ann, _) = ids();
    let sent = jpeg(&noise(800, 600));
    let mut uploads = Vec::new();
    for n in 0..5 {
        let owner = if n < 4 { ann } else { ids().0 };
        uploads.push((owner, service.receive(owner, body(&sent)).await.unwrap()));
    }
    let jobs = uploads
        .into_iter()
        .map(|(owner, upload)| service.accept(owner, ids().1, upload));
    let results = futures::future::join_all(jobs).await;
    let refused: Vec<bool> = results
        .iter()
        .map(|result| matches!(result, Err(UploadError::TooMany(_))))
        .collect();
    assert_eq!(refused, [false, false, true, true, false]);
}

#[tokio::test]
async fn an_account_is_charged_for_the_pixels_that_it_has_decoded() {
    let place = tempfile::tempdir().unwrap();
    let limits = UploadLimits {
        media_megapixels_per_minute: 1,
        media_megapixels_burst: 2,
        ..LIMITS
    };
    let service = service(place.path(), &limits);
    let ((ann, _), (bob, _)) = (ids(), ids());
    // A megapixel and a half each; what is refused by its header costs nothing.
    let sent = jpeg(&quadrants(1_500, 1_000));
    let accept = async |owner, sent: &[u8]| {
        let upload = service.receive(owner, body(sent)).await.unwrap();
        service.accept(owner, ids().1, upload).await
    };
    let refused = accept(ann, &png_bomb(60_000, 60_000)).await;
    assert!(matches!(
        refused,
        Err(UploadError::Refused(Refusal::TooManyPixels))
    ));
    accept(ann, &sent).await.unwrap();
    let refused = accept(ann, &sent).await;
    let Err(UploadError::TooMany(wait)) = refused else {
        panic!("{refused:?}")
    };
    assert!(wait.as_secs() <= 60, "a megapixel flows back in a minute");
    accept(bob, &sent).await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_down_is_told() {
    let place = tempfile::tempdir().unwrap();
    let service = service(&place.path().join("media"), &LIMITS);
    std::fs::remove_dir_all(place.path().join("media")).unwrap();
    std::fs::write(place.path().join("media"), "in the way").unwrap();
    let (owner, media) = ids();
    let upload = upload(&service, &jpeg(&quadrants(8, 8))).await;
    let result = service.accept(owner, media, upload).await;
    assert!(
        matches!(result, Err(UploadError::Store(StoreError::Unavailable(_)))),
        "{result:?}"
    );
}

#[tokio::test]
async fn an_orphan_is_found_by_its_owner_and_collected() {
    use futures::TryStreamExt;
    let place = tempfile::tempdir().unwrap();
    let service = service(place.path(), &LIMITS);
    let (owner, media) = ids();
    let upload = upload(&service, &jpeg(&quadrants(8, 8))).await;
    service.accept(owner, media, upload).await.unwrap();
    let held: Vec<_> = service.store().list(None).try_collect().await.unwrap();
    assert_eq!((held.len(), held[0].owner, held[0].media), (1, owner, media));
    service
        .store()
        .delete(held[0].owner, held[0].media)
        .await
        .unwrap();
    assert!(is_empty(place.path()));
}
