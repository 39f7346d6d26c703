//! A start that fails, a server that does not come up, and the way back.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::fake_systemctl::{Host, UNIT, fixture};

const STOP: &str = "stop pki-tomcatd@pki-tomcat.service";
const START: &str = "start pki-tomcatd@pki-tomcat.service";
const XML: &str =
    "<?xml version=\"1.0\"?><XMLResponse><State>1</State><Type>CA</Type><Status>running</Status></XMLResponse>";
const JSON: &str =
    "{\n  \"Response\" : {\n    \"State\" : \"1\",\n    \"Type\" : \"CA\",\n    \"Status\" : \"running\"\n  }\n}";

/// A server that gives the answers in turn, the last one for ever.
struct Server {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn answering(answers: &'static [(u16, &'static str)]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut request = String::new();
                let _ = BufReader::new(&stream).read_line(&mut request);
                assert!(request.starts_with("GET /ca/admin/ca/getStatus HTTP/1.1"), "{request}");
                let (status, body) = answers[count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)];
                let length = body.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
            }
        });
        Server { port, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// A clone whose CS.cfg names this server's port.
    fn host(&self) -> Host {
        clone_at(self.port)
    }
}

fn clone_at(port: u16) -> Host {
    let text = String::from_utf8(fixture("ca-clone.CS.cfg")).unwrap();
    let text = text.replace("service.unsecurePort=8080\n", &format!("service.unsecurePort={port}\n"));
    Host::with("ca", text.as_bytes(), true)
}

#[test]
fn it_answers_in_xml_and_in_json() {
    for body in [&[(200, XML)], &[(200, JSON)]] {
        let server = Server::answering(body);
        let host = server.host();
        let ran = host.promote(&["--output", "json"]);
        assert_eq!(ran.code, 0, "{}", ran.error);
        assert!(ran.out.contains("\"ready\": true"), "{}", ran.out);
        assert_eq!(server.asked(), 1);
    }
}

#[test]
fn it_is_asked_until_it_runs() {
    let server = Server::answering(&[(503, ""), (404, "no"), (200, "<Status>starting</Status>"), (200, XML)]);
    server.host().promote(&[]).expect(0, &["its subsystem says that it runs, and the role has lasted"]);
    assert_eq!(server.asked(), 4);
}

#[test]
fn it_never_runs() {
    let none = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let not_found = Server::answering(&[(404, "running")]);
    let starting = Server::answering(&[(200, "starting")]);
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let cases = [
        (clone_at(none), "Connection refused"),
        (not_found.host(), "HTTP status 404"),
        (starting.host(), "not that it runs"),
        (clone_at(silent.local_addr().unwrap().port()), ""),
    ];
    for (host, words) in cases {
        let ran = host.promote(&["--timeout", "1"]);
        ran.expect(5, &["did not answer \"running\"", words, "is converted (master)", "pki-role restore"]);
        assert!(!host.is_untouched() && host.systemctl.is_up());
        assert_eq!(fs::read(host.backup()).unwrap(), host.before);
    }
}

#[test]
fn without_a_port_the_unit_alone_is_asked() {
    let host = Host::clone(true);
    host.promote(&[]).expect(0, &["could not be asked (no service.unsecurePort)"]);
}

#[test]
fn it_starts_and_falls_over() {
    let host = Host::clone(true);
    host.systemctl.on("start", "echo failed >\"$dir/state-$unit\"; exit 0");
    host.promote(&[]).expect(5, &["is failed after its start", "pki-role restore"]);
}

/// What the message says to type is typed, with this host's root and systemctl.
fn follow(host: &Host, error: &str) {
    let (_, lines) = error.split_once("to go back:\n").unwrap();
    let lines: Vec<_> = lines.lines().take_while(|line| line.starts_with("    ")).collect();
    let systemctl = host.systemctl.program().display().to_string();
    let here = format!("restore --root {} --systemctl {systemctl} --settle 0", host.root.path().display());
    let script = lines.join("\n").replace("    systemctl ", &format!("    {systemctl} "));
    let script = script.replace("pki-role restore", &format!("{} {here}", env!("CARGO_BIN_EXE_pki-role")));
    let ran = Command::new("sh").args(["-ec", &script]).output().unwrap();
    assert!(!lines.is_empty() && ran.status.success(), "{script}: {}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn a_start_that_fails_tells_the_way_back() {
    for host in [Host::clone(true), Host::clone(false)] {
        host.systemctl.on("start", "echo the last words >&2; exit 1");
        let ran = host.promote(&[]);
        ran.expect(5, &["the last words", "is converted (master)", &format!("journalctl -u {UNIT}")]);
        assert!(!host.is_untouched() && !host.systemctl.is_up());
        // What was changed and what to know is told; of the service nothing but the truth.
        ran.expect(5, &["CA clone -> master", "[former-master-still-master]"]);
        assert!(!ran.error.contains("service: "), "{}", ran.error);
        // With the old keys it would start.
        host.systemctl.on("start", "");
        follow(&host, &ran.error);
        assert!(host.is_untouched());
    }
}

/// The way back leads to where it began: the server runs.
#[test]
fn the_way_back_starts_what_was_running() {
    let host = Host::clone(true);
    host.systemctl.on("start", "exit 1");
    let ran = host.promote(&[]);
    host.systemctl.on("start", "");
    follow(&host, &ran.expect(5, &[]).error);
    assert!(host.is_untouched() && host.systemctl.is_up());
}

/// The way back goes through the same service, also where the path alone does not tell which.
#[test]
fn the_way_back_names_the_unit() {
    let host = Host::clone(true);
    let plain = host.root.path().join("a file.cfg");
    fs::copy(&host.file, &plain).unwrap();
    host.systemctl.on("start", "echo active >\"$dir/state-$unit\"; exit 1");
    let to = plain.to_str().unwrap();
    let ran = host.run(&["promote-ca", "--to", to, "--from", host.master.to_str().unwrap(), "--service", UNIT]);
    ran.expect(5, &[]);
    host.systemctl.on("start", "");
    follow(&host, &ran.error);
    assert_eq!(fs::read(&plain).unwrap(), host.before);
    assert_eq!(host.systemctl.changes()[..4], [STOP, START, STOP, START]);
}

#[test]
fn without_a_backup_there_is_no_way_back_to_tell() {
    let host = Host::clone(true);
    host.systemctl.on("start", "exit 1");
    let ran = host.promote(&["--no-backup"]);
    ran.expect(5, &["no backup was made"]);
    assert!(!ran.error.contains("restore"));
}

/// A start that fails while the role is the new one.
const FAILS_AS_MASTER: &str = "if grep -q enableCRLUpdates=true CFG; then echo not as master >&2; exit 1; fi";

#[test]
fn with_rollback_it_runs_again_with_the_old_role() {
    let host = Host::clone(true);
    host.systemctl.on("start", &FAILS_AS_MASTER.replace("CFG", &host.file.display().to_string()));
    host.promote(&["--rollback"]).expect(4, &["not as master", "keys were put back", "runs again"]);
    assert!(host.is_untouched() && host.systemctl.is_up());
    assert_eq!(host.systemctl.changes(), [STOP, START, STOP, START]);
}

#[test]
fn with_rollback_what_was_stopped_stays_so_and_nothing_else_is_said() {
    let host = Host::clone(false);
    host.systemctl.on("start", "exit 1");
    let ran = host.promote(&["--rollback"]);
    ran.expect(4, &["keys were put back"]);
    assert!(host.is_untouched() && !host.systemctl.is_up());
    assert!(!ran.error.contains("runs again"), "{}", ran.error);
}

#[test]
fn with_rollback_that_does_not_help_either() {
    let host = Host::clone(true);
    host.systemctl.on("start", "echo never >&2; exit 1");
    let ran = host.promote(&["--rollback"]);
    ran.expect(5, &["never"]);
    assert!(host.is_untouched() && !host.systemctl.is_up());
    assert!(!ran.error.contains("is converted"), "the keys were put back: {}", ran.error);
}

/// What the server wrote after its start stays when the role's keys go back.
#[test]
fn with_rollback_what_the_server_wrote_stays() {
    let host = Host::clone(true);
    let line = FAILS_AS_MASTER.replace("exit 1", "echo zz.written=at-start >>CFG; exit 1");
    host.systemctl.on("start", &line.replace("CFG", &host.file.display().to_string()));
    host.promote(&["--rollback"]).expect(4, &["keys were put back"]);
    assert_eq!(host.bytes(), [&host.before[..], b"zz.written=at-start\n"].concat());
}

#[test]
fn a_role_that_does_not_last() {
    let host = Host::clone(true);
    let before = host.root.path().join("before.cfg");
    fs::write(&before, &host.before).unwrap();
    host.systemctl.on("start", &format!("cat {} >{}", before.display(), host.file.display()));
    host.promote(&[]).expect(5, &["after the start the file is clone, not master"]);
}

/// A failure's JSON tells what became of the file.
#[test]
fn json_of_a_failure_after_the_edit() {
    let host = Host::clone(true);
    host.systemctl.on("start", "exit 1");
    let ran = host.promote(&["--output", "json"]);
    assert_eq!((ran.code, ran.error.as_str()), (5, ""));
    assert!(ran.out.contains("\"code\": \"start-failed\""), "{}", ran.out);
    assert!(ran.out.contains("\"changed\": true"), "the file is converted: {}", ran.out);
    assert!(ran.out.contains(&format!("\"backup\": \"{}\"", host.backup().display())), "{}", ran.out);
}
