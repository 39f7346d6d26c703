//! The OCSP responders of one topology: one receives the CRLs, the others re-read the replicated ones.

use super::by_hand::Touched;
use super::command::Typed;
use super::dead::step_on_dead;
use super::planner::{Planner, step_on};
use super::select::Chosen;
use super::{Matter, StepReason};
use crate::pki::topology::arrangement::{Listed, Peers};
use crate::pki::{Finding, Role, Subsystem};

impl<'p> Planner<'p> {
    /// Plans the OCSP responders of a topology.
    pub(super) fn responders(&mut self, peers: &Peers<'p>, chosen: Option<Chosen<'p>>) {
        let Some(master) = self.receiver_to_be(peers, chosen) else { return };
        if master.server().role() == Role::Unknown {
            return self.ask(Matter::NoRefreshInterval, Some(master.id), Vec::new());
        }
        let others = peers.servers.iter().copied().filter(|other| other.id != master.id);
        let stops = |other: &Listed<'_>| matches!(other.server().role(), Role::Master | Role::Mixed);
        for other in others.filter(stops).collect::<Vec<_>>() {
            self.responder_roles.insert(other.id, Role::Clone);
            if self.may_change(other, Touched::Role, false) {
                let typed = Typed::on("demote-ocsp", other.observation);
                self.push(step_on(other, typed, StepReason::StopReceiving, false));
            }
        }
        let is_master = master.server().role() == Role::Master;
        let findings = master.observation.findings(self.now);
        let is_slow = findings.iter().any(|finding| matches!(finding, Finding::NeedlessRefresh { .. }));
        self.responder_roles.insert(master.id, Role::Master);
        if (!is_master || is_slow) && self.may_change(master, Touched::Role, is_master) {
            let reason = if is_master { StepReason::RemoveInterval } else { StepReason::StartReceiving };
            self.push(step_on(master, Typed::on("promote-ocsp", master.observation), reason, is_master));
        }
        self.dead_responders(peers, master);
    }

    /// The responder that will receive CRLs: the one that was chosen, else the only one that does.
    fn receiver_to_be(&mut self, peers: &Peers<'p>, chosen: Option<Chosen<'p>>) -> Option<Listed<'p>> {
        let has = |role: Role| !peers.with_role(role).is_empty();
        let masters = peers.with_role(Role::Master);
        match (chosen, masters.as_slice()) {
            (Some(chosen), _) => Some(chosen.listed),
            (None, [only]) => Some(*only),
            // Where a role cannot be known there may be a master: only what contradicts itself is wrong.
            (None, []) if has(Role::Unknown) && !has(Role::Mixed) => None,
            (None, several) => {
                let known: Vec<Listed<'p>> =
                    peers.servers.iter().copied().filter(|listed| listed.server().role() != Role::Unknown).collect();
                let candidates = if several.is_empty() { &known } else { &masters };
                self.ask_which_master(Subsystem::Ocsp, several, candidates);
                None
            }
        }
    }

    /// Dead responders would come back as masters.
    fn dead_responders(&mut self, peers: &Peers<'p>, master: Listed<'p>) {
        let is_ours = |full: &&Peers<'p>| full.has(master.id);
        let full = self.full.responders.iter().find(is_ours).cloned();
        let returns = |listed: &&Listed<'_>| {
            !peers.has(listed.id) && matches!(listed.server().role(), Role::Master | Role::Mixed)
        };
        let dead = full.iter().flat_map(|full| &full.servers).filter(returns);
        // A server without a known host is never among the dead.
        let dead = dead.filter_map(|listed| Some((listed, listed.server().host.clone()?)));
        for (listed, host) in dead {
            self.push(step_on_dead("demote-ocsp", Some(*listed), host, master, |typed| typed));
        }
    }
}
