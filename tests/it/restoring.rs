//! The way back, on a live instance: after each conversion a restore gives the first bytes, and what
//! has changed meanwhile stays.

use std::fs;

use crate::fake_systemctl::{Host, Ran, UNIT};

/// Each conversion on its host.
fn converted() -> Vec<Host> {
    let new_master = ["--new-master", "ca9.example.com:9443"];
    let hosts = [
        ("ca", "ca-master.CS.cfg", vec!["demote-ca", new_master[0], new_master[1]]),
        ("ca", "ca-clone.CS.cfg", vec!["redirect-ca", new_master[0], new_master[1]]),
        ("ca", "ca-clone.CS.cfg", vec!["promote-ca", "--from", "MASTER", "--cert-status-update-interval", "300"]),
        ("ocsp", "ocsp-master.CS.cfg", vec!["demote-ocsp"]),
        ("ocsp", "ocsp-dogtag-master.CS.cfg", vec!["demote-ocsp", "--refresh-in-sec", "14400"]),
        ("ocsp", "ocsp-clone.CS.cfg", vec!["promote-ocsp"]),
        ("ocsp", "ocsp-dogtag-clone.CS.cfg", vec!["promote-ocsp", "--refresh-in-sec", "15000"]),
    ];
    let convert = |(subsystem, fixture, arguments): (&str, &str, Vec<&str>)| {
        let host = Host::new(subsystem, fixture, true);
        let from = host.master.display().to_string();
        let arguments: Vec<_> =
            arguments.into_iter().map(|argument| if argument == "MASTER" { from.as_str() } else { argument }).collect();
        host.run(&[&arguments[..], &["--instance", "pki-tomcat"]].concat()).expect(0, &[]);
        assert!(!host.is_untouched(), "{arguments:?}");
        host
    };
    hosts.into_iter().map(convert).collect()
}

fn restore(host: &Host, more: &[&str]) -> Ran {
    let from = host.backup().display().to_string();
    host.run(&[&["restore", "--to", host.file.to_str().unwrap(), "--from", &from, "--no-backup"], more].concat())
}

#[test]
fn the_first_bytes_come_back() {
    for host in converted() {
        restore(&host, &[]).expect(0, &[]);
        assert!(host.is_untouched());
        assert_eq!(host.systemctl.changes(), ["stop", "start", "stop", "start"].map(|verb| format!("{verb} {UNIT}")));
        // And once more there is nothing to do.
        restore(&host, &[]).expect(0, &["nothing to do"]);
        assert_eq!(host.systemctl.changes().len(), 4);
    }
}

#[test]
fn what_changed_meanwhile_stays() {
    for host in converted() {
        // A serial number range that moved on, a new line in the file's order, another value.
        let meanwhile = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec())
                .unwrap()
                .replace("\ndbs.beginSerialNumber=", "\ndbs.beginSerialNumber=1");
            let text = text.replace("\nsubsystem.select=", "\nsubsystem.select=x");
            text.replace("\ninstanceId=", "\ninstanceI=new\ninstanceId=").into_bytes()
        };
        fs::write(&host.file, meanwhile(&host.bytes())).unwrap();
        restore(&host, &[]).expect(0, &[]);
        let wanted = meanwhile(&host.before);
        assert!(host.bytes() == wanted, "{}", difference(&host.bytes(), &wanted));
    }
}

/// The server's own rewrite after the start sorts the file; the role's keys are found all the same.
#[test]
fn what_the_server_sorted_is_put_back() {
    for host in converted() {
        let mut now: Vec<_> = String::from_utf8(host.bytes()).unwrap().lines().map(str::to_owned).collect();
        now.reverse();
        fs::write(&host.file, now.join("\n") + "\n").unwrap();
        restore(&host, &[]).expect(0, &[]);
        let sorted = |bytes: &[u8]| {
            let mut lines: Vec<_> = String::from_utf8(bytes.to_vec()).unwrap().lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert!(sorted(&host.bytes()) == sorted(&host.before), "{}", difference(&host.bytes(), &host.before));
    }
}

#[test]
fn a_restore_makes_its_own_backup() {
    let host = Host::master(true);
    host.demote(&[]).expect(0, &[]);
    let (first, clone) = (host.backup(), host.bytes());
    let from = first.to_str().unwrap();
    host.run(&["restore", "--instance", "pki-tomcat", "--subsystem", "ca", "--from", from]).expect(0, &[]);
    assert!(host.is_untouched());
    let second = host.names().into_iter().map(|name| host.file.with_file_name(name));
    let second = second.filter(|path| *path != first && *path != host.file).collect::<Vec<_>>();
    assert_eq!(second.len(), 1);
    assert_eq!(fs::read(&second[0]).unwrap(), clone);
}

#[test]
fn a_backup_of_something_else_is_refused() {
    let host = Host::clone(true);
    let other = host.root.path().join("other.cfg");
    for bytes in [&b"cs.type=OCSP\n"[..], b"", b"cs.type=KRA\n"] {
        fs::write(&other, bytes).unwrap();
        let ran = host.run(&["restore", "--to", host.file.to_str().unwrap(), "--from", other.to_str().unwrap()]);
        ran.expect(3, &["nothing was touched"]);
    }
    let itself = host.file.to_str().unwrap();
    host.run(&["restore", "--to", itself, "--from", itself]).expect(3, &["are the same file"]);
    assert!(host.is_untouched());
    assert_eq!(host.systemctl.changes(), [""; 0]);
}

/// The lines that only one has.
fn difference(got: &[u8], wanted: &[u8]) -> String {
    let [got, wanted] = [got, wanted].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let only = |mark: &str, here: &str, there: &str| -> String {
        here.lines()
            .filter(|line| !there.lines().any(|other| other == *line))
            .map(|line| format!("{mark}{line}\n"))
            .collect()
    };
    format!("other lines, or another order:\n{}{}", only("got    ", &got, &wanted), only("wanted ", &wanted, &got))
}

/// The keys of another server's file are no backup of this one.
#[test]
fn a_backup_of_another_server_is_refused() {
    let host = Host::clone(true);
    let other = host.root.path().join("other.cfg");
    let text = String::from_utf8(host.before.clone()).unwrap().replace("\nmachineName=", "\nmachineName=x");
    fs::write(&other, text).unwrap();
    let ran =
        host.run(&["restore", "--instance", "pki-tomcat", "--subsystem", "ca", "--from", other.to_str().unwrap()]);
    ran.expect(3, &["the backup is of another server", "nothing was touched"]);
    assert!(host.is_untouched());
    assert_eq!(host.systemctl.changes(), [""; 0]);
}
