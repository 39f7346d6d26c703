//! `status`: the role is told from what the server makes of the keys, in words and as JSON, and
//! each odd key is named.

use std::fs;

use serde_json::Value;

use crate::support::Test;

/// A CA clone, line by line, in key order.
pub const CLONE: &str = "\
ca.certStatusUpdateInterval=0
ca.crl.MasterCRL.class=com.netscape.ca.CRLIssuingPoint
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
pub const MASTER: &str = "\
ca.certStatusUpdateInterval=600
ca.crl.MasterCRL.class=com.netscape.ca.CRLIssuingPoint
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
    let test = Test::new().file("CS.cfg", file).args("status CS.cfg --output json");
    let output = test.output();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    serde_json::from_slice::<Value>(&output.stdout).unwrap()["files"][0].clone()
}

#[track_caller]
fn is_mixed_because_of(file: &str, key: &str) {
    let status = json_of(file);
    assert_eq!(status["role"], "mixed");
    let odd: Vec<&str> = status["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|evidence| evidence["odd"] == true)
        .map(|evidence| evidence["key"].as_str().unwrap())
        .collect();
    assert_eq!(odd, [key]);
}

#[test]
fn a_clone_is_told_in_words() {
    Test::new()
        .file("CS.cfg", CLONE)
        .args("status CS.cfg")
        .stdout(
            "\
CS.cfg
  CA of instance pki-tomcat on secondary.example.com:8443
  role: clone: this CA does not generate CRLs; requests go to primary.example.com:8443
    key                                 in file     effective  master   clone
    ca.certStatusUpdateInterval         0           0          600      0
    ca.listenToCloneModifications       false       false      true     false
    ca.crl.MasterCRL.enable             true        true       true     true
    ca.crl.MasterCRL.enableCRLCache     false       false      true     false
    ca.crl.MasterCRL.enableCRLUpdates   false       false      true     false
    master.ca.agent.host
      in file: primary.example.com
      effective: primary.example.com
      master: (absent), clone: master's
    master.ca.agent.port                8443        8443       (absent) master's
  issuing points: MasterCRL
",
        )
        .run_untouched();
}

#[test]
fn a_half_role_is_mixed_and_its_odd_key_is_marked_with_the_command_that_mends_it() {
    let output = Test::new()
        .file("CS.cfg", CLONE.replace("enableCRLUpdates=false", "enableCRLUpdates=true"))
        .args("status CS.cfg")
        .output();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("  ! ca.crl.MasterCRL.enableCRLUpdates   true        true       true     false\n"), "{text}");
    assert!(text.contains("pki-role demote-ca --to CS.cfg --new-master primary.example.com:8443\n"), "{text}");
    assert!(text.contains("pki-role promote-ca --to CS.cfg --from FORMER-MASTER.CS.cfg\n"), "{text}");
}

#[test]
fn what_makes_a_clone_mixed() {
    let updates = "ca.crl.MasterCRL.enableCRLUpdates";
    is_mixed_because_of(&CLONE.replace("ca.crl.MasterCRL.enableCRLUpdates=false\n", ""), updates);
    is_mixed_because_of(&CLONE.replace("enableCRLUpdates=false", "enableCRLUpdates="), updates);
    is_mixed_because_of(&CLONE.replace("enableCRLUpdates=false", "enableCRLUpdates=True"), updates);
    is_mixed_because_of(&CLONE.replace("enableCRLUpdates=false", "enableCRLUpdates=false "), updates);
    is_mixed_because_of(&CLONE.replace("ca.certStatusUpdateInterval=0\n", ""), "ca.certStatusUpdateInterval");
    is_mixed_because_of(&CLONE.replace("Interval=0", "Interval=0 "), "ca.certStatusUpdateInterval");
    let second = format!(
        "{CLONE}ca.crl.Second.class=c\nca.crl.Second.enableCRLCache=false\nca.crl.Second.enableCRLUpdates=true\n"
    );
    is_mixed_because_of(&second, "ca.crl.Second.enableCRLUpdates");
}

#[test]
fn a_disabled_point_does_not_decide_and_is_told() {
    let file = format!("{CLONE}ca.crl.Second.class=c\nca.crl.Second.enable=false\n");
    let status = json_of(&file);
    assert_eq!(status["role"], "clone");
    assert_eq!(status["issuing_points"][1], serde_json::json!({"id": "Second", "enabled": false, "generates": false}));
}

#[test]
fn true_is_true_in_any_case() {
    assert_eq!(json_of(&MASTER.replace("=true", "=True"))["role"], "master");
    assert_eq!(json_of(&CLONE.replace("=false", "=FALSE"))["role"], "clone");
}

#[test]
fn a_subsystem_without_roles() {
    Test::new()
        .file("CS.cfg", "cs.type=KRA\nkra.x=1\n")
        .args("status CS.cfg")
        .stdout("CS.cfg\n  KRA on HOST:PORT\n  role: none: masters and clones have the same configuration: nothing to convert\n")
        .run_untouched();
}

#[test]
fn a_line_that_stops_the_start_is_told_with_its_mend() {
    let output = Test::new().file("CS.cfg", format!("{CLONE}broken\n")).args("status CS.cfg").output();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains(
            "  line 13: no `=`: the service will not start again; with the service stopped, write it as key=value"
        ),
        "{text}"
    );
}

#[test]
fn no_cs_cfg_is_exit_3_and_the_others_are_told_all_the_same() {
    let output = Test::new().file("CS.cfg", CLONE).file("empty", "").args("status empty CS.cfg none").output();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("role: clone"));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("pki-role: empty: the file holds no property: it is not a CS.cfg"), "{words}");
    assert!(words.contains("pki-role: none cannot be read: No such file or directory"), "{words}");
}

#[test]
fn values_do_not_reach_the_terminal_as_they_are() {
    let file = CLONE.replace("secondary.example.com", "host\x1b[31m\u{202e}");
    let output = Test::new().file("CS.cfg", file).args("status CS.cfg").output();
    assert!(!output.stdout.contains(&0x1b));
    assert!(String::from_utf8_lossy(&output.stdout).contains("host\\x1b[31m\\u{202e}"));
}

/// A host with two instances, one of them FreeIPA's, and a systemctl that knows them.
fn host() -> (Test, String) {
    let test = Test::new();
    let root = test.path("root");
    for (folder, file) in [("pki-tomcat/ca", CLONE), ("pki-tomcat/kra", "cs.type=KRA\n"), ("second/ca", MASTER)] {
        let folder = root.join("etc/pki").join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("CS.cfg"), file).unwrap();
    }
    fs::write(root.join("etc/pki/second/ca/CS.cfg.pki-role.20260101T000000Z"), MASTER).unwrap();
    fs::create_dir_all(root.join("etc/httpd/conf.d")).unwrap();
    let rule = "RewriteRule ^/ipa/crl/MasterCRL.bin https://a.example/ca/ee/ca/getCRL [L,R=301,NC]\n";
    fs::write(root.join("etc/httpd/conf.d/ipa-pki-proxy.conf"), rule).unwrap();
    let systemctl = test.path("systemctl");
    fs::write(
        &systemctl,
        "#!/bin/sh\n[ \"$2\" = pki-tomcatd@second.service ] && { echo active; exit 0; }\necho inactive; exit 3\n",
    )
    .unwrap();
    fs::set_permissions(&systemctl, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let args = format!("--root {} --systemctl {}", root.display(), systemctl.display());
    (test, args)
}

#[test]
fn without_an_argument_every_instance_of_the_host_is_told() {
    let (test, args) = host();
    let output = test.args(&format!("status --output json {args}")).output();
    let files = serde_json::from_slice::<Value>(&output.stdout).unwrap()["files"].clone();
    let told: Vec<_> = files
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["subsystem"].as_str().unwrap(), file["role"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("CA", "clone"), ("KRA", "none"), ("CA", "master")]);
    assert_eq!(files[0]["service"], serde_json::json!({"unit": "pki-tomcatd@pki-tomcat.service", "active": false}));
    assert_eq!(files[2]["service"], serde_json::json!({"unit": "pki-tomcatd@second.service", "active": true}));
    assert_eq!(files[2]["backups"], serde_json::json!(["CS.cfg.pki-role.20260101T000000Z"]));
    assert_eq!(files[0]["freeipa"]["agrees"], true);
    assert_eq!(files[2]["freeipa"]["agrees"], false);
}

#[test]
fn one_instance_with_all_its_subsystems() {
    let (test, args) = host();
    let output = test.args(&format!("status --instance pki-tomcat {args}")).output();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("CA of instance pki-tomcat") && text.contains("KRA of instance pki-tomcat"), "{text}");
    assert!(
        text.contains("  FreeIPA: the rule for /ipa/crl/MasterCRL.bin is in force: it agrees with the role"),
        "{text}"
    );
}

#[test]
fn an_unknown_instance_is_exit_3() {
    let (test, args) = host();
    let output = test.args(&format!("status --instance other {args}")).output();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("instance other has no CA here; looked for /etc/pki/other/ca/CS.cfg")
    );
}
