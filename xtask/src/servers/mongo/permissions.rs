//! Tests of `deploy/mongo/users.json` on a real server: who may read and write what.
use super::*;
use crate::{
    process::Folders,
    servers::{TemporaryFolder, free_port},
    tools,
};

const NOBODY: &str = "";
const PROJECTOR: &str = "projector";
pub(super) const QUERY_API: &str = "query-api";
pub(super) const EVERYBODY: [&str; 4] = [NOBODY, PROJECTOR, QUERY_API, OPERATOR];

pub(super) fn password(user: &str) -> String {
    format!("p{}", user.replace('-', ""))
}

/// A connection as a user, or as nobody.
pub(super) fn log_in(port: u16, user: &str) -> Connection {
    let mut connection = Connection::open(port).unwrap();
    if user != NOBODY {
        connection.log_in(user, &password(user)).unwrap();
    }
    connection
}

/// A server that asks for passwords, and is gone when this is dropped.
struct Server {
    port: u16,
    group: Group,
    folder: TemporaryFolder,
}

impl Server {
    fn start(name: &str) -> Server {
        Server::on(TemporaryFolder::new(name).unwrap())
    }

    fn on(folder: TemporaryFolder) -> Server {
        let program = tools::MONGOD.provision().unwrap();
        let folders = Folders::below(folder.path()).unwrap();
        let access = Access {
            key: folder.path().join("mongo.key"),
            password: &|user| Ok(password(user)),
        };
        write_key(&access.key, "a2V5a2V5").unwrap();
        let port = free_port().unwrap();
        let data = folder.path().join("mongo");
        let mut group = Group::default();
        group.add(start(&program, port, &data, Some(&access), &folders).unwrap());
        wait_until_ready(port, Some(&access), &mut group).unwrap();
        Server { port, group, folder }
    }

    fn log_in(&self, user: &str) -> Connection {
        log_in(self.port, user)
    }

    /// Ends the server and gives its data.
    fn stop(self) -> TemporaryFolder {
        drop(self.group);
        self.folder
    }
}

fn document(fields: Vec<(&'static str, Value)>) -> Value {
    Value::Document(fields)
}

/// What is tried: a name, the database, the command, and who may.
type Attempt = (
    &'static str,
    &'static str,
    Vec<(&'static str, Value)>,
    &'static [&'static str],
);

/// Everything that is tried.
fn attempts() -> Vec<Attempt> {
    let anything = || document(vec![]);
    let one = || document(vec![("_id", Value::Int(1))]);
    let insert = || {
        vec![
            ("insert", "posts".into()),
            ("documents", Value::List(vec![one()])),
        ]
    };
    let find = |collection: &str| vec![("find", collection.into()), ("filter", anything())];
    let delete = || {
        let all = document(vec![("q", anything()), ("limit", Value::Int(0))]);
        vec![("delete", "posts".into()), ("deletes", Value::List(vec![all]))]
    };
    let update = || {
        let set = document(vec![("$set", document(vec![("a", Value::Int(1))]))]);
        let all = document(vec![("q", anything()), ("u", set)]);
        vec![("update", "posts".into()), ("updates", Value::List(vec![all]))]
    };
    let index = || {
        let key = document(vec![
            ("key", document(vec![("a", Value::Int(1))])),
            ("name", "a".into()),
        ]);
        vec![
            ("createIndexes", "posts".into()),
            ("indexes", Value::List(vec![key])),
        ]
    };
    let create_user = || {
        let roles = Value::List(vec![role("root", ADMIN)]);
        user("createUser", "mallory", "p", roles)
    };
    let writers: &[&str] = &[PROJECTOR, OPERATOR];
    let readers: &[&str] = &[PROJECTOR, QUERY_API, OPERATOR];
    let nobody_else: &[&str] = &[OPERATOR];
    vec![
        ("inserts", "echo", insert(), writers),
        ("finds", "echo", find("posts"), readers),
        ("updates", "echo", update(), writers),
        ("makes an index", "echo", index(), writers),
        ("deletes", "echo", delete(), writers),
        (
            "drops a collection",
            "echo",
            vec![("drop", "posts".into())],
            writers,
        ),
        (
            "drops the database",
            "echo",
            vec![("dropDatabase", Value::Int(1))],
            nobody_else,
        ),
        ("writes elsewhere", "other", insert(), nobody_else),
        ("reads elsewhere", "other", find("posts"), nobody_else),
        ("reads the oplog", "local", find("oplog.rs"), nobody_else),
        ("reads the users", "admin", find("system.users"), nobody_else),
        (
            "lists databases' sizes",
            "admin",
            vec![("serverStatus", Value::Int(1))],
            nobody_else,
        ),
        (
            "sets a parameter",
            "admin",
            vec![("setParameter", Value::Int(1)), ("quiet", Value::Bool(true))],
            nobody_else,
        ),
        ("makes a user", "admin", create_user(), nobody_else),
    ]
}

/// Everybody tries everything on the server at `port`.
pub(super) fn check_rights(port: u16) {
    let mut connections = EVERYBODY.map(|user| (user, log_in(port, user)));
    for (what, database, command, allowed) in attempts() {
        for (user, connection) in &mut connections {
            // What went before decides whether there is anything to drop or to insert anew; not about rights.
            let answer = connection.send(database, command.clone()).unwrap();
            let code = match bson::field(&answer, "codeName") {
                Some(Found::Text(code)) => code,
                _ => String::new(),
            };
            let refused = code == "Unauthorized" || code == "AuthenticationRequired";
            assert_eq!(refused, !allowed.contains(user), "`{user}` {what}: {code}");
        }
    }
}

#[test]
fn each_user_does_what_is_theirs_and_nothing_else() {
    check_rights(Server::start("mongo-permissions").port);
}

#[test]
fn nobody_gets_in_without_the_right_password() {
    let server = Server::start("mongo-passwords");
    for (user, word) in [(PROJECTOR, "pqueryapi"), ("nobody", "p"), (OPERATOR, "")] {
        let refused = Connection::open(server.port)
            .unwrap()
            .log_in(user, word)
            .unwrap_err();
        assert_eq!(refusal(&refused), Some("AuthenticationFailed"), "{refused:#}");
    }
}

#[test]
fn data_of_other_ports_and_of_a_time_without_users_are_taken_over() {
    let program = tools::MONGOD.provision().unwrap();
    let folder = TemporaryFolder::new("mongo-takeover").unwrap();
    let folders = Folders::below(folder.path()).unwrap();
    let port = free_port().unwrap();
    let mut group = Group::default();
    group.add(start(&program, port, &folder.path().join("mongo"), None, &folders).unwrap());
    wait_until_ready(port, None, &mut group).unwrap();
    drop(group);
    let again = Server::on(Server::on(folder).stop());
    again
        .log_in(QUERY_API)
        .ask("echo", vec![("find", "posts".into())])
        .unwrap();
}

#[test]
fn changes_are_not_kept_beyond_a_bound() {
    let server = Server::start("mongo-oplog");
    let stats = vec![("collStats", "oplog.rs".into())];
    let stats = server.log_in(OPERATOR).ask("local", stats).unwrap();
    assert_eq!(
        bson::field(&stats, "maxSize"),
        Some(Found::Number(i64::from(OPLOG_MIB) << 20))
    );
}
