//! What a decision costs once the events are loaded: folding them and deciding.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that fails has nothing to say but why"
)]
#![expect(missing_docs, reason = "what criterion's macro makes has none")]

use std::hint::black_box;

use command_api::domain::friendship::{self, What};
use command_api::domain::{Aggregate, post};
use criterion::{Criterion, criterion_group, criterion_main};
use events::post::{Block, Content, Version, Visibility};
use events::{AccountId, Event, Personal, PostId};
use uuid::Uuid;

fn person(n: u128) -> AccountId {
    AccountId::from(Uuid::from_u128(n))
}

fn content(text: &str) -> Content {
    let text = text.to_owned();
    Content {
        blocks: vec![Block::Text { text }],
    }
}

fn posts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide");
    let version = |text: &str| Version {
        post: PostId::from(Uuid::from_u128(7)),
        author: person(1),
        visibility: Visibility::Public,
        personal: Personal::Known(content(text)),
    };
    group.bench_function("publish a post", |bencher| {
        bencher.iter(|| {
            let command = post::Command::Publish(version("Hello"));
            post::decide(&post::State::Missing, black_box(command)).unwrap()
        });
    });
    let history = [
        Event::Post(events::post::Event::Published(version("Hello"))),
        Event::Post(events::post::Event::Edited(version("Hello, all"))),
    ];
    group.bench_function("fold a post and edit it", |bencher| {
        bencher.iter(|| {
            let state = post::State::fold(black_box(&history));
            let command = post::Command::Edit {
                by: person(1),
                content: Some(content("Hello, everybody")),
                visibility: None,
            };
            post::decide(&state, command).unwrap()
        });
    });
    group.bench_function("accept a friend", |bencher| {
        let asked = friendship::Command {
            by: person(1),
            other: person(2),
            what: What::Request,
        };
        let asked = friendship::decide(&friendship::State::default(), asked).unwrap();
        let history = [Event::Friendship(asked)];
        bencher.iter(|| {
            let state = friendship::State::fold(black_box(&history));
            let command = friendship::Command {
                by: person(2),
                other: person(1),
                what: What::Accept,
            };
            friendship::decide(&state, command).unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, posts);
criterion_main!(benches);
