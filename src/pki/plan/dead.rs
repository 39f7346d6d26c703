//! What is to be typed on a dead host before it returns.

use super::by_hand::{Fault, Touched, blocking, is_stream, wrong};
use super::command::Typed;
use super::planner::step_on;
use super::{PlanStep, StepNote, StepReason, When};
use crate::pki::topology::arrangement::Listed;
use crate::pki::{Observation, Origin};

/// The name that Dogtag's installer gives an instance.
const USUAL_INSTANCE: &str = "pki-tomcat";

/// A command on a dead host, for when it returns. Where neither its instance nor its own file is known
/// the instance probably has the name that it has elsewhere: a backup here is not what is to be changed.
pub(super) fn step_on_dead(
    name: &str,
    listed: Option<Listed<'_>>,
    host: String,
    other: Listed<'_>,
    complete: impl FnOnce(Typed) -> Typed,
) -> PlanStep {
    // A question about the file of a host that is down would keep the others waiting.
    let by_hand = listed.into_iter().flat_map(|listed| in_the_way(listed.observation));
    let by_hand = by_hand.map(|fault| StepNote::ByHandFirst { fault });
    if let Some(listed) = listed.filter(|listed| is_named(listed.observation)) {
        let typed = complete(Typed::on(name, listed.observation));
        let mut step = step_on(listed, typed, StepReason::DeadHost, false);
        step.notes.extend(by_hand);
        return PlanStep { when: When::BeforeItReturns, ..step };
    }
    let instance = other.server().instance.clone().unwrap_or_else(|| USUAL_INSTANCE.to_owned());
    let typed = complete(Typed::new(name).option("-i", "--instance", &instance));
    PlanStep {
        server: None,
        host: Some(host),
        instance: Some(instance),
        config: None,
        argv: typed.argv(),
        needs: None,
        optional: false,
        when: When::BeforeItReturns,
        reason: StepReason::DeadHost,
        notes: [StepNote::InstanceAssumed].into_iter().chain(by_hand).collect(),
    }
}

/// What would make the command refuse its file; how the copy here is named says nothing about it.
fn in_the_way(observation: &Observation) -> Vec<Fault> {
    let faults = wrong(&observation.server).into_iter().chain(blocking(observation, Touched::Role));
    faults.filter(|fault| !matches!(fault, Fault::Backup | Fault::NoFile)).collect()
}

fn is_named(observation: &Observation) -> bool {
    let is_own_file = observation.origin != Origin::Copy && !is_stream(&observation.config);
    observation.server.instance.is_some() || is_own_file
}
