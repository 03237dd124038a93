//! The containers of `compose.yaml` without Docker: the keys that each is given, and each program with its container's
//! variables, up to the point at which it has understood them.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use super::compose::{Compose, Service, by_default};
use crate::{
    servers::{TemporaryFolder, free_port},
    workspace::{self, Profile},
};

/// Which keys and passwords each container has. Everything else is a fault, as is one of these that is missing.
const OWN: [(&str, &[&str]); 7] = [
    (
        "nats",
        &[
            "NATS_PASSWORD_ANALYST",
            "NATS_PASSWORD_CHAT_GATEWAY",
            "NATS_PASSWORD_COMMAND_API",
            "NATS_PASSWORD_OPERATOR",
            "NATS_PASSWORD_PROJECTOR",
            "NATS_PASSWORD_QUERY_API",
        ],
    ),
    (
        "mongo",
        &[
            "MONGO_KEY",
            "MONGO_PASSWORD_OPERATOR",
            "MONGO_PASSWORD_PROJECTOR",
            "MONGO_PASSWORD_QUERY_API",
        ],
    ),
    ("provision", &["NATS_PASSWORD_OPERATOR"]),
    (
        "projector",
        &[
            "ECHO_MASTER_KEYS",
            "MONGO_PASSWORD_PROJECTOR",
            "NATS_PASSWORD_PROJECTOR",
        ],
    ),
    (
        "query-api",
        &[
            "ECHO_MEDIA_URL_KEY",
            "ECHO_TOKEN_VERIFYING_KEYS",
            "MONGO_PASSWORD_QUERY_API",
            "NATS_PASSWORD_QUERY_API",
        ],
    ),
    (
        "command-api",
        &[
            "ECHO_MASTER_KEYS",
            "ECHO_MEDIA_URL_KEY",
            "ECHO_PERMANENT_KEY",
            "ECHO_TOKEN_SIGNING_KEY",
            "ECHO_TOKEN_VERIFYING_KEYS",
            "NATS_PASSWORD_COMMAND_API",
        ],
    ),
    (
        "chat-gateway",
        &[
            "ECHO_MASTER_KEYS",
            "ECHO_MEDIA_URL_KEY",
            "ECHO_TOKEN_VERIFYING_KEYS",
            "NATS_PASSWORD_CHAT_GATEWAY",
        ],
    ),
];

/// The services' programs.
const PROGRAMS: [&str; 4] = ["command-api", "query-api", "projector", "chat-gateway"];

/// Fails if a container would be given another's secrets, or wouldn't start with what it is given.
pub(crate) fn check() -> Result<()> {
    let programs: BTreeMap<String, PathBuf> =
        workspace::build(&PROGRAMS, Profile::Dev)?.into_iter().collect();
    let folder = TemporaryFolder::new("containers")?;
    let command_api = programs.get("command-api").context("there is no command-api")?;
    let given = make_keys(command_api, folder.path())?;
    check_keys(&given)?;
    let compose = Compose::read()?;
    let mut containers = Vec::new();
    for (name, service) in &compose.services {
        let program = service.command.first().and_then(|program| programs.get(program));
        if let Some(program) = program {
            let container = Container::of(program, service, &given).with_context(|| name.clone())?;
            containers.push((name, container));
        }
    }
    check_names(&containers)?;
    for (name, container) in &containers {
        container
            .check_start(folder.path())
            .with_context(|| format!("the container {name}"))?;
    }
    Ok(())
}

/// Variables with their values, by the name of the folder that they are in.
type Given = BTreeMap<String, BTreeMap<String, String>>;

/// Has `make-keys` make them, as the container does that is called `keys`, twice: the second time changes nothing.
fn make_keys(command_api: &Path, folder: &Path) -> Result<Given> {
    let keys = folder.join("keys");
    for name in OWN.iter().map(|(name, _)| *name).chain(["all"]) {
        fs::create_dir_all(keys.join(name))?;
    }
    let script = workspace::root().join("deploy/container/make-keys");
    let programs = command_api.parent().context("command-api is in no folder")?;
    let path = format!("{}:{}", programs.display(), env_path());
    let make = || -> Result<Given> {
        workspace::stdout_of(
            Command::new("sh")
                .arg(&script)
                .env("KEYS", &keys)
                .env("PATH", &path),
        )?;
        let read = |name: &str| -> Result<(String, BTreeMap<String, String>)> {
            let text = fs::read_to_string(keys.join(name).join("keys.env"))?;
            Ok((name.to_owned(), variables(&text)))
        };
        let names = OWN.iter().map(|(name, _)| *name).chain(["all"]);
        names.map(read).collect()
    };
    let first = make()?;
    ensure!(
        make()? == first,
        "make-keys makes other keys when it is run again"
    );
    Ok(first)
}

fn env_path() -> String {
    std::env::var("PATH").unwrap_or_default()
}

/// `NAME=value` in each line, as a shell reads it.
fn variables(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
        .collect()
}

/// Fails if a secret is anywhere but where it belongs, under whatever name.
fn check_keys(given: &Given) -> Result<()> {
    for (secret, value) in &given["all"] {
        for (container, own) in OWN {
            let holds = given[container].values().any(|held| held.contains(value));
            let should = own.contains(&secret.as_str());
            if holds != should {
                let does = if holds { "is given" } else { "is not given" };
                bail!("the container {container} {does} {secret}");
            }
        }
    }
    Ok(())
}

/// A container of one of our programs.
struct Container<'a> {
    program: &'a Path,
    subcommand: &'a str,
    environment: &'a BTreeMap<String, String>,
    own: &'a BTreeMap<String, String>,
    settings: BTreeSet<String>,
}

impl<'a> Container<'a> {
    fn of(program: &'a Path, service: &'a Service, given: &'a Given) -> Result<Container<'a>> {
        let subcommand = service.command.get(1).context("it is told to do nothing")?;
        let help = workspace::stdout_of(Command::new(program).args([subcommand, "--help"]))?;
        Ok(Container {
            program,
            subcommand,
            environment: &service.environment,
            own: given
                .get(service.keys().unwrap_or_default())
                .context("it has no keys")?,
            settings: settings(&help),
        })
    }

    /// Starts the program as its container would, on addresses that are taken, and without NATS: it finds out when it has
    /// understood all of its variables, and that none is missing.
    fn check_start(&self, folder: &Path) -> Result<()> {
        let taken = TcpListener::bind("127.0.0.1:0")?;
        let address = taken.local_addr()?.to_string();
        let below = |name: &str| format!("folder:{}", folder.join(name).display());
        // What is elsewhere than in the container, if the container has it at all.
        let elsewhere = BTreeMap::from([
            ("ECHO_LISTEN", address.clone()),
            ("ECHO_ADMIN_LISTEN", address),
            ("ECHO_NATS_URL", format!("nats://127.0.0.1:{}", free_port()?)),
            ("ECHO_MEDIA_STORE", below("media")),
            ("ECHO_MAIL", below("mail")),
        ]);
        let mut command = Command::new(self.program);
        command.arg(self.subcommand).env_clear().current_dir(folder);
        for (name, value) in self.environment {
            let value = elsewhere
                .get(name.as_str())
                .map_or(by_default(value), String::as_str);
            command.env(name, value);
        }
        let output = workspace::output(command.envs(self.own))?;
        let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        let said = said.concat();
        ensure!(
            !output.status.success() && !said.contains("configuration"),
            "`{}` does not understand its variables: {said}",
            self.subcommand
        );
        Ok(())
    }
}

/// Fails if a container has a variable that its program doesn't know. One that all containers have need only be known
/// to one of them.
fn check_names(containers: &[(&String, Container<'_>)]) -> Result<()> {
    let everywhere = |name: &str| {
        containers
            .iter()
            .all(|(_, each)| each.environment.contains_key(name))
    };
    for (container, each) in containers {
        for name in each.environment.keys().chain(each.own.keys()) {
            let known = if everywhere(name) {
                containers.iter().any(|(_, each)| each.settings.contains(name))
            } else {
                each.settings.contains(name)
            };
            ensure!(known, "the container {container} has {name}, which is no setting");
        }
    }
    Ok(())
}

/// The variables that a program takes, as its help tells them: `[env: NAME=…]`, or `[env: NAME]` where the value is
/// nobody's business.
fn settings(help: &str) -> BTreeSet<String> {
    let told = help.split("[env: ").skip(1);
    told.filter_map(|rest| rest.split(['=', ']']).next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys as they should be, each with a value of its own.
    fn given() -> Given {
        let all: BTreeMap<_, _> = OWN
            .iter()
            .flat_map(|(_, own)| own.iter())
            .map(|name| ((*name).to_owned(), format!("<{name}>")))
            .collect();
        let own = OWN.iter().map(|(container, own)| {
            let held = own
                .iter()
                .map(|name| (format!("X_{name}"), format!("a <{name}> b")));
            ((*container).to_owned(), held.collect())
        });
        own.chain([("all".to_owned(), all.clone())]).collect()
    }

    #[test]
    fn a_secret_that_is_elsewhere_or_missing_is_found_whatever_its_name() {
        check_keys(&given()).unwrap();
        let mut more = given();
        let query_api = more.get_mut("query-api").unwrap();
        query_api.insert("HARMLESS".to_owned(), "x<ECHO_MASTER_KEYS>".to_owned());
        let said = check_keys(&more).unwrap_err().to_string();
        assert_eq!(said, "the container query-api is given ECHO_MASTER_KEYS");
        let mut fewer = given();
        fewer.get_mut("mongo").unwrap().remove("X_MONGO_KEY");
        let said = check_keys(&fewer).unwrap_err().to_string();
        assert_eq!(said, "the container mongo is not given MONGO_KEY");
    }

    #[test]
    fn settings_are_read_from_the_help() {
        let help =
            "--a <A>  What. [env: ECHO_A=x] [default: 1]\n--b <B> [env: ECHO_B]\n--c <C> [env: ECHO_C=]";
        let expected = ["ECHO_A", "ECHO_B", "ECHO_C"].map(str::to_owned);
        assert_eq!(settings(help), BTreeSet::from(expected));
    }
}
