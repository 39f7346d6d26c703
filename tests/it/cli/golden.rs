//! Each conversion on each fixture, compared byte for byte with what was once written, looked at
//! and kept in `fixtures/expected/`; and compared with the guide by two readers that share no code
//! with the program. A second run must touch nothing.

use crate::support::guide::{self, Steps};
use crate::support::test::{Test, differences, fixture};

/// One conversion: `fixtures/expected/<expected>.CS.cfg` is what it makes of the target.
#[track_caller]
fn golden(target: &str, args: &str, from: Option<&str>, expected: &str, steps: &Steps) {
    let mut test = Test::new().file("CS.cfg", fixture(target));
    if let Some(from) = from {
        test = test.file("from.cfg", fixture(from));
    }
    let test = test.args(args).args("--to CS.cfg --quiet").run();
    let after = test.read("CS.cfg");
    let wanted = fixture(&format!("expected/{expected}"));
    assert!(after == wanted, "{}", differences(&after, &wanted));
    guide::assert_follows(&fixture(target), &after, steps);
    test.args(args).args("--to CS.cfg --quiet").run_untouched();
}

#[track_caller]
fn demoted(target: &str, host: &str, expected: &str) {
    let steps = guide::demote_ca(&fixture(target), host, "8443");
    golden(target, &format!("demote-ca --new-master {host}:8443"), None, expected, &steps);
}

#[track_caller]
fn promoted(target: &str, from: &str, expected: &str) {
    golden(target, "promote-ca --from from.cfg", Some(from), expected, &guide::promote_ca(&fixture(from), "600"));
}

#[track_caller]
fn refreshed(target: &str, command: &str, seconds: Option<&str>, expected: &str) {
    let option = seconds.map(|seconds| format!(" --refresh-in-sec {seconds}")).unwrap_or_default();
    golden(target, &format!("{command}{option}"), None, expected, &guide::refresh(&fixture(target), seconds));
}

#[test]
fn a_ca_master_demoted() {
    demoted("ca-master", "secondary.example.com", "ca-master.demoted");
}

#[test]
fn a_ca_clone_promoted() {
    promoted("ca-clone", "ca-master", "ca-clone.promoted");
}

/// The former master has been demoted by then, as it should be: the CRLs are on all the same.
#[test]
fn a_ca_clone_promoted_from_an_already_demoted_master() {
    promoted("ca-clone", "expected/ca-master.demoted", "ca-clone.promoted");
}

#[test]
fn a_demoted_ca_promoted_again() {
    promoted("expected/ca-master.demoted", "expected/ca-clone.promoted", "ca-master.promoted-again");
}

#[test]
fn an_ocsp_master_with_the_guides_key_demoted() {
    refreshed("ocsp-master", "demote-ocsp", Some("21600"), "ocsp-master.demoted");
}

#[test]
fn an_ocsp_clone_with_the_guides_key_promoted() {
    refreshed("ocsp-clone", "promote-ocsp", None, "ocsp-clone.promoted");
    refreshed("ocsp-clone", "promote-ocsp", Some("15000"), "ocsp-clone.promoted-15000");
}

#[test]
fn an_ocsp_master_with_dogtags_key_demoted() {
    refreshed("ocsp-dogtag-master", "demote-ocsp", Some("21600"), "ocsp-dogtag-master.demoted");
    refreshed("ocsp-dogtag-master", "demote-ocsp", Some("14400"), "ocsp-dogtag-master.demoted-14400");
}

#[test]
fn an_ocsp_clone_with_dogtags_key_promoted() {
    refreshed("ocsp-dogtag-clone", "promote-ocsp", None, "ocsp-dogtag-clone.promoted");
}

/// A test for each ugly trait: the file as target of a demotion, and of a promotion from the
/// former master named, which brings an issuing point that the file does not have, or lacks one that it has.
macro_rules! ugly {
    ($($name:ident: $trait:literal, from $from:literal;)*) => {$(
        #[test]
        fn $name() {
            let target = concat!("ugly/", $trait);
            demoted(target, "ca9.example.com", concat!($trait, ".demoted"));
            promoted(target, concat!("ugly/", $from), concat!($trait, ".promoted"));
        }
    )*};
}

ugly! {
    bom: "bom", from "second-point-left-on";
    colon_separators: "colon-separators", from "second-point-left-on";
    comments_and_blank_lines: "comments-and-blank-lines", from "second-point-left-on";
    continuation: "continuation", from "second-point-left-on";
    crl_lookalikes: "crl-lookalikes", from "second-point-left-on";
    crlf: "crlf", from "second-point-left-on";
    dangling_continuation: "dangling-continuation", from "second-point-left-on";
    duplicates: "duplicates", from "second-point-left-on";
    empty_values: "empty-values", from "second-point-left-on";
    half_role: "half-role", from "second-point-left-on";
    lone_cr: "lone-cr", from "second-point-left-on";
    mixed_endings: "mixed-endings", from "second-point-left-on";
    no_final_newline: "no-final-newline", from "second-point-left-on";
    not_utf8: "not-utf8", from "second-point-left-on";
    point_without_class: "point-without-class", from "second-point-left-on";
    second_point_left_on: "second-point-left-on", from "smuggle";
    spaced_separators: "spaced-separators", from "second-point-left-on";
    trailing_blanks: "trailing-blanks", from "second-point-left-on";
    unsorted: "unsorted", from "second-point-left-on";
    uppercase_booleans: "uppercase-booleans", from "second-point-left-on";
}

/// A former master's file in which a lone CR begins a line that is no `ca.crl.` line.
#[test]
fn smuggle() {
    demoted("ugly/smuggle", "ca9.example.com", "smuggle.demoted");
    promoted("ca-clone", "ugly/smuggle", "ca-clone.promoted-from-smuggle");
    let after = fixture("expected/ca-clone.promoted-from-smuggle");
    assert!(!after.escape_ascii().to_string().contains("/tmp/passwords") && !after.contains(&b'\r'));
}

/// Every expected file is the end of a test, and every ugly file has its row here.
#[test]
fn nothing_is_left_out() {
    let tests = include_str!("golden.rs");
    let names = |folder: &str| -> Vec<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        let names = files.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
        names.map(|name| name.trim_end_matches(".CS.cfg").to_owned()).collect()
    };
    let refused = ["even-backslashes", "vertical-tab-injection"];
    for ugly in names("ugly") {
        assert!(refused.contains(&&*ugly) || tests.contains(&format!("{ugly}\"")), "ugly/{ugly}");
    }
    for expected in names("expected") {
        let (target, how) = expected.rsplit_once('.').unwrap();
        let is_row = matches!(how, "demoted" | "promoted") && tests.contains(&format!(": \"{target}\", from"));
        assert!(is_row || tests.contains(&format!("\"{expected}\"")), "expected/{expected}");
    }
}
