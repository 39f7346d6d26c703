//! Publishers of a CA: what is read of them, and how they follow an OCSP responder.

use pki_role::pki::{Conversion, Publisher, Refusal, RefusalCode};

use crate::support::conversions::{converted, plain, prepared, refused, server};
use crate::support::files::fixture;

const PUBLISHING: &str = "ca.publish.enable=true\n\
    ca.publish.publisher.instance._000=##\n\
    ca.publish.publisher.instance.File.pluginName=FileBasedPublisher\n\
    ca.publish.publisher.instance.One.host=ocsp1.example.com\n\
    ca.publish.publisher.instance.One.pluginName=OCSPPublisher\n\
    ca.publish.publisher.instance.One.port=8443\n\
    ca.publish.publisher.instance.Two.host=OCSP1.example.com\n\
    ca.publish.publisher.instance.Two.pluginName=OCSPPublisher\n\
    ca.publish.publisher.instance.Two.port=18443\n\
    ca.publish.rule.instance.A.enable=true\n\
    ca.publish.rule.instance.A.publisher=One\n\
    ca.publish.rule.instance.B.enable=false\n\
    ca.publish.rule.instance.B.publisher=Two\n\
    cs.type=CA\n";

fn follow(old: &str, new: &str) -> Conversion<'static> {
    Conversion::RedirectPublisher { old: old.parse().unwrap(), new: new.parse().unwrap() }
}

#[test]
fn they_are_read() {
    let publishing = |file: &str| server(file).ca().unwrap().publishing.clone();
    let read = publishing(PUBLISHING);
    let publisher = |name: &str, is_ocsp, active, host: Option<&str>, port: Option<&str>| Publisher {
        name: name.to_owned(),
        is_ocsp,
        active,
        host: host.map(str::to_owned),
        port: port.map(str::to_owned),
    };
    assert!(read.on);
    assert_eq!(
        read.publishers,
        [
            publisher("File", false, false, None, None),
            publisher("One", true, true, Some("ocsp1.example.com"), Some("8443")),
            publisher("Two", true, false, Some("OCSP1.example.com"), Some("18443")),
        ]
    );
    assert_eq!(read.active().map(|publisher| &*publisher.name).collect::<Vec<_>>(), ["One"]);
    // Nothing is active while publishing is off.
    for line in ["", "ca.publish.enable=false\n", "ca.publish.enable=\n"] {
        let off = publishing(&PUBLISHING.replace("ca.publish.enable=true\n", line));
        assert!(!off.on && off.active().next().is_none());
    }
}

#[test]
fn each_that_names_the_old_responder_follows() {
    let followed = PUBLISHING
        .replace("One.host=ocsp1.example.com", "One.host=ocsp2.example.com")
        .replace("One.port=8443", "One.port=9443");
    let conversion = follow("OCSP1.example.com:8443", "ocsp2.example.com:9443");
    assert_eq!(converted(PUBLISHING, &conversion), followed);
    assert!(prepared(&followed, &conversion).unwrap().bytes.is_none());
    assert_eq!(converted(&followed, &follow("ocsp2.example.com:9443", "ocsp1.example.com:8443")), PUBLISHING);
    let both = PUBLISHING.replace("18443", "8443");
    let count = converted(&both, &conversion).matches("host=ocsp2.example.com\n").count();
    assert_eq!(count, 2);
    // The role does not change, nor does anything else.
    let master = fixture("ca-master");
    let made = prepared(&master, &follow("primary.example.com:10443", "secondary.example.com:8443")).unwrap();
    assert_eq!(made.after.role(), made.before.role());
    let keys: Vec<&str> = made.changes.iter().map(|(change, _)| &*change.key).collect();
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().all(|key| key.starts_with("ca.publish.publisher.instance.")), "{keys:?}");
}

#[test]
fn another_responder_is_refused() {
    for old in ["ocsp3.example.com:8443", "ocsp1.example.com:443"] {
        match prepared(PUBLISHING, &follow(old, "ocsp2.example.com:8443")) {
            Err(Refusal::NoSuchPublisher { named, .. }) => {
                assert_eq!(named, ["ocsp1.example.com:8443", "OCSP1.example.com:18443"]);
            }
            other => panic!("{other:?}"),
        }
    }
    let conversion = follow("ocsp1.example.com:8443", "ocsp2.example.com:8443");
    assert_eq!(refused("cs.type=CA\n", &conversion, &plain()), RefusalCode::NoSuchPublisher);
    let half = PUBLISHING.replace("ca.publish.publisher.instance.One.port=8443\n", "");
    assert_eq!(refused(half, &conversion, &plain()), RefusalCode::NoSuchPublisher);
}
