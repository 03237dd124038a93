//! Tests of `deploy/nats/users.conf` on a real server: who may publish and subscribe to what.
//!
//! The protocol is spoken by hand, because the server names a refusal only in an error line that
//! client libraries turn into a log line and a time-out.
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    process::Command,
    sync::OnceLock,
};

use crate::{
    process::{Folders, Group, Service},
    servers::{self, TemporaryFolder, nats},
    tools, workspace,
};

const COMMAND_API: &str = "command-api";
const PROJECTOR: &str = "projector";
const QUERY_API: &str = "query-api";
const CHAT_GATEWAY: &str = "chat-gateway";
const ANALYST: &str = "analyst";
const OPERATOR: &str = "operator";
const EVERYBODY: [&str; 6] = [COMMAND_API, PROJECTOR, QUERY_API, CHAT_GATEWAY, ANALYST, OPERATOR];

/// Who may publish to a subject; everybody else is refused.
const PUBLISH: &[(&str, &[&str])] = &[
    // Events: command-api alone, and nobody forges what the server republishes.
    ("evt.1.post.p1.published", &[COMMAND_API]),
    ("chat.1.dm.a.b.sent", &[COMMAND_API]),
    ("sess.1.session.s1.started", &[COMMAND_API]),
    ("live.evt.1.post.p1.published", &[]),
    ("live.chat.1.dm.a.b.sent", &[]),
    ("live.keys.a", &[]),
    // What the services say to each other.
    ("cmd.message.send", &[CHAT_GATEWAY]),
    ("cmd.message.read", &[CHAT_GATEWAY]),
    ("cmd.media.collect", &[PROJECTOR]),
    ("progress.feed.1.0", &[PROJECTOR]),
    ("notify.a", &[PROJECTOR]),
    ("notify.account.a.typing", &[PROJECTOR, CHAT_GATEWAY]),
    ("notify.account.a.feed", &[PROJECTOR]),
    // The buckets.
    ("$KV.echo_keys.a", &[COMMAND_API]),
    ("$KV.echo_limits.a", &[COMMAND_API]),
    ("$KV.echo_quotas.a", &[COMMAND_API]),
    ("$KV.echo_presence.a.g1", &[CHAT_GATEWAY]),
    ("$KV.echo_presence.a.seen", &[CHAT_GATEWAY, COMMAND_API]),
    ("$KV.another_bucket.a", &[]),
    // Reading.
    (
        "$JS.API.DIRECT.GET.ECHO_EVENTS",
        &[COMMAND_API, PROJECTOR, QUERY_API, CHAT_GATEWAY, ANALYST, OPERATOR],
    ),
    (
        "$JS.API.DIRECT.GET.ECHO_EVENTS.evt.1.post.p1.published",
        &[COMMAND_API, CHAT_GATEWAY, ANALYST, OPERATOR],
    ),
    (
        "$JS.API.DIRECT.GET.ECHO_CHAT",
        &[COMMAND_API, PROJECTOR, CHAT_GATEWAY, OPERATOR],
    ),
    (
        "$JS.API.DIRECT.GET.ECHO_SESSIONS",
        &[COMMAND_API, PROJECTOR, QUERY_API, CHAT_GATEWAY, OPERATOR],
    ),
    (
        "$JS.API.DIRECT.GET.KV_echo_keys.$KV.echo_keys.a",
        &[COMMAND_API, PROJECTOR, CHAT_GATEWAY, OPERATOR],
    ),
    ("$JS.API.DIRECT.GET.KV_echo_presence", &[CHAT_GATEWAY, OPERATOR]),
    ("$JS.API.STREAM.MSG.GET.ECHO_EVENTS", &[COMMAND_API, OPERATOR]),
    (
        "$JS.API.STREAM.INFO.ECHO_CHAT",
        &[COMMAND_API, PROJECTOR, QUERY_API, CHAT_GATEWAY, OPERATOR],
    ),
    (
        "$JS.API.STREAM.INFO.ECHO_EVENTS",
        &[COMMAND_API, PROJECTOR, QUERY_API, CHAT_GATEWAY, ANALYST, OPERATOR],
    ),
    (
        "$JS.API.CONSUMER.CREATE.ECHO_EVENTS.c1",
        &[PROJECTOR, ANALYST, OPERATOR],
    ),
    ("$JS.API.CONSUMER.CREATE.ECHO_CHAT.c1", &[PROJECTOR, OPERATOR]),
    ("$JS.API.CONSUMER.CREATE.KV_echo_keys.c1", &[OPERATOR]),
    (
        "$JS.API.CONSUMER.MSG.NEXT.ECHO_EVENTS.c1",
        &[PROJECTOR, ANALYST, OPERATOR],
    ),
    ("$JS.API.CONSUMER.MSG.NEXT.ECHO_CHAT.c1", &[PROJECTOR, OPERATOR]),
    ("$JS.API.CONSUMER.DELETE.ECHO_EVENTS.c1", &[PROJECTOR, OPERATOR]),
    // Changing and destroying.
    ("$JS.API.STREAM.CREATE.ECHO_EVENTS", &[OPERATOR]),
    ("$JS.API.STREAM.UPDATE.ECHO_EVENTS", &[OPERATOR]),
    ("$JS.API.STREAM.DELETE.ECHO_EVENTS", &[OPERATOR]),
    ("$JS.API.STREAM.PURGE.ECHO_EVENTS", &[OPERATOR]),
    ("$JS.API.STREAM.MSG.DELETE.ECHO_EVENTS", &[OPERATOR]),
    ("$JS.API.STREAM.MSG.DELETE.KV_echo_keys", &[COMMAND_API, OPERATOR]),
    ("$JS.API.INFO", &[OPERATOR]),
    ("$SYS.REQ.SERVER.PING", &[]),
    // Answers go where they were asked for, and nowhere unasked.
    ("_INBOX_projector.x", &[]),
    ("_INBOX_chat_gateway.x", &[]),
];

/// Who may subscribe to a subject, with a queue group after a space; everybody else is refused.
const SUBSCRIBE: &[(&str, &[&str])] = &[
    ("live.chat.*.dm.a.*.*", &[CHAT_GATEWAY]),
    ("live.evt.*.account.>", &[COMMAND_API, QUERY_API, CHAT_GATEWAY]),
    ("live.sess.>", &[COMMAND_API, QUERY_API, CHAT_GATEWAY]),
    ("progress.>", &[QUERY_API]),
    ("notify.a", &[CHAT_GATEWAY]),
    ("cmd.> command-api", &[COMMAND_API]),
    ("cmd.>", &[]),
    ("cmd.> listener", &[]),
    ("evt.>", &[]),
    ("chat.>", &[]),
    ("sess.>", &[]),
    ("live.presence.>", &[CHAT_GATEWAY]),
    ("live.keys.*", &[COMMAND_API, PROJECTOR, CHAT_GATEWAY]),
    ("live.evt.*.post.>", &[COMMAND_API, CHAT_GATEWAY]),
    ("live.evt.*.friendship.>", &[COMMAND_API, CHAT_GATEWAY]),
    ("live.evt.*.comment.>", &[CHAT_GATEWAY]),
    ("live.>", &[CHAT_GATEWAY]),
    ("$KV.>", &[]),
    ("$JS.API.>", &[]),
    ("_INBOX.>", &[]),
    (">", &[]),
    ("_INBOX_command_api.>", &[COMMAND_API]),
    ("_INBOX_projector.>", &[PROJECTOR]),
    ("_INBOX_query_api.>", &[QUERY_API]),
    ("_INBOX_chat_gateway.>", &[CHAT_GATEWAY]),
    ("_INBOX_analyst.>", &[ANALYST]),
    ("_INBOX_operator.>", &[OPERATOR]),
];

#[test]
fn each_user_publishes_what_is_theirs_and_nothing_else() {
    let server = Server::start("nats-publish");
    for user in EVERYBODY {
        let mut client = server
            .log_in(user, &password(user))
            .expect("the password is right");
        for (subject, allowed) in PUBLISH {
            let refused = client.send(&format!("PUB {subject} 0\r\n\r\n"));
            assert_eq!(
                refused.is_none(),
                allowed.contains(&user),
                "{user} publishes to {subject}: {refused:?}"
            );
        }
    }
}

#[test]
fn each_user_hears_what_is_theirs_and_nothing_else() {
    let server = Server::start("nats-subscribe");
    for user in EVERYBODY {
        let mut client = server
            .log_in(user, &password(user))
            .expect("the password is right");
        for (number, (subject, allowed)) in SUBSCRIBE.iter().enumerate() {
            let refused = client.send(&format!("SUB {subject} {number}\r\n"));
            assert_eq!(
                refused.is_none(),
                allowed.contains(&user),
                "{user} subscribes to {subject}: {refused:?}"
            );
        }
    }
}

#[test]
fn a_command_is_answered_once_on_the_inbox_of_who_asked() {
    let server = Server::start("nats-answers");
    let mut worker = server.log_in(COMMAND_API, &password(COMMAND_API)).unwrap();
    let mut gateway = server.log_in(CHAT_GATEWAY, &password(CHAT_GATEWAY)).unwrap();
    assert_eq!(worker.send("SUB cmd.> command-api 1\r\n"), None);
    assert_eq!(gateway.send("SUB _INBOX_chat_gateway.> 1\r\n"), None);
    assert_eq!(
        gateway.send("PUB cmd.message.send _INBOX_chat_gateway.r1 2\r\n{}\r\n"),
        None
    );
    worker.read_until("MSG cmd.message.send");
    assert_eq!(worker.send("PUB _INBOX_chat_gateway.r1 2\r\n{}\r\n"), None);
    gateway.read_until("MSG _INBOX_chat_gateway.r1");
    assert!(
        worker.send("PUB _INBOX_chat_gateway.r1 2\r\n{}\r\n").is_some(),
        "a second answer is refused"
    );
}

#[test]
fn nobody_gets_in_without_the_right_password() {
    let server = Server::start("nats-passwords");
    assert!(server.log_in(COMMAND_API, &password(PROJECTOR)).is_err());
    assert!(server.log_in("nobody", "x").is_err());
    assert!(server.log_in("", "").is_err());
}

fn password(user: &str) -> String {
    format!("p{}", user.replace('-', ""))
}

struct Server {
    port: u16,
    _group: Group,
    _folder: TemporaryFolder,
}

impl Server {
    fn start(name: &str) -> Server {
        // Tests in one process download the server once.
        static PROGRAM: OnceLock<std::path::PathBuf> = OnceLock::new();
        let program = PROGRAM.get_or_init(|| tools::NATS_SERVER.provision().unwrap());
        let folder = TemporaryFolder::new(name).unwrap();
        let folders = Folders::below(folder.path()).unwrap();
        let port = servers::free_port().unwrap();
        let mut command = Command::new(program);
        command
            .arg("--config")
            .arg(workspace::root().join("deploy/nats/development.conf"))
            .envs(EVERYBODY.map(|user| {
                (
                    format!("NATS_PASSWORD_{}", user.replace('-', "_").to_uppercase()),
                    password(user),
                )
            }))
            .env("NATS_LISTEN", format!("127.0.0.1:{port}"))
            .env("NATS_MONITOR_LISTEN", "127.0.0.1:-1")
            .env("NATS_STORE_DIR", folder.path());
        let mut group = Group::default();
        group.add(Service::start("nats", command, &folders).unwrap());
        nats::wait_until_ready(port, &mut group).unwrap();
        Server {
            port,
            _group: group,
            _folder: folder,
        }
    }

    /// A client that is logged in, or the server's refusal.
    fn log_in(&self, user: &str, password: &str) -> Result<Client, String> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut client = Client {
            lines: BufReader::new(stream.try_clone().unwrap()),
            stream,
        };
        let options = serde_json::json!({
            "verbose": false, "pedantic": false, "user": user, "pass": password,
            "lang": "test", "version": "1", "protocol": 1,
        });
        client
            .send(&format!("CONNECT {options}\r\n"))
            .map_or(Ok(client), Err)
    }
}

struct Client {
    stream: TcpStream,
    lines: BufReader<TcpStream>,
}

impl Client {
    /// Sends a line of the protocol, and gives the server's refusal if there is one.
    ///
    /// The server works on one client's lines in order, so the answer to a ping comes after it.
    fn send(&mut self, line: &str) -> Option<String> {
        // Who was refused at the door may be cut off before the line is written.
        drop(self.stream.write_all(format!("{line}PING\r\n").as_bytes()));
        let mut refusal = None;
        loop {
            let line = self.line();
            match line.as_str() {
                "PONG" => return refusal,
                "" => return refusal.or_else(|| Some("the connection is closed".to_owned())),
                error if error.starts_with("-ERR") => refusal = Some(error.to_owned()),
                _ => {}
            }
        }
    }

    fn read_until(&mut self, start: &str) {
        loop {
            let line = self.line();
            assert!(!line.is_empty(), "the connection is closed");
            if line.starts_with(start) {
                return;
            }
        }
    }

    /// The next line; empty when the connection is closed.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap_or_default();
        line.trim_end().to_owned()
    }
}
