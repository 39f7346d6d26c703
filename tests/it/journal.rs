//! Each change is recorded once; what changed nothing is not; without a journal nothing fails.

use std::fs;
use std::os::unix::net::UnixDatagram;

use crate::status::{CLONE, MASTER};
use crate::support::Test;

/// A host with a journal, and a CA.
fn host(file: &str) -> (Test, UnixDatagram) {
    let test = Test::new().file("CS.cfg", file);
    fs::create_dir_all(test.path("root/dev")).unwrap();
    let socket = UnixDatagram::bind(test.path("root/dev/log")).unwrap();
    socket.set_nonblocking(true).unwrap();
    (test, socket)
}

fn recorded(socket: &UnixDatagram) -> Vec<String> {
    let mut buffer = [0; 8192];
    std::iter::from_fn(|| {
        socket.recv(&mut buffer).ok().map(|length| String::from_utf8_lossy(&buffer[..length]).into_owned())
    })
    .collect()
}

#[test]
fn a_change_is_recorded_with_who_and_what() {
    let (test, socket) = host(MASTER);
    let root = test.path("root").display().to_string();
    let test = test.args(&format!("demote-ca --to CS.cfg --new-master b.example:8443 -q --root {root}"));
    let mut command = test.command();
    assert!(command.env("SUDO_USER", "ann\nfake: line").status().unwrap().success());
    let lines = recorded(&socket);
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in [
        "pki-role[",
        "demote-ca done: config=/",
        "/CS.cfg instance=- subsystem=CA role=master->clone keys=ca.certStatusUpdateInterval,",
        ",master.ca.agent.port backup=/",
        "user=ann fake: line",
    ] {
        assert!(lines[0].contains(part), "{part}: {}", lines[0]);
    }
    assert!(!lines[0].contains('\n'));
}

#[test]
fn what_changes_nothing_is_not_recorded() {
    let (test, socket) = host(CLONE);
    let root = test.path("root").display().to_string();
    for args in ["", "--dry-run", "--check"] {
        let output = Test::new()
            .args(&format!("demote-ca --new-master primary.example.com:8443 -q --root {root} {args} --to"))
            .arg(test.path("CS.cfg"))
            .output();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(recorded(&socket), Vec::<String>::new());
}
