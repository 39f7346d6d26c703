//! The JSON objects: every field of a change and of a failure.

use serde_json::{Value, json};

use crate::support::expected::DIFF;
use crate::support::test::{Test, fixture};

const DEMOTE: &str = "demote-ca --to half-role.CS.cfg --new-master ca9.example.com:8443";

fn half_role() -> Test {
    Test::new().fixture("ugly/half-role")
}

#[test]
fn a_change() {
    let change = |key: &str, before: Value, after: &str, line: Value, reason: &str| json!({"key": key, "before": before, "after": after, "line": line, "reason": reason});
    let redirect = "redirect CRL requests to the new master";
    let message = "the role was mixed and is put right: ca.crl.MasterCRL.enableCRLUpdates=true (line 6), \
        master.ca.agent.port (absent)";
    let wanted = |dry_run: bool| {
        json!({
            "schema_version": 2, "changed": true, "dry_run": dry_run, "command": "demote-ca",
            "config": "half-role.CS.cfg", "subsystem": "CA", "role_before": "mixed", "role_after": "clone",
            "changes": [
                change("ca.crl.MasterCRL.enableCRLUpdates", json!("true"), "false", json!(6), "stop generating CRLs"),
                change("master.ca.agent.host", json!("primary.example.com"), "ca9.example.com", json!(14), redirect),
                change("master.ca.agent.port", Value::Null, "8443", Value::Null, redirect),
            ],
            "warnings": [{
                "code": "repaired-mixed-role", "severity": "warning", "message": message, "fix": "", "line": 6,
            }],
            "accepted": [], "diff": DIFF, "backup": null, "service": null, "ipa_proxy": null, "live": null, "issued": [],
        })
    };
    assert_eq!(half_role().json(&format!("{DEMOTE} --dry-run"), 0), wanted(true));
    assert_eq!(half_role().json(&format!("{DEMOTE} --check"), 1), wanted(true));
    let test = half_role();
    let mut got = test.json(DEMOTE, 0);
    let backup = got["backup"].take();
    assert_eq!(got, wanted(false));
    assert_eq!(std::fs::read(backup.as_str().unwrap()).unwrap(), fixture("ugly/half-role"));
    // Nothing to do: `changed` is false, and nothing is in the lists.
    let again = test.json(DEMOTE, 0);
    assert_eq!((&again["changed"], &again["changes"], &again["diff"]), (&json!(false), &json!([]), &json!("")));
    assert_eq!((&again["role_before"], &again["role_after"]), (&json!("clone"), &json!("clone")));
    assert_eq!(again["backup"], Value::Null);
}

#[test]
fn a_failure() {
    let wanted = json!({
        "schema_version": 2, "changed": false, "dry_run": false, "command": "demote-ca", "config": "kra.CS.cfg",
        "subsystem": "KRA", "role_before": null, "role_after": null, "changes": [], "warnings": [], "accepted": [],
        "diff": "", "backup": null, "service": null, "ipa_proxy": null, "live": null, "issued": [],
        "error": {
            "code": "nothing-to-convert", "exit_code": 3,
            "message": "KRA masters and clones have the same configuration: there is nothing to convert",
            "state": "nothing was touched", "fix": "nothing has to be done on this subsystem", "commands": [],
        },
    });
    assert_eq!(Test::new().fixture("kra").json("demote-ca --new-master a:1 --to kra.CS.cfg", 3), wanted);
}

/// The commands of a failure are apart from what is to be done before them.
#[test]
fn the_commands_of_a_failure() {
    let test = half_role();
    let error = test.json("demote-ca --to half-role.CS.cfg --new-master localhost:8443", 3)["error"].take();
    assert_eq!(error["code"], "new-master-is-this-ca");
    let again = "pki-role demote-ca --to half-role.CS.cfg --new-master localhost:8443 --output json --accept new-master-is-this-ca";
    assert_eq!(error["commands"], json!([again]));
}

/// Commands that only report give an object of their own.
#[test]
fn failures_of_reports() {
    let test = Test::new().file("empty", "");
    let wanted = |error: &Value, code: &str| {
        assert_eq!((&error["code"], &error["exit_code"]), (&json!(code), &json!(3)), "{error}");
    };
    let status = test.json("status empty none", 3);
    assert_eq!(status["files"], json!([]));
    wanted(&status["errors"][0], "not-a-cs-cfg");
    wanted(&status["errors"][1], "not-found");
    wanted(&test.json("status --root .", 3)["error"], "no-instance-here");
    wanted(&test.json("check empty", 3)["error"], "not-a-cs-cfg");
    let test = test.file("saved", "{\"files\": []}").file("broken", "{\"files\": 1");
    for file in ["saved", "broken"] {
        wanted(&test.json(&format!("check {file}"), 3)["error"], "no-status");
    }
}
