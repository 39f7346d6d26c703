//! What is called, in which order, and what becomes of file and service.

use std::fs;

use crate::support::fake_systemctl::UNIT;
use crate::support::host::{Host, START, STOP, program, without_ports};
use crate::support::test::{Ran, small};

/// The calls that change something, and what the script noted between them.
fn calls(host: &Host) -> Vec<String> {
    host.systemctl.changes()
}

#[test]
fn a_promotion_stops_edits_starts() {
    let host = Host::clone(true);
    // Each step notes which role the file has by then.
    for verb in ["stop", "start"] {
        host.on(verb, "grep -c enableCRLUpdates=true CFG >>\"$dir/log\"");
    }
    host.promote(&[]).expect(0, &["stopping", "starting", "CA clone -> master"]);
    assert_eq!(calls(&host), [STOP, "0", START, "2"]);
    assert!(host.is_up() && !host.is_untouched());
    assert_eq!(fs::read(host.backup()).unwrap(), host.before);
}

#[test]
fn a_promotion_starts_what_was_stopped_before() {
    let host = Host::clone(false);
    host.promote(&[]).expect(0, &["starting"]);
    assert_eq!(calls(&host), [START]);
}

#[test]
fn a_demotion_leaves_the_service_as_it_was() {
    let host = Host::master(true);
    host.demote(&[]).expect(0, &[]);
    assert_eq!(calls(&host), [STOP, START]);
    let host = Host::master(false);
    host.demote(&[]).expect(0, &["did not run, and was not started"]);
    assert_eq!(calls(&host), [""; 0]);
    assert!(!host.is_up() && !host.is_untouched());
}

#[test]
fn the_others_follow() {
    let host = Host::new("ocsp", "ocsp-clone", true);
    host.run(&["promote-ocsp", "-i", "pki-tomcat"]).expect(0, &[]);
    host.run(&["demote-ocsp", "-i", "pki-tomcat"]).expect(0, &[]);
    assert_eq!(calls(&host), [STOP, START, STOP, START]);
    let host = Host::clone(true);
    host.run(&["redirect-ca", "-i", "pki-tomcat", "--new-master", "ca3.example.com:8443"]).expect(0, &[]);
    assert_eq!(calls(&host), [STOP, START]);
    let host = Host::master(true);
    let publisher = ["--old-responder", "ocsp1.example.com:8443", "--new-responder", "ocsp2.example.com:8443"];
    let ran = host.run(&[&["redirect-publisher", "-i", "pki-tomcat"], &publisher[..]].concat());
    assert_eq!(ran.code, Some(if calls(&host).is_empty() { 3 } else { 0 }), "{}", ran.error);
}

/// A promotion sees to a service that runs; any other conversion leaves it alone where its file is right.
#[test]
fn nothing_to_do_costs_nothing() {
    for (active, wanted) in [(true, &[][..]), (false, &[START])] {
        let host = Host::clone(active);
        host.promote(&["--no-backup", "--no-start"]).expect(0, &[]);
        host.systemctl.set(UNIT, if active { "active" } else { "inactive" });
        fs::remove_file(host.systemctl.file("log")).unwrap();
        let modified = fs::metadata(&host.file).unwrap().modified().unwrap();
        host.promote(&[]).expect(0, &["already as asked"]);
        assert_eq!(calls(&host), wanted);
        assert!(host.is_up());
        assert_eq!(fs::metadata(&host.file).unwrap().modified().unwrap(), modified);
        assert_eq!(host.names(), ["CS.cfg"]);
    }
    for active in [true, false] {
        let host = Host::clone(active);
        let arguments = ["redirect-ca", "-i", "pki-tomcat", "--new-master", "primary.example.com:8443"];
        host.run(&arguments).expect(0, &["nothing to do"]);
        host.assert_untouched();
    }
}

/// `--check` says 1 also where the file is as asked and only the service is not.
#[test]
fn a_check_of_the_service_alone() {
    let host = Host::clone(false);
    host.promote(&["--no-start"]).expect(0, &[]);
    let ran = host.promote(&["--check"]);
    assert!(ran.out.contains("as asked (CA master); would start pki-tomcatd@pki-tomcat.service"), "{}", ran.out);
    assert_eq!(ran.code, Some(1));
    assert_eq!(host.promote(&["--check", "--no-start"]).code, Some(0));
    assert_eq!(host.promote(&["--check", "--no-service"]).code, Some(0));
    host.systemctl.set(UNIT, "failed");
    assert_eq!(host.promote(&["--check"]).code, Some(1));
    let dry = host.promote(&["--dry-run"]);
    dry.expect(0, &["steps: start pki-tomcatd@pki-tomcat.service"]);
    assert_eq!(calls(&host), [""; 0]);
    host.promote(&[]).expect(0, &["starting"]);
    assert_eq!(host.promote(&["--check"]).code, Some(0));
}

#[test]
fn a_refusal_costs_no_downtime() {
    let host = Host::clone(true);
    let refused = [
        host.run(&["demote-ocsp", "--to", host.file.to_str().unwrap()]),
        host.run(&["promote-ca", "-i", "pki-tomcat", "--from", host.file.to_str().unwrap()]),
        host.run(&["promote-ca", "-i", "pki-tomcat", "--from", "no-such-file"]),
        host.promote(&["--backup-dir", "no-such-folder"]),
    ];
    for ran in refused {
        ran.expect(3, &["nothing was touched"]);
    }
    host.assert_untouched();
    // A line that pki-server refuses: the service would not come back.
    let text = without_ports(&small("ca-clone")).replace("usrgrp.ldap=", "zz no delimiter\nusrgrp.ldap=");
    let host = Host::with("ca", &text, true);
    host.promote(&[]).expect(3, &["has no `=`", UNIT, "would not start again", "nothing was touched"]);
    host.assert_untouched();
}

#[test]
fn looking_touches_nothing() {
    for more in [&["--dry-run"][..], &["--dry-run", "--output", "json"], &["--check"]] {
        let host = Host::clone(true);
        // What a killed run has left stays, too.
        fs::create_dir(host.file.with_file_name("CS.cfg.pki-role.tmp.0123456789abcdef")).unwrap();
        let ran = host.promote(more);
        assert_eq!(ran.code, Some(i32::from(more == ["--check"])), "{}", ran.error);
        assert_eq!(calls(&host), [""; 0]);
        assert!(host.is_untouched());
        assert_eq!(host.names(), ["CS.cfg", "CS.cfg.pki-role.tmp.0123456789abcdef"]);
    }
}

#[test]
fn no_start_leaves_it_stopped() {
    let host = Host::clone(true);
    host.promote(&["--no-start"]).expect(0, &["stopped, and not started again, as asked"]);
    assert_eq!(calls(&host), [STOP]);
    assert!(!host.is_untouched() && !host.has_note());
}

#[test]
fn no_service_on_a_live_file() {
    let host = Host::clone(true);
    host.promote(&["--no-service"]).expect(3, &["runs", "systemctl stop", "nothing was touched"]);
    host.assert_untouched();
    host.promote(&["--no-service", "--allow-running"]).expect(0, &["[server-may-run]"]);
    let stopped = Host::clone(false);
    stopped.promote(&["--no-service"]).expect(0, &[]);
    for host in [host, stopped] {
        assert!(!host.is_untouched());
        assert_eq!(calls(&host), [""; 0]);
    }
}

/// A container has the program and no systemd behind it.
#[test]
fn no_service_where_systemd_does_not_answer() {
    let host = Host::clone(true);
    host.on("is-active", "echo 'System has not been booted with systemd as init system' >&2; exit 1");
    host.promote(&[]).expect(3, &["has not been booted", "--no-service", "nothing was touched"]);
    host.promote(&["--no-service"]).expect(3, &["has not been booted", "--allow-running"]);
    host.assert_untouched();
    host.promote(&["--no-service", "--allow-running"]).expect(0, &["[server-may-run]"]);
    // Offline it prints nothing at all, with status 0.
    let host = Host::clone(true);
    host.on("is-active", "exit 0");
    host.promote(&["--no-service"]).expect(3, &["gave no state but nothing", "--allow-running"]);
    host.assert_untouched();
}

/// A systemctl that was named and is not there: nothing is known of the unit.
#[test]
fn without_the_systemctl_that_was_named() {
    let host = Host::clone(true);
    let run = |more: &[&str]| {
        let mut command = program();
        command.args(["promote-ca", "-i", "pki-tomcat", "--systemctl", "/no/such/systemctl"]);
        command.arg("--from").arg(&host.master).arg("--root").arg(host.root.path()).args(more);
        Ran::of(&command.output().unwrap())
    };
    run(&[]).expect(3, &["/no/such/systemctl cannot be run", "--systemctl PATH", "nothing was touched"]);
    run(&["--no-service"]).expect(3, &["/no/such/systemctl cannot be run", "--allow-running"]);
    host.assert_untouched();
    run(&["--no-service", "--allow-running"]).expect(0, &[]);
    assert!(!host.is_untouched());
}

#[test]
fn a_plain_file_needs_no_service() {
    let host = Host::clone(true);
    let plain = host.path("plain.cfg");
    fs::copy(&host.file, &plain).unwrap();
    let to = plain.to_str().unwrap();
    host.run(&["promote-ca", "--to", to, "--from", host.master.to_str().unwrap()]).expect(0, &[]);
    assert_eq!(host.systemctl.log(), [""; 0]);
    // Unless one is named.
    host.run(&["demote-ca", "--to", to, "--new-master", "a.b:1", "--service", UNIT]).expect(0, &[]);
    assert_eq!(calls(&host), [STOP, START]);
}

/// What the server wrote while it stopped counts.
#[test]
fn a_line_written_at_stop_survives() {
    let host = Host::clone(true);
    host.on("stop", "echo zz.written=at-stop >>CFG");
    host.promote(&[]).expect(0, &[]);
    assert!(host.bytes().ends_with(b"zz.written=at-stop\n"));
    assert!(fs::read(host.backup()).unwrap().ends_with(b"zz.written=at-stop\n"));
}

/// Somebody else converted it meanwhile: the service was stopped and started, and says so.
#[test]
fn nothing_is_left_to_do_after_the_stop() {
    let done = Host::clone(false);
    done.promote(&["--no-start", "--no-backup"]).expect(0, &[]);
    let host = Host::clone(true);
    host.on("stop", &format!("cat {} >CFG", done.file.display()));
    host.promote(&[]).expect(0, &["already as asked", "service: pki-tomcatd@pki-tomcat.service: started"]);
    assert!(host.is_up());
    assert_eq!(host.bytes(), done.bytes());
    assert_eq!(host.names(), ["CS.cfg"], "a backup of a file that was not replaced");
}

#[test]
fn the_unit_name_is_never_an_option() {
    let host = Host::clone(true);
    let plain = host.path("plain.cfg");
    fs::copy(&host.file, &plain).unwrap();
    let to = plain.to_str().unwrap();
    host.run(&["demote-ca", "--to", to, "--new-master", "a.b:1", "--service=-Hroot@elsewhere"]).expect(2, &[]);
    assert_eq!(host.systemctl.log(), [""; 0]);
}
