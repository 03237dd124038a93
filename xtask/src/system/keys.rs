//! The keys and passwords of a development system, made once and kept with its data.
//!
//! Each service is given the keys that it needs and no others, as in production.
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::{self, File, OpenOptions},
    io::{Read, Write as _},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::Command,
};

use anyhow::{Context, Result};

use crate::workspace;

/// The users of deploy/nats/users.conf.
const NATS_USERS: [&str; 6] = [
    "command-api",
    "projector",
    "query-api",
    "chat-gateway",
    "analyst",
    "operator",
];

/// The users of deploy/mongo/users.json, and who makes them.
const MONGO_USERS: [&str; 3] = ["projector", "query-api", "operator"];
/// By which members of MongoDB's replica set would know each other.
const MONGO_KEY: &str = "MONGO_KEY";

/// Names and values, as in the file.
#[derive(Debug)]
pub(crate) struct Keys(BTreeMap<String, String>);

impl Keys {
    /// Reads the file, or has `command_api` make the keys; adds the passwords of NATS's and MongoDB's users that are
    /// missing.
    pub(crate) fn load_or_create(path: &Path, command_api: &Path) -> Result<Keys> {
        let mut text = if path.exists() {
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?
        } else {
            workspace::stdout_of(Command::new(command_api).arg("generate-keys"))
                .context("the development keys could not be made")?
        };
        let known = parse(&text);
        let nats = NATS_USERS.map(|user| password_variable("NATS", user));
        let mongo = MONGO_USERS.map(|user| password_variable("MONGO", user));
        for name in nats.into_iter().chain(mongo).chain([MONGO_KEY.to_owned()]) {
            if !known.contains_key(&name) {
                writeln!(text, "{name}={}", password()?)?;
            }
        }
        write_private(path, &text)?;
        Ok(Keys(parse(&text)))
    }

    /// The keys that a service is started with.
    pub(crate) fn of(&self, service: &str) -> Result<Vec<(&str, &str)>> {
        let wanted: &[&str] = match service {
            "command-api" => &[
                "ECHO_MASTER_KEYS",
                "ECHO_PERMANENT_KEY",
                "ECHO_TOKEN_SIGNING_KEY",
                "ECHO_TOKEN_VERIFYING_KEYS",
                "ECHO_MEDIA_URL_KEY",
            ],
            "projector" => &["ECHO_MASTER_KEYS"],
            "query-api" => &["ECHO_TOKEN_VERIFYING_KEYS", "ECHO_MEDIA_URL_KEY"],
            "chat-gateway" => &[
                "ECHO_MASTER_KEYS",
                "ECHO_TOKEN_VERIFYING_KEYS",
                "ECHO_MEDIA_URL_KEY",
            ],
            _ => &[],
        };
        wanted.iter().map(|name| Ok((*name, self.value(name)?))).collect()
    }

    /// A NATS user's password.
    pub(crate) fn nats_password(&self, user: &str) -> Result<&str> {
        self.value(&password_variable("NATS", user))
    }

    /// A MongoDB user's password.
    pub(crate) fn mongo_password(&self, user: &str) -> Result<&str> {
        self.value(&password_variable("MONGO", user))
    }

    /// The key of MongoDB's replica set.
    pub(crate) fn mongo_key(&self) -> Result<&str> {
        self.value(MONGO_KEY)
    }

    fn value(&self, name: &str) -> Result<&str> {
        self.0.get(name).map(String::as_str).with_context(|| {
            format!(
                "keys.env holds no {name}: it is incomplete, and `cargo xtask reset` deletes it with all data"
            )
        })
    }

    /// All NATS passwords, for the server.
    pub(crate) fn nats_passwords(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|(name, _)| name.starts_with("NATS_PASSWORD_"))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn password_variable(server: &str, user: &str) -> String {
    format!("{server}_PASSWORD_{}", user.replace('-', "_").to_uppercase())
}

/// A password of 128 random bits that begins with a letter: nats-server reads it like a value in its
/// configuration, where digits first could be a number.
fn password() -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("no random numbers")?;
    let mut text = "p".to_owned();
    for byte in bytes {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

/// `NAME=value` lines; anything else is a comment.
fn parse(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

/// Writes a file that only its owner may read, whole or not at all.
fn write_private(path: &Path, text: &str) -> Result<()> {
    let part = path.with_extension("part");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)
        .with_context(|| format!("cannot write {}", part.display()))?;
    file.write_all(text.as_bytes())?;
    fs::rename(&part, path).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::servers::TemporaryFolder;

    #[test]
    fn a_service_is_given_its_own_keys_only() {
        let keys = Keys(parse(
            "# made once\nECHO_MASTER_KEYS=m1:AAA=\nECHO_PERMANENT_KEY=BBB=\nECHO_TOKEN_SIGNING_KEY=C\n\
             ECHO_TOKEN_VERIFYING_KEYS=D\nECHO_MEDIA_URL_KEY=E\nNATS_PASSWORD_QUERY_API=p1\n",
        ));
        assert_eq!(
            keys.of("query-api").unwrap(),
            [("ECHO_TOKEN_VERIFYING_KEYS", "D"), ("ECHO_MEDIA_URL_KEY", "E")]
        );
        assert_eq!(keys.of("projector").unwrap(), [("ECHO_MASTER_KEYS", "m1:AAA=")]);
        assert_eq!(keys.of("command-api").unwrap().len(), 5);
        assert_eq!(keys.nats_password("query-api").unwrap(), "p1");
        assert!(keys.nats_password("operator").is_err());
        assert_eq!(keys.nats_passwords().count(), 1);
    }

    #[test]
    fn keys_of_an_earlier_version_are_kept_and_completed() {
        let folder = TemporaryFolder::new("keys").unwrap();
        let path = folder.path().join("keys.env");
        fs::write(&path, "ECHO_MASTER_KEYS=m1:AAA=\nNATS_PASSWORD_PROJECTOR=p1\n").unwrap();
        // The program that makes keys isn't asked.
        let nowhere = Path::new("/nonexistent");
        let keys = Keys::load_or_create(&path, nowhere).unwrap();
        assert_eq!(keys.nats_password("projector").unwrap(), "p1");
        let made = keys.mongo_password("query-api").unwrap().to_owned();
        assert_ne!(made, keys.mongo_password("projector").unwrap());
        let again = Keys::load_or_create(&path, nowhere).unwrap();
        assert_eq!(again.mongo_password("query-api").unwrap(), made);
        assert_eq!(again.of("projector").unwrap(), [("ECHO_MASTER_KEYS", "m1:AAA=")]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    /// Runs `make-keys` of the containers with a program that makes keys, each with its name for a value.
    fn make_keys(folder: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
        let programs = folder.join("bin");
        fs::create_dir_all(&programs).unwrap();
        let names = "ECHO_MASTER_KEYS ECHO_PERMANENT_KEY ECHO_TOKEN_SIGNING_KEY ECHO_TOKEN_VERIFYING_KEYS ECHO_MEDIA_URL_KEY";
        let program = programs.join("command-api");
        fs::write(
            &program,
            format!("#!/bin/sh\nfor name in {names}; do echo $name=$name; done\n"),
        )
        .unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        let containers = [
            "nats",
            "mongo",
            "provision",
            "projector",
            "query-api",
            "command-api",
            "chat-gateway",
        ];
        for name in containers.iter().chain(&["all"]) {
            fs::create_dir_all(folder.join("keys").join(name)).unwrap();
        }
        let path = std::env::var("PATH").unwrap();
        workspace::stdout_of(
            Command::new("sh")
                .arg(workspace::root().join("deploy/container/make-keys"))
                .env("PATH", format!("{}:{path}", programs.display()))
                .env("KEYS", folder.join("keys")),
        )
        .unwrap();
        let read = |name: &str| {
            let file = folder.join("keys").join(name).join("keys.env");
            assert_eq!(
                fs::metadata(&file).unwrap().permissions().mode() & 0o777,
                0o600,
                "{name}"
            );
            parse(&fs::read_to_string(file).unwrap())
        };
        containers
            .iter()
            .map(|name| ((*name).to_owned(), read(name)))
            .collect()
    }

    #[test]
    fn each_container_has_the_keys_of_its_own_and_no_others() {
        let folder = TemporaryFolder::new("container-keys").unwrap();
        let files = make_keys(folder.path());
        let all = parse(&fs::read_to_string(folder.path().join("keys/all/keys.env")).unwrap());
        let keys = Keys(all);
        for service in ["projector", "query-api", "command-api", "chat-gateway"] {
            let mut expected: Vec<(String, String)> = keys
                .of(service)
                .unwrap()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            expected.push((
                "ECHO_NATS_PASSWORD".to_owned(),
                keys.nats_password(service).unwrap().to_owned(),
            ));
            if let Ok(password) = keys.mongo_password(service) {
                let url =
                    format!("'mongodb://{service}:{password}@mongo:27017/?replicaSet=rs0&authSource=admin'");
                expected.push(("ECHO_MONGO_URL".to_owned(), url));
            }
            expected.sort();
            let found: Vec<_> = files[service].clone().into_iter().collect();
            assert_eq!(found, expected, "{service}");
        }
        let operator = keys.nats_password("operator").unwrap();
        assert_eq!(
            files["provision"],
            parse(&format!("ECHO_NATS_PASSWORD={operator}"))
        );
        assert!(
            files["nats"]
                .keys()
                .all(|name| name.starts_with("NATS_PASSWORD_"))
        );
        assert_eq!(files["nats"].len(), NATS_USERS.len());
        assert!(files["mongo"].keys().all(|name| name.starts_with("MONGO_")));
        assert_eq!(files["mongo"].len(), MONGO_USERS.len() + 1);
        assert_eq!(make_keys(folder.path()), files, "made once");
    }

    #[test]
    fn passwords_are_words_to_nats_server_and_differ() {
        let (first, second) = (password().unwrap(), password().unwrap());
        assert_ne!(first, second);
        assert!(first.starts_with('p') && first.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
