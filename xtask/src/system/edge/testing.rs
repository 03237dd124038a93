//! A real Caddy with the edge's own configuration, in front of upstreams that tell what they were asked.
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use super::command;
use crate::{
    interrupt,
    process::{Folders, Group, Service},
    servers::TemporaryFolder,
    system::Ports,
    tools,
};

/// How long an answer may take before a test fails: beyond all that the edge itself waits for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running edge.
pub(super) struct Edge {
    ports: Ports,
    _group: Group,
    _folder: TemporaryFolder,
}

impl Edge {
    /// An edge with one upstream of each kind, two of the gateways.
    pub(super) fn start(name: &str) -> Edge {
        Edge::with(name, &[])
    }

    /// The same with variables of its own.
    pub(super) fn with(name: &str, variables: &[(&str, &str)]) -> Edge {
        let ports = Ports::free().unwrap();
        let [first, second] = ports.gateways();
        for (port, name) in [
            (ports.command_api(), "command-api"),
            (ports.query_api(), "query-api"),
            (first, "gateway"),
            (second, "gateway"),
        ] {
            upstream(port, name);
        }
        Edge::at(ports, name, variables)
    }

    /// An edge with nothing behind it but the web client.
    pub(super) fn alone(name: &str) -> Edge {
        Edge::at(Ports::free().unwrap(), name, &[])
    }

    /// An edge in front of whatever listens at `ports`.
    pub(super) fn at(ports: Ports, name: &str, variables: &[(&str, &str)]) -> Edge {
        let folder = TemporaryFolder::new(name).unwrap();
        let web = folder.path().join("web");
        fs::create_dir_all(web.join("assets")).unwrap();
        fs::write(web.join("index.html"), "the web client").unwrap();
        fs::write(web.join("assets/main-1a2b.js"), "let x = 1;").unwrap();
        fs::write(web.join("sw.js"), "let worker = 1;").unwrap();
        let folders = Folders::below(folder.path()).unwrap();
        let caddy = tools::CADDY.provision().unwrap();
        let mut group = Group::default();
        let mut command = command(&caddy, ports, &web, folder.path());
        command.envs(variables.iter().copied());
        group.add(Service::start("edge", command, &folders).unwrap());
        interrupt::wait_for("the edge did not start", PATIENCE, || {
            group.check()?;
            Ok(TcpStream::connect(("127.0.0.1", ports.edge())).ok())
        })
        .unwrap();
        Edge {
            ports,
            _group: group,
            _folder: folder,
        }
    }

    /// A connection to it.
    pub(super) fn connect(&self) -> TcpStream {
        connect(self.ports)
    }

    /// Sends one request without a body and gives the whole answer as it came.
    pub(super) fn ask(&self, method: &str, path: &str, headers: &str) -> String {
        ask(self.ports, method, path, headers)
    }

    /// Where it listens, for threads.
    pub(super) fn ports(&self) -> Ports {
        self.ports
    }
}

/// A connection to the edge at `ports`.
pub(super) fn connect(ports: Ports) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", ports.edge())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends one request without a body and gives the whole answer as it came.
pub(super) fn ask(ports: Ports, method: &str, path: &str, headers: &str) -> String {
    let mut stream = connect(ports);
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
    )
    .unwrap();
    rest(&mut stream)
}

/// All that is still to come on a connection; whatever came before it was cut off, if it was.
pub(super) fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        answer.extend(format!("\n[{error}]").bytes());
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// A server that says who it is and repeats the request's head, once it has read the whole request.
pub(super) fn upstream(port: u16, name: &'static str) {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            thread::spawn(move || {
                // The edge may have gone away meanwhile, or the body may break off: then there is nobody to answer.
                drop(answer(&stream, name));
                drop(stream.shutdown(Shutdown::Both));
            });
        }
    });
}

fn answer(mut stream: &TcpStream, name: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream);
    let mut head = String::new();
    while lines.read_line(&mut head)? > 2 {}
    let announced = head.lines().find_map(|line| {
        let (field, value) = line.split_once(": ")?;
        field
            .eq_ignore_ascii_case("content-length")
            .then(|| value.parse::<u64>().ok())?
    });
    let mut bytes = 0;
    if let Some(announced) = announced {
        bytes = std::io::copy(&mut lines.by_ref().take(announced), &mut std::io::sink())?;
        if bytes < announced {
            return Ok(());
        }
    } else if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        loop {
            let mut size = String::new();
            lines.read_line(&mut size)?;
            let Ok(size) = u64::from_str_radix(size.trim(), 16) else {
                return Ok(());
            };
            bytes += size;
            // The line's end stands behind each piece, and behind the last there is nothing else.
            std::io::copy(&mut lines.by_ref().take(size + 2), &mut std::io::sink())?;
            if size == 0 {
                break;
            }
        }
    }
    let body = format!("{name} was asked {head}and read {bytes} bytes");
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nServer: parrot/1.2\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
