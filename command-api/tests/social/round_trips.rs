//! What commands ask of NATS: a command must not begin to ask for more without anybody noticing.

use async_nats::Subscriber;
use events::Stream;
use futures::StreamExt;
use platform::id;
use serde_json::json;

use crate::people::{befriend, comment, last, people, publish, text};
use crate::support::{Api, text_post};

/// Hears all that anybody says on the test's server.
struct Eavesdropper<'a> {
    api: &'a Api,
    all: Subscriber,
}

impl<'a> Eavesdropper<'a> {
    async fn new(api: &'a Api) -> Self {
        let client = api.system.store.client();
        let all = client.subscribe(">").await.unwrap();
        let mut eavesdropper = Self { api, all };
        // The server has heard of the subscription when something has come by it.
        eavesdropper.asked().await;
        eavesdropper
    }

    /// What was asked of the server in this test's namespace since the last time: `append` for an event, `read` for
    /// anything that is read.
    async fn asked(&mut self) -> Vec<&'static str> {
        // All that was said before this comes before it.
        let mark = format!("until.{}", id::random());
        let client = self.api.system.store.client();
        client.publish(mark.clone(), "".into()).await.unwrap();
        let mut asked = Vec::new();
        loop {
            let message = self.all.next().await.unwrap();
            if *message.subject == *mark {
                return asked;
            }
            asked.extend(self.kind(&message.subject));
        }
    }

    fn kind(&self, subject: &str) -> Option<&'static str> {
        let namespace = self.api.system.store.namespace();
        let ours = |stream: &Stream| subject.split('.').any(|token| token == namespace.stream(*stream));
        if subject.starts_with("$JS.API.") {
            return Stream::ALL.iter().any(ours).then_some("read");
        }
        let own = namespace.relative(subject)?;
        let stored = Stream::ALL
            .iter()
            .any(|stream| own.starts_with(&format!("{}.", stream.prefix())));
        stored.then_some("append")
    }
}

#[tokio::test]
async fn a_command_asks_nats_for_no_more_than_it_must() {
    let api = Api::start().await;
    // Begun first, so that what it reads at its start is over.
    let another = api.beside(&[]).await;
    let [ann, ben] = people(&api).await;
    befriend(&api, &ann, &ben).await;
    let post = publish(&api, &ann, "friends").await;
    let first = comment(&api, &ben, &post, "first").await;
    let mut eavesdropper = Eavesdropper::new(&api).await;

    let append: &[&str] = &["append"];
    // Here the post and the friendship are remembered.
    publish(&api, &ann, "friends").await;
    assert_eq!(eavesdropper.asked().await, append, "a post");
    api.put(&format!("{post}/like")).by(&ben).await.is(204);
    assert_eq!(eavesdropper.asked().await, append, "a like");
    comment(&api, &ben, &post, "second").await;
    assert_eq!(eavesdropper.asked().await, append, "a comment");
    let messages = format!("/v1/conversations/{}/messages", ann.id);
    for what in ["the first message of a chat", "the next"] {
        let message = json!({ "id": id::random(), "text": "Hello" });
        api.post(&messages).by(&ben).json(&message).await.is(201);
        assert_eq!(eavesdropper.asked().await, append, "{what}");
    }
    // What is changed is loaded first.
    let edited = text_post("Better");
    api.request(reqwest::Method::PUT, &post)
        .by(&ann)
        .json(&edited)
        .await;
    eavesdropper.asked().await;
    api.patch(&first).by(&ben).json(&text("better")).await.is(200);
    assert_eq!(
        eavesdropper.asked().await,
        ["read", "append"],
        "an edit of a comment"
    );

    // Another instance has to load what the like is about, and who may see it.
    another
        .put(&format!("/v1/posts/{}/like", last(&post)))
        .by(&ann)
        .await
        .is(204);
    let asked = eavesdropper.asked().await;
    assert_eq!(asked.iter().filter(|asked| **asked == "append").count(), 1);
    assert!(asked.len() <= 3, "a like elsewhere: {asked:?}");
}
