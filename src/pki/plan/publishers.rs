//! The OCSP publishers of the CAs follow the OCSP masters.

use super::address::Address;
use super::by_hand::{Touched, wrong};
use super::command::Typed;
use super::dead::step_on_dead;
use super::planner::{Planner, step_on};
use super::select::{Chosen, is_named};
use super::{Fault, Matter, PlanRequest, PlanStep, StepReason};
use crate::cs_cfg::Key;
use crate::pki::topology::arrangement::{Listed, Peers};
use crate::pki::topology::publishers::{Misdirected, Responder, misdirected, responders_of};
use crate::pki::{HostPort, Publisher, Role, Subsystem, Topology};

impl<'p> Planner<'p> {
    /// Plans the publishers of the CAs in scope: those of a plan for OCSP responders are all.
    pub(super) fn publishers(&mut self, cas: &[Peers<'p>], chosen: Option<Chosen<'p>>) {
        let cas = if self.request.ocsp { self.living.cas.clone() } else { cas.to_vec() };
        let responders = responders_of(&self.living, |listed| {
            self.responder_roles.get(&listed.id).copied().unwrap_or(listed.server().role())
        });
        for listed in cas.iter().flat_map(|peers| &peers.servers) {
            let from = self.publishing_of.get(&listed.id).copied().unwrap_or(*listed);
            let Some(ca) = from.server().ca() else { continue };
            let generates = self.generating.contains(&listed.id);
            let publishers = ca.publishing.publishers.iter();
            let mut named: Vec<HostPort> = Vec::new();
            for wrong in misdirected(publishers, generates, &listed.server().topology, &responders) {
                let aim = self.aim(*listed, from, wrong, &responders, chosen);
                let step = aim.and_then(|aim| self.redirect_publisher(*listed, wrong.publisher, aim, !generates));
                if let Some((old, step)) = step.filter(|(old, _)| !named.contains(old)) {
                    named.push(old);
                    self.push(step);
                }
            }
            // The responder is not to wait hours for its first CRL.
            if generates && !named.is_empty() && listed.observation.has_agent && self.is_up(*listed) {
                let typed = Typed::on("issue-crl", listed.observation);
                self.push(step_on(*listed, typed, StepReason::IssueToResponder, false));
            }
        }
    }

    /// The step that gives a publisher the new responder, and the old one that it names.
    fn redirect_publisher(
        &mut self,
        ca: Listed<'p>,
        publisher: &Publisher,
        aim: Chosen<'p>,
        is_optional: bool,
    ) -> Option<(HostPort, PlanStep)> {
        let (old, new) = (old_responder(publisher), Address::of(aim.listed.server(), aim.port));
        let is_whole = wrong(ca.server()).is_empty();
        if is_optional {
            let is_ready = is_whole && old.is_ok() && new.is_some();
            if !is_ready {
                return None;
            }
        } else {
            self.ask_by_hand(wrong(ca.server()).into_iter().chain(old.clone().err()), ca.id);
            if new.is_none() {
                self.ask_address(aim.listed, Subsystem::Ocsp);
            }
        }
        let (old, new) = (old.ok()?, new?);
        if !self.may_change(ca, Touched::Publisher, is_optional) {
            return None;
        }
        let typed = redirecting(ca, &old, &new);
        Some((old, step_on(ca, typed, StepReason::RedirectPublisher, is_optional)))
    }

    /// The responder that a publisher is to name; nothing where that is decided elsewhere, or asked.
    /// The publishing settings come `from` this CA or the former master.
    fn aim(
        &mut self,
        ca: Listed<'p>,
        from: Listed<'p>,
        wrong: Misdirected<'_>,
        responders: &[Responder<'p>],
        chosen: Option<Chosen<'p>>,
    ) -> Option<Chosen<'p>> {
        let chosen_responder = chosen.filter(|_| self.request.ocsp);
        let is_master = |responder: &&Responder<'p>| {
            responder.role == Role::Master
                && chosen_responder.is_none_or(|chosen| chosen.listed.id == responder.listed.id)
        };
        let aim_at = |listed: Listed<'p>| Chosen { listed, port: chosen_responder.and_then(|chosen| chosen.port) };
        let masters = responders.iter().filter(is_master).map(|responder| responder.listed);
        if let Some(id) = wrong.responder {
            let peers = self.living.responders.iter().find(|peers| peers.has(id))?;
            let masters: Vec<Listed<'p>> = masters.filter(|listed| peers.has(listed.id)).collect();
            return if let [only] = masters.as_slice() { Some(aim_at(*only)) } else { None };
        }
        // A move of the CA does not wait for a decision about a publisher that is wrong today. One that is
        // wrong only after the move would be a problem that the plan makes.
        if chosen.is_some() && chosen_responder.is_none() && from.generates() {
            return None;
        }
        let domain = Topology { base_dn: None, ..ca.server().topology.clone() };
        let masters: Vec<Listed<'p>> =
            masters.filter(|listed| domain.is_compatible(&listed.server().topology)).collect();
        let Publisher { name, host, port, .. } = wrong.publisher;
        let dead = host.as_ref().filter(|host| is_named(&self.request.dead, host));
        let Some(dead) = dead else {
            let mut commands = vec![Planner::collecting()];
            // A host with a living server is not dead: `--dead` would take that server for lost too.
            let is_alive = |host: &String| self.living.servers.iter().any(|listed| listed.server().is_host(host));
            if let Some(host) = host.as_ref().filter(|host| !is_alive(host)) {
                let dead = self.known_dead_hosts().chain([host]).cloned().collect();
                commands.push(PlanRequest { dead, ..self.request.clone() }.command());
            }
            // One that is still to be copied is not there yet.
            if let ([only], true) = (masters.as_slice(), from.id == ca.id) {
                let address = Address::of(only.server(), aim_at(*only).port);
                let known = old_responder(wrong.publisher).ok().zip(address);
                commands.extend(known.map(|(old, new)| redirecting(ca, &old, &new).argv()));
            }
            let matter = Matter::MissingResponder { publisher: name.clone(), host: host.clone(), port: port.clone() };
            self.ask(matter, Some(ca.id), commands);
            return None;
        };
        let [only] = masters.as_slice() else {
            self.ask_which_master(Subsystem::Ocsp, &[], &masters);
            return None;
        };
        self.dead_responder_without_file(dead, *only);
        Some(aim_at(*only))
    }

    /// A dead responder whose file was not given would come back as it was.
    fn dead_responder_without_file(&mut self, host: &str, master: Listed<'p>) {
        let has_file = self.full.all(Subsystem::Ocsp).iter().any(|listed| listed.server().is_host(host));
        if !has_file {
            let step = step_on_dead("demote-ocsp", None, host.to_owned(), master, |typed| typed);
            if !self.later.contains(&step) {
                self.later.push(step);
            }
        }
    }
}

/// The command that has a publisher name another responder.
fn redirecting(ca: Listed<'_>, old: &HostPort, new: &Address) -> Typed {
    let typed = Typed::on("redirect-publisher", ca.observation).long("--old-responder", &old.to_string());
    typed.long("--new-responder", &new.host_port.to_string())
}

/// The responder that a publisher names, as a command takes it.
fn old_responder(publisher: &Publisher) -> Result<HostPort, Fault> {
    let name = publisher.name.clone();
    if Key::new(&publisher.name).is_err() {
        return Err(Fault::UnwritableName { name });
    }
    let (host, port) = publisher.host.as_ref().zip(publisher.port.as_ref()).unzip();
    let text = host.zip(port).map(|(host, port)| format!("{host}:{port}"));
    let address = text.as_ref().and_then(|text| text.parse::<HostPort>().ok());
    // A port with leading zeros would not be found again.
    address
        .filter(|address| text.as_ref() == Some(&address.to_string()))
        .ok_or(Fault::PublisherAddress { publisher: name })
}
