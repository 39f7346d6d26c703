//! What `status` shows of a CA that answers.

use crate::support::fake_ca::FakeCa;
use crate::support::fake_systemctl::UNIT;
use crate::support::test::codes;

const MEMBERS: &str = r#"{"subsystems":{"CA":{"Host":[
    {"Hostname":"primary.example.com","SecurePort":"8443","SecureAgentPort":"8443","Clone":"FALSE"},
    {"Hostname":"secondary.example.com","SecurePort":"9443","SecureAgentPort":"9443","Clone":"TRUE"}]}}}"#;

#[test]
fn a_line_for_each_issuing_point() {
    let ca = FakeCa::new("ca-master");
    ca.state().domain = Some(MEMBERS.to_owned());
    ca.set_crls(3600, 3 * 3600 + 50, 7);
    let ran = ca.run("status");
    ran.expect(0, &[]);
    assert!(ran.out.contains("\n  server: runs, Dogtag 10.10.2\n"), "{}", ran.out);
    assert!(ran.out.contains("\n  CRL of DeltaUsers: number 7, issued 20"), "{}", ran.out);
    assert!(ran.out.contains(" UTC, next update in 3 h 0 min (20"), "{}", ran.out);
    assert!(ran.out.contains(" UTC), 2 entries\n"), "{}", ran.out);
    assert!(!ran.out.contains("security domain"), "{}", ran.out);
    let verbose = ca.run("status -v");
    let members =
        "  security domain: CA primary.example.com:8443, CA secondary.example.com:9443 (installed as a clone)\n";
    assert!(verbose.out.contains(members), "{}", verbose.out);
}

#[test]
fn every_field() {
    let ca = FakeCa::new("ca-master");
    ca.state().domain = Some(MEMBERS.to_owned());
    ca.state().crls.remove("DeltaUsers");
    let live = ca.json("status", 0)["files"][0]["live"].take();
    assert_eq!((&live["answer"], &live["version"]), (&"running".into(), &"10.10.2".into()));
    assert_eq!(live["caches"], serde_json::json!({"DeltaUsers": true, "MasterCRL": true}));
    assert_eq!((&live["crls"][0]["issuing_point"], &live["crls"][0]["number"]), (&"MasterCRL".into(), &7.into()));
    assert_eq!(live["members"][1]["host"], "secondary.example.com");
    let note = &live["notes"][0];
    assert_eq!(
        (&note["question"], &note["issuing_point"], &note["why"]),
        (&"crl".into(), &"DeltaUsers".into(), &"no-crl".into())
    );
    assert!(live["observed_at"].as_str().unwrap().ends_with('Z'));
}

/// An HTTP status is an answer, and says more than that there is none that can be read.
#[test]
fn an_answer_with_another_status() {
    let ca = FakeCa::new("ca-master");
    for (status, says) in [
        (503, "HTTP 503 Service Unavailable"),
        (500, "HTTP 500 Internal Server Error"),
        (302, "HTTP 302 Found"),
        (418, "HTTP 418"),
    ] {
        ca.state().status = Some(status);
        let ran = ca.run("status");
        let problem = format!("problem: the unit is active, but the subsystem answered {says} [not-answering]\n");
        assert!(ran.out.contains(&problem) && !ran.out.contains("not known: whether"), "{}", ran.out);
        let monitored = ca.run("monitor --timeout 60 --expect ca=master");
        assert!(monitored.out.contains(&format!("the subsystem answered {says}")), "{}", monitored.out);
        let live = ca.json("status", 0)["files"][0]["live"].take();
        assert_eq!(live["answer"], "other");
        let note = &live["notes"][0];
        assert_eq!((&note["question"], &note["why"]), (&"state".into(), &"status".into()));
        assert_eq!(note["status"], status);
    }
    // From saved status, too, and where systemd could not be asked.
    std::fs::write(ca.test.path("ca.json"), ca.json("status", 0).to_string()).unwrap();
    let ran = ca.test.ran("check ca.json");
    assert!(ran.out.contains("but the subsystem answered HTTP 418 [not-answering]"), "{}", ran.out);
    ca.systemctl.on("is-active", "exit 1");
    let monitored = ca.run("monitor --timeout 60 --expect ca=master");
    assert!(monitored.out.contains("CA of pki-tomcat: the subsystem answered HTTP 418"), "{}", monitored.out);
    let exported = ca.run("export-ca -i pki-tomcat");
    assert!(exported.error.contains("to compare with: the subsystem answered HTTP 418\n"), "{}", exported.error);
}

/// What the security domain knows, and none of the files is of.
#[test]
fn a_member_without_a_file() {
    let ca = FakeCa::new("ca-master");
    ca.state().domain = Some(MEMBERS.to_owned());
    std::fs::write(ca.test.path("ca.json"), ca.json("status", 0).to_string()).unwrap();
    let ran = ca.test.ran("check ca.json");
    let says =
        "the security domain knows CA secondary.example.com:9443; none of the files given is this server's: a clone";
    assert!(ran.out.contains(says), "{ran:?}");
}

#[test]
fn who_is_not_asked() {
    let ca = FakeCa::new("ca-master");
    assert_eq!(ca.json("status --no-live", 0)["files"][0]["live"], serde_json::Value::Null);
    // Below another root nobody is asked without a systemctl; nor is a copy's server.
    assert_eq!(ca.test.json("status --root .", 0)["files"][0]["live"], serde_json::Value::Null);
    std::fs::copy(ca.config(), ca.test.path("copy.cfg")).unwrap();
    assert_eq!(ca.json("status copy.cfg", 0)["files"][0]["live"], serde_json::Value::Null);
    assert_eq!(ca.server.requests(), [""; 0]);
    ca.systemctl.set(UNIT, "inactive");
    let file = ca.json("status", 0)["files"][0].take();
    assert_eq!(file["live"]["crls"], serde_json::json!([]));
    assert!(codes(&file["warnings"]).contains(&"service-down".to_owned()));
}

/// Text from a server is one line of ours.
#[test]
fn nothing_is_forged() {
    let ca = FakeCa::new("ca-master");
    ca.state().domain = Some("no\n  problem: none".to_owned());
    let ran = ca.run("status");
    assert!(
        ran.out.contains("\n  not known: the members of the security domain: the answer has another form\n"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("problem: none"), "{}", ran.out);
}

/// Dozens of issuing points must not fill the screen: one line for one reason, and the first few CRLs.
#[test]
fn many_issuing_points() {
    let ca = FakeCa::new("ca-master");
    let mut config = std::fs::read_to_string(ca.config()).unwrap();
    for nth in 0..9 {
        for end in ["class=com.netscape.ca.CRLIssuingPoint", "description=one of many"] {
            config += &format!("ca.crl.Point{nth}.{end}\n");
        }
    }
    std::fs::write(ca.config(), config).unwrap();
    ca.set_crls(3600, 7200, 7);
    let ran = ca.run("status");
    let notes: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("  not known: the last CRL")).collect();
    let [note] = notes.as_slice() else { panic!("{}", ran.out) };
    assert!(note.contains(" more: the server says that there is none"), "{note}");
    // The same points with a CRL each.
    let crl = ca.state().crls["MasterCRL"].clone();
    ca.state().crls.extend((0..9).map(|nth| (format!("Point{nth}"), crl.clone())));
    let ran = ca.run("status");
    let shown = |out: &str| out.lines().filter(|line| line.starts_with("  CRL of ")).count();
    assert!(ran.out.contains(" more issuing points (-v shows all)\n") && shown(&ran.out) == 6, "{}", ran.out);
    let all = ca.run("status -v").out;
    assert!(shown(&all) > 9 && !all.contains("-v shows all"), "{all}");
}

#[test]
fn crls_that_expire() {
    let ca = FakeCa::new("ca-master");
    ca.set_crls(3600, 600, 7);
    let of = |ca: &FakeCa| codes(&ca.json("status", 0)["files"][0]["warnings"]);
    assert!(of(&ca).contains(&"crl-expires-soon".to_owned()));
    ca.set_crls(3600, -1, 7);
    assert!(of(&ca).contains(&"crl-expired".to_owned()));
    assert!(ca.run("status").out.contains(": number 7, issued 20") && ca.run("status").out.contains(", expired "));
    assert!(ca.run("status").out.contains("on its host: pki-role issue-crl -i INSTANCE"));
}
