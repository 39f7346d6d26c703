//! From a name or a path to a CS.cfg, its instance, its unit, and what goes down with it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use pki_role::host::instance::Instance;
use pki_role::host::roots::{NotFoundError, NotFoundErrorCode};
use pki_role::host::server_xml::{Connectors, ServerXmlError};
use pki_role::host::services::Services;
use pki_role::host::small_file::SmallFileError;
use pki_role::host::systemctl::Systemctl;
use pki_role::pki::Subsystem;
use strum::IntoEnumIterator;

use crate::support::account::{GROUP, OWNER, as_account};
use crate::support::fake_systemctl::{FakeSystemctl, NUXWDOG, UNIT};
use crate::support::needs;
use crate::support::tree::Tree;

#[test]
fn each_place_is_found() {
    for place in [
        "etc/pki/pki-tomcat/ca/CS.cfg",
        "var/lib/pki/pki-tomcat/conf/ca/CS.cfg",
        "var/lib/pki/pki-tomcat/ca/conf/CS.cfg",
        "etc/pki-tomcat/CS.cfg",
        "var/lib/pki-tomcat/conf/CS.cfg",
    ] {
        let tree = Tree::with(&[place]);
        assert_eq!(tree.roots().find("pki-tomcat", Subsystem::Ca), Ok(tree.path(place)));
        assert_eq!(tree.roots().all_of("pki-tomcat"), Ok(vec![tree.path(place)]));
    }
}

#[test]
fn what_is_not_there_is_named_with_the_places() {
    let tree = Tree::installed("pki-tomcat", &["ca"]);
    let error = tree.roots().find("other", Subsystem::Ca).unwrap_err();
    assert_eq!(error.code(), "no-instance");
    for place in ["etc/pki/other/ca/CS.cfg", "var/lib/pki/other/conf/ca/CS.cfg", "etc/other/CS.cfg"] {
        assert!(error.to_string().contains(&tree.path(place).display().to_string()), "{error}");
    }
    assert_eq!(tree.roots().all_of("other").unwrap_err().code(), "no-instance");
    for subsystem in [Subsystem::Kra, Subsystem::Acme] {
        assert_eq!(tree.roots().find("pki-tomcat", subsystem).unwrap_err().code(), "no-subsystem");
    }
}

#[test]
fn names_that_lead_elsewhere_are_none() {
    let tree = Tree::installed("pki-tomcat", &["ca"]);
    for name in
        ["../x", "", ".", "..", ".x", "a/b", "/etc", "a b", "-x", "pki-tomcat\n", "pki@tomcat", "ä", "a\u{1b}[m"]
    {
        for error in [tree.roots().find(name, Subsystem::Ca).unwrap_err(), tree.roots().all_of(name).unwrap_err()] {
            assert_eq!(error, NotFoundError::InvalidInstanceName { name: name.to_owned() });
        }
    }
}

#[test]
fn what_is_no_file_is_not_reported_as_missing() {
    let tree = Tree::installed("pki-tomcat", &["ca"]);
    let path = tree.path("etc/pki/pki-tomcat/kra/CS.cfg");
    fs::create_dir_all(&path).unwrap();
    let error = NotFoundError::NotAFile { path: path.clone() };
    assert_eq!(tree.roots().find("pki-tomcat", Subsystem::Kra), Err(error));
    fs::remove_dir(&path).unwrap();
    symlink("nowhere", &path).unwrap();
    assert_eq!(tree.roots().find("pki-tomcat", Subsystem::Kra).unwrap_err().code(), "not-a-file");
    // It is listed, so that whoever reads it reports it.
    let all = vec![tree.path("etc/pki/pki-tomcat/ca/CS.cfg"), path];
    assert_eq!(tree.roots().all_of("pki-tomcat"), Ok(all.clone()));
    assert_eq!(tree.roots().all().files, all);
}

#[test]
fn every_file_once_from_both_places() {
    let tree = Tree::installed("pki-b", &["ca", "kra", "est"]);
    // As in a container: Dogtag 11 looks below /var/lib/pki.
    tree.file("conf/ca/CS.cfg");
    tree.link("var/lib/pki/pki-a/conf", "conf");
    for other in ["etc/pki/ca-trust/source/README", "etc/pki/pki-b/ca/CS.cfg.bak", "etc/pki/file"] {
        tree.file(other);
    }
    tree.file("etc/pki/forged\nname/ca/CS.cfg");
    let expected = [
        "var/lib/pki/pki-a/conf/ca/CS.cfg",
        "etc/pki/pki-b/ca/CS.cfg",
        "etc/pki/pki-b/kra/CS.cfg",
        "etc/pki/pki-b/est/CS.cfg",
    ];
    let all = tree.roots().all();
    assert_eq!(all.files, expected.map(|path| tree.path(path)));
    assert_eq!(all.denied, [""; 0].map(PathBuf::from));
}

/// The folders are 0770: other accounts must not conclude that there is no instance.
#[test]
fn missing_rights_are_not_a_missing_instance() {
    if !needs::root() {
        return;
    }
    let tree = Tree::installed("pki-tomcat", &["ca"]);
    let roots = tree.roots();
    let close = |path: &str| fs::set_permissions(tree.path(path), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(tree.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    for closed in ["etc/pki/pki-tomcat", "etc/pki"] {
        close(closed);
        as_account(OWNER, GROUP, || {
            assert_eq!(roots.find("pki-tomcat", Subsystem::Ca).unwrap_err().code(), "permission-denied");
            assert_eq!(roots.all_of("pki-tomcat").unwrap_err().code(), "permission-denied");
            let all = roots.all();
            assert_eq!((all.files.len(), all.denied.len()), (1, usize::from(closed == "etc/pki")));
            let instance = roots.instance("pki-tomcat").unwrap();
            let ServerXmlError::ServerXmlUnreadable { source, .. } =
                Connectors::read(&instance.server_xml()).unwrap_err()
            else {
                panic!()
            };
            assert!(matches!(source, SmallFileError::PermissionDenied), "{source}");
        });
    }
}

/// One that is closed is not left out beside one that is not: there may be a second master in it.
#[test]
fn a_closed_instance_beside_an_open_one() {
    if !needs::root() {
        return;
    }
    let tree = Tree::installed("open", &["ca"]);
    for sub in ["ca", "ocsp"] {
        tree.file(&format!("etc/pki/closed/{sub}/CS.cfg"));
        tree.file(&format!("etc/pki/half/{sub}/CS.cfg"));
    }
    let roots = tree.roots();
    fs::set_permissions(tree.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    for closed in ["etc/pki/closed", "etc/pki/half/ocsp"] {
        fs::set_permissions(tree.path(closed), fs::Permissions::from_mode(0o700)).unwrap();
    }
    let [closed, half, hidden, open] =
        ["closed/ca", "half/ca", "half/ocsp", "open/ca"].map(|sub| tree.path(&format!("etc/pki/{sub}/CS.cfg")));
    as_account(OWNER, GROUP, || {
        assert_eq!(roots.all_of("half"), Ok(vec![half.clone(), hidden.clone()]));
        assert_eq!(roots.all().files, [half, open, closed, hidden]);
    });
}

#[test]
fn backups() {
    let tree = Tree::installed("a", &["ca"]);
    let folder = tree.path("etc/pki/a/ca");
    let kept =
        ["CS.cfg.pki-role.20240102T030405Z", "CS.cfg.pki-role.20240102T030405Z-2", "CS.cfg.pki-role.20250102T030405Z"];
    let other = [
        "CS.cfg.bak",
        "CS.cfg.pki-role.20240102T030405Z.tmp",
        "CS.cfg.pki-role.trial.tmp",
        "CS.cfg.pki-role.2024\nmend: forged",
        "CS.cfg.pki-role.2024\u{1b}[2J",
        "CS.cfg.pki-role.2024 x",
        "CS.cfg.pki-role.2024\u{202e}x",
        "CS.cfg.pki-role.",
        "xCS.cfg.pki-role.20240102T030405Z",
    ];
    for name in kept.iter().rev().chain(&other) {
        fs::write(folder.join(name), "").unwrap();
    }
    assert_eq!(tree.roots().backups_of(&folder.join("CS.cfg")).unwrap(), kept);
    assert_eq!(tree.roots().backups_of(Path::new("/")).unwrap(), [""; 0]);
    assert!(tree.roots().backups_of(&tree.path("missing/CS.cfg")).is_err());
}

#[test]
fn what_goes_down_with_it() {
    let tree = Tree::installed("pki-tomcat", &["ca", "ocsp", "kra", "tps"]);
    let instance = tree.roots().instance("pki-tomcat").unwrap();
    assert_eq!(instance.others(Subsystem::Ca), [Subsystem::Ocsp, Subsystem::Kra, Subsystem::Tps]);
    fs::create_dir_all(tree.path("etc/pki/pki-tomcat/acme")).unwrap();
    assert_eq!(instance.others(Subsystem::Kra), [Subsystem::Ca, Subsystem::Ocsp, Subsystem::Tps, Subsystem::Acme]);
    let tree = Tree::with(&["conf/ca/CS.cfg", "conf/kra/CS.cfg"]);
    tree.link("var/lib/pki/pki-tomcat/conf", "conf");
    assert_eq!(tree.roots().instance("pki-tomcat").unwrap().others(Subsystem::Ca), [Subsystem::Kra]);
}

#[test]
fn where_the_ports_and_the_log_are() {
    let tree = Tree::installed("pki-tomcat", &["ca"]);
    let instance = tree.roots().instance("pki-tomcat").unwrap();
    let etc = tree.path("etc/pki/pki-tomcat/server.xml");
    assert_eq!(instance.server_xml(), etc);
    assert!(Connectors::read(&instance.server_xml()).is_err());
    fs::write(&etc, "<Server/>").unwrap();
    assert_eq!(instance.server_xml(), etc);
    assert_eq!(instance.debug_log(Subsystem::Ca), tree.path("var/log/pki/pki-tomcat/ca/debug*"));
    let tree = Tree::with(&["conf/ca/CS.cfg", "conf/server.xml"]);
    tree.link("var/lib/pki/pki-tomcat/conf", "conf");
    let instance = tree.roots().instance("pki-tomcat").unwrap();
    assert_eq!(instance.server_xml(), tree.path("var/lib/pki/pki-tomcat/conf/server.xml"));
}

fn serving(tree: &Tree, fake: &FakeSystemctl) -> String {
    let mut systemctl = Systemctl::new(&fake.program(), &|| None);
    systemctl.timeout = Duration::from_secs(60);
    let instance: Instance = tree.roots().instance("pki-tomcat").unwrap();
    instance.serving_unit(&mut systemctl as &mut dyn Services)
}

#[test]
fn which_of_the_two_units_serves_it() {
    let usual = UNIT;
    let asking = NUXWDOG;
    let tree = Tree::installed("pki-tomcat", &["ca"]);
    let settings = tree.file("etc/sysconfig/pki-tomcat");
    // Nothing says anything.
    assert_eq!(serving(&tree, &FakeSystemctl::new()), usual);
    // It runs, or is about to.
    for state in ["active", "activating", "reloading"] {
        let fake = FakeSystemctl::new();
        fake.set(NUXWDOG, state);
        fake.enable(UNIT);
        assert_eq!(serving(&tree, &fake), asking);
        fake.set(UNIT, state);
        assert_eq!(serving(&tree, &fake), usual);
    }
    // It does not run, but would at boot.
    let fake = FakeSystemctl::new();
    fake.set(NUXWDOG, "failed");
    fake.enable(NUXWDOG);
    assert_eq!(serving(&tree, &fake), asking);
    fake.enable(UNIT);
    assert_eq!(serving(&tree, &fake), usual);
    // Neither: the settings.
    for (line, unit) in [
        ("USE_NUXWDOG=\"true\"\n", &asking),
        ("USE_NUXWDOG=true", &asking),
        ("PKI_VERSION=11.3.1\n  USE_NUXWDOG='true'\n", &asking),
        ("USE_NUXWDOG=\"true\"\nUSE_NUXWDOG=\"false\"\n", &usual),
        ("# USE_NUXWDOG=\"true\"\n", &usual),
        ("USE_NUXWDOG=\"\"\n", &usual),
    ] {
        fs::write(&settings, line).unwrap();
        assert_eq!(&serving(&tree, &FakeSystemctl::new()), unit, "{line}");
    }
    // On Debian they lie elsewhere.
    fs::remove_file(&settings).unwrap();
    fs::write(tree.file("etc/default/pki-tomcat"), "USE_NUXWDOG=\"true\"\n").unwrap();
    assert_eq!(serving(&tree, &FakeSystemctl::new()), asking);
    let fake = FakeSystemctl::new();
    fake.enable(UNIT);
    assert_eq!(serving(&tree, &fake), usual);
    // Nobody can be asked: one question is enough to see that.
    fake.on("is-active", "exit 1");
    assert_eq!(serving(&tree, &fake), asking);
    assert_eq!(fake.log().iter().filter(|call| call.starts_with("is-active")).count(), 3);
}

/// Readers of the JSON rely on these names.
#[test]
fn the_stable_names() {
    let codes: Vec<&str> = NotFoundErrorCode::iter().map(Into::into).collect();
    let found = ["invalid-instance-name", "no-instance", "no-subsystem", "permission-denied", "not-a-file"];
    assert_eq!(codes, [&found[..], &["link-leaves-instance", "shared-by-instances"]].concat());
}
