//! The diff of a dry run is one that `patch -p0` takes, whatever the bytes: patching the original
//! gives exactly what the conversion writes.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::needs;
use crate::support::test::{Test, differences, fixture};

/// Patches `name` by the dry run's diff and compares with what the conversion writes.
#[track_caller]
fn patched(target: &str, name: &str, args: &str) {
    if !needs::tool("patch") {
        return;
    }
    let test = |dry: &str| {
        let test = Test::new().file(name, fixture(target)).fixture("ca-master");
        test.args(args).arg("--to").arg(name).args("-q --no-backup").args(dry)
    };
    let dry = test("--dry-run");
    let diff = dry.command().output().unwrap().stdout;
    assert!(!diff.is_empty());
    let mut patch = Command::new("patch");
    patch.arg("-p0").current_dir(dry.path("")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut patch = patch.spawn().unwrap();
    patch.stdin.take().unwrap().write_all(&diff).unwrap();
    let ended = patch.wait_with_output().unwrap();
    let printed = [ended.stdout, ended.stderr].concat().escape_ascii().to_string();
    assert!(ended.status.success(), "{target}: {printed}");
    assert!(
        !printed.contains("fuzz") && !printed.contains("offset") && !printed.contains("Stripping"),
        "{target}: {printed}"
    );
    let applied = test("").run();
    let (got, wanted) = (dry.read(name), applied.read(name));
    assert!(got == wanted, "{target}: {printed}\n{}", differences(&got, &wanted));
    assert!(got != fixture(target));
}

const DEMOTE: &str = "demote-ca --new-master ca9.example.com:8443";
const PROMOTE: &str = "promote-ca --from ca-master.CS.cfg";

#[test]
fn real_sized_files() {
    patched("ca-master", "CS.cfg", DEMOTE);
    patched("ca-clone", "CS.cfg", PROMOTE);
    patched("ocsp-master", "CS.cfg", "demote-ocsp");
    patched("ocsp-dogtag-clone", "CS.cfg", "promote-ocsp");
}

#[test]
fn ugly_files() {
    for name in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/ugly")).unwrap() {
        let name = name.unwrap().file_name().into_string().unwrap();
        let name = name.trim_end_matches(".CS.cfg");
        if !["even-backslashes", "vertical-tab-injection"].contains(&name) {
            patched(&format!("ugly/{name}"), "CS.cfg", DEMOTE);
            patched(&format!("ugly/{name}"), "CS.cfg", PROMOTE);
        }
    }
}

#[test]
fn names_with_blanks() {
    patched("ca-master", "the CA's CS.cfg", DEMOTE);
}

/// What other readers of diffs look for, letter for letter.
#[test]
fn a_missing_final_newline_is_shown_as_every_diff_shows_it() {
    let test = Test::new().fixture("ugly/no-final-newline");
    let test = test.args(DEMOTE).args("-q --dry-run --to no-final-newline.CS.cfg");
    assert!(
        test.command()
            .output()
            .unwrap()
            .stdout
            .ends_with(b" master.ca.agent.port=8443\n\\ No newline at end of file\n")
    );
}
