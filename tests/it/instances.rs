//! From a name or a path to the file, its unit, and what goes down with it.

use std::fs;
use std::os::unix::fs::symlink;

use crate::fake_systemctl::{Host, UNIT, fixture, without_port, write};

const NUXWDOG: &str = "pki-tomcatd-nuxwdog@pki-tomcat.service";

fn calls(verb: &str, unit: &str) -> String {
    format!("{verb} {unit}")
}

/// A host whose one CS.cfg, a CA clone, is at another place below its root.
fn host_at(place: &str, servicename: Option<&str>) -> Host {
    let mut host = Host::clone(true);
    fs::remove_dir_all(host.root.path().join("etc")).unwrap();
    let file = host.root.path().join(place);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let text = String::from_utf8(host.before.clone()).unwrap();
    let line = "pkicreate.systemd.servicename=pki-tomcatd@pki-tomcat.service\n";
    assert!(text.contains(line));
    let named = servicename.map(|name| format!("pkicreate.systemd.servicename={name}\n")).unwrap_or_default();
    host.before = text.replace(line, &named).into_bytes();
    write(&file, &host.before, 0o660);
    host.file = file;
    host
}

#[test]
fn the_links_of_dogtag_10_are_resolved() {
    let host = Host::clone(true);
    let below = host.root.path().join("var/lib/pki/pki-tomcat");
    fs::create_dir_all(below.join("ca")).unwrap();
    symlink(host.root.path().join("etc/pki/pki-tomcat"), below.join("conf")).unwrap();
    symlink(host.root.path().join("etc/pki/pki-tomcat/ca"), below.join("ca/conf")).unwrap();
    let from = host.master.to_str().unwrap();
    let path = below.join("ca/conf/CS.cfg");
    host.run(&["promote-ca", "--to", path.to_str().unwrap(), "--from", from]).expect(0, &[]);
    let path = below.join("conf/ca/CS.cfg");
    host.run(&["demote-ca", "--to", path.to_str().unwrap(), "--new-master", "a.b:1"]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [["stop", "start", "stop", "start"].map(|verb| calls(verb, UNIT))].concat());
    // The links are links still, and the file is where it was.
    assert!(path.parent().unwrap().parent().unwrap().is_symlink());
    assert!(fs::symlink_metadata(&host.file).unwrap().is_file() && !host.is_untouched());
}

#[test]
fn a_link_to_the_file_itself_stays_a_link() {
    let host = Host::clone(true);
    let link = host.root.path().join("my-ca.cfg");
    symlink(&host.file, &link).unwrap();
    host.run(&["promote-ca", "--to", link.to_str().unwrap(), "--from", host.master.to_str().unwrap()]).expect(0, &[]);
    assert!(link.is_symlink() && !host.is_untouched());
    assert_eq!(host.systemctl.changes(), [calls("stop", UNIT), calls("start", UNIT)]);
}

#[test]
fn a_configuration_below_var_lib() {
    for place in ["var/lib/pki/pki-tomcat/conf/ca/CS.cfg", "var/lib/pki/pki-tomcat/ca/conf/CS.cfg"] {
        let host = host_at(place, None);
        host.promote(&[]).expect(0, &[]);
        assert_eq!(host.systemctl.changes(), [calls("stop", UNIT), calls("start", UNIT)]);
        assert!(!host.is_untouched());
    }
}

/// Dogtag 9 kept it elsewhere, and the file alone knows its unit.
#[test]
fn dogtag_9() {
    for place in ["etc/pki-ca/CS.cfg", "var/lib/pki-ca/conf/CS.cfg"] {
        let arguments = |host: &Host| {
            let from = host.master.display().to_string();
            ["promote-ca", "--instance", "pki-ca", "--from", &from].map(str::to_owned)
        };
        let host = host_at(place, Some("pki-cad@pki-ca.service"));
        host.systemctl.set("pki-cad@pki-ca.service", "active");
        let run = |host: &Host, more: &[&str]| {
            let arguments = arguments(host);
            host.run(&arguments.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>())
        };
        run(&host, &[]).expect(0, &[]);
        let [stop, start] = ["stop", "start"].map(|verb| calls(verb, "pki-cad@pki-ca.service"));
        assert_eq!(host.systemctl.changes(), [stop, start]);

        let host = host_at(place, None);
        run(&host, &[]).expect(3, &["does not say which unit", "--service UNIT", "nothing was touched"]);
        assert!(host.is_untouched());
        run(&host, &["--service", "pki-cad.service"]).expect(0, &[]);
        assert_eq!(host.systemctl.changes(), [calls("start", "pki-cad.service")]);
    }
}

/// What the server's account wrote into its file must not become root's option or another unit.
#[test]
fn the_file_cannot_name_just_anything() {
    for name in ["-Hroot@elsewhere", "sshd.service", "--root=/tmp", "pki-tomcatd@x.service sshd.service"] {
        let host = host_at("etc/pki-ca/CS.cfg", Some(name));
        let ran = host.run(&["demote-ca", "--instance", "pki-ca", "--new-master", "a.b:1"]);
        ran.expect(3, &["--service UNIT", "nothing was touched"]);
        assert_eq!(host.systemctl.log(), [""; 0], "{name}");
    }
}

#[test]
fn the_unit_that_asks_for_passwords() {
    // It runs.
    let host = Host::clone(false);
    host.systemctl.set(NUXWDOG, "active");
    let ran = host.promote(&[]);
    ran.expect(0, &["the file names another unit", UNIT]);
    assert_eq!(host.systemctl.changes(), [calls("stop", NUXWDOG), calls("start", NUXWDOG)]);
    // It does not run, but would at boot.
    let host = Host::clone(false);
    host.systemctl.enable(NUXWDOG);
    host.promote(&[]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [calls("start", NUXWDOG)]);
    // Both would: the usual one.
    let host = Host::clone(false);
    host.systemctl.enable(NUXWDOG);
    host.systemctl.enable(UNIT);
    host.promote(&[]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [calls("start", UNIT)]);
}

#[test]
fn a_file_that_names_another_unit_is_told() {
    let host = host_at("etc/pki/pki-tomcat/ca/CS.cfg", Some("pki-tomcatd@other.service"));
    host.promote(&[])
        .expect(0, &["note: the file names another unit (pkicreate.systemd.servicename=pki-tomcatd@other"]);
    assert_eq!(host.systemctl.changes(), [calls("stop", UNIT), calls("start", UNIT)]);
    let host = host_at("etc/pki/pki-tomcat/ca/CS.cfg", Some("pki-tomcatd@pki-tomcat"));
    assert!(!host.promote(&[]).expect(0, &[]).error.contains("note: the file names"));
}

#[test]
fn what_goes_down_with_it_is_told() {
    let host = Host::clone(true);
    for other in ["kra", "ocsp"] {
        let folder = host.root.path().join("etc/pki/pki-tomcat").join(other);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("CS.cfg"), "x=y\n").unwrap();
    }
    let words = "the instance's other subsystems go down with it: ";
    for more in [&["--dry-run"][..], &[]] {
        let ran = host.promote(more);
        ran.expect(0, &[words]);
        let named = ran.error.split(words).nth(1).unwrap().lines().next().unwrap();
        assert!(named == "KRA, OCSP" || named == "OCSP, KRA", "{named}");
    }
    let alone = Host::clone(true);
    assert!(!alone.promote(&[]).expect(0, &[]).error.contains(words));
}

#[test]
fn each_subsystem_has_its_file() {
    let host = Host::clone(true);
    let folder = host.root.path().join("etc/pki/pki-tomcat/ocsp");
    fs::create_dir_all(&folder).unwrap();
    let ocsp = without_port(&fixture("ocsp-clone.CS.cfg"));
    write(&folder.join("CS.cfg"), &ocsp, 0o660);
    host.run(&["promote-ocsp", "--instance", "pki-tomcat"]).expect(0, &["OCSP clone -> master"]);
    assert!(host.is_untouched());
    assert_ne!(fs::read(folder.join("CS.cfg")).unwrap(), ocsp);
    let backup = folder.join(crate::fake_systemctl::names(&folder).pop().unwrap());
    let from = backup.to_str().unwrap();
    host.run(&["restore", "--instance", "pki-tomcat", "--from", from]).expect(3, &["--subsystem"]);
    host.run(&["restore", "--instance", "pki-tomcat", "--subsystem", "ca", "--from", from]).expect(3, &["OCSP"]);
    host.run(&["restore", "--instance", "pki-tomcat", "--subsystem", "ocsp", "--from", from]).expect(0, &[]);
    assert_eq!(fs::read(folder.join("CS.cfg")).unwrap(), ocsp);
}

#[test]
fn names_that_lead_elsewhere_are_none() {
    let host = Host::clone(true);
    for name in ["../x", "", ".", "..", "a/b", "/etc", "a b", "-x", "pki-tomcat\n", "pki@tomcat"] {
        let instance = format!("--instance={name}");
        let ran = host.run(&["demote-ca", &instance, "--new-master", "a.b:1"]);
        ran.expect(3, &["is no instance's name", "nothing was touched"]);
    }
    assert_eq!(host.systemctl.log(), [""; 0]);
}

#[test]
fn an_unknown_instance_lists_where_was_looked() {
    let host = Host::clone(true);
    let ran = host.run(&["demote-ca", "--instance", "other", "--new-master", "a.b:1"]);
    ran.expect(3, &["instance other has no CA here", "/etc/pki/other/ca/CS.cfg", "/var/lib/pki/other/ca/conf/CS.cfg"]);
    ran.expect(3, &["/etc/other/CS.cfg", "/var/lib/other/conf/CS.cfg", "name the file with --to"]);
}

/// An instance whose folder is a link to another disk is that instance still.
#[test]
fn an_instance_that_lies_elsewhere() {
    let host = Host::clone(true);
    let (etc, elsewhere) = (host.root.path().join("etc/pki/pki-tomcat"), host.root.path().join("srv-pki"));
    fs::rename(&etc, &elsewhere).unwrap();
    symlink(&elsewhere, &etc).unwrap();
    host.promote(&[]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [calls("stop", UNIT), calls("start", UNIT)]);
    let host = host_at("srv-pki/ca/CS.cfg", Some("pki-tomcatd@other.service"));
    fs::create_dir_all(host.root.path().join("etc/pki")).unwrap();
    symlink(host.root.path().join("srv-pki"), host.root.path().join("etc/pki/pki-tomcat")).unwrap();
    host.promote(&[]).expect(0, &["the file names another unit"]);
    assert_eq!(host.systemctl.changes(), [calls("stop", UNIT), calls("start", UNIT)]);
}

#[test]
fn a_path_into_an_instance_that_lies_elsewhere() {
    let host = Host::clone(true);
    let (etc, elsewhere) = (host.root.path().join("etc/pki/pki-tomcat"), host.root.path().join("srv-pki"));
    fs::rename(&etc, &elsewhere).unwrap();
    symlink(&elsewhere, &etc).unwrap();
    host.run(&["demote-ca", "--to", host.file.to_str().unwrap(), "--new-master", "a.b:1"]).expect(0, &[]);
    assert!(!host.is_untouched());
    assert_eq!(host.systemctl.changes(), [calls("stop", UNIT), calls("start", UNIT)]);
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
    let arguments =
        ["demote-ca", "--instance", "pki-tomcat", "--new-master", "a.b:1", "--service", "pki-tomcatd@tomact.service"];
    host.run(&arguments)
        .expect(3, &["belongs to pki-tomcatd@pki-tomcat.service, which is active", "nothing was touched"]);
    assert!(host.is_untouched());
    assert_eq!(host.systemctl.changes(), [""; 0]);
}
