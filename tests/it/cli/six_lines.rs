//! Hand-made files with the guide's parameters alone: no `cs.type`, no host, no class of an issuing
//! point. Every command works on them. A promotion is refused only where a server's own file would
//! get an issuing point without a class, with which it would not start.
//!
//! These tests look at bytes, exit codes and the codes of warnings, not at sentences.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::test::{Test, codes, fixture};

const NO_CLASS: &str = "issuing-point-without-class";
const GUIDE_KEY: &str = "guide-key-not-read";
const NEEDLESS: &str = "needless-refresh";
/// Which store is read, such a file does not say.
const NO_EFFECT: &str = "refresh-without-effect";
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
        row(&clone, REDIRECT, "", &format!("{clone}.redirected"), &[NO_CLASS]);
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
    row(&guide("master"), "demote-ocsp", "", &guide("master.demoted"), &[GUIDE_KEY]);
    row(&guide("clone"), promote, "", &guide("clone.promoted-15000"), &[GUIDE_KEY, NEEDLESS]);
    row(&dogtag("master"), "demote-ocsp", "", &dogtag("master.demoted"), &[NO_EFFECT]);
    row(&dogtag("clone"), promote, "", &dogtag("clone.promoted-15000"), &[NEEDLESS, NO_EFFECT]);
    rows
}

fn hand_made(name: &str) -> Vec<u8> {
    fixture(&format!("six-lines/{name}"))
}

fn expected(name: &str) -> Vec<u8> {
    fixture(&format!("expected/six-lines/{name}"))
}

/// A folder with files in it.
fn folder(files: &[(&str, &[u8])]) -> Test {
    files.iter().fold(Test::new(), |test, (name, bytes)| test.file(name, bytes))
}

fn sorted(codes: &[&str]) -> Vec<String> {
    let mut codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
    codes.sort();
    codes
}

/// Converts, converts again, restores from the backup.
#[track_caller]
fn converts(target: &[u8], command: &str, from: Option<&[u8]>, wanted: &[u8]) -> Value {
    let test = folder(&[("CS.cfg", target), ("from.cfg", from.unwrap_or_default())]);
    let option = from.map(|_| " --from from.cfg").unwrap_or_default();
    let args = format!("{command} --to CS.cfg{option}");
    let untouched = test.state();
    let planned = test.json(&format!("{args} --dry-run"), 0);
    test.json(&format!("{args} --check"), 1);
    assert_eq!(test.state(), untouched, "{args}");
    let done = test.json(&args, 0);
    test.assert_holds("CS.cfg", wanted, &args);
    assert_eq!((&done["changed"], &done["warnings"]), (&Value::Bool(true), &planned["warnings"]), "{args}");
    assert_eq!(test.read("from.cfg"), from.unwrap_or_default(), "{args}");

    let converted = test.state();
    // A file without a line is no CS.cfg any more.
    if !wanted.is_empty() {
        assert_eq!(test.json(&args, 0)["changed"], Value::Bool(false), "{args}");
        test.json(&format!("{args} --check"), 0);
    }
    assert_eq!(test.state(), converted, "{args}");

    let backup = done["backup"].as_str().unwrap();
    let restore = format!("restore --to CS.cfg --from {backup} --no-backup");
    test.json(&restore, 0);
    test.assert_holds("CS.cfg", target, &restore);
    assert_eq!(test.json(&restore, 0)["changed"], Value::Bool(false), "{restore}");
    done
}

#[test]
fn each_conversion_there_and_back() {
    for Row { target, command, from, wanted, warnings } in rows() {
        let bytes = from.as_deref().map(fixture);
        let done = converts(&hand_made(&target), command, bytes.as_deref(), &expected(&wanted));
        assert_eq!(codes(&done["warnings"]), sorted(warnings), "{target}: {command} {from:?}");
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
    assert_eq!(codes(&done["warnings"]), sorted(&[NO_CLASS, STILL_MASTER]));
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
    let done = test.json("promote-ca --to whole.cfg --from six.cfg", 0);
    assert!(codes(&done["warnings"]).contains(&NO_CLASS.to_owned()), "{done}");
    let crl: Vec<_> = String::from_utf8(test.read("whole.cfg")).unwrap().lines().map(str::to_owned).collect();
    let crl: Vec<_> = crl.iter().filter(|line| line.starts_with("ca.crl.")).collect();
    assert_eq!(crl, ["ca.crl.MasterCRL.enableCRLCache=true", "ca.crl.MasterCRL.enableCRLUpdates=true"]);
    let test = folder(&[("whole.cfg", &fixture("ca-master")), ("six.cfg", &hand_made("clone"))]);
    let done = test.json("promote-ca --to six.cfg --from whole.cfg", 0);
    assert!(!codes(&done["warnings"]).contains(&NO_CLASS.to_owned()), "{done}");
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
        let status = &test.json("status CS.cfg", 0)["files"][0];
        assert_eq!(status["subsystem"], subsystem, "{name}");
        // What Dogtag's interval says depends on the store, which these files do not name.
        let role = if name.starts_with("ocsp-dogtag") { "unknown" } else { role };
        assert_eq!(status["role"], role, "{name}");
        if subsystem == "CA" {
            assert!(codes(&status["warnings"]).contains(&NO_CLASS.to_owned()), "{name}: {status}");
        }
        let ran = test.ran("status CS.cfg");
        assert!(ran.code == Some(0) && !ran.out.is_empty() && ran.error.is_empty(), "{ran:?}");
        assert_eq!(test.state(), untouched, "{name}");
    }
}

/// The README's first example, on these files.
#[test]
fn a_dry_run_shows_the_diff() {
    let test = folder(&[("old.cfg", &hand_made("master")), ("clone.cfg", &hand_made("clone"))]);
    let untouched = test.state();
    let ran = test.ran("promote-ca --from old.cfg --to clone.cfg --dry-run");
    ran.expect(0, &[NO_CLASS]);
    for line in ["\n+ca.crl.MasterCRL.enableCRLUpdates=true\n", "\n-master.ca.agent.host=primary.example.com\n"] {
        assert!(ran.out.contains(line), "{}", ran.out);
    }
    assert_eq!(test.state(), untouched);
}
