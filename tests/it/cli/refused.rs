//! What is refused whatever is accepted: the code, the three parts of the message, nothing touched.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;

use crate::support::needs;
use crate::support::test::{Ran, Test, fixture};

/// A refusal with its code, and phrases of its message and of its advice.
#[track_caller]
fn refused(test: &Test, args: &str, code: &str, what: &str, next: &str) {
    assert_eq!(test.refused(args), code, "{args}");
    let ran = test.ran(args);
    assert_eq!((ran.code, &*ran.out), (Some(3), ""), "{args}: {ran:?}");
    let (first, rest) = ran.error.split_once("\n  state: nothing was touched\n  next:  ").unwrap();
    assert!(first.starts_with("pki-role: ") && first.contains(what), "{args}: no `{what}` in {first}");
    assert!(rest.contains(next) && rest.ends_with('\n'), "{args}: no `{next}` in {rest}");
}

#[test]
fn kra_and_tks() {
    for (name, subsystem) in [("kra", "KRA"), ("tks", "TKS")] {
        let test = Test::new().fixture(name);
        for command in ["demote-ca --new-master a:1", "promote-ocsp", "demote-ocsp"] {
            let args = format!("{command} --to {name}.CS.cfg");
            let what = format!("{subsystem} masters and clones have the same configuration");
            refused(&test, &args, "nothing-to-convert", &what, "nothing has to be done");
        }
    }
}

#[test]
fn not_a_cs_cfg() {
    for bytes in ["", "# nothing\n\n! at all\n", "\n\r\n \t\n"] {
        let test = Test::new().file("CS.cfg", bytes).fixture("ca-clone").file("from", bytes);
        let code = "not-a-cs-cfg";
        refused(&test, "promote-ocsp --to CS.cfg", code, "the file holds no parameter", "with --to");
        let args = "promote-ca --to ca-clone.CS.cfg --from from";
        refused(&test, args, code, "the file given by --from holds no parameter", "name with --from a CS.cfg or what");
        test.ran("export-ca --to CS.cfg").expect(3, &["the file holds no parameter", "with --to"]);
    }
    let test = Test::new().file("passwd", "root:x:0:0\n").file("other", "cs.type=XYZ\n");
    let code = "unknown-subsystem";
    refused(&test, "promote-ocsp --to passwd", code, "nothing in the file says which subsystem", "with --to");
    refused(&test, "promote-ocsp --to other", "other-subsystem", "cs.type=XYZ", "a CA or of an OCSP responder");
}

/// An instance was named: the advice names the option that was typed.
#[test]
fn not_a_cs_cfg_of_an_instance() {
    let test = Test::new().file("etc/pki/pki-tomcat/ocsp/CS.cfg", "");
    let args = "promote-ocsp --root . -i pki-tomcat";
    refused(&test, args, "not-a-cs-cfg", "the file holds no parameter", "name the CS.cfg of the subsystem with -i");
}

/// The parameter that is removed may be the only one that shows the subsystem.
#[test]
fn a_file_that_would_no_longer_show_its_subsystem() {
    for key in ["ocsp.store.defStore.refreshInSec", "OCSP.Responder.store.defStore.refreshInSec"] {
        for more in ["x=1\n", "ca.crl.X.class=C\n"] {
            let test = Test::new().file("CS.cfg", format!("{more}{key}=14400\n"));
            let what = "nothing in the file would say that it belongs to subsystem OCSP";
            if more.starts_with("x") {
                refused(&test, "promote-ocsp --to CS.cfg", "subsystem-lost", what, "add a line cs.type=OCSP");
            } else {
                // As many parameters of the one as of the other: it is the CA's.
                refused(&test, "promote-ocsp --to CS.cfg", "wrong-subsystem", "belongs to subsystem CA", "");
            }
        }
        let live = Test::new().file("etc/pki/x/ocsp/CS.cfg", format!("{key}=14400\n"));
        assert_eq!(live.refused("promote-ocsp --root . -i x"), "subsystem-lost");
    }
}

#[test]
fn no_file() {
    let test = Test::new().fixture("ca-clone");
    std::fs::create_dir(test.path("ca")).unwrap();
    symlink("nowhere", test.path("dangling")).unwrap();
    let ocsp = |path: &str| format!("promote-ocsp --to {path}");
    refused(&test, &ocsp("CS.cfg"), "not-found", "CS.cfg does not exist", "check the path");
    refused(&test, &ocsp("dangling"), "dangling-link", "a symbolic link to nowhere", "check the path");
    refused(&test, &ocsp("ca"), "not-a-file", "is a directory, not a regular file", "name the CS.cfg");
    refused(&test, &ocsp("/dev/null"), "not-a-file", "not a regular file", "name the CS.cfg");
    let args = "promote-ca --to ca-clone.CS.cfg --from old";
    refused(&test, args, "not-found", "old does not exist", "check the path");
}

/// It would take more memory than a server may have to spare.
#[test]
fn a_file_that_no_ca_has() {
    let (code, next) = ("too-large", "name the CS.cfg of the subsystem");
    let test = Test::new().file("big", "cs.type=OCSP\n").file("nul", "cs.type=OCSP\0\n");
    std::fs::OpenOptions::new().write(true).open(test.path("big")).unwrap().set_len((64 << 20) + 1).unwrap();
    refused(&test, "promote-ocsp --to big", code, "has more than 67108864 bytes", next);
    refused(&test, "promote-ocsp --to nul", "contains-nul", "a NUL byte at offset 12", next);
    let test = Test::new().file("long", "\r".repeat(1_000_001));
    refused(&test, "promote-ocsp --to long", code, "has more than 1000000 lines", next);
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
    let output = command.output();
    if !needs::present(output.is_ok(), "the program cannot be run as another account") {
        return;
    }
    let ran = Ran::of(&output.unwrap());
    ran.expect(3, &["not permitted to this account", "  next:  run it as root:\n    sudo pki-role promote-ocsp --to "]);
    let json = Ran::of(&command.args(["--output", "json"]).output().unwrap());
    assert_eq!(json.error_code(), "permission-denied");
}

#[test]
fn another_subsystem() {
    let test = Test::new().fixture("ca-clone").fixture("ocsp-master").fixture("kra");
    let code = "wrong-subsystem";
    let what = "the file belongs to subsystem CA, not OCSP";
    refused(&test, "promote-ocsp --to ca-clone.CS.cfg", code, what, "use demote-ca or promote-ca");
    let what = "the file belongs to subsystem OCSP, not CA";
    let args = "demote-ca --new-master a:1 --to ocsp-master.CS.cfg";
    refused(&test, args, code, what, "use demote-ocsp or promote-ocsp");
    test.ran("export-ca --to ocsp-master.CS.cfg").expect(3, &[what]);
    let args = "promote-ca --from kra.CS.cfg --to ca-clone.CS.cfg";
    let what = "the file given by --from belongs to subsystem KRA, not CA";
    refused(&test, args, code, what, "name the CS.cfg of a CA with --from");
    let args = "restore --from ocsp-master.CS.cfg --to ca-clone.CS.cfg";
    refused(&test, args, code, "belongs to subsystem OCSP, not CA", "with --from");
}

/// By whatever name.
#[test]
fn from_and_target_the_same_file() {
    let test = Test::new().fixture("ca-clone");
    std::fs::hard_link(test.path("ca-clone.CS.cfg"), test.path("hard")).unwrap();
    symlink("ca-clone.CS.cfg", test.path("soft")).unwrap();
    for (from, to) in [
        ("ca-clone.CS.cfg", "./ca-clone.CS.cfg"),
        ("hard", "ca-clone.CS.cfg"),
        ("soft", "ca-clone.CS.cfg"),
        ("hard", "soft"),
    ] {
        for command in ["promote-ca", "restore"] {
            let args = format!("{command} --from {from} --to {to}");
            refused(&test, &args, "same-file", "--from is the very file to convert", "a copy of the other server's");
        }
    }
}

#[test]
fn a_former_master_without_a_block_that_can_be_copied() {
    let test = Test::new().fixture("ca-clone").file("from", "ca.crldbInc=20\ncs.type=CA\n");
    let args = "promote-ca --from from --to ca-clone.CS.cfg";
    refused(&test, args, "nothing-to-copy", "has no line that begins with ca.crl.", "an export of it");
    for (bytes, why) in [
        (&b"caf\xe9"[..], "not printable ASCII"),
        (b"x\x0bca.x=1", "not printable ASCII"),
        (b"C:\\\\", "ends with a backslash"),
    ] {
        let from = [b"ca.crl.M.class=C\nca.crl.M.description=", bytes, b"\ncs.type=CA\n"].concat();
        let test = Test::new().fixture("ca-clone").file("from", from);
        refused(&test, args, "unwritable-value", why, "correct it in a copy of that file");
        refused(&test, args, "unwritable-value", "line 2 of the file given by --from: ca.crl.M.description", "");
    }
}

#[test]
fn a_line_that_the_readers_read_differently_where_it_matters() {
    for (name, line) in [("even-backslashes", 1), ("vertical-tab-injection", 9)] {
        let test = Test::new().fixture(&format!("ugly/{name}"));
        let args = format!("demote-ca --new-master ca9.example.com:8443 --to {name}.CS.cfg");
        let what = format!("line {line} is read differently by the server and by pki-server");
        refused(&test, &args, "ambiguous-line", &what, &format!("rewrite line {line} as plain key=value"));
    }
}

/// A value that the server cannot read, and that no conversion sets.
#[test]
fn a_role_that_would_not_be_reached() {
    let file = String::from_utf8(fixture("ca-clone")).unwrap().replace("MasterCRL.enable=True", "MasterCRL.enable=yes");
    let test = Test::new().file("CS.cfg", file).fixture("ca-master");
    let what = "because of ca.crl.MasterCRL.enable=yes (line 356)";
    let args = "demote-ca --to CS.cfg --new-master ca9.example.com:8443";
    refused(&test, args, "role-not-reached", what, "correct the lines named by hand");
    refused(&test, "promote-ca --to CS.cfg --keep-settings", "role-not-reached", what, "correct the lines named");
    // What a promotion copies takes its place.
    assert_eq!(test.json("promote-ca --to CS.cfg --from ca-master.CS.cfg --dry-run", 0)["role_after"], "master");
}

/// The server reads such a branch elsewhere.
#[test]
fn a_parameter_with_the_name_of_a_branch() {
    let file = [b"ca.crl.MasterCRL=elsewhere\n", &fixture("ca-clone")[..]].concat();
    let live = "etc/pki/x/ca/CS.cfg";
    let test = Test::new().file(live, &file).file("plain.cfg", &file);
    let args = "demote-ca --root . -i x --new-master ca9.example.com:8443";
    let what = "line 1 of the file: ca.crl.MasterCRL has the name of a branch";
    refused(&test, args, "branch-reference", what, "remove line 1");
    let plain = test.json("demote-ca --to plain.cfg --new-master ca9.example.com:8443", 0);
    assert!(plain["warnings"].to_string().contains("branch-reference"), "{plain}");
}

#[test]
fn redirect_ca_is_for_clones() {
    let test = Test::new().fixture("ca-master").fixture("ca-clone");
    let args = "redirect-ca --to ca-master.CS.cfg --new-master ca9.example.com:8443";
    refused(&test, args, "not-a-clone", "this CA is a master, and only a clone", "run the command on the clones");
    let args = args.replace("master.CS", "clone.CS");
    assert_eq!(test.json(&args, 0)["changes"][0]["key"], "master.ca.agent.host");
}

#[test]
fn refresh_intervals() {
    let test = Test::new().fixture("ocsp-clone").fixture("ocsp-master");
    let row = |command: &str, file: &str, seconds: &str, what: &str| {
        let args = format!("{command} --to {file}.CS.cfg --refresh-in-sec {seconds}");
        refused(&test, &args, "refresh-interval", &format!("{seconds} seconds {what}"), "leave --refresh-in-sec out");
    };
    for seconds in ["21600", "14400"] {
        row("promote-ocsp", "ocsp-clone", seconds, "mark a clone");
    }
    row("promote-ocsp", "ocsp-clone", "0", "are not an interval");
    row("promote-ocsp", "ocsp-clone", "-1", "are not an interval");
    for seconds in ["0", "600", "21601"] {
        row("demote-ocsp", "ocsp-master", seconds, "do not mark a clone");
    }
    row("demote-ocsp", "ocsp-master", "-1", "are not an interval");
}

#[test]
fn a_directory_for_backups_that_is_not_there() {
    let test = Test::new().fixture("ocsp-clone");
    let args = "promote-ocsp --to ocsp-clone.CS.cfg --backup-dir there";
    refused(&test, args, "backup-dir", "does not exist: there", "install -d -m 0700 there\n    pki-role promote-ocsp ");
}
