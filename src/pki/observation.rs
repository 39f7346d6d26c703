//! What was observed of one server at one time: its file, and what its host adds. This is an element
//! of `files[]` in saved status, and what a topology is made of.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Activity, Finding, LiveQuestion, Role, RuleState, Server, Subsystem, SubsystemState, Timestamp, Unanswered,
    of_server,
};

/// One server at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// The file, as it was named on the host where it was looked at.
    pub config: String,
    /// Where the observation comes from.
    #[serde(skip_serializing, default)]
    pub origin: Origin,
    /// The saved status that it was read from, as it was named.
    #[serde(skip)]
    pub saved_in: Option<String>,
    /// What the file says.
    #[serde(flatten)]
    pub server: Server,
    /// How many names the file has; more than one where a hard link keeps the old bytes.
    #[serde(default = "one")]
    pub links: u64,
    /// The unit that serves the file; nothing for a file outside an instance.
    pub service: Option<Service>,
    /// A run that stopped the unit and did not come to its end.
    #[serde(default)]
    pub interrupted: Option<Interrupted>,
    /// The names of this program's backups beside the file, oldest first.
    #[serde(default)]
    pub backups: Vec<String>,
    /// The web server's rule for the CRL, on a FreeIPA host.
    #[serde(default)]
    pub ipa_proxy: Option<IpaProxy>,
    /// What the running server answered.
    #[serde(default)]
    pub live: Option<Live>,
    /// An agent's certificate is known on its host, so that a CRL can be issued there.
    #[serde(default)]
    pub has_agent: bool,
}

/// Where an observation comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The live file of an instance of the host on which the program runs.
    Live,
    /// Saved status.
    #[default]
    Collected,
    /// A file that is not live here: a copy, or one of a host that is not known.
    Copy,
}

fn one() -> u64 {
    1
}

/// The unit of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// Its name in systemd.
    pub unit: String,
    /// What it does; nothing where systemd could not be asked.
    pub active: Option<Activity>,
    /// Whether it starts at boot; nothing where systemd could not be asked.
    pub enabled: Option<bool>,
}

/// A run that stopped a unit and did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interrupted {
    /// The command.
    pub command: String,
    /// The unit.
    pub unit: String,
}

/// The rule by which the web server of a FreeIPA host redirects requests for the CRL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IpaProxy {
    /// The web server's file.
    pub file: String,
    /// The rule.
    pub rule: RuleState,
    /// The host to which it redirects.
    pub host: Option<String>,
}

/// What a running server answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Live {
    /// When it was asked.
    pub observed_at: Timestamp,
    /// What it said about itself.
    pub answer: SubsystemState,
    /// Its version, where it gave one.
    #[serde(default)]
    pub version: Option<String>,
    /// Whether the CRL cache of an issuing point is on.
    #[serde(default)]
    pub caches: IndexMap<String, bool>,
    /// The last CRL of each issuing point.
    #[serde(default)]
    pub crls: Vec<Crl>,
    /// The members of its security domain.
    #[serde(default)]
    pub members: Vec<Member>,
    /// Questions that were not answered, or not in a form that could be read.
    #[serde(default)]
    pub notes: Vec<Unanswered>,
}

/// The last CRL of an issuing point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Crl {
    /// The issuing point.
    pub issuing_point: String,
    /// Its number, where it has one.
    pub number: Option<u64>,
    /// When it was issued.
    pub this_update: Timestamp,
    /// When the next one is due.
    pub next_update: Option<Timestamp>,
    /// How many certificates it lists.
    pub entries: u64,
    /// The SHA-256 of its DER, in hexadecimal.
    pub sha256: String,
}

/// A member of a security domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// Its subsystem.
    pub subsystem: Subsystem,
    /// Its host.
    pub host: String,
    /// Its TLS port.
    pub port: u16,
    /// Its agent port.
    pub agent_port: Option<u16>,
    /// It was installed as a clone.
    pub clone: Option<bool>,
}

impl Observation {
    /// A file of which nothing but its text is known.
    pub fn of_file(config: String, server: Server) -> Observation {
        Observation {
            config,
            origin: Origin::Copy,
            saved_in: None,
            server,
            links: 1,
            service: None,
            interrupted: None,
            backups: Vec::new(),
            ipa_proxy: None,
            live: None,
            has_agent: false,
        }
    }

    /// The file as it was given: every host has the same path in its saved status.
    pub fn given(&self) -> String {
        match &self.saved_in {
            Some(saved) => format!("{saved} ({})", self.config),
            None => self.config.clone(),
        }
    }

    /// Everything that this server gives to report, looked at alone; `now` is when the findings are made.
    pub fn findings(&self, now: Timestamp) -> Vec<Finding> {
        let mut findings = of_server(&self.server);
        if self.links > 1 {
            findings.push(Finding::HardLinked { links: self.links });
        }
        if let Some(Interrupted { command, unit }) = self.interrupted.clone() {
            let is_up = self.service.as_ref().is_some_and(|service| {
                service.unit == unit && matches!(service.active, Some(Activity::Active | Activity::Reloading))
            });
            findings.push(Finding::InterruptedRun { command, unit, up_as: is_up.then(|| self.server.role()) });
        }
        let has_role = self.server.subsystem().has_roles();
        if let Some(service) = self.service.as_ref().filter(|_| has_role) {
            self.of_service(service, &mut findings);
        }
        if let Some(live) = self.live.as_ref().filter(|_| has_role) {
            self.of_live(live, now, &mut findings);
        }
        let role = self.server.role();
        if let Some(proxy) = self.ipa_proxy.as_ref().filter(|_| !self.rule_agrees_with(role)) {
            findings.push(Finding::IpaProxyDisagrees { rule: proxy.rule, role });
        }
        findings
    }

    /// When the running server was asked, if it was.
    pub fn observed_at(&self) -> Option<Timestamp> {
        self.live.as_ref().map(|live| live.observed_at)
    }

    /// Whether the web server's rule agrees with a role, where there is one.
    pub fn rule_agrees_with(&self, role: Role) -> bool {
        self.ipa_proxy.as_ref().is_none_or(|proxy| proxy.rule.agrees_with(role) != Some(false))
    }

    fn of_service(&self, service: &Service, findings: &mut Vec<Finding>) {
        let unit = || service.unit.clone();
        match service.active {
            None | Some(Activity::Active | Activity::Reloading) => {}
            Some(state) => findings.push(Finding::ServiceDown { unit: unit(), state }),
        }
        // On a FreeIPA host ipactl starts the units, which are not enabled.
        if self.server.generates() && service.enabled == Some(false) && self.ipa_proxy.is_none() {
            findings.push(Finding::ServiceNotEnabled { unit: unit() });
        }
    }

    fn of_live(&self, live: &Live, now: Timestamp, findings: &mut Vec<Finding>) {
        let is_active = self.service.as_ref().is_none_or(|service| service.active == Some(Activity::Active));
        if is_active && !matches!(live.answer, SubsystemState::Running | SubsystemState::NotAsked) {
            findings.push(Finding::NotAnswering { answer: live.answer, status: live.status() });
        }
        let Some(ca) = self.server.ca() else { return };
        let points = ca.contradicted_by(&live.caches);
        if !points.is_empty() {
            findings.push(Finding::RunsWithAnotherRole { points, file: self.server.role() });
        }
        let generating = self.server.generating_points();
        let crls = live.crls.iter().filter(|crl| generating.contains(&crl.issuing_point));
        findings.extend(crls.filter_map(|crl| crl.finding(now)));
    }
}

impl Live {
    /// The last CRL of an issuing point, where the server gave it.
    pub fn crl(&self, point: &str) -> Option<&Crl> {
        self.crls.iter().find(|crl| crl.issuing_point == point)
    }

    /// Why the server did not give the last CRL of an issuing point.
    pub fn no_crl(&self, point: &str) -> Option<&Unanswered> {
        let is_about = |note: &&Unanswered| note.issuing_point.as_deref() == Some(point);
        self.notes.iter().filter(|note| note.question == LiveQuestion::Crl).find(is_about)
    }

    /// The HTTP status with which the question whether the subsystem runs was answered, where it is all
    /// that was answered.
    pub fn status(&self) -> Option<u16> {
        self.notes.iter().find(|note| note.question == LiveQuestion::State)?.status
    }
}

impl Crl {
    /// Whether it is expired, or soon will be: less than a quarter of its period is left.
    pub fn finding(&self, now: Timestamp) -> Option<Finding> {
        let next_update = self.next_update?;
        let (point, number) = (self.issuing_point.clone(), self.number);
        let left = next_update.seconds_since(now);
        let period = next_update.seconds_since(self.this_update);
        if left <= 0 {
            Some(Finding::CrlExpired { point, number, next_update })
        } else if left.saturating_mul(4) < period {
            Some(Finding::CrlExpiresSoon { point, number, next_update })
        } else {
            None
        }
    }
}
