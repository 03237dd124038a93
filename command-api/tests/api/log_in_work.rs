//! What a log-in asks of the servers: as much for a name that nobody has as for one that somebody has, so that its time
//! tells nobody whether an account exists.

use std::collections::HashMap;

use async_nats::Subscriber;
use futures::StreamExt;
use platform::id;
use serde_json::json;

use crate::support::{Api, PASSWORD};

const ADDRESS: &str = "x-test-address";
const WRONG: &str = "battery staple";

/// One request to NATS: of what kind, and how many bytes and messages came back.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    what: String,
    messages: usize,
}

/// Hears all that is said in the test's namespace.
struct Eavesdropper<'a> {
    api: &'a Api,
    all: Subscriber,
}

impl<'a> Eavesdropper<'a> {
    async fn new(api: &'a Api) -> Self {
        let all = api.system.store.client().subscribe(">").await.unwrap();
        let mut eavesdropper = Self { api, all };
        eavesdropper.asked().await;
        eavesdropper
    }

    /// What was asked since the last time, in order.
    async fn asked(&mut self) -> Vec<Asked> {
        let mark = format!("until.{}", id::random());
        let client = self.api.system.store.client();
        client.publish(mark.clone(), "".into()).await.unwrap();
        let (mut asked, mut inboxes) = (Vec::new(), HashMap::new());
        loop {
            let message = self.all.next().await.unwrap();
            let subject = message.subject.as_str();
            if subject == mark {
                return asked;
            }
            if let Some(&place) = inboxes.get(subject) {
                let answered: &mut Asked = &mut asked[place];
                answered.messages += 1;
            } else if let Some(what) = self.kind(subject, &message.payload) {
                if let Some(reply) = message.reply {
                    inboxes.insert(reply.to_string(), asked.len());
                }
                asked.push(Asked { what, messages: 0 });
            }
        }
    }

    /// The kind of a request of this test's namespace, without what names anybody.
    fn kind(&self, subject: &str, payload: &[u8]) -> Option<String> {
        let namespace = self.api.system.store.namespace();
        let bucket = |name: String, kind: &str| subject.contains(&name).then(|| kind.to_owned());
        bucket(namespace.keys_bucket(), "key")
            .or_else(|| bucket(namespace.limits_bucket(), "count"))
            .map(|kind| {
                format!(
                    "{kind} {}",
                    if subject.starts_with("$KV") { "put" } else { "get" }
                )
            })
            .or_else(|| {
                // Which scope is read stands in the request.
                let text = String::from_utf8_lossy(payload);
                let stream = namespace.stream(events::Stream::Events);
                let scope = ["account", "username", "email"]
                    .into_iter()
                    .find(|scope| text.contains(&format!(".{scope}.")));
                (subject.starts_with("$JS.API") && subject.ends_with(stream.as_str()))
                    .then(|| format!("read {}", scope.unwrap_or("something else")))
            })
    }

    async fn of_log_in(&mut self, name: &str, address: &str, status: u16) -> Vec<Asked> {
        let body = json!({ "login": name, "password": WRONG });
        let request = self.api.post("/v1/auth/login").header(ADDRESS, address);
        request.json(&body).await.problem(
            status,
            if status == 401 {
                "wrong-credentials"
            } else {
                "too-many-requests"
            },
        );
        self.asked().await
    }
}

#[tokio::test]
async fn log_in_asks_as_much_of_the_servers_for_nobody_as_for_somebody() {
    let options = ["--client-address-header", ADDRESS, "--login-limit", "2"];
    let api = Api::start_with(&options).await;
    for name in ["ann", "ben", "cem"] {
        api.person(name).await;
    }
    let mut eavesdropper = Eavesdropper::new(&api).await;
    for (n, [somebody, nobody]) in [["ann", "zoe"], ["ben@example.org", "zoe@example.org"]]
        .into_iter()
        .enumerate()
    {
        let address = format!("192.0.2.{n}");
        for (attempt, status) in [401, 401, 429].into_iter().enumerate() {
            let of_somebody = eavesdropper.of_log_in(somebody, &address, status).await;
            let of_nobody = eavesdropper.of_log_in(nobody, &address, status).await;
            assert!(!of_somebody.is_empty());
            let kinds =
                |asked: &[Asked]| -> Vec<String> { asked.iter().map(|asked| asked.what.clone()).collect() };
            assert_eq!(
                kinds(&of_somebody),
                kinds(&of_nobody),
                "attempt {attempt} at {nobody}"
            );
            let opened = |asked: &[Asked]| -> Vec<usize> {
                let read = asked
                    .iter()
                    .filter(|asked| matches!(&*asked.what, "read account" | "key get"));
                read.map(|asked| asked.messages).collect()
            };
            assert_eq!(
                opened(&of_somebody),
                opened(&of_nobody),
                "as much to open for {nobody}"
            );
            if status == 401 {
                // Where nobody is, somebody else's account and key are loaded.
                assert!(opened(&of_nobody).iter().all(|messages| *messages > 0));
                assert_eq!(opened(&of_nobody).len(), 2, "{of_nobody:?}");
                let account = of_nobody
                    .iter()
                    .find(|asked| asked.what == "read account")
                    .unwrap();
                assert_eq!(account.messages, 2, "an event and the end");
            }
        }
    }
    // Where an account's guesses are used up by its other name, too.
    let address = "192.0.2.0";
    let of_somebody = eavesdropper.of_log_in("ann@example.org", address, 401).await;
    let of_nobody = eavesdropper.of_log_in("nobody@example.org", address, 401).await;
    let reads = |asked: &[Asked]| asked.iter().filter(|asked| asked.what != "count put").count();
    assert_eq!(
        reads(&of_somebody),
        reads(&of_nobody),
        "{of_somebody:?} {of_nobody:?}"
    );
}

#[tokio::test]
async fn instance_that_has_just_started_has_somebody_to_load_for_nobody() {
    let api = Api::start().await;
    api.person("ann").await;
    let beside = api.beside(&["--client-address-header", ADDRESS]).await;
    let mut eavesdropper = Eavesdropper::new(&beside).await;
    let asked = eavesdropper.of_log_in("zoe", "192.0.2.1", 401).await;
    // The last: it has read others at its start.
    let account = asked.iter().rfind(|asked| asked.what == "read account").unwrap();
    assert_eq!(account.messages, 2, "{asked:?}");
    let body = json!({ "login": "ann", "password": PASSWORD });
    beside.post("/v1/auth/login").json(&body).await.is(200);
}
