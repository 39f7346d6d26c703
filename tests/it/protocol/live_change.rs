//! Conversions of a CA that answers: its CRLs before and afterwards, its running role, and a CRL at
//! the end.

use serde_json::{Value, json};

use crate::support::fake_ca::{CLONE, FakeCa, Update};
use crate::support::fake_systemctl::UNIT;
use crate::support::host::{START, STOP};
use crate::support::test::codes;

const DEMOTE: &str = "demote-ca -i pki-tomcat --new-master ca2.example.com:8443 --settle 0";
const PROMOTE: &str = "promote-ca -i pki-tomcat --keep-settings --settle 0";

/// A whole number of hours would round down in the next second.
const LEFT: i64 = 3 * 3600 + 40 * 60 + 50;

#[test]
fn a_demotion_says_until_when_a_master_is_needed() {
    let ca = FakeCa::new("ca-master");
    ca.set_crls(3600, LEFT, 7);
    let dry = ca.run(&format!("{DEMOTE} --dry-run"));
    dry.expect(0, &["CRLs: afterwards nobody generates them", "  MasterCRL: number 7, promote before 20"]);
    assert!(dry.error.contains(" UTC (3 h 40 min)\n"), "{dry:?}");
    assert_eq!(ca.systemctl.changes(), [""; 0]);
    ca.run(DEMOTE).expect(
        0,
        &[
            "CRLs: from now on nobody generates them, unless another CA does; the last ones are:",
            "  DeltaUsers: number 7, promote before 20",
        ],
    );
    // Nothing to do, nothing to say.
    let again = ca.run(DEMOTE);
    assert!(!again.expect(0, &["already as asked"]).error.contains("CRLs:"), "{again:?}");
}

#[test]
fn a_demotion_whose_crls_are_not_known() {
    let ca = FakeCa::new("ca-master");
    ca.set_crls(7200, -60, 7);
    ca.state().crls.remove("DeltaUsers");
    let ran = ca.run(&format!("{DEMOTE} --dry-run"));
    ran.expect(
        0,
        &["  DeltaUsers: not known: the server says that there is none", "  MasterCRL: number 7, expired 20"],
    );
    // A server that is down is demoted without a word about its CRLs being valid.
    ca.systemctl.set(UNIT, "inactive");
    ca.run(&format!("{DEMOTE} --dry-run"))
        .expect(0, &["the last ones are not known here (", "): status on a clone shows them\n"]);
}

#[test]
fn both_times_are_in_the_json() {
    let ca = FakeCa::new("ca-master");
    let json = ca.json(DEMOTE, 0);
    assert_eq!(json["live"]["before"]["caches"]["MasterCRL"], true);
    assert_eq!(json["live"]["after"]["caches"]["MasterCRL"], false);
    assert_eq!(json["live"]["after"]["crls"][1]["number"], 7);
    let json = ca.json(&format!("{PROMOTE} --dry-run"), 0);
    assert_eq!((&json["live"]["before"]["answer"], &json["live"]["after"]), (&"running".into(), &Value::Null));
}

/// What is an export's own number goes with it, and is compared before anything is stopped.
#[test]
fn replication_is_behind() {
    let former = FakeCa::new("ca-master");
    former.set_crls(60, LEFT, 9);
    let export = former.run("export-ca -i pki-tomcat");
    export.expect(0, &[]);
    assert!(export.out.contains("_pki-role.crlNumber.MasterCRL=9\n"), "{}", export.out);
    let ca = FakeCa::new("ca-clone");
    std::fs::write(ca.test.path("former.export"), &export.out).unwrap();
    let promote = "promote-ca -i pki-tomcat --from former.export --settle 0";
    let error = ca.json(promote, 3)["error"].take();
    assert_eq!(error["code"], "replication-behind");
    assert_eq!(ca.systemctl.changes(), [""; 0]);
    ca.set_crls(60, LEFT, 9);
    assert_eq!(ca.json(&format!("{promote} --dry-run"), 0)["changed"], true);
    ca.set_crls(60, LEFT, 8);
    ca.run(&format!("{promote} --accept replication-behind")).expect(0, &["accepted: the last CRL of "]);
}

/// A server that is down gives no number, and the export says so.
#[test]
fn an_export_without_numbers() {
    let ca = FakeCa::new("ca-master");
    ca.systemctl.set(UNIT, "inactive");
    let ran = ca.run("export-ca -i pki-tomcat");
    ran.expect(0, &["note: the export carries no CRL numbers to compare with: "]);
    assert!(!ran.out.contains("crlNumber."), "{}", ran.out);
}

/// The unit was restarted, and what answers still has the old role: another process, or another file.
#[test]
fn a_server_that_runs_with_another_role() {
    let ca = FakeCa::new("ca-master");
    ca.state().caches = Some(true);
    let error = ca.json(DEMOTE, 5)["error"].take();
    assert_eq!(error["code"], "runs-with-another-role");
    assert!(error["message"].as_str().unwrap().contains("DeltaUsers, MasterCRL"), "{error}");
    let ca = FakeCa::new("ca-master");
    ca.state().caches = Some(true);
    assert_eq!(ca.json(&format!("{DEMOTE} --rollback"), 4)["error"]["code"], "runs-with-another-role");
    // `status` finds it, where the file was edited and nothing was restarted.
    ca.state().caches = Some(false);
    let status = ca.json("status", 0);
    let codes = crate::support::test::codes(&status["files"][0]["warnings"]);
    assert!(codes.contains(&"runs-with-another-role".to_owned()), "{codes:?}");
}

/// The file was edited and the server not restarted: the conversion that the file has already restarts it.
#[test]
fn a_server_that_was_not_restarted() {
    let demote = "demote-ca -i pki-tomcat --new-master primary.example.com:8443";
    let promote = "promote-ca -i pki-tomcat --keep-settings";
    for (fixture, command, runs) in [("ca-clone", demote, true), ("ca-master", promote, false)] {
        let ca = FakeCa::new(fixture);
        ca.run(&format!("{command} --settle 0")).expect(0, &[]);
        let (before, calls) = (ca.test.read("etc/pki/pki-tomcat/ca/CS.cfg"), ca.systemctl.changes().len());
        let marker = ca.systemctl.file("runs-otherwise");
        std::fs::write(&marker, "").unwrap();
        ca.systemctl.on("start", &format!("rm -f {}", marker.display()));
        (ca.state().caches, ca.state().caches_while) = (Some(runs), Some(marker.clone()));
        // Where the service is not to be touched, the report says so.
        let json = ca.json(&format!("{command} --no-start --settle 0"), 0);
        assert_eq!(codes(&json["warnings"]), ["runs-with-another-role"], "{json:#}");
        let ran = ca.run(&format!("{command} --check"));
        assert!(ran.out.contains("would restart pki-tomcatd@pki-tomcat.service"), "{ran:?}");
        ran.expect(1, &["[runs-with-another-role]"]);
        assert!(ca.systemctl.changes().len() == calls && marker.exists());
        let ran = ca.run(&format!("{command} --settle 0"));
        ran.expect(
            0,
            &[
                "already as asked",
                "but the running server has another role",
                "service: pki-tomcatd@pki-tomcat.service: started",
            ],
        );
        assert_eq!(ca.systemctl.changes()[calls..], [STOP, START]);
        assert_eq!(ca.test.read("etc/pki/pki-tomcat/ca/CS.cfg"), before);
        ca.run(&format!("{command} --check")).expect(0, &[]);
        // One that goes on with the other role is not called right.
        ca.state().caches_while = None;
        assert_eq!(ca.json(&format!("{command} --settle 0"), 5)["error"]["code"], "runs-with-another-role");
    }
}

#[test]
fn a_promotion_ends_with_a_crl() {
    let Some(ca) = FakeCa::with_agents("ca-clone", CLONE) else { return };
    let promote = format!("{PROMOTE} --issue-crl {}", ca.agent("agent"));
    let dry = ca.run(&format!("{promote} --dry-run"));
    dry.expect(0, &["verify, have CRLs issued\n"]);
    assert_eq!(ca.updates(), 0);
    let ran = ca.run(&promote);
    ran.expect(0, &["having CRLs issued ...\n"]);
    let last = ran.error.lines().last().unwrap();
    let by = format!("issued by {CLONE}:{}: CRL of MasterCRL, number 8, issued 20", ca.tls.as_ref().unwrap().port);
    assert!(last.starts_with(&by) && last.ends_with("; before: number 7"), "{ran:?}");
    // The goal is reached already: a CRL is issued all the same, as was asked.
    let json = ca.json(&promote, 0);
    assert_eq!((&json["changed"], &json["issued"][1]["crl"]["number"]), (&false.into(), &9.into()));
}

#[test]
fn a_promotion_without_its_crl() {
    let Some(ca) = FakeCa::with_agents("ca-clone", CLONE) else { return };
    let promote = format!("{PROMOTE} --issue-crl {}", ca.agent("agent"));
    ca.on_update(&[Update::Status(403)]);
    let json = ca.json(&promote, 5);
    assert_eq!((&json["error"]["code"], &json["changed"]), (&"not-an-agent".into(), &true.into()));
    let state = json["error"]["state"].as_str().unwrap();
    assert!(state.contains("is converted; ") && state.contains("; no CRL was issued"), "{state}");
    let command = json["error"]["commands"][0].as_str().unwrap().to_owned();
    assert!(command.starts_with("pki-role issue-crl -i pki-tomcat "), "{command}");
    // The remedy is a command that goes on.
    let arguments = command.strip_prefix("pki-role ").unwrap();
    assert_eq!(ca.test.json(arguments, 0)["issued"].as_array().unwrap().len(), 2);
    // Nothing was to be changed, and nothing was issued: all is as it was.
    ca.on_update(&[Update::Status(403)]);
    assert_eq!(ca.json(&promote, 4)["changed"], false);
}

/// Where an agent's certificate is known, a plan begins and ends its move with a CRL.
#[test]
fn a_plan_with_crls() {
    let (master, clone) = (FakeCa::new("ca-master"), FakeCa::new("ca-clone"));
    let agent = [
        ("var/lib/ipa/ra-agent.pem", "-----BEGIN CERTIFICATE-----"),
        ("var/lib/ipa/ra-agent.key", "-----BEGIN PRIVATE KEY-----"),
        ("etc/ipa/ca.crt", "-----BEGIN CERTIFICATE-----"),
    ];
    let plan = |with_agent: bool| {
        for (ca, name) in [(&master, "master.json"), (&clone, "clone.json")] {
            for (place, text) in agent.iter().filter(|_| with_agent) {
                let path = ca.test.path(place);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            let status = ca.json("status", 0);
            assert_eq!(status["files"][0]["has_agent"], with_agent);
            std::fs::write(master.test.path(name), status.to_string()).unwrap();
        }
        let plan = "plan master.json clone.json --new-master secondary.example.com --without-publishing";
        master.test.json(plan, 0)["steps"].as_array().unwrap().clone()
    };
    let commands = |steps: &[Value]| -> Vec<String> {
        steps.iter().map(|step| step["argv"].as_array().unwrap()[1].as_str().unwrap().to_owned()).collect()
    };
    let without = plan(false);
    assert_eq!(commands(&without), ["demote-ca", "status", "promote-ca", "check"]);
    let awaited = json!([{"issuing_point": "DeltaUsers", "number": 7}, {"issuing_point": "MasterCRL", "number": 7}]);
    assert_eq!((&without[0]["awaits"], &without[1]["awaits"]), (&json!([]), &awaited));
    assert!(without[1]["reason"].as_str().unwrap().contains("CRL 7 of MasterCRL"), "{without:?}");
    let with = plan(true);
    assert_eq!(commands(&with), ["issue-crl", "demote-ca", "status", "promote-ca", "check"]);
    assert!(with[2]["reason"].as_str().unwrap().contains("CRL 8 of MasterCRL"), "{with:?}");
    assert!(with[3]["argv"].as_array().unwrap().contains(&"--issue-crl".into()), "{with:?}");
}

/// Nothing is stopped for a certificate that is not there.
#[test]
fn a_promotion_that_could_not_issue() {
    let Some(ca) = FakeCa::with_agents("ca-clone", CLONE) else { return };
    for (options, code) in [("", "no-agent-certificate"), ("--agent-cert /nowhere.pem", "agent-file-unreadable")] {
        let error = ca.json(&format!("{PROMOTE} --issue-crl {options}"), 3)["error"].take();
        assert_eq!(error["code"], code);
    }
    assert_eq!(ca.systemctl.changes(), [""; 0]);
    let file = std::fs::read(ca.config()).unwrap();
    std::fs::write(ca.test.path("copy.cfg"), file).unwrap();
    let args = format!("promote-ca --to copy.cfg --keep-settings --issue-crl {}", ca.agent("agent"));
    assert_eq!(ca.json(&args, 3)["error"]["code"], "not-live");
}
