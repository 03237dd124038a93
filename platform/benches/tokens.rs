//! What an access token costs: made, checked for the first time, checked again.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that fails has nothing to say but why"
)]
#![expect(missing_docs, reason = "what criterion's macro makes has none")]

use std::hint::black_box;

use chrono::Duration;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use platform::config::Key;
use platform::token::{Audience, Signer, Verifier};
use platform::{Clock, id};

fn tokens(criterion: &mut Criterion) {
    let audience = Audience {
        issuer: "us".to_owned(),
        audience: "them".to_owned(),
    };
    let signer = Signer::new(&Key::new([7; 32]), audience.clone(), Clock::system()).unwrap();
    let verifier = || Verifier::new([signer.public_key()], &audience, Clock::system());
    let sign = || {
        let token = signer.sign(id::ordered(), id::ordered(), Duration::minutes(15));
        token.unwrap()
    };
    let mut group = criterion.benchmark_group("tokens");
    group.bench_function("sign", |bencher| bencher.iter(sign));
    let token = sign();
    group.bench_function("verify the first time", |bencher| {
        bencher.iter_batched(
            verifier,
            |verifier| verifier.verify(black_box(&token)).unwrap(),
            BatchSize::SmallInput,
        );
    });
    let knows = verifier();
    group.bench_function("verify again", |bencher| {
        bencher.iter(|| knows.verify(black_box(&token)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, tokens);
criterion_main!(benches);
