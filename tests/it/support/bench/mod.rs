//! A topology of CS.cfg texts, on which the steps of a plan are carried out with the program's own
//! conversions.

pub mod dice;
pub mod plans;
pub mod servers;
pub mod small;
pub mod steps;

use pki_role::cs_cfg::CsCfg;
use pki_role::pki::{IpaProxy, Observation, Origin, RuleState, Server, Surroundings, Timestamp};

/// When everything is judged.
pub fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// A server's file, and what its host knows.
#[derive(Clone, Debug)]
pub struct Seat {
    pub text: String,
    pub origin: Origin,
    pub config: String,
    pub surroundings: Surroundings,
    /// The web server's rule, on a FreeIPA host.
    pub rule: Option<RuleState>,
    /// An agent's certificate is known on its host.
    pub has_agent: bool,
}

impl Seat {
    /// A file of which nothing but its text is known.
    pub fn copy(config: &str, text: &str) -> Seat {
        let surroundings = Surroundings::default();
        Seat {
            text: text.to_owned(),
            origin: Origin::Copy,
            config: config.to_owned(),
            surroundings,
            rule: None,
            has_agent: false,
        }
    }

    /// What is observed of it.
    pub fn observe(&self) -> Observation {
        let server = Server::with_uncopyable(&CsCfg::parse(self.text.as_bytes()), &self.surroundings).unwrap();
        let mut observation = Observation::of_file(self.config.clone(), server);
        observation.origin = self.origin;
        observation.has_agent = self.has_agent;
        let file = "ipa-pki-proxy.conf".to_owned();
        observation.ipa_proxy = self.rule.map(|rule| IpaProxy { file, rule, host: None });
        observation
    }
}

/// Several servers.
#[derive(Clone)]
pub struct Bench {
    pub seats: Vec<Seat>,
}

impl Bench {
    pub fn observations(&self) -> Vec<Observation> {
        self.seats.iter().map(Seat::observe).collect()
    }
}

impl std::fmt::Debug for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (id, seat) in self.seats.iter().enumerate() {
            writeln!(
                f,
                "\n--- {id}: {} {:?} {:?} {:?}\n{}",
                seat.config, seat.origin, seat.surroundings, seat.rule, seat.text
            )?;
        }
        Ok(())
    }
}
