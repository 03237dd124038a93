//! Uploading pictures, and what may refer to them.

use std::convert::Infallible;

use futures::stream;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Answer, Api, PASSWORD, Person};

/// 40 × 30 pixels, as a camera would write it, with a place in its metadata.
const JPEG: &[u8] = include_bytes!("../../../media/tests/fixtures/progressive.jpg");
/// Another picture.
const WEBP: &[u8] = include_bytes!("../../../media/tests/fixtures/animated.webp");

async fn upload(api: &Api, by: &Person, bytes: &[u8], key: &str) -> Answer {
    api.post("/v1/media?alt=a%20boat")
        .by(by)
        .key(key)
        .body("image/jpeg", bytes.to_vec())
        .await
}

async fn uploaded(api: &Api, by: &Person, key: &str) -> String {
    let picture = upload(api, by, JPEG, key).await.is(201).body;
    picture["id"].as_str().unwrap().to_owned()
}

fn post_of(media: &str) -> Value {
    json!({ "blocks": [{ "type": "image", "media_id": media, "alt": "" }], "visibility": "public" })
}

#[tokio::test]
async fn an_upload_is_answered_with_where_it_is_and_what_it_looks_like() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let picture = upload(&api, &ann, JPEG, "one").await.is(201).body;
    assert_eq!(picture["alt"], "a boat");
    for url in ["url", "medium_url", "thumbnail_url"] {
        let url = picture[url].as_str().unwrap();
        assert!(url.starts_with("/v1/media/") && url.contains("?e="), "{url}");
    }
    assert!(picture["width"].as_u64().unwrap() > 0 && picture["height"].as_u64().unwrap() > 0);
    assert!(!picture["blurhash"].as_str().unwrap().is_empty());
    assert!(picture["position"].as_str().unwrap().starts_with('e'));
}

#[tokio::test]
async fn a_form_does_as_well() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let mut form = b"--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n".to_vec();
    form.extend(b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n");
    form.extend(JPEG);
    form.extend(b"\r\n--x--\r\n");
    let send = |body: Vec<u8>| {
        api.post("/v1/media")
            .by(&ann)
            .body("multipart/form-data; boundary=x", body)
    };
    assert_eq!(send(form.clone()).await.is(201).body["alt"], "");
    form.truncate(form.len() / 2);
    api.appends_nothing(send(form)).await.problem(400, "broken-body");
    let without = b"--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--x--\r\n".to_vec();
    api.appends_nothing(send(without))
        .await
        .problem(400, "file-missing");
}

#[tokio::test]
async fn a_repeat_gives_the_first_answer_at_any_age_and_other_bytes_are_refused() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let first = upload(&api, &ann, JPEG, "one").await.is(201).body;
    // As old as an access token lets it be; beyond the window of duplicates in any case.
    api.advance(14 * 60);
    let again = api
        .appends_nothing(upload(&api, &ann, JPEG, "one"))
        .await
        .is(201)
        .body;
    assert_eq!(again, first);
    let other = api.appends_nothing(upload(&api, &ann, WEBP, "one")).await;
    other.problem(422, "idempotency-key-reused");
}

#[rstest]
#[case::nothing(b"", 415, "unsupported-image")]
#[case::a_text(b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported-image")]
#[case::half_a_picture(&JPEG[..200], 422, "unreadable-image")]
#[tokio::test]
async fn what_is_no_picture_is_refused(#[case] bytes: &[u8], #[case] status: u16, #[case] code: &str) {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    api.appends_nothing(upload(&api, &ann, bytes, "one"))
        .await
        .problem(status, code);
}

#[tokio::test]
async fn too_many_bytes_are_refused_whether_they_are_announced_or_not() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let large = vec![0xff; 10 * 1024 * 1024 + 1];
    api.appends_nothing(upload(&api, &ann, &large, "one"))
        .await
        .problem(413, "too-large");
    let chunks: Vec<_> = large
        .chunks(64 * 1024)
        .map(|chunk| Ok::<_, Infallible>(chunk.to_vec()))
        .collect();
    let unannounced = api
        .post("/v1/media")
        .by(&ann)
        .body("image/jpeg", reqwest::Body::wrap_stream(stream::iter(chunks)));
    api.appends_nothing(unannounced).await.problem(413, "too-large");
}

#[rstest]
#[case::without_a_length(false)]
#[case::with_its_length(true)]
#[tokio::test]
async fn too_many_bytes_in_a_form_are_refused_in_the_same_way(#[case] announced: bool) {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let mut form = b"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n".to_vec();
    form.resize(form.len() + 11 * 1024 * 1024, 0xff);
    form.extend(b"\r\n--x--\r\n");
    let body = if announced {
        reqwest::Body::from(form)
    } else {
        let chunks: Vec<_> = form.chunks(64 * 1024).map(<[u8]>::to_vec).collect();
        reqwest::Body::wrap_stream(stream::iter(chunks.into_iter().map(Ok::<_, Infallible>)))
    };
    let send = api
        .post("/v1/media")
        .by(&ann)
        .body("multipart/form-data; boundary=x", body);
    api.appends_nothing(send).await.problem(413, "too-large");
}

#[rstest]
#[tokio::test]
async fn the_content_tells_what_a_picture_is_and_not_its_name(
    #[values("image/jpg", "image/png", "image/x-unknown", "application/octet-stream", "")] content_type: &str,
) {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let sent = api.post("/v1/media").by(&ann).body(content_type, JPEG.to_vec());
    sent.await.is(201);
    let mut form = b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"photo\"\r\n".to_vec();
    form.extend(format!("Content-Type: {content_type}\r\n\r\n").into_bytes());
    form.extend(JPEG);
    form.extend(b"\r\n--x--\r\n");
    let sent = api
        .post("/v1/media")
        .by(&ann)
        .body("multipart/form-data; boundary=x", form);
    sent.await.is(201);
}

#[tokio::test]
async fn an_upload_that_moved_is_told_when_it_will_not_any_more_and_so_is_its_repeat() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    for _ in 0..2 {
        let moved = upload(&api, &ann, WEBP, "moved").await.is(201);
        assert_eq!(moved.body["animation_dropped"], json!(true));
        let still = upload(&api, &ann, JPEG, "still").await.is(201);
        assert_eq!(still.body["animation_dropped"], json!(false));
    }
}

#[tokio::test]
async fn an_upload_says_that_it_is_a_picture_and_who_sends_it() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let json = api.post("/v1/media").by(&ann).json(&json!({}));
    api.appends_nothing(json)
        .await
        .problem(415, "unsupported-media-type");
    let nobody = api.post("/v1/media").body("image/jpeg", JPEG.to_vec());
    api.appends_nothing(nobody).await.problem(401, "missing-token");
    let long = format!("/v1/media?alt={}", "a".repeat(1_001));
    let long = api.post(&long).by(&ann).body("image/jpeg", JPEG.to_vec());
    api.appends_nothing(long).await.problem(422, "validation-failed");
}

#[tokio::test]
async fn posts_show_ones_own_pictures_only() {
    let api = Api::start().await;
    let (ann, ben) = (api.person("ann").await, api.person("ben").await);
    let (own, other) = (uploaded(&api, &ann, "a").await, uploaded(&api, &ben, "b").await);
    api.post("/v1/posts").by(&ann).json(&post_of(&own)).await.is(201);
    let blocks = json!([
        { "type": "image", "media_id": own, "alt": "" },
        { "type": "image", "media_id": other, "alt": "" },
    ]);
    let both = json!({ "blocks": blocks, "visibility": "public" });
    let refused = api
        .appends_nothing(api.post("/v1/posts").by(&ann).json(&both))
        .await;
    let problem = refused.problem(422, "media-not-yours");
    assert_eq!(problem.faults(), [("blocks[1].media_id", "media-not-yours")]);
}

#[tokio::test]
async fn a_picture_can_be_put_to_use_for_twelve_hours_and_stays_where_it_is() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let picture = uploaded(&api, &ann, "a").await;
    let publish = |ann: &Person| api.post("/v1/posts").by(ann).key("post").json(&post_of(&picture));
    let post = publish(&ann).await.is(201).body;
    api.advance(12 * 3_600);
    let log_in = json!({ "login": "ann", "password": PASSWORD });
    let ann = Person::from(&api.post("/v1/auth/login").json(&log_in).await.is(200));
    let late = api.post("/v1/posts").by(&ann).json(&post_of(&picture));
    api.appends_nothing(late).await.problem(422, "media-expired");
    // A repeat is answered as the first time, and an edit keeps what the post shows.
    assert_eq!(publish(&ann).await.is(201).body, post);
    let edited = json!({ "blocks": [
        { "type": "text", "text": "Look:" },
        { "type": "image", "media_id": picture, "alt": "the boat" },
    ] });
    let path = format!("/v1/posts/{}", post["id"].as_str().unwrap());
    api.patch(&path).by(&ann).json(&edited).await.is(200);
}

#[tokio::test]
async fn messages_and_profiles_show_ones_own_pictures_too() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let (own, other) = (uploaded(&api, &ann, "a").await, uploaded(&api, &ben, "b").await);
    let path = format!("/v1/conversations/{}/messages", ben.id);
    let send = |id: &str, media: &str| {
        let message = json!({ "id": id, "text": "", "media_ids": [media] });
        api.post(&path).by(&ann).json(&message)
    };
    send("5f1c8f0e-7b5c-4a53-9f6f-3a1f0b1f0001", &own).await.is(201);
    let refused = send("5f1c8f0e-7b5c-4a53-9f6f-3a1f0b1f0002", &other);
    let problem = api.appends_nothing(refused).await.problem(422, "media-not-yours");
    assert_eq!(problem.faults(), [("media_ids[0]", "media-not-yours")]);
    let avatar = |media: &str| {
        api.put("/v1/me/avatar")
            .by(&ann)
            .json(&json!({ "media_id": media }))
    };
    avatar(&own).await.is(200);
    api.appends_nothing(avatar(&other))
        .await
        .problem(422, "media-not-yours");
}
