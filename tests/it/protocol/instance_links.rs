//! Links into instances and out of them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use pki_role::host::roots::{FileId, Roots};
use pki_role::pki::Subsystem;

use crate::support::tree::Tree;

#[test]
fn a_live_file_by_whatever_links() {
    let tree = Tree::installed("pki-tomcat", &["ca"]);
    let file = tree.path("etc/pki/pki-tomcat/ca/CS.cfg");
    let link = tree.link("my-ca.cfg", "etc/pki/pki-tomcat/ca/CS.cfg");
    let again = tree.link("elsewhere/again.cfg", "my-ca.cfg");
    let folder = tree.link("folder", "etc/pki/pki-tomcat/ca").join("CS.cfg");
    let dots = tree.path("etc/pki/pki-tomcat/ca/../../pki-tomcat/./ca/CS.cfg");
    for path in [
        &file,
        &tree.path("var/lib/pki/pki-tomcat/conf/ca/CS.cfg"),
        &tree.path("var/lib/pki/pki-tomcat/ca/conf/CS.cfg"),
        &link,
        &again,
        &folder,
        &dots,
    ] {
        assert_eq!(tree.live(path).as_deref(), Some("pki-tomcat"), "{}", path.display());
        assert_eq!(tree.containment(path, "pki-tomcat"), Ok(()), "{}", path.display());
    }
    for copy in ["etc/pki/pki-tomcat/ca/CS.cfg.copy", "copy/CS.cfg", "etc/pki/pki-tomcat/alias/CS.cfg"] {
        assert_eq!(tree.live(&tree.file(copy)), None, "{copy}");
    }
}

#[test]
fn containers() {
    // The image of Dogtag.
    let tree = Tree::with(&["conf/ca/CS.cfg"]);
    tree.link("var/lib/pki/pki-tomcat/conf", "conf");
    let found = tree.roots().find("pki-tomcat", Subsystem::Ca).unwrap();
    for path in [&found, &tree.path("conf/ca/CS.cfg")] {
        assert_eq!(tree.live(path).as_deref(), Some("pki-tomcat"));
        assert_eq!(tree.containment(path, "pki-tomcat"), Ok(()));
    }
    // That of FreeIPA.
    let tree = Tree::with(&["data/etc/pki/pki-tomcat/ca/CS.cfg"]);
    tree.link("etc/pki/pki-tomcat", "data/etc/pki/pki-tomcat");
    tree.link("var/lib/pki/pki-tomcat/conf", "etc/pki/pki-tomcat");
    let found = tree.roots().find("pki-tomcat", Subsystem::Ca).unwrap();
    for path in [&found, &tree.path("data/etc/pki/pki-tomcat/ca/CS.cfg")] {
        assert_eq!(tree.live(path).as_deref(), Some("pki-tomcat"));
        assert_eq!(tree.containment(path, "pki-tomcat"), Ok(()));
    }
}

/// The account of instance a's server has made its file, or a folder, a link to that of instance b.
#[test]
fn a_link_into_another_instance_is_refused() {
    for linked in ["etc/pki/a/ca/CS.cfg", "etc/pki/a/ca", "var/lib/pki/a/conf"] {
        let tree = Tree::installed("b", &["ca"]);
        let target = linked.replace("/a", "/b").replace("var/lib/pki/b/conf", "etc/pki/b");
        tree.link(linked, &target);
        let given = tree.roots().find("a", Subsystem::Ca).unwrap();
        assert_eq!(tree.live(&given).as_deref(), Some("a"), "{linked}");
        assert_eq!(tree.containment(&given, "a"), Err("link-leaves-instance"), "{linked}");
        // A link made by root that leads through a's folder is caught too.
        let mine = tree.root.path().join("mine.cfg");
        symlink(&given, &mine).unwrap();
        assert_eq!(tree.live(&mine).as_deref(), Some("a"), "{linked}");
        assert_eq!(tree.containment(&mine, "a"), Err("link-leaves-instance"), "{linked}");
        // b can be converted all the same.
        let file = tree.path("etc/pki/b/ca/CS.cfg");
        for path in [&file, &tree.path("var/lib/pki/b/conf/ca/CS.cfg")] {
            assert_eq!(tree.live(path).as_deref(), Some("b"), "{linked}");
            assert_eq!(tree.containment(path, "b"), Ok(()), "{linked}");
        }
        let mine = tree.link("b.cfg", "etc/pki/b/ca/CS.cfg");
        assert_eq!(tree.live(&mine).as_deref(), Some("b"), "{linked}");
    }
}

/// The folder of instance a is on another disk, which its account cannot change.
#[test]
fn a_link_into_another_instance_from_one_that_lies_elsewhere() {
    let tree = Tree::installed("b", &["ca"]);
    tree.link("etc/pki/a", "srv/a");
    tree.link("srv/a/ca/CS.cfg", "etc/pki/b/ca/CS.cfg");
    let given = tree.roots().find("a", Subsystem::Ca).unwrap();
    assert_eq!(tree.live(&given).as_deref(), Some("a"));
    assert_eq!(tree.containment(&given, "a"), Err("link-leaves-instance"));
    assert_eq!(tree.live(&tree.path("etc/pki/b/ca/CS.cfg")).as_deref(), Some("b"));
}

#[test]
fn a_link_to_anywhere_else_is_refused() {
    let tree = Tree::installed("a", &["kra"]);
    tree.file("root/CS.cfg");
    let given = tree.link("etc/pki/a/ca/CS.cfg", "root/CS.cfg");
    assert_eq!(tree.containment(&given, "a"), Err("link-leaves-instance"));
    // Within the instance it may lead where it likes.
    tree.file("etc/pki/a/moved/CS.cfg");
    let given = tree.link("etc/pki/a/ocsp/CS.cfg", "etc/pki/a/moved/CS.cfg");
    assert_eq!(tree.containment(&given, "a"), Ok(()));
}

/// Two containers' folders in one place: then a name does not say whose file it is.
#[test]
fn a_folder_that_two_instances_claim() {
    let tree = Tree::with(&["conf/ca/CS.cfg"]);
    for name in ["a", "b"] {
        tree.link(&format!("var/lib/pki/{name}/conf"), "conf");
        let given = tree.roots().find(name, Subsystem::Ca).unwrap();
        assert_eq!(tree.live(&given).as_deref(), Some(name));
    }
    for name in ["a", "b"] {
        let given = tree.roots().find(name, Subsystem::Ca).unwrap();
        assert_eq!(tree.containment(&given, name), Err("link-leaves-instance"));
    }
    let file = tree.path("conf/ca/CS.cfg");
    let error = tree.roots().live_instance_of(&file, FileId::of(&file).unwrap()).unwrap_err();
    assert_eq!(error.code(), "shared-by-instances");
    assert!(error.to_string().ends_with("more than one instance: a, b"), "{error}");
}

/// Below another root a link that is absolute leads to this host.
#[test]
fn a_link_out_of_the_root_is_refused() {
    let outside = Tree::installed("pki-tomcat", &["ca"]);
    let tree = Tree::with(&["etc/pki/other/ca/CS.cfg"]);
    let link = tree.path("var/lib/pki/pki-tomcat/conf");
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    symlink(outside.path("etc/pki/pki-tomcat"), &link).unwrap();
    let given = tree.roots().find("pki-tomcat", Subsystem::Ca).unwrap();
    assert_eq!(tree.containment(&given, "pki-tomcat"), Err("link-leaves-instance"));
    assert!(!tree.roots().is_host() && Roots::below(Path::new("/..")).is_host());
}

#[test]
fn links_that_go_round() {
    let tree = Tree::installed("a", &["ca"]);
    tree.link("round", "round");
    tree.link("one", "two");
    tree.link("two", "one");
    for path in ["round", "one", "one/../etc/pki/a/ca/CS.cfg"] {
        let file = FileId { device: 0, inode: 0 };
        assert_eq!(tree.roots().live_instance_of(&tree.path(path), file), Ok(None));
    }
}
