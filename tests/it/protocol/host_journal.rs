//! One datagram for each change, whatever the values hold; without a reader nothing waits or fails.

use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

use pki_role::host::journal::{JournalEntry, invoking_user, record};
use tempfile::TempDir;

fn socket() -> (TempDir, PathBuf, UnixDatagram) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    (folder, path, socket)
}

fn recorded(socket: &UnixDatagram) -> Vec<String> {
    let mut buffer = [0; 8192];
    let line = || socket.recv(&mut buffer).ok().map(|length| String::from_utf8(buffer[..length].to_vec()).unwrap());
    std::iter::from_fn(line).collect()
}

const ENTRY: JournalEntry<'static> = JournalEntry {
    command: "demote-ca",
    result: "done",
    config: "/etc/pki/pki-tomcat/ca/CS.cfg",
    instance: Some("pki-tomcat"),
    subsystem: "CA",
    role_before: "master",
    role_after: "clone",
    keys: &["ca.certStatusUpdateInterval", "master.ca.agent.host"],
    backup: None,
    user: "ann",
};

#[test]
fn a_change_is_one_line() {
    let (_folder, path, socket) = socket();
    assert!(record(&path, &ENTRY));
    let wanted = format!(
        "<85>pki-role[{}]: demote-ca done: config=/etc/pki/pki-tomcat/ca/CS.cfg instance=pki-tomcat subsystem=CA \
         role=master->clone backup=- user=ann keys=ca.certStatusUpdateInterval,master.ca.agent.host",
        std::process::id()
    );
    assert_eq!(recorded(&socket), [wanted]);
}

/// What an owner of the file or a caller chooses can neither forge a field nor a line.
#[test]
fn values_stay_values() {
    let (_folder, path, socket) = socket();
    let keys = ["ca.x result=failed", "a,b", "\u{202e}evil", "c\nMay 1 sshd: d"];
    let entry = JournalEntry {
        config: "/tmp/a user=root keys=none\n<0>kernel: panic/CS.cfg",
        user: "ann\" user=\"root",
        instance: None,
        backup: Some("/backups/\u{1b}[2J/x"),
        keys: &keys,
        ..ENTRY
    };
    assert!(record(&path, &entry));
    let lines = recorded(&socket);
    assert_eq!(lines.len(), 1);
    let (_, fields) = lines[0].split_once(": demote-ca done: ").unwrap();
    assert_eq!(
        fields,
        r#"config="/tmp/a user=root keys=none\n<0>kernel: panic/CS.cfg" instance=- subsystem=CA role=master->clone backup="/backups/\u{1b}[2J/x" user="ann\" user=\"root" keys=ca.x\u{20}result\u{3d}failed,a\u{2c}b,\u{202e}evil,c\u{a}May\u{20}1\u{20}sshd:\u{20}d"#
    );
}

/// A key of a megabyte, or a million keys, take no more than their part of the line.
#[test]
fn long_values_are_cut() {
    let (_folder, path, socket) = socket();
    let long = "k".repeat(1 << 20);
    let many = vec!["ca.crl.MasterCRL.parameter"; 100_000];
    let both = [&[long.as_str()][..], &many].concat();
    for keys in [&[long.as_str()][..], &many, &both] {
        assert!(record(&path, &JournalEntry { keys, config: &long, ..ENTRY }));
        let lines = recorded(&socket);
        assert!(lines.len() == 1 && lines[0].len() < 2048, "{lines:?}");
        assert!(lines[0].contains("demote-ca done: config=\"kkk") && lines[0].contains(" user=ann keys="));
        let end = if keys.len() == 1 { "k.." } else { "more" };
        assert!(lines[0].ends_with(end), "{}", lines[0]);
    }
}

#[test]
fn nobody_reads() {
    let (folder, path, _socket) = socket();
    assert!(!record(&folder.path().join("missing"), &ENTRY));
    std::fs::write(folder.path().join("file"), "").unwrap();
    assert!(!record(&folder.path().join("file"), &ENTRY));
    // Until it is full: then it is given up at once.
    while record(&path, &ENTRY) {}
    assert!(!record(&path, &ENTRY));
}

#[test]
fn somebody_did_it() {
    assert!(!invoking_user().is_empty());
}
