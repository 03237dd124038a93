//! Pictures that nothing refers to go, and nothing else does.

use ::media::store::{Location, Picture};
use chrono::{DateTime, Duration, Utc};
use events::media::{DeletionReason, Description, Format, Uploaded};
use events::post::{Block, Content, Version, Visibility};
use events::{
    AccountId, CommandId, Event, Expect, MediaId, Meta, NewEvent, Personal, PostId, Scope, dm, media, post,
};
use futures::TryStreamExt;
use platform::clock;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::{Service, TestSystem};
use tokio::process::Command;

use crate::support::{Api, Person};
use crate::watch::eventually;

const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

fn store(system: &TestSystem) -> Arc<dyn ::media::store::Store> {
    let environment = system.environment();
    let place = environment.iter().find(|(name, _)| name == "ECHO_MEDIA_STORE");
    let place: Location = place.unwrap().1.parse().unwrap();
    place.open().unwrap()
}

async fn append(system: &TestSystem, scope: Scope, event: impl Into<Event>, at: DateTime<Utc>) {
    let meta = Meta {
        at,
        command_id: CommandId::from(platform::id::random()),
        command_hash: None,
        actor: None,
        traceparent: None,
    };
    let new = NewEvent {
        scope,
        event: event.into(),
        expect: Expect::Anything,
    };
    system.store.append(new, &meta).await.unwrap();
}

/// A picture that is in the store; with an event that says since when, or without.
async fn picture(system: &TestSystem, owner: AccountId, uploaded_at: Option<DateTime<Utc>>) -> MediaId {
    let media = MediaId::from(platform::id::random());
    let picture = Picture {
        owner,
        media,
        format: Format::Gif,
        original: GIF.into(),
        medium: None,
        thumbnail: GIF.into(),
    };
    store(system).put(picture).await.unwrap();
    if let Some(at) = uploaded_at {
        let uploaded = Uploaded {
            media,
            owner,
            format: Format::Gif,
            bytes: 1,
            width: 1,
            height: 1,
            personal: Personal::Known(Description {
                blurhash: String::new(),
                alt: String::new(),
            }),
        };
        append(system, Scope::media(media), media::Event::Uploaded(uploaded), at).await;
    }
    media
}

async fn show(system: &TestSystem, author: AccountId, media: MediaId) {
    let post = PostId::from(platform::id::random());
    let alt = String::new();
    let blocks = vec![Block::Image { media_id: media, alt }];
    let version = Version {
        post,
        author,
        visibility: Visibility::Public,
        personal: Personal::Known(Content { blocks }),
    };
    append(
        system,
        Scope::post(post),
        post::Event::Published(version),
        clock::now(),
    )
    .await;
}

async fn send(system: &TestSystem, from: &Person, to: &Person, media: MediaId) {
    let sent = dm::Event::Sent(dm::Sent {
        from: from.id,
        to: to.id,
        client_id: platform::id::random(),
        personal: Personal::Known(dm::Message {
            text: String::new(),
            media: vec![media],
        }),
    });
    let scope = Scope::dm(sent.pair().unwrap());
    append(system, scope, sent, clock::now()).await;
}

/// Why a picture was deleted, if it was.
async fn deletion(system: &TestSystem, media: MediaId) -> Option<DeletionReason> {
    let history = system.store.history(&Scope::media(media)).await.unwrap();
    match &history.events.last()?.event {
        Event::Media(media::Event::Deleted(deleted)) => Some(deleted.reason),
        _ => None,
    }
}

async fn stored(system: &TestSystem, owner: AccountId) -> Vec<MediaId> {
    let held: Vec<_> = store(system).list(Some(owner)).try_collect().await.unwrap();
    let mut held: Vec<_> = held.into_iter().map(|held| held.media).collect();
    held.sort();
    held
}

async fn propose(system: &TestSystem, pictures: &[(MediaId, AccountId)]) -> Value {
    let subject = system.store.namespace().command("media.collect");
    let pictures: Vec<_> = pictures
        .iter()
        .map(|(media, owner)| json!({ "media": media, "owner": owner }))
        .collect();
    let payload = json!({ "pictures": pictures }).to_string();
    let answer = system
        .store
        .client()
        .request(subject, payload.into())
        .await
        .unwrap();
    serde_json::from_slice(&answer.payload).unwrap()
}

#[tokio::test]
async fn what_nothing_refers_to_for_a_day_is_found_and_deleted_and_the_rest_stays() {
    let api = Box::pin(Api::on(TestSystem::start().await, &[])).await;
    let (ann, ben) = api.friends().await;
    let system = &api.system;
    let old = Some(clock::now() - Duration::hours(25));
    let unused = picture(system, ann.id, old).await;
    let young = picture(system, ann.id, Some(clock::now() - Duration::hours(23))).await;
    let shown = picture(system, ann.id, old).await;
    let sent = picture(system, ann.id, old).await;
    show(system, ann.id, shown).await;
    send(system, &ann, &ben, sent).await;
    let mut environment = system.environment();
    environment.push(("ECHO_MEDIA_COLLECTION_MS".to_owned(), "100".to_owned()));
    let _projector = Service::start("projector", &["run"], &environment).await;
    eventually("the unused one goes", async || {
        deletion(system, unused).await == Some(DeletionReason::Unused)
    })
    .await;
    let mut kept = vec![young, shown, sent];
    kept.sort();
    eventually("its bytes go too", async || stored(system, ann.id).await == kept).await;
    // What was proposed then shows that the others were looked at and left.
    let later = picture(system, ben.id, old).await;
    eventually("the next one goes", async || {
        deletion(system, later).await.is_some()
    })
    .await;
    for media in kept {
        assert_eq!(deletion(system, media).await, None);
    }
}

#[tokio::test]
async fn command_api_decides_itself_whether_a_proposed_picture_is_old_enough_and_whose() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let system = &api.system;
    let media = picture(system, ann.id, Some(api.clock.now())).await;
    let both = [(media, ann.id), (media, ben.id)];
    assert_eq!(propose(system, &both).await, json!({ "ok": true, "deleted": 0 }));
    api.advance(24 * 60 * 60 - 1);
    assert_eq!(propose(system, &both).await, json!({ "ok": true, "deleted": 0 }));
    api.advance(1);
    let others = [(media, ben.id)];
    assert_eq!(
        propose(system, &others).await,
        json!({ "ok": true, "deleted": 0 })
    );
    assert_eq!(propose(system, &both).await, json!({ "ok": true, "deleted": 1 }));
    assert_eq!(propose(system, &both).await, json!({ "ok": true, "deleted": 0 }));
    assert_eq!(deletion(system, media).await, Some(DeletionReason::Unused));
    assert_eq!(stored(system, ann.id).await, []);
}

#[tokio::test]
async fn what_no_event_tells_of_is_deleted_by_the_daily_look_once_it_is_old() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let system = &api.system;
    let told = picture(system, ann.id, Some(clock::now() - Duration::hours(48))).await;
    let orphan = picture(system, ann.id, None).await;
    let young = picture(system, ann.id, None).await;
    for media in [told, orphan] {
        make_old(system, media);
    }
    let status = Command::new(env!("CARGO_BIN_EXE_command-api"))
        .arg("collect-orphans")
        .envs(system.environment())
        .status()
        .await
        .unwrap();
    assert!(status.success());
    let mut kept = vec![told, young];
    kept.sort();
    assert_eq!(stored(system, ann.id).await, kept);
}

/// The files of a picture as if they had been written two days ago.
fn make_old(system: &TestSystem, media: MediaId) {
    let environment = system.environment();
    let place = environment.iter().find(|(name, _)| name == "ECHO_MEDIA_STORE");
    let folder = place.unwrap().1.strip_prefix("folder:").unwrap().to_owned();
    let at = std::time::SystemTime::from(clock::now() - Duration::hours(48));
    let mut folders = vec![std::path::PathBuf::from(folder)];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().contains(&media.to_string()) {
                std::fs::File::options()
                    .write(true)
                    .open(&path)
                    .unwrap()
                    .set_modified(at)
                    .unwrap();
                found += 1;
            }
        }
    }
    assert!(found > 0, "the picture is a file");
}
