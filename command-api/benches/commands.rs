//! How fast commands are handled, beside what JetStream itself can take: run by `cargo xtask bench commands`.
//!
//! Three ways to append the same event, [`IN_FLIGHT`] at once and in turn, several times over, so that what the
//! machine does meanwhile strikes all alike: `raw` publishes the finished message with the same checks and waits for
//! the stream's answer; `handled` has a command decided, sealed and appended by the service's own code; `http` asks
//! for it through a socket, client included.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that fails has nothing to say but why"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{CommandFactory, Parser};
use command_api::Service;
use command_api::app::App;
use command_api::config::{Cli, Command, ServeConfig};
use command_api::domain::reaction;
use command_api::handlers::{self, Caller};
use events::post::{Block, Content, Visibility};
use events::{AccountId, Pair, PostId, RawEvent, Scope, SessionId, dm, header};
use platform::shutdown::Shutdown;
use platform::trace::TraceParent;
use platform::{Clock, id};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::TestSystem;
use tokio::task::JoinSet;

/// How many commands are under way at once.
const IN_FLIGHT: usize = 64;
/// About what people write.
const TEXT: &str = "It rained all morning, so we stayed in and baked bread. The second loaf came out better than \
                    the first, which says more about the oven than about us; next time we start with the oven.";

#[derive(Parser)]
struct Args {
    /// How often each way is measured.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each measurement takes, in seconds.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    let world = Arc::new(World::start().await);
    println!(
        "commands in a second, {IN_FLIGHT} at once; medians of {} rounds of {} s",
        args.rounds, args.seconds
    );
    println!(
        "{:<16}{:>9}{:>9}{:>9}{:>15}{:>12}",
        "", "raw", "handled", "http", "handled / raw", "http / raw"
    );
    for what in [What::Publish, What::Like, What::Message] {
        let [raw, handled, http] = world.measure(what, &args).await;
        println!(
            "{:<16}{raw:>9.0}{handled:>9.0}{http:>9.0}{:>15.2}{:>12.2}",
            what.name(),
            handled / raw,
            http / raw
        );
    }
    world.shutdown.begin();
}

/// A command.
#[derive(Clone, Copy)]
enum What {
    Publish,
    Like,
    Message,
}

/// A way to have it done.
#[derive(Clone, Copy)]
enum Way {
    Raw,
    Handled,
    Http,
}

impl What {
    const fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish a post",
            Self::Like => "like a post",
            Self::Message => "send a message",
        }
    }

    const fn event(self) -> &'static str {
        match self {
            Self::Publish => "published",
            Self::Like => "liked",
            Self::Message => "sent",
        }
    }
}

/// A running service and two friends, one of whom has published a post.
struct World {
    system: TestSystem,
    app: App,
    url: String,
    client: reqwest::Client,
    shutdown: Shutdown,
    caller: Caller,
    token: String,
    friend: AccountId,
    post: PostId,
}

impl World {
    async fn start() -> Self {
        let system = TestSystem::start().await;
        let shutdown = Shutdown::new();
        let service = Service::start(config(&system), Clock::system(), shutdown.clone())
            .await
            .unwrap();
        let (app, url) = (
            service.app().clone(),
            format!("http://{}", service.address().unwrap()),
        );
        tokio::spawn(service.run());
        let client = reqwest::Client::new();
        let ask = async |method: Method, path: &str, token: &str, body: Value| -> Value {
            let request = client.request(method, format!("{url}{path}")).bearer_auth(token);
            let answer = request.json(&body).send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
            answer.json().await.unwrap_or_default()
        };
        let sign_up = async |name: &str| {
            let body = json!({
                "username": name,
                "email": format!("{name}@example.org"),
                "password": "correct horse",
                "display_name": name,
            });
            ask(Method::POST, "/v1/auth/signup", "", body).await
        };
        let [ann, ben] = [sign_up("ann").await, sign_up("ben").await];
        let text =
            |answer: &Value, pointer: &str| answer.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let [ann_id, ben_id] = [&ann, &ben].map(|person| text(person, "/account/id"));
        let [ann_token, ben_token] = [&ann, &ben].map(|person| text(person, "/access_token"));
        let request = json!({ "user_id": ben_id });
        ask(Method::POST, "/v1/friend-requests", &ann_token, request).await;
        let accept = format!("/v1/friend-requests/{ann_id}/accept");
        ask(Method::POST, &accept, &ben_token, Value::Null).await;
        let post = json!({ "blocks": [{ "type": "text", "text": TEXT }], "visibility": "public" });
        let post = ask(Method::POST, "/v1/posts", &ben_token, post).await;
        let caller = Caller {
            account: ann_id.parse().unwrap(),
            session: SessionId::from(id::ordered()),
            key: None,
            trace: TraceParent::begin(),
        };
        Self {
            friend: ben_id.parse().unwrap(),
            post: text(&post, "/id").parse().unwrap(),
            token: ann_token,
            system,
            app,
            url,
            client,
            shutdown,
            caller,
        }
    }

    /// Commands in a second, each way: the median of the rounds.
    async fn measure(self: &Arc<Self>, what: What, args: &Args) -> [f64; 3] {
        let lasts = Duration::from_secs_f64(args.seconds);
        let finished = Arc::new(self.finished(what).await);
        let mut rates: [Vec<f64>; 3] = Default::default();
        // The first round is for caches and connections.
        for round in 0..=args.rounds {
            for (rates, way) in rates.iter_mut().zip([Way::Raw, Way::Handled, Way::Http]) {
                let rate = self.flood(what, way, &finished, lasts).await;
                if round > 0 {
                    rates.push(rate);
                }
            }
        }
        rates.map(|mut rates| {
            rates.sort_by(f64::total_cmp);
            rates[rates.len() / 2]
        })
    }

    /// Keeps [`IN_FLIGHT`] commands under way for so long; how many were done in a second.
    async fn flood(self: &Arc<Self>, what: What, way: Way, finished: &Arc<RawEvent>, lasts: Duration) -> f64 {
        let started = Instant::now();
        let mut clients = JoinSet::new();
        for _ in 0..IN_FLIGHT {
            let (world, finished) = (self.clone(), finished.clone());
            clients.spawn(async move {
                let mut done = 0_u32;
                while started.elapsed() < lasts {
                    world.once(what, way, &finished).await;
                    done += 1;
                }
                done
            });
        }
        let done = clients.join_all().await.into_iter().map(f64::from).sum::<f64>();
        done / started.elapsed().as_secs_f64()
    }

    async fn once(&self, what: What, way: Way, finished: &RawEvent) {
        match way {
            Way::Raw => self.publish_raw(what, finished).await,
            Way::Handled => self.handle(what).await,
            Way::Http => self.ask(what).await,
        }
    }

    async fn handle(&self, what: What) {
        let Self { app, caller, .. } = self;
        match what {
            What::Publish => {
                let text = TEXT.to_owned();
                let blocks = vec![Block::Text { text }];
                let published = handlers::post::publish(app, caller, Content { blocks }, Visibility::Public);
                published.await.unwrap();
            }
            What::Like => {
                let liked = handlers::reaction::handle(app, caller, self.post, reaction::What::Like);
                liked.await.unwrap();
            }
            What::Message => {
                let (text, media) = (TEXT.to_owned(), Vec::new());
                let message = dm::Message { text, media };
                let sent = handlers::message::send(app, caller, self.friend, id::ordered(), message);
                sent.await.unwrap();
            }
        }
    }

    /// The event of such a command as the stream holds it.
    async fn finished(&self, what: What) -> RawEvent {
        self.handle(what).await;
        let scope = match what {
            What::Publish => Scope::post(self.publish_one().await),
            What::Like => Scope::reaction(self.post),
            What::Message => Scope::dm(Pair::of(self.caller.account, self.friend).unwrap()),
        };
        self.system
            .store
            .last_of_type(&scope, what.event())
            .await
            .unwrap()
            .unwrap()
    }

    async fn publish_one(&self) -> PostId {
        let blocks = vec![Block::Text {
            text: TEXT.to_owned(),
        }];
        let published =
            handlers::post::publish(&self.app, &self.caller, Content { blocks }, Visibility::Public);
        published.await.unwrap().0
    }

    /// Publishes `event` anew: the same bytes and checks, under ids of its own.
    async fn publish_raw(&self, what: What, event: &RawEvent) {
        let namespace = self.system.store.namespace();
        let (mut subject, mut headers) = (event.subject.clone(), event.headers.clone());
        let id = id::ordered();
        headers.insert(header::MESSAGE_ID, format!("{}:{id}:raw", self.caller.account));
        if let What::Publish = what {
            let scope = Scope::post(PostId::from(id));
            subject = scope.subject(what.event());
            headers.insert("Nats-Expected-Last-Subject-Sequence", "0");
            headers.insert(
                "Nats-Expected-Last-Subject-Sequence-Subject",
                namespace.scope(&scope),
            );
        }
        let request = async_nats::Request::new()
            .headers(headers)
            .payload(event.body.clone());
        let answer = self
            .system
            .store
            .client()
            .send_request(namespace.absolute(&subject), request);
        let answer: Value = serde_json::from_slice(&answer.await.unwrap().payload).unwrap();
        assert!(
            answer["seq"].is_u64() && answer["duplicate"].is_null(),
            "{answer}"
        );
    }

    async fn ask(&self, what: What) {
        let (method, path, body) = match what {
            What::Publish => (
                Method::POST,
                "/v1/posts".to_owned(),
                json!({ "blocks": [{ "type": "text", "text": TEXT }], "visibility": "public" }),
            ),
            What::Like => (Method::PUT, format!("/v1/posts/{}/like", self.post), Value::Null),
            What::Message => (
                Method::POST,
                format!("/v1/conversations/{}/messages", self.friend),
                json!({ "id": id::ordered(), "text": TEXT }),
            ),
        };
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request.bearer_auth(&self.token);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }
}

/// The configuration of a test's service, without limits on requests.
fn config(system: &TestSystem) -> ServeConfig {
    let command = Cli::command();
    let serve = command.find_subcommand("serve").unwrap();
    let mut arguments = vec!["command-api".to_owned(), "serve".to_owned()];
    for (name, value) in system.environment() {
        let option = serve
            .get_arguments()
            .find(|option| option.get_env().is_some_and(|variable| variable == name.as_str()));
        if let Some(option) = option.and_then(clap::Arg::get_long) {
            arguments.extend([format!("--{option}"), value]);
        }
    }
    arguments.extend(
        [
            "--account-rate",
            "1000000",
            "--address-rate",
            "1000000",
            "--remembered-reactions",
            "0",
        ]
        .map(str::to_owned),
    );
    let Command::Serve(config) = Cli::try_parse_from(arguments).unwrap().command else {
        unreachable!("it was told to serve")
    };
    *config
}
