//! Long-lived child processes: started with a log file, written down, watched, and always ended.
//!
//! Each child gets its own process group, so that Ctrl-C reaches xtask alone and the children are
//! ended in the order that suits them. Each is written down in a run folder as well: should xtask be
//! killed, its [`guard`] ends what is written down there, and the next start does so once more.
use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    os::unix::{
        fs::{OpenOptionsExt, PermissionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

pub(crate) mod guard;
mod record;

use record::Record;

/// How long a child may take to end by itself after it was asked to.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many children this process has started.
static STARTED: AtomicU32 = AtomicU32::new(0);

/// A running child process.
#[derive(Debug)]
pub(crate) struct Service {
    name: String,
    child: Child,
    log: PathBuf,
    record: PathBuf,
}

/// Where a group of children is written down and writes its logs.
#[derive(Clone, Debug)]
pub(crate) struct Folders {
    pub(crate) run: PathBuf,
    pub(crate) logs: PathBuf,
}

/// Makes a folder that nobody but its owner looks into, or makes one of it that is there.
pub(crate) fn private_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o700)))
        .with_context(|| format!("cannot make {}", path.display()))
}

impl Folders {
    /// The two folders below `root`, made if they are missing.
    pub(crate) fn below(root: &Path) -> Result<Folders> {
        let folders = Folders {
            run: root.join("run"),
            logs: root.join("logs"),
        };
        for folder in [&folders.run, &folders.logs] {
            private_folder(folder)?;
        }
        Ok(folders)
    }
}

impl Service {
    /// Starts `command` under a name that is unique among its folders.
    pub(crate) fn start(name: &str, mut command: Command, folders: &Folders) -> Result<Service> {
        let log = folders.logs.join(format!("{name}.log"));
        let output = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let order = STARTED.fetch_add(1, Ordering::Relaxed);
        let record = folders.run.join(record::file_name(process::id(), order, name));
        let mut service = Service {
            name: name.to_owned(),
            child,
            log,
            record,
        };
        let program = command.get_program().to_string_lossy().into_owned();
        if let Err(error) = (Record {
            pid: service.child.id(),
            program,
        })
        .write(&service.record)
        {
            service.stop();
            return Err(error);
        }
        Ok(service)
    }

    /// Fails, with the end of its log, if the process has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!(
                "{} ended by itself ({status}); its log, {}, ends with:\n{}",
                self.name,
                self.log.display(),
                last_lines(&self.log, 30)
            );
        }
        Ok(())
    }

    /// Asks the process to end, waits for it, and kills it when it takes too long.
    pub(crate) fn stop(&mut self) {
        if !self.has_ended() {
            terminate(self.child.id());
            let asked = Instant::now();
            while !self.has_ended() {
                if asked.elapsed() > PATIENCE {
                    eprintln!("{} does not end when asked to, so it is killed", self.name);
                    self.kill();
                    break;
                }
                thread::sleep(Duration::from_millis(10));
            }
        }
        if let Err(error) = fs::remove_file(&self.record) {
            eprintln!("cannot remove {}: {error}", self.record.display());
        }
    }

    fn has_ended(&mut self) -> bool {
        // An error means that there is no such child any more.
        self.child.try_wait().map_or(true, |status| status.is_some())
    }

    fn kill(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("cannot kill {}: {error}", self.name);
        }
    }

    /// The name it was started under.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// Children that are ended in the opposite order of their start when this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Group(Vec<Service>);

impl Group {
    /// Adds a child, to be ended before all that were added earlier.
    pub(crate) fn add(&mut self, service: Service) {
        self.0.push(service);
    }

    /// Fails if any child has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.0.iter_mut().try_for_each(Service::check)
    }

    /// Every child's name and process number.
    pub(crate) fn processes(&self) -> Vec<(String, u32)> {
        let process = |service: &Service| (service.name.clone(), service.child.id());
        self.0.iter().map(process).collect()
    }

    /// Ends all children, the youngest first, telling each name.
    pub(crate) fn stop(&mut self, mut tell: impl FnMut(&str)) {
        while let Some(mut service) = self.0.pop() {
            tell(service.name());
            service.stop();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.stop(|_| {});
    }
}

/// Asks a process to end. That it has ended already is fine.
pub(crate) fn terminate(pid: u32) {
    signal(pid, Signal::SIGTERM);
}

/// Whether a process of that number exists.
pub(crate) fn is_alive(pid: u32) -> bool {
    i32::try_from(pid).is_ok_and(|pid| kill(Pid::from_raw(pid), None).is_ok())
}

fn signal(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid)
        && let Err(error) = kill(Pid::from_raw(pid), signal)
        && error != nix::errno::Errno::ESRCH
    {
        eprintln!("cannot signal process {pid}: {error}");
    }
}

/// The end of a text file, for an error message; empty if it cannot be read.
fn last_lines(path: &Path, count: usize) -> String {
    /// More than enough for the lines wanted, however large the file.
    const WINDOW: u64 = 32 * 1024;
    let read = || -> Result<String> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(WINDOW)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read().unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn folders(name: &str) -> Folders {
        let root = std::env::temp_dir().join(format!("echo-xtask-{name}-{}", std::process::id()));
        Folders::below(&root).unwrap()
    }

    fn sleeper() -> Command {
        let mut command = Command::new("sleep");
        command.arg("600");
        command
    }

    /// A process that is ending has no command line any more, some moments before its status can be had.
    fn was_asked_to_end(service: &mut Service) -> bool {
        let status = service.child.wait().unwrap();
        status.signal() == Some(Signal::SIGTERM as i32)
    }

    #[test]
    fn a_group_ends_its_children_youngest_first_and_leaves_no_record() {
        let folders = folders("group");
        let mut group = Group::default();
        for name in ["first", "second"] {
            group.add(Service::start(name, sleeper(), &folders).unwrap());
        }
        let pids: Vec<u32> = group.0.iter().map(|service| service.child.id()).collect();
        let mut order = Vec::new();
        group.stop(|name| order.push(name.to_owned()));
        assert_eq!(order, ["second", "first"]);
        assert!(pids.into_iter().all(|pid| !is_alive(pid)));
        assert_eq!(fs::read_dir(&folders.run).unwrap().count(), 0);
    }

    #[test]
    fn a_child_that_ended_is_reported_with_the_end_of_its_log() {
        let folders = folders("log");
        let mut command = Command::new("sh");
        command.args(["-c", "echo the reason; exit 3"]);
        let mut service = Service::start("brief", command, &folders).unwrap();
        service.child.wait().unwrap();
        let error = service.check().unwrap_err().to_string();
        assert!(
            error.contains("brief ended by itself") && error.ends_with("the reason"),
            "{error}"
        );
        service.stop();
    }

    #[test]
    fn logs_are_their_owner_s_alone() {
        let folders = folders("private");
        let mut service = Service::start("private", sleeper(), &folders).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folders.logs), 0o700);
        assert_eq!(mode(&folders.logs.join("private.log")), 0o600);
        service.stop();
    }

    #[test]
    fn a_guard_ends_its_owner_s_children_only() {
        let folders = folders("owner");
        let mut mine = Service::start("mine", sleeper(), &folders).unwrap();
        record::end_all(&folders.run, Some(1)).unwrap();
        assert!(!mine.has_ended());
        record::end_all(&folders.run, Some(process::id())).unwrap();
        assert!(was_asked_to_end(&mut mine));
    }

    #[test]
    fn what_an_earlier_run_left_is_ended_but_a_stranger_with_its_number_is_not() {
        let folders = folders("stale");
        let mut left = Service::start("left", sleeper(), &folders).unwrap();
        let mut stranger = sleeper().spawn().unwrap();
        let record = Record {
            pid: stranger.id(),
            program: "/opt/nats-server".to_owned(),
        };
        record
            .write(&folders.run.join(record::file_name(1, 1, "stranger")))
            .unwrap();

        record::end_all(&folders.run, None).unwrap();

        assert!(was_asked_to_end(&mut left), "the recorded process is ended");
        assert!(
            stranger.try_wait().unwrap().is_none(),
            "another program is left alone"
        );
        assert_eq!(fs::read_dir(&folders.run).unwrap().count(), 0);
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }
}
