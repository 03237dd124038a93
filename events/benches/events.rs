//! What one event costs without any server: sealing, encoding, decoding, subjects.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that fails has nothing to say but why"
)]
#![expect(missing_docs, reason = "what criterion's macro makes has none")]

use std::hint::black_box;
use std::sync::Arc;

use chrono::DateTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use events::post::{Block, Content, Event, Version, Visibility};
use events::{
    AccountId, CommandId, DataKey, KeyState, Meta, Namespace, Personal, PostId, RawEvent, Scope, Subject,
    encode, header, partition,
};
use uuid::Uuid;

/// About what people write, and the most that they may.
const SIZES: [(&str, usize); 2] = [("a post of 200 characters", 200), ("a post of 20,000", 20_000)];

fn post(characters: usize) -> events::Event {
    let text = "a".repeat(characters.min(5_000));
    let blocks = vec![Block::Text { text }; characters.div_ceil(5_000)];
    events::Event::Post(Event::Published(Version {
        post: PostId::from(Uuid::from_u128(7)),
        author: AccountId::from(Uuid::from_u128(1)),
        visibility: Visibility::Public,
        personal: Personal::Known(Content { blocks }),
    }))
}

fn meta() -> Meta {
    Meta {
        at: DateTime::UNIX_EPOCH,
        command_id: CommandId::from(Uuid::from_u128(3)),
        command_hash: None,
        actor: Some(AccountId::from(Uuid::from_u128(1))),
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
    }
}

fn codec(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("codec");
    let (scope, meta) = (Scope::post(PostId::from(Uuid::from_u128(7))), meta());
    let key = Arc::new(DataKey::generate());
    for (name, characters) in SIZES {
        let event = post(characters);
        group.bench_function(format!("encode {name}"), |bencher| {
            bencher.iter(|| encode(black_box(&scope), black_box(&event), &meta, Some(&key)).unwrap());
        });
        let encoded = encode(&scope, &event, &meta, Some(&key)).unwrap();
        let mut headers = encoded.headers.clone();
        headers.insert(header::SEQUENCE, "42");
        let message = async_nats::Message {
            subject: format!("live.{}", encoded.subject).into(),
            reply: None,
            length: encoded.body.len(),
            payload: encoded.body.clone(),
            headers: Some(headers),
            status: None,
            description: None,
        };
        let state = KeyState::Alive(key.clone());
        group.bench_function(format!("decode {name}"), |bencher| {
            let namespace = Namespace::default();
            bencher.iter(|| {
                let raw = RawEvent::from_live(&namespace, black_box(message.clone())).unwrap();
                raw.decode(Some(&state)).unwrap()
            });
        });
    }
    group.finish();
}

fn sealing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sealing");
    let key = DataKey::generate();
    for (name, characters) in SIZES {
        let content = vec![b'a'; characters];
        group.throughput(Throughput::Bytes(characters as u64));
        group.bench_function(format!("seal {name}"), |bencher| {
            bencher.iter(|| key.seal("evt.1.post.x.published", black_box(&content)));
        });
        let sealed = key.seal("evt.1.post.x.published", &content);
        group.bench_function(format!("open {name}"), |bencher| {
            bencher.iter(|| key.open("evt.1.post.x.published", black_box(&sealed)).unwrap());
        });
    }
    group.finish();
}

fn subjects(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("subjects");
    let id = PostId::from(Uuid::from_u128(7));
    group.bench_function("partition", |bencher| {
        let key = id.to_string();
        bencher.iter(|| partition(black_box(&key)));
    });
    group.bench_function("write", |bencher| {
        bencher.iter(|| Scope::post(black_box(id)).subject("published"));
    });
    let subject = Scope::post(id).subject("published");
    group.bench_function("parse", |bencher| {
        bencher.iter(|| Subject::parse(black_box(&subject)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, codec, sealing, subjects);
criterion_main!(benches);
