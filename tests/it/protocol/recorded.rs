//! Each change is recorded in the system's journal once; what touched nothing is not.

use std::fs;
use std::os::unix::net::UnixDatagram;

use crate::support::host::Host;

/// The journal of a host.
fn journal(host: &Host) -> UnixDatagram {
    fs::create_dir(host.path("dev")).unwrap();
    let socket = UnixDatagram::bind(host.path("dev/log")).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

fn recorded(socket: &UnixDatagram) -> Vec<String> {
    let mut buffer = [0; 8192];
    let line = || socket.recv(&mut buffer).ok().map(|length| String::from_utf8_lossy(&buffer[..length]).into_owned());
    std::iter::from_fn(line).collect()
}

#[test]
fn who_and_what() {
    let host = Host::master(true);
    let socket = journal(&host);
    let mut command = host.command(&["demote-ca", "-i", "pki-tomcat", "--new-master", "b.example:8443", "-q"]);
    assert!(command.env("SUDO_USER", "ann\nfake: line").status().unwrap().success());
    let lines = recorded(&socket);
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    for part in [
        "pki-role[",
        "demote-ca done: config=",
        "/CS.cfg instance=pki-tomcat subsystem=CA role=master->clone backup=",
        "user=\"ann\\nfake: line\"",
        "keys=ca.certStatusUpdateInterval,",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!line.contains('\n'));
}

#[test]
fn what_touches_nothing_is_not_recorded() {
    let host = Host::clone(true);
    let socket = journal(&host);
    let redirect = ["redirect-ca", "-i", "pki-tomcat", "--new-master", "primary.example.com:8443"];
    host.run(&redirect).expect(0, &["nothing to do"]);
    host.promote(&["--dry-run"]).expect(0, &[]);
    assert_eq!(host.promote(&["--check"]).code, Some(1));
    host.promote(&["--backup-dir", "/no/such"]).expect(3, &[]);
    host.on("is-active", "exit 1");
    host.promote(&[]).expect(3, &[]);
    assert_eq!(recorded(&socket), [""; 0]);
}

/// A server that was stopped is, however it ended.
#[test]
fn how_it_ended() {
    for (verb, code, end) in [("stop", 4, "everything is as it was"), ("start", 5, "something is changed or down")] {
        let host = Host::clone(true);
        let socket = journal(&host);
        host.on(verb, "exit 1");
        host.promote(&[]).expect(code, &[]);
        let lines = recorded(&socket);
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(line.contains(end), "{line}");
        assert_eq!(line.contains("role=clone->master"), code == 5, "{line}");
        assert_eq!(line.contains("backup=-"), code == 4, "{line}");
    }
    // The service alone was started.
    let host = Host::clone(false);
    host.promote(&["--no-start"]).expect(0, &[]);
    let socket = journal(&host);
    host.promote(&[]).expect(0, &[]);
    assert_eq!(recorded(&socket).len(), 1);
    host.promote(&[]).expect(0, &["nothing to do"]);
    assert_eq!(recorded(&socket), [""; 0]);
    // It was stopped and started, although somebody else made the edit meanwhile.
    let done = Host::clone(false);
    done.promote(&["--no-start"]).expect(0, &[]);
    let host = Host::clone(true);
    let socket = journal(&host);
    host.on("stop", &format!("cat {} >CFG", done.file.display()));
    host.promote(&[]).expect(0, &[]);
    assert_eq!(recorded(&socket).len(), 1);
}
