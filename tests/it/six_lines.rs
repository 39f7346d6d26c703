//! Hand-made files with the guide's parameters alone: no `cs.type`, no host, no class of an issuing
//! point. Every command works on them. A promotion is refused only where a server's own file would
//! get an issuing point without a class, with which it would not start.
//!
//! These tests look at bytes, exit codes and the codes of warnings, not at sentences.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::support::{Test, differences, fixture};

const NO_CLASS: &str = "issuing-point-without-class";
const STILL_MASTER: &str = "former-master-still-master";

const DEMOTE: &str = "demote-ca --new-master secondary.example.com:8443";
const REDIRECT: &str = "redirect-ca --new-master tertiary.example.com:8443";

/// A conversion: the file in `fixtures/six-lines/`, the command, the file given by `--from` in
/// `fixtures/`, the result in `fixtures/expected/six-lines/`, and the codes of the warnings.
struct Row {
    target: String,
    command: &'static str,
    from: Option<String>,
    wanted: String,
    warnings: &'static [&'static str],
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |target: &str, command, from: &str, wanted: &str, warnings| {
        let from = Some(from.to_owned()).filter(|from| !from.is_empty());
        rows.push(Row { target: target.to_owned(), command, from, wanted: wanted.to_owned(), warnings });
    };
    for end in ["", "-crlf"] {
        let [master, clone, demoted] = ["master", "clone", "demoted-master"].map(|name| format!("{name}{end}"));
        row(&master, DEMOTE, "", &format!("{master}.demoted"), &[NO_CLASS]);
        row(&clone, REDIRECT, "", &format!("{clone}.redirected"), &[]);
        // The other file may be demoted before or afterwards, and may have other line ends.
        let promoted = format!("{clone}.promoted");
        for end in ["", "-crlf"] {
            row(&clone, "promote-ca", &format!("six-lines/master{end}"), &promoted, &[STILL_MASTER, NO_CLASS]);
            row(&clone, "promote-ca", &format!("six-lines/demoted-master{end}"), &promoted, &[NO_CLASS]);
        }
        // And back again.
        let again = format!("{demoted}.promoted");
        row(&demoted, "promote-ca", &format!("expected/six-lines/{promoted}"), &again, &[STILL_MASTER, NO_CLASS]);
        row(&demoted, "promote-ca", &format!("six-lines/{clone}"), &again, &[NO_CLASS]);
    }
    // The interval under the guide's name, and under Dogtag's.
    let promote = "promote-ocsp --refresh-in-sec 15000";
    let [guide, dogtag] = ["ocsp-guide", "ocsp-dogtag"].map(|name| move |more: &str| format!("{name}-{more}"));
    let both: &[&str] = &["book-key-not-read", "needless-refresh"];
    row(&guide("master"), "demote-ocsp", "", &guide("master.demoted"), &both[..1]);
    row(&guide("clone"), promote, "", &guide("clone.promoted-15000"), both);
    row(&dogtag("master"), "demote-ocsp", "", &dogtag("master.demoted"), &[]);
    row(&dogtag("clone"), promote, "", &dogtag("clone.promoted-15000"), &both[1..]);
    rows
}

fn hand_made(name: &str) -> Vec<u8> {
    fixture(&format!("six-lines/{name}"))
}

fn expected(name: &str) -> Vec<u8> {
    fixture(&format!("expected/six-lines/{name}"))
}

/// The server's own file, below the root that is the test's folder.
const LIVE: &str = "etc/pki/pki-tomcat/ca/CS.cfg";

/// A folder with files in it, whose own folders are made.
fn folder(files: &[(&str, &[u8])]) -> Test {
    files.iter().fold(Test::new(), |test, (name, bytes)| {
        fs::create_dir_all(test.path(name).parent().unwrap()).unwrap();
        test.file(name, bytes)
    })
}

fn run(test: &Test, args: &str) -> Output {
    test.command().args(args.split_whitespace()).output().unwrap()
}

/// The JSON that a run prints, with the exit code that is expected of it.
#[track_caller]
fn json(test: &Test, args: &str, code: i32) -> Value {
    let output = run(test, &format!("{args} --output json"));
    let shown = format!("{args}: {output:?}");
    assert_eq!(output.status.code(), Some(code), "{shown}");
    assert!(output.stderr.is_empty(), "{shown}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {shown}"))
}

/// A refusal's code. Nothing may be touched, in the folder of the server's own file either.
#[track_caller]
fn refused(test: &Test, args: &str, live: &str) -> Value {
    let state = || (test.state(), fs::read_dir(test.path(live).parent().unwrap()).unwrap().count(), test.read(live));
    let untouched = state();
    let code = json(test, args, 3)["error"]["code"].take();
    assert_eq!(state(), untouched, "{args}");
    code
}

#[track_caller]
fn assert_holds(test: &Test, name: &str, wanted: &[u8], what: &str) {
    let got = test.read(name);
    assert!(got == wanted, "{what}\n{}", differences(&got, wanted));
}

/// The codes in a list of findings.
fn codes(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
}

fn set(codes: &[&str]) -> BTreeSet<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// Converts, converts again, restores from the backup.
#[track_caller]
fn converts(target: &[u8], command: &str, from: Option<&[u8]>, wanted: &[u8]) -> Value {
    let test = folder(&[("CS.cfg", target), ("from.cfg", from.unwrap_or_default())]);
    let option = from.map(|_| " --from from.cfg").unwrap_or_default();
    let args = format!("{command} --to CS.cfg{option}");
    let untouched = test.state();
    let planned = json(&test, &format!("{args} --dry-run"), 0);
    json(&test, &format!("{args} --check"), 1);
    assert_eq!(test.state(), untouched, "{args}");
    let done = json(&test, &args, 0);
    assert_holds(&test, "CS.cfg", wanted, &args);
    assert_eq!((&done["changed"], &done["warnings"]), (&Value::Bool(true), &planned["warnings"]), "{args}");
    assert_eq!(test.read("from.cfg"), from.unwrap_or_default(), "{args}");

    let converted = test.state();
    // A file without a line is no CS.cfg any more.
    if !wanted.is_empty() {
        assert_eq!(json(&test, &args, 0)["changed"], Value::Bool(false), "{args}");
        json(&test, &format!("{args} --check"), 0);
    }
    assert_eq!(test.state(), converted, "{args}");

    let backup = done["backup"].as_str().unwrap();
    let restore = format!("restore --to CS.cfg --from {backup} --no-backup");
    json(&test, &restore, 0);
    assert_holds(&test, "CS.cfg", target, &restore);
    assert_eq!(json(&test, &restore, 0)["changed"], Value::Bool(false), "{restore}");
    done
}

#[test]
fn each_conversion_there_and_back() {
    for Row { target, command, from, wanted, warnings } in rows() {
        let bytes = from.as_deref().map(fixture);
        let done = converts(&hand_made(&target), command, bytes.as_deref(), &expected(&wanted));
        assert_eq!(codes(&done["warnings"]), set(warnings), "{target}: {command} {from:?}");
    }
}

/// Every fixture is converted, and every expected file is the result of a conversion.
#[test]
fn nothing_is_left_out() {
    let names = |folder: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.map(|name| name.strip_suffix(".CS.cfg").unwrap().to_owned()).collect()
    };
    assert_eq!(names("six-lines"), rows().into_iter().map(|row| row.target).collect());
    assert_eq!(names("expected/six-lines"), rows().into_iter().map(|row| row.wanted).collect());
}

/// A demotion gives what a reader of the guide would type, and a move there and back the first files.
#[test]
fn a_move_there_and_back_ends_with_the_first_files() {
    for end in ["", "-crlf"] {
        let of = |name: &str| [format!("{name}{end}"), format!("{name}{end}.demoted"), format!("{name}{end}.promoted")];
        let [master, demoted, _] = of("master");
        let [demoted_master, _, again] = of("demoted-master");
        let [clone, _, promoted] = of("clone");
        assert_eq!(expected(&demoted), hand_made(&demoted_master));
        assert_eq!(expected(&again), hand_made(&master));
        let back = "demote-ca --new-master primary.example.com:8443";
        converts(&expected(&promoted), back, None, &hand_made(&clone));
    }
}

/// A former master with one more issuing point, and one that has no line but the copied ones.
#[test]
fn the_former_masters_issuing_points_are_copied() {
    let second = "ca.crl.Second.enableCRLCache=true\nca.crl.Second.enableCRLUpdates=true\n";
    let with_second = |name: &str| [&hand_made(name)[..], second.as_bytes()].concat();
    let wanted = [&expected("clone.promoted")[..], second.as_bytes()].concat();
    let done = converts(&hand_made("clone"), "promote-ca", Some(&with_second("master")), &wanted);
    assert_eq!(codes(&done["warnings"]), set(&[NO_CLASS, STILL_MASTER]));
    converts(&hand_made("clone"), "promote-ca", Some(second.as_bytes()), &{
        let text = String::from_utf8(expected("clone.promoted")).unwrap();
        text.replace("ca.crl.MasterCRL.", "ca.crl.Second.").into_bytes()
    });
}

/// A master as after a fresh installation, in key order, and a clone that names no master.
#[test]
fn files_with_fewer_lines() {
    let master = "ca.crl.MasterCRL.enableCRLCache=true\nca.crl.MasterCRL.enableCRLUpdates=true\n";
    let demoted = "ca.certStatusUpdateInterval=0\nca.crl.MasterCRL.enableCRLCache=false\n\
        ca.crl.MasterCRL.enableCRLUpdates=false\nca.listenToCloneModifications=false\n\
        master.ca.agent.host=secondary.example.com\nmaster.ca.agent.port=8443\n";
    converts(master.as_bytes(), DEMOTE, None, demoted.as_bytes());
    converts(&hand_made("clone"), "promote-ca", Some(master.as_bytes()), &expected("clone.promoted"));
    let clone = String::from_utf8(hand_made("clone")).unwrap();
    let (clone, _) = clone.split_once("master.ca.agent.").unwrap();
    converts(clone.as_bytes(), "promote-ca", Some(master.as_bytes()), &expected("clone.promoted"));
}

/// The file keeps its last line as it is; that of the other one does not matter.
#[test]
fn the_last_line_may_have_no_end() {
    let without = |bytes: &[u8]| bytes.strip_suffix(b"\n").unwrap().to_vec();
    let (clone, former, wanted) = (hand_made("clone"), hand_made("demoted-master"), expected("clone.promoted"));
    converts(&without(&clone), "promote-ca", Some(&former), &without(&wanted));
    converts(&clone, "promote-ca", Some(&without(&former)), &wanted);
}

/// A real file's copy may take its block from a hand-made one, and the other way round.
#[test]
fn beside_a_whole_file() {
    let test = folder(&[("whole.cfg", &fixture("ca-clone")), ("six.cfg", &hand_made("demoted-master"))]);
    let done = json(&test, "promote-ca --to whole.cfg --from six.cfg", 0);
    assert!(codes(&done["warnings"]).contains(NO_CLASS), "{done}");
    let crl: Vec<_> = String::from_utf8(test.read("whole.cfg")).unwrap().lines().map(str::to_owned).collect();
    let crl: Vec<_> = crl.iter().filter(|line| line.starts_with("ca.crl.")).collect();
    assert_eq!(crl, ["ca.crl.MasterCRL.enableCRLCache=true", "ca.crl.MasterCRL.enableCRLUpdates=true"]);
    let test = folder(&[("whole.cfg", &fixture("ca-master")), ("six.cfg", &hand_made("clone"))]);
    let done = json(&test, "promote-ca --to six.cfg --from whole.cfg", 0);
    assert!(!codes(&done["warnings"]).contains(NO_CLASS), "{done}");
}

/// Without an interval the guide deletes the line, be it the only one.
#[test]
fn an_ocsp_file_whose_only_line_goes() {
    for name in ["ocsp-guide-clone", "ocsp-dogtag-clone"] {
        converts(&hand_made(name), "promote-ocsp", None, b"");
        let rest = b"cs.type=OCSP\n";
        converts(&[&rest[..], &hand_made(name)].concat(), "promote-ocsp", None, rest);
    }
}

#[test]
fn status_reports_the_role() {
    for Row { target: name, .. } in rows() {
        let subsystem = if name.starts_with("ocsp-") { "OCSP" } else { "CA" };
        let role = if name.starts_with("master") || name == "ocsp-guide-master" { "master" } else { "clone" };
        let test = folder(&[("CS.cfg", &hand_made(&name))]);
        let untouched = test.state();
        let status = &json(&test, "status CS.cfg", 0)["files"][0];
        assert_eq!(status["subsystem"], subsystem, "{name}");
        // What Dogtag's interval says depends on the store, which these files do not name.
        assert!(status["role"] == role || name.starts_with("ocsp-dogtag"), "{name}: {status}");
        if subsystem == "CA" {
            assert!(codes(&status["warnings"]).contains(NO_CLASS), "{name}: {status}");
        }
        let output = run(&test, "status CS.cfg");
        assert!(output.status.success() && !output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
        assert_eq!(test.state(), untouched, "{name}");
    }
}

#[test]
fn check_judges_them() {
    let promoted = expected("clone.promoted");
    let [master, clone, demoted] = ["master", "clone", "demoted-master"].map(hand_made);
    let [ocsp_master, ocsp_clone] = ["ocsp-guide-master", "ocsp-guide-clone"].map(hand_made);
    let rows: [(&[u8], &[u8], Option<&str>); 7] = [
        (&master, &clone, None),
        (&demoted, &promoted, None),
        (&master, &promoted, Some("several-ca-masters")),
        (&demoted, &clone, Some("no-ca-master")),
        (&ocsp_master, &ocsp_clone, None),
        (&ocsp_master, &ocsp_master, Some("several-ocsp-masters")),
        (&ocsp_clone, &ocsp_clone, Some("no-ocsp-master")),
    ];
    for (one, other, problem) in rows {
        let test = folder(&[("one.cfg", one), ("other.cfg", other)]);
        let verdict = json(&test, "check one.cfg other.cfg", problem.is_some().into());
        assert_eq!(codes(&verdict["problems"]), problem.iter().map(|code| (*code).to_owned()).collect());
    }
}

/// The README's first example, on these files.
#[test]
fn a_dry_run_shows_the_diff() {
    let test = folder(&[("old.cfg", &hand_made("master")), ("clone.cfg", &hand_made("clone"))]);
    let untouched = test.state();
    let output = run(&test, "promote-ca --from old.cfg --to clone.cfg --dry-run");
    assert!(output.status.success(), "{output:?}");
    let diff = String::from_utf8_lossy(&output.stdout);
    assert!(diff.contains("\n+ca.crl.MasterCRL.enableCRLUpdates=true\n"), "{diff}");
    assert!(diff.contains("\n-master.ca.agent.host=primary.example.com\n"), "{diff}");
    assert!(String::from_utf8_lossy(&output.stderr).contains(NO_CLASS), "{output:?}");
    assert_eq!(test.state(), untouched);
}

/// Refused before the service is asked about: there is no such `systemctl`.
#[test]
fn a_server_gets_no_issuing_point_without_a_class() {
    let whole = fixture("ca-clone");
    for from in ["master", "demoted-master", "master-crlf"].map(hand_made) {
        let server = folder(&[(LIVE, &whole), ("plain.cfg", &whole), ("from.cfg", &from)]);
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
                assert_eq!(refused(&server, &args, LIVE), NO_CLASS, "{args}");
            }
        }
        // The same in an image that is not running.
        let args = "promote-ca --from from.cfg --root . --instance pki-tomcat";
        assert_eq!(refused(&server, args, LIVE), NO_CLASS);
        // A copy beside it is a plain file.
        let copy = "etc/pki/pki-tomcat/ca/copy.cfg";
        fs::copy(server.path(LIVE), server.path(copy)).unwrap();
        let done = json(&server, &format!("promote-ca --from from.cfg --root . --to {copy}"), 0);
        assert!(codes(&done["warnings"]).contains(NO_CLASS), "{done}");
        assert_holds(&server, LIVE, &whole, "the server's own file");
    }
}

/// Its own file may be a hand-made one, as long as what it gets has its class.
#[test]
fn a_server_with_a_hand_made_file() {
    let server = folder(&[(LIVE, &hand_made("clone")), ("from.cfg", &fixture("ca-master"))]);
    let done = json(&server, "promote-ca --from from.cfg --root . --instance pki-tomcat", 0);
    assert!(!codes(&done["warnings"]).contains(NO_CLASS), "{done}");
    let server = folder(&[(LIVE, &hand_made("master"))]);
    json(&server, &format!("{DEMOTE} --root . --instance pki-tomcat"), 0);
    assert_holds(&server, LIVE, &expected("master.demoted"), "demote-ca");
}

/// A server's own file is never emptied, nor filled from nothing.
#[test]
fn a_server_keeps_its_last_line() {
    let live = "etc/pki/pki-tomcat/ocsp/CS.cfg";
    for line in ["ocsp-guide-clone", "ocsp-dogtag-clone"].map(hand_made) {
        let server = folder(&[(live, &line), ("backup.cfg", &line)]);
        refused(&server, "promote-ocsp --root . --instance pki-tomcat", live);
        let server = server.file(live, "");
        refused(&server, "restore --root . --instance pki-tomcat --subsystem ocsp --from backup.cfg", live);
    }
}

/// An empty file is a CS.cfg only where the backup shows that there was nothing else.
#[test]
fn an_empty_file_is_not_filled_from_a_whole_backup() {
    for backup in [fixture("ocsp-clone"), fixture("ca-clone"), hand_made("clone")] {
        let test = folder(&[("CS.cfg", b""), ("backup.cfg", &backup)]);
        refused(&test, "restore --to CS.cfg --from backup.cfg", "CS.cfg");
    }
}
