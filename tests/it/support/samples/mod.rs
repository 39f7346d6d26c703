//! One of each refusal, failure and finding, so that every sentence can be looked at.

mod causes;
mod findings;
mod ipa;
mod issuing;
mod refusals;

use pki_role::cs_cfg::CsCfg;
use pki_role::pki::{Server, Setting, Surroundings};

pub use causes::{obstacles, services, stores};
pub use findings::findings;
pub use ipa::ipa_proxies;
pub use issuing::{agents, issues};
pub use refusals::refusals;

/// Parameters of a role that contradict it, one of which the server cannot read.
fn settings() -> Vec<Setting> {
    let file = b"cs.type=CA\nca.crl.M.enable=true \nca.crl.M.enableCRLCache=true\nca.crl.M.enableCRLUpdates=\n";
    let server = Server::with_uncopyable(&CsCfg::parse(file), &Surroundings::default()).unwrap();
    server.settings().into_iter().cloned().collect()
}
