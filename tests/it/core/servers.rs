//! What a file says about its server: whose it is, where it is, whether it is whole.

use pki_role::cs_cfg::CsCfg;
use pki_role::pki::{
    Completeness, HostPort, NotAServerError, Ports, Server, Subsystem, Surroundings, Topology, same_host,
};

use crate::support::conversions::server;
use crate::support::files::fixture;

fn of(file: &str, around: &Surroundings) -> Result<Server, NotAServerError> {
    Server::of(&CsCfg::parse(file.as_bytes()), around)
}

#[test]
fn whose_file_it_is() {
    let other = |name: &str| Err(NotAServerError::OtherSubsystem(name.to_owned()));
    for (file, wanted) in [
        ("cs.type=CA\nkra.a=1\nkra.b=1\n", Ok(Subsystem::Ca)),
        ("cs.type=ocsp\n", Ok(Subsystem::Ocsp)),
        ("cs.type= TKS \n", Ok(Subsystem::Tks)),
        ("cs.type=TPS\n", Ok(Subsystem::Tps)),
        ("cs.type=EST\n", Ok(Subsystem::Est)),
        ("cs.type=RA\nca.a=1\n", other("RA")),
        ("cs.type=\nkra.a=1\n", Ok(Subsystem::Kra)),
        ("ca.a=1\nca.b=1\nocsp.a=1\n", Ok(Subsystem::Ca)),
        ("ca.a=1\nocsp.a=1\nocsp.b=1\n", Ok(Subsystem::Ocsp)),
        ("ca.a=1\nocsp.a=1\n", Ok(Subsystem::Ca)),
        ("ca.a=1\nocsp.a=1\nOCSP.Responder.b=1\n", Ok(Subsystem::Ocsp)),
        // Lines of the guide's alone.
        ("master.ca.agent.host=x\n", Ok(Subsystem::Ca)),
        ("OCSP.Responder.store.defStore.refreshInSec=1\n", Ok(Subsystem::Ocsp)),
        ("tks.a=1\n", Ok(Subsystem::Tks)),
        ("a=1\ncax.b=1\nca=1\n", Err(NotAServerError::UnknownSubsystem)),
        ("", Err(NotAServerError::Empty)),
        ("# cs.type=CA\n", Err(NotAServerError::Empty)),
    ] {
        assert_eq!(of(file, &Surroundings::default()).map(|server| server.subsystem()), wanted, "{file:?}");
    }
}

#[test]
fn where_it_is() {
    let around = Surroundings { instance: Some("folder".into()), secure_port: Some(1), plain_port: Some(2) };
    let file = "cs.type=CA\ninstanceId=id\nmachineName=h\nservice.machineName=other\nservice.securePort=8443\n\
        service.unsecurePort=8080\nproxy.securePort=443\nhttps.port=9443\n";
    let ports = |agent, unsure, plain, proxy| Ports { agent, unsure, plain, proxy };
    for (without, around, instance, wanted) in [
        (&[][..], Surroundings::default(), Some("id"), ports(Some(8443), false, Some(8080), Some(443))),
        (&[], around, Some("folder"), ports(Some(1), false, Some(2), Some(443))),
        (
            &["instanceId=", "service.securePort=", "proxy."],
            Surroundings::default(),
            None,
            // A parameter that nothing reads any more.
            ports(Some(9443), true, Some(8080), None),
        ),
        (&["service.", "https.port="], Surroundings::default(), Some("id"), ports(None, false, None, Some(443))),
    ] {
        let lines = file.lines().filter(|line| !without.iter().any(|key| line.starts_with(key)));
        let server = of(&lines.map(|line| format!("{line}\n")).collect::<String>(), &around).unwrap();
        assert_eq!((server.host.as_deref(), server.instance.as_deref(), server.ports), (Some("h"), instance, wanted));
    }
    let second = server("cs.type=CA\nmachineName= \nservice.machineName= other \nservice.securePort=0\n");
    assert_eq!((second.host.as_deref(), second.ports.agent), (Some("other"), None));
    for port in ["x", "-1", "65536", "None", ""] {
        assert_eq!(server(format!("cs.type=CA\nservice.securePort={port}\n")).ports.agent, None, "{port}");
    }
}

#[test]
fn its_tls_ports() {
    let ports = Ports { agent: Some(8443), unsure: false, plain: Some(8080), proxy: Some(443) };
    for (port, wanted) in [("8443", true), ("443", true), ("8080", false), ("x", false)] {
        assert_eq!(ports.has_secure(port), Some(wanted), "{port}");
    }
    assert_eq!(Ports { plain: Some(8080), ..Ports::default() }.has_secure("8080"), None);
}

#[test]
fn host_names_and_addresses() {
    for (one, other) in [("a.example", "A.EXAMPLE"), ("a.example.", "a.example"), ("[::1]", "[::1]")] {
        assert!(same_host(one, other) && same_host(other, one));
    }
    assert!(!same_host("a.example", "b.example") && !same_host("a", "a.example"));
    let parsed: HostPort = "[2001:db8::2]:8443".parse().unwrap();
    assert_eq!((parsed.host(), parsed.port()), ("[2001:db8::2]", 8443));
    assert_eq!(parsed.ip(), "2001:db8::2".parse().ok());
    assert_eq!("ca1.example.com:1".parse::<HostPort>().unwrap().ip(), None);
}

#[test]
fn unknown_never_separates() {
    let of = |base_dn: Option<&str>, domain: Option<&str>| Topology {
        base_dn: base_dn.map(str::to_owned),
        security_domain: domain.map(str::to_owned),
    };
    let ours = of(Some("o=a, dc=x"), Some("EXAMPLE"));
    for (other, compatible) in [
        (of(None, None), true),
        (of(Some("O = A,DC=X"), None), true),
        (of(None, Some("example ")), true),
        (of(Some("o=b,dc=x"), Some("EXAMPLE")), false),
        (of(Some("o=a,dc=x"), Some("OTHER")), false),
        (of(None, Some("OTHER")), false),
    ] {
        assert_eq!((ours.is_compatible(&other), other.is_compatible(&ours)), (compatible, compatible), "{other:?}");
    }
}

#[test]
fn whether_it_is_whole() {
    use Completeness::{EndsInsideLine, ExportLacksEnd, LacksEnd, Plain, Whole};
    for (lines, wanted) in [
        ("", Plain),
        ("usrgrp.ldap=x\n", Plain),
        ("auths.a=1\nusrgrp.ldap=x\n", Whole),
        ("auths.a=1\n", LacksEnd),
        ("authz.a=1\n", LacksEnd),
        ("accessEvaluator.a=1\n", LacksEnd),
        ("auths.a=1\nusrgrp", LacksEnd),
        ("auths.a=1\nusrgrp.ldap=x\nz", EndsInsideLine),
        ("z", EndsInsideLine),
        ("z=", Plain),
    ] {
        assert_eq!(server(format!("cs.type=CA\n{lines}")).completeness, wanted, "{lines:?}");
    }
    let export = "# pki-role export of a CA: for promote-ca --from\ncs.type=CA\nauths.a=1\n";
    assert_eq!(server(export).completeness, ExportLacksEnd);
    for end in ["1 parameters\n", "1 parameters", "1 parameters\n\n", "1"] {
        assert_eq!(server(format!("{export}# end of pki-role export: {end}")).completeness, Plain, "{end:?}");
    }
    assert_eq!(server(format!("{export}# end of pki-role export: 1\na=1\n")).completeness, ExportLacksEnd);
    for name in ["ca-master", "ca-clone", "ocsp-master", "ocsp-clone", "ocsp-dogtag-master", "ocsp-dogtag-clone"] {
        assert_eq!(server(fixture(name)).completeness, Whole, "{name}");
    }
}

#[test]
fn lines_that_are_ambiguous_are_kept() {
    let server = server("cs.type=CA\na:b\nc=d\x0be=f\n");
    let shown: Vec<_> =
        server.ambiguities.iter().map(|line| (line.line, &line.server[..], &line.pki_server[..])).collect();
    let text = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        shown,
        [(2, &text(&["a=b"])[..], &text(&[])[..]), (3, &text(&["c=d\x0be=f"])[..], &text(&["c=d", "e=f"])[..])]
    );
    assert_eq!(server.stops_start().map(|line| line.line).collect::<Vec<_>>(), [2]);
}
