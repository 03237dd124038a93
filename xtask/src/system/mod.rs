//! The whole of Echo as one set of child processes: `up` starts it on the usual ports, the browser
//! test, the load tests and the screenshots start one of their own on others.
use std::{
    collections::HashMap,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{
    interrupt,
    process::{self, Folders, Group, Service, guard::Guard},
    servers::{mongo, nats},
    tools, web,
    workspace::{self, Profile},
};

mod edge;
mod keys;
#[cfg(test)]
mod permissions;
mod ports;

use keys::Keys;
pub(crate) use ports::Ports;

/// On how many threads a program in Go does its work at once.
const GO_THREADS: &str = "GOMAXPROCS";

/// The programs that make up the system, beside nats-server, mongod and the edge.
const SERVICES: [&str; 4] = ["command-api", "query-api", "projector", "chat-gateway"];

/// Those that have a user of deploy/mongo/users.json. No other knows where the database is.
const MONGO_USERS: [&str; 2] = ["projector", "query-api"];

/// The header in which the edge tells the services whom it speaks for.
const CLIENT_ADDRESS_HEADER: &str = "x-echo-client-address";

/// A system that is to run: where its data is, on which ports, how it is compiled.
#[derive(Clone, Debug)]
pub(crate) struct System {
    /// Holds data, keys and logs.
    pub(crate) root: PathBuf,
    pub(crate) ports: Ports,
    pub(crate) profile: Profile,
    /// Whether `root` is deleted at the end.
    pub(crate) temporary: bool,
    /// Variables for every service beside those that it needs, such as raised limits.
    pub(crate) variables: Vec<(String, String)>,
}

/// A system that runs; dropping it ends all of it.
#[derive(Debug)]
pub(crate) struct Running {
    /// What a person opens in a browser.
    pub(crate) url: String,
    group: Group,
    // After the group: the guard must watch until the last child has ended, the lock must hold as long.
    _guard: Guard,
    _lock: fs::File,
    temporary: Option<PathBuf>,
}

impl System {
    /// The developer's own, with data that stays.
    pub(crate) fn development(base: u16, profile: Profile) -> System {
        let root = workspace::root().join(".echo");
        System {
            root,
            ports: Ports::from(base),
            profile,
            temporary: false,
            variables: Vec::new(),
        }
    }

    /// One on free ports and with empty data, gone when it ends.
    pub(crate) fn private(what: &str, profile: Profile) -> Result<System> {
        let root = std::env::temp_dir().join(format!("echo-{what}-{}", std::process::id()));
        Ok(System {
            root,
            ports: Ports::free()?,
            profile,
            temporary: true,
            variables: Vec::new(),
        })
    }

    /// Builds and starts everything, in the order in which the parts need each other.
    pub(crate) fn start(&self) -> Result<Running> {
        let nats_server = tools::NATS_SERVER.provision()?;
        let mongod = tools::MONGOD.provision()?;
        let caddy = tools::CADDY.provision()?;
        web::build_if_changed()?;
        let lock = self.lock()?;
        process::private_folder(&self.root)?;
        let folders = Folders::below(&self.root)?;
        // Before the ports are looked at: what a killed run left behind still holds them.
        let guard = Guard::over(&folders.run, self.temporary.then_some(self.root.as_path()))?;
        let mut running = Running {
            url: self.ports.url(),
            group: Group::default(),
            _guard: guard,
            _lock: lock,
            temporary: self.temporary.then(|| self.root.clone()),
        };
        self.ports.require_free()?;

        progress("building the services");
        let programs: HashMap<String, PathBuf> =
            workspace::build(&SERVICES, self.profile)?.into_iter().collect();
        let programs = Programs(programs);
        let keys = Keys::load_or_create(&self.root.join("keys.env"), programs.path("command-api")?)?;

        let group = &mut running.group;
        progress("starting nats-server");
        group.add(self.start_nats(&nats_server, &keys, &folders)?);
        nats::wait_until_ready(self.ports.nats(), group)?;

        progress("starting mongod");
        let access = mongo::Access {
            key: self.root.join("mongo.key"),
            password: &|user| keys.mongo_password(user).map(str::to_owned),
        };
        mongo::write_key(&access.key, keys.mongo_key()?)?;
        let (port, data) = (self.ports.mongo(), self.root.join("mongo"));
        group.add(mongo::start(&mongod, port, &data, Some(&access), &folders)?);
        mongo::wait_until_ready(port, Some(&access), group)?;

        progress("creating streams and buckets");
        let mut provision = self.command(&programs, "command-api", "provision", "operator", &keys)?;
        provision.env("ECHO_LOG_FORMAT", "text");
        workspace::stdout_of(&mut provision)?;

        for service in self.services() {
            progress(&format!("starting {}", service.name));
            let subcommand = if service.program == "projector" {
                "run"
            } else {
                "serve"
            };
            let mut command = self.command(&programs, service.program, subcommand, service.program, &keys)?;
            if let Some(port) = service.public {
                command.env("ECHO_LISTEN", format!("127.0.0.1:{port}"));
            }
            command.env("ECHO_ADMIN_LISTEN", format!("127.0.0.1:{}", service.admin));
            group.add(Service::start(&service.name, command, &folders)?);
        }
        for service in self.services() {
            let address = format!("http://127.0.0.1:{}/readyz", service.admin);
            wait_until_ready(&service.name, &address, group)?;
        }

        progress("starting the edge");
        group.add(Service::start(
            "edge",
            edge::command(&caddy, self.ports, &web_client(), &self.root.join("edge")),
            &folders,
        )?);
        wait_until_ready(
            "edge",
            &format!("{}/openapi.json", running.url),
            &mut running.group,
        )?;
        Ok(running)
    }

    /// One program of the system with all that it is told by its environment.
    fn command(
        &self,
        programs: &Programs,
        program: &str,
        subcommand: &str,
        user: &str,
        keys: &Keys,
    ) -> Result<Command> {
        let mut command = Command::new(programs.path(program)?);
        command
            .arg(subcommand)
            .current_dir(workspace::root())
            .envs(keys.of(program)?)
            .env("ECHO_NATS_URL", format!("nats://127.0.0.1:{}", self.ports.nats()))
            .env("ECHO_NATS_USER", user)
            .env("ECHO_NATS_PASSWORD", keys.nats_password(user)?)
            // The edge speaks plain HTTP here, over which a `Secure` cookie would not travel.
            .env("ECHO_COOKIE_SECURE", "false")
            .env("ECHO_CLIENT_ADDRESS_HEADER", CLIENT_ADDRESS_HEADER)
            .env("ECHO_PUBLIC_URL", self.ports.url())
            .env(
                "ECHO_MAIL",
                format!("folder:{}", self.root.join("mail").display()),
            )
            .env(
                "ECHO_MEDIA_STORE",
                format!("folder:{}", self.root.join("media").display()),
            )
            // All of a development machine's people, demo and load included, share one address.
            .env("ECHO_SIGNUP_LIMIT", "100000")
            .env("ECHO_ADDRESS_RATE", "1000000")
            .env("ECHO_ACCOUNT_RATE", "1000000")
            // A load test's people add as much in a minute as others in a year.
            .env("ECHO_PICTURES_PER_DAY", "1000000")
            .env("ECHO_VERSIONS_PER_DAY", "1000000")
            .env("ECHO_FRIEND_REQUESTS_PER_DAY", "1000000")
            .env("ECHO_MEDIA_MEGAPIXELS_PER_MINUTE", "100000")
            .env("ECHO_SOCKETS_PER_ADDRESS", "50000")
            .env("ECHO_POLLED_PACKETS_PER_ADDRESS", "100000")
            // In production gateways spread their clients' reconnecting; here that is only waiting.
            .env("ECHO_DRAIN_JITTER_SECONDS", "0")
            .env("ECHO_DRAIN_SECONDS", "5")
            // The logs are files, which have no use for colours.
            .env("NO_COLOR", "1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        if std::env::var_os("ECHO_LOG_FORMAT").is_none() {
            command.env("ECHO_LOG_FORMAT", "text");
        }
        if MONGO_USERS.contains(&program) {
            let url = mongo::url_of(self.ports.mongo(), program, keys.mongo_password(program)?);
            command
                .env("ECHO_MONGO_URL", url)
                .env("ECHO_MONGO_DATABASE", "echo");
        }
        Ok(command)
    }

    fn start_nats(&self, program: &Path, keys: &Keys, folders: &Folders) -> Result<Service> {
        let mut command = Command::new(program);
        command
            .arg("--config")
            .arg(workspace::root().join("deploy/nats/development.conf"))
            .envs(keys.nats_passwords())
            .env("NATS_LISTEN", format!("127.0.0.1:{}", self.ports.nats()))
            .env(
                "NATS_MONITOR_LISTEN",
                format!("127.0.0.1:{}", self.ports.nats_monitor()),
            )
            .env("NATS_STORE_DIR", self.root.join("nats"));
        // On two cores half of its work would be to wake its threads, and all else that runs here wants them too.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if cores <= 2 && std::env::var_os(GO_THREADS).is_none() {
            command.env(GO_THREADS, "1");
        }
        Service::start("nats", command, folders)
    }

    /// The services in the order of their start, which is the opposite of the order of their end:
    /// the gateways go first, since they ask command-api, and the projector goes last.
    fn services(&self) -> Vec<ServicePlan> {
        let plan = |name: &str, program: &'static str, public, admin| ServicePlan {
            name: name.to_owned(),
            program,
            public,
            admin,
        };
        let [first, second] = self.ports.gateways();
        let [command_api, query_api, projector, first_admin, second_admin] = self.ports.admin();
        vec![
            plan("projector", "projector", None, projector),
            plan("query-api", "query-api", Some(self.ports.query_api()), query_api),
            plan(
                "command-api",
                "command-api",
                Some(self.ports.command_api()),
                command_api,
            ),
            plan("chat-gateway-1", "chat-gateway", Some(first), first_admin),
            plan("chat-gateway-2", "chat-gateway", Some(second), second_admin),
        ]
    }

    /// Two systems on the same data would spoil it.
    fn lock(&self) -> Result<fs::File> {
        fs::create_dir_all(&self.root).with_context(|| format!("cannot make {}", self.root.display()))?;
        let path = self.root.join("lock");
        let file = fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => {
                bail!(
                    "Echo is already running on the data in {}: stop it first",
                    self.root.display()
                )
            }
            Err(fs::TryLockError::Error(error)) => {
                Err(error).context(format!("cannot lock {}", path.display()))
            }
        }
    }

    /// Copies the logs to where they outlive the system.
    pub(crate) fn keep_logs(&self) -> Result<()> {
        let name = self.root.file_name().unwrap_or(self.root.as_os_str());
        let target = workspace::root().join("target/logs").join(name);
        process::private_folder(&target)?;
        for entry in fs::read_dir(self.root.join("logs"))? {
            let entry = entry?;
            fs::copy(entry.path(), target.join(entry.file_name()))?;
        }
        println!("The services' logs are kept in {}.", target.display());
        Ok(())
    }

    /// Deletes the data; refuses while a system runs on it.
    pub(crate) fn reset(&self) -> Result<()> {
        if !self.root.exists() {
            println!("There is no data to delete.");
            return Ok(());
        }
        let lock = self.lock()?;
        // Whatever a killed run left must not go on writing.
        drop(Guard::over(&self.root.join("run"), None)?);
        remove(&self.root)?;
        drop(lock);
        println!("{} is deleted.", self.root.display());
        Ok(())
    }
}

impl Running {
    /// Waits until somebody asks it to end or a part of it ends by itself, which is an error.
    pub(crate) fn watch(&mut self) -> Result<()> {
        while !interrupt::requested() {
            self.group.check()?;
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// Fails if a part of it has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.group.check()
    }

    /// Every part's name and process number.
    pub(crate) fn processes(&self) -> Vec<(String, u32)> {
        self.group.processes()
    }

    /// Ends all parts, telling each.
    pub(crate) fn stop(mut self) {
        self.group.stop(|name| progress(&format!("ending {name}")));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.group.stop(|_| {});
        if let Some(folder) = &self.temporary
            && let Err(error) = remove(folder)
        {
            eprintln!("{error:#}");
        }
    }
}

struct ServicePlan {
    name: String,
    program: &'static str,
    public: Option<u16>,
    admin: u16,
}

struct Programs(HashMap<String, PathBuf>);

impl Programs {
    fn path(&self, name: &str) -> Result<&Path> {
        self.0
            .get(name)
            .map(PathBuf::as_path)
            .with_context(|| format!("the build gave no program {name}"))
    }
}

/// The built web client.
pub(crate) fn web_client() -> PathBuf {
    workspace::root().join("frontend/dist")
}

/// One line for a person who waits.
pub(crate) fn progress(line: &str) {
    eprintln!("  {line}");
}

fn wait_until_ready(name: &str, address: &str, group: &mut Group) -> Result<()> {
    let mut last = "it did not answer".to_owned();
    let waited = interrupt::wait_for("it was not ready", Duration::from_mins(1), || {
        group.check()?;
        match crate::http::get(address) {
            Ok((200, _)) => return Ok(Some(())),
            Ok((status, body)) => last = format!("its last answer was {status}: {}", body.trim()),
            Err(_) => {}
        }
        Ok(None)
    });
    waited.map_err(|error| {
        if interrupt::requested() || !error.to_string().starts_with("it was not ready") {
            return error;
        }
        anyhow::anyhow!("{name} was not ready within a minute; {last}")
    })
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {}", folder.display()))
        }
        _ => Ok(()),
    }
}
