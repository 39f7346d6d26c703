//! A server that is asked with TLS, through curl.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use pki_role::host::answer::Answer;
use pki_role::host::deadline::Deadline;
use pki_role::host::endpoint::{Asking, Endpoint, FetchError, Scheme};
use pki_role::host::services::{Ready, Services};
use pki_role::host::systemctl::Systemctl;
use pki_role::pki::Subsystem;
use tempfile::TempDir;

use crate::support::fake_systemctl::{FakeSystemctl, UNIT};
use crate::support::needs;
use crate::support::small_server::{ClosedPort, Reply, SmallServer, Tls};

fn no_signal() -> Option<u8> {
    None
}

fn secure(port: u16) -> Endpoint {
    Endpoint { scheme: Scheme::Https, address: None, port, subsystem: Subsystem::Ca }
}

fn ask(endpoint: &Endpoint, curl: &Path, time: Duration) -> Answer {
    Answer::ask(endpoint, &Asking { curl, deadline: Deadline::after(time), signal: &no_signal })
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_certificate_that_nobody_knows_will_do() {
    let replies = [
        Reply::json("CA", "starting"),
        Reply::json("CA", "running"),
        Reply::xml("CA", "running"),
        Reply::xml("KRA", "running"),
        Reply::Body(404, "running".to_owned()),
        Reply::Body(500, String::new()),
        Reply::ok(""),
        Reply::ok("<html>running</html>\n200"),
        Reply::Close,
        Reply::Raw(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
    ];
    let server = SmallServer::new(&replies);
    let Some(tls) = Tls::before(&server) else { return };
    let answers: Vec<Answer> = replies.iter().map(|_| ask(&secure(tls.port), Path::new("curl"), LONG)).collect();
    let expected = [
        Answer::Starting,
        Answer::Running,
        Answer::Running,
        Answer::OtherSubsystem("KRA".to_owned()),
        Answer::NotFound,
        Answer::Status(500),
        Answer::Unclear,
        Answer::Unclear,
        Answer::NotHttp,
        Answer::NotHttp,
    ];
    assert_eq!(answers, expected);
    let requests = server.requests();
    assert!(requests[0].starts_with("GET /ca/admin/ca/getStatus HTTP/1.1\n"), "{requests:?}");
}

#[test]
fn redirects_are_not_followed() {
    let other = SmallServer::new(&[Reply::xml("CA", "running")]);
    let to = format!("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{}/\r\nContent-Length: 0\r\n\r\n", other.port());
    let server = SmallServer::new(&[Reply::Raw(to.into_bytes())]);
    let Some(tls) = Tls::before(&server) else { return };
    assert_eq!(ask(&secure(tls.port), Path::new("curl"), LONG), Answer::Status(302));
    assert_eq!(other.requests(), [""; 0]);
}

#[test]
fn endless_and_slow_answers_are_cut_off() {
    let server = SmallServer::new(&[
        Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n<XMLResponse>", b"<Status>running</Status>"),
        Reply::Endless(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n", b"running "),
        Reply::Drip(b"HTTP/1.1 200 OK\r\nX: x".to_vec()),
    ]);
    let Some(tls) = Tls::before(&server) else { return };
    for _ in 0..2 {
        assert_eq!(ask(&secure(tls.port), Path::new("curl"), LONG), Answer::NotHttp);
    }
    let answer = ask(&secure(tls.port), Path::new("curl"), Duration::from_secs(1));
    assert_eq!(answer, Answer::Unreachable(FetchError::TimedOut));
}

#[test]
fn a_port_without_tls_and_a_closed_one() {
    if !needs::tool("curl") {
        return;
    }
    let server = SmallServer::new(&[Reply::xml("CA", "running")]);
    let answer = ask(&secure(server.port()), Path::new("curl"), LONG);
    assert!(matches!(answer, Answer::Unreachable(FetchError::Failed(_))), "{answer:?}");
    assert_eq!(answer.runs(), None);
    let closed = ClosedPort::new();
    assert_eq!(ask(&secure(closed.port), Path::new("curl"), LONG), Answer::Closed);
}

/// A `curl` that does what a test says.
fn fake_curl(script: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/fake-curl.sh");
    symlink(program, folder.path().join("curl")).unwrap();
    fs::write(folder.path().join("script"), script).unwrap();
    folder
}

/// Its exit status alone proves nothing.
#[test]
fn a_curl_that_lies() {
    let running = "<XMLResponse><Status>running</Status></XMLResponse>";
    for (script, expected) in [
        ("exit 0", Answer::NotHttp),
        ("printf 200", Answer::NotHttp),
        ("printf '\\n000'", Answer::NotHttp),
        ("printf '\\n2000'", Answer::NotHttp),
        (&format!("echo '{running}'"), Answer::NotHttp),
        (
            &format!("printf '{running}\\n200'; exit 22"),
            Answer::Unreachable(FetchError::Failed("curl: exit status: 22".to_owned())),
        ),
        (&format!("printf '{running}\\n404'"), Answer::NotFound),
        ("while :; do echo running; done", Answer::NotHttp),
        ("echo why >&2; exit 35", Answer::Unreachable(FetchError::Failed("why".to_owned()))),
        ("kill -9 $$", Answer::Unreachable(FetchError::Failed("curl: signal: 9 (SIGKILL)".to_owned()))),
        (&format!("printf '{running}\\n200'"), Answer::Running),
    ] {
        let folder = fake_curl(script);
        assert_eq!(ask(&secure(1), &folder.path().join("curl"), LONG), expected, "{script}");
    }
    let folder = fake_curl("sleep 1000");
    let answer = ask(&secure(1), &folder.path().join("curl"), Duration::from_millis(200));
    assert_eq!(answer, Answer::Unreachable(FetchError::TimedOut));
}

/// No proxy, no settings and no environment variables of the caller reach it, and it gets all bounds.
#[test]
fn how_curl_is_called() {
    let folder = fake_curl("printf '%s\\n' \"$@\" >\"$dir/arguments\"; env >\"$dir/environment\"; exit 7");
    assert_eq!(ask(&secure(8443), &folder.path().join("curl"), LONG), Answer::Closed);
    let arguments = fs::read_to_string(folder.path().join("arguments")).unwrap();
    let arguments: Vec<&str> = arguments.lines().collect();
    assert_eq!(arguments[0], "-q");
    for wanted in [
        &["--noproxy", "*"][..],
        &["--insecure"],
        &["--proto", "=https"],
        &["--max-redirs", "0"],
        &["--max-filesize", "65536"],
        &["--globoff"],
        // The second of the two that were tried.
        &["--url", "https://[::1]:8443/ca/admin/ca/getStatus"],
    ] {
        assert!(arguments.windows(wanted.len()).any(|found| found == wanted), "{wanted:?}: {arguments:?}");
    }
    let environment = fs::read_to_string(folder.path().join("environment")).unwrap();
    let names: Vec<&str> = environment.lines().filter_map(|line| line.split('=').next()).collect();
    // The shell adds some of its own.
    assert!(names.iter().all(|name| ["PATH", "PWD", "OLDPWD", "SHLVL", "_"].contains(name)), "{names:?}");
}

/// Then only the unit can be asked, and the result says why.
#[test]
fn without_curl() {
    let missing = Path::new("/nonexistent/curl");
    let answer = ask(&secure(8443), missing, LONG);
    assert_eq!(answer, Answer::Unreachable(FetchError::NoCurl));
    assert_eq!(answer.runs(), None);
    let fake = FakeSystemctl::new();
    fake.set(UNIT, "active");
    let mut systemctl = Systemctl::new(&fake.program(), &no_signal);
    systemctl.curl = missing.to_owned();
    let ready = systemctl.wait_ready(UNIT, Some(&secure(8443))).unwrap();
    assert_eq!(ready, Ready::OnlyActive(Some(FetchError::NoCurl)));
}
