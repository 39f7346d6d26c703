//! What a subsystem answers, decent servers and hostile ones, and the wait for it after a start.

use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use pki_role::host::answer::Answer;
use pki_role::host::deadline::Deadline;
use pki_role::host::endpoint::{Asking, Endpoint, FetchError, Question, Scheme};
use pki_role::host::get_status::StatusReport;
use pki_role::host::services::{Ready, ServiceError, Services};
use pki_role::host::systemctl::Systemctl;
use pki_role::pki::Subsystem;

use crate::support::fake_systemctl::{FakeSystemctl, UNIT};
use crate::support::needs;
use crate::support::small_server::{ClosedPort, Reply, SmallServer};

fn no_signal() -> Option<u8> {
    None
}

fn plain(port: u16) -> Endpoint {
    Endpoint { scheme: Scheme::Http, address: None, port, subsystem: Subsystem::Ca }
}

/// Asks with so much time that what comes in time does not depend on the machine.
fn ask(endpoint: &Endpoint) -> Answer {
    ask_for(endpoint, Duration::from_secs(60))
}

fn ask_for(endpoint: &Endpoint, time: Duration) -> Answer {
    Answer::ask(endpoint, &Asking { curl: Path::new("curl"), deadline: Deadline::after(time), signal: &no_signal })
}

fn answer_to(reply: Reply) -> Answer {
    ask(&plain(SmallServer::new(&[reply]).port()))
}

#[test]
fn a_subsystem_that_runs_in_both_languages() {
    for make in [Reply::xml, Reply::json] {
        assert_eq!(answer_to(make("CA", "running")), Answer::Running);
        assert_eq!(answer_to(make("CA", "starting")), Answer::Starting);
        for state in ["stopped", "not running", "Running", "running now"] {
            assert_eq!(answer_to(make("CA", state)), Answer::OtherState(state.to_owned()));
        }
        assert_eq!(answer_to(make("KRA", "running")), Answer::OtherSubsystem("KRA".to_owned()));
        assert_eq!(answer_to(make("", "running")), Answer::Running);
        assert_eq!(answer_to(make("CA", "")), Answer::Unclear);
    }
}

#[test]
fn each_subsystem_has_its_path() {
    let server = SmallServer::new(&[Reply::json("OCSP", "running")]);
    let endpoint = Endpoint { subsystem: Subsystem::Ocsp, ..plain(server.port()) };
    assert_eq!(ask(&endpoint), Answer::Running);
    let [request] = server.requests().try_into().unwrap();
    assert!(request.starts_with("GET /ocsp/admin/ocsp/getStatus HTTP/1.0\nHost: 127.0.0.1:"), "{request}");
}

#[test]
fn the_word_alone_is_no_answer() {
    for body in [
        "running",
        "<html><body>The CA is running</body></html>",
        "<html><Status>running</Status></html>",
        "<XMLResponse><Other><Status>running</Status></Other></XMLResponse>",
        "<XMLResponse><!-- <Status>running</Status> --></XMLResponse>",
        "<XMLResponse><Status>running</Status>",
        "<!DOCTYPE x [<!ENTITY r \"running\">]><XMLResponse><Status>&r;</Status></XMLResponse>",
        "{\"Status\": \"running\"}",
        "{\"Response\": \"running\"}",
        "{\"Response\": {\"Status\": [\"running\"]}}",
        "[\"running\"]",
        "",
    ] {
        assert_eq!(answer_to(Reply::ok(body)), Answer::Unclear, "{body}");
    }
    let not_utf8 = b"HTTP/1.1 200 OK\r\n\r\n<XMLResponse><Status>running</Status><x>\xff</x></XMLResponse>".to_vec();
    assert_eq!(answer_to(Reply::Raw(not_utf8)), Answer::Unclear);
    let deep = "[".repeat(60_000);
    assert_eq!(answer_to(Reply::ok(deep)), Answer::Unclear);
    assert_eq!(answer_to(Reply::ok("<a>".repeat(20_000))), Answer::Unclear);
}

#[test]
fn any_other_status_is_no_running_server() {
    let running = "<XMLResponse><Status>running</Status></XMLResponse>";
    for status in [201, 204, 301, 302, 401, 403, 500, 503] {
        assert_eq!(answer_to(Reply::Body(status, running.to_owned())), Answer::Status(status));
    }
    assert_eq!(answer_to(Reply::Body(404, running.to_owned())), Answer::NotFound);
    let other = SmallServer::new(&[Reply::xml("CA", "running")]);
    let elsewhere = format!("HTTP/1.1 302 Found\r\nLocation: http://localhost:{}/\r\n\r\n", other.port());
    assert_eq!(answer_to(Reply::Raw(elsewhere.into_bytes())), Answer::Status(302));
    assert_eq!(other.requests(), [""; 0]);
}

#[test]
fn a_body_may_end_with_the_connection() {
    let reply = b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\n<XMLResponse><Status>running</Status></XMLResponse>\n".to_vec();
    assert_eq!(answer_to(Reply::Raw(reply)), Answer::Running);
}

#[test]
fn what_is_no_http_is_no_server() {
    for reply in [
        Reply::Close,
        Reply::Raw(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
        Reply::Raw(b"HTTP/1.1 200".to_vec()),
        Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<XMLResponse>".to_vec()),
        Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n".to_vec()),
        Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n".to_vec()),
        Reply::Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_vec()),
        Reply::Raw(vec![0; 100]),
    ] {
        let answer = answer_to(reply.clone());
        assert_eq!(answer, Answer::NotHttp, "{reply:?}");
        assert_eq!(answer.runs(), Some(false));
    }
}

#[test]
fn endless_answers_are_cut_off() {
    for reply in [
        Reply::Endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: and so on\r\n"),
        Reply::Endless(b"HTTP/1.1 200 OK\r\nX: ", b"xxxxxxxxxxxxxxxxxxxx"),
        Reply::Endless(b"HTTP/1.1 200 ", b"xxxxxxxxxxxxxxxxxxxx"),
        Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n<XMLResponse>", b"<Status>running</Status>"),
        Reply::Endless(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n", b"running "),
    ] {
        assert_eq!(answer_to(reply.clone()), Answer::NotHttp, "{reply:?}");
    }
}

/// Each byte comes soon, the answer never: the bound is on the whole.
#[test]
fn slow_answers_are_cut_off() {
    for reply in [
        Reply::Silence,
        Reply::Drip(b"HTTP/1.1 200 OK\r\nX: x".to_vec()),
        Reply::Drip(b"HTTP/1.1 200 OK\r\n\r\n<XMLResponse> ".to_vec()),
    ] {
        let server = SmallServer::new(&[reply]);
        let answer = ask_for(&plain(server.port()), Duration::from_millis(500));
        assert_eq!(answer, Answer::Unreachable(FetchError::TimedOut));
        // Something is there that may be the server.
        assert_eq!(answer.runs(), None);
    }
    let server = SmallServer::new(&[Reply::xml("CA", "running")]);
    assert_eq!(ask_for(&plain(server.port()), Duration::ZERO), Answer::Unreachable(FetchError::TimedOut));
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn a_signal_ends_a_question() {
    let server = SmallServer::new(&[Reply::Silence]);
    let endpoint = plain(server.port());
    let deadline = Deadline::after(Duration::from_secs(60));
    let answer = Answer::ask(&endpoint, &Asking { curl: Path::new("curl"), deadline, signal: &|| Some(2) });
    assert_eq!(answer, Answer::Unreachable(FetchError::Interrupted(2)));
}

#[test]
fn a_closed_port() {
    let closed = ClosedPort::new();
    let answer = ask(&plain(closed.port));
    assert_eq!(answer, Answer::Closed);
    assert_eq!(answer.runs(), Some(false));
}

/// A server may listen at one of the loopback addresses alone.
#[test]
fn loopback_has_two_addresses() {
    let six = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let server = SmallServer::at(six, &[Reply::xml("CA", "running")]);
    if !needs::present(server.is_ok(), "there is no IPv6") {
        return;
    }
    let port = server.as_ref().unwrap().port();
    assert_eq!(ask(&plain(port)), Answer::Running);
    assert_eq!(ask(&Endpoint { address: Some(six), ..plain(port) }), Answer::Running);
    assert_eq!(ask(&Endpoint { address: Some("127.0.0.1".parse().unwrap()), ..plain(port) }), Answer::Closed);
    assert_eq!(Endpoint { address: Some(six), ..plain(80) }.to_string(), "http://[::1]:80");
    assert_eq!(plain(80).to_string(), "http://localhost:80");
}

#[test]
fn other_questions_have_their_own_bounds() {
    let server = SmallServer::new(&[Reply::ok("x".repeat(1000))]);
    let asking = Systemctl::new(Path::new("systemctl"), &no_signal);
    let ask = |most| plain(server.port()).ask(&Question { path: "/x?y=z", accept: "a/b", most }, &asking.asking());
    assert_eq!(ask(1000).unwrap().body.len(), 1000);
    assert_eq!(ask(999), Err(FetchError::TooLong));
    let requests = server.requests();
    assert!(
        requests[0].starts_with("GET /x?y=z HTTP/1.0\n") && requests[0].contains("\nAccept: a/b\n"),
        "{requests:?}"
    );
}

#[test]
fn the_version_is_in_the_answer() {
    let body = b"<XMLResponse><State>1</State><Type>CA</Type><Status>running</Status><Version>10.10.2</Version>\
        <ProductVersion>Dogtag Certificate System 10.10.2</ProductVersion></XMLResponse>";
    let word = |text: &str| Some(text.to_owned());
    let report = StatusReport { subsystem: word("CA"), status: word("running"), version: word("10.10.2") };
    assert_eq!(StatusReport::parse(body), Some(report));
    let long = format!("{{\"Response\": {{\"Status\": \"{}\"}}}}", "ä".repeat(5000));
    assert_eq!(StatusReport::parse(long.as_bytes()).unwrap().status.unwrap().chars().count(), 100);
}

fn up(fake: &FakeSystemctl, timeout: Duration) -> Systemctl<'static> {
    fake.set(UNIT, "active");
    let mut systemctl = Systemctl::new(&fake.program(), &no_signal);
    systemctl.timeout = timeout;
    systemctl
}

#[test]
fn it_is_asked_until_it_runs() {
    let replies = [
        Reply::Body(503, String::new()),
        Reply::Body(404, "no".to_owned()),
        Reply::Close,
        Reply::json("CA", "starting"),
        Reply::json("CA", "running"),
    ];
    let server = SmallServer::new(&replies);
    let fake = FakeSystemctl::new();
    let ready = up(&fake, Duration::from_secs(60)).wait_ready(UNIT, Some(&plain(server.port()))).unwrap();
    assert_eq!(ready, Ready::Answered);
    assert_eq!(server.requests().len(), replies.len());
}

#[test]
fn it_never_runs() {
    let closed = ClosedPort::new();
    for (reply, expected) in [
        (None, Answer::Closed),
        (Some(Reply::Body(404, "running".to_owned())), Answer::NotFound),
        (Some(Reply::json("CA", "starting")), Answer::Starting),
        (Some(Reply::Silence), Answer::Unreachable(FetchError::TimedOut)),
    ] {
        let server = reply.map(|reply| SmallServer::new(&[reply]));
        let endpoint = server.as_ref().map_or(plain(closed.port), |server| plain(server.port()));
        let fake = FakeSystemctl::new();
        let error = up(&fake, Duration::from_secs(1)).wait_ready(UNIT, Some(&endpoint)).unwrap_err();
        assert_eq!(error.code(), "not-ready");
        let ServiceError::NotReady { answer, .. } = error else { panic!("{error}") };
        assert_eq!(answer, expected);
    }
}

/// A server that falls over while it is waited for.
#[test]
fn it_goes_down_while_it_is_waited_for() {
    let server = SmallServer::new(&[Reply::json("CA", "starting")]);
    let fake = FakeSystemctl::new();
    fake.on("is-active", "[ $(grep -c is-active \"$dir/log\") -lt 3 ] || echo failed >\"$dir/state-$unit\"");
    let error = up(&fake, Duration::from_secs(60)).wait_ready(UNIT, Some(&plain(server.port()))).unwrap_err();
    assert_eq!(error.to_string(), format!("{UNIT} is failed after its start"));
}

#[test]
fn what_an_answer_is_in_short() {
    for (answer, short) in [
        (Answer::OtherState("stopped".to_owned()), "state `stopped`"),
        (Answer::NotFound, "HTTP status 404"),
        (Answer::Status(503), "HTTP status 503"),
        (Answer::Closed, "nothing listens at the port"),
        (Answer::Unreachable(FetchError::NoCurl), "the port speaks TLS, and curl cannot be run"),
    ] {
        assert_eq!(answer.to_string(), short);
    }
}
