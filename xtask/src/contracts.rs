//! `cargo xtask contracts`: the documents that are generated from the code and committed.
use std::{collections::HashMap, fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use crate::{
    web,
    workspace::{self, Profile},
};

/// Both HTTP APIs as one document.
const OPENAPI: &str = "docs/contracts/openapi.json";
/// The socket.
const ASYNCAPI: &str = "docs/contracts/asyncapi.json";
/// All that is generated: the documents, and from them the web client's types.
const GENERATED: [&str; 4] = [
    OPENAPI,
    ASYNCAPI,
    "frontend/src/lib/api/schema.d.ts",
    "frontend/src/lib/api/socket-schema.d.ts",
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail if what is committed differs from what the code gives, instead of writing it.
    #[arg(long)]
    check: bool,
}

/// Generates the contracts, or checks that they are up to date.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.check { check() } else { write() }
}

/// Fails if a generated file is not what the code gives now.
///
/// The files are generated anew and compared, then put back as they were: a check changes nothing.
pub(crate) fn check() -> Result<()> {
    let before = GENERATED.map(|file| (file, fs::read(workspace::root().join(file)).unwrap_or_default()));
    let written = write();
    let mut changed = Vec::new();
    for (file, before) in before {
        let path = workspace::root().join(file);
        if fs::read(&path).unwrap_or_default() != before {
            fs::write(&path, before).with_context(|| format!("cannot restore {file}"))?;
            changed.push(file);
        }
    }
    written?;
    if !changed.is_empty() {
        bail!(
            "not what the code gives: {}; run `cargo xtask contracts` and commit the result",
            changed.join(", ")
        );
    }
    Ok(())
}

/// Fails if the OpenAPI document breaks a rule of `xtask/spectral/rules.yaml`, however mild.
pub(crate) fn lint() -> Result<()> {
    web::require_node()?;
    let folder = workspace::root().join("xtask/spectral");
    let wanted = fs::read(folder.join("package-lock.json"))?;
    // Written last, so that an installation that was cut off is done again.
    let complete = folder.join("node_modules/.installed");
    if fs::read(&complete).unwrap_or_default() != wanted {
        let mut install = web::npm(&["ci", "--no-progress", "--loglevel=error"]);
        workspace::run(install.current_dir(&folder))?;
        fs::write(&complete, wanted)?;
    }
    workspace::run(
        Command::new("node")
            .arg("node_modules/@stoplight/spectral-cli/dist/index.js")
            .args(["lint", "--fail-severity=hint", "--ruleset=rules.yaml"])
            .arg(workspace::root().join(OPENAPI))
            .current_dir(&folder),
    )
}

fn write() -> Result<()> {
    let programs: HashMap<String, PathBuf> =
        workspace::build(&["command-api", "query-api", "chat-gateway"], Profile::Dev)?
            .into_iter()
            .collect();
    let document = |name: &str, subcommand: &str| {
        let program = programs
            .get(name)
            .with_context(|| format!("the build gave no program {name}"))?;
        workspace::stdout_of(Command::new(program).arg(subcommand))
    };
    let openapi = |name: &str| -> Result<Value> {
        serde_json::from_str(&document(name, "openapi")?)
            .with_context(|| format!("`{name} openapi` did not print JSON"))
    };
    let merged = merge(openapi("command-api")?, openapi("query-api")?)?;
    write_if_changed(OPENAPI, &format!("{merged:#}\n"))?;
    write_if_changed(ASYNCAPI, &document("chat-gateway", "asyncapi")?)?;
    web::install()?;
    workspace::stdout_of(&mut web::npm(&["run", "--silent", "types"])).map(drop)
}

/// Services carry these documents, so writing one without need would have them compiled again.
fn write_if_changed(file: &str, text: &str) -> Result<()> {
    let path = workspace::root().join(file);
    if fs::read_to_string(&path).unwrap_or_default() == text {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, text).with_context(|| format!("cannot write {file}"))
}

/// Two OpenAPI documents as one: what is in either is in the result, and where both have something of
/// the same name it must be the same. The first one's title and version stand.
fn merge(first: Value, second: Value) -> Result<Value> {
    let (Value::Object(mut first), Value::Object(second)) = (first, second) else {
        bail!("an OpenAPI document is a JSON object");
    };
    for (name, value) in second {
        match (name.as_str(), value) {
            ("openapi" | "info" | "servers" | "security", value) => {
                first.entry(name).or_insert(value);
            }
            ("tags", Value::Array(tags)) => merge_tags(&mut first, tags)?,
            // One level of names (paths, kinds of components), below it another (methods, components).
            ("paths" | "components", Value::Object(groups)) => {
                let target = object(&mut first, &name)?;
                for (group, members) in groups {
                    merge_members(target, &group, members)?;
                }
            }
            (_, value) => merge_value(&mut first, name, value)?,
        }
    }
    Ok(Value::Object(first))
}

fn merge_members(target: &mut Map<String, Value>, group: &str, members: Value) -> Result<()> {
    let Value::Object(members) = members else {
        bail!("{group} is not a JSON object");
    };
    let target = object(target, group)?;
    members
        .into_iter()
        .try_for_each(|(name, value)| merge_value(target, name, value).with_context(|| format!("in {group}")))
}

fn merge_value(target: &mut Map<String, Value>, name: String, value: Value) -> Result<()> {
    match target.get(&name) {
        Some(there) if *there != value => bail!("command-api and query-api disagree on `{name}`"),
        Some(_) => Ok(()),
        None => {
            target.insert(name, value);
            Ok(())
        }
    }
}

fn merge_tags(target: &mut Map<String, Value>, tags: Vec<Value>) -> Result<()> {
    let Value::Array(there) = target.entry("tags").or_insert_with(|| Value::Array(Vec::new())) else {
        bail!("`tags` is not a list");
    };
    for tag in tags {
        if !there.iter().any(|known| known.get("name") == tag.get("name")) {
            there.push(tag);
        }
    }
    Ok(())
}

fn object<'a>(parent: &'a mut Map<String, Value>, name: &str) -> Result<&'a mut Map<String, Value>> {
    parent
        .entry(name)
        .or_insert_with(|| Value::Object(Map::new()))
        .as_object_mut()
        .with_context(|| format!("`{name}` is not a JSON object"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn methods_of_one_path_come_together() {
        let commands = json!({
            "openapi": "3.1.0", "info": { "title": "Echo" },
            "paths": { "/v1/posts/{id}": { "patch": { "operationId": "edit" } } },
            "components": { "schemas": { "Problem": { "type": "object" } } },
            "tags": [{ "name": "posts" }],
        });
        let queries = json!({
            "openapi": "3.1.0", "info": { "title": "Echo reads" },
            "paths": { "/v1/posts/{id}": { "get": { "operationId": "post" } }, "/v1/me": { "get": {} } },
            "components": { "schemas": { "Problem": { "type": "object" }, "Post": {} } },
            "tags": [{ "name": "posts" }, { "name": "people" }],
        });
        let merged = merge(commands, queries).unwrap();
        assert_eq!(merged["info"]["title"], "Echo");
        assert_eq!(merged["paths"]["/v1/posts/{id}"].as_object().unwrap().len(), 2);
        assert!(merged["paths"]["/v1/me"]["get"].is_object());
        assert_eq!(merged["components"]["schemas"].as_object().unwrap().len(), 2);
        assert_eq!(merged["tags"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn two_meanings_of_one_name_are_an_error_that_names_it() {
        let with = |kind: &str| json!({ "components": { "schemas": { "Post": { "type": kind } } } });
        let error = format!("{:#}", merge(with("object"), with("string")).unwrap_err());
        assert!(error.contains("schemas") && error.contains("`Post`"), "{error}");
    }

    #[test]
    fn one_method_of_one_path_has_one_owner() {
        let with = |id: &str| json!({ "paths": { "/v1/me": { "get": { "operationId": id } } } });
        assert!(merge(with("a"), with("b")).is_err());
    }
}
