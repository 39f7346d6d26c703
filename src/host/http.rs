//! One GET by HTTP without TLS, bounded in time and in size whatever the server does.
//!
//! The request is HTTP/1.0, so that the body ends with the connection or by its length, and no
//! server sends it in chunks.
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::child::TICK;
use super::endpoint::{Asking, FetchError, Question, Response};

/// How long status line and headers may be together, in bytes.
const MOST_HEAD: usize = 16 * 1024;
/// How many headers there may be.
const MOST_HEADERS: usize = 64;

/// Asks once.
pub(super) fn get(socket: SocketAddr, question: &Question<'_>, asking: &Asking<'_>) -> Result<Response, FetchError> {
    let left = asking.deadline.left();
    if left.is_zero() {
        return Err(FetchError::TimedOut);
    }
    let mut stream = TcpStream::connect_timeout(&socket, left).map_err(|error| failed(&error))?;
    // It is short enough for the socket's buffer.
    let left = asking.deadline.left().clamp(Duration::from_millis(1), Duration::from_secs(3600));
    stream.set_write_timeout(Some(left)).map_err(|error| failed(&error))?;
    let request = format!(
        "GET {} HTTP/1.0\r\nHost: {socket}\r\nAccept: {}\r\nUser-Agent: pki-role\r\nConnection: close\r\n\r\n",
        question.path, question.accept
    );
    stream.write_all(request.as_bytes()).map_err(|error| failed(&error))?;
    let mut input = Input { stream, bytes: Vec::new() };
    loop {
        if let Some(head) = Head::parse(&input.bytes)? {
            return input.body(&head, question, asking);
        }
        if input.bytes.len() > MOST_HEAD {
            return Err(FetchError::TooLong);
        }
        if !input.more(asking)? {
            return Err(FetchError::Broken);
        }
    }
}

/// What has come so far.
struct Input {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Input {
    /// Waits for more; false at the end.
    fn more(&mut self, asking: &Asking<'_>) -> Result<bool, FetchError> {
        let mut buffer = [0; 4096];
        loop {
            if let Some(signal) = (asking.signal)() {
                return Err(FetchError::Interrupted(signal));
            }
            let left = asking.deadline.left();
            if left.is_zero() {
                return Err(FetchError::TimedOut);
            }
            // Short waits, so that a signal is seen; and the deadline holds for all of them together.
            let wait = left.clamp(Duration::from_millis(1), TICK);
            self.stream.set_read_timeout(Some(wait)).map_err(|error| failed(&error))?;
            match self.stream.read(&mut buffer) {
                Ok(length) => {
                    self.bytes.extend_from_slice(buffer.get(..length).unwrap_or(&buffer));
                    return Ok(length > 0);
                }
                Err(error) if is_wait(error.kind()) => {}
                Err(error) => return Err(failed(&error)),
            }
        }
    }

    fn body(mut self, head: &Head, question: &Question<'_>, asking: &Asking<'_>) -> Result<Response, FetchError> {
        self.bytes.drain(..head.length);
        if head.body.is_some_and(|length| length > question.most) {
            return Err(FetchError::TooLong);
        }
        loop {
            if let Some(length) = head.body.filter(|length| self.bytes.len() >= *length) {
                self.bytes.truncate(length);
                return Ok(Response { status: head.status, body: self.bytes });
            }
            if self.bytes.len() > question.most {
                return Err(FetchError::TooLong);
            }
            if !self.more(asking)? {
                return match head.body {
                    None => Ok(Response { status: head.status, body: self.bytes }),
                    Some(_) => Err(FetchError::Broken),
                };
            }
        }
    }
}

/// Status line and headers.
struct Head {
    /// How many bytes they take up.
    length: usize,
    status: u16,
    /// How many bytes follow, where that is said.
    body: Option<usize>,
}

impl Head {
    /// The head; none while it is not complete.
    fn parse(bytes: &[u8]) -> Result<Option<Head>, FetchError> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let length = match response.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(FetchError::TooLong),
            Err(_) => return Err(FetchError::Broken),
        };
        let value = |name: &str| response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        // Not in answer to HTTP/1.0.
        if value("transfer-encoding").is_some() {
            return Err(FetchError::Broken);
        }
        let body = match value("content-length") {
            None => None,
            Some(header) => {
                let text = std::str::from_utf8(header.value).map_err(|_| FetchError::Broken)?;
                Some(text.trim().parse().map_err(|_| FetchError::Broken)?)
            }
        };
        let status = response.code.ok_or(FetchError::Broken)?;
        Ok(Some(Head { length, status, body }))
    }
}

fn is_wait(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

fn failed(error: &std::io::Error) -> FetchError {
    match error.kind() {
        ErrorKind::ConnectionRefused => FetchError::Closed,
        ErrorKind::TimedOut | ErrorKind::WouldBlock => FetchError::TimedOut,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => FetchError::Broken,
        _ => FetchError::Failed(error.to_string()),
    }
}
