//! `compose.yaml`: that its parts fit each other, and what they are given.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::workspace;

/// The only service that anybody outside may reach.
const EDGE: &str = "edge";
/// Makes the keys, and alone sees all of them.
const KEYS: &str = "keys";

#[derive(Debug, Deserialize)]
pub(super) struct Compose {
    pub(super) services: BTreeMap<String, Service>,
    volumes: BTreeMap<String, Option<Value>>,
}

/// The parts of a service that are looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Service {
    image: String,
    build: Option<Build>,
    pub(super) command: Vec<String>,
    pub(super) environment: BTreeMap<String, String>,
    volumes: Vec<String>,
    depends_on: BTreeMap<String, Value>,
    ports: Vec<String>,
    network_mode: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Build {
    dockerfile: String,
    target: String,
}

impl Compose {
    pub(super) fn read() -> Result<Compose> {
        let path = workspace::root().join("compose.yaml");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Compose::parse(&text)
    }

    fn parse(text: &str) -> Result<Compose> {
        serde_saphyr::from_str(text).context("compose.yaml is not what we take it for")
    }

    /// Fails with all that is wrong.
    pub(super) fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        for (name, service) in &self.services {
            let mut found = service.faults(name);
            found.extend(self.unknown_names(service));
            faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
        }
        let used: BTreeSet<&str> = self.services.values().flat_map(Service::volumes).collect();
        let unused = self
            .volumes
            .keys()
            .filter(|volume| !used.contains(volume.as_str()));
        faults.extend(unused.map(|volume| format!("nobody uses the volume {volume}")));
        if !faults.is_empty() {
            bail!("compose.yaml:\n  {}", faults.join("\n  "));
        }
        Ok(())
    }

    fn unknown_names(&self, service: &Service) -> Vec<String> {
        let services = service
            .depends_on
            .keys()
            .filter(|name| !self.services.contains_key(*name));
        let volumes = service.volumes().filter(|name| !self.volumes.contains_key(*name));
        let services = services.map(|name| format!("there is no service {name}"));
        services
            .chain(volumes.map(|name| format!("there is no volume {name}")))
            .collect()
    }
}

impl Service {
    /// The volumes with a name.
    fn volumes(&self) -> impl Iterator<Item = &str> {
        let named = self.volumes.iter().filter(|mount| !mount.starts_with('.'));
        named.filter_map(|mount| mount.split(':').next())
    }

    /// The folder of keys that the service sees, by its name below `/keys` where they are made.
    pub(super) fn keys(&self) -> Option<&str> {
        let mount = self.volumes.iter().find(|mount| mount.ends_with(":/keys:ro"))?;
        mount.strip_prefix("keys-")?.strip_suffix(":/keys:ro")
    }

    fn faults(&self, name: &str) -> Vec<String> {
        let mut faults = Vec::new();
        match &self.build {
            Some(build) => faults.extend(build.fault()),
            // Without a version it would be another one tomorrow.
            None if !self.image.contains(|c: char| c.is_ascii_digit()) => {
                faults.push(format!("the image `{}` has no version", self.image));
            }
            None => {}
        }
        let elsewhere = self.ports.iter().filter(|port| !port.starts_with("127.0.0.1:"));
        faults.extend(elsewhere.map(|port| format!("{port} can be reached from other machines")));
        if name != EDGE && !self.ports.is_empty() {
            faults.push("only the edge publishes a port".to_owned());
        }
        let seen = self.volumes().filter(|volume| volume.starts_with("keys"));
        let seen: Vec<&str> = seen.collect();
        // Two of the same program share what is theirs.
        let own = format!(
            "keys-{}",
            name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-')
        );
        let alright = match name {
            KEYS => self.network_mode.as_deref() == Some("none"),
            EDGE => seen.is_empty(),
            _ => seen == [own.as_str()] && self.keys().is_some(),
        };
        if !alright {
            faults.push(format!(
                "sees the keys of {seen:?}, or may change them, or is on a network"
            ));
        }
        let bound = self.volumes.iter().filter(|mount| mount.starts_with('.'));
        faults.extend(bound.filter_map(|mount| bind_fault(mount)));
        faults
    }
}

/// The faults of a folder of ours that a container sees.
fn bind_fault(mount: &str) -> Option<String> {
    let folder = mount.split(':').next().unwrap_or(mount);
    if !workspace::root().join(folder).is_dir() {
        return Some(format!("there is no folder {folder}"));
    }
    (!mount.ends_with(":ro")).then(|| format!("{folder} can be written"))
}

impl Build {
    fn fault(&self) -> Option<String> {
        let Build { dockerfile, target } = self;
        let Ok(text) = fs::read_to_string(workspace::root().join(dockerfile)) else {
            return Some(format!("there is no {dockerfile}"));
        };
        let stage = format!(" AS {target}");
        let is_there = text
            .lines()
            .any(|line| line.starts_with("FROM ") && line.ends_with(&stage));
        (!is_there).then(|| format!("{dockerfile} makes no {target}"))
    }
}

/// The value of a variable where nothing is set outside: `${NAME:-this}`.
pub(super) fn by_default(value: &str) -> &str {
    let inside = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inside
        .and_then(|inside| inside.split_once(":-"))
        .map_or(value, |(_, default)| default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> String {
        fs::read_to_string(workspace::root().join("compose.yaml")).unwrap()
    }

    /// The complaints about our file with `this` in place of `that`.
    fn said(that: &str, this: &str) -> String {
        let text = ours();
        assert!(text.contains(that), "{that}");
        let compose = Compose::parse(&text.replacen(that, this, 1)).unwrap();
        format!("{:#}", compose.check().unwrap_err())
    }

    #[test]
    fn ours_fits_together() {
        let compose = Compose::read().unwrap();
        compose.check().unwrap();
        let environment = &compose.services["chat-gateway-2"].environment;
        assert_eq!(environment["ECHO_NATS_USER"], "chat-gateway");
        assert_eq!(environment["ECHO_LISTEN"], "0.0.0.0:8080", "merged in");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (that, this, expected) in [
            (
                "    command: [query-api, serve]",
                "    command: [query-api, serve]\n    ports: [\"127.0.0.1:1:1\"]",
                "query-api: only the edge publishes a port",
            ),
            (
                "\"127.0.0.1:8080:8080\"",
                "\"8080:8080\"",
                "edge: 8080:8080 can be reached from other machines",
            ),
            (
                "[\"keys-projector:/keys:ro\"]",
                "[\"keys-command-api:/keys:ro\"]",
                "projector: sees the keys of [\"keys-command-api\"]",
            ),
            (
                "[\"keys-projector:/keys:ro\"]",
                "[\"keys-projector:/keys:ro\", \"keys:/all\"]",
                "projector: sees the keys of",
            ),
            ("keys-nats:/keys:ro", "keys-nats:/keys", "nats: sees the keys of"),
            ("    network_mode: none\n", "", "keys: sees the keys of"),
            (
                "target: edge",
                "target: brink",
                "edge: deploy/Dockerfile makes no brink",
            ),
            (
                "mongo:6.0",
                "mongo:latest",
                "mongo: the image `mongo:latest` has no version",
            ),
            (
                "./deploy/nats:/etc/nats:ro",
                "./deploy/nats:/etc/nats",
                "nats: ./deploy/nats can be written",
            ),
            (
                "      nats:\n        condition",
                "      nuts:\n        condition",
                "there is no service nuts",
            ),
            ("  media:\n  nats:\n", "  nats:\n", "there is no volume media"),
            (
                "\nvolumes:\n",
                "\nvolumes:\n  more:\n",
                "nobody uses the volume more",
            ),
        ] {
            let said = said(that, this);
            assert!(said.contains(expected), "{this}: {said}");
        }
    }

    #[test]
    fn a_variable_has_its_default() {
        assert_eq!(by_default("${ECHO_MAIL:-folder:/tmp/mail}"), "folder:/tmp/mail");
        assert_eq!(by_default("${ECHO_EDGE_IMAGE_ORIGINS:-}"), "");
        assert_eq!(by_default("echo"), "echo");
    }
}
