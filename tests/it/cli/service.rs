//! What a service refuses before anything is touched, stopped or started.

use std::process::Command;

use crate::support::fake_systemctl::{FakeSystemctl, NUXWDOG, UNIT};
use crate::support::needs;
use crate::support::test::{Ran, Test, small};

const LIVE: &str = "etc/pki/pki-tomcat/ca/CS.cfg";
const DEMOTE: &str = "demote-ca -i pki-tomcat --new-master ca9.example.com:8443";

/// A host with a CA clone whose ports nobody knows, and a systemctl that serves it.
fn host() -> (Test, FakeSystemctl) {
    let file: String =
        small("ca-clone").lines().filter(|line| !line.contains("Port=")).map(|line| format!("{line}\n")).collect();
    (Test::new().file(LIVE, file).file("from", small("ca-master")), FakeSystemctl::new())
}

/// The command is refused with this code, and the phrases are in its message.
#[track_caller]
fn refused(test: &Test, systemctl: &FakeSystemctl, args: &str, code: &str, phrases: &[&str]) {
    let args = format!("{args} --root . --systemctl {}", systemctl.program().display());
    for mode in ["", "--dry-run", "--check"] {
        assert_eq!(test.refused(&format!("{args} {mode}")), code, "{args} {mode}");
    }
    test.ran(&args).expect(3, phrases);
    assert_eq!(systemctl.changes(), [""; 0], "{args}");
}

#[test]
fn a_unit_that_cannot_be_started() {
    let promote = "promote-ca -i pki-tomcat --from from";
    for (load, code, phrase) in [
        ("not-found", "unit-not-found", "systemd has no unit pki-tomcatd@pki-tomcat.service"),
        ("masked", "unit-masked", "systemctl unmask pki-tomcatd@pki-tomcat.service"),
        ("bad-setting", "unit-broken", "systemctl status pki-tomcatd@pki-tomcat.service"),
    ] {
        let (test, systemctl) = host();
        systemctl.set_load(UNIT, load);
        refused(&test, &systemctl, promote, code, &[phrase]);
    }
    // A demotion does not start one that is down.
    let (test, systemctl) = host();
    systemctl.set_load(UNIT, "masked");
    test.json(&format!("{DEMOTE} --root . --systemctl {}", systemctl.program().display()), 0);
}

#[test]
fn a_server_that_runs() {
    let (test, systemctl) = host();
    systemctl.set(UNIT, "active");
    let args = format!("{DEMOTE} --no-service");
    let stop = "systemctl stop pki-tomcatd@pki-tomcat.service\n    pki-role demote-ca";
    refused(&test, &systemctl, &args, "running", &["leave --no-service out", stop]);
    let args = format!("{args} --allow-running --root . --systemctl {}", systemctl.program().display());
    test.ran(&args).expect(0, &["[server-may-run]"]);
    assert_eq!(systemctl.changes(), [""; 0]);
}

/// The unit that serves the file must not run beside another one that was named.
#[test]
fn another_unit_than_the_files() {
    let (test, systemctl) = host();
    systemctl.set(UNIT, "active");
    let args = format!("{DEMOTE} --service pki-tomcatd@tomact.service");
    refused(&test, &systemctl, &args, "other-service", &[UNIT, "leave --service out"]);
}

#[test]
fn a_unit_below_another_root() {
    let (test, _) = host();
    let args = format!("{DEMOTE} --root . --service {UNIT}");
    assert_eq!(test.refused(&args), "which-systemctl");
    test.ran(&args).expect(3, &["--systemctl PATH"]);
}

/// Dogtag 9 keeps the file elsewhere, and only the file may name the unit: nothing else of root's.
#[test]
fn a_unit_that_nothing_names() {
    for named in
        ["", "pkicreate.systemd.servicename=sshd.service\n", "pkicreate.systemd.servicename=-Hroot@elsewhere\n"]
    {
        let (_, systemctl) = host();
        let test = Test::new().file("etc/pki-ca/CS.cfg", small("ca-clone") + named);
        let args = "demote-ca -i pki-ca --new-master ca9.example.com:8443";
        refused(&test, &systemctl, args, "which-unit", &["--service UNIT", "--no-service"]);
        assert_eq!(systemctl.log(), [""; 0], "{named}");
    }
}

#[test]
fn a_systemctl_that_says_nothing() {
    let (test, systemctl) = host();
    systemctl.on("show", "exit 1");
    systemctl.on("is-active", "exit 1");
    refused(&test, &systemctl, DEMOTE, "service-unknown", &["stop the server yourself, then", "--no-service\n"]);
    let args = format!("{DEMOTE} --no-service");
    refused(
        &test,
        &systemctl,
        &args,
        "service-unknown",
        &["if the server is stopped for certain", "--allow-running\n"],
    );
}

#[test]
fn a_line_with_which_it_would_not_start() {
    let (test, systemctl) = host();
    let file = String::from_utf8(test.read(LIVE)).unwrap().replace("cs.type=CA\n", "cs.type=CA\nbroken\n");
    let test = test.file(LIVE, file);
    systemctl.set(UNIT, "active");
    refused(&test, &systemctl, DEMOTE, "would-not-start", &["has no `=`", "would not start again"]);
    // One that is down, and is not started, is of no concern.
    systemctl.set(UNIT, "inactive");
    test.json(&format!("{DEMOTE} --root . --systemctl {}", systemctl.program().display()), 0);
}

#[test]
fn a_rollback_that_could_not_act() {
    let (test, systemctl) = host();
    systemctl.set(UNIT, "active");
    let args = format!("{DEMOTE} --rollback");
    refused(&test, &systemctl, &args, "rollback-without-answer", &["leave --rollback out"]);
}

/// Without a terminal nobody could be asked for the passwords.
#[test]
fn a_unit_that_asks_for_passwords() {
    if !needs::tool("setsid") {
        return;
    }
    let (test, systemctl) = host();
    systemctl.set(NUXWDOG, "active");
    let args = format!("{DEMOTE} --root . --systemctl {} --output json", systemctl.program().display());
    let mut setsid = Command::new("setsid");
    setsid.arg("--wait").arg(env!("CARGO_BIN_EXE_pki-role")).args(args.split(' ')).current_dir(test.path(""));
    let ran = Ran::of(&setsid.output().unwrap());
    let failure = ran.json();
    assert_eq!((ran.code, &failure["error"]["code"]), (Some(3), &"asks-for-passwords".into()));
    assert!(failure["error"]["commands"][0].as_str().unwrap().ends_with("--no-start"), "{failure}");
    assert_eq!(systemctl.changes(), [""; 0]);
}
