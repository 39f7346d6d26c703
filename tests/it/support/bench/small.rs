//! Small servers, written out: what a test says about one is all that is odd about it.

use pki_role::pki::{Origin, Surroundings};

use super::{Bench, Seat};

const MASTER: &str = "ca.certStatusUpdateInterval=600
ca.listenToCloneModifications=true
ca.crl.MasterCRL.class=c
ca.crl.MasterCRL.description=d
ca.crl.MasterCRL.enableCRLCache=true
ca.crl.MasterCRL.enableCRLUpdates=true
";

/// A CA that generates CRLs; `more` lines come last, and win.
pub fn master(host: &str, more: &str) -> Seat {
    ca(host, &format!("{MASTER}{more}"))
}

/// A CA that does not, and redirects to a host; `more` lines come last, and win.
pub fn clone_of(master: &str, host: &str, more: &str) -> Seat {
    let role = MASTER.replace("=600", "=0").replace("=true", "=false");
    let redirect = format!("master.ca.agent.host={master}.example.com\nmaster.ca.agent.port=8443\n");
    ca(host, &format!("{role}{redirect}{more}"))
}

fn ca(host: &str, role: &str) -> Seat {
    collected(&format!(
        "cs.type=CA\nmachineName={host}.example.com\ninternaldb.basedn=o=ca\nsecuritydomain.name=EXAMPLE\n{role}"
    ))
}

/// An OCSP responder with a refresh interval, or none.
pub fn responder(host: &str, interval: Option<u32>, more: &str) -> Seat {
    let interval = interval.map(|seconds| format!("ocsp.store.defStore.refreshInSec={seconds}\n")).unwrap_or_default();
    collected(&format!(
        "cs.type=OCSP\nmachineName={host}.example.com\ninternaldb.basedn=o=ocsp\nsecuritydomain.name=EXAMPLE\n\
         ocsp.storeId=defStore\nocsp.store.defStore.class=x.DefStore\n{interval}{more}"
    ))
}

/// The lines of an active publisher that names an OCSP responder.
pub fn publisher(name: &str, host: &str, port: u16) -> String {
    let publisher = format!("ca.publish.publisher.instance.{name}");
    format!(
        "ca.publish.enable=true\n{publisher}.pluginName=OCSPPublisher\n{publisher}.host={host}.example.com\n\
         {publisher}.port={port}\nca.publish.rule.instance.{name}.enable=true\n\
         ca.publish.rule.instance.{name}.publisher={name}\n"
    )
}

fn collected(text: &str) -> Seat {
    let surroundings =
        Surroundings { instance: Some("pki-tomcat".to_owned()), secure_port: Some(8443), plain_port: Some(8080) };
    Seat {
        text: text.to_owned(),
        origin: Origin::Collected,
        config: "/etc/pki/CS.cfg".to_owned(),
        surroundings,
        rule: None,
        has_agent: false,
    }
}

impl Seat {
    /// The same, only a copy of the file.
    pub fn copied(self, config: &str) -> Seat {
        Seat::copy(config, &self.text)
    }

    /// The same, with other text in place of some.
    pub fn with(mut self, old: &str, new: &str) -> Seat {
        assert!(self.text.contains(old), "{old} is not in {}", self.text);
        self.text = self.text.replace(old, new);
        self
    }
}

/// Servers side by side.
pub fn bench(seats: impl Into<Vec<Seat>>) -> Bench {
    Bench { seats: seats.into() }
}
