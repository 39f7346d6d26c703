//! A small HTTP server that gives prepared replies, decent ones and hostile ones; and the same
//! behind TLS with a certificate that nobody knows.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, getsockname, socket};
use tempfile::TempDir;

use super::needs;

/// What is replied to one connection.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A status and a body with its length.
    Body(u16, String),
    /// Headers and bytes as they are, then the connection is closed.
    Raw(Vec<u8>),
    /// These bytes, each after a pause, and the last one for ever.
    Drip(Vec<u8>),
    /// The first part, then the second one for ever.
    Endless(&'static [u8], &'static [u8]),
    /// Nothing: the connection is closed.
    Close,
    /// Nothing: the connection is kept open.
    Silence,
}

impl Reply {
    pub fn ok(body: impl Into<String>) -> Reply {
        Reply::Body(200, body.into())
    }

    /// Status 200 and these bytes.
    pub fn bytes(body: &[u8]) -> Reply {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        Reply::Raw([head.as_bytes(), body].concat())
    }

    /// As Dogtag 10 says how a subsystem is.
    pub fn xml(subsystem: &str, status: &str) -> Reply {
        Reply::ok(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><XMLResponse><State>1</State>\
             <Type>{subsystem}</Type><Status>{status}</Status><Version>10.10.2</Version></XMLResponse>"
        ))
    }

    /// As Dogtag 11 says it.
    pub fn json(subsystem: &str, status: &str) -> Reply {
        Reply::ok(format!(
            "{{\n  \"Response\" : {{\n    \"State\" : \"1\",\n    \"Type\" : \"{subsystem}\",\n    \
             \"Status\" : \"{status}\",\n    \"Version\" : \"11.3.1\"\n  }}\n}}"
        ))
    }

    fn give(&self, stream: &mut TcpStream, is_over: &AtomicBool) -> std::io::Result<()> {
        match self {
            Reply::Body(status, body) => {
                let length = body.len();
                write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")?;
            }
            Reply::Raw(bytes) => stream.write_all(bytes)?,
            Reply::Drip(bytes) => {
                for byte in bytes.iter().chain(std::iter::repeat(bytes.last().unwrap())) {
                    if is_over.load(Ordering::SeqCst) {
                        break;
                    }
                    stream.write_all(&[*byte])?;
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
            Reply::Endless(first, rest) => {
                stream.write_all(first)?;
                while !is_over.load(Ordering::SeqCst) {
                    stream.write_all(&rest.repeat(100))?;
                }
            }
            Reply::Close => {}
            Reply::Silence => drop(stream.read_to_end(&mut Vec::new())),
        }
        Ok(())
    }
}

/// A server on loopback. Its port is closed when it is dropped.
pub struct SmallServer {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
}

impl SmallServer {
    /// Gives the replies in turn, the last one for ever.
    pub fn new(replies: &[Reply]) -> SmallServer {
        SmallServer::at(IpAddr::V4(Ipv4Addr::LOCALHOST), replies).unwrap()
    }

    pub fn at(address: IpAddr, replies: &[Reply]) -> std::io::Result<SmallServer> {
        let replies = replies.to_vec();
        SmallServer::start(address, move |at, _| replies[at.min(replies.len() - 1)].clone())
    }

    /// Gives the reply that belongs to the target of a request.
    pub fn routed(route: impl Fn(&str) -> Reply + Send + Sync + 'static) -> SmallServer {
        let reply = move |_, request: &str| route(request.split(' ').nth(1).unwrap_or_default());
        SmallServer::start(IpAddr::V4(Ipv4Addr::LOCALHOST), reply).unwrap()
    }

    fn start(
        address: IpAddr,
        reply: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> std::io::Result<SmallServer> {
        let listener = TcpListener::bind((address, 0))?;
        let address = listener.local_addr()?;
        let (requests, is_over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (log, end) = (Arc::clone(&requests), Arc::clone(&is_over));
        let reply = Arc::new(reply);
        std::thread::spawn(move || {
            for (at, stream) in listener.incoming().enumerate() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                let reply = Arc::clone(&reply);
                let (log, end) = (Arc::clone(&log), Arc::clone(&end));
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let request = request(&stream);
                    log.lock().unwrap().push(request.clone());
                    // Whoever asked may well have enough of it.
                    let _ = reply(at, &request).give(&mut stream, &end);
                });
            }
        });
        Ok(SmallServer { address, requests, is_over })
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The requests that have come, line by line.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for SmallServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
    }
}

/// A port at which nobody listens, and nobody can as long as this lives.
pub struct ClosedPort {
    pub port: u16,
    _socket: OwnedFd,
}

impl ClosedPort {
    pub fn new() -> ClosedPort {
        let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).unwrap();
        bind(socket.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0)).unwrap();
        let port = getsockname::<SockaddrIn>(socket.as_raw_fd()).unwrap().port();
        ClosedPort { port, _socket: socket }
    }
}

fn request(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).map(|line| line + "\n").collect()
}

/// TLS in front of a server.
pub struct Tls {
    pub port: u16,
    program: Child,
    _folder: TempDir,
}

impl Tls {
    /// None where this machine lacks what it takes; that is counted.
    pub fn before(server: &SmallServer) -> Option<Tls> {
        Tls::before_port(server.port())
    }

    /// The same for whatever listens at a port.
    pub fn before_port(port: u16) -> Option<Tls> {
        if !(needs::tool("python3") && needs::tool("openssl") && needs::tool("curl")) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let [key, certificate] = ["key.pem", "certificate.pem"].map(|name| folder.path().join(name));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=nobody.example.com"])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/tls-proxy.py");
        let mut program = Command::new("python3")
            .arg(script)
            .args([key, certificate])
            .arg(port.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Some(Tls { port: line.trim().parse().unwrap(), program, _folder: folder })
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
