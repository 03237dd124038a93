//! A service of Echo as a process of its own, as it runs in production.

use std::{env, fs, net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::mpsc,
};

/// How long a service may take to listen, on a machine that is busy with other tests.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// A running service; it is killed when this is dropped.
#[derive(Debug)]
pub struct Service {
    child: Child,
    /// Where it serves the public, if it does.
    pub address: Option<SocketAddr>,
    /// Where it serves operators.
    pub admin_address: SocketAddr,
    /// The lines that it writes for whoever watches over security.
    security: mpsc::UnboundedReceiver<Value>,
}

impl Service {
    /// Starts a binary of the workspace (`"projector"`, `&["run"]`) and waits until it listens.
    ///
    /// # Panics
    /// When it can't be started, or ends before it listens; its output is shown.
    pub async fn start(binary: &str, arguments: &[&str], environment: &[(String, String)]) -> Self {
        let mut child = Command::new(path_of(binary))
            .args(arguments)
            .env_clear()
            .envs(env::var_os("PATH").map(|path| ("PATH", path)))
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{binary} can't be started: {error}"));
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut lines = BufReader::new(stdout).lines();
        let mut seen = Vec::new();
        let listening = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((address, admin)) = listening(&line) {
                    return Some((address, admin));
                }
                seen.push(line);
            }
            None
        };
        let found = tokio::time::timeout(START_TIMEOUT, listening)
            .await
            .ok()
            .flatten();
        let Some((address, admin_address)) = found else {
            panic!("{binary} didn't come to listen:\n{}", seen.join("\n"));
        };
        // Somebody must go on reading, or the service blocks on a full pipe.
        let name = binary.to_owned();
        let show = env::var_os("ECHO_TEST_SHOW_LOGS").is_some();
        let (security_lines, security) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if show || line.contains("\"level\":\"ERROR\"") {
                    println!("{name}: {line}");
                }
                if line.contains("\"target\":\"security\"")
                    && let Ok(line) = serde_json::from_str(&line)
                    && security_lines.send(line).is_err()
                {
                    return;
                }
            }
        });
        Self {
            child,
            address,
            admin_address,
            security,
        }
    }

    /// The next line that it writes for whoever watches over security.
    ///
    /// # Panics
    /// When none comes.
    pub async fn security_event(&mut self) -> Value {
        tokio::time::timeout(START_TIMEOUT, self.security.recv())
            .await
            .ok()
            .flatten()
            .expect("a security event is written")
    }

    /// The base of its public URLs.
    ///
    /// # Panics
    /// When it has none.
    pub fn url(&self) -> String {
        format!("http://{}", self.address.expect("the service serves the public"))
    }

    /// The process's id.
    ///
    /// # Panics
    /// When it has ended already.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("the service is running")
    }

    /// Kills it at once, as a crash would, and waits until it is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("a running process can be killed");
    }

    /// Sends it a signal (`"TERM"`, `"STOP"`, `"CONT"`).
    pub fn signal(&self, signal: &str) {
        let pid = self.pid().to_string();
        let sent = std::process::Command::new("kill")
            .args([&format!("-{signal}"), &pid])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{signal} {pid}");
    }

    /// Asks it to stop and waits until it has; returns whether it ended well.
    pub async fn stop(mut self) -> bool {
        self.signal("TERM");
        self.child.wait().await.is_ok_and(|status| status.success())
    }
}

/// What came of a command.
#[derive(Debug)]
pub struct Output {
    /// Whether it ended well.
    pub succeeded: bool,
    /// What it said.
    pub out: String,
    /// What it said of its troubles.
    pub err: String,
}

/// Runs a binary of the workspace to its end.
///
/// # Panics
/// When it can't be started.
pub async fn run(binary: &str, arguments: &[&str], environment: &[(String, String)]) -> Output {
    let output = Command::new(path_of(binary))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap_or_else(|error| panic!("{binary} can't be started: {error}"));
    Output {
        succeeded: output.status.success(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The addresses, if this is the line that tells them.
fn listening(line: &str) -> Option<(Option<SocketAddr>, SocketAddr)> {
    let line: Value = serde_json::from_str(line).ok()?;
    // The subscriber may nest an event's fields.
    let fields = line.get("fields").unwrap_or(&line);
    if fields.get("message")?.as_str()? != "listening" {
        return None;
    }
    let address = |name| fields.get(name)?.as_str()?.parse().ok();
    Some((address("address"), address("admin_address")?))
}

/// Test binaries stand in `<target>/<profile>/deps`, services one above.
fn path_of(binary: &str) -> PathBuf {
    let test = env::current_exe().expect("a test knows where it is");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("a test stands in <target>/<profile>/deps");
    let path = folder.join(binary);
    assert!(
        fs::exists(&path).unwrap_or(false),
        "{} isn't built: run `cargo build --workspace`",
        path.display()
    );
    path
}
