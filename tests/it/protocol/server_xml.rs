//! The ports of an instance, from files as Dogtag writes them, edited ones and hostile ones.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use pki_role::host::endpoint::{Endpoint, Scheme};
use pki_role::host::own_address::is_own_address;
use pki_role::host::server_xml::{Connector, Connectors, NoEndpointError, ServerXmlError};
use pki_role::host::small_file::{SmallFileError, read_small};
use pki_role::pki::Subsystem;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::support::needs;

fn fixture(name: &str) -> Connectors {
    Connectors::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/server-xml").join(name)).unwrap()
}

fn connector(scheme: Scheme, port: u16, address: Option<&str>) -> Connector {
    Connector { scheme, port, address: address.map(str::to_owned) }
}

/// A `server.xml` with these lines as its connectors.
fn with(lines: &str) -> Connectors {
    parse(&format!("<Server><Service name=\"Catalina\">{lines}</Service></Server>")).unwrap()
}

fn parse(text: &str) -> Result<Connectors, ServerXmlError> {
    Connectors::parse(text.as_bytes())
}

fn endpoint(scheme: Scheme, address: Option<IpAddr>, port: u16) -> Endpoint {
    Endpoint { scheme, address, port, subsystem: Subsystem::Ca }
}

#[test]
fn plain_and_tls() {
    let connectors = fixture("plain-and-tls.xml");
    assert_eq!(connectors.plain(), Some(&connector(Scheme::Http, 8080, None)));
    assert_eq!(connectors.secure(), Some(&connector(Scheme::Https, 8443, None)));
    // Without TLS first: nobody needs curl for it.
    assert_eq!(connectors.endpoint(Subsystem::Ca), Ok(endpoint(Scheme::Http, None, 8080)));
}

#[test]
fn tls_only_whatever_its_name() {
    let connectors = fixture("tls-only.xml");
    assert_eq!(connectors.plain(), None);
    assert_eq!(connectors.endpoint(Subsystem::Ca), Ok(endpoint(Scheme::Https, None, 8443)));
}

#[test]
fn addresses() {
    let connectors = fixture("addresses.xml");
    assert_eq!(connectors.secure(), Some(&connector(Scheme::Https, 8443, Some("192.0.2.1"))));
    let loopback = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
    assert_eq!(connectors.endpoint(Subsystem::Ca), Ok(endpoint(Scheme::Http, loopback, 8080)));
}

#[test]
fn what_makes_a_connector_secure() {
    for (attributes, scheme) in [
        ("scheme='https'", Scheme::Https),
        ("SSLEnabled='true'", Scheme::Https),
        ("SSLEnabled='True'", Scheme::Https),
        ("SSLEnabled='false' secure='true' name='Secure'", Scheme::Http),
        ("scheme='http'", Scheme::Http),
        ("", Scheme::Http),
    ] {
        let connectors = with(&format!("<Connector port='1' {attributes}/>"));
        assert_eq!(
            (connectors.plain().is_some(), connectors.secure().is_some()),
            (scheme == Scheme::Http, scheme == Scheme::Https),
            "{attributes}"
        );
    }
}

/// As Dogtag itself has it.
#[test]
fn the_last_one_counts() {
    let connectors = with(
        "<Connector port='1'/><Connector port='2'/><Connector port='-1'/><Connector port='0'/>\
        <Connector port='${http.port}'/><Connector port='65536'/><Connector/><Connector port='' protocol='AJP/1.3'/>",
    );
    assert_eq!(connectors.plain().map(|connector| connector.port), Some(2));
    assert_eq!(with("<Connector port='&#56;0'/>").plain().map(|connector| connector.port), Some(80));
}

/// Its owner is another account: no other host is asked for it.
#[test]
fn only_this_host_is_asked() {
    for address in [
        "192.0.2.1",
        "2001:db8::1",
        "169.254.169.254",
        "example.com",
        "127.0.0.1.example.com",
        "0x7f000001",
        "//x/",
        "localhost:22",
        "1",
    ] {
        let connectors = with(&format!("<Connector port='1' address='{address}'/>"));
        let error = connectors.endpoint(Subsystem::Ca).unwrap_err();
        assert_eq!(error, NoEndpointError::ForeignAddress { address: address.to_owned() });
    }
    for (address, asked) in [
        ("0.0.0.0", None),
        ("::", None),
        ("localhost", None),
        ("", None),
        ("127.0.0.1", Some("127.0.0.1")),
        ("127.1.2.3", Some("127.1.2.3")),
        ("::1", Some("::1")),
        ("[::1]", Some("::1")),
        ("localhost4", Some("127.0.0.1")),
        ("localhost6", Some("::1")),
    ] {
        let connectors = with(&format!("<Connector port='1' address='{address}'/>"));
        let asked = asked.map(|address| address.parse().unwrap());
        assert_eq!(connectors.endpoint(Subsystem::Ca), Ok(endpoint(Scheme::Http, asked, 1)), "{address}");
    }
    // One that is not this host's does not hide another that is.
    let connectors = with("<Connector port='1' SSLEnabled='true'/><Connector port='2' address='192.0.2.1'/>");
    assert_eq!(connectors.endpoint(Subsystem::Ca), Ok(endpoint(Scheme::Https, None, 1)));
    assert_eq!(with("").endpoint(Subsystem::Ca), Err(NoEndpointError::NoConnector));
}

#[test]
fn the_addresses_of_this_host() {
    for (address, own) in [
        ("127.0.0.1", true),
        ("127.9.9.9", true),
        ("::1", true),
        ("::ffff:127.0.0.1", true),
        ("192.0.2.1", false),
        ("255.255.255.255", false),
        ("224.0.0.1", false),
        ("2001:db8::1", false),
    ] {
        assert_eq!(is_own_address(address.parse().unwrap()), own, "{address}");
    }
    // Which of its addresses this host would talk to another one from; nothing is sent.
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    let own = socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr());
    let own = own.ok().map(|socket| socket.ip()).filter(|address| !address.is_loopback() && !address.is_unspecified());
    if needs::present(own.is_some(), "this host has no address but loopback") {
        let own = own.unwrap();
        assert!(is_own_address(own));
        let connectors = with(&format!("<Connector port='1' address='{own}'/>"));
        assert_eq!(connectors.endpoint(Subsystem::Ca), Ok(endpoint(Scheme::Http, Some(own), 1)));
    }
}

#[test]
fn broken_files_cost_no_more_than_an_error() {
    for text in [
        "<Server>",
        "<Server></Service></Server>",
        "<Server><Service name='Catalina'><Connector port='1'></Server>",
        "<Server><Service name='Catalina'><Connector port='1",
        "<Server><Service name='Catalina'><Connector port=1/></Service></Server>",
        "<Server><Service name='Catalina'><Connector port='&port;'/></Service></Server>",
        "<Server><!-- ",
        "<",
    ] {
        assert!(matches!(parse(text), Err(ServerXmlError::ServerXmlMalformed { .. })), "{text}");
    }
    for text in ["", "no XML at all", "<Other><Service name='Catalina'><Connector port='1'/></Service></Other>"] {
        assert_eq!(parse(text).unwrap().endpoint(Subsystem::Ca), Err(NoEndpointError::NoConnector), "{text}");
    }
    // Neither of the encodings that occur is a reason not to read the ports.
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><Server><!-- \xe4 --><Service name='Catalina'>\
        <Connector port='1' x='\xe4'/></Service></Server>";
    assert_eq!(Connectors::parse(latin).unwrap().plain().map(|connector| connector.port), Some(1));
}

/// Entities that grow, or that lead to files.
#[test]
fn document_types_are_refused() {
    for definition in [
        "<!DOCTYPE Server>",
        "<!DOCTYPE Server SYSTEM 'http://192.0.2.1/x.dtd'>",
        "<!DOCTYPE Server [<!ENTITY port SYSTEM 'file:///etc/hostname'>]>",
        "<!DOCTYPE Server [<!ENTITY a '1'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]>",
    ] {
        let text = format!("{definition}<Server><Service name='Catalina'><Connector port='&c;'/></Service></Server>");
        assert!(matches!(parse(&text), Err(ServerXmlError::ServerXmlDoctype)), "{definition}");
    }
}

/// As long as a file may be, and shaped to be slow.
#[test]
fn large_files_are_read_in_one_pass() {
    let many = format!("<Server {}/>", "a='' ".repeat(150_000));
    assert!(parse(&many).is_ok());
    let attributes: String = (0..60_000).map(|n| format!("a{n}='' ")).collect();
    assert!(
        parse(&format!("<Server><Service name='Catalina'><Connector {attributes} port='1'/></Service></Server>"))
            .is_ok()
    );
    assert!(parse(&format!("<Server>{}{}</Server>", "<a>".repeat(100_000), "</a>".repeat(100_000))).is_ok());
    assert!(parse(&format!("<Server><!--{}--></Server>", "- ".repeat(400_000))).is_ok());
    let connectors = "<Connector port='1'/>".repeat(10_000);
    let error = parse(&format!("<Server><Service name='Catalina'>{connectors}</Service></Server>")).unwrap_err();
    assert!(matches!(error, ServerXmlError::ServerXmlTooManyConnectors));
}

/// What lies in its place is looked at before it is opened.
#[test]
fn what_is_no_file_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    mknodat(CWD, at("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    symlink("/dev/zero", at("device")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    symlink("loop", at("loop")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    let why = |path: &PathBuf| match Connectors::read(path).unwrap_err() {
        ServerXmlError::ServerXmlUnreadable { source, .. } => source,
        error => panic!("{error}"),
    };
    for name in ["fifo", "device", "folder"] {
        assert!(matches!(why(&at(name)), SmallFileError::NotRegular), "{name}");
    }
    for name in ["dangling", "missing"] {
        assert!(matches!(why(&at(name)), SmallFileError::NotFound), "{name}");
    }
    assert!(matches!(why(&at("loop")), SmallFileError::Unreadable(_)));
    // Files of the kernel's: some never end, some wait.
    for path in ["/proc/self/pagemap", "/proc/kmsg", "/proc/self/maps"] {
        assert_eq!(Connectors::read(Path::new(path)).unwrap(), Connectors::default(), "{path}");
    }
    fs::write(at("long"), vec![b' '; 1024 * 1024 + 1]).unwrap();
    assert!(matches!(why(&at("long")), SmallFileError::TooLong(_)));
    fs::File::create(at("sparse")).unwrap().set_len(1 << 40).unwrap();
    assert!(matches!(why(&at("sparse")), SmallFileError::TooLong(_)));
    symlink(at("long"), at("link")).unwrap();
    assert_eq!(read_small(&at("link"), 2 << 20).unwrap().len(), 1024 * 1024 + 1);
}
