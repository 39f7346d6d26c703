//! `status` of a host: every instance, its unit, its backups; and how files are found by name.

use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::support::fake_systemctl::{FakeSystemctl, UNIT};
use crate::support::test::{Test, codes, fixture, small};

/// A host with two instances: a clone with a KRA, and a master that was changed before.
fn host() -> Test {
    Test::new()
        .file("etc/pki/pki-tomcat/ca/CS.cfg", small("ca-clone"))
        .file("etc/pki/pki-tomcat/kra/CS.cfg", fixture("kra"))
        .file("etc/pki/second/ca/CS.cfg", small("ca-master"))
        .file("etc/pki/second/ca/CS.cfg.pki-role.20260101T000000Z", small("ca-master"))
        .file("etc/pki/second/ca/CS.cfg.bak.20260101000000", small("ca-master"))
}

fn systemctl() -> FakeSystemctl {
    let systemctl = FakeSystemctl::new();
    systemctl.set("pki-tomcatd@second.service", "active");
    systemctl
}

fn files(test: &Test, systemctl: &FakeSystemctl, args: &str) -> Vec<Value> {
    let args = format!("status --root . --systemctl {} {args}", systemctl.program().display());
    test.json(&args, 0)["files"].as_array().unwrap().clone()
}

#[test]
fn every_instance_of_the_host() {
    let (test, systemctl) = (host(), systemctl());
    let files = files(&test, &systemctl, "");
    let shown: Vec<_> = files.iter().map(|file| [&file["instance"], &file["subsystem"], &file["role"]]).collect();
    let wanted =
        [json!(["pki-tomcat", "CA", "clone"]), json!(["pki-tomcat", "KRA", "none"]), json!(["second", "CA", "master"])];
    assert_eq!(json!(shown), json!(wanted));
    assert_eq!(files[0]["service"], json!({"unit": UNIT, "active": "inactive", "enabled": false}));
    let unit = "pki-tomcatd@second.service";
    assert_eq!(files[2]["service"], json!({"unit": unit, "active": "active", "enabled": false}));
    assert_eq!(files[2]["backups"], json!(["CS.cfg.pki-role.20260101T000000Z"]));
    // A service that is down is a problem, and so is one of a master that boot would not start.
    assert_eq!(codes(&files[0]["warnings"]), ["service-down"]);
    assert!(codes(&files[2]["warnings"]).contains(&"service-not-enabled".to_owned()));
    // Nothing is started or stopped.
    assert_eq!(systemctl.changes(), [""; 0]);
}

#[test]
fn one_instance_with_all_its_subsystems() {
    let (test, systemctl) = (host(), systemctl());
    let subsystems: Vec<_> =
        files(&test, &systemctl, "-i pki-tomcat").iter().map(|file| file["subsystem"].clone()).collect();
    assert_eq!(subsystems, ["CA", "KRA"]);
    assert_eq!(files(&test, &systemctl, "-i pki-tomcat --instance second").len(), 3);
    let program = systemctl.program().display().to_string();
    let ran = test.ran(&format!("status --root . --systemctl {program} -i second"));
    let unit = "  service: pki-tomcatd@second.service: active, not enabled\n";
    assert!(ran.out.contains(unit) && ran.out.contains("  backups: CS.cfg.pki-role.20260101T000000Z\n"), "{}", ran.out);
}

/// A run that was killed: what is to be done depends on whether somebody has started the unit since.
#[test]
fn a_run_that_did_not_come_to_its_end() {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let command = "pki-role promote-ca -i second --keep-settings";
    let unit = "pki-tomcatd@second.service";
    let note = json!({
        "unit": unit, "boot_id": boot.trim(), "pid": 4_194_304, "pid_start_time": 1, "command": command, "config": "x",
    });
    let (test, systemctl) = (host().file(format!("run/pki-role/{unit}.json"), note.to_string()), systemctl());
    for (path, mode) in [("run/pki-role", 0o700), (&*format!("run/pki-role/{unit}.json"), 0o600)] {
        std::fs::set_permissions(test.path(path), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }
    let of = |state: &str| {
        systemctl.set(unit, state);
        test.ran(&format!("status --root . --systemctl {} -i second --no-live", systemctl.program().display())).out
    };
    let ended = format!("warning: an earlier run did not come to its end: {command}: it had stopped the service");
    let down = format!(
        "{ended} [interrupted-run]\n    fix: run that command again, or start the service: systemctl start {unit}\n"
    );
    let up = format!(
        "{ended}, which is up again now; the role in the file is master [interrupted-run]\n    fix: if that is not \
         the role that was meant, run that command again; "
    );
    for (state, says) in [("inactive", &down), ("failed", &down), ("active", &up)] {
        let out = of(state);
        assert!(out.contains(says), "{out}");
    }
    assert!(!of("active").contains("systemctl start"));
}

/// Years of backups must not hide what is wrong.
#[test]
fn the_newest_backups() {
    let mut test = host();
    for day in 2..7 {
        let name = format!("etc/pki/second/ca/CS.cfg.pki-role.2026010{day}T000000Z");
        test = test.file(&name, small("ca-master"));
    }
    let name = |day: u32| format!("CS.cfg.pki-role.2026010{day}T000000Z");
    let wanted = format!("  backups: {}, {}, {} (the newest last; 3 older)\n", name(4), name(5), name(6));
    let ran = test.ran("status --root . -i second");
    assert!(ran.out.contains(&wanted), "{}", ran.out);
}

/// Below another root this host's systemd knows nothing of the units.
#[test]
fn below_another_root_nobody_is_asked() {
    let file = host().json("status --root . -i second", 0)["files"][0].take();
    assert_eq!((&file["service"], &file["role"]), (&Value::Null, &json!("master")));
}

#[test]
fn what_cannot_be_found() {
    let test = host();
    let of = |args: &str| test.json(&format!("status --root . {args}"), 3)["error"]["code"].take();
    assert_eq!(of("-i other"), "no-instance");
    assert_eq!(of("-i ../x"), "invalid-instance-name");
    let test = test.file("etc/pki/empty/x", "");
    assert_eq!(test.json("status --root . -i empty", 3)["error"]["code"], "no-subsystem");
    let args = "demote-ca --new-master a:1 --root . -i";
    for (name, code) in [("other", "no-instance"), ("empty", "no-subsystem"), (".x", "invalid-instance-name")] {
        assert_eq!(test.refused(&format!("{args} {name}")), code);
    }
    test.ran(&format!("{args} empty"))
        .expect(3, &["instance empty has no CA here; looked for /", "name the file itself"]);
    let test = Test::new();
    std::fs::create_dir_all(test.path("etc/pki/x/ca/CS.cfg")).unwrap();
    assert_eq!(test.refused(&format!("{args} x")), "not-a-file");
    test.ran("status --root .").expect(3, &["is a directory, not a regular file"]);
    Test::new().ran("status --root .").expect(3, &["no instance on this host", "name a file: pki-role status FILE"]);
}

/// A path into an instance is the instance's file, by whatever links; what leads out of it is refused.
#[test]
fn links() {
    let test = host();
    symlink(test.path("etc/pki/second/ca/CS.cfg"), test.path("my.cfg")).unwrap();
    assert_eq!(test.json("status --root . my.cfg", 0)["files"][0]["instance"], "second");
    std::fs::create_dir_all(test.path("etc/pki/third/ca")).unwrap();
    symlink(test.path("etc/pki/second/ca/CS.cfg"), test.path("etc/pki/third/ca/CS.cfg")).unwrap();
    let args = "demote-ca --new-master a:1 --root . -i third";
    assert_eq!(test.refused(args), "link-leaves-instance");
    test.ran(args).expect(3, &["leads to", "outside of the instance", "look who made the link"]);
    // A second name of the file in another instance, and neither was named.
    let test = host();
    std::fs::create_dir_all(test.path("etc/pki/third/ca")).unwrap();
    std::fs::hard_link(test.path("etc/pki/second/ca/CS.cfg"), test.path("etc/pki/third/ca/CS.cfg")).unwrap();
    std::fs::hard_link(test.path("etc/pki/second/ca/CS.cfg"), test.path("my.cfg")).unwrap();
    let args = "demote-ca --new-master a:1 --root . --to my.cfg";
    assert_eq!(test.refused(args), "shared-by-instances");
    let status = test.json("status --root . -i second", 0);
    assert!(codes(&status["files"][0]["warnings"]).contains(&"hard-linked".to_owned()), "{status}");
}

/// The same file, named in each way that there is.
#[test]
fn each_way_to_name_a_target() {
    for target in
        ["--to etc/pki/second/ca/CS.cfg", "--config etc/pki/second/ca/CS.cfg", "-i second", "--instance second"]
    {
        let test = host();
        let done = test.json(&format!("demote-ca --new-master ca9.example.com:8443 --root . {target}"), 0);
        assert_eq!(done["role_after"], "clone", "{target}");
        assert_eq!(test.json("status --root . -i second", 0)["files"][0]["role"], "clone", "{target}");
    }
}
