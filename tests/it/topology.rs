//! `check`: each way in which a topology is wrong is named with host, file and the command that
//! mends it, whether the files come as CS.cfg or as saved statuses.

use std::fs;

use serde_json::Value;

use crate::status::{CLONE, MASTER};
use crate::support::Test;

const OCSP_MASTER: &str = "cs.type=OCSP\nmachineName=o1.example.com\nocsp.storeId=defStore\n";
const OCSP_CLONE: &str =
    "cs.type=OCSP\nmachineName=o2.example.com\nocsp.store.defStore.refreshInSec=21600\nocsp.storeId=defStore\n";

fn third() -> String {
    CLONE.replace("machineName=secondary", "machineName=third")
}

/// Exit code, problem codes and warning codes for these files.
fn judge(files: &[&str]) -> (i32, Vec<String>, Vec<String>) {
    let mut test = Test::new().args("check --output json");
    for (nth, file) in files.iter().enumerate() {
        let name = format!("{nth}.cfg");
        test = test.file(&name, file).arg(&name);
    }
    let output = test.output();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes = |list: &str| -> Vec<String> {
        verdict[list].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
    };
    let code = output.status.code().unwrap();
    assert_eq!(verdict["ok"], code == 0);
    assert_eq!(verdict["files"].as_array().unwrap().len(), files.len());
    (code, codes("problems"), codes("warnings"))
}

#[track_caller]
fn judged(files: &[&str], problems: &[&str], warnings: &[&str]) {
    let code = i32::from(!problems.is_empty());
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(judge(files), (code, own(problems), own(warnings)));
}

#[test]
fn right_ones() {
    judged(&[MASTER, CLONE], &[], &[]);
    judged(&[CLONE, &third(), MASTER], &[], &[]);
    judged(&[OCSP_MASTER, OCSP_CLONE], &[], &[]);
    judged(&[MASTER, CLONE, OCSP_CLONE, OCSP_MASTER, "cs.type=KRA\n"], &[], &[]);
}

#[test]
fn two_masters() {
    let second = MASTER.replace("primary", "secondary");
    judged(&[MASTER, &second], &["several-ca-masters"], &[]);
    judged(&[OCSP_MASTER, &OCSP_MASTER.replace("o1", "o3"), OCSP_CLONE], &["several-ocsp-masters"], &[]);
}

#[test]
fn no_master() {
    judged(&[CLONE, &third()], &["no-ca-master"], &[]);
    judged(&[OCSP_CLONE], &["no-ocsp-master"], &[]);
}

#[test]
fn a_stale_redirect() {
    let stale = CLONE.replace("agent.host=primary", "agent.host=old");
    judged(&[MASTER, &stale, &third()], &["stale-redirect"], &[]);
    judged(&[MASTER, &CLONE.replace("agent.port=8443", "agent.port=9443")], &["stale-redirect"], &[]);
}

#[test]
fn half_a_role() {
    let half = CLONE.replace("enableCRLCache=false", "enableCRLCache=true");
    judged(&[MASTER, &half], &["mixed-role"], &[]);
    let generating = CLONE.replace("enableCRLUpdates=false", "enableCRLUpdates=true");
    judged(&[MASTER, &generating], &["mixed-role", "several-ca-masters"], &[]);
}

#[test]
fn the_status_update_task() {
    let idle = MASTER.replace("Interval=600", "Interval=0");
    judged(&[&idle, CLONE], &["mixed-role", "no-status-update-task"], &[]);
    let busy = CLONE.replace("Interval=0", "Interval=600");
    judged(&[MASTER, &busy], &["mixed-role", "several-status-update-tasks"], &[]);
}

#[test]
fn a_line_that_stops_a_start() {
    judged(&[MASTER, &format!("{CLONE}broken\n")], &["stops-start"], &[]);
}

#[test]
fn what_is_only_a_warning() {
    judged(
        &[&MASTER.replace("listenToCloneModifications=true", "listenToCloneModifications=false"), CLONE],
        &[],
        &["master-not-listening"],
    );
    judged(&[&format!("{MASTER}ca.crl.Extra.class=c\n"), CLONE], &[], &["issuing-point-only-on-master"]);
    let publishing = format!(
        "{CLONE}ca.publish.enable=true\nca.publish.rule.instance.r.enable=true\nca.publish.rule.instance.r.publisher=p\n"
    );
    judged(&[MASTER, &publishing], &[], &["publishing-only-on-clone"]);
    judged(
        &[&format!("{MASTER}securitydomain.name=A\n"), &format!("{CLONE}securitydomain.name=B\n")],
        &[],
        &["not-one-topology"],
    );
    judged(
        &[&format!("{MASTER}ca.signing.cert=A\n"), &format!("{CLONE}ca.signing.cert=B\n")],
        &[],
        &["not-one-topology"],
    );
    judged(&["cs.type=TKS\n"], &[], &["nothing-to-check"]);
}

#[test]
fn problems_name_host_file_line_and_command() {
    Test::new()
        .file("m.cfg", MASTER)
        .file("c.cfg", CLONE.replace("agent.host=primary", "agent.host=old"))
        .args("check m.cfg c.cfg")
        .status(1)
        .stdout(
            "\
m.cfg: CA on primary.example.com: master: this CA generates CRLs
c.cfg: CA on secondary.example.com: clone: this CA does not generate CRLs; requests go to old.example.com:8443
problem: secondary.example.com (c.cfg) sends CRL requests to old.example.com:8443, but the master is primary.example.com:8443 [stale-redirect]
  mend: pki-role redirect-ca --to c.cfg --new-master primary.example.com:8443
the topology is wrong
",
        )
        .run_untouched();
}

#[test]
fn saved_statuses_are_recognised_by_content() {
    let test = Test::new().file("m.cfg", MASTER).file("c.cfg", CLONE);
    let saved = test.args("status m.cfg --output json").output();
    let test = Test::new().file("c.cfg", CLONE).file("saved", saved.stdout).args("check c.cfg saved");
    let output = test.output();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    fs::write(test.path("saved"), "{\"files\": 1}").unwrap();
    let output = test.output();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("saved is neither a CS.cfg nor a whole output of"));
}

/// Each host's file has the same path on its host.
#[test]
fn saved_statuses_of_files_under_one_path() {
    let saved = |file: &str| Test::new().file("CS.cfg", file).args("status CS.cfg --output json").output().stdout;
    let check = |clone: &str| {
        let test = Test::new().file("m", saved(MASTER)).file("c", saved(clone)).file("t", saved(&third()));
        test.args("check m c t").output()
    };
    assert_eq!(check(CLONE).status.code(), Some(0));
    let output = check(&CLONE.replace("agent.host=primary", "agent.host=old"));
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("[stale-redirect]"));
}

#[test]
fn the_same_server_twice_is_one_server() {
    let (code, problems, warnings) = judge(&[MASTER, MASTER, CLONE]);
    assert_eq!((code, problems, warnings), (0, vec![], vec!["same-server-twice".to_owned()]));
}

#[test]
fn redirect_ca_makes_a_third_clone_follow_and_is_refused_on_a_master() {
    let test =
        Test::new().file("CS.cfg", CLONE).args("redirect-ca --to CS.cfg --new-master new.example.com:9443 -q").run();
    let wanted = CLONE.replace("agent.host=primary", "agent.host=new").replace("agent.port=8443", "agent.port=9443");
    assert_eq!(String::from_utf8(test.read("CS.cfg")).unwrap(), wanted);
    Test::new()
        .file("CS.cfg", MASTER)
        .args("redirect-ca --to CS.cfg --new-master new.example.com:9443")
        .status(3)
        .stderr(
            "\
pki-role: this CA is master, not a clone: only a clone follows a master
  state: nothing was touched
  next:  make it a clone first: pki-role demote-ca --to FILE --new-master HOST:PORT
",
        )
        .run_untouched();
}
