//! What becomes of real and of hostile files on their way through the upload, and that no body breaks it.

use std::convert::Infallible;
use std::sync::Arc;

use events::{AccountId, MediaId};
use futures::{TryStreamExt, stream};
use image::{DynamicImage, ImageFormat};
use media::Variant;
use media::store::{Location, Store};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use rstest::rstest;

use crate::drawn::{SECRETS, are_quadrants, contains, corners, png_bomb, quadrants, tagged, tagged_jpeg};
use crate::support::{Answer, Api, Person};

/// The store that the service of this test puts its pictures into.
fn store(api: &Api) -> Arc<dyn Store> {
    let environment = api.system.environment();
    let location = environment.iter().find(|(name, _)| name == "ECHO_MEDIA_STORE");
    let location: Location = location.unwrap().1.parse().unwrap();
    location.open().unwrap()
}

async fn held(store: &dyn Store, owner: AccountId) -> usize {
    let held: Vec<_> = store.list(Some(owner)).try_collect().await.unwrap();
    held.len()
}

async fn upload(api: &Api, by: &Person, bytes: Vec<u8>) -> Answer {
    api.post("/v1/media")
        .by(by)
        .body("application/octet-stream", bytes)
        .await
}

/// A picture that stands upright once it is turned as its metadata says, which also tell where it was taken.
fn turned(format: ImageFormat) -> Vec<u8> {
    let stored = DynamicImage::ImageRgb8(quadrants(96, 64)).rotate270();
    match format {
        ImageFormat::Jpeg => tagged_jpeg(&stored.to_rgb8(), 6),
        format => tagged(&stored, 6, format),
    }
}

#[rstest]
#[tokio::test]
async fn a_stored_picture_stands_upright_and_tells_nothing_of_camera_or_place(
    #[values(ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP)] format: ImageFormat,
) {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let sent = turned(format);
    assert!(contains(&sent, b"Secret Camera"));
    let picture = upload(&api, &ann, sent).await.is(201).body;
    assert_eq!((&picture["width"], &picture["height"]), (&96.into(), &64.into()));
    let media: MediaId = picture["id"].as_str().unwrap().parse().unwrap();
    for variant in Variant::ALL {
        let content = store(&api).get(media, variant).await.unwrap().unwrap();
        let stored = content.read().await.unwrap();
        for secret in SECRETS {
            assert!(
                !contains(&stored, secret),
                "{variant:?} holds {}",
                String::from_utf8_lossy(secret)
            );
        }
        let shown = image::load_from_memory(&stored).unwrap();
        assert_eq!((shown.width(), shown.height()), (96, 64), "{variant:?}");
        assert!(are_quadrants(corners(&shown)), "{variant:?}");
    }
}

#[rstest]
#[case::more_pixels_than_any_machine_holds(png_bomb(50_000, 50_000), "too-many-pixels")]
#[case::sides_beyond_reason(png_bomb(2_000_000_000, 2_000_000_000), "too-many-pixels")]
#[case::as_many_pixels_as_may_be_and_nothing_behind(png_bomb(8_000, 5_000), "unreadable-image")]
#[tokio::test]
async fn a_bomb_is_refused_and_leaves_nothing_behind(#[case] bomb: Vec<u8>, #[case] code: &str) {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    assert!(bomb.len() < 1_000);
    api.appends_nothing(upload(&api, &ann, bomb))
        .await
        .problem(422, code);
    assert_eq!(held(&*store(&api), ann.id).await, 0);
}

/// A field of a form.
#[derive(Clone, Debug)]
struct Field {
    name: String,
    /// Further parameters and headers.
    more: String,
    body: Vec<u8>,
}

fn field() -> impl Strategy<Value = Field> {
    let more = prop::sample::select(vec![
        "",
        "; filename=\"a.txt\"",
        "; filename=\"../../etc/passwd\"\r\nContent-Type: text/html",
        "\r\nContent-Transfer-Encoding: base64",
    ]);
    let body = prop::collection::vec(any::<u8>(), 0..300);
    ("[a-eg-z]{0,8}", more, body).prop_map(|(name, more, body)| Field {
        name,
        more: more.to_owned(),
        body,
    })
}

fn form(boundary: &str, fields: &[Field]) -> Vec<u8> {
    let mut form = Vec::new();
    for Field { name, more, body } in fields {
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n");
        form.extend(head.into_bytes());
        form.extend(body);
        form.extend(b"\r\n");
    }
    form.extend(format!("--{boundary}--\r\n").into_bytes());
    form
}

/// The bytes in pieces as a network may cut them.
fn pieces(bytes: &[u8], cuts: &[Index]) -> reqwest::Body {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    let pieces: Vec<_> = cuts
        .windows(2)
        .map(|piece| Ok::<_, Infallible>(bytes[piece[0]..piece[1]].to_vec()))
        .collect();
    reqwest::Body::wrap_stream(stream::iter(pieces))
}

/// Runs a property against one service.
fn check<S: Strategy>(
    cases: u32,
    strategy: &S,
    test: &impl AsyncFn(&Api, &Person, S::Value) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (api, ann) = runtime.block_on(async {
        let api = Api::start().await;
        let ann = api.person("ann").await;
        (api, ann)
    });
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let result = TestRunner::new(config).run(strategy, |value| runtime.block_on(test(&api, &ann, value)));
    result.unwrap();
}

#[test]
fn a_form_is_read_whatever_stands_around_the_picture_and_however_it_arrives() {
    let strategy = (
        "[a-zA-Z0-9'_-]{1,70}",
        prop::collection::vec(field(), 0..4),
        prop::collection::vec(field(), 0..3),
        prop::collection::vec(any::<Index>(), 0..12),
    );
    check(
        48,
        &strategy,
        &async |api, ann, (boundary, before, after, cuts)| {
            let picture = Field {
                name: "file".to_owned(),
                more: "; filename=\"a.jpg\"\r\nContent-Type: image/jpeg".to_owned(),
                body: turned(ImageFormat::Jpeg),
            };
            let fields = [before, vec![picture], after].concat();
            // A border inside a field is a border.
            let border = format!("\r\n--{boundary}").into_bytes();
            prop_assume!(!fields.iter().any(|field| contains(&field.body, &border)));
            let answer = api
                .post("/v1/media")
                .by(ann)
                .body(
                    &format!("multipart/form-data; boundary=\"{boundary}\""),
                    pieces(&form(&boundary, &fields), &cuts),
                )
                .await;
            prop_assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
            prop_assert_eq!(&answer.body["width"], &serde_json::json!(96));
            Ok(())
        },
    );
}

#[test]
fn whatever_is_uploaded_is_answered_with_a_picture_or_a_problem_that_says_why() {
    let types = prop::sample::select(vec![
        "image/jpeg",
        "image/svg+xml",
        "IMAGE/PNG; q=1",
        "application/octet-stream",
        "multipart/form-data; boundary=x",
        "multipart/form-data; boundary=\"",
        "multipart/form-data",
        "multipart/mixed; boundary=x",
        "text/plain",
        ";",
    ]);
    let changes = prop::collection::vec((any::<Index>(), any::<u8>()), 0..6);
    let cuts = prop::collection::vec(any::<Index>(), 0..6);
    let strategy = (types, any::<bool>(), changes, any::<Index>(), any::<bool>(), cuts);
    check(96, &strategy, &async |api,
                                 ann,
                                 (
        content_type,
        in_form,
        changes,
        end,
        whole,
        cuts,
    )| {
        let picture = turned(ImageFormat::Jpeg);
        let mut body = if in_form {
            let field = Field {
                name: "file".to_owned(),
                more: String::new(),
                body: picture,
            };
            form("x", &[field])
        } else {
            picture
        };
        for (at, to) in changes {
            *at.get_mut(&mut body) = to;
        }
        if !whole {
            body.truncate(end.index(body.len()));
        }
        let answer = api
            .post("/v1/media")
            .by(ann)
            .body(content_type, pieces(&body, &cuts))
            .await;
        let status = answer.status.as_u16();
        prop_assert!(
            matches!(status, 201 | 400 | 415 | 422),
            "{status} {}",
            answer.body
        );
        if status != 201 {
            prop_assert_eq!(answer.header("content-type"), "application/problem+json");
            prop_assert!(answer.body["code"].is_string(), "{}", answer.body);
        }
        Ok(())
    });
}
