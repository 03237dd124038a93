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

/// Names and values, as in the file.
#[derive(Debug)]
pub(crate) struct Keys(BTreeMap<String, String>);

impl Keys {
    /// Reads the file, or has `command_api` make the keys and adds a password for each NATS user.
    pub(crate) fn load_or_create(path: &Path, command_api: &Path) -> Result<Keys> {
        if !path.exists() {
            let mut text = workspace::stdout_of(Command::new(command_api).arg("generate-keys"))
                .context("the development keys could not be made")?;
            for user in NATS_USERS {
                writeln!(text, "{}={}", password_variable(user), password()?)?;
            }
            write_private(path, &text)?;
        }
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
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
        self.value(&password_variable(user))
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

fn password_variable(user: &str) -> String {
    format!("NATS_PASSWORD_{}", user.replace('-', "_").to_uppercase())
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
    use super::*;

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
    fn passwords_are_words_to_nats_server_and_differ() {
        let (first, second) = (password().unwrap(), password().unwrap());
        assert_ne!(first, second);
        assert!(first.starts_with('p') && first.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
