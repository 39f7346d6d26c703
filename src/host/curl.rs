//! One GET by HTTPS, through `curl`: no TLS library in a program that root runs, and the host's own
//! crypto policy holds.
//!
//! Without a client certificate nothing secret is sent and no certificate is looked at. With one, the
//! server must show a certificate for its own name; the connection goes to this very host all the same.
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::child::{Keep, Ran, Run, RunError};
use super::endpoint::{Asking, FetchError, Question, Response};
use crate::pki::HostPort;

/// The files with which an agent of a CA authenticates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its certificate, in PEM.
    pub certificate: PathBuf,
    /// The key, in PEM.
    pub key: PathBuf,
    /// The certificate of the CA that the server's own is verified with; without it those that the
    /// host trusts.
    pub cacert: Option<PathBuf>,
}

/// Why there is no answer to a question that was asked with a client certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentFetchError {
    /// As without a certificate.
    Fetch(FetchError),
    /// The client certificate or its key cannot be used.
    OwnCertificate(String),
    /// The server's certificate could not be verified.
    ServerNotVerified(String),
    /// The server closed the connection in or after the handshake: it does not take the certificate.
    Refused(String),
}

/// Asks once.
pub(super) fn get(socket: SocketAddr, question: &Question<'_>, asking: &Asking<'_>) -> Result<Response, FetchError> {
    let mut command = command(question, asking);
    command.arg("--insecure").args(["--url", &format!("https://{socket}{}", question.path)]);
    let ran = run(command, question, asking)?;
    match ran.status.code() {
        Some(0) => parse(ran.stdout).ok_or(FetchError::Broken),
        _ => Err(failed(&ran)),
    }
}

/// Asks once as an agent: at an address of this host, under the name that the server's certificate has.
pub(super) fn get_as_agent(
    server: &HostPort,
    address: IpAddr,
    agent: &Agent,
    question: &Question<'_>,
    asking: &Asking<'_>,
) -> Result<Response, AgentFetchError> {
    let mut command = command(question, asking);
    // curl takes what follows a colon for a password, and asks at the terminal for one that it lacks.
    let certificate = agent.certificate.display().to_string().replace('\\', "\\\\").replace(':', "\\:");
    command.args(["--cert", &certificate, "--pass", ""]).args([Path::new("--key"), &agent.key]);
    if let Some(cacert) = &agent.cacert {
        command.args([Path::new("--cacert"), cacert]);
    }
    let (host, port) = (server.host(), server.port());
    if server.ip().is_none() {
        command.args(["--resolve", &format!("{host}:{port}:{address}")]);
    }
    command.args(["--url", &format!("https://{host}:{port}{}", question.path)]);
    let ran = run(command, question, asking).map_err(AgentFetchError::Fetch)?;
    let said = || ran.stderr.clone();
    match ran.status.code() {
        Some(0) => parse(ran.stdout).ok_or(AgentFetchError::Fetch(FetchError::Broken)),
        Some(58) => Err(AgentFetchError::OwnCertificate(said())),
        Some(51 | 60 | 77) => Err(AgentFetchError::ServerNotVerified(said())),
        // With TLS 1.3 the server's verdict comes after the handshake, as an alert or as a connection
        // that is closed.
        Some(35 | 52 | 55 | 56) => Err(AgentFetchError::Refused(said())),
        _ => Err(AgentFetchError::Fetch(failed(&ran))),
    }
}

/// What every call has in common.
fn command(question: &Question<'_>, asking: &Asking<'_>) -> Command {
    let seconds = format!("{:.3}", asking.deadline.left().as_secs_f64().clamp(0.001, 86_400.0));
    let mut command = Command::new(asking.curl);
    command
        // No settings of the user's, no proxy, no names of files in the environment.
        .arg("-q")
        .env_clear()
        .args(["--noproxy", "*", "--proto", "=https", "--globoff", "--silent", "--show-error"])
        .args(["--max-redirs", "0", "--max-time", &seconds])
        .args(["--max-filesize", &question.most.to_string()])
        .args(["--header", &format!("Accept: {}", question.accept)])
        // After the body, so that no body can pretend to be it.
        .args(["--write-out", "\n%{http_code}"]);
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

fn run(command: Command, question: &Question<'_>, asking: &Asking<'_>) -> Result<Ran, FetchError> {
    let most = question.most.saturating_add("\n200".len());
    let run = Run {
        deadline: asking.deadline,
        signal: asking.signal,
        watch: &|_| {},
        keep: Keep::AllUpTo(most),
        terminal: None,
    };
    run.run(command).map_err(|error| match error {
        RunError::CannotRun(_) => FetchError::NoCurl,
        RunError::TimedOut => FetchError::TimedOut,
        RunError::TooLong => FetchError::TooLong,
        RunError::Interrupted(signal) => FetchError::Interrupted(signal),
        RunError::CannotWait(error) => FetchError::Failed(error.to_string()),
    })
}

/// What curl's exit code says.
fn failed(ran: &Ran) -> FetchError {
    match ran.status.code() {
        Some(7) => FetchError::Closed,
        Some(28) => FetchError::TimedOut,
        Some(63) => FetchError::TooLong,
        // Something answers that is no HTTP, or ends too early.
        Some(1 | 8 | 18 | 52 | 56) => FetchError::Broken,
        _ if ran.stderr.is_empty() => FetchError::Failed(format!("curl: {}", ran.status)),
        _ => FetchError::Failed(ran.stderr.clone()),
    }
}

/// The body, and the status that was written after it. A CRL may be large: it is not copied.
fn parse(mut stdout: Vec<u8>) -> Option<Response> {
    let at = stdout.iter().rposition(|byte| *byte == b'\n')?;
    let status: u16 = std::str::from_utf8(stdout.get(at..)?).ok()?.trim().parse().ok()?;
    stdout.truncate(at);
    (100..600).contains(&status).then_some(Response { status, body: stdout })
}
