//! What the program says, to whom, and its exit code: each text verbatim. Data goes to standard
//! output, words to standard error.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Test, fixture};

const DEMOTE: &str = "demote-ca --to half-role.CS.cfg --new-master ca9.example.com:8443";

const DIFF: &str = "\
--- half-role.CS.cfg
+++ half-role.CS.cfg
@@ -3,7 +3,7 @@
 ca.crl.MasterCRL.description=All certificates that this authority has revoked
 ca.crl.MasterCRL.enable=true
 ca.crl.MasterCRL.enableCRLCache=false
-ca.crl.MasterCRL.enableCRLUpdates=true
+ca.crl.MasterCRL.enableCRLUpdates=false
 ca.crl.pageSize=100
 ca.crldbInc=20
 ca.listenToCloneModifications=false
@@ -11,7 +11,8 @@
 cs.type=CA
 instanceId=pki-tomcat
 machineName=secondary.example.com
-master.ca.agent.host=primary.example.com
+master.ca.agent.host=ca9.example.com
+master.ca.agent.port=8443
 pkicreate.systemd.servicename=pki-tomcatd@pki-tomcat.service
 service.securePort=8443
 subsystem.select=Clone
";

const CHANGES: &str = "  \
  stop generating CRLs:
    ca.crl.MasterCRL.enableCRLUpdates: true -> false
  redirect CRL requests to the new master:
    master.ca.agent.host: primary.example.com -> ca9.example.com
    master.ca.agent.port: (absent) -> 8443
";

const REPAIRED: &str = "warning: the file was mixed, neither master nor clone; repaired: \
    ca.crl.MasterCRL.enableCRLUpdates=true (line 6), master.ca.agent.port (absent) \
    [repaired-mixed-role]\n";

const NEXT: &str = "next: with a copy of half-role.CS.cfg on the new master's host:
  pki-role promote-ca --to CLONE.cfg --from half-role.CS.cfg
";

fn half_role() -> Test {
    Test::new().fixture("ugly/half-role")
}

#[test]
fn dry_run_shows_the_diff_and_the_steps_and_touches_nothing() {
    let words = format!(
        "half-role.CS.cfg: would be: CA mixed -> clone\n{CHANGES}steps: back up, replace; no service is touched\n{REPAIRED}{NEXT}"
    );
    half_role().args(DEMOTE).args("--dry-run").stdout(DIFF).stderr(&words).run_untouched();
    half_role().args(DEMOTE).args("--dry-run --quiet").stdout(DIFF).run_untouched();
}

#[test]
fn check_is_one_line_and_an_exit_code() {
    let line = "half-role.CS.cfg: would change: CA mixed -> clone (3 keys)\n";
    half_role().args(DEMOTE).args("--check").stdout(line).status(1).run_untouched();
    half_role().args(DEMOTE).args("--check --quiet").status(1).run_untouched();
    let done = half_role().args(DEMOTE).args("-q").run();
    let line = "half-role.CS.cfg: nothing to do: already as asked (CA clone)\n";
    done.args(DEMOTE).args("--check").stdout(line).run_untouched();
}

#[test]
fn applying_tells_what_was_changed_and_why() {
    let words = format!(
        "half-role.CS.cfg: CA mixed -> clone\n{CHANGES}backup: [DIR]/half-role.CS.cfg.pki-role.[STAMP]\n{REPAIRED}{NEXT}"
    );
    let done = half_role().args(DEMOTE).stderr(&words).run();
    assert_eq!(done.names(), ["half-role.CS.cfg", "half-role.CS.cfg.pki-role.[STAMP]"]);
    let already = "half-role.CS.cfg: nothing to do: already as asked (CA clone)\n";
    done.args(DEMOTE).args("--diff").stderr(already).run_untouched();
    half_role().args(DEMOTE).args("--diff").stdout(DIFF).stderr(&words).run();
    half_role().args(DEMOTE).args("-q").run();
}

/// A block of 170 lines is told in a few.
#[test]
fn a_promotion_is_told_in_a_few_lines() {
    let words = "\
ca-clone.CS.cfg: CA clone -> master
  deleted: the copied block has no such line:
    ca.crl.DeltaUsers.profileCertsOnly: false -> (removed)
  maintain the CRL cache:
    ca.crl.DeltaUsers.enableCRLCache: false -> true
    ca.crl.MasterCRL.enableCRLCache: false -> true
  generate CRLs:
    ca.crl.DeltaUsers.enableCRLUpdates: false -> true
    ca.crl.MasterCRL.enableCRLUpdates: false -> true
  copied from the former master (4 keys):
    ca.crl.MasterCRL.autoUpdateInterval: 240 -> 120
    ca.crl.MasterCRL.autoUpdateInterval.effectiveAtStart: (absent) -> true
    ca.crl.MasterCRL.nextUpdateGracePeriod: 0 -> 60
    and 1 more (--diff shows all)
  turn the database maintenance thread on:
    ca.certStatusUpdateInterval: 0 -> 300
  monitor database replication changes:
    ca.listenToCloneModifications: false -> true
  stop redirecting CRL requests:
    master.ca.agent.host: primary.example.com -> (removed)
    master.ca.agent.port: 8443 -> (removed)
warning: the former master (primary.example.com) is still set as master: demote it or keep it off; two masters issue different CRLs under one CRL number [former-master-still-master]
warning: 12 ca.publish.* settings of the former master are missing here; publishers: OCSPPublisher-primary-example-com-10443; rules: ocsprule-primary-example-com-10443; publishing is switched off here (ca.publish.enable): without them OCSP responders go on answering \"good\" for revoked certificates; add --with-publishing [publishing-stays-behind]
warning: connectors of the former master are missing here; connectors: KRA: they do not follow ca.crl.*, and keys would not be archived [connector-stays-behind]
warning: copied values name the former master primary.example.com and go into new CRLs: ca.crl.DeltaUsers.extension.AuthorityInformationAccess.accessLocation0=http://primary.example.com/pki/ca.crt, ca.crl.DeltaUsers.extension.IssuingDistributionPoint.pointName=http://primary.example.com/crl/DeltaUsers.crl [names-former-master]
next: on every other clone, so that it follows this master:
  pki-role redirect-ca --to CLONE.cfg --new-master secondary.example.com:8443
to issue a CRL now, as an agent of this CA:
  curl --cacert CA.pem --cert AGENT.pem 'https://secondary.example.com:8443/ca/agent/ca/updateCRL?crlIssuingPoint=DeltaUsers&waitForUpdate=true&xml=true'
  curl --cacert CA.pem --cert AGENT.pem 'https://secondary.example.com:8443/ca/agent/ca/updateCRL?crlIssuingPoint=MasterCRL&waitForUpdate=true&xml=true'
";
    let test = Test::new().fixture("ca-clone").fixture("ca-master");
    let args = "promote-ca --from ca-master.CS.cfg --to ca-clone.CS.cfg --cert-status-update-interval 300 --no-backup";
    let done = test.args(args).stderr(words).run();
    assert_eq!(done.names(), ["ca-clone.CS.cfg", "ca-master.CS.cfg"]);
    assert_eq!(done.read("ca-master.CS.cfg"), fixture("ca-master"));
}

#[test]
fn ocsp_responders_are_told_which_key_the_server_reads() {
    let words = "\
ocsp-master.CS.cfg: OCSP master -> clone
  read the replicated store anew at this interval, in seconds:
    OCSP.Responder.store.defStore.refreshInSec: 15000 -> 21600
warning: OCSP.Responder.store.defStore.refreshInSec=21600 is the book's key; Dogtag does not read it, it reads ocsp.store.defStore.refreshInSec [book-key-not-read]
next: on the new master's host:
  pki-role promote-ocsp --to CLONE.cfg
";
    Test::new().fixture("ocsp-master").args("demote-ocsp --no-backup --to ocsp-master.CS.cfg").stderr(words).run();
    let words = "\
ocsp-dogtag-clone.CS.cfg: OCSP clone -> master
  take revocation information from the CA, not from the replicated store:
    ocsp.store.defStore.refreshInSec: 14400 -> (removed)
";
    let test = Test::new().fixture("ocsp-dogtag-clone");
    test.args("promote-ocsp --no-backup --config ocsp-dogtag-clone.CS.cfg").stderr(words).run();
}

#[test]
fn a_point_without_class_on_the_target_is_told() {
    let test = Test::new().fixture("ugly/point-without-class");
    let output = test.args("demote-ca --new-master ca9.example.com:8443 --to point-without-class.CS.cfg").output();
    let warning = "warning: issuing point `DeltaUsers` has no ca.crl.DeltaUsers.class: the CA does not start with it [issuing-point-without-class]\n";
    assert!(String::from_utf8(output.stderr).unwrap().contains(warning));
}

fn as_json(test: &Test, status: i32) -> Value {
    let output = test.output();
    assert_eq!(output.status.code(), Some(status));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn json_of_a_change() {
    let change = |key: &str, before: Value, after: &str, line: Value, reason: &str| json!({"key": key, "before": before, "after": after, "line": line, "reason": reason});
    let redirect = "redirect CRL requests to the new master";
    let wanted = |changed: bool, dry_run: bool| {
        json!({
            "changed": changed, "dry_run": dry_run, "command": "demote-ca", "config": "half-role.CS.cfg",
            "subsystem": "CA", "role_before": "mixed", "role_after": "clone",
            "changes": [
                change("ca.crl.MasterCRL.enableCRLUpdates", json!("true"), "false", json!(6), "stop generating CRLs"),
                change("master.ca.agent.host", json!("primary.example.com"), "ca9.example.com", json!(14), redirect),
                change("master.ca.agent.port", Value::Null, "8443", Value::Null, redirect),
            ],
            "warnings": [{"code": "repaired-mixed-role", "message": REPAIRED.strip_prefix("warning: ").unwrap().strip_suffix(" [repaired-mixed-role]\n")}],
            "diff": DIFF, "backup": null, "service": null,
        })
    };
    let dry = half_role().args(DEMOTE).args("--dry-run --output json");
    assert_eq!(as_json(&dry, 0), wanted(true, true));
    let check = half_role().args(DEMOTE).args("--check --output json");
    assert_eq!(as_json(&check, 1), wanted(true, true));
    let apply = half_role().args(DEMOTE).args("--output json");
    let mut got = as_json(&apply, 0);
    let backup = got["backup"].take();
    assert_eq!(got, wanted(true, false));
    assert_eq!(std::fs::read(backup.as_str().unwrap()).unwrap(), fixture("ugly/half-role"));
    // Nothing to do: `changed` is false, and nothing is in the lists.
    let again = as_json(&apply, 0);
    assert_eq!((&again["changed"], &again["changes"], &again["diff"]), (&json!(false), &json!([]), &json!("")));
    assert_eq!((&again["role_before"], &again["role_after"]), (&json!("clone"), &json!("clone")));
    assert_eq!(again["backup"], Value::Null);
}

#[test]
fn json_of_a_failure() {
    let test = Test::new().fixture("kra").args("demote-ca --new-master a:1 --output json --to kra.CS.cfg");
    let wanted = json!({
        "changed": false, "dry_run": false, "command": "demote-ca", "config": "kra.CS.cfg",
        "subsystem": null, "role_before": null, "role_after": null, "changes": [], "warnings": [], "diff": "",
        "backup": null, "service": null,
        "error": {
            "code": "nothing-to-convert",
            "message": "KRA masters and clones have the same configuration: there is nothing to convert",
            "state": "nothing was touched", "remedy": "nothing has to be done on this subsystem",
        },
    });
    assert_eq!(as_json(&test, 3), wanted);
}

/// Values of a file must not speak to a terminal.
#[test]
fn control_characters_are_escaped() {
    let file = "ca.certStatusUpdateInterval=0\x1b[31m\nca.crl.M.class=C\ncs.type=CA\nmachineName=\u{202e}h\x07\n";
    let test = Test::new().file("CS.cfg", file).file("from", "ca.crl.M.class=C\ncs.type=CA\n");
    let output = test.args("promote-ca --from from --to CS.cfg --dry-run").output();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("    ca.certStatusUpdateInterval: 0\\x1b[31m -> 600\n"), "{words}");
    assert!(words.contains("--new-master '\\u{202e}h\\x07:PORT'\n"), "{words}");
    let allowed = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
    assert!(words.chars().all(allowed), "{words:?}");
    // Into a pipe a diff goes as it is: `patch` must be able to use it.
    assert!(output.stdout.windows(6).any(|bytes| bytes == b"=0\x1b[31"));
}

/// A heading with nothing to type below it would leave its reader searching.
#[test]
fn a_promotion_without_an_enabled_issuing_point_asks_for_no_crl() {
    let said = |enable: &str| {
        let file = format!("ca.crl.A.class=C\nca.crl.A.enable={enable}\ncs.type=CA\n");
        let test = Test::new().file("old.cfg", &file).file("new.cfg", b"ca.crl.B.class=C\ncs.type=CA\n");
        let ended = test.args("promote-ca --from old.cfg --to new.cfg --no-backup").output();
        assert_eq!(ended.status.code(), Some(0));
        String::from_utf8(ended.stderr).unwrap()
    };
    // The new master's points, not the ones that it had as a clone.
    assert!(said("true").contains("crlIssuingPoint=A&"), "{}", said("true"));
    let none = said("false");
    assert!(!none.contains("updateCRL") && !none.contains("issue a CRL now"), "{none}");
    assert!(none.contains("[no-active-issuing-point]"), "{none}");
}

/// `/dev/full` is a file on a disk without room.
#[test]
fn what_could_not_be_told_is_no_success() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for (mode, code) in [("--dry-run", 4), ("--check", 1), ("--output json", 0), ("--dry-run --output json", 4)] {
        let test = half_role().args(DEMOTE).args("--no-backup").args(mode);
        let ended = test.command().stdin(Stdio::null()).stdout(full()).output().unwrap();
        assert_eq!(ended.status.code(), Some(code), "{mode}");
        let words = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(
            words.contains("pki-role: standard output cannot be written: No space left on device"),
            "{mode}: {words}"
        );
    }
}

/// A reader that has gone away is no failure.
#[test]
fn a_broken_pipe_is_success() {
    for (mode, status) in [("--dry-run", 0), ("--diff", 0), ("--output json", 0), ("--check", 1)] {
        let test = half_role().args(DEMOTE).args("--no-backup").args(mode);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let both = writer.try_clone().unwrap();
        let ended = test.command().stdin(Stdio::null()).stdout(writer).stderr(both).status().unwrap();
        assert_eq!(ended.code(), Some(status), "{mode}");
    }
}
