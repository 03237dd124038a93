//! How long it takes from an append until a projection has applied the event, at an even rate.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use events::{Position, Stream};
use futures::StreamExt;
use platform::{health::Readiness, shutdown::Shutdown};
use projector::{Engine, Settings};
use read_model::{PROJECTIONS, engine::Progress};
use testkit::TestSystem;

use crate::happening::Happening;

/// How long after the last append the last announcement may come.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs all projections in one engine, lets events happen, and prints a line for each projection.
pub(crate) async fn measure(system: &TestSystem, mut happening: Happening, rate: u32, seconds: u32) {
    let shutdown = Shutdown::new();
    let database = system.database().await;
    let engine = Engine::new(
        system.store.clone(),
        database,
        Settings::default(),
        Readiness::new(),
        shutdown.clone(),
    );
    let subject = system.store.namespace().all_progress();
    let mut announcements = system.store.client().subscribe(subject).await.unwrap();
    let running = tokio::spawn(engine.run(projector::projections::all()));
    let mut heard: BTreeMap<&'static str, Vec<(Position, Instant)>> = BTreeMap::new();
    eprintln!("all projections catch up");
    hear(&mut announcements, &mut heard, &ends(system).await).await;
    heard.clear();
    eprintln!("{rate} events a second happen for {seconds} s");
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let listening = tokio::spawn(async move {
        let ends = listen(&mut announcements, &mut heard, receiver).await;
        hear(&mut announcements, &mut heard, &ends).await;
        heard
    });
    let appended = happening.happen_evenly(rate, seconds).await;
    sender.send(ends(system).await).unwrap();
    let heard = tokio::time::timeout(PATIENCE, listening).await.unwrap().unwrap();
    shutdown.begin();
    running.await.unwrap();
    println!(
        "\nFrom acknowledged to applied, at {rate} events a second for {seconds} s, all projections in one process:"
    );
    println!(
        "{:<14} {:>8} {:>9} {:>9} {:>9}",
        "projection", "events", "p50 ms", "p99 ms", "most ms"
    );
    for model in PROJECTIONS {
        let heard = heard.get(model.name).map_or(&[][..], Vec::as_slice);
        let mut lags: Vec<_> = appended
            .iter()
            .filter(|event| event.position.stream == model.stream)
            .filter_map(|event| {
                let applied = heard.iter().find(|(position, _)| *position >= event.position)?.1;
                Some(applied.saturating_duration_since(event.acknowledged))
            })
            .collect();
        lags.sort_unstable();
        let at = |share: usize| lags.get((lags.len() * share / 100).min(lags.len().saturating_sub(1)));
        let ms = |lag: Option<&Duration>| lag.map_or(f64::NAN, |lag| lag.as_secs_f64() * 1e3);
        println!(
            "{:<14} {:>8} {:>9.1} {:>9.1} {:>9.1}",
            model.name,
            lags.len(),
            ms(at(50)),
            ms(at(99)),
            ms(lags.last())
        );
    }
}

/// The last position of each stream.
async fn ends(system: &TestSystem) -> BTreeMap<&'static str, Position> {
    let mut ends = BTreeMap::new();
    for stream in Stream::ALL {
        ends.insert(stream.prefix(), system.store.last_position(stream).await.unwrap());
    }
    ends
}

/// Takes down what is announced until it is told where the streams end.
async fn listen(
    announcements: &mut async_nats::Subscriber,
    heard: &mut BTreeMap<&'static str, Vec<(Position, Instant)>>,
    mut ended: tokio::sync::oneshot::Receiver<BTreeMap<&'static str, Position>>,
) -> BTreeMap<&'static str, Position> {
    loop {
        tokio::select! {
            ends = &mut ended => return ends.unwrap(),
            message = announcements.next() => take(&message.unwrap(), heard),
        }
    }
}

/// Takes down what is announced until all projections have come to the ends of their streams.
async fn hear(
    announcements: &mut async_nats::Subscriber,
    heard: &mut BTreeMap<&'static str, Vec<(Position, Instant)>>,
    ends: &BTreeMap<&'static str, Position>,
) {
    let reached = |heard: &BTreeMap<&'static str, Vec<(Position, Instant)>>| {
        PROJECTIONS.iter().all(|model| {
            let last = heard.get(model.name).and_then(|heard| heard.last());
            last.is_some_and(|(position, _)| *position >= ends[model.stream.prefix()])
        })
    };
    while !reached(heard) {
        take(&announcements.next().await.unwrap(), heard);
    }
}

fn take(message: &async_nats::Message, heard: &mut BTreeMap<&'static str, Vec<(Position, Instant)>>) {
    let now = Instant::now();
    let model = PROJECTIONS.into_iter().find(|model| {
        let mut tokens = message.subject.split('.');
        tokens.any(|token| token == model.name)
    });
    let told: Progress = serde_json::from_slice(&message.payload).unwrap();
    heard
        .entry(model.unwrap().name)
        .or_default()
        .push((told.position, now));
}
