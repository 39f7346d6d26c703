//! Files in the states that administrators really have, where they are at hand: what `status` says of
//! each, and what a conversion makes of it. How they are judged together is the topology's test.

use serde_json::{Value, json};

use crate::support::guide;
use crate::support::readers::java;
use crate::support::shared;
use crate::support::test::{Test, codes};

fn case(name: &str) -> Option<Vec<u8>> {
    shared::file("cases", name)
}

fn status(bytes: &[u8]) -> Value {
    Test::new().file("CS.cfg", bytes).json("status CS.cfg", 0)["files"][0].take()
}

/// The role of each file, and the codes of what is reported; none is left out.
#[test]
fn status_of_each() {
    let description = "issuing-point-without-class";
    let rows: [(&str, &str, &[&str]); 16] = [
        ("clone-point-disabled", "clone", &[]),
        ("freeipa-after-crlgen-disable", "clone", &["no-redirect"]),
        ("freeipa-after-crlgen-enable", "master", &["left-over-redirect"]),
        ("freeipa-fresh-clone-port443", "clone", &[]),
        ("freeipa-fresh-master", "master", &[]),
        ("mini-exmaster", "clone", &[description]),
        ("mini-master", "master", &[description]),
        ("no-task-1-clone", "clone", &[]),
        ("no-task-2-generator-interval0", "master", &["no-status-update-task"]),
        ("ocsp-ldapstore-1", "unknown", &["unknown-role"]),
        ("ocsp-ldapstore-2", "unknown", &["unknown-role"]),
        ("point-enable-typo", "mixed", &["mixed-role"]),
        ("root-ca-master", "master", &[]),
        ("sub-ca-master", "master", &[]),
        ("truncated-former-master", "master", &["incomplete", "stops-start"]),
        ("truncated-live", "master", &["incomplete"]),
    ];
    let Some(files) = shared::files("cases") else { return };
    assert_eq!(files.len(), rows.len());
    for ((name, bytes), (wanted, role, found)) in files.into_iter().zip(rows) {
        assert_eq!(name, wanted);
        let status = status(&bytes);
        assert_eq!(
            (&status["role"], codes(&status["warnings"])),
            (&json!(role), found.iter().map(|code| (*code).to_owned()).collect()),
            "{name}"
        );
    }
}

/// Every CA's file that is whole can be demoted and promoted, and is what the guide makes of it.
#[test]
fn conversions_of_each() {
    let files = shared::files("cases").into_iter().flatten();
    for (name, bytes) in files.filter(|(name, _)| !name.starts_with("ocsp") && !name.starts_with("truncated")) {
        let test = Test::new().file("CS.cfg", &bytes);
        let demote = "demote-ca --to CS.cfg --new-master ca9.example.com:8443";
        let promote = "promote-ca --to CS.cfg --keep-settings";
        match &*name {
            "point-enable-typo" => {
                assert_eq!(test.refused(demote), "role-not-reached");
                assert_eq!(test.refused(promote), "role-not-reached");
            }
            "clone-point-disabled" => assert_eq!(test.refused(promote), "nothing-would-generate"),
            _ => {
                test.json(demote, 0);
                guide::assert_follows(
                    &bytes,
                    &test.read("CS.cfg"),
                    &guide::demote_ca(&bytes, "ca9.example.com", "8443"),
                );
                let interval = java(&bytes).get("ca.certStatusUpdateInterval").cloned();
                let interval = interval.filter(|seconds| seconds != "0").unwrap_or("600".to_owned());
                let test = Test::new().file("CS.cfg", &bytes);
                assert_eq!(test.json(promote, 0)["role_after"], "master", "{name}");
                guide::assert_follows(&bytes, &test.read("CS.cfg"), &guide::promote_ca(&bytes, &interval));
            }
        }
    }
}

/// The former master that an old tool switched off lacks the interval alone.
#[test]
fn a_former_master_that_still_runs_the_task() {
    let Some(bytes) = case("mini-exmaster") else { return };
    let test = Test::new().file("CS.cfg", &bytes);
    let done = test.json("demote-ca --to CS.cfg --new-master secondary.example.com:8443", 0);
    assert_eq!(done["changes"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&done["changes"][0]["key"], &done["changes"][0]["after"]),
        (&json!("ca.certStatusUpdateInterval"), &json!("0"))
    );
}

/// The only generator keeps its settings and gets the task; it listens again with it.
#[test]
fn a_generator_without_the_task() {
    let Some(bytes) = case("no-task-2-generator-interval0") else { return };
    let test = Test::new().file("CS.cfg", &bytes);
    let done = test.json("promote-ca --to CS.cfg --keep-settings", 0);
    let keys: Vec<_> = done["changes"].as_array().unwrap().iter().map(|change| change["key"].clone()).collect();
    assert_eq!(keys, ["ca.certStatusUpdateInterval"]);
}

/// After `ipa-crlgen-manage` only the redirect is stale; the interval is written down with it.
#[test]
fn after_ipa_crlgen_manage() {
    let (Some(enabled), Some(disabled)) = (case("freeipa-after-crlgen-enable"), case("freeipa-after-crlgen-disable"))
    else {
        return;
    };
    let test = Test::new().file("CS.cfg", enabled).file("clone.cfg", disabled);
    let done = test.json("promote-ca --to CS.cfg --keep-settings", 0);
    let keys: Vec<_> = done["changes"].as_array().unwrap().iter().map(|change| change["key"].clone()).collect();
    assert_eq!(keys, ["ca.certStatusUpdateInterval", "master.ca.agent.host", "master.ca.agent.port"]);
    let done = test.json("redirect-ca --to clone.cfg --new-master secondary.example.com:9443", 0);
    assert_eq!(done["changes"].as_array().unwrap().len(), 2);
}

#[test]
fn a_disabled_issuing_point() {
    let Some(clone) = case("clone-point-disabled") else { return };
    let test = Test::new().file("CS.cfg", clone);
    assert_eq!(test.refused("promote-ca --to CS.cfg --keep-settings"), "nothing-would-generate");
    test.json("promote-ca --to CS.cfg --keep-settings --enable-issuing-point MasterCRL", 0);
    let after = status(&test.read("CS.cfg"));
    assert_eq!((&after["role"], &after["issuing_points"][0]["generates"]), (&json!("master"), &json!(true)));
}

/// The line that is named, written as it is said, and nothing is refused any more.
#[test]
fn a_mistyped_switch() {
    let Some(bytes) = case("point-enable-typo") else { return };
    let fix = status(&bytes)["warnings"][0]["fix"].as_str().unwrap().to_owned();
    let (line, text) = fix.split_once("change line ").unwrap().1.split_once(" to ").unwrap();
    let mut lines: Vec<&str> = std::str::from_utf8(&bytes).unwrap().lines().collect();
    lines[line.parse::<usize>().unwrap() - 1] = text;
    let corrected = lines.join("\n") + "\n";
    assert_eq!(status(corrected.as_bytes())["role"], "clone");
    let test = Test::new().file("CS.cfg", corrected);
    test.json("promote-ca --to CS.cfg --keep-settings", 0);
}

#[test]
fn responders_that_read_from_a_directory() {
    for name in ["ocsp-ldapstore-1", "ocsp-ldapstore-2"] {
        let Some(bytes) = case(name) else { return };
        for command in ["demote-ocsp", "promote-ocsp --refresh-in-sec 15000"] {
            let done = Test::new().file("CS.cfg", &bytes).json(&format!("{command} --to CS.cfg"), 0);
            assert_eq!(done["role_after"], "unknown", "{name}");
            assert!(codes(&done["warnings"]).contains(&"refresh-without-effect".to_owned()), "{done}");
        }
    }
}

#[test]
fn truncated_files() {
    let (Some(former), Some(live), Some(clone)) =
        (case("truncated-former-master"), case("truncated-live"), shared::file("real", "ca-clone"))
    else {
        return;
    };
    let test = Test::new().file("CS.cfg", &clone).file("from", former).file("etc/pki/x/ca/CS.cfg", live);
    assert_eq!(test.refused("promote-ca --to CS.cfg --from from"), "incomplete");
    for command in ["demote-ca --new-master ca9.example.com:8443", "promote-ca --keep-settings"] {
        // Refused before any stop: there is no such systemctl.
        assert_eq!(test.refused(&format!("{command} --root . --systemctl ./none -i x")), "incomplete", "{command}");
    }
    let status = test.json("status --root . -i x", 0)["files"][0].take();
    assert_eq!(status["completeness"], "lacks-end");
    assert_eq!(status["warnings"][0]["severity"], "problem");
}
