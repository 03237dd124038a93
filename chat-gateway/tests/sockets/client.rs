//! The npm client `socket.io-client`, in a Node process of the test's own.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};

/// How long anything may take that should happen, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// One Node process, which plays all clients of a test.
pub(crate) struct Node {
    _child: Child,
    commands: mpsc::UnboundedSender<Value>,
    told: Arc<Told>,
}

#[derive(Default)]
struct Told {
    sockets: Mutex<HashMap<String, mpsc::UnboundedSender<Happened>>>,
    acks: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
    numbers: AtomicU64,
}

/// Something that a client's socket told.
#[derive(Debug)]
pub(crate) struct Happened {
    pub(crate) event: String,
    pub(crate) payload: Value,
}

impl Node {
    pub(crate) fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client");
        provision(&folder);
        let mut child = Command::new("node")
            .arg("client.mjs")
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("these tests need Node (20.19 or later) on PATH");
        let mut stdin = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (commands, mut given) = mpsc::unbounded_channel::<Value>();
        tokio::spawn(async move {
            while let Some(command) = given.recv().await {
                let line = format!("{command}\n");
                if stdin.write_all(line.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
        let told = Arc::new(Told::default());
        let hears = Arc::clone(&told);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                hears.hear(&serde_json::from_str(&line).unwrap_or_else(|_| panic!("node says: {line}")));
            }
        });
        Self {
            _child: child,
            commands,
            told,
        }
    }

    /// A socket to `url`, by both transports.
    pub(crate) fn connect(&self, url: &str, token: &str) -> Client {
        self.connect_with(url, &json!({ "auth": { "token": token } }))
    }

    /// A socket with options of the test's own.
    pub(crate) fn connect_with(&self, url: &str, options: &Value) -> Client {
        let name = format!("s{}", self.told.numbers.fetch_add(1, Ordering::Relaxed));
        let (sender, receiver) = mpsc::unbounded_channel();
        self.told.sockets.lock().unwrap().insert(name.clone(), sender);
        let client = Client {
            name,
            commands: self.commands.clone(),
            told: Arc::clone(&self.told),
            receiver,
            waiting: VecDeque::new(),
        };
        client.command("connect", json!({ "url": url, "options": options }));
        client
    }
}

impl Told {
    fn hear(&self, line: &Value) {
        if let Some(ack) = line["ack"].as_u64() {
            let waiting = self.acks.lock().unwrap().remove(&ack);
            if let Some(waiting) = waiting {
                waiting.send(line["answer"].clone()).ok();
            }
            return;
        }
        let happened = Happened {
            event: line["event"].as_str().unwrap().to_owned(),
            payload: line["payload"].clone(),
        };
        let sockets = self.sockets.lock().unwrap();
        sockets[line["socket"].as_str().unwrap()].send(happened).ok();
    }
}

/// One socket of the npm client.
pub(crate) struct Client {
    name: String,
    commands: mpsc::UnboundedSender<Value>,
    told: Arc<Told>,
    receiver: mpsc::UnboundedReceiver<Happened>,
    /// What happened while something else was waited for.
    waiting: VecDeque<Happened>,
}

impl Client {
    /// The payload of the next event of this name; what comes before it waits to be asked for.
    pub(crate) async fn next(&mut self, event: &str) -> Value {
        self.next_of(&[event]).await.payload
    }

    /// The next event of any of these names.
    pub(crate) async fn next_of(&mut self, events: &[&str]) -> Happened {
        let wanted = |happened: &Happened| events.contains(&happened.event.as_str());
        if let Some(at) = self.waiting.iter().position(wanted) {
            return self.waiting.remove(at).unwrap();
        }
        loop {
            let next = tokio::time::timeout(PATIENCE, self.receiver.recv()).await;
            match next {
                Ok(Some(happened)) if wanted(&happened) => return happened,
                Ok(Some(happened)) => self.waiting.push_back(happened),
                Ok(None) => panic!("node has ended"),
                Err(late) => panic!(
                    "{} waits for {events:?} and got only {:?}: {late}",
                    self.name, self.waiting
                ),
            }
        }
    }

    /// How many events of this name have come so far and weren't asked for.
    pub(crate) fn count(&mut self, event: &str) -> usize {
        while let Ok(happened) = self.receiver.try_recv() {
            self.waiting.push_back(happened);
        }
        self.waiting
            .iter()
            .filter(|happened| happened.event == event)
            .count()
    }

    /// Emits an event, and returns its acknowledgement.
    pub(crate) async fn ask(&self, event: &str, payload: Value) -> Value {
        self.ask_later(event, payload).await
    }

    /// Emits an event at once; its acknowledgement can be waited for later.
    pub(crate) fn ask_later(&self, event: &str, payload: Value) -> impl Future<Output = Value> + use<> {
        self.ask_with(event, &[payload])
    }

    /// The same with any number of arguments.
    pub(crate) fn ask_with(&self, event: &str, payloads: &[Value]) -> impl Future<Output = Value> + use<> {
        let ack = self.told.numbers.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        self.told.acks.lock().unwrap().insert(ack, sender);
        self.command(
            "emit",
            json!({ "event": event, "payloads": payloads, "ack": ack }),
        );
        let what = format!("{} waits for the acknowledgement of {event}", self.name);
        async move {
            tokio::time::timeout(PATIENCE, answer)
                .await
                .unwrap_or_else(|_| panic!("{what}"))
                .expect("node goes on")
        }
    }

    /// Emits an event without wanting an acknowledgement.
    pub(crate) fn emit(&self, event: &str, payload: &Value) {
        self.command("emit", json!({ "event": event, "payloads": [payload] }));
    }

    pub(crate) fn disconnect(&self) {
        self.command("disconnect", json!({}));
    }

    pub(crate) fn reconnect(&self) {
        self.command("reconnect", json!({}));
    }

    /// Stops reading from its WebSocket.
    pub(crate) async fn pause(&mut self) {
        self.command("pause", json!({}));
        self.next("paused").await;
    }

    pub(crate) fn resume(&self) {
        self.command("resume", json!({}));
    }

    fn command(&self, operation: &str, mut command: Value) {
        command["op"] = operation.into();
        command["socket"] = self.name.clone().into();
        self.commands.send(command).expect("node goes on");
    }
}

/// Installs the client where it isn't yet. Tests run side by side, so one does it and the others wait.
fn provision(folder: &Path) {
    let lock = File::create(lock_file()).expect("a temporary file can be made");
    lock.lock().expect("a file can be locked");
    if folder.join("node_modules/socket.io-client/package.json").exists() {
        return;
    }
    let installed = std::process::Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .status();
    assert!(
        installed.is_ok_and(|status| status.success()),
        "these tests need the npm client: run `npm ci` in {}",
        folder.display()
    );
}

fn lock_file() -> PathBuf {
    std::env::temp_dir().join("echo-gateway-test-client.lock")
}
