//! CRLs as a server gives them: whole ones, and everything else.

use std::path::Path;
use std::time::Duration;

use pki_role::host::deadline::Deadline;
use pki_role::host::endpoint::{Asking, Endpoint, FetchError, Scheme};
use pki_role::host::live::last_crl;
use pki_role::pki::{Crl, NoAnswer, Subsystem, Unanswered};
use proptest::prelude::*;

use crate::support::crl::CrlSpec;
use crate::support::dogtag::{Answers, error};
use crate::support::needs;
use crate::support::small_server::{Reply, SmallServer};

fn spec() -> CrlSpec {
    CrlSpec {
        number: Some(vec![0x00, 0xff]),
        this_update: "260131210000Z".to_owned(),
        next_update: Some("260201010000Z".to_owned()),
        entries: 3,
    }
}

fn ask(server: &SmallServer) -> Result<Crl, Unanswered> {
    ask_for(server, Duration::from_secs(60))
}

fn ask_for(server: &SmallServer, time: Duration) -> Result<Crl, Unanswered> {
    let endpoint = Endpoint { scheme: Scheme::Http, address: None, port: server.port(), subsystem: Subsystem::Ca };
    let asking = Asking { curl: Path::new("curl"), deadline: Deadline::after(time), signal: &|| None };
    last_crl(&endpoint, "MasterCRL", &asking)
}

fn read(der: &[u8]) -> Result<Crl, NoAnswer> {
    ask(&Answers::default().crl("MasterCRL", Reply::bytes(der)).serve()).map_err(|note| note.why)
}

#[test]
fn what_a_crl_says() {
    let crl = read(&spec().der()).unwrap();
    assert_eq!(crl.issuing_point, "MasterCRL");
    assert_eq!(crl.number, Some(255));
    assert_eq!(crl.this_update.to_string(), "2026-01-31T21:00:00Z");
    assert_eq!(crl.next_update.unwrap().to_string(), "2026-02-01T01:00:00Z");
    assert_eq!(crl.entries, 3);
    assert_eq!(crl.sha256.len(), 64);
    assert_ne!(crl.sha256, read(&CrlSpec { entries: 4, ..spec() }.der()).unwrap().sha256);
}

#[test]
fn what_a_crl_may_leave_out() {
    let bare = CrlSpec { number: None, next_update: None, entries: 0, ..spec() };
    let crl = read(&bare.der()).unwrap();
    assert_eq!((crl.number, crl.next_update, crl.entries), (None, None, 0));
    // Beyond 2049 times have four digits of the year.
    let late = CrlSpec { this_update: "20520131210000Z".to_owned(), ..spec() };
    assert_eq!(read(&late.der()).unwrap().this_update.to_string(), "2052-01-31T21:00:00Z");
    // A number of 20 bytes is allowed, and nobody counts so far.
    let long = CrlSpec { number: Some([&[1][..], &[0; 19]].concat()), ..spec() };
    assert_eq!(read(&long.der()).unwrap().number, None);
}

/// OpenSSL makes one, and says the same of it.
#[test]
fn as_openssl_reads_it() {
    if !needs::tool("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crl.der");
    let der = spec().der();
    std::fs::write(&file, &der).unwrap();
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new("openssl").args(arguments).arg("-in").arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run(&["crl", "-inform", "DER", "-noout", "-text"]);
    assert!(text.contains("Last Update: Jan 31 21:00:00 2026 GMT"), "{text}");
    assert!(text.contains("X509v3 CRL Number: \n                255"), "{text}");
    assert_eq!(text.matches("Serial Number:").count(), 3);
    let sha256 = read(&der).unwrap().sha256;
    let fingerprint = run(&["crl", "-inform", "DER", "-noout", "-fingerprint", "-sha256"]);
    assert!(fingerprint.replace(':', "").to_lowercase().contains(&sha256), "{fingerprint}");
}

#[test]
fn what_is_no_crl() {
    let der = spec().der();
    let truncated = &der[..der.len() - 1];
    let trailing = [&der[..], b"\n"].concat();
    for body in [&b""[..], b"no", b"<HTML></HTML>", truncated, &trailing, b"\x30\x80\x00\x00", &[0x30; 100_000]] {
        assert_eq!(read(body), Err(NoAnswer::NotUnderstood), "{:?}", body.get(..20));
    }
    let page = Reply::ok(error("CRL was not yet updated or could not be found."));
    let note = ask(&Answers::default().crl("MasterCRL", page).serve()).unwrap_err();
    assert_eq!(note.why, NoAnswer::NoCrl);
    assert_eq!(note.detail.unwrap(), "CRL was not yet updated or could not be found.");
    let note = ask(&Answers::default().serve()).unwrap_err();
    assert_eq!((note.why, note.status), (NoAnswer::Status, Some(404)));
}

#[test]
fn servers_that_do_not_come_to_an_end() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n";
    let after = |body: &[u8]| [&head[..], body].concat();
    for (reply, why) in [
        (Reply::Silence, NoAnswer::TimedOut),
        (Reply::Drip(after(&[0x30])), NoAnswer::TimedOut),
        (Reply::Close, NoAnswer::NotHttp),
        (Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n0".to_vec()), NoAnswer::NotHttp),
        (Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n".to_vec()), NoAnswer::TooLong),
    ] {
        let server = Answers::default().crl("MasterCRL", reply.clone()).serve();
        assert_eq!(ask_for(&server, Duration::from_millis(300)).unwrap_err().why, why, "{reply:?}");
    }
    let endless = Answers::default().crl("MasterCRL", Reply::Endless(head, &[0x30; 4096])).serve();
    let note = ask(&endless).unwrap_err();
    assert!([NoAnswer::TooLong, NoAnswer::TimedOut].contains(&note.why), "{note:?}");
}

/// As large as any CRL that is read, through the plain connector.
#[test]
fn a_large_crl() {
    let large = CrlSpec { entries: 200_000, ..spec() };
    assert_eq!(read(&large.der()).unwrap().entries, 200_000);
}

#[test]
fn an_issuing_point_may_have_any_name() {
    let server = SmallServer::routed(|_| Reply::Body(404, String::new()));
    let endpoint = Endpoint { scheme: Scheme::Http, address: None, port: server.port(), subsystem: Subsystem::Ca };
    let asking =
        Asking { curl: Path::new("curl"), deadline: Deadline::after(Duration::from_secs(60)), signal: &|| None };
    assert!(last_crl(&endpoint, "a b&op=x\r\nHost: evil\u{e9}", &asking).is_err());
    let [request] = server.requests().try_into().unwrap();
    let first = request.lines().next().unwrap();
    assert_eq!(
        first,
        "GET /ca/ee/ca/getCRL?op=getCRL&crlIssuingPoint=a%20b%26op%3Dx%0D%0AHost%3A%20evil%C3%A9 HTTP/1.0"
    );
}

#[test]
fn a_port_where_nobody_listens() {
    let closed = crate::support::small_server::ClosedPort::new();
    let endpoint = Endpoint { scheme: Scheme::Http, address: None, port: closed.port, subsystem: Subsystem::Ca };
    let asking =
        Asking { curl: Path::new("curl"), deadline: Deadline::after(Duration::from_secs(60)), signal: &|| None };
    assert_eq!(last_crl(&endpoint, "MasterCRL", &asking).unwrap_err().why, NoAnswer::Closed);
    let no_curl = Asking { curl: Path::new("/nowhere/curl"), ..asking };
    let tls = Endpoint { scheme: Scheme::Https, ..endpoint };
    assert_eq!(last_crl(&tls, "MasterCRL", &no_curl).unwrap_err().why, NoAnswer::NoCurl);
    let _ = FetchError::NoCurl;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// A CRL with some bytes exchanged, or cut off, is read or is not; nothing else happens.
    #[test]
    fn any_bytes(at in 0usize..200, byte in any::<u8>(), cut in 0usize..200) {
        let mut der = spec().der();
        let length = der.len();
        der[at % length] = byte;
        der.truncate(length - cut % length.min(40));
        let _ = read(&der);
    }
}
