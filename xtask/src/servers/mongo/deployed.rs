//! Tests of `deploy/mongo/start` and `users.js` as the container runs them: the real scripts, server and shell.
use std::{os::unix::fs::PermissionsExt, process::Command};

use super::{
    permissions::{EVERYBODY, QUERY_API, check_rights, log_in, password},
    *,
};
use crate::{
    servers::{TemporaryFolder, free_port},
    tools,
};

/// The image's part around the server: its entrypoint, and a user who isn't root.
const IMAGE: [(&str, &str); 2] = [
    ("docker-entrypoint.sh", "#!/bin/sh\nexec \"$@\"\n"),
    ("id", "#!/bin/sh\necho 999\n"),
];

/// A container's server, and all that its scripts find around them.
struct Container {
    port: u16,
    group: Group,
    folder: TemporaryFolder,
}

impl Container {
    fn start() -> Container {
        let folder = TemporaryFolder::new("mongo-deployed").unwrap();
        let image = folder.path().join("image");
        fs::create_dir_all(&image).unwrap();
        for (name, script) in IMAGE {
            let path = image.join(name);
            fs::write(&path, script).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        }
        let data = folder.path().join("data");
        fs::create_dir_all(&data).unwrap();
        let mongod = tools::MONGOD.provision().unwrap();
        let path = std::env::var("PATH").unwrap();
        let path = format!(
            "{}:{}:{path}",
            image.display(),
            mongod.parent().unwrap().display()
        );
        let port = free_port().unwrap();
        let mut command = Command::new(workspace::root().join("deploy/mongo/start"));
        command
            .args([
                "--port",
                &port.to_string(),
                "--nounixsocket",
                "--quiet",
                "--dbpath",
            ])
            .arg(&data)
            .env("PATH", path)
            .env("TMPDIR", folder.path())
            .env("MONGO_KEY", "a2V5a2V5");
        let folders = Folders::below(folder.path()).unwrap();
        let mut group = Group::default();
        group.add(Service::start("mongod", command, &folders).unwrap());
        Container { port, group, folder }
    }

    /// Looks at its health, which sets up what isn't yet.
    fn is_healthy(&self, mongosh: &Path) -> bool {
        let mut command = Command::new(mongosh);
        command
            .args(["--quiet", "--norc", "--port", &self.port.to_string()])
            .arg(workspace::root().join("deploy/mongo/users.js"))
            .env("MONGO_HOST", format!("127.0.0.1:{}", self.port))
            // Where it keeps what was typed.
            .env("HOME", self.folder.path());
        for user in EVERYBODY.iter().filter(|user| !user.is_empty()) {
            let name = user.replace('-', "_").to_uppercase();
            command.env(format!("MONGO_PASSWORD_{name}"), password(user));
        }
        workspace::output(&mut command).unwrap().status.success()
    }

    fn becomes_healthy(&mut self, mongosh: &Path) {
        let patience = Duration::from_mins(3);
        interrupt::wait_for("the container was not healthy", patience, || {
            self.group.check()?;
            Ok(self.is_healthy(mongosh).then_some(()))
        })
        .unwrap();
    }
}

#[test]
fn the_containers_script_makes_users_who_may_do_what_is_theirs() {
    let mongosh = tools::mongosh::provision().unwrap();
    let mut container = Container::start();
    container.becomes_healthy(&mongosh);
    check_rights(container.port);
    // A user who has come to other rights has those of the file again with the next look.
    let mut operator = log_in(container.port, OPERATOR);
    let roles = Value::List(vec![role("root", ADMIN)]);
    operator
        .ask(ADMIN, vec![("updateUser", QUERY_API.into()), ("roles", roles)])
        .unwrap();
    assert!(container.is_healthy(&mongosh));
    check_rights(container.port);
}
