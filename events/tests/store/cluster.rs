//! The event store on a cluster of three, where a replica may lag and a leader may change.

use crate::suite;
use events::Stream;
use testkit::{NatsCluster, TestSystem, servers};

#[tokio::test]
async fn a_cluster_keeps_every_promise_of_a_single_server() {
    let cluster = NatsCluster::start().await;
    let servers = servers().with_nats(cluster.url());
    let system = TestSystem::replicated(servers, 3).await;
    let store = &system.store;
    suite::of_contenders_for_a_name_one_wins_and_the_others_leave_nothing(store).await;
    suite::a_repeated_command_appends_once(store).await;
    suite::a_repeated_batch_appends_once(store).await;
    suite::a_history_is_the_last_of_each_type_in_order(store).await;
    suite::of_many_writers_with_one_expectation_one_wins(store).await;
    suite::what_is_stored_is_republished_and_what_is_refused_is_not(store).await;
    suite::an_event_beyond_the_limit_is_too_large(store).await;
    // Leaves what is no event in the stream.
    suite::a_repeated_command_appends_once_beyond_the_duplicate_window_too(store).await;
}

#[tokio::test]
async fn a_leader_stepping_down_under_load_loses_nothing_acknowledged() {
    let cluster = NatsCluster::start().await;
    let servers = servers().with_nats(cluster.url());
    let system = TestSystem::replicated(servers, 3).await;
    let (store, client) = (&system.store, system.store.client());
    let (acknowledged, ()) = tokio::join!(suite::write_posts(store, 16, 80), async {
        let step_down = format!(
            "$JS.API.STREAM.LEADER.STEPDOWN.{}",
            store.namespace().stream(Stream::Events)
        );
        for target in [200, 500, 800] {
            while store
                .last_position(Stream::Events)
                .await
                .is_ok_and(|position| position.sequence < target)
            {
                tokio::task::yield_now().await;
            }
            let answer = client.request(step_down.clone(), "".into()).await.unwrap();
            assert!(
                answer.payload.windows(14).any(|text| text == b"\"success\":true"),
                "{:?}",
                answer.payload
            );
        }
    });
    assert_eq!(acknowledged.len(), 16 * 80);
    suite::holds_exactly(store, &acknowledged).await;
}
