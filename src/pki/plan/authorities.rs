//! The CAs of one topology: one generates, the others are clones that redirect to it.

use super::address::Address;
use super::by_hand::Touched;
use super::command::Typed;
use super::dead::step_on_dead;
use super::planner::{Planner, step_on};
use super::select::{Chosen, is_named};
use super::{Fault, Matter, PlanRequest, PlanStep, StepNote, StepReason};
use crate::pki::topology::arrangement::{Listed, Peers};
use crate::pki::topology::authorities::{RedirectJudgement, judge_redirect, missing_masters};
use crate::pki::topology::members::missing_members;
use crate::pki::{Ca, Finding, Role, Subsystem, same_host};

/// What a CA that is not the master needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Becomes {
    /// A clone, from a generator.
    Demoted,
    /// Wholly a clone.
    Completed,
    /// A clone that redirects to the master.
    Redirected,
}

impl<'p> Planner<'p> {
    /// Plans the CAs of a topology.
    pub(super) fn authorities(&mut self, peers: &Peers<'p>, chosen: Option<Chosen<'p>>) {
        let Some(master) = self.generator_to_be(peers, chosen) else { return };
        let address = Address::of(master.listed.server(), master.port);
        let others: Vec<_> = peers.servers.iter().copied().filter(|other| other.id != master.listed.id).collect();
        let needs = |other: &Listed<'p>| Some((*other, needed(*other, master.listed)?));
        let needed: Vec<(Listed<'p>, Becomes)> = others.iter().filter_map(needs).collect();
        self.ask_to_restart(&needed, &others);
        // First of all, and while there still is a generator: what half of a conversion left behind.
        for (other, _) in needed.iter().filter(|(_, becomes)| *becomes == Becomes::Completed) {
            self.demote(*other, master.listed, address.as_ref());
        }
        let of =
            |becomes: Becomes| needed.iter().filter(move |(_, needed)| *needed == becomes).map(|(other, _)| *other);
        // Where two CAs generate, neither is to issue a further CRL.
        let old_master = of(Becomes::Demoted).next().filter(|_| !master.listed.generates());
        let is_only = of(Becomes::Demoted).count() == 1;
        let issuing = old_master.filter(|old| is_only && old.observation.has_agent && self.is_up(*old));
        if let Some(old_master) = issuing {
            let typed = Typed::on("issue-crl", old_master.observation);
            self.push(step_on(old_master, typed, StepReason::IssueLastCrl, false));
        }
        let copies = self.copies(peers, master.listed);
        for other in of(Becomes::Demoted) {
            self.demote(other, master.listed, address.as_ref());
            let left = self.publishing_left(other, master.listed).filter(|_| !copies);
            self.note_on_last(other, left);
        }
        if let Some(old_master) = old_master {
            self.wait_for_replication(old_master, master.listed, issuing.is_some());
        }
        self.promote(peers, master.listed);
        for other in of(Becomes::Redirected) {
            self.redirect(other, address.as_ref());
        }
        self.generating.retain(|id| !peers.has(*id));
        self.generating.push(master.listed.id);
        self.dead_hosts(peers, master.listed, address.as_ref());
    }

    /// The CA that will generate CRLs: the one that was chosen, else the only one that does.
    fn generator_to_be(&mut self, peers: &Peers<'p>, chosen: Option<Chosen<'p>>) -> Option<Chosen<'p>> {
        let generators = peers.generators();
        if generators.is_empty() {
            let missing = self.missing(peers);
            if !missing.is_empty() {
                let mut commands = vec![Planner::collecting()];
                let host =
                    |address: &String| address.rsplit_once(':').map_or(address.clone(), |(host, _)| host.to_owned());
                let dead = self.known_dead_hosts().cloned().chain(missing.iter().map(host)).collect();
                commands.push(PlanRequest { dead, ..self.request.clone() }.command());
                self.ask(Matter::MissingMaster { missing }, None, commands);
                return None;
            }
        }
        match (chosen, generators.as_slice()) {
            (Some(chosen), _) => Some(chosen),
            (None, [only]) => Some(Chosen { listed: *only, port: None }),
            (None, several) => {
                let candidates = if several.is_empty() { &peers.servers } else { &generators };
                self.ask_which_master(Subsystem::Ca, several, candidates);
                None
            }
        }
    }

    /// Where nobody generates: CAs that are named, whose files were not given, and that may.
    fn missing(&self, peers: &Peers<'p>) -> Vec<String> {
        let is_dead = |host: &str| is_named(&self.request.dead, host);
        let mut missing = missing_masters(peers, &self.full, &is_dead);
        for (observer, member) in missing_members(&self.full) {
            let is_named_already = missing
                .iter()
                .any(|address| address.rsplit_once(':').is_some_and(|(host, _)| same_host(host, &member.host)));
            let is_ours = member.subsystem == Subsystem::Ca && peers.has(observer.id);
            if is_ours && !is_dead(&member.host) && !is_named_already {
                missing.push(format!("{}:{}", member.host, member.port));
            }
        }
        missing
    }

    /// A server that was edited and not restarted may generate CRLs, whatever its file says. One that is
    /// demoted is restarted by that.
    fn ask_to_restart(&mut self, needed: &[(Listed<'p>, Becomes)], others: &[Listed<'p>]) {
        let is_restarted = |other: &Listed<'p>| {
            needed.iter().any(|(listed, becomes)| listed.id == other.id && *becomes != Becomes::Redirected)
        };
        for other in others.iter().filter(|other| !is_restarted(other)) {
            self.ask_unless_restarted(*other);
        }
    }

    /// Asks to restart a server that runs with another role than its file says.
    fn ask_unless_restarted(&mut self, listed: Listed<'p>) {
        if let Some(points) = self.contradicted_points(listed) {
            let unit = listed.observation.service.as_ref().map(|service| service.unit.clone());
            self.ask_by_hand([Fault::NotRestarted { points, unit }], listed.id);
        }
    }

    /// The issuing points at which a server runs with another role than its file says.
    fn contradicted_points(&self, listed: Listed<'p>) -> Option<Vec<String>> {
        listed.observation.findings(self.now).into_iter().find_map(|finding| match finding {
            Finding::RunsWithAnotherRole { points, .. } => Some(points),
            _ => None,
        })
    }

    /// The address of the new master, as a command on another CA takes it.
    fn usable_address<'a>(
        &mut self,
        other: Listed<'p>,
        master: Listed<'p>,
        address: Option<&'a Address>,
    ) -> Option<&'a Address> {
        match address {
            None => {
                self.ask_address(master, Subsystem::Ca);
                None
            }
            Some(address) if address.is_of(other.server()) => {
                let matter = Matter::SameAddress { address: address.host_port.to_string() };
                self.ask(matter, Some(other.id), vec![Planner::collecting()]);
                None
            }
            address => address,
        }
    }

    /// Asks for the address of a master.
    pub(super) fn ask_address(&mut self, master: Listed<'p>, subsystem: Subsystem) {
        let host = master.server().host.clone();
        let mut commands = vec![Planner::collecting()];
        if let Some(host) = &host {
            let new_master = Some(format!("{host}:8443"));
            let ocsp = subsystem == Subsystem::Ocsp;
            commands.push(PlanRequest { new_master, ocsp, ..self.request.clone() }.command());
        }
        self.ask(Matter::UnknownAddress { host }, Some(master.id), commands);
    }

    fn demote(&mut self, other: Listed<'p>, master: Listed<'p>, address: Option<&Address>) {
        let may_change = self.may_change(other, Touched::Role, false);
        let Some(address) = self.usable_address(other, master, address) else { return };
        if !may_change {
            return;
        }
        let typed = Typed::on("demote-ca", other.observation).new_master(&address.host_port);
        let reason = match other.generates() {
            true => StepReason::StopGenerating { new_master: address.host_port.clone() },
            false => StepReason::CompleteClone,
        };
        self.push(noting(step_on(other, typed, reason, false), address));
    }

    fn redirect(&mut self, other: Listed<'p>, address: Option<&Address>) {
        let may_change = self.may_change(other, Touched::Role, true);
        if let Some(address) = address.filter(|address| may_change && !address.is_of(other.server())) {
            let typed = Typed::on("redirect-ca", other.observation).new_master(&address.host_port);
            self.push(noting(step_on(other, typed, StepReason::Redirect, true), address));
        }
    }

    fn wait_for_replication(&mut self, old_master: Listed<'p>, master: Listed<'p>, issued: bool) {
        let crls = old_master.observation.live.iter().flat_map(|live| &live.crls);
        // Where the plan has a last one issued, it has the next number.
        let more = u64::from(issued);
        let numbers =
            crls.filter_map(|crl| Some((crl.issuing_point.clone(), crl.number?.saturating_add(more)))).collect();
        let reason = StepReason::WaitForReplication { numbers };
        self.push(step_on(master, Typed::status(master.observation), reason, false));
    }

    /// Whether nothing says that a server is down.
    pub(super) fn is_up(&self, listed: Listed<'p>) -> bool {
        let is_down = |finding: &Finding| matches!(finding, Finding::ServiceDown { .. } | Finding::NotAnswering { .. });
        !listed.observation.findings(self.now).iter().any(is_down)
    }

    /// Makes the master one, or completes it.
    fn promote(&mut self, peers: &Peers<'p>, master: Listed<'p>) {
        let Some(ca) = master.server().ca() else { return };
        let is_whole = ca.role() == Role::Master && ca.runs_task() && master.observation.rule_agrees_with(Role::Master);
        // A promotion restarts one that runs with another role than its file says.
        let is_optional = is_whole && self.is_up(master) && self.contradicted_points(master).is_none();
        let promoted = self.promotion(peers, master);
        if is_optional && ca.listens() && ca.redirect() == (None, None) {
            return;
        }
        if !self.may_change(master, Touched::Role, is_optional) {
            return;
        }
        let Some(promoted) = promoted else { return };
        let reason = if ca.generates() { StepReason::CompleteMaster } else { StepReason::StartGenerating };
        self.push(promoted.into_step(|typed| step_on(master, typed, reason, is_optional)));
    }

    /// The dead CAs of a topology: those with a file, and the names of those without.
    pub(super) fn dead_authorities(&self, peers: &Peers<'p>) -> Vec<(Option<Listed<'p>>, String)> {
        let is_ours = |full: &&Peers<'p>| full.servers.iter().any(|listed| peers.has(listed.id));
        let Some(full) = self.full.cas.iter().find(is_ours) else { return Vec::new() };
        let mut dead: Vec<(Option<Listed<'p>>, String)> = Vec::new();
        for listed in full.servers.iter().filter(|listed| !peers.has(listed.id)) {
            dead.extend(listed.server().host.clone().map(|host| (Some(*listed), host)));
        }
        // What only the security domain names may be another CA.
        let redirects = full.servers.iter().filter_map(|listed| listed.server().ca().and_then(|ca| ca.redirect().0));
        let named: Vec<&str> = redirects.collect();
        for name in &self.request.dead {
            let is_this = |host: &str| is_named(std::slice::from_ref(name), host);
            let has_file = self.full.cas.iter().flat_map(|peers| &peers.servers);
            let has_file = has_file.filter_map(|listed| listed.server().host.as_deref()).any(is_this);
            if let Some(host) = named.iter().find(|host| is_this(host)).filter(|_| !has_file) {
                dead.push((None, (*host).to_owned()));
            }
        }
        dead
    }

    /// What is to be typed on dead hosts before they return.
    fn dead_hosts(&mut self, peers: &Peers<'p>, master: Listed<'p>, address: Option<&Address>) {
        for (listed, host) in self.dead_authorities(peers) {
            if listed.is_some_and(|listed| needed(listed, master).is_none()) {
                continue;
            }
            let Some(address) = address else { return self.ask_address(master, Subsystem::Ca) };
            let complete = |typed: Typed| typed.new_master(&address.host_port);
            let mut step = step_on_dead("demote-ca", listed, host, master, complete);
            // A new master's own promotion has this note.
            let left = listed.filter(|dead| dead.generates() && master.generates());
            step.notes.extend(left.and_then(|dead| self.publishing_left(dead, master)));
            self.push(noting(step, address));
        }
    }
}

/// What a CA needs beside a master, if anything.
fn needed(other: Listed<'_>, master: Listed<'_>) -> Option<Becomes> {
    let ca: &Ca = other.server().ca()?;
    if ca.generates() {
        return Some(Becomes::Demoted);
    }
    if ca.role() != Role::Clone || ca.runs_task() || !other.observation.rule_agrees_with(Role::Clone) {
        return Some(Becomes::Completed);
    }
    match ca.redirect() {
        (Some(host), Some(port)) if judge_redirect(host, port, master) == RedirectJudgement::Right => None,
        _ => Some(Becomes::Redirected),
    }
}

/// A step, with what should be known about the address in it.
fn noting(mut step: PlanStep, address: &Address) -> PlanStep {
    if address.is_unsure {
        step.notes.push(StepNote::PortMayBeStale { port: address.host_port.port() });
    }
    step
}
