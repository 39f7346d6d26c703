//! `status` of files: the role is judged by what the server makes of the parameters, in text and as
//! JSON, and each parameter that contradicts it is named.

use serde_json::{Value, json};

use crate::support::test::{Test, codes};

/// A CA clone, line by line, in key order.
const CLONE: &str = "\
ca.certStatusUpdateInterval=0
ca.crl.MasterCRL.class=com.netscape.ca.CRLIssuingPoint
ca.crl.MasterCRL.description=D
ca.crl.MasterCRL.enable=true
ca.crl.MasterCRL.enableCRLCache=false
ca.crl.MasterCRL.enableCRLUpdates=false
ca.listenToCloneModifications=false
cs.type=CA
instanceId=pki-tomcat
machineName=secondary.example.com
master.ca.agent.host=primary.example.com
master.ca.agent.port=8443
service.securePort=8443
";

/// The CA master that it follows.
const MASTER: &str = "\
ca.certStatusUpdateInterval=600
ca.crl.MasterCRL.class=com.netscape.ca.CRLIssuingPoint
ca.crl.MasterCRL.description=D
ca.crl.MasterCRL.enable=true
ca.crl.MasterCRL.enableCRLCache=true
ca.crl.MasterCRL.enableCRLUpdates=true
ca.listenToCloneModifications=true
cs.type=CA
instanceId=pki-tomcat
machineName=primary.example.com
service.securePort=8443
";

fn json_of(file: &str) -> Value {
    Test::new().file("CS.cfg", file).json("status CS.cfg", 0)["files"][0].take()
}

fn text_of(file: &str) -> String {
    let ran = Test::new().file("CS.cfg", file).ran("status CS.cfg");
    ran.expect(0, &[]);
    ran.out
}

#[test]
fn a_clone() {
    Test::new()
        .file("CS.cfg", CLONE)
        .args("status CS.cfg")
        .stdout(
            "\
CS.cfg
  CA of instance pki-tomcat on secondary.example.com:8443
  role: clone: does not generate CRLs; redirects agents to primary.example.com:8443
  issuing points: MasterCRL
",
        )
        .run_untouched();
}

#[test]
fn verbose_shows_every_parameter() {
    Test::new()
        .file("CS.cfg", CLONE.replace("ca.certStatusUpdateInterval=0\n", ""))
        .args("status -v CS.cfg")
        .stdout(
            "\
CS.cfg
  CA of instance pki-tomcat on secondary.example.com:8443
  role: clone: does not generate CRLs; redirects agents to primary.example.com:8443
    parameter                          in the file          effective            master    clone
    ca.certStatusUpdateInterval        (absent)             600 (default)        600       0
    ca.listenToCloneModifications      false                false                true      false
    ca.crl.MasterCRL.enable            true                 true                 true      true
    ca.crl.MasterCRL.enableCRLCache    false                false                true      false
    ca.crl.MasterCRL.enableCRLUpdates  false                false                true      false
    master.ca.agent.host               primary.example.com  primary.example.com  (absent)  the master's
    master.ca.agent.port               8443                 8443                 (absent)  the master's
  issuing points: MasterCRL
",
        )
        .run_untouched();
}

/// Only what contradicts the rest is shown.
#[test]
fn a_mixed_role() {
    Test::new()
        .file("CS.cfg", CLONE.replace("enableCRLCache=false", "enableCRLCache=true"))
        .args("status CS.cfg")
        .stdout(
            "\
CS.cfg
  CA of instance pki-tomcat on secondary.example.com:8443
  role: mixed: neither master nor clone; it does not generate CRLs
    parameter                        in the file  effective  master  clone
    ca.crl.MasterCRL.enableCRLCache  true         true       true    false
  issuing points: MasterCRL
  problem: neither master nor clone: ca.crl.MasterCRL.enableCRLCache=true (line 5): it may generate CRLs that it should not generate, or none that it should [mixed-role]
    fix: demote it or promote it, as it is meant
",
        )
        .run_untouched();
}

#[track_caller]
fn is_mixed_because_of(file: &str, key: &str, says: &str) {
    let status = json_of(file);
    assert_eq!(status["role"], "mixed", "{file}");
    let contradicting: Vec<&str> = status["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|parameter| parameter["says"] == says)
        .map(|parameter| parameter["key"].as_str().unwrap())
        .collect();
    assert_eq!(contradicting, [key]);
    assert_eq!(codes(&status["warnings"]), ["mixed-role"]);
}

#[test]
fn what_makes_a_clone_mixed() {
    let updates = "ca.crl.MasterCRL.enableCRLUpdates";
    is_mixed_because_of(&CLONE.replace("ca.crl.MasterCRL.enableCRLUpdates=false\n", ""), updates, "master");
    is_mixed_because_of(&CLONE.replace("enableCRLUpdates=false", "enableCRLUpdates="), updates, "master");
    is_mixed_because_of(&CLONE.replace("enableCRLUpdates=false", "enableCRLUpdates=True"), updates, "master");
    is_mixed_because_of(&CLONE.replace("enableCRLUpdates=false", "enableCRLUpdates=false "), updates, "unreadable");
    is_mixed_because_of(&CLONE.replace("Interval=0", "Interval=0 "), "ca.certStatusUpdateInterval", "unreadable");
    is_mixed_because_of(&CLONE.replace("enable=true", "enable=yes"), "ca.crl.MasterCRL.enable", "unreadable");
    let second = format!(
        "{CLONE}ca.crl.Second.class=c\nca.crl.Second.description=d\nca.crl.Second.enableCRLCache=false\nca.crl.Second.enableCRLUpdates=true\n"
    );
    is_mixed_because_of(&second, "ca.crl.Second.enableCRLUpdates", "master");
}

/// A value that the server cannot read is named with its line and with what to write.
#[test]
fn an_unreadable_value_that_no_conversion_sets() {
    let text = text_of(&CLONE.replace("enable=true", "enable=true "));
    let what =
        "ca.crl.MasterCRL.enable=true  (line 4), with which the CA does not come up, because of the blank around it";
    assert!(text.contains(what), "{text}");
    assert!(text.contains("fix: with the service stopped change line 4 to ca.crl.MasterCRL.enable=true\n"), "{text}");
}

/// Dogtag's installer writes such a port where it knew none.
#[test]
fn a_redirect_without_a_usable_port() {
    for port in ["-1", "None", "0"] {
        let text = text_of(&format!("{CLONE}master.ca.agent.host=ca1\nmaster.ca.agent.port={port}\n"));
        assert!(text.contains(&format!("; redirects agents to ca1, without a usable port ({port})\n")), "{text}");
    }
}

/// With an interval that is negative or not a number the unit is active and the CA stays down.
#[test]
fn an_interval_with_which_the_ca_does_not_come_up() {
    for value in ["-1", "ten", "99999999999"] {
        for file in [CLONE.replace("Interval=0", "Interval={}"), MASTER.replace("Interval=600", "Interval={}")] {
            let text = text_of(&file.replace("{}", value));
            let what = format!(
                "ca.certStatusUpdateInterval={value} (line 1), with which the CA does not come up: after its next \
                 start the unit is active, but the CA does not answer [mixed-role]\n    fix: demote it or promote it"
            );
            assert!(text.contains(&what), "{text}");
        }
    }
    // An OCSP responder's interval is another matter.
    let text = text_of("cs.type=OCSP\nocsp.storeId=defStore\nocsp.store.defStore.refreshInSec=ten\n");
    assert!(text.contains("refreshInSec=ten (line 3), which the server cannot read: it may re-read"), "{text}");
}

/// What accompanies the role makes no other role of it: the check of a topology says what is wrong.
#[test]
fn the_switches_alone_decide() {
    for (role, file) in [
        ("clone", CLONE.replace("ca.certStatusUpdateInterval=0\n", "")),
        ("clone", CLONE.replace("Modifications=false", "Modifications=true")),
        ("master", MASTER.replace("Interval=600", "Interval=0")),
        ("master", MASTER.replace("Modifications=true", "Modifications=false")),
    ] {
        assert_eq!(json_of(&file)["role"], role, "{file}");
    }
    for (code, file) in [
        ("no-redirect", CLONE.lines().filter(|line| !line.contains("agent")).map(|line| format!("{line}\n")).collect()),
        ("incomplete-redirect", CLONE.replace("master.ca.agent.port=8443\n", "")),
        ("left-over-redirect", format!("{MASTER}master.ca.agent.host=h\n")),
        ("master-not-listening", MASTER.replace("Modifications=true", "Modifications=false")),
        (
            "no-issuing-point",
            CLONE.lines().filter(|line| !line.contains(".crl.")).map(|line| format!("{line}\n")).collect(),
        ),
        ("branch-reference", format!("{MASTER}ca.crl.MasterCRL=x\n")),
        (
            "issuing-point-disabled",
            format!("{MASTER}ca.crl.S.class=c\nca.crl.S.description=d\nca.crl.S.enable=false\n"),
        ),
    ] {
        let status = json_of(&file);
        assert_eq!(codes(&status["warnings"]), [code]);
        assert_eq!(status["warnings"][0]["severity"], "warning", "{code}");
    }
}

#[test]
fn a_disabled_issuing_point_does_not_decide() {
    let status = json_of(&format!("{CLONE}ca.crl.S.class=c\nca.crl.S.description=d\nca.crl.S.enable=false\n"));
    assert_eq!(status["role"], "clone");
    let point = &status["issuing_points"][1];
    assert_eq!((&point["id"], &point["enabled"], &point["generates"]), (&json!("S"), &json!(false), &json!(false)));
    let text = text_of(&format!("{MASTER}ca.crl.S.class=c\nca.crl.S.description=d\nca.crl.S.enable=false\n"));
    assert!(text.contains("  issuing points: MasterCRL (generates), S (disabled)\n"), "{text}");
}

#[test]
fn true_is_true_in_any_case() {
    assert_eq!(json_of(&MASTER.replace("=true", "=True"))["role"], "master");
    assert_eq!(json_of(&CLONE.replace("=false", "=FALSE"))["role"], "clone");
}

#[test]
fn ocsp_responders() {
    let responder = |lines: &str| json_of(&format!("cs.type=OCSP\n{lines}"));
    for (role, lines) in [
        ("master", "ocsp.storeId=defStore\nocsp.store.defStore.class=com.netscape.cms.ocsp.DefStore\n"),
        ("clone", "ocsp.storeId=defStore\nocsp.store.defStore.refreshInSec=14400\n"),
        ("clone", "ocsp.storeId=defStore\nocsp.store.defStore.refreshInSec=21600\n"),
        ("master", "ocsp.storeId=defStore\nocsp.store.defStore.refreshInSec=15000\n"),
        ("mixed", "ocsp.storeId=defStore\nocsp.store.defStore.refreshInSec=14400 \n"),
        ("unknown", "ocsp.storeId=ldapStore\nocsp.store.defStore.refreshInSec=14400\n"),
        ("unknown", "ocsp.store.defStore.refreshInSec=14400\n"),
        ("clone", "OCSP.Responder.store.defStore.refreshInSec=21600\n"),
    ] {
        assert_eq!(responder(lines)["role"], role, "{lines}");
    }
    let ldap = responder("ocsp.storeId=ldapStore\nocsp.store.defStore.refreshInSec=14400\n");
    assert_eq!(codes(&ldap["warnings"]), ["unknown-role"]);
    let often = responder("ocsp.storeId=defStore\nocsp.store.defStore.refreshInSec=15000\n");
    assert_eq!(codes(&often["warnings"]), ["needless-refresh"]);
    assert_eq!(often["store"], json!({"kind": "refreshed", "id": "defStore"}));
}

#[test]
fn a_subsystem_without_roles() {
    Test::new()
        .file("CS.cfg", "cs.type=KRA\nkra.x=1\nmachineName=k.example.com\n")
        .args("status CS.cfg")
        .stdout("CS.cfg\n  KRA on k.example.com\n  role: none: masters and clones have the same configuration\n")
        .run_untouched();
}

#[test]
fn a_line_that_stops_the_start() {
    let text = text_of(&format!("{CLONE}broken\n"));
    assert!(text.contains("  problem: line 14 has no `=`: "), "{text}");
    assert!(text.contains("[stops-start]\n    fix: with the service stopped rewrite line 14 as key=value"), "{text}");
    let status = json_of(&format!("{CLONE}broken\n"));
    let line = &status["ambiguities"][0];
    assert_eq!((&line["line"], &line["stops_start"]), (&json!(14), &json!("missing-delimiter")));
    assert_eq!((&status["warnings"][0]["severity"], &status["warnings"][0]["line"]), (&json!("problem"), &json!(14)));
}

#[test]
fn a_line_that_is_read_as_another_key() {
    let text = text_of(&CLONE.replace("cs.type=CA", "cs.type=CA\nx=a\\\\\ny=b"));
    assert!(text.contains("  line 9: the server reads "), "{text}");
    assert!(text.contains("rewrite it as plain key=value"), "{text}");
}

#[test]
fn a_file_that_is_not_one_is_exit_3_and_the_others_are_shown_all_the_same() {
    let ran = Test::new().file("CS.cfg", CLONE).file("empty", "").ran("status empty CS.cfg none");
    ran.expect(
        3,
        &["pki-role: empty: the file holds no parameter: it is not a CS.cfg", "pki-role: none does not exist"],
    );
    assert!(ran.out.contains("role: clone"), "{ran:?}");
    let json = Test::new().file("CS.cfg", CLONE).file("empty", "").json("status empty CS.cfg none", 3);
    assert_eq!(json["errors"][0]["config"], "empty");
    assert_eq!(json["errors"][1]["config"], "none");
}
