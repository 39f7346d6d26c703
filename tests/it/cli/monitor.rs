//! `monitor`: the first line, the performance data, and the exit code of the plugins' convention.

use crate::support::fake_ca::FakeCa;
use crate::support::fake_systemctl::UNIT;
use crate::support::small_server::{Reply, SmallServer};
use crate::support::test::{Ran, Test, fixture};

/// What `monitor` says, and its exit code.
#[track_caller]
fn expect(ran: &Ran, code: i32, first: &str) {
    assert_eq!(ran.code, Some(code), "{ran:?}");
    assert!(ran.out.starts_with(first), "{ran:?}");
    assert!(ran.error.is_empty(), "{ran:?}");
}

#[test]
fn all_is_well() {
    let ca = FakeCa::new("ca-master");
    ca.set_crls(3600, 3 * 3600 + 50, 7);
    let ran = ca.run("monitor --timeout 60 --expect ca=master");
    expect(
        &ran,
        0,
        "PKI-ROLE OK - ca=master; CRL of DeltaUsers: number 7, next update in 3 h 0 min; CRL of MasterCRL: ",
    );
    assert_eq!(ran.out.lines().count(), 1);
    let (_, data) = ran.out.trim_end().split_once(" | ").unwrap();
    let parts: Vec<&str> = data.split(' ').collect();
    assert_eq!(parts.len(), 4, "{data}");
    // 25 and 10 percent of a period of four hours and 50 seconds.
    assert!(parts[2].starts_with("'MasterCRL_left'=108") && parts[2].ends_with("s;3612:;1445:"), "{data}");
    assert_eq!(parts[3], "'MasterCRL_number'=7c");
    // One that is named twice is looked at once: Nagios takes each label once.
    assert_eq!(ca.run("monitor --timeout 60 -i pki-tomcat -i pki-tomcat --expect ca=master").out, ran.out);
}

#[test]
fn a_crl_that_comes_no_more() {
    let ca = FakeCa::new("ca-master");
    ca.set_crls(3600, 1010, 7);
    let ran = ca.run("monitor --timeout 60 --expect ca=master");
    expect(
        &ran,
        1,
        "PKI-ROLE WARNING - CA of pki-tomcat: CRL of DeltaUsers (number 7) has 21 % of its period left, until 20",
    );
    assert!(ran.out.contains("\nWARNING: CA of pki-tomcat: CRL of MasterCRL "), "{ran:?}");
    expect(&ca.run("monitor --timeout 60 --expect ca=master --crl-critical 30"), 2, "PKI-ROLE CRITICAL - ");
    expect(&ca.run("monitor --timeout 60 --expect ca=master --crl-warning 5"), 0, "PKI-ROLE OK - ");
    ca.set_crls(3600, -5, 7);
    let ran = ca.run("monitor --timeout 60 --expect ca=master");
    expect(&ran, 2, "PKI-ROLE CRITICAL - CA of pki-tomcat: CRL of DeltaUsers (number 7) expired 20");
    ca.set_crls(-3600, 3 * 3600, 7);
    let ran = ca.run("monitor --timeout 60 --expect ca=master");
    expect(&ran, 2, "PKI-ROLE CRITICAL - CA of pki-tomcat: CRL of DeltaUsers (number 7) is not valid before 20");
    ca.set_crls(-60, 3 * 3600, 7);
    expect(&ca.run("monitor --timeout 60 --expect ca=master"), 0, "PKI-ROLE OK - ");
    ca.state().crls.clear();
    expect(
        &ca.run("monitor --timeout 60 --expect ca=master"),
        2,
        "PKI-ROLE CRITICAL - CA of pki-tomcat: no CRL of DeltaUsers: ",
    );
    // A clone gives the replicated one, which expires too; that it has none is not its fault.
    let clone = FakeCa::new("ca-clone");
    clone.set_crls(3600, -5, 7);
    expect(&clone.run("monitor --timeout 60 --expect ca=clone"), 2, "PKI-ROLE CRITICAL - ");
    clone.state().crls.clear();
    expect(&clone.run("monitor --timeout 60 --expect ca=clone"), 0, "PKI-ROLE OK - ca=clone\n");
}

#[test]
fn another_role() {
    let ca = FakeCa::new("ca-master");
    expect(
        &ca.run("monitor --timeout 60 --expect ca=clone"),
        2,
        "PKI-ROLE CRITICAL - CA of pki-tomcat: role master, expected clone",
    );
    // The file was put back and the server not restarted.
    ca.state().caches = Some(false);
    let ran = ca.run("monitor --timeout 60 --expect ca=master");
    expect(&ran, 2, "PKI-ROLE CRITICAL - CA of pki-tomcat: the running server disagrees with its file");
}

#[test]
fn a_server_that_does_not_answer() {
    let ca = FakeCa::new("ca-master");
    ca.systemctl.set(UNIT, "inactive");
    expect(
        &ca.run("monitor --timeout 60 --expect ca=master"),
        2,
        "PKI-ROLE CRITICAL - CA of pki-tomcat: the service is down",
    );
    // systemd says active, and the server keeps silent, or its subsystem did not come up.
    let serve = |reply: Reply| {
        let server = SmallServer::new(&[reply]);
        let port = server.port();
        let xml = format!("<Server><Service name=\"Catalina\"><Connector port=\"{port}\"/></Service></Server>");
        std::fs::write(ca.test.path("etc/pki/pki-tomcat/server.xml"), xml).unwrap();
        server
    };
    ca.systemctl.set(UNIT, "active");
    let hung = serve(Reply::Silence);
    expect(
        &ca.run("monitor --timeout 5 --expect ca=master"),
        2,
        "PKI-ROLE CRITICAL - CA of pki-tomcat: the unit is active, but the subsystem gave no answer in time",
    );
    drop(hung);
    let _not_up = serve(Reply::Body(404, String::new()));
    expect(
        &ca.run("monitor --timeout 60 --expect ca=master"),
        2,
        "PKI-ROLE CRITICAL - CA of pki-tomcat: the unit is active, but ",
    );
    // systemd cannot be asked either.
    ca.systemctl.on("is-active", "exit 1");
    expect(
        &ca.run("monitor --timeout 60 --expect ca=master"),
        2,
        "PKI-ROLE CRITICAL - CA of pki-tomcat: the subsystem had not come up",
    );
    // A systemd that does not answer leaves time for the server.
    ca.systemctl.on("is-active", "exec sleep 60");
    ca.systemctl.on("show", "exec sleep 60");
    expect(
        &ca.run("monitor --timeout 20 --expect ca=master"),
        2,
        "PKI-ROLE CRITICAL - CA of pki-tomcat: the subsystem had not come up",
    );
}

#[test]
fn what_cannot_be_known() {
    let ca = FakeCa::new("ca-master");
    let unknown = |ran: Ran, phrase: &str| {
        expect(&ran, 3, "PKI-ROLE UNKNOWN - ");
        assert!(ran.out.contains(phrase), "{ran:?}");
    };
    unknown(ca.run("monitor --timeout 60 --expect ca=master,ocsp=clone"), "there is no OCSP to look at here");
    unknown(ca.run("monitor -i other --expect ca=master"), "UNKNOWN - there is no instance other here");
    unknown(ca.run("monitor --timeout 60 --expect ca=master,ca=clone"), "--expect names a subsystem twice");
    unknown(ca.test.ran("monitor --expect ca=master --root ."), "nobody was asked whether it runs");
    std::fs::write(ca.test.path("etc/pki/pki-tomcat/server.xml"), "<no").unwrap();
    let mut text = std::fs::read_to_string(ca.config()).unwrap();
    text = text.lines().filter(|line| !line.starts_with("service.")).map(|line| format!("{line}\n")).collect();
    std::fs::write(ca.config(), text).unwrap();
    unknown(
        ca.run("monitor --timeout 60 --expect ca=master"),
        "not known: whether the subsystem runs: its port is not known",
    );
    // What is wrong with the file comes first, and which one it is.
    std::fs::write(ca.config(), "").unwrap();
    let file = ca.config().display().to_string();
    unknown(ca.run("monitor --expect ca=master"), &format!("UNKNOWN - {file}: the file holds no parameter"));
}

/// As the plugins' convention has it, a wrong command line is unknown, not critical.
#[test]
fn a_wrong_command_line() {
    let test = Test::new();
    for args in ["monitor", "monitor --expect ca=boss", "--root . monitor --expect ca", "monitor --no-such-option"] {
        let ran = test.ran(args);
        assert_eq!(ran.code, Some(3), "{args}: {ran:?}");
        assert!(ran.out.starts_with("PKI-ROLE UNKNOWN - ") && ran.error.contains("--help"), "{args}: {ran:?}");
    }
    assert_eq!(test.ran("monitor --help").code, Some(0));
    assert_eq!(test.ran("status --no-such-option").code, Some(2));
    assert_eq!(test.ran("status monitor").code, Some(3));
}

/// Names from files end neither the line nor the label.
#[test]
fn nothing_is_forged() {
    let ca = FakeCa::new("ca-master");
    let odd = "ca.crl.a'b|c.class=x\nca.crl.a'b|c.description=x\nca.crl.a'b|c.enableCRLCache=true\n";
    let text = format!("{odd}{}", std::fs::read_to_string(ca.config()).unwrap());
    std::fs::write(ca.config(), text).unwrap();
    let crl = ca.state().crls["MasterCRL"].clone();
    ca.state().crls.insert("a%27b%7Cc".to_owned(), crl);
    ca.state().caches = Some(true);
    let ran = ca.run("monitor --timeout 60 --expect ca=master");
    expect(&ran, 0, "PKI-ROLE OK - ");
    let (text, data) = ran.out.split_once(" | ").unwrap();
    assert!(text.contains("CRL of a'b/c: number 7"), "{ran:?}");
    assert!(data.contains("'a_b_c_number'=7c"), "{ran:?}");
}

#[test]
fn an_ocsp_responder() {
    let ocsp = SmallServer::new(&[Reply::xml("OCSP", "running")]);
    let xml = format!("<Server><Service name=\"Catalina\"><Connector port=\"{}\"/></Service></Server>", ocsp.port());
    let ca = FakeCa::new("ca-master");
    std::fs::remove_dir_all(ca.test.path("etc/pki/pki-tomcat/ca")).unwrap();
    std::fs::create_dir_all(ca.test.path("etc/pki/pki-tomcat/ocsp")).unwrap();
    std::fs::write(ca.test.path("etc/pki/pki-tomcat/ocsp/CS.cfg"), fixture("ocsp-dogtag-clone")).unwrap();
    std::fs::write(ca.test.path("etc/pki/pki-tomcat/server.xml"), xml).unwrap();
    expect(&ca.run("monitor --timeout 60 --expect ocsp=clone"), 0, "PKI-ROLE OK - ocsp=clone\n");
    expect(
        &ca.run("monitor --timeout 60 --expect ocsp=master"),
        2,
        "PKI-ROLE CRITICAL - OCSP of pki-tomcat: role clone, expected master\n",
    );
}
