//! Liking posts.

use std::collections::HashSet;

use events::Event as AnyEvent;
use events::reaction::{Event, Reaction};
use futures::future::join_all;

use crate::people::{befriend, block, event, last, people, publish, unblock};
use crate::support::{Answer, Api, Person, nobody};

async fn like(api: &Api, by: &Person, post: &str) -> Answer {
    api.put(&format!("{post}/like")).by(by).await
}

async fn unlike(api: &Api, by: &Person, post: &str) -> Answer {
    api.delete(&format!("{post}/like")).by(by).await
}

#[tokio::test]
async fn a_like_tells_whose_post_it_is() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    let reaction = Reaction {
        post: last(&post).parse().unwrap(),
        post_author: ann.id,
        by: ben.id,
    };
    let liked = like(&api, &ben, &post).await.is(204);
    assert_eq!(
        event(&api, &liked).await,
        AnyEvent::Reaction(Event::Liked(reaction.clone()))
    );
    like(&api, &ben, &post).await.is(204);
    let unliked = unlike(&api, &ben, &post).await.is(204);
    assert_eq!(
        event(&api, &unliked).await,
        AnyEvent::Reaction(Event::Unliked(reaction))
    );
    unlike(&api, &ben, &post).await.is(204);
    like(&api, &ann, &post).await.is(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_people_like_one_post_at_once() {
    let api = Api::start().await;
    let crowd: [Person; 500] = people(&api).await;
    let post = publish(&api, &crowd[0], "public").await;
    let before = api.positions().await;
    let answers = join_all(crowd.iter().map(|person| like(&api, person, &post))).await;
    assert_eq!(api.positions().await[0], before[0] + 500);
    let events = answers
        .into_iter()
        .map(async |answer| event(&api, &answer.is(204)).await);
    let mut likers = HashSet::new();
    for event in join_all(events).await {
        let AnyEvent::Reaction(Event::Liked(reaction)) = event else {
            panic!("liked")
        };
        assert_eq!(reaction.post_author, crowd[0].id);
        likers.insert(reaction.by);
    }
    assert_eq!(likers, crowd.iter().map(|person| person.id).collect());
}

#[tokio::test]
async fn only_who_sees_a_post_likes_it() {
    let api = Api::start().await;
    let [ann, ben, cid] = people(&api).await;
    befriend(&api, &ann, &ben).await;
    let public = publish(&api, &ann, "public").await;
    let hidden = publish(&api, &ann, "friends").await;
    for (post, by) in [
        (&public, &ann),
        (&public, &ben),
        (&public, &cid),
        (&hidden, &ann),
        (&hidden, &ben),
    ] {
        like(&api, by, post).await.is(204);
        unlike(&api, by, post).await.is(204);
    }
    let unseen = async |by: &Person, post: &str| {
        api.appends_nothing(async {
            let liked = like(&api, by, post).await.problem(404, "post-not-found");
            let missing = like(&api, by, &format!("/v1/posts/{}", nobody())).await;
            assert_eq!(liked.body, missing.body);
        })
        .await;
    };
    unseen(&cid, &hidden).await;
    block(&api, &ann, &cid).await.is(204);
    unseen(&cid, &public).await;
    unblock(&api, &ann, &cid).await.is(204);
    like(&api, &cid, &public).await.is(204);
    block(&api, &cid, &ann).await.is(204);
    unseen(&cid, &public).await;
    api.delete(&format!("/v1/friends/{}", ann.id))
        .by(&ben)
        .await
        .is(204);
    unseen(&ben, &hidden).await;
    like(&api, &ben, &public).await.is(204);
    api.delete(&public).by(&ann).await.is(204);
    unseen(&ben, &public).await;
    unseen(&ann, &public).await;
}

/// The answer is the same whatever became of the post: hidden from friends, by a block, deleted; or never there, or never
/// liked.
#[tokio::test]
async fn ones_own_like_is_taken_back_whether_its_post_can_be_seen_or_not() {
    let api = Api::start().await;
    let [ann, ben, cid] = people(&api).await;
    befriend(&api, &ann, &ben).await;
    let unfriended = publish(&api, &ann, "friends").await;
    let (deleted, blocked) = (
        publish(&api, &ann, "public").await,
        publish(&api, &ann, "public").await,
    );
    let never_liked = publish(&api, &ann, "friends").await;
    for (by, post) in [(&ben, &unfriended), (&ben, &deleted), (&cid, &blocked)] {
        like(&api, by, post).await.is(204);
    }
    api.delete(&format!("/v1/friends/{}", ann.id))
        .by(&ben)
        .await
        .is(204);
    api.delete(&deleted).by(&ann).await.is(204);
    block(&api, &ann, &cid).await.is(204);
    for (by, post) in [
        (&ben, &unfriended),
        (&ben, &deleted),
        (&cid, &blocked),
        (&cid, &never_liked),
    ] {
        let unliked = unlike(&api, by, post).await.is(204);
        let reaction = Reaction {
            post: last(post).parse().unwrap(),
            post_author: ann.id,
            by: by.id,
        };
        assert_eq!(
            event(&api, &unliked).await,
            AnyEvent::Reaction(Event::Unliked(reaction))
        );
        // Whatever else comes in between, the answer is as about a post that never was.
        publish(&api, &ann, "public").await;
        api.appends_nothing(async {
            let again = unlike(&api, by, post).await.is(204);
            let nothing = unlike(&api, by, &format!("/v1/posts/{}", nobody())).await.is(204);
            let tells = |answer: &Answer| answer.header("echo-position").to_owned();
            assert_eq!(tells(&again), tells(&nothing));
        })
        .await;
    }
}

#[tokio::test]
async fn a_like_repeats_under_its_key_and_another_like_does_not() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    let other = publish(&api, &ann, "public").await;
    let keyed = |post: &str| api.put(&format!("{post}/like")).by(&ben).key("k-1");
    let first = keyed(&post).await.is(204);
    // Others come in between, so that the first is no longer the last of its kind.
    like(&api, &ann, &post).await.is(204);
    api.appends_nothing(async {
        let again = keyed(&post).await.is(204);
        assert_eq!(again.header("echo-position"), first.header("echo-position"));
        keyed(&other).await.problem(422, "idempotency-key-reused");
    })
    .await;
}
