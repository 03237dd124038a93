use platform::clock;
use read_model::{chat, feed, posts};

use super::*;

fn asked(positions: &str, wait: Duration) -> Asked {
    Asked {
        positions: if positions.is_empty() {
            Positions::NONE
        } else {
            positions.parse().unwrap()
        },
        wait,
        viewer: None,
    }
}

fn empty() -> Watermarks {
    Watermarks::new(2, 9, Copies::new(1 << 20), Ends::new(100))
}

/// Feed and posts of two shards, chat of one, all at 5.
fn known() -> Watermarks {
    let watermarks = empty();
    for (projection, shards) in [
        (&feed::PROJECTION, 2),
        (&posts::PROJECTION, 2),
        (&chat::PROJECTION, 1),
    ] {
        watermarks.switch(projection.name, 1, shards);
        for shard in 0..shards {
            watermarks.advance(projection.name, 1, shard, 5);
        }
    }
    watermarks
}

const LONG: Duration = Duration::from_mins(1);
const BOTH: [&Projection; 2] = [&feed::PROJECTION, &posts::PROJECTION];

#[tokio::test]
async fn nothing_is_read_of_a_projection_whose_shards_are_not_all_known() {
    let watermarks = empty();
    let unknown = Refused::Unknown("feed");
    let reach = async || {
        watermarks
            .reach(&[&feed::PROJECTION], &asked("", LONG))
            .await
            .map(|reached| reached.positions.to_string())
    };
    assert_eq!(reach().await, Err(unknown));
    watermarks.switch("feed", 1, 2);
    watermarks.advance("feed", 1, 0, 5);
    assert_eq!(reach().await, Err(unknown));
    watermarks.advance("feed", 1, 1, 4);
    assert_eq!(reach().await, Ok("e4".to_owned()));
}

#[tokio::test]
async fn positions_of_streams_that_nobody_reads_here_are_ignored() {
    let reached = known().reach(&BOTH, &asked("c900,s900,e5", LONG)).await.unwrap();
    assert_eq!(reached.consistency, Consistency::Applied);
    assert_eq!(reached.positions.to_string(), "e5");
}

#[tokio::test]
async fn what_is_told_is_the_lowest_watermark_of_each_stream() {
    let watermarks = known();
    watermarks.advance("feed", 1, 0, 9);
    watermarks.advance("feed", 1, 1, 8);
    let all = [&feed::PROJECTION, &posts::PROJECTION, &chat::PROJECTION];
    let reached = watermarks.reach(&all, &asked("", LONG)).await.unwrap();
    assert_eq!(reached.positions.to_string(), "e5,c5");
    let reached = watermarks.reach(&all[..1], &asked("", LONG)).await.unwrap();
    assert_eq!(reached.positions.to_string(), "e8");
}

#[tokio::test]
async fn a_read_waits_for_the_last_of_all_shards_and_no_longer() {
    let watermarks = known();
    let waiting = tokio::spawn({
        let watermarks = watermarks.clone();
        async move { watermarks.reach(&BOTH, &asked("e7", LONG)).await.unwrap() }
    });
    for (projection, shard) in [("feed", 0), ("posts", 1), ("posts", 0)] {
        watermarks.advance(projection, 1, shard, 7);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
    }
    watermarks.advance("feed", 1, 1, 8);
    let reached = waiting.await.unwrap();
    assert_eq!(reached.consistency, Consistency::Applied);
    assert_eq!(reached.positions.to_string(), "e7");
}

#[tokio::test]
async fn a_watermark_never_falls() {
    let watermarks = known();
    watermarks.advance("chat", 1, 0, 3);
    let reached = watermarks
        .reach(&[&chat::PROJECTION], &asked("c5", LONG))
        .await
        .unwrap();
    assert_eq!(reached.consistency, Consistency::Applied);
}

#[tokio::test]
async fn a_wait_that_runs_out_is_stale_and_tells_how_far_it_came() {
    let watermarks = known();
    let started = clock::now();
    let wait = Duration::from_millis(50);
    let reached = watermarks.reach(&BOTH, &asked("e7", wait)).await.unwrap();
    assert!(
        (clock::now() - started).to_std().unwrap() >= wait.checked_sub(Duration::from_millis(1)).unwrap()
    );
    assert_eq!(reached.consistency, Consistency::Stale);
    assert_eq!(reached.positions.to_string(), "e5");
    assert_eq!(*watermarks.0.waiting.borrow(), 0, "nobody waits any more");
}

#[tokio::test]
async fn no_more_than_so_many_wait_at_once() {
    let watermarks = known();
    let wait = || {
        let watermarks = watermarks.clone();
        tokio::spawn(async move { watermarks.reach(&BOTH, &asked("e7", LONG)).await.map(drop) })
    };
    let (one, _other) = (wait(), wait());
    let mut waiting = watermarks.0.waiting.subscribe();
    waiting.wait_for(|waiting| *waiting == 2).await.unwrap();
    assert_eq!(wait().await.unwrap(), Err(Refused::TooManyWaiting));
    // Who needn't wait isn't refused.
    assert!(watermarks.reach(&BOTH, &asked("e5", LONG)).await.is_ok());
    // A client that goes away makes room.
    one.abort();
    waiting.wait_for(|waiting| *waiting == 1).await.unwrap();
    let third = wait();
    waiting.wait_for(|waiting| *waiting == 2).await.unwrap();
    for (projection, shard) in [("feed", 0), ("feed", 1), ("posts", 0), ("posts", 1)] {
        watermarks.advance(projection, 1, shard, 7);
    }
    assert_eq!(third.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn who_waits_while_another_version_goes_live_waits_for_that_one() {
    let watermarks = known();
    let waiting = tokio::spawn({
        let watermarks = watermarks.clone();
        async move { watermarks.reach(&[&chat::PROJECTION], &asked("c7", LONG)).await }
    });
    watermarks
        .0
        .waiting
        .subscribe()
        .wait_for(|waiting| *waiting == 1)
        .await
        .unwrap();
    watermarks.advance("chat", 2, 0, 6);
    watermarks.switch("chat", 2, 1);
    watermarks.advance("chat", 1, 0, 7);
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    watermarks.advance("chat", 2, 0, 7);
    let reached = waiting.await.unwrap().unwrap();
    let versions: Vec<_> = reached
        .versions
        .iter()
        .map(|v| (v.projection, v.number))
        .collect();
    assert_eq!(versions, [("chat", 2)]);
}
