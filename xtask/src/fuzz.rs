//! Requests of every shape against a running system: no server error, and no answer outside the OpenAPI document.
//!
//! Schemathesis makes the requests from the document. It is a Python program and has no wheel with all it needs, so
//! it gets a virtual environment in `./.tools`, from a list of hashes, and works without a network from then on.
use std::{env, fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{
    demo, http,
    servers::TemporaryFolder,
    workspace::{self, run},
};

/// The version in `requirements.txt`, which names the folder.
const VERSION: &str = "4.32.5";
/// The oldest Python that it runs on.
const OLDEST_PYTHON: (u32, u32) = (3, 11);
/// How long the requests go on.
const SECONDS: u32 = 75;
/// The same requests each time, as far as ids allow: whoever changes nothing is told nothing new. Others are made with
/// another number in `ECHO_FUZZ_SEED`.
const SEED: &str = "1";

/// Sends requests to the system at `url`, which the demo network is added to, so that some of them succeed.
pub(crate) fn check(url: &str) -> Result<()> {
    let program = provision()?;
    demo::fill(url)?;
    let folder = TemporaryFolder::new("fuzz")?;
    let config = folder.path().join("schemathesis.toml");
    let fixed = fs::read_to_string(workspace::root().join("xtask/schemathesis/schemathesis.toml"))?;
    fs::write(&config, format!("{fixed}\n{}", Known::ask(url)?.dictionaries()))?;
    run(Command::new(program)
        .arg("--config-file")
        .arg(&config)
        .args(["--no-color", "run"])
        .arg(workspace::root().join("docs/contracts/openapi.json"))
        .args(["--url", url, "--max-time", &SECONDS.to_string()])
        .args(["--seed", &env::var("ECHO_FUZZ_SEED").unwrap_or(SEED.to_owned())])
        .current_dir(folder.path())
        .env("ECHO_FUZZ_LOGIN", demo::SOMEBODY)
        .env("ECHO_FUZZ_PASSWORD", demo::PASSWORD)
        .env("NO_PROXY", "*"))
}

/// The program, installed unless it is there.
pub(crate) fn provision() -> Result<PathBuf> {
    let folder = workspace::root()
        .join(".tools")
        .join(format!("schemathesis-{VERSION}"));
    let program = folder.join("bin/schemathesis");
    // Written last, so that an installation that was cut off is done again.
    let complete = folder.join("complete");
    let requirements = workspace::root().join("xtask/schemathesis/requirements.txt");
    let wanted = fs::read_to_string(&requirements)?;
    if fs::read_to_string(&complete).is_ok_and(|installed| installed == wanted) {
        return Ok(program);
    }
    require_python()?;
    eprintln!("installing schemathesis {VERSION} ...");
    // Debian splits off what puts pip into a virtual environment; the pip outside does as well.
    workspace::stdout_of(
        Command::new("python3")
            .args(["-m", "venv", "--clear", "--without-pip"])
            .arg(&folder),
    )?;
    workspace::stdout_of(
        Command::new("python3")
            .args(["-m", "pip", "--python"])
            .arg(folder.join("bin/python"))
            .args([
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
                "--only-binary=:all:",
                "--require-hashes",
                "--requirement",
            ])
            .arg(&requirements),
    )?;
    fs::write(complete, wanted)?;
    Ok(program)
}

fn require_python() -> Result<()> {
    let script = "import sys; print(*sys.version_info[:2])";
    let version = workspace::stdout_of(Command::new("python3").args(["-c", script]))?;
    let mut parts = version.split_whitespace().map(str::parse);
    let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else {
        bail!("python3 does not tell its version");
    };
    if (major, minor) < OLDEST_PYTHON {
        bail!(
            "python3 is {major}.{minor}, but schemathesis needs {}.{} or newer",
            OLDEST_PYTHON.0,
            OLDEST_PYTHON.1
        );
    }
    Ok(())
}

/// What there is in the demo network, without which hardly a request would find anything.
#[derive(Debug, Default, PartialEq, Eq)]
struct Known {
    users: Vec<String>,
    usernames: Vec<String>,
    posts: Vec<String>,
    positions: Vec<String>,
}

impl Known {
    fn ask(url: &str) -> Result<Known> {
        let credentials = json!({ "login": demo::SOMEBODY, "password": demo::PASSWORD });
        let signed_in = http::send("POST", &format!("{url}/v1/auth/login"), &[], &credentials)?;
        let token = signed_in.body["access_token"]
            .as_str()
            .context("nobody can log in")?;
        let authorization = format!("Bearer {token}");
        let get = |path: &str| -> Result<Value> {
            let headers = [("Authorization", authorization.as_str())];
            let answer = http::send("GET", &format!("{url}{path}"), &headers, &Value::Null)?;
            match answer.status {
                200 => Ok(answer.body),
                status => bail!("GET {path}: {status} {}", answer.body),
            }
        };
        let [friends, feed, explore] = ["/v1/friends", "/v1/feed", "/v1/explore"].map(get);
        let (friends, posts) = (friends?, [feed?, explore?]);
        let mut known = Known {
            users: texts(&friends, "/id"),
            usernames: texts(&friends, "/username"),
            posts: posts.iter().flat_map(|list| texts(list, "/id")).collect(),
            positions: posts.iter().flat_map(|list| texts(list, "/position")).collect(),
        };
        if let Some(friend) = known.users.first() {
            let messages = get(&format!("/v1/conversations/{friend}/messages"))?;
            known.positions.extend(texts(&messages, "/position"));
        }
        Ok(known)
    }

    /// The lists as schemathesis reads them, and which parameters take from them most of the time.
    fn dictionaries(&self) -> String {
        let Known {
            users,
            usernames,
            posts,
            positions,
        } = self;
        let lists = [
            ("users", users),
            ("usernames", usernames),
            ("posts", posts),
            ("positions", positions),
        ];
        let dictionaries =
            lists.map(|(name, values)| format!("[dictionaries.{name}]\nvalues = {}\n\n", json!(values)));
        let parameters = [
            ("path.user_id", "users"),
            ("path.username", "usernames"),
            ("path.id", "posts"),
            ("path.position", "positions"),
            ("query.after", "positions"),
            ("query.before", "positions"),
            ("header.Echo-Min-Position", "positions"),
        ];
        let bindings = parameters.map(|(parameter, dictionary)| {
            format!("\"{parameter}\" = {{ dictionary = \"{dictionary}\", probability = 0.8 }}\n")
        });
        format!("{}[parameters]\n{}", dictionaries.concat(), bindings.concat())
    }
}

/// A field of each item of a list.
fn texts(list: &Value, field: &str) -> Vec<String> {
    let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| Some(item.pointer(field)?.as_str()?.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_version_is_the_one_that_names_the_folder() {
        let requirements = include_str!("../schemathesis/requirements.txt");
        assert!(requirements.contains(&format!("\nschemathesis=={VERSION} ")));
        assert!(
            requirements
                .lines()
                .all(|line| line.contains("==") || line.trim_start().starts_with("--hash=sha256:")),
            "every package has a version and hashes"
        );
    }

    #[test]
    fn what_is_known_becomes_dictionaries() {
        let known = Known {
            users: vec!["a".to_owned(), "b".to_owned()],
            ..Known::default()
        };
        let text = known.dictionaries();
        assert!(text.starts_with("[dictionaries.users]\nvalues = [\"a\",\"b\"]\n"));
        assert!(text.contains("\"path.user_id\" = { dictionary = \"users\", probability = 0.8 }"));
    }
}
