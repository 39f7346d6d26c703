//! A CRL by an agent's request: every answer that a CA gives, and what is read back.

use rustix::process::Signal;
use serde_json::Value;

use crate::support::dogtag::error;
use crate::support::fake_ca::{FakeCa, MASTER, Update};
use crate::support::fake_systemctl::{UNIT, wait_until};
use crate::support::host::{ended, signal, start};

const ISSUE: &str = "issue-crl -i pki-tomcat";

fn master() -> Option<FakeCa> {
    FakeCa::with_agents("ca-master", MASTER)
}

impl FakeCa {
    /// Has CRLs issued as an agent, with what comes of each request.
    #[track_caller]
    fn issue(&self, updates: &[Update], code: i32) -> Value {
        self.on_update(updates);
        self.json(&format!("{ISSUE} {}", self.agent("agent")), code)
    }

    /// The code of the failure at the first issuing point, at which nothing else happens than this.
    #[track_caller]
    fn refusal(&self, update: Update, code: i32) -> Value {
        self.issue(&[update], code)["not_issued"][0].take()
    }
}

#[test]
fn a_crl_at_each_issuing_point() {
    let Some(ca) = master() else { return };
    let ran = ca.run(&format!("{ISSUE} {}", ca.agent("agent")));
    ran.expect(0, &[]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 2, "{ran:?}");
    let by = format!("issued by {MASTER}:{}: CRL of DeltaUsers, number 8, issued ", ca.tls.as_ref().unwrap().port);
    assert!(lines[0].starts_with(&by), "{ran:?}");
    assert!(lines[1].contains("CRL of MasterCRL, number 8, issued "), "{ran:?}");
    assert!(lines[1].ends_with("2 entries; before: number 7"), "{ran:?}");
    let json = ca.issue(&[], 0);
    assert_eq!(json["issued"][1]["issuing_point"], "MasterCRL");
    assert_eq!((&json["issued"][1]["before"]["number"], &json["issued"][1]["crl"]["number"]), (&8.into(), &9.into()));
    assert_eq!((&json["host"], &json["instance"]), (&MASTER.into(), &"pki-tomcat".into()));
    assert_eq!(ca.updates(), 4);
}

/// What is not ready at once is waited for, and read back.
#[test]
fn answers_that_are_waited_for() {
    let Some(ca) = master() else { return };
    for word in ["inProgress", "Scheduled"] {
        assert_eq!(ca.issue(&[Update::Later(word)], 0)["issued"].as_array().unwrap().len(), 2);
    }
    // A master in its first moments.
    let first = Update::Header("<crlUpdate>notInitialized</crlUpdate>");
    assert_eq!(ca.issue(&[first.clone(), first, Update::Generate], 0)["issued"].as_array().unwrap().len(), 2);
    let json = ca.issue(&[Update::Unpublished], 0);
    assert_eq!(json["issued"][0]["publish_error"], "cannot reach ocsp");
    assert_eq!(json["issued"][1]["publish_error"], Value::Null);
    // There was none before.
    ca.state().crls.clear();
    let json = ca.issue(&[], 0);
    assert_eq!((&json["issued"][0]["before"], &json["issued"][0]["crl"]["number"]), (&Value::Null, &1.into()));
}

#[test]
fn every_other_answer_has_its_own_message() {
    let Some(ca) = master() else { return };
    let header = |text| Update::Header(text);
    let page = |text: &str| Update::Page(error(text));
    // As XML, what the header lacks stands behind it.
    let refused = |name: &str, text: &str| {
        let fixed = format!("<requestStatus>7</requestStatus><{name}>{text}</{name}>");
        Update::Page(format!("<xml><header/><fixed>{fixed}</fixed><records/></xml>"))
    };
    for (update, code, phrase) in [
        (header("<crlUpdate>Disabled</crlUpdate>"), "crl-updates-disabled", "has CRL updates of DeltaUsers disabled"),
        (header(""), "crl-point-unknown", "has no issuing point DeltaUsers"),
        (header("<crlIssuingPoint>MasterCRL</crlIssuingPoint><time>1</time>"), "crl-point-unknown", "no issuing point"),
        (header("<crlUpdate>Failure</crlUpdate><error>e</error>"), "crl-server-error", "Failure: e"),
        (page("java.lang.NullPointerException"), "crl-server-error", "java.lang.NullPointerException"),
        (page("Invalid Credential."), "not-an-agent", "Invalid Credential."),
        (Update::Page("You are not authorized for this operation.".to_owned()), "not-an-agent", "as an agent's"),
        (refused("unexpectedError", "Invalid Credential."), "not-an-agent", "Invalid Credential."),
        (refused("errorDetails", "Request was unauthorized."), "not-an-agent", "Request was unauthorized."),
        (refused("unexpectedError", "no room"), "crl-server-error", "no room"),
        (Update::Status(403), "not-an-agent", "does not accept the certificate"),
        (Update::Status(404), "crl-no-answer", "HTTP status 404"),
        (Update::Status(302), "crl-no-answer", "HTTP status 302"),
        (Update::Page("<html></html>".to_owned()), "crl-no-answer", "the answer has another form"),
        (Update::Page("<!DOCTYPE x [<!ENTITY a \"b\">]><xml/>".to_owned()), "crl-no-answer", "another form"),
    ] {
        let concerns_all = ["not-an-agent", "crl-no-answer"].contains(&code);
        let failed = ca.refusal(update.clone(), if concerns_all { 4 } else { 5 });
        assert_eq!(failed["code"], code, "{update:?}: {failed}");
        assert!(failed["message"].as_str().unwrap().contains(phrase), "{update:?}: {failed}");
    }
}

/// The CA says that it generated one, and gives the old one.
#[test]
fn a_number_that_does_not_rise() {
    let Some(ca) = master() else { return };
    let args = format!("{ISSUE} {} --timeout 5", ca.agent("agent"));
    ca.on_update(&[Update::Header("<time>1</time>"), Update::Header("<time>1</time>")]);
    let json = ca.json(&args, 4);
    assert_eq!(json["not_issued"][0]["code"], "crl-not-risen");
    assert!(json["error"]["state"].as_str().unwrap().starts_with("CS.cfg was not touched; no "), "{json}");
    // It stays busy, as with the status update task off.
    ca.on_update(&vec![Update::Header("<crlUpdate>inProgress</crlUpdate>"); 9]);
    let json = ca.json(&args, 4);
    assert_eq!(json["error"]["code"], "crl-still-in-progress");
    assert!(
        json["error"]["commands"].as_array().unwrap().iter().any(|line| line == &format!("systemctl restart {UNIT}"))
    );
    // The request itself does not come to an end.
    ca.on_update(&[Update::Silence]);
    assert_eq!(ca.json(&args, 4)["error"]["code"], "crl-no-answer");
}

/// The CA says that it generated one, and shows none any more.
#[test]
fn a_crl_that_cannot_be_read_back() {
    let Some(ca) = master() else { return };
    ca.on_update(&[Update::Hidden]);
    let json = ca.json(&format!("{ISSUE} {} --timeout 5", ca.agent("agent")), 4);
    assert_eq!(json["not_issued"][0]["code"], "crl-not-read-back");
}

/// A signal ends the waiting for an answer.
#[test]
fn interrupted_while_it_waits() {
    let Some(ca) = master() else { return };
    ca.on_update(&[Update::Silence]);
    let args = ca.args(&format!("{ISSUE} {} --output json", ca.agent("agent")));
    let mut command = ca.test.command();
    command.args(args.split_whitespace());
    let child = start(command);
    wait_until("the request", || ca.updates() > 0);
    signal(&child, Signal::TERM);
    let ran = ended(child);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    let json = ran.json();
    assert_eq!(json["error"]["code"], "issue-interrupted");
    assert!(json["error"]["state"].as_str().unwrap().contains("may still issue"), "{ran:?}");
}

/// One CRL of two: something has changed.
#[test]
fn some_of_them() {
    let Some(ca) = master() else { return };
    let json = ca.issue(&[Update::Header("<crlUpdate>Disabled</crlUpdate>")], 5);
    assert_eq!(json["issued"][0]["issuing_point"], "MasterCRL");
    let state = json["error"]["state"].as_str().unwrap();
    assert_eq!(state, "CS.cfg was not touched; issued: CRLs of MasterCRL (number 8); not issued: DeltaUsers");
}

/// The running CA is a clone, whatever its file says by now: nobody waits for it.
#[test]
fn a_running_clone() {
    let Some(ca) = master() else { return };
    ca.state().caches = Some(false);
    let not = Update::Header("<crlUpdate>notInitialized</crlUpdate>");
    let json = ca.issue(&[not.clone(), not], 4);
    assert_eq!(json["error"]["code"], "crl-not-initialized");
    assert!(json["error"]["message"].as_str().unwrap().contains("its CRL cache is off"), "{json}");
}

#[test]
fn certificates_that_do_not_do() {
    let Some(ca) = master() else { return };
    let tls = ca.tls.as_ref().unwrap();
    let file = |name: &str| tls.file(name).display().to_string();
    let code = |options: &str, exit: i32| ca.json(&format!("{ISSUE} {options}"), exit)["error"]["code"].take();
    // Of another CA: the server ends the handshake.
    assert_eq!(code(&ca.agent("stranger"), 4), "not-an-agent");
    // The server's own is verified, under the name in CS.cfg.
    let (pem, key) = (file("agent.pem"), file("agent.key"));
    let agent = format!("--agent-cert {pem} --agent-key {key}");
    assert_eq!(code(&format!("{agent} --cacert {}", file("other-ca.pem")), 4), "server-not-verified");
    assert_eq!(code(&agent, 4), "server-not-verified");
    // Certificate and key do not belong together.
    let mixed = format!("--agent-cert {pem} --agent-key {} --cacert {}", file("stranger.key"), file("ca.pem"));
    assert_eq!(code(&mixed, 4), "agent-certificate-unusable");
    assert_eq!(ca.updates(), 0);
}

#[test]
fn the_name_of_the_server_counts() {
    let Some(ca) = FakeCa::with_agents("ca-master", "another.example.com") else { return };
    let json = ca.json(&format!("{ISSUE} {}", ca.agent("agent")), 4);
    assert_eq!(json["error"]["code"], "server-not-verified");
    assert_eq!(ca.updates(), 0);
}

/// From the database, since caches lack what was revoked while nobody listened; but for a CA that
/// could not do that.
#[test]
fn what_a_crl_is_made_of() {
    let Some(ca) = master() else { return };
    let asked = |ca: &FakeCa| {
        ca.issue(&[], 0);
        ca.server.requests().iter().filter(|request| request.contains("clearCRLCache=true")).count()
    };
    assert_eq!(asked(&ca), 2);
    let Some(ca) = master() else { return };
    let text = format!("{}ca.certStatusUpdateInterval=0\n", std::fs::read_to_string(ca.config()).unwrap());
    std::fs::write(ca.config(), text).unwrap();
    assert_eq!(asked(&ca), 0);
}

#[test]
fn nowhere_to_ask_as_an_agent() {
    let Some(ca) = master() else { return };
    let xml = std::fs::read_to_string(ca.test.path("etc/pki/pki-tomcat/server.xml")).unwrap();
    let plain = xml.split("<Connector").take(2).collect::<Vec<_>>().join("<Connector") + "</Service></Server>";
    std::fs::write(ca.test.path("etc/pki/pki-tomcat/server.xml"), plain).unwrap();
    let json = ca.json(&format!("{ISSUE} {}", ca.agent("agent")), 3);
    assert_eq!(json["error"]["code"], "no-agent-port");
    assert_eq!(ca.updates(), 0);
}

/// FreeIPA's agent is found by itself.
#[test]
fn the_agent_of_freeipa() {
    let Some(ca) = master() else { return };
    let json = ca.json(ISSUE, 3);
    assert_eq!((&json["error"]["code"], ca.updates()), (&"no-agent-certificate".into(), 0));
    let tls = ca.tls.as_ref().unwrap();
    for (place, name) in [
        ("var/lib/ipa/ra-agent.pem", "agent.pem"),
        ("var/lib/ipa/ra-agent.key", "agent.key"),
        ("etc/ipa/ca.crt", "ca.pem"),
    ] {
        let place = ca.test.path(place);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::copy(tls.file(name), place).unwrap();
    }
    assert_eq!(ca.json(ISSUE, 0)["issued"].as_array().unwrap().len(), 2);
}

/// What is no PEM is explained, before anybody is asked.
#[test]
fn files_that_are_no_pem() {
    let Some(ca) = master() else { return };
    let write = |name: &str, bytes: &[u8]| {
        let path = ca.test.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    write("agent.p12", b"\x30\x82\x01\x00\x02\x01\x03");
    write("nss/cert9.db", b"SQLite");
    write("nothing.pem", b"nothing");
    let pem = std::fs::read(ca.tls.as_ref().unwrap().file("agent.pem")).unwrap();
    write("locked.pem", &[&pem[..], b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"].concat());
    write("only.pem", &pem);
    for (name, code, phrase) in [
        ("agent.p12", "agent-file-is-pkcs12", "openssl pkcs12 -clcerts -nodes -out agent.pem -in "),
        ("nss", "agent-file-is-nss", "pk12util -o agent.p12 -n NICKNAME -d "),
        ("nothing.pem", "agent-file-lacks", ""),
        ("only.pem", "agent-file-lacks", ""),
        ("locked.pem", "agent-key-encrypted", "openssl pkey -out agent.key -in "),
        ("none.pem", "agent-file-unreadable", ""),
    ] {
        let error = ca.json(&format!("{ISSUE} --agent-cert {name}"), 3)["error"].take();
        assert_eq!((&error["code"], &error["state"]), (&code.into(), &"nothing was touched".into()), "{error}");
        assert!(error["commands"].to_string().contains(phrase), "{error}");
    }
    assert_eq!(ca.updates(), 0);
}

#[test]
fn servers_that_are_not_asked() {
    let Some(ca) = master() else { return };
    let agent = ca.agent("agent");
    let code = |ca: &FakeCa, args: &str, exit: i32| ca.json(args, exit)["error"]["code"].take();
    ca.systemctl.set(UNIT, "inactive");
    assert_eq!(code(&ca, &format!("{ISSUE} {agent}"), 4), "not-running");
    // A clone, a file of nobody's, and one below another root without a systemctl.
    let Some(clone) = FakeCa::with_agents("ca-clone", MASTER) else { return };
    assert_eq!(code(&clone, &format!("{ISSUE} {}", clone.agent("agent")), 3), "generates-nothing");
    let copy = std::fs::read(ca.config()).unwrap();
    std::fs::write(ca.test.path("copy.cfg"), copy).unwrap();
    assert_eq!(code(&ca, &format!("issue-crl --to copy.cfg {agent}"), 3), "not-live");
    assert_eq!(ca.test.json(&format!("{ISSUE} {agent} --root ."), 3)["error"]["code"], "not-live");
    assert_eq!((ca.updates(), clone.updates()), (0, 0));
}
