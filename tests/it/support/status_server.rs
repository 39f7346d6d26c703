//! A server that runs while a unit of the fake `systemctl` does, and answers as a file beside that says:
//! `running` (also where there is none), `starting`, a status such as `404`, or `silent`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::fake_systemctl::{FakeSystemctl, UNIT};

/// What such a server does: also where the unit is not active, if so it is wanted.
pub struct StatusServer {
    pub port: u16,
    asked: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl StatusServer {
    /// Of a subsystem of the unit [`UNIT`].
    pub fn new(systemctl: &FakeSystemctl, subsystem: &'static str) -> StatusServer {
        StatusServer::start(&systemctl.file(&format!("state-{UNIT}")), &systemctl.file("answer"), subsystem)
    }

    /// One that runs without any unit.
    pub fn orphan(systemctl: &FakeSystemctl, subsystem: &'static str) -> StatusServer {
        fs::write(systemctl.file("always"), "active\n").unwrap();
        StatusServer::start(&systemctl.file("always"), &systemctl.file("answer"), subsystem)
    }

    fn start(state: &Path, answer: &Path, subsystem: &'static str) -> StatusServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, over) = (Arc::clone(&asked), Arc::clone(&is_over));
        let files = [state.to_owned(), answer.to_owned()];
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                count.fetch_add(1, Ordering::SeqCst);
                let files = files.clone();
                std::thread::spawn(move || stream.map(|stream| answer_one(stream, &files, subsystem)));
            }
        });
        StatusServer { port, asked, is_over }
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for StatusServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn word(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default().trim().to_owned()
}

/// Where the unit does not run, the connection is closed.
fn answer_one(mut stream: TcpStream, [state, answer]: &[PathBuf; 2], subsystem: &str) {
    if word(state) != "active" {
        return;
    }
    let mut request = String::new();
    let _ = BufReader::new(&stream).read_line(&mut request);
    let folder = subsystem.to_lowercase();
    let (status, says) = match word(answer).as_str() {
        "silent" => {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
            let _ = stream.read(&mut [0; 64 * 1024]);
            return;
        }
        "" => (200, "running".to_owned()),
        other => other.parse().map_or_else(|_| (200, other.to_owned()), |status| (status, String::new())),
    };
    let status = if request.contains(&format!("/{folder}/admin/{folder}/getStatus ")) { status } else { 404 };
    let body = format!("{{\"Response\":{{\"State\":\"1\",\"Type\":\"{subsystem}\",\"Status\":\"{says}\"}}}}");
    let length = body.len();
    let _ = write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
}
