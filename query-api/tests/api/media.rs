//! Pictures in answers, and the pictures themselves.

use ::media::store::{Location, Picture};
use events::{AccountId, MediaId, media, post};
use serde_json::{Value, json};

use crate::world::World;

/// The smallest GIF, and a still of it.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// Stores a picture and lets it be told of.
async fn uploaded(world: &World, owner: AccountId) -> MediaId {
    let environment = world.system.environment();
    let place = environment.iter().find(|(name, _)| name == "ECHO_MEDIA_STORE");
    let place: Location = place
        .expect("there is a place for pictures")
        .1
        .parse()
        .expect("it is one");
    let media = MediaId::from(testkit::random_id());
    let picture = Picture {
        owner,
        media,
        format: media::Format::Gif,
        original: GIF.into(),
        medium: None,
        thumbnail: GIF.into(),
    };
    place
        .open()
        .expect("it opens")
        .put(picture)
        .await
        .expect("it is stored");
    world.upload(media, owner).await;
    media
}

fn image(post: &Value) -> &Value {
    &post["blocks"][0]
}

#[tokio::test]
async fn a_post_shows_where_its_pictures_are_and_how_large() {
    let world = World::start().await;
    let [ann, ben] = world.people(["ann", "ben"]).await;
    let media = uploaded(&world, ann).await;
    let position = world.show(ann, post::Visibility::Public, media).await;
    let feed = world
        .api
        .ask_as(ann, "/v1/feed")
        .after(position)
        .send()
        .await
        .ok("feed");
    let shown = image(&feed["items"][0]).clone();
    assert_eq!(
        (
            &shown["width"],
            &shown["height"],
            &shown["blurhash"],
            &shown["alt"]
        ),
        (&json!(400), &json!(300), &json!("LEHV6nWB2yk8"), &json!("a boat"))
    );
    let id = feed["items"][0]["id"].as_str().expect("an id").to_owned();
    let to_another = world.api.get(ben, &format!("/v1/posts/{id}")).await;
    assert_eq!(image(&to_another)["url"], shown["url"]);

    for url in ["url", "medium_url", "thumbnail_url"] {
        let url = shown[url].as_str().expect("a URL");
        let picture = world.api.ask(url).send().await;
        assert_eq!(picture.status, 200);
        assert_eq!(picture.header("content-type"), "image/gif");
        assert_eq!(picture.header("content-length"), GIF.len().to_string());
        assert_eq!(
            picture.header("cache-control"),
            "private, max-age=86400, immutable"
        );
        assert_eq!(picture.header("x-content-type-options"), "nosniff");
        let again = world
            .api
            .ask(url)
            .header("if-none-match", picture.header("etag"))
            .send()
            .await;
        assert_eq!((again.status.as_u16(), again.body), (304, json!("")));
        let (path, query) = url.split_once('?').expect("signed");
        let forged = query.replace("s=", "s=A");
        for bad in [
            path.to_owned(),
            format!("{path}?{forged}"),
            format!("{path}?e=9999999999&s=AAAA"),
        ] {
            let answer = world.api.ask(&bad).send().await;
            assert_eq!(
                (answer.status.as_u16(), &answer.body["code"]),
                (404, &json!("media-not-found")),
                "{bad}"
            );
        }
    }
}

#[tokio::test]
async fn profiles_and_messages_show_pictures_too() {
    let world = World::start().await;
    let [ann, ben] = world.people(["ann", "ben"]).await;
    world.befriend(ann, ben).await;
    let media = uploaded(&world, ann).await;
    let changed = world.wear(ann, media).await;
    let profile = world
        .api
        .ask_as(ben, "/v1/users/ann")
        .after(changed)
        .send()
        .await
        .ok("profile");
    let url = profile["avatar"].as_str().expect("a URL");
    assert_eq!(world.api.ask(url).send().await.status, 200);

    let sent = world.send_picture(ann, ben, media).await;
    let path = format!("/v1/conversations/{ann}/messages");
    let messages = world
        .api
        .ask_as(ben, &path)
        .after(sent)
        .send()
        .await
        .ok("messages");
    let shown = &messages["items"][0]["media"][0];
    assert_eq!(
        (&shown["media_id"], &shown["width"]),
        (&json!(media), &json!(400))
    );
    let url = shown["url"].as_str().expect("a URL");
    assert_eq!(world.api.ask(url).send().await.status, 200);
    let sidebar = world.api.get(ben, "/v1/chat/sidebar").await;
    assert_eq!(&sidebar["recent"][0]["last_message"]["media"][0], shown);
    let sync = world.api.get(ben, "/v1/sync?after=c0").await;
    assert_eq!(&sync["items"][0]["message"]["media"][0], shown);
}

#[tokio::test]
async fn what_happened_to_a_post_is_told_with_its_first_picture() {
    let world = World::start().await;
    let [ann, ben] = world.people(["ann", "ben"]).await;
    let media = uploaded(&world, ann).await;
    world.show(ann, post::Visibility::Public, media).await;
    world.publish(ann, post::Visibility::Public, "words alone").await;
    world.like(ben, ann, "words alone").await;
    world.like(ben, ann, &media.to_string()).await;
    world.settled().await;
    let told = world.api.get(ann, "/v1/notifications").await;
    let of = |n: usize| &told["items"][n]["post"]["thumbnail_url"];
    assert_eq!(of(1), &json!(null));
    let thumbnail = world.api.ask(of(0).as_str().expect("a URL")).send().await;
    assert_eq!(thumbnail.status, 200);
}
