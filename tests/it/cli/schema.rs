//! The JSON Schema, and that every object is as it says. Whatever a test reads with `Test::json` is
//! held against it too.

use serde_json::Value;

use crate::support::schema::{assert_valid, problems};
use crate::support::test::Test;

fn topology() -> Test {
    Test::new().fixture("ca-master").fixture("ca-clone").fixture("ocsp-dogtag-clone").fixture("kra")
}

#[test]
fn every_kind_of_object() {
    let test = topology();
    let files = "ca-master.CS.cfg ca-clone.CS.cfg ocsp-dogtag-clone.CS.cfg";
    let check = test.json(&format!("check {files} kra.CS.cfg"), 1);
    assert!(!check["problems"].as_array().unwrap().is_empty() && !check["questions"].as_array().unwrap().is_empty());
    let files_of_cas = "ca-master.CS.cfg ca-clone.CS.cfg";
    let plan = test.json(&format!("plan {files_of_cas} --new-master secondary.example.com --without-publishing"), 0);
    assert!(!plan["steps"].as_array().unwrap().is_empty(), "{plan}");
    let asks = test.json(&format!("plan {files} --new-master secondary.example.com"), 3);
    assert!(!asks["questions"].as_array().unwrap().is_empty(), "{asks}");
    test.json(&format!("status {files} nowhere"), 3);
    test.json("check nowhere", 3);
    test.json("demote-ca --to ca-master.CS.cfg --new-master a.example.com:8443", 0);
    test.json("demote-ca --to nowhere --new-master a.example.com:8443", 3);
    test.json("issue-crl --to ca-master.CS.cfg", 3);
    let list = test.ran("restore --to ca-master.CS.cfg --list --output json");
    let list: Value = serde_json::from_str(&list.out).unwrap();
    assert_valid(&list);
    assert_eq!(list.as_array().unwrap().len(), 1);
}

#[test]
fn what_is_printed() {
    let ran = Test::new().ran("generate schema");
    ran.expect(0, &[]);
    let schema: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(schema, pki_role::text::schema());
    let alternatives: Vec<&str> =
        schema["anyOf"].as_array().unwrap().iter().map(|each| each["$ref"].as_str().unwrap()).collect();
    let named =
        ["Status", "Change", "Issue", "Error", "Check", "Plan", "Backups"].map(|name| format!("#/$defs/{name}"));
    assert_eq!(alternatives, named);
    let codes = schema["$defs"]["FindingCode"].to_string();
    assert!(codes.contains("crl-expires-soon") && codes.contains("member-missing"), "{codes}");
}

/// The check would not be worth much if it took anything.
#[test]
fn what_is_not_as_the_schema_says() {
    let good = topology().json("status ca-master.CS.cfg", 0);
    assert_eq!(problems(&good, "Status"), [""; 0]);
    let wrong = |pointer: &str, value: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        problems(&bad, "Status")
    };
    for (pointer, value, phrase) in [
        ("/schema_version", 3.into(), ".schema_version: 3 is not 2"),
        ("/files/0/role", "boss".into(), ".files[0].role: \"boss\" is n"),
        ("/files/0/links", (-1).into(), ".files[0].links: -1 < 0"),
        ("/files/0/host", 1.into(), ".files[0].host: 1 is not of type"),
        ("/files/0/parameters/0/line", "x".into(), ".files[0].parameters[0].line: \"x\" is not of type"),
        ("/files/0/warnings/0/code", "no-such-code".into(), ".files[0].warnings[0].code: \"no-such-code\" is n"),
        ("/files/0", serde_json::json!({"surplus": 1}), ".files[0]: the schema does not name surplus"),
        ("/files/0", serde_json::json!({}), ".files[0]: \"config\" is missing"),
    ] {
        let found = wrong(pointer, value);
        assert!(found.iter().any(|problem| problem.starts_with(phrase)), "{pointer}: {found:?}");
    }
}
