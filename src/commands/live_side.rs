//! What a change asks the running server: for its CRLs before and afterwards, and for new ones.

use std::path::Path;
use std::time::Duration;

use super::look::ask;
use super::place::Place;
use crate::cli::{AgentArgs, ChangeCommand};
use crate::convert::{Failure, Obstacle, Readiness, UnitJob};
use crate::host::agent::{AgentFiles, find_agent};
use crate::host::curl::Agent;
use crate::host::endpoint::Endpoint;
use crate::host::roots::Roots;
use crate::host::systemctl::Systemctl;
use crate::host::update_crl::AgentPort;
use crate::pki::{Live, Server};

/// How long the questions before a change, and those after it, may take.
const QUESTIONS: Duration = Duration::from_secs(20);

/// Which agent asks a CA for CRLs, and where.
pub struct Issuing {
    /// Who asks.
    pub agent: Agent,
    /// Where agents' requests are taken.
    pub port: AgentPort,
    /// Where the CRL is read.
    pub endpoint: Endpoint,
}

impl Issuing {
    /// Finds everything that it takes.
    pub fn find(
        args: &AgentArgs,
        place: &Place,
        server: &Server,
        readiness: &Readiness,
        roots: &Roots,
    ) -> Result<Issuing, Failure> {
        let agent = find_agent(files(args), roots).map_err(Failure::refused)?;
        let port = place.agent_port(server).map_err(Failure::refused)?;
        match readiness {
            Readiness::Ask(endpoint) => Ok(Issuing { agent, port, endpoint: endpoint.clone() }),
            Readiness::Unknown(why) => Err(Failure::refused(Obstacle::NoAgentPort { why: why.clone() })),
        }
    }

    /// For a change that is to end with a CRL.
    pub fn of_change(
        command: &ChangeCommand,
        place: &Place,
        server: Option<&Server>,
        unit: Option<&UnitJob>,
        roots: &Roots,
    ) -> Result<Option<Issuing>, Failure> {
        match (command, server, unit) {
            (ChangeCommand::PromoteCa(args), Some(server), Some(unit)) if args.issue_crl => {
                Issuing::find(&args.agent, place, server, &unit.readiness, roots).map(Some)
            }
            (ChangeCommand::PromoteCa(args), ..) if args.issue_crl => Err(Failure::refused(Obstacle::NotLive)),
            _ => Ok(None),
        }
    }
}

fn files(args: &AgentArgs) -> AgentFiles<'_> {
    AgentFiles {
        certificate: args.agent_cert.as_deref(),
        key: args.agent_key.as_deref(),
        cacert: args.cacert.as_deref(),
    }
}

/// What the running server answers, where a change may turn its CRLs on or off.
pub fn ask_about_crls(
    command: &ChangeCommand,
    server: &Server,
    readiness: &Readiness,
    systemctl: &Systemctl<'_>,
) -> Option<Live> {
    let turns = matches!(command, ChangeCommand::DemoteCa(_) | ChangeCommand::PromoteCa(_) | ChangeCommand::Restore(_));
    (turns && server.ca().is_some()).then(|| ask(server, readiness, &systemctl.asking_for(QUESTIONS)))
}

/// The number of each issuing point's last CRL.
pub fn crl_numbers(live: &Live) -> Vec<(String, u64)> {
    live.crls.iter().filter_map(|crl| Some((crl.issuing_point.clone(), crl.number?))).collect()
}

/// The curl that is called.
pub fn curl() -> &'static Path {
    Path::new("curl")
}
