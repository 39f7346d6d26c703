//! What is called, in which order, and what becomes of file and service where a call goes wrong.

use std::fs;

use crate::fake_systemctl::{Host, Ran, UNIT, fixture, program, without_port};

const STOP: &str = "stop pki-tomcatd@pki-tomcat.service";
const START: &str = "start pki-tomcatd@pki-tomcat.service";
/// Where a line of the server's goes: CS.cfg as the fake knows it.
const CFG: &str = "etc/pki/pki-tomcat/ca/CS.cfg";

/// A line of shell with the host's CS.cfg in it.
fn shell(host: &Host, line: &str) -> String {
    line.replace("CFG", &host.root.path().join(CFG).display().to_string())
}

#[test]
fn a_promotion_stops_edits_starts() {
    let host = Host::clone(true);
    // Each step notes which role the file has by then.
    for verb in ["stop", "start"] {
        host.systemctl.on(verb, &shell(&host, "printf '%s ' \"$verb\"; grep -c enableCRLUpdates=true CFG"));
        host.systemctl.on(verb, &shell(&host, "grep -c enableCRLUpdates=true CFG >>\"$dir/log\""));
    }
    host.promote(&[]).expect(0, &["stopping", "starting", "CA clone -> master"]);
    assert_eq!(host.systemctl.changes(), [STOP, "0", START, "2"]);
    assert!(host.systemctl.is_up());
    assert!(!host.is_untouched());
    assert_eq!(fs::read(host.backup()).unwrap(), host.before);
}

#[test]
fn a_promotion_starts_what_was_stopped_before() {
    let host = Host::clone(false);
    host.promote(&[]).expect(0, &["starting"]);
    assert_eq!(host.systemctl.changes(), [START]);
}

#[test]
fn a_demotion_leaves_the_service_as_it_was() {
    let host = Host::master(true);
    host.demote(&[]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [STOP, START]);
    let host = Host::master(false);
    host.demote(&[]).expect(0, &["was not running, and was left so"]);
    assert_eq!(host.systemctl.changes(), [""; 0]);
    assert!(!host.systemctl.is_up() && !host.is_untouched());
}

#[test]
fn the_others_follow() {
    let host = Host::new("ocsp", "ocsp-clone.CS.cfg", true);
    host.run(&["promote-ocsp", "--instance", "pki-tomcat"]).expect(0, &[]);
    host.run(&["demote-ocsp", "--instance", "pki-tomcat"]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [STOP, START, STOP, START]);
    let host = Host::clone(true);
    host.run(&["redirect-ca", "--instance", "pki-tomcat", "--new-master", "ca3.example.com:8443"]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [STOP, START]);
}

#[test]
fn nothing_to_do_costs_nothing() {
    let host = Host::clone(true);
    let modified = fs::metadata(&host.file).unwrap().modified().unwrap();
    host.run(&["redirect-ca", "--instance", "pki-tomcat", "--new-master", "primary.example.com:8443"])
        .expect(0, &["nothing to do"]);
    assert_eq!(host.systemctl.changes(), [""; 0]);
    assert_eq!(host.names(), ["CS.cfg"]);
    assert_eq!(fs::metadata(&host.file).unwrap().modified().unwrap(), modified);
}

#[test]
fn a_refusal_costs_no_downtime() {
    let host = Host::clone(true);
    let refused = [
        host.run(&["demote-ocsp", "--to", host.file.to_str().unwrap()]),
        host.run(&["promote-ca", "--instance", "pki-tomcat", "--from", host.file.to_str().unwrap()]),
        host.run(&["promote-ca", "--instance", "pki-tomcat", "--from", "no-such-file"]),
        host.promote(&["--backup-dir", "no-such-folder"]),
    ];
    for ran in refused {
        ran.expect(3, &["nothing was touched"]);
    }
    // A line that pki-server refuses: the service would not come back.
    let host = Host::with("ca", &[&without_port(&fixture("ca-clone.CS.cfg"))[..], b"zz no delimiter\n"].concat(), true);
    let ran = host.promote(&[]);
    ran.expect(3, &["line 1042 has no `=`", UNIT, "would not start again", "nothing was touched"]);
    assert_eq!(host.systemctl.changes(), [""; 0]);
    assert!(host.is_untouched());
    assert_eq!(host.names(), ["CS.cfg"]);
}

#[test]
fn looking_touches_nothing() {
    for more in [&["--dry-run"][..], &["--dry-run", "--output", "json"], &["--check"]] {
        let host = Host::clone(true);
        let ran = host.promote(more);
        assert_eq!(ran.code, i32::from(more == ["--check"]), "{}", ran.error);
        assert_eq!(host.systemctl.changes(), [""; 0]);
        assert!(host.is_untouched());
        assert_eq!(host.names(), ["CS.cfg"]);
    }
}

#[test]
fn no_start_leaves_it_stopped() {
    let host = Host::clone(true);
    host.promote(&["--no-start"]).expect(0, &["stopped, and not started again, as asked"]);
    assert_eq!(host.systemctl.changes(), [STOP]);
    assert!(!host.is_untouched());
}

#[test]
fn no_service_on_a_live_file() {
    let host = Host::clone(true);
    host.promote(&["--no-service"]).expect(3, &["is active", "systemctl stop", "nothing was touched"]);
    assert!(host.is_untouched());
    host.promote(&["--no-service", "--allow-running"]).expect(0, &[]);
    assert!(!host.is_untouched());
    let stopped = Host::clone(false);
    stopped.promote(&["--no-service"]).expect(0, &[]);
    assert!(!stopped.is_untouched());
    assert_eq!([host.systemctl.changes(), stopped.systemctl.changes()].concat(), [""; 0]);
}

/// A container has the program and no systemd behind it.
#[test]
fn no_service_where_systemd_does_not_answer() {
    let host = Host::clone(true);
    host.systemctl.on("is-active", "echo 'System has not been booted with systemd as init system' >&2; exit 1");
    host.promote(&[]).expect(3, &["has not been booted", "nothing was touched"]);
    host.promote(&["--no-service"]).expect(3, &["has not been booted", "--allow-running"]);
    host.promote(&["--no-service", "--allow-running"]).expect(0, &[]);
}

#[test]
fn without_systemctl() {
    let host = Host::clone(true);
    let from = host.master.to_str().unwrap();
    let run = |more: &[&str]| {
        let mut command = program();
        command.args(["promote-ca", "--instance", "pki-tomcat", "--systemctl", "/no/such/systemctl", "--from", from]);
        command.arg("--root").arg(host.root.path()).args(more);
        Ran::of(command.output().unwrap())
    };
    run(&[]).expect(3, &["/no/such/systemctl cannot be run", "--systemctl PATH", "nothing was touched"]);
    assert!(host.is_untouched());
    assert_eq!(host.names(), ["CS.cfg"]);
    run(&["--no-service"]).expect(0, &[]);
    assert!(!host.is_untouched());
}

#[test]
fn a_plain_file_needs_no_service() {
    let host = Host::clone(true);
    let plain = host.root.path().join("plain.cfg");
    fs::copy(&host.file, &plain).unwrap();
    host.run(&["promote-ca", "--to", plain.to_str().unwrap(), "--from", host.master.to_str().unwrap()]).expect(0, &[]);
    assert_eq!(host.systemctl.log(), [""; 0]);
    // Unless one is named.
    host.run(&["demote-ca", "--to", plain.to_str().unwrap(), "--new-master", "a.b:1", "--service", UNIT])
        .expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [STOP, START]);
}

#[test]
fn a_stop_that_fails() {
    let host = Host::clone(true);
    host.systemctl.on("stop", "for n in 1 2 3 4 5 6 7; do echo word $n >&2; done; exit 1");
    let ran = host.promote(&[]);
    ran.expect(4, &["systemctl stop", "word 3; word 4; word 5; word 6; word 7", "the file is as it was"]);
    ran.expect(4, &["was started again", &format!("journalctl -u {UNIT}")]);
    assert!(!ran.error.contains("word 2"));
    assert_eq!(host.systemctl.changes(), [STOP, START]);
    assert!(host.is_untouched() && host.systemctl.is_up());
    assert_eq!(host.names(), ["CS.cfg"]);
}

#[test]
fn a_stop_that_hangs() {
    let host = Host::clone(true);
    // A child of it holds its streams open, and neither ends kindly.
    host.systemctl.on("stop", "trap '' TERM; echo inactive >\"$dir/state-$unit\"; sleep 1000 & while :; do wait; done");
    host.promote(&["--timeout", "1"]).expect(4, &["did not end within 1 s", "was started again", "journalctl -u"]);
    assert!(host.is_untouched() && host.systemctl.is_up());
}

#[test]
fn neither_stop_nor_start() {
    let host = Host::clone(true);
    host.systemctl.on("stop", "echo inactive >\"$dir/state-$unit\"; exit 1");
    host.systemctl.on("start", "echo no such luck >&2; exit 1");
    host.promote(&[]).expect(5, &["the file is as it was, but", "is down", "no such luck", "systemctl start"]);
    assert!(host.is_untouched() && !host.systemctl.is_up());
}

#[test]
fn a_unit_that_is_on_its_way_is_waited_for() {
    let host = Host::clone(true);
    host.systemctl.set(UNIT, "activating");
    host.systemctl
        .on("is-active", "if [ -e \"$dir/asked\" ]; then echo active >\"$dir/state-$unit\"; fi; : >\"$dir/asked\"");
    host.promote(&[]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [STOP, START]);
    let host = Host::clone(true);
    host.systemctl.set(UNIT, "deactivating");
    host.promote(&["--timeout", "1"]).expect(3, &["stayed deactivating", "nothing was touched"]);
}

/// What the server wrote while it stopped counts.
#[test]
fn a_line_written_at_stop_survives() {
    let host = Host::clone(true);
    host.systemctl.on("stop", &shell(&host, "echo zz.written=at-stop >>CFG"));
    host.promote(&[]).expect(0, &[]);
    assert!(host.bytes().ends_with(b"zz.written=at-stop\n"));
    assert!(fs::read(host.backup()).unwrap().ends_with(b"zz.written=at-stop\n"));
}

#[test]
fn what_is_written_at_stop_may_refuse_the_conversion() {
    for line in ["echo cs.type=KRA >>CFG", "rm CFG"] {
        let host = Host::clone(true);
        host.systemctl.on("stop", &shell(&host, line));
        host.promote(&[]).expect(4, &["was started again"]);
        assert_eq!(host.systemctl.changes(), [STOP, START], "{line}");
        assert!(host.names().iter().all(|name| name == "CS.cfg"));
    }
}

/// Somebody else converted it meanwhile.
#[test]
fn nothing_is_left_to_do_after_the_stop() {
    let done = Host::clone(false);
    done.promote(&["--no-start", "--no-backup"]).expect(0, &[]);
    let host = Host::clone(true);
    host.systemctl.on("stop", &shell(&host, &format!("cat {} >CFG", done.file.display())));
    host.promote(&[]).expect(0, &["nothing to do", "service: pki-tomcatd@pki-tomcat.service: started"]);
    assert!(host.systemctl.is_up());
    assert_eq!(host.bytes(), done.bytes());
    assert_eq!(host.names(), ["CS.cfg"], "a backup of a file that was not replaced");
}

#[test]
fn the_unit_name_is_never_an_option() {
    let host = Host::clone(true);
    let plain = host.root.path().join("plain.cfg");
    fs::copy(&host.file, &plain).unwrap();
    let to = plain.to_str().unwrap();
    let ran = host.run(&["demote-ca", "--to", to, "--new-master", "a.b:1", "--service=-Hroot@elsewhere"]);
    assert!([2, 3].contains(&ran.code), "{}", ran.error);
    assert_eq!(host.systemctl.log(), [""; 0]);
}
