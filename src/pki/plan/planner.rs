//! What is planned, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::by_hand::{Touched, blocking, wrong};
use super::command::Typed;
use super::select::{Chosen, choose, is_named, name_of};
use super::{Fault, Matter, Plan, PlanQuestion, PlanRequest, PlanStep, StepNote, StepReason, When};
use crate::pki::topology::arrangement::{Arrangement, Listed, Peers, ids_of};
use crate::pki::{Observation, Origin, Role, ServerId, Subsystem, Timestamp};

/// A plan in the making.
pub(super) struct Planner<'p> {
    pub request: &'p PlanRequest,
    pub now: Timestamp,
    /// Every server, the dead ones too.
    pub full: Arrangement<'p>,
    /// The servers on which something can be typed.
    pub living: Arrangement<'p>,
    steps: Vec<PlanStep>,
    /// What is to be done on dead hosts before they return.
    pub later: Vec<PlanStep>,
    questions: Vec<PlanQuestion>,
    /// The CAs that will generate CRLs; of a topology that is not planned, those that do.
    pub generating: Vec<ServerId>,
    /// CAs that will have the publishing settings of another one.
    pub publishing_of: BTreeMap<ServerId, Listed<'p>>,
    /// The roles that OCSP responders will have, where they change.
    pub responder_roles: BTreeMap<ServerId, Role>,
}

impl<'p> Planner<'p> {
    pub fn new(observations: &'p [Observation], request: &'p PlanRequest, now: Timestamp) -> Planner<'p> {
        let full = Arrangement::of(observations);
        let is_dead =
            |listed: Listed<'_>| listed.server().host.as_ref().is_some_and(|host| is_named(&request.dead, host));
        let living = full.clone().without(is_dead);
        let generating = living.servers.iter().filter(|listed| listed.generates()).map(|listed| listed.id).collect();
        Planner {
            request,
            now,
            full,
            living,
            steps: Vec::new(),
            later: Vec::new(),
            questions: Vec::new(),
            generating,
            publishing_of: BTreeMap::new(),
            responder_roles: BTreeMap::new(),
        }
    }

    /// Plans everything in the scope of the request.
    pub fn run(&mut self) {
        let subsystem = if self.request.ocsp { Subsystem::Ocsp } else { Subsystem::Ca };
        let chosen = match self.chosen(subsystem) {
            Ok(chosen) => chosen,
            Err(matter) => {
                let commands = self.candidates(&matter, subsystem);
                return self.ask(matter, None, commands);
            }
        };
        let is_in_scope = |peers: &Peers<'_>| match chosen {
            Some(chosen) => peers.has(chosen.listed.id),
            None => !self.request.ocsp || peers.subsystem == Subsystem::Ocsp,
        };
        let (cas, responders): (Vec<_>, Vec<_>) = self
            .living
            .cas
            .iter()
            .chain(&self.living.responders)
            .filter(|peers| is_in_scope(peers))
            .cloned()
            .partition(|peers| peers.subsystem == Subsystem::Ca);
        for peers in cas.iter().chain(&responders) {
            self.ask_about_files(peers);
        }
        cas.iter().for_each(|peers| self.authorities(peers, chosen));
        responders.iter().for_each(|peers| self.responders(peers, chosen));
        self.publishers(&cas, chosen);
    }

    /// A dead host that nothing names is probably misspelt, and steps would be given for the host that is
    /// really dead. Once nothing is left to do, it may be that nothing names it any more.
    fn ask_about_unknown_dead_hosts(&mut self) {
        let has_to_act = !self.questions.is_empty() || self.steps.iter().any(|step| !step.optional);
        let unknown = self.request.dead.iter().filter(|name| has_to_act && !self.knows(name));
        let asked = unknown.map(|name| {
            let without: Vec<String> = self.request.dead.iter().filter(|dead| *dead != name).cloned().collect();
            let commands = vec![PlanRequest { dead: without, ..self.request.clone() }.command()];
            PlanQuestion { matter: Matter::UnknownDeadHost { name: name.clone() }, subject: None, commands }
        });
        let asked: Vec<PlanQuestion> = asked.collect();
        self.questions.splice(0..0, asked);
    }

    /// The plan: the steps, or the questions.
    pub fn finish(mut self) -> Plan {
        self.ask_about_unknown_dead_hosts();
        if !self.questions.is_empty() {
            return Plan { steps: Vec::new(), questions: self.questions };
        }
        let optional = self.steps.iter().all(|step| step.optional);
        self.steps.append(&mut self.later);
        if !self.steps.is_empty() && !self.request.files.is_empty() {
            self.steps.push(PlanStep {
                server: None,
                host: None,
                instance: None,
                config: None,
                argv: Typed::new("check").files(&self.request.files).argv(),
                needs: None,
                optional,
                when: When::Now,
                reason: StepReason::CheckAgain,
                notes: self.files_of_dead_hosts(),
            });
        }
        Plan { steps: self.steps, questions: Vec::new() }
    }

    /// Files of hosts that are dead: nobody can collect their status again.
    fn files_of_dead_hosts(&self) -> Vec<StepNote> {
        let hosts = self.full.servers.iter().filter_map(|listed| listed.server().host.clone());
        let dead: BTreeSet<String> = hosts.filter(|host| is_named(&self.request.dead, host)).collect();
        let hosts: Vec<String> = dead.into_iter().collect();
        if hosts.is_empty() { Vec::new() } else { vec![StepNote::StillDead { hosts }] }
    }

    fn chosen(&self, subsystem: Subsystem) -> Result<Option<Chosen<'p>>, Matter> {
        let Some(name) = &self.request.new_master else { return Ok(None) };
        choose(name, subsystem, &self.living).map(Some).map_err(|matter| match choose(name, subsystem, &self.full) {
            Ok(_) => Matter::NewMasterIsDead { name: name.clone() },
            Err(_) => matter,
        })
    }

    /// The dead hosts that something names: the others would be asked about again.
    pub fn known_dead_hosts(&self) -> impl Iterator<Item = &'p String> + '_ {
        self.request.dead.iter().filter(|name| self.knows(name))
    }

    /// Whether anything names a host: a file, a redirect, a publisher, a security domain.
    fn knows(&self, name: &str) -> bool {
        let names = [name.to_owned()];
        self.full.servers.iter().any(|listed| {
            let server = listed.server();
            let redirect = server.ca().and_then(|ca| ca.redirect().0);
            let publishers = server.ca().into_iter().flat_map(|ca| &ca.publishing.publishers);
            let publishers = publishers.filter_map(|publisher| publisher.host.as_deref());
            let members = listed.observation.live.iter().flat_map(|live| &live.members);
            let members = members.map(|member| member.host.as_str());
            let mut hosts = server.host.as_deref().into_iter().chain(redirect).chain(publishers).chain(members);
            hosts.any(|host| is_named(&names, host))
        })
    }

    /// The commands that choose one of the servers that could be the master.
    fn candidates(&self, matter: &Matter, subsystem: Subsystem) -> Vec<Vec<String>> {
        let is_meant = |listed: &&Listed<'_>| match matter {
            Matter::AmbiguousNewMaster { candidates, .. } => candidates.contains(&listed.id),
            _ => true,
        };
        self.living.all(subsystem).iter().filter(is_meant).map(|listed| self.choosing(*listed, subsystem)).collect()
    }

    /// The same request with another new master.
    pub fn choosing(&self, listed: Listed<'_>, subsystem: Subsystem) -> Vec<String> {
        let new_master = name_of(listed, &self.living.all(subsystem));
        PlanRequest { new_master, ocsp: subsystem == Subsystem::Ocsp, ..self.request.clone() }.command()
    }

    /// What is typed on a server's host so that its own file is known.
    pub fn collecting() -> Vec<String> {
        Typed::new("status").long("--output", "json").argv()
    }

    /// Asks, once.
    pub fn ask(&mut self, matter: Matter, subject: Option<ServerId>, commands: Vec<Vec<String>>) {
        let question = PlanQuestion { matter, subject, commands };
        if !self.questions.contains(&question) {
            self.questions.push(question);
        }
    }

    /// Asks which of some servers is to be the master.
    pub fn ask_which_master(&mut self, subsystem: Subsystem, masters: &[Listed<'p>], candidates: &[Listed<'p>]) {
        let matter = Matter::WhichMaster { subsystem, masters: ids_of(masters), candidates: ids_of(candidates) };
        let commands = candidates.iter().map(|listed| self.choosing(*listed, subsystem)).collect();
        self.ask(matter, None, commands);
    }

    /// Asks to correct each fault of a server's file by hand, and then to plan again.
    pub fn ask_by_hand(&mut self, faults: impl IntoIterator<Item = Fault>, subject: ServerId) {
        for fault in faults {
            self.ask(Matter::ByHand { fault }, Some(subject), vec![self.request.command()]);
        }
    }

    /// What is wrong with the files and no command corrects, and servers that may belong elsewhere.
    fn ask_about_files(&mut self, peers: &Peers<'p>) {
        for listed in &peers.servers {
            self.ask_by_hand(wrong(listed.server()), listed.id);
        }
        let left_out: Vec<_> = self.full.left_out.clone();
        for left_out in left_out.iter().filter(|each| each.contradicts() && peers.has(each.taken.id)) {
            let (taken, other) = (left_out.taken.observation.given(), left_out.listed.observation.given());
            let matter = Matter::ContradictoryFiles { taken, left_out: other };
            self.ask(matter, Some(left_out.taken.id), vec![Planner::collecting()]);
        }
        let groups = self.living.cas.iter().chain(&self.living.responders);
        let groups = groups.filter(|group| group.subsystem == peers.subsystem);
        let uncertain =
            groups.flat_map(|group| group.servers.iter().filter(|listed| group.uncertain.contains(&listed.id)));
        let may_be_ours = |listed: &&Listed<'_>| listed.server().topology.is_compatible(&peers.topology);
        for id in uncertain.filter(may_be_ours).map(|listed| listed.id).collect::<Vec<_>>() {
            let others = peers.servers.iter().map(|other| other.id).filter(|other| *other != id).collect();
            let is_asked = |question: &PlanQuestion| {
                question.subject == Some(id) && matches!(question.matter, Matter::WhichTopology { .. })
            };
            if !self.questions.iter().any(is_asked) {
                self.ask(Matter::WhichTopology { others }, Some(id), vec![Planner::collecting()]);
            }
        }
    }

    /// Whether a command may change a file; where it may not, an optional step is left out and any
    /// other is asked about.
    pub fn may_change(&mut self, listed: Listed<'p>, touched: Touched, is_optional: bool) -> bool {
        let faults = blocking(listed.observation, touched);
        let is_wrong = is_optional && !wrong(listed.server()).is_empty();
        if !is_optional {
            self.ask_by_hand(faults.iter().cloned(), listed.id);
        }
        faults.is_empty() && !is_wrong
    }

    /// Notes something on the last step, if it is on that server.
    pub fn note_on_last(&mut self, listed: Listed<'p>, note: Option<StepNote>) {
        if let Some(step) = self.steps.last_mut().filter(|step| step.server == Some(listed.id)) {
            step.notes.extend(note);
        }
    }

    /// Adds a step in its turn, or to those for later.
    pub fn push(&mut self, step: PlanStep) {
        match step.when {
            When::Now => self.steps.push(step),
            When::BeforeItReturns => self.later.push(step),
        }
    }
}

/// A step on a server.
pub(super) fn step_on(listed: Listed<'_>, typed: Typed, reason: StepReason, optional: bool) -> PlanStep {
    let observation = listed.observation;
    // One that only looks changes no copy.
    let is_copy = observation.origin == Origin::Copy && !matches!(reason, StepReason::WaitForReplication { .. });
    let is_edited = observation.server.instance.is_none();
    PlanStep {
        server: Some(listed.id),
        host: observation.server.host.clone(),
        instance: observation.server.instance.clone(),
        config: Some(observation.config.clone()),
        argv: typed.argv(),
        needs: None,
        optional,
        when: When::Now,
        reason,
        notes: is_copy.then_some(StepNote::OnlyACopy { is_edited }).into_iter().collect(),
    }
}
