//! From a name or a path to the file, its unit, and what goes down with it.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::fake_systemctl::{NUXWDOG, UNIT};
use crate::support::folder::{names, write};
use crate::support::host::{Host, START, STOP, without_ports};
use crate::support::test::small;

const OLD_UNIT: &str = "pki-cad@pki-ca.service";

fn calls(verb: &str, unit: &str) -> String {
    format!("{verb} {unit}")
}

/// A CA clone whose file names a unit, or none, at another place below the root.
fn host_at(place: &str, unit: Option<&str>) -> Host {
    let text = without_ports(&small("ca-clone"));
    let line = unit.map(|unit| format!("pkicreate.systemd.servicename={unit}\n")).unwrap_or_default();
    Host::with("ca", &text.replace("usrgrp.ldap=", &format!("{line}usrgrp.ldap=")), true).moved(place)
}

#[test]
fn the_links_of_dogtag_10_are_resolved() {
    let host = Host::clone(true);
    let below = host.path("var/lib/pki/pki-tomcat");
    fs::create_dir_all(below.join("ca")).unwrap();
    symlink(host.path("etc/pki/pki-tomcat"), below.join("conf")).unwrap();
    symlink(host.path("etc/pki/pki-tomcat/ca"), below.join("ca/conf")).unwrap();
    let from = host.master.to_str().unwrap();
    let path = below.join("ca/conf/CS.cfg");
    host.run(&["promote-ca", "--to", path.to_str().unwrap(), "--from", from]).expect(0, &[]);
    let path = below.join("conf/ca/CS.cfg");
    host.run(&["demote-ca", "--to", path.to_str().unwrap(), "--new-master", "a.b:1"]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [STOP, START, STOP, START]);
    // The links are links still, and the file is where it was.
    assert!(path.parent().unwrap().parent().unwrap().is_symlink());
    assert!(fs::symlink_metadata(&host.file).unwrap().is_file() && !host.is_untouched());
}

#[test]
fn a_link_to_the_file_itself_stays_a_link() {
    let host = Host::clone(true);
    let link = host.path("my-ca.cfg");
    symlink(&host.file, &link).unwrap();
    host.run(&["promote-ca", "--to", link.to_str().unwrap(), "--from", host.master.to_str().unwrap()]).expect(0, &[]);
    assert!(link.is_symlink() && !host.is_untouched());
    assert_eq!(host.systemctl.changes(), [STOP, START]);
}

#[test]
fn a_configuration_below_var_lib() {
    for place in ["var/lib/pki/pki-tomcat/conf/ca/CS.cfg", "var/lib/pki/pki-tomcat/ca/conf/CS.cfg"] {
        let host = host_at(place, None);
        host.promote(&[]).expect(0, &[]);
        assert_eq!(host.systemctl.changes(), [STOP, START]);
        assert!(!host.is_untouched());
    }
}

/// Containers keep it where they like; a path without any instance's name in it is the live file still.
#[test]
fn container_layouts() {
    for (real, link) in [
        ("conf", "var/lib/pki/pki-tomcat/conf"),
        ("data/etc/pki/pki-tomcat", "etc/pki/pki-tomcat"),
        ("data/var/lib/pki/pki-tomcat", "var/lib/pki/pki-tomcat"),
    ] {
        let file =
            if real.contains("var/lib") { format!("{real}/conf/ca/CS.cfg") } else { format!("{real}/ca/CS.cfg") };
        for by_name in [true, false] {
            let host = Host::clone(true).moved(&file);
            fs::create_dir_all(host.path(link).parent().unwrap()).unwrap();
            symlink(host.path(real), host.path(link)).unwrap();
            let path = host.file.to_str().unwrap();
            let target = if by_name { ["-i", "pki-tomcat"] } else { ["--to", path] };
            let ran = host.run(&[&["demote-ca", "--new-master", "a.b:1"], &target[..]].concat());
            ran.expect(0, &["pki-tomcatd@pki-tomcat.service: started"]);
            assert_eq!(host.systemctl.changes(), [STOP, START], "{file} {by_name}");
            assert!(!host.is_untouched());
            let status = host.run(&["status"]);
            assert!(status.out.contains("clone"), "{status:?}");
        }
    }
}

/// Dogtag 9 kept it elsewhere, and the file alone knows its unit. What is named is live all the same.
#[test]
fn dogtag_9() {
    for place in ["etc/pki-ca/CS.cfg", "var/lib/pki-ca/conf/CS.cfg"] {
        let promote = |host: &Host, more: &[&str]| {
            let from = host.master.to_str().unwrap();
            host.run(&[&["promote-ca", "-i", "pki-ca", "--from", from], more].concat())
        };
        let host = host_at(place, Some(OLD_UNIT));
        host.systemctl.set(OLD_UNIT, "active");
        promote(&host, &[]).expect(0, &[]);
        assert_eq!(host.systemctl.changes(), [calls("stop", OLD_UNIT), calls("start", OLD_UNIT)]);

        let host = host_at(place, None);
        promote(&host, &[]).expect(3, &["nothing says which unit", "--service UNIT", "nothing was touched"]);
        host.assert_untouched();
        promote(&host, &["--service", "pki-cad.service"]).expect(0, &[]);
        assert_eq!(host.systemctl.changes(), [calls("start", "pki-cad.service")]);

        // Only a server's own file is judged so strictly: it lacks its end.
        let mut host = host_at(place, Some(OLD_UNIT));
        let text = String::from_utf8(host.bytes()).unwrap();
        host.before = text.split_inclusive('\n').filter(|line| !line.starts_with("usrgrp.")).collect::<String>().into();
        write(&host.file, &host.before, 0o660);
        promote(&host, &[]).expect(3, &["is incomplete", "nothing was touched"]);
        host.assert_untouched();
    }
}

/// Its account makes the file a link to another instance's, or to anything else.
#[test]
fn a_link_out_of_a_dogtag_9_instance() {
    for target in ["etc/pki/pki-tomcat/ca/CS.cfg", "victim.cfg"] {
        let host = Host::clone(true);
        write(&host.path("victim.cfg"), &host.before, 0o600);
        fs::create_dir_all(host.path("etc/pki-ca")).unwrap();
        symlink(host.path(target), host.path("etc/pki-ca/CS.cfg")).unwrap();
        let ran = host.run(&["demote-ca", "-i", "pki-ca", "--new-master", "a.b:1", "--service", UNIT]);
        ran.expect(3, &["outside of the instance", "nothing was touched"]);
        host.assert_untouched();
        assert_eq!(fs::read(host.path("victim.cfg")).unwrap(), host.before);
    }
}

/// The owner of instance a's folder makes its CS.cfg a link to that of instance b.
#[test]
fn a_link_to_another_instances_file() {
    for is_folder in [true, false] {
        let host = Host::clone(true);
        let own = host.path("etc/pki/a/ca");
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        match is_folder {
            true => symlink(host.file.parent().unwrap(), &own).unwrap(),
            false => {
                fs::create_dir(&own).unwrap();
                symlink(&host.file, own.join("CS.cfg")).unwrap();
            }
        }
        let path = own.join("CS.cfg");
        for target in [["-i", "a"], ["--to", path.to_str().unwrap()]] {
            let ran = host.run(&[&["demote-ca", "--new-master", "a.b:1"], &target[..]].concat());
            ran.expect(3, &["outside of the instance", "nothing was touched"]);
            let report = host.run(&[&["status"], &[path.to_str().unwrap()][..]].concat());
            assert_eq!(report.code, Some(3), "{report:?}");
        }
        host.assert_untouched();
    }
}

/// What the server's account wrote into its file must not become root's option or another unit.
#[test]
fn the_file_cannot_name_just_anything() {
    for name in ["-Hroot@elsewhere", "sshd.service", "--root=/tmp", "pki-tomcatd@x.service sshd.service"] {
        let host = host_at("etc/pki-ca/CS.cfg", Some(name));
        let ran = host.run(&["demote-ca", "-i", "pki-ca", "--new-master", "a.b:1"]);
        ran.expect(3, &["--service UNIT", "nothing was touched"]);
        assert_eq!(host.systemctl.log(), [""; 0], "{name}");
    }
}

/// It asks at a terminal, and there is none: refused before the stop, unless it is not to be started.
#[test]
fn the_unit_that_asks_for_passwords() {
    // It runs, or it would at boot.
    for runs in [true, false] {
        let host = Host::clone(false);
        if runs {
            host.systemctl.set(NUXWDOG, "active")
        } else {
            host.systemctl.enable(NUXWDOG)
        };
        let without_terminal = |more: &[&str]| {
            let plain = host.command(&host.promotion(more));
            let mut command = std::process::Command::new("setsid");
            command.arg("-w").arg(plain.get_program()).args(plain.get_args()).stdin(std::process::Stdio::null());
            crate::support::test::Ran::of(&command.output().unwrap())
        };
        without_terminal(&[]).expect(3, &["asks for passwords", "--no-start", "nothing was touched"]);
        host.assert_untouched();
        without_terminal(&["--no-start"]).expect(0, &[]);
        assert!(!host.is_untouched());
        let wanted = if runs { vec![calls("stop", NUXWDOG)] } else { Vec::new() };
        assert_eq!(host.systemctl.changes(), wanted);
    }
    // Both would run at boot: the usual one.
    let host = Host::clone(false);
    host.systemctl.enable(NUXWDOG);
    host.systemctl.enable(UNIT);
    host.promote(&[]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [START]);
}

#[test]
fn what_goes_down_with_it_is_named() {
    let host = Host::clone(true);
    for other in ["kra", "ocsp"] {
        let folder = host.path(&format!("etc/pki/pki-tomcat/{other}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("CS.cfg"), "x=y\n").unwrap();
    }
    let phrase = "the same service runs other subsystems, which are down with it: ";
    for more in [&["--dry-run"][..], &[]] {
        let ran = host.promote(more);
        ran.expect(0, &[phrase]);
        let named = ran.error.split(phrase).nth(1).unwrap().lines().next().unwrap();
        assert!(named == "KRA, OCSP" || named == "OCSP, KRA", "{named}");
    }
    let alone = Host::clone(true);
    assert!(!alone.promote(&[]).expect(0, &[]).error.contains(phrase));
}

#[test]
fn each_subsystem_has_its_file() {
    let host = Host::clone(true);
    let folder = host.path("etc/pki/pki-tomcat/ocsp");
    fs::create_dir_all(&folder).unwrap();
    let ocsp = without_ports(&small("ocsp-clone"));
    write(&folder.join("CS.cfg"), ocsp.as_bytes(), 0o660);
    host.run(&["promote-ocsp", "-i", "pki-tomcat"]).expect(0, &["OCSP clone -> master"]);
    assert!(host.is_untouched());
    assert_ne!(fs::read(folder.join("CS.cfg")).unwrap(), ocsp.as_bytes());
    let backup = folder.join(names(&folder).pop().unwrap());
    let restore = ["restore", "-i", "pki-tomcat", "--from", backup.to_str().unwrap()];
    host.run(&restore).expect(3, &["--subsystem ca", "--subsystem ocsp"]);
    host.run(&[&restore[..], &["--subsystem", "ca"]].concat()).expect(3, &["OCSP"]);
    host.run(&[&restore[..], &["--subsystem", "ocsp"]].concat()).expect(0, &[]);
    assert_eq!(fs::read(folder.join("CS.cfg")).unwrap(), ocsp.as_bytes());
}

#[test]
fn names_that_lead_elsewhere_are_none() {
    let host = Host::clone(true);
    for name in ["../x", "", ".", "..", "a/b", "/etc", "a b", "-x", "pki-tomcat\n", "pki@tomcat"] {
        let ran = host.run(&["demote-ca", &format!("--instance={name}"), "--new-master", "a.b:1"]);
        ran.expect(3, &["is not the name of an instance", "nothing was touched"]);
    }
    assert_eq!(host.systemctl.log(), [""; 0]);
}

#[test]
fn an_unknown_instance_lists_where_was_looked() {
    let host = Host::clone(true);
    let ran = host.run(&["demote-ca", "-i", "other", "--new-master", "a.b:1"]);
    ran.expect(3, &["no instance other here", "/etc/pki/other/ca/CS.cfg", "/var/lib/pki/other/ca/conf/CS.cfg"]);
    ran.expect(3, &["/etc/other/CS.cfg", "/var/lib/other/conf/CS.cfg"]);
}

/// A copy beside the file that the server reads is a plain file: nothing is stopped for it.
#[test]
fn a_copy_inside_an_instance_is_not_the_servers_file() {
    let host = Host::clone(true);
    let copy = host.file.with_file_name("CS.cfg.copy");
    fs::copy(&host.file, &copy).unwrap();
    host.run(&["demote-ca", "--to", copy.to_str().unwrap(), "--new-master", "a.b:1"]).expect(0, &[]);
    assert_eq!(host.systemctl.log(), [""; 0]);
    assert!(host.is_untouched());
}

/// systemd calls any name inactive: the unit that serves the file is asked all the same.
#[test]
fn a_mistyped_unit_beside_the_running_one_is_refused() {
    let host = Host::clone(true);
    let named = "pki-tomcatd@tomact.service";
    let arguments = ["demote-ca", "-i", "pki-tomcat", "--new-master", "a.b:1", "--service", named];
    host.run(&arguments).expect(3, &["belongs to pki-tomcatd@pki-tomcat.service, which runs", "nothing was touched"]);
    host.assert_untouched();
    // And one that systemd does not know at all, before any edit.
    let host = Host::clone(false);
    host.systemctl.set_load(named, "not-found");
    host.run(&arguments).expect(3, &["systemd has no unit pki-tomcatd@tomact.service", "nothing was touched"]);
    host.assert_untouched();
}

/// A masked unit cannot be started: a demotion of what is down edits only, all else is refused.
#[test]
fn a_masked_unit() {
    for (load, phrase) in [("masked", "is masked"), ("bad-setting", "has a mistake")] {
        let host = Host::clone(false);
        host.systemctl.set_load(UNIT, load);
        host.promote(&[]).expect(3, &[phrase, "nothing was touched"]);
        host.assert_untouched();
        host.promote(&["--no-start"]).expect(0, &[]);
        let host = Host::master(false);
        host.systemctl.set_load(UNIT, load);
        host.demote(&[]).expect(0, &["did not run, and was not started"]);
        assert_eq!(host.systemctl.changes(), [""; 0]);
        assert!(!host.is_untouched());
        // It runs, and would not start again.
        let host = Host::master(true);
        host.systemctl.set_load(UNIT, load);
        host.demote(&[]).expect(3, &[phrase, "nothing was touched"]);
        host.assert_untouched();
    }
}
