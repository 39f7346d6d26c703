//! Hand-made files where a server is at stake: what a plain file gets with a warning is refused there.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::test::{Test, codes, fixture};

const NO_CLASS: &str = "issuing-point-without-class";

/// The server's own file, below the root that is the test's folder.
const LIVE: &str = "etc/pki/pki-tomcat/ca/CS.cfg";

fn hand_made(name: &str) -> Vec<u8> {
    fixture(&format!("six-lines/{name}"))
}

/// Refused before the service is asked about: there is no such `systemctl`.
#[test]
fn a_server_gets_no_issuing_point_without_a_class() {
    let whole = fixture("ca-clone");
    for from in ["master", "demoted-master", "master-crlf"].map(hand_made) {
        let server = Test::new().file(LIVE, &whole).file("plain.cfg", &whole).file("from.cfg", &from);
        symlink(server.path(LIVE), server.path("link.cfg")).unwrap();
        for target in [
            "--instance pki-tomcat",
            &format!("--to {LIVE}"),
            &format!("--to {LIVE} --no-service"),
            "--to link.cfg",
            "--to plain.cfg --service pki-tomcatd@pki-tomcat.service",
        ] {
            for more in ["", "--dry-run", "--check"] {
                let args = format!("promote-ca --from from.cfg --root . --systemctl ./none {target} {more}");
                assert_eq!(server.refused(&args), NO_CLASS, "{args}");
            }
        }
        // The same in an image that is not running.
        let args = "promote-ca --from from.cfg --root . --instance pki-tomcat";
        assert_eq!(server.refused(args), NO_CLASS);
        // A copy beside it is a plain file.
        let copy = "etc/pki/pki-tomcat/ca/copy.cfg";
        fs::copy(server.path(LIVE), server.path(copy)).unwrap();
        let done = server.json(&format!("promote-ca --from from.cfg --root . --to {copy}"), 0);
        assert!(codes(&done["warnings"]).contains(&NO_CLASS.to_owned()), "{done}");
        server.assert_holds(LIVE, &whole, "the server's own file");
    }
}

/// Its own file may be a hand-made one, as long as what it gets has its class.
#[test]
fn a_server_with_a_hand_made_file() {
    let server = Test::new().file(LIVE, hand_made("clone")).file("from.cfg", fixture("ca-master"));
    let done = server.json("promote-ca --from from.cfg --root . --instance pki-tomcat", 0);
    assert!(!codes(&done["warnings"]).contains(&NO_CLASS.to_owned()), "{done}");
    // Whatever is converted, the server would not start with its own issuing point.
    let server = Test::new().file(LIVE, hand_made("master"));
    let demote = "demote-ca --new-master secondary.example.com:8443 --root . --instance pki-tomcat";
    assert_eq!(server.refused(demote), NO_CLASS);
    server.json(&format!("{demote} --accept {NO_CLASS}"), 0);
    server.assert_holds(LIVE, &fixture("expected/six-lines/master.demoted"), demote);
}

/// A server's own file is never emptied, nor filled from nothing.
#[test]
fn a_server_keeps_its_last_line() {
    let live = "etc/pki/pki-tomcat/ocsp/CS.cfg";
    for line in ["ocsp-guide-clone", "ocsp-dogtag-clone"].map(hand_made) {
        let server = Test::new().file(live, &line).file("backup.cfg", &line);
        server.refused("promote-ocsp --root . --instance pki-tomcat");
        let server = server.file(live, "");
        server.refused("restore --root . --instance pki-tomcat --subsystem ocsp --from backup.cfg");
    }
}

/// An empty file is a CS.cfg only where the backup shows that there was nothing else.
#[test]
fn an_empty_file_is_not_filled_from_a_whole_backup() {
    for backup in [fixture("ocsp-clone"), fixture("ca-clone")] {
        let test = Test::new().file("CS.cfg", b"").file("backup.cfg", &backup);
        test.refused("restore --to CS.cfg --from backup.cfg");
    }
}
