//! A golden file per event type: what has been shipped can be read for ever, and is written alike.
//!
//! `ECHO_BLESS=1 cargo test -p events golden` writes the files of new types; it never touches one that
//! exists, for a shipped event's shape never changes.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

use async_nats::HeaderMap;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    AccountId, CommandId, DataKey, Event, KeyState, MediaId, Meta, NameHash, Pair, Personal, PostId,
    RawEvent, Scope, SessionId, Stream, account, codec, comment, dm, friendship, inbox, media, name, person,
    post, reaction, report, session,
};

#[derive(Serialize, Deserialize)]
struct Golden {
    subject: String,
    headers: BTreeMap<String, String>,
    body: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    personal: Option<Value>,
}

fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

fn moment() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_767_225_600_123).unwrap()
}

fn meta() -> Meta {
    Meta {
        at: moment(),
        command_id: id::<CommandId>(0xc0),
        command_hash: Some("c0ffee".to_owned()),
        actor: Some(id(0xa)),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
    }
}

fn account_samples() -> Vec<account::Event> {
    use account::{
        Email, EmailChanged, Event, Password, PasswordChanged, PictureChanged, ProfileUpdated, SignedUp,
    };
    let account = id::<AccountId>(0xa);
    let kept_session = Some(id::<SessionId>(0x5));
    let registration = account::Registration {
        username: "ada".into(),
        email: "ada@example.org".into(),
        display_name: "Ada Lovelace".into(),
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into(),
    };
    let profile = account::Profile {
        display_name: "Ada".into(),
        bio: "Engines ⚙".into(),
        location: "London".into(),
        website: "https://example.org".into(),
    };
    let password = Password {
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$b3RoZXI".into(),
    };
    let sessions_not_before = moment();
    vec![
        Event::SignedUp(SignedUp {
            account,
            personal: Personal::Known(registration),
        }),
        Event::ProfileUpdated(ProfileUpdated {
            account,
            personal: Personal::Known(profile),
        }),
        Event::AvatarChanged(PictureChanged {
            account,
            media: Some(id::<MediaId>(0x3)),
        }),
        Event::CoverChanged(PictureChanged { account, media: None }),
        Event::PasswordChanged(PasswordChanged {
            account,
            sessions_not_before,
            kept_session,
            personal: Personal::Known(password),
        }),
        Event::EmailChanged(EmailChanged {
            account,
            personal: Personal::Known(Email {
                email: "ada@example.net".into(),
            }),
        }),
        Event::LoggedOutEverywhere(account::LoggedOutEverywhere {
            account,
            sessions_not_before,
            kept_session,
        }),
        Event::ErasureRequested(account::ErasureRequested {
            account,
            sessions_not_before,
            username: NameHash("0123".into()),
            email: NameHash("4567".into()),
        }),
        Event::Erased(account::Erased { account }),
    ]
}

fn friendship_samples() -> Vec<friendship::Event> {
    use friendship::{Blocking, Event, Step};
    let (by, other) = (id::<AccountId>(0xa), id::<AccountId>(0xb));
    vec![
        Event::Requested(Step { by, other }),
        Event::Accepted(Step { by: other, other: by }),
        Event::Declined(Step { by: other, other: by }),
        Event::Cancelled(Step { by, other }),
        Event::Removed(Step { by, other }),
        Event::Blocked(Blocking {
            by,
            other,
            blocked_by: vec![by, other],
        }),
        Event::Unblocked(Blocking {
            by,
            other,
            blocked_by: vec![other],
        }),
    ]
}

fn post_samples() -> Vec<post::Event> {
    use post::{Block, Content, Deleted, Event, Version, Visibility};
    let (post, author) = (id::<PostId>(0xd), id::<AccountId>(0xa));
    let blocks = vec![
        Block::Text {
            text: "Hello\nworld".into(),
        },
        Block::Image {
            media_id: id(0x3),
            alt: "A loom".into(),
        },
    ];
    let published = Version {
        post,
        author,
        visibility: Visibility::Public,
        personal: Personal::Known(Content { blocks }),
    };
    let blocks = vec![Block::Text {
        text: "Hello again".into(),
    }];
    let edited = Version {
        post,
        author,
        visibility: Visibility::Friends,
        personal: Personal::Known(Content { blocks }),
    };
    vec![
        Event::Published(published),
        Event::Edited(edited),
        Event::Deleted(Deleted { post, author }),
    ]
}

fn reaction_samples() -> Vec<reaction::Event> {
    use reaction::{Event, Reaction};
    let reaction = || Reaction {
        post: id(0xd),
        post_author: id(0xa),
        by: id(0xb),
    };
    vec![Event::Liked(reaction()), Event::Unliked(reaction())]
}

fn comment_samples() -> Vec<comment::Event> {
    use comment::{Deleted, Event, Text, Version};
    let (comment, post, post_author, author) = (id(0xcc), id(0xd), id(0xa), id(0xb));
    let saying = |text: &str| Version {
        comment,
        post,
        post_author,
        author,
        personal: Personal::Known(Text { text: text.into() }),
    };
    let deleted = Deleted {
        comment,
        post,
        post_author,
        author,
        by: post_author,
    };
    vec![
        Event::Added(saying("First!")),
        Event::Edited(saying("Second.")),
        Event::Deleted(deleted),
    ]
}

fn media_samples() -> Vec<media::Event> {
    use media::{Deleted, DeletionReason, Description, Event, Format, Uploaded};
    let (media, owner) = (id(0x3), id(0xa));
    let description = Description {
        blurhash: "LEHV6nWB2yk8".into(),
        alt: "A loom".into(),
    };
    let uploaded = Uploaded {
        media,
        owner,
        format: Format::Jpeg,
        bytes: 123_456,
        width: 1600,
        height: 1200,
        personal: Personal::Known(description),
    };
    vec![
        Event::Uploaded(uploaded),
        Event::Deleted(Deleted {
            media,
            owner,
            reason: DeletionReason::Unused,
        }),
    ]
}

fn report_samples() -> Vec<report::Event> {
    use report::{Event, Filed, Note, Reason, Subject};
    vec![Event::Filed(Filed {
        report: id(0x7e),
        by: id(0xb),
        subject: Subject::Comment {
            post: id(0xd),
            comment: id(0xcc),
        },
        reason: Reason::SelfHarm,
        personal: Personal::Known(Note {
            note: "Please look".into(),
        }),
    })]
}

fn dm_samples() -> Vec<dm::Event> {
    use dm::{Deleted, Edited, Event, Message, Read, ReadUpTo, Sent};
    let (from, to, client_id) = (id::<AccountId>(0xa), id::<AccountId>(0xb), Uuid::from_u128(0xe));
    let message = |text: &str| {
        Personal::Known(Message {
            text: text.into(),
            media: vec![id(0x3)],
        })
    };
    vec![
        Event::Sent(Sent {
            from,
            to,
            client_id,
            personal: message("Tea?"),
        }),
        Event::Edited(Edited {
            from,
            to,
            client_id,
            sent: 7,
            personal: message("Tea at five?"),
        }),
        Event::Deleted(Deleted {
            from,
            to,
            client_id,
            sent: 7,
        }),
        Event::Read(Read {
            by: to,
            other: from,
            read_up_to: ReadUpTo { lo: 0, hi: 7 },
        }),
    ]
}

fn session_samples() -> Vec<session::Event> {
    use session::{Device, Event, RevocationReason, Revoked, Session};
    let (session, account) = (id::<SessionId>(0x5), id::<AccountId>(0xa));
    let device = || Device {
        user_agent: "Firefox".into(),
        address_prefix: "192.0.2.0/24".into(),
    };
    let at = |generation| Session {
        session,
        account,
        generation,
        started_at: moment(),
        refreshed_at: moment(),
        expires_at: moment(),
        personal: Personal::Known(device()),
    };
    vec![
        Event::Started(at(0)),
        Event::Refreshed(at(1)),
        Event::Revoked(Revoked {
            session,
            account,
            reason: RevocationReason::RefreshReused,
        }),
    ]
}

/// One event of each type, with the aggregate that it belongs to.
fn samples() -> Vec<(Scope, Event)> {
    let pair = Pair::of(id(0xa), id(0xb)).unwrap();
    let hash = NameHash("00112233445566778899aabbccddeeff".into());
    let names = || {
        let holder = name::Holder { account: id(0xa) };
        [
            name::Event::Claimed(holder.clone()),
            name::Event::Released(holder),
        ]
    };
    let mut samples = Vec::new();
    samples.extend(
        account_samples()
            .into_iter()
            .map(|e| (Scope::account(id(0xa)), e.into())),
    );
    samples.extend(names().map(|e| (Scope::username(&hash), Event::Username(e))));
    samples.extend(names().map(|e| (Scope::email(&hash), Event::Email(e))));
    samples.extend(
        friendship_samples()
            .into_iter()
            .map(|e| (Scope::friendship(pair), e.into())),
    );
    samples.extend(
        post_samples()
            .into_iter()
            .map(|e| (Scope::post(id(0xd)), e.into())),
    );
    samples.extend(
        reaction_samples()
            .into_iter()
            .map(|e| (Scope::reaction(id(0xd)), e.into())),
    );
    samples.extend(
        comment_samples()
            .into_iter()
            .map(|e| (Scope::comment(id(0xd), id(0xcc)), e.into())),
    );
    samples.extend(
        media_samples()
            .into_iter()
            .map(|e| (Scope::media(id(0x3)), e.into())),
    );
    let seen = inbox::NotificationsSeen {
        account: id(0xa),
        up_to: 42,
    };
    samples.push((
        Scope::inbox(id(0xa)),
        inbox::Event::NotificationsSeen(seen).into(),
    ));
    samples.extend(
        report_samples()
            .into_iter()
            .map(|e| (Scope::report(id(0x7e)), e.into())),
    );
    samples.extend(dm_samples().into_iter().map(|e| (Scope::dm(pair), e.into())));
    samples.extend(
        session_samples()
            .into_iter()
            .map(|e| (Scope::session(id(0x5)), e.into())),
    );
    let erased = person::Event::Erased(person::Erased { account: id(0xa) });
    samples.push((Scope::person(Stream::Chat, id(0xa)), erased.into()));
    samples
}

fn path(event: &Event) -> PathBuf {
    let file = format!(
        "{}.{}.v{}.json",
        event.aggregate(),
        event.event_type(),
        event.version()
    );
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file)
}

/// What is written for the event today, in the form of a golden file.
fn written(scope: &Scope, event: &Event, key: &DataKey) -> Golden {
    let encoded = codec::encode(scope, event, &meta(), Some(key)).unwrap();
    let headers = encoded
        .headers
        .iter()
        .map(|(name, values)| (name.to_string(), values[0].to_string()));
    Golden {
        subject: encoded.subject,
        headers: headers.collect(),
        body: serde_json::from_slice(&encoded.body).unwrap(),
        personal: event
            .personal()
            .unwrap()
            .map(|json| serde_json::from_slice(&json).unwrap()),
    }
}

fn raw(golden: &Golden) -> RawEvent {
    let mut headers = HeaderMap::new();
    golden
        .headers
        .iter()
        .for_each(|(name, value)| headers.insert(name.as_str(), value.as_str()));
    RawEvent::new(
        1,
        &golden.subject,
        headers,
        serde_json::to_vec(&golden.body).unwrap().into(),
    )
    .unwrap()
}

#[test]
fn golden_every_type_has_a_sample() {
    let sampled: Vec<_> = samples()
        .iter()
        .map(|(_, e)| (e.aggregate(), e.event_type(), e.version()))
        .collect();
    assert_eq!(sampled, Event::types().collect::<Vec<_>>());
}

#[test]
fn golden_what_was_shipped_reads_back_and_is_written_alike() {
    let key = DataKey::from_bytes([7; 32]);
    for (scope, event) in samples() {
        let path = path(&event);
        let now = written(&scope, &event, &key);
        if !path.exists() && std::env::var_os("ECHO_BLESS").is_some() {
            fs::write(&path, serde_json::to_string_pretty(&now).unwrap() + "\n").unwrap();
        }
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let golden: Golden = serde_json::from_str(&text).unwrap();

        let decoded = raw(&golden)
            .decode(Some(&KeyState::Alive(Arc::new(key.clone()))))
            .unwrap();
        assert_eq!(decoded.event, event, "{}", path.display());
        assert_eq!(decoded.meta, meta(), "{}", path.display());

        assert_eq!(now.subject, golden.subject);
        assert_eq!(now.headers, golden.headers);
        assert_eq!(now.personal, golden.personal);
        assert_eq!(now.body["data"], golden.body["data"]);
        assert_eq!(now.body["owner"], golden.body["owner"]);
    }
}

#[test]
fn golden_after_an_erasure_only_the_personal_part_is_gone() {
    let key = DataKey::from_bytes([7; 32]);
    for (scope, event) in samples() {
        let decoded = raw(&written(&scope, &event, &key))
            .decode(Some(&KeyState::Erased))
            .unwrap();
        let sealed = event.owner().is_some();
        assert_eq!(decoded.event.owner(), event.owner());
        assert_eq!(decoded.event == event, !sealed);
        if sealed {
            // What was forgotten can't be written again.
            assert!(codec::encode(&scope, &decoded.event, &meta(), Some(&key)).is_err());
        }
    }
}

#[test]
fn golden_unknown_versions_types_and_damage_are_errors_of_their_own() {
    let key = DataKey::from_bytes([7; 32]);
    let state = KeyState::Alive(Arc::new(key.clone()));
    let (scope, event) = samples().remove(0);
    let decode_with = |change: &dyn Fn(&mut Golden)| {
        let mut golden = written(&scope, &event, &key);
        change(&mut golden);
        raw(&golden).decode(Some(&state)).unwrap_err().to_string()
    };
    let version = |golden: &mut Golden| drop(golden.headers.insert("Echo-Version".into(), "9".into()));
    assert_eq!(decode_with(&version), "unknown version 9 of the event");
    let subject = |golden: &mut Golden| golden.subject = golden.subject.replace("signed_up", "signed_down");
    assert!(
        decode_with(&subject).contains("seal"),
        "a body moved to another subject doesn't open"
    );
    let unsealed = |golden: &mut Golden| drop(golden.body.as_object_mut().unwrap().remove("sealed"));
    assert_eq!(decode_with(&unsealed), "the sealed part is missing");
    let time = |golden: &mut Golden| drop(golden.headers.remove("Echo-At"));
    assert_eq!(decode_with(&time), "the header Echo-At is missing or wrong");
}
