//! What a running CA is asked, in the spellings of Dogtag 10 and 11, and what any other server costs.

use std::path::Path;
use std::time::Duration;

use pki_role::host::deadline::Deadline;
use pki_role::host::endpoint::{Asking, Endpoint, Scheme};
use pki_role::host::live::{ask, nowhere};
use pki_role::pki::{Live, LiveQuestion, NoAnswer, Subsystem, SubsystemState};

use crate::support::crl::CrlSpec;
use crate::support::dogtag::{Answers, DOMAIN, DOMAIN_V2, STATUS, cache_target, error};
use crate::support::small_server::{ClosedPort, Reply, SmallServer, Tls};

const MEMBERS_10: &str = r#"{"id":"EXAMPLE","subsystems":{
    "CA":{"id":"CA","Host":[
        {"id":"CA primary.example.com 8443","Hostname":"primary.example.com","Port":"8080","SecurePort":"8443","SecureAgentPort":"8443","Clone":"FALSE","DomainManager":"TRUE"},
        {"id":"CA secondary.example.com 9443","Hostname":"secondary.example.com","Port":"9080","SecurePort":"9443","SecureAgentPort":"9443","Clone":"TRUE"}]},
    "OCSP":{"id":"OCSP","Host":[{"id":"x","Hostname":"primary.example.com","SecurePort":"10443","Clone":"FALSE"}]},
    "RA":{"id":"RA","Host":[{"Hostname":"old.example.com","SecurePort":"1"}]}}}"#;

const MEMBERS_11: &str = r#"{"id":"EXAMPLE","subsystems":{"CA":{"id":"CA","hosts":{
    "CA primary.example.com 8443":{"id":"CA primary.example.com 8443","Hostname":"primary.example.com","Port":"8080","SecurePort":"8443","SecureAgentPort":"8443","Clone":"FALSE"}},
    "hostArray":[{"id":"CA primary.example.com 8443","Hostname":"primary.example.com","SecurePort":"8443"}]}},
    "subsystemArray":[]}"#;

fn crl() -> Reply {
    Reply::bytes(&CrlSpec::around(1_800_000_000, 3600, 7200, 7).der())
}

fn endpoint(port: u16) -> Endpoint {
    Endpoint { scheme: Scheme::Http, address: None, port, subsystem: Subsystem::Ca }
}

fn ask_at(endpoint: &Endpoint, points: &[&str], time: Duration) -> Live {
    let points: Vec<String> = points.iter().map(ToString::to_string).collect();
    let asking = Asking { curl: Path::new("curl"), deadline: Deadline::after(time), signal: &|| None };
    ask(endpoint, &points, &asking)
}

fn ask_server(server: &SmallServer, points: &[&str]) -> Live {
    ask_at(&endpoint(server.port()), points, Duration::from_secs(60))
}

/// What was not answered, and why.
fn notes(live: &Live) -> Vec<(LiveQuestion, NoAnswer)> {
    live.notes.iter().map(|note| (note.question, note.why)).collect()
}

#[test]
fn a_ca_of_version_10() {
    let server = Answers::running()
        .with(DOMAIN, Reply::ok(MEMBERS_10))
        .cache("MasterCRL", true)
        .cache("Second", false)
        .crl("MasterCRL", crl())
        .crl("Second", crl())
        .serve();
    let live = ask_server(&server, &["MasterCRL", "Second"]);
    assert_eq!(live.answer, SubsystemState::Running);
    assert_eq!(live.version.as_deref(), Some("10.10.2"));
    assert_eq!(
        live.caches.iter().map(|(point, on)| (point.as_str(), *on)).collect::<Vec<_>>(),
        [("MasterCRL", true), ("Second", false)]
    );
    assert_eq!(
        live.crls.iter().map(|crl| (crl.issuing_point.as_str(), crl.number)).collect::<Vec<_>>(),
        [("MasterCRL", Some(7)), ("Second", Some(7))]
    );
    let members: Vec<_> = live.members.iter().map(|member| (member.subsystem, member.port, member.clone)).collect();
    assert_eq!(
        members,
        [(Subsystem::Ca, 8443, Some(false)), (Subsystem::Ca, 9443, Some(true)), (Subsystem::Ocsp, 10443, Some(false))]
    );
    assert_eq!(live.members[1].host, "secondary.example.com");
    assert_eq!(live.members[1].agent_port, Some(9443));
    assert_eq!(live.notes, []);
}

#[test]
fn a_ca_of_version_11() {
    let server = Answers::default()
        .with(STATUS, Reply::json("CA", "running"))
        .with(DOMAIN_V2, Reply::ok(MEMBERS_11))
        .with(&cache_target("MasterCRL"), Reply::ok(error("CRL cache for MasterCRL issuing point is empty.")))
        .crl("MasterCRL", crl())
        .serve();
    let live = ask_server(&server, &["MasterCRL"]);
    assert_eq!(live.version.as_deref(), Some("11.3.1"));
    assert_eq!(live.caches.get("MasterCRL"), Some(&true));
    assert_eq!(live.members.len(), 1);
    assert_eq!(live.notes, []);
}

/// The subsystem says that it does not run yet: nothing else is asked.
#[test]
fn only_a_running_ca_is_asked_more() {
    for (reply, state) in [
        (Reply::json("CA", "starting"), SubsystemState::Starting),
        (Reply::Body(404, String::new()), SubsystemState::NotUp),
        (Reply::ok("running"), SubsystemState::Other),
        (Reply::Close, SubsystemState::Other),
    ] {
        let server = Answers::default().with(STATUS, reply).crl("MasterCRL", crl()).serve();
        let live = ask_server(&server, &["MasterCRL"]);
        assert_eq!((live.answer, live.crls.len()), (state, 0));
        assert_eq!(server.requests().len(), 1);
    }
    let live = ask_at(&endpoint(ClosedPort::new().port), &["MasterCRL"], Duration::from_secs(60));
    assert_eq!((live.answer, live.notes), (SubsystemState::Closed, Vec::new()));
    let ocsp = SmallServer::new(&[Reply::xml("OCSP", "running")]);
    let live = ask_at(&Endpoint { subsystem: Subsystem::Ocsp, ..endpoint(ocsp.port()) }, &[], Duration::from_secs(60));
    assert_eq!((live.answer, ocsp.requests().len()), (SubsystemState::Running, 1));
    assert_eq!(notes(&nowhere("why")), [(LiveQuestion::State, NoAnswer::NoPort)]);
}

/// Each answer that is not what was asked for is a note, and the others are still asked for.
#[test]
fn broken_answers_cost_a_note() {
    let server = Answers::running()
        .with(DOMAIN, Reply::ok("[]"))
        .with(&cache_target("A"), Reply::ok("<HTML></HTML>"))
        .with(&cache_target("B"), Reply::ok(error("something else")))
        .crl("A", Reply::ok("<HTML></HTML>"))
        .crl("B", crl())
        .serve();
    let live = ask_server(&server, &["A", "B"]);
    assert_eq!(
        notes(&live),
        [
            (LiveQuestion::Cache, NoAnswer::NotUnderstood),
            (LiveQuestion::Cache, NoAnswer::NotUnderstood),
            (LiveQuestion::Members, NoAnswer::NotUnderstood),
            (LiveQuestion::Crl, NoAnswer::NotUnderstood),
        ]
    );
    assert_eq!(live.crls.len(), 1);
}

#[test]
fn members_that_are_none() {
    let hosts = r#"{"subsystems":{"CA":{"Host":[
        {"Hostname":"a\n.example.com","SecurePort":"8443"},
        {"Hostname":"b.example.com","SecurePort":"0"},
        {"Hostname":"c.example.com","SecurePort":8443},
        {"SecurePort":"8443"}, 5,
        {"Hostname":"d.example.com","SecurePort":"8443","SecureAgentPort":"x","Clone":"maybe"}]},
        "KRA":5,"TKS":{"Host":{"Hostname":"e.example.com","SecurePort":"1"}}}}"#;
    let live = ask_server(&Answers::running().with(DOMAIN, Reply::ok(hosts)).serve(), &[]);
    let members: Vec<_> = live.members.iter().map(|member| (member.host.as_str(), member.agent_port)).collect();
    assert_eq!(members, [("d.example.com", None), ("e.example.com", None)]);
    assert_eq!(live.members[0].clone, None);
    assert_eq!(notes(&live), [(LiveQuestion::Members, NoAnswer::NotUnderstood)]);
}

/// One deadline for all: a server that keeps every question open does not cost one bound for each.
#[test]
fn one_deadline_for_all_questions() {
    let server = SmallServer::routed(|target| match target {
        STATUS => Reply::xml("CA", "running"),
        _ => Reply::Silence,
    });
    let points: Vec<String> = (0..100).map(|nth| format!("p{nth}")).collect();
    let points: Vec<&str> = points.iter().map(String::as_str).collect();
    let live = ask_at(&endpoint(server.port()), &points, Duration::from_secs(2));
    assert_eq!(live.answer, SubsystemState::Running);
    assert!(live.notes.iter().filter(|note| note.why == NoAnswer::TimedOut).count() >= 32);
    assert!(live.notes.iter().any(|note| note.why == NoAnswer::TooMany));
    // The first question that is kept open has used up the time of all others.
    assert!(server.requests().len() <= 3, "{:?}", server.requests());
}

/// A server that takes the question and keeps silent does not answer; one that had no time is not to blame.
#[test]
fn a_silent_server() {
    let server = SmallServer::new(&[Reply::Silence]);
    let live = ask_at(&endpoint(server.port()), &[], Duration::from_secs(1));
    assert_eq!(live.answer, SubsystemState::Other);
    assert_eq!(notes(&live), [(LiveQuestion::State, NoAnswer::TimedOut)]);
    let live = ask_at(&endpoint(server.port()), &[], Duration::from_millis(1));
    assert_eq!(live.answer, SubsystemState::NotAsked);
    assert_eq!(notes(&live), [(LiveQuestion::State, NoAnswer::TimedOut)]);
}

#[test]
fn a_signal_ends_the_questions() {
    let server = Answers::running().serve();
    let asking = Asking { curl: Path::new("curl"), deadline: Deadline::NEVER, signal: &|| Some(15) };
    let live = ask(&endpoint(server.port()), &["MasterCRL".to_owned()], &asking);
    assert_eq!(live.answer, SubsystemState::NotAsked);
    assert_eq!(notes(&live), [(LiveQuestion::State, NoAnswer::Interrupted)]);
}

/// Through curl, as where there is no plain connector; several megabytes come in time.
#[test]
fn by_tls() {
    let large = CrlSpec { entries: 200_000, ..CrlSpec::around(1_800_000_000, 3600, 7200, 7) };
    let server = Answers::running()
        .with(DOMAIN, Reply::ok(MEMBERS_10))
        .cache("MasterCRL", true)
        .crl("MasterCRL", Reply::bytes(&large.der()))
        .serve();
    let Some(tls) = Tls::before(&server) else { return };
    let endpoint = Endpoint { scheme: Scheme::Https, ..endpoint(tls.port) };
    let live = ask_at(&endpoint, &["MasterCRL"], Duration::from_secs(60));
    assert_eq!(live.notes, []);
    assert_eq!(live.crls[0].entries, 200_000);
    assert_eq!(live.members.len(), 3);
}
