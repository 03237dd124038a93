//! How much one account may add, and that it is one account's alone.

use serde_json::json;

use crate::drawn::{encoded, png_bomb, quadrants};
use crate::support::{Answer, Api, Person, text_post};

async fn upload(api: &Api, by: &Person) -> Answer {
    let image = image::DynamicImage::ImageRgb8(quadrants(8, 8));
    let picture = encoded(&image, image::ImageFormat::Png);
    api.post("/v1/media").by(by).body("image/png", picture).await
}

#[tokio::test]
async fn an_account_uploads_so_many_pictures_in_a_day() {
    let api = Api::start_with(&["--pictures-per-day", "2"]).await;
    let (ann, bob) = api.friends().await;
    for _ in 0..2 {
        upload(&api, &ann).await.is(201);
    }
    let refused = api.appends_nothing(upload(&api, &ann)).await;
    let refused = refused.problem(429, "quota-used-up");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&wait), "{wait}");
    upload(&api, &bob).await.is(201);
}

#[tokio::test]
async fn a_repeated_upload_costs_nothing_of_the_days() {
    let api = Api::start_with(&["--pictures-per-day", "1"]).await;
    let ann = api.person("ann").await;
    let image = image::DynamicImage::ImageRgb8(quadrants(8, 8));
    let picture = encoded(&image, image::ImageFormat::Png);
    let upload = || {
        let request = api.post("/v1/media").by(&ann).key("once");
        request.body("image/png", picture.clone())
    };
    let first = upload().await.is(201);
    let again = upload().await.is(201);
    assert_eq!(first.body["id"], again.body["id"]);
}

#[tokio::test]
async fn a_post_gets_so_many_versions_in_a_day_and_others_cannot_use_them_up() {
    let api = Api::start_with(&["--versions-per-day", "2"]).await;
    let (ann, bob) = api.friends().await;
    let post = api
        .post("/v1/posts")
        .by(&ann)
        .json(&text_post("first"))
        .await
        .is(201);
    let path = format!("/v1/posts/{}", post.body["id"].as_str().unwrap());
    let edit = |by, text: &str| {
        let blocks = json!({ "blocks": [{ "type": "text", "text": text }] });
        api.patch(&path).by(by).json(&blocks)
    };
    for _ in 0..3 {
        let _refused = edit(&bob, "not mine").await;
    }
    edit(&ann, "second").await.is(200);
    edit(&ann, "third").await.is(200);
    let refused = api.appends_nothing(edit(&ann, "fourth")).await;
    refused.problem(429, "quota-used-up");
}

#[tokio::test]
async fn an_account_makes_and_accepts_so_many_friend_requests_in_a_day() {
    let api = Api::start_with(&["--friend-requests-per-day", "1"]).await;
    let [ann, ben, cid] = [
        api.person("ann").await,
        api.person("ben").await,
        api.person("cid").await,
    ];
    let ask = |by, whom: &Person| {
        let body = json!({ "user_id": whom.id });
        api.post("/v1/friend-requests").by(by).json(&body)
    };
    ask(&ann, &cid).await.is(201);
    let refused = api.appends_nothing(ask(&ann, &ben)).await;
    refused.problem(429, "quota-used-up");
    let accept = |by, whom: &Person| {
        let path = format!("/v1/friend-requests/{}/accept", whom.id);
        api.post(&path).by(by)
    };
    accept(&cid, &ann).await.is(200);
    ask(&ben, &cid).await.is(201);
    let refused = api.appends_nothing(accept(&cid, &ben)).await;
    refused.problem(429, "quota-used-up");
}

#[tokio::test]
async fn an_account_is_charged_for_the_pixels_that_it_has_decoded_and_told_when_there_are_more() {
    let options = [
        "--media-megapixels-burst",
        "40",
        "--media-megapixels-per-minute",
        "1",
    ];
    let api = Api::start_with(&options).await;
    let (ann, bob) = api.friends().await;
    // Forty megapixels by its header, in less than a kilobyte.
    let send = |by| {
        let request = api.post("/v1/media").by(by);
        request.body("image/png", png_bomb(8_000, 5_000))
    };
    send(&ann).await.problem(422, "unreadable-image");
    let refused = send(&ann).await.problem(429, "too-many-requests");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 60);
    send(&bob).await.problem(422, "unreadable-image");
}
