//! What is refused: the words verbatim, exit code 3 (2 for usage), and nothing touched.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

use crate::support::Test;

/// The three parts of a refusal.
fn refusal(what: &str, next: &str) -> String {
    format!("pki-role: {what}\n  state: nothing was touched\n  next:  {next}\n")
}

#[track_caller]
fn refused(test: Test, args: &str, what: &str, next: &str) {
    test.args(args).stderr(&refusal(what, next)).status(3).run_untouched();
}

#[test]
fn kra_and_tks() {
    for (name, subsystem) in [("kra", "KRA"), ("tks", "TKS")] {
        for command in ["demote-ca --new-master a:1", "promote-ocsp", "demote-ocsp"] {
            refused(
                Test::new().fixture(name),
                &format!("{command} --to {name}.CS.cfg"),
                &format!("{subsystem} masters and clones have the same configuration: there is nothing to convert"),
                "nothing has to be done on this subsystem",
            );
        }
    }
}

#[test]
fn no_cs_cfg() {
    for bytes in ["", "# nothing\n\n! at all\n", "\n\r\n \t\n"] {
        refused(
            Test::new().file("CS.cfg", bytes),
            "promote-ocsp --to CS.cfg",
            "the file holds no property: it is not a CS.cfg",
            "name the CS.cfg of the subsystem with --to or --instance",
        );
        refused(
            Test::new().fixture("ca-clone").file("from", bytes),
            "promote-ca --to ca-clone.CS.cfg --from from",
            "the file given by --from holds no property: it is not a CS.cfg",
            "name the CS.cfg of the subsystem with --from",
        );
    }
    refused(
        Test::new().file("passwd", "root:x:0:0\n"),
        "promote-ocsp --to passwd",
        "the file names no subsystem (no cs.type) and holds no key that tells one",
        "if it is the right file, add a line `cs.type=CA` or `cs.type=OCSP`",
    );
}

/// The key that goes may be the only one by which the subsystem is told.
#[test]
fn a_file_that_would_tell_another_subsystem() {
    for (more, service) in [("", "--service pki-tomcatd@x.service"), ("ca.crl.X.class=C\n", "")] {
        refused(
            Test::new().file("CS.cfg", format!("{more}ocsp.store.defStore.refreshInSec=14400\n")),
            &format!("promote-ocsp --to CS.cfg {service}"),
            "the file names no subsystem (no cs.type), and its keys would no longer tell OCSP",
            "add a line `cs.type=OCSP`, then try again",
        );
    }
}

#[test]
fn no_file() {
    refused(
        Test::new(),
        "promote-ocsp --to CS.cfg",
        "CS.cfg cannot be read: No such file or directory (os error 2)",
        "check the path",
    );
    let test = Test::new();
    std::fs::create_dir(test.path("ca")).unwrap();
    refused(test, "promote-ocsp --to ca", "[DIR]/ca is not a regular file", "name the CS.cfg of the subsystem");
    refused(
        Test::new(),
        "promote-ocsp --to /dev/null",
        "/dev/null is not a regular file",
        "name the CS.cfg of the subsystem",
    );
    let test = Test::new().fixture("ca-clone");
    let next = "check the path";
    refused(
        test,
        "promote-ca --to ca-clone.CS.cfg --from old",
        "old cannot be read: No such file or directory (os error 2)",
        next,
    );
}

/// It would take more memory than a server may have to spare.
#[test]
fn a_file_that_no_ca_has() {
    let next = "name the CS.cfg of the subsystem";
    let test = Test::new().file("big", "cs.type=OCSP\n");
    std::fs::OpenOptions::new().write(true).open(test.path("big")).unwrap().set_len((256 << 20) + 1).unwrap();
    refused(test, "promote-ocsp --to big", "[DIR]/big has 268435457 bytes: no CS.cfg is larger than 268435456", next);
    for end in ["\n", "\r"] {
        let test = Test::new().file("long", end.repeat(4_000_001));
        refused(test, "promote-ocsp --to long", "[DIR]/long has 4000001 lines: no CS.cfg has more than 4000000", next);
    }
    let test = Test::new().file("long", format!("cs.type=OCSP\n{}", "\n".repeat(3_999_999)));
    test.args("promote-ocsp --to long --check").stdout("long: nothing to do: already as asked (OCSP master)\n").run();
}

/// As another account than root, since root may read everything.
#[test]
fn an_unreadable_file() {
    let test = Test::new().fixture("ocsp-clone").args("promote-ocsp --to ocsp-clone.CS.cfg");
    let mode = |name: &str, mode| std::fs::set_permissions(test.path(name), PermissionsExt::from_mode(mode)).unwrap();
    mode("", 0o755);
    mode("ocsp-clone.CS.cfg", 0o000);
    let mut command = test.command();
    if std::fs::read(test.path("ocsp-clone.CS.cfg")).is_ok() {
        command.uid(65534).gid(65534);
    }
    let Ok(output) = command.output() else {
        println!("SKIPPED: the program cannot be run as another account");
        return;
    };
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("ocsp-clone.CS.cfg cannot be read: Permission denied (os error 13)\n"), "{words}");
    assert!(
        words.ends_with("  state: nothing was touched\n  next:  run it as root, or as the server's account\n"),
        "{words}"
    );
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn another_subsystem() {
    refused(
        Test::new().fixture("ca-clone"),
        "promote-ocsp --to ca-clone.CS.cfg",
        "the file belongs to subsystem CA, not OCSP",
        "use demote-ca or promote-ca, or name another file",
    );
    refused(
        Test::new().fixture("ocsp-master"),
        "demote-ca --new-master a:1 --to ocsp-master.CS.cfg",
        "the file belongs to subsystem OCSP, not CA",
        "use demote-ocsp or promote-ocsp, or name another file",
    );
    refused(
        Test::new().fixture("ca-clone").fixture("kra"),
        "promote-ca --from kra.CS.cfg --to ca-clone.CS.cfg",
        "the file given by --from belongs to subsystem KRA, not CA",
        "name the CS.cfg of the other CA, or a backup of it, with --from",
    );
}

/// By whatever name.
#[test]
fn from_and_target_the_same_file() {
    let test = || {
        let test = Test::new().fixture("ca-clone");
        std::fs::hard_link(test.path("ca-clone.CS.cfg"), test.path("hard")).unwrap();
        std::os::unix::fs::symlink("ca-clone.CS.cfg", test.path("soft")).unwrap();
        test
    };
    for (from, to) in [
        ("ca-clone.CS.cfg", "./ca-clone.CS.cfg"),
        ("hard", "ca-clone.CS.cfg"),
        ("soft", "ca-clone.CS.cfg"),
        ("hard", "soft"),
    ] {
        refused(
            test(),
            &format!("promote-ca --from {from} --to {to}"),
            "--from and the file to convert are the same file",
            "give --from a copy of the other server's CS.cfg, or a backup",
        );
    }
}

#[test]
fn a_former_master_that_gives_no_working_block() {
    refused(
        Test::new().fixture("ca-clone").file("from", "ca.crldbInc=20\ncs.type=CA\n"),
        "promote-ca --from from --to ca-clone.CS.cfg",
        "the former master's CS.cfg holds no line that begins with `ca.crl.`: there is nothing to copy",
        "name the former master's CS.cfg, or a backup of it that still holds its `ca.crl.` lines",
    );
    refused(
        Test::new().fixture("ca-clone").fixture("ugly/point-without-class"),
        "promote-ca --from point-without-class.CS.cfg --to ca-clone.CS.cfg --service pki-tomcatd@x.service",
        "line 1 of the former master's CS.cfg belongs to issuing point `DeltaUsers`, which has no `ca.crl.DeltaUsers.class`: the CA would not start with it",
        "in a copy of that file add `ca.crl.DeltaUsers.class=com.netscape.ca.CRLIssuingPoint`, or delete its lines of `DeltaUsers`; then promote from the copy",
    );
    for (bytes, why) in [
        (&b"caf\xe9"[..], "the value holds a character that is not printable ASCII"),
        (b"x\x0bca.x=1", "the value holds a character that is not printable ASCII"),
        (b"C:\\\\", "the value ends with a backslash, which joins the next line"),
    ] {
        let from = [b"ca.crl.M.class=C\nca.crl.M.description=", bytes, b"\ncs.type=CA\n"].concat();
        refused(
            Test::new().fixture("ca-clone").file("from", from),
            "promote-ca --from from --to ca-clone.CS.cfg",
            &format!("line 2 of the file given by --from, key `ca.crl.M.description`, cannot be written: {why}"),
            "mend line 2 in a copy of that file, then use the copy",
        );
    }
}

#[test]
fn a_line_that_the_readers_read_differently_where_it_matters() {
    for (name, line) in [("even-backslashes", 1), ("vertical-tab-injection", 9)] {
        refused(
            Test::new().fixture(&format!("ugly/{name}")),
            &format!("demote-ca --new-master ca9.example.com:8443 --to {name}.CS.cfg"),
            &format!(
                "line {line} is read differently by the server and by pki-server, and this conversion would have to write there"
            ),
            &format!(
                "with the service stopped rewrite line {line} as plain key=value (no backslash or blank at its end, nothing but printable ASCII), then try again"
            ),
        );
    }
}

#[test]
fn refresh_intervals() {
    let leave_out = "leave --refresh-in-sec out to delete the key, or give another number (the book's example: 15000)";
    for seconds in ["21600", "14400"] {
        refused(
            Test::new().fixture("ocsp-clone"),
            &format!("promote-ocsp --to ocsp-clone.CS.cfg --refresh-in-sec {seconds}"),
            &format!(
                "{seconds} seconds mark a clone (21600 in the book, 14400 as the installer writes it): a master must not have that interval"
            ),
            leave_out,
        );
    }
    refused(
        Test::new().fixture("ocsp-clone"),
        "promote-ocsp --to ocsp-clone.CS.cfg --refresh-in-sec 0",
        "0 seconds are no interval: the book deletes the key, or gives it another number than 0",
        leave_out,
    );
    for seconds in ["0", "600", "21601"] {
        refused(
            Test::new().fixture("ocsp-master"),
            &format!("demote-ocsp --to ocsp-master.CS.cfg --refresh-in-sec {seconds}"),
            &format!("{seconds} seconds do not mark a clone: that is 21600 (the book) or 14400 (the installer)"),
            "leave --refresh-in-sec out: the book's number is 21600",
        );
    }
}

#[test]
fn usage() {
    let shape = "it must be HOST:PORT, e.g. ca2.example.com:8443 or [2001:db8::2]:8443";
    let host = "the host must be a host name, an IPv4 address, or an IPv6 address in brackets";
    let port = "the port must be a number from 1 to 65535";
    for (address, why) in [
        ("", shape),
        ("ca2.example.com", shape),
        (":8443", shape),
        ("ca2.example.com:", port),
        ("ca2.example.com:0", port),
        ("ca2.example.com:65536", port),
        ("ca2.example.com:-1", port),
        ("ca2.example.com:8443x", port),
        ("https://ca2.example.com:8443", host),
        ("ca2.example.com/:8443", host),
        ("ca2_example:8443", host),
        ("2001:db8::2:8443", host),
        ("[2001:db8::g]:8443", host),
        ("10.0.0.256:8443", host),
        ("ca2.example.com\u{a0}:8443", host),
    ] {
        let words = format!(
            "error: invalid value '{address}' for '--new-master <HOST:PORT>': {why}\n\nFor more information, try '--help'.\n"
        );
        let test = Test::new().fixture("ca-master").args("demote-ca --to ca-master.CS.cfg --new-master").arg(address);
        test.stderr(&words).status(2).run_untouched();
    }
    for args in [
        "demote-ca --to ca-master.CS.cfg",
        "demote-ca --new-master a:1",
        "promote-ca --to ca-master.CS.cfg",
        "demote-ca --new-master a:1 --to ca-master.CS.cfg --dry-run --check",
        "demote-ca --new-master a:1 --to ca-master.CS.cfg --no-backup --backup-dir .",
        "promote-ca --from x --to ca-master.CS.cfg --cert-status-update-interval 0",
        "promote-ocsp --to ca-master.CS.cfg --refresh-in-sec 1h",
        "demote-ca --new-master a:1 --to ca-master.CS.cfg --output xml",
        "demote-everything",
        "",
    ] {
        let test = Test::new().fixture("ca-master").args(args);
        let before = test.state();
        let output = test.output();
        assert_eq!(output.status.code(), Some(2), "{args}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args}");
        assert_eq!(test.state(), before, "{args}");
    }
}
