//! What a restore on a live file does not take: each refusal before the stop, and nothing lost.

use std::fs;

use crate::support::fake_systemctl::UNIT;
use crate::support::host::{Host, START, STOP};
use crate::support::test::Ran;

/// A demoted master with its backup.
fn demoted() -> (Host, String) {
    let mut host = Host::master(true);
    host.demote(&[]).expect(0, &[]);
    let backup = String::from_utf8(fs::read(host.backup()).unwrap()).unwrap();
    fs::remove_file(host.backup()).unwrap();
    fs::remove_file(host.systemctl.file("log")).unwrap();
    host.before = host.bytes();
    (host, backup)
}

fn restore(host: &Host, backup: &[u8], more: &[&str]) -> Ran {
    let path = host.path("backup.cfg");
    fs::write(&path, backup).unwrap();
    let restore = ["restore", "-i", "pki-tomcat", "--subsystem", "ca", "--from", path.to_str().unwrap()];
    host.run(&[&restore[..], more].concat())
}

/// Cut off anywhere, a backup would take lines away or leave an issuing point without its class.
#[test]
fn a_backup_that_was_cut_off() {
    let (host, backup) = demoted();
    let lines: Vec<&str> = backup.split_inclusive('\n').collect();
    let first = lines.iter().position(|line| line.starts_with("cs.type=")).unwrap() + 1;
    for end in (first..lines.len()).step_by(7) {
        let ran = restore(&host, lines[..end].concat().as_bytes(), &[]);
        ran.expect(3, &["is incomplete", "--accept incomplete", "nothing was touched"]);
    }
    // In the last line, before its `=`: what is cut off behind that cannot be seen, and takes nothing away.
    for cut in [12, 16, 20] {
        restore(&host, &backup.as_bytes()[..backup.len() - cut], &[]).expect(3, &["is incomplete"]);
    }
    for empty in [&b""[..], b"\n\n", b"# nothing\n"] {
        restore(&host, empty, &[]).expect(3, &["nothing was touched"]);
    }
    host.assert_untouched();
}

/// A backup of another instance of this host, of another host, or of nobody knows which.
#[test]
fn a_backup_of_another_server() {
    let (host, backup) = demoted();
    let without = |key: &str| {
        backup.split_inclusive('\n').filter(|line| !line.starts_with(&format!("{key}="))).collect::<String>()
    };
    let no_host = ["machineName", "service.machineName"].iter().fold(backup.clone(), |text, key| {
        text.split_inclusive('\n').filter(|line| !line.starts_with(&format!("{key}="))).collect()
    });
    let cases = [
        (backup.replace("instanceId=pki-tomcat", "instanceId=pki-other"), "instance is pki-other"),
        (backup.replace("achineName=primary", "achineName=tertiary"), "host is tertiary.example.com"),
        (no_host, "does not say of which host it is"),
    ];
    assert_ne!(without("instanceId"), backup);
    for (other, phrase) in cases {
        let ran = restore(&host, other.as_bytes(), &[]);
        ran.expect(3, &["backup", phrase, "--accept other-server", "nothing was touched"]);
    }
    host.assert_untouched();
    restore(&host, backup.as_bytes(), &[]).expect(0, &["CA clone -> master"]);
    assert_eq!(host.systemctl.changes(), [STOP, START]);
}

/// The restored role would be no role.
#[test]
fn a_backup_with_half_a_role() {
    let (host, backup) = demoted();
    let mixed = backup.replace("MasterCRL.enableCRLUpdates=true", "MasterCRL.enableCRLUpdates=false");
    restore(&host, mixed.as_bytes(), &[]).expect(3, &["would be mixed", "--accept ends-mixed", "nothing was touched"]);
    host.assert_untouched();
}

/// Parameters of the role's that are not in the backup go, whatever bytes their keys have.
#[test]
fn a_key_that_is_not_utf8() {
    let (host, backup) = demoted();
    let line = b"ca.crl.MasterCRL.\xff\xfe=1\n";
    let at = String::from_utf8(host.bytes()).unwrap().find("ca.listen").unwrap();
    let bytes = host.bytes();
    fs::write(&host.file, [&bytes[..at], line, &bytes[at..]].concat()).unwrap();
    let ran = restore(&host, backup.as_bytes(), &[]);
    let still_there = host.bytes().windows(line.len()).any(|window| window == line);
    assert!(ran.code == Some(3) || ran.code == Some(0) && !still_there, "{ran:?}");
}

/// Without a backup that is named, those that are there are named, and nothing is done.
#[test]
fn no_backup_named() {
    let host = Host::master(true);
    host.demote(&[]).expect(0, &[]);
    let backup = host.backup();
    let log = host.systemctl.log().len();
    let ran = host.run(&["restore", "-i", "pki-tomcat", "--subsystem", "ca"]);
    ran.expect(2, &["does not say from which backup", backup.to_str().unwrap()]);
    assert_eq!(host.systemctl.log().len(), log);
    let ran = host.run(&["restore", "-i", "pki-tomcat", "--subsystem", "ca", "--list"]);
    assert_eq!((ran.code, ran.out), (Some(0), format!("role    backup\nmaster  {}\n", backup.display())));
}

/// The CS.cfg is lost: the list of its backups is what is needed then. Where nobody may look, that is
/// said, and not that there is none.
#[test]
fn the_list_where_there_is_no_file() {
    let host = Host::master(true);
    host.demote(&[]).expect(0, &[]);
    let backup = host.backup();
    fs::remove_file(&host.file).unwrap();
    let ran = host.run(&["restore", "--to", host.file.to_str().unwrap(), "--list"]);
    assert_eq!((ran.code, ran.out), (Some(0), format!("role    backup\nmaster  {}\n", backup.display())));
    for path in ["no/such/folder/CS.cfg", "old-master.CS.cfg/CS.cfg"] {
        let path = host.path(path);
        let ran = host.run(&["restore", "--to", path.to_str().unwrap(), "--list"]);
        ran.expect(3, &[path.parent().unwrap().to_str().unwrap()]);
    }
    assert_eq!(host.systemctl.state(UNIT), "active");
}
