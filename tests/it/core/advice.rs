//! The law of advice: for any topology the plan either asks, or its steps, carried out in order, are
//! never refused, keep to one generator, end in a topology without problems, and leave nothing to do.

use std::collections::BTreeSet;

use pki_role::pki::{
    Finding, Observation, Plan, PlanRequest, PlanStep, RefusalCode, Reported, ServerId, Subsystem, When, check, plan,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::bench::dice::Dice;
use crate::support::bench::steps::{StepError, parsed};
use crate::support::bench::{Bench, now, servers};

/// How many numbers make a topology and a request.
const NUMBERS: usize = 420;

fn observed(bench: &Bench) -> Vec<Observation> {
    bench.observations()
}

/// What is asked of the plan: a repair, or a move to one of the servers.
fn request(dice: &mut Dice<'_>, bench: &Bench) -> PlanRequest {
    let observations = observed(bench);
    let name = |dice: &mut Dice<'_>, subsystem: Subsystem| {
        let of = observations.iter().filter(|observation| observation.server.subsystem() == subsystem);
        let all: Vec<_> = of.collect();
        let chosen = all.get(dice.below(all.len().max(1)))?;
        let server = &chosen.server;
        let Some(host) = &server.host else { return Some(chosen.config.clone()) };
        let port = server.ports.agent.unwrap_or(8443);
        let instance = server.instance.as_deref().unwrap_or("none");
        let texts = [host.clone(), format!("{host}:{port}"), format!("{instance}@{host}")];
        let short = host.split('.').next().unwrap().to_owned();
        Some(dice.pick(&[(6, &texts[0]), (2, &texts[1]), (2, &texts[2]), (1, &short)]).clone())
    };
    let ocsp = dice.odds(25);
    let subsystem = if ocsp { Subsystem::Ocsp } else { Subsystem::Ca };
    let new_master = if dice.odds(70) { name(dice, subsystem) } else { None };
    let mut dead = Vec::new();
    if dice.odds(20) {
        let host = observations.get(dice.below(observations.len())).and_then(|chosen| chosen.server.host.clone());
        dead.extend(host);
    }
    if dice.odds(15) {
        dead.push(
            dice.pick(&[(3, "gone.example.com"), (2, "gone-ocsp.example.com"), (1, "nobody.example.com")]).to_owned(),
        );
    }
    let with_publishing = dice.pick(&[(2, Some(false)), (2, Some(true)), (1, None)]);
    let files = observations.iter().map(|observation| observation.config.clone()).collect();
    PlanRequest { files, new_master, ocsp, dead, with_publishing }
}

fn is_dead(request: &PlanRequest, observation: &Observation) -> bool {
    observation.server.host.as_ref().is_some_and(|host| request.dead.contains(host))
}

/// The topology without its dead hosts; the numbers of the servers stay only where none is dead.
fn living(bench: &Bench, request: &PlanRequest) -> (Vec<Observation>, Vec<ServerId>) {
    let all = observed(bench).into_iter().enumerate();
    let (ids, observations) = all.filter(|(_, observation)| !is_dead(request, observation)).unzip();
    (observations, ids)
}

/// The problems that the plan had to solve.
fn problems(bench: &Bench, request: &PlanRequest) -> Vec<Reported> {
    let (observations, _) = living(bench, request);
    let verdict = check(&observations, now(), &Default::default());
    let is_counted = |id: ServerId| verdict.groups.iter().any(|group| group.servers.contains(&id));
    let master = chosen(&observations, request, is_counted);
    let is_in_scope = |reported: &&Reported| {
        let Some(master) = master else {
            let is_ca = |id: ServerId| observations[id].server.subsystem() == Subsystem::Ca;
            let is_about_ca = match &reported.finding {
                Finding::NoCaMaster { .. } | Finding::SeveralCaMasters { .. } => true,
                finding => reported.subject.is_some_and(is_ca) && !is_about_publisher(finding),
            };
            return !(request.ocsp && is_about_ca);
        };
        let group = verdict.groups.iter().find(|group| group.servers.contains(&master)).unwrap();
        let has = |ids: &[ServerId]| ids.iter().any(|id| group.servers.contains(id));
        match &reported.finding {
            Finding::NoCaMaster { cas: ids, .. }
            | Finding::SeveralCaMasters { masters: ids }
            | Finding::NoOcspMaster { responders: ids }
            | Finding::SeveralOcspMasters { masters: ids } => has(ids),
            Finding::PublisherNamesClone { responder, .. } if request.ocsp => {
                responder.is_none_or(|id| group.servers.contains(&id))
            }
            // A move of the CA does not wait for what is to be decided about responders.
            Finding::PublisherNamesClone { responder, .. } => responder.is_some_and(|id| {
                let theirs = verdict.groups.iter().find(|group| group.servers.contains(&id)).unwrap();
                theirs.masters.len() == 1 && has(&reported.subject.into_iter().collect::<Vec<_>>())
            }),
            _ => reported.subject.is_some_and(|id| group.servers.contains(&id)),
        }
    };
    verdict.problems().filter(is_in_scope).cloned().collect()
}

/// The publishers that are wrong and name a responder whose file is not there. A move of the CA leaves
/// those of today as they are, and makes none.
fn lost_publishers(bench: &Bench, request: &PlanRequest) -> BTreeSet<(Option<String>, Option<String>)> {
    let verdict = check(&living(bench, request).0, now(), &Default::default());
    let named = verdict.problems().filter_map(|reported| match &reported.finding {
        Finding::PublisherNamesClone { responder: None, host, port, .. } => Some((host.clone(), port.clone())),
        _ => None,
    });
    named.collect()
}

fn is_about_publisher(finding: &Finding) -> bool {
    matches!(finding, Finding::PublisherNamesClone { .. })
}

/// The server that the request names, among the living.
fn chosen(
    observations: &[Observation],
    request: &PlanRequest,
    is_counted: impl Fn(ServerId) -> bool,
) -> Option<ServerId> {
    let name = request.new_master.as_ref()?;
    let subsystem = if request.ocsp { Subsystem::Ocsp } else { Subsystem::Ca };
    let (instance, place) =
        name.split_once('@').map_or((None, name.as_str()), |(instance, place)| (Some(instance), place));
    let (host, port) = place.rsplit_once(':').map_or((place, None), |(host, port)| (host, port.parse::<u16>().ok()));
    let named = observations.iter().enumerate().position(|(id, observation)| {
        let server = &observation.server;
        let own = server.host.as_deref().unwrap_or_default();
        let is_host = own == host || own.split('.').next() == Some(host);
        let is_instance = instance.is_none_or(|instance| server.instance.as_deref() == Some(instance));
        let is_port = port.is_none_or(|port| server.ports.unsure || server.ports.agent.is_none_or(|own| own == port));
        let is_meant = server.subsystem() == subsystem && is_counted(id);
        is_meant && (is_host && is_instance && is_port || observation.config == *name)
    });
    Some(named.unwrap_or_else(|| panic!("{name} is nobody")))
}

/// Carries out steps, and holds that there is never more than one generator where there was one or none,
/// and that there is always one except before a promotion.
fn carry_out(bench: &mut Bench, request: &PlanRequest, steps: &[PlanStep]) -> Result<(), TestCaseError> {
    let (observations, ids) = living(bench, request);
    let verdict = check(&observations, now(), &Default::default());
    let groups = verdict.groups.iter().filter(|group| group.subsystem == Subsystem::Ca);
    let groups: Vec<Vec<ServerId>> = groups.map(|group| group.servers.iter().map(|id| ids[*id]).collect()).collect();
    for (nth, step) in steps.iter().enumerate() {
        let before: Vec<usize> = groups.iter().map(|group| bench.generators(group).len()).collect();
        if let Err(error) = bench.carry_out(step) {
            return Err(TestCaseError::fail(format!("{error:?}\n{step:#?}")));
        }
        for (group, before) in groups.iter().zip(before) {
            let after = bench.generators(group).len();
            prop_assert!(after <= before.max(1), "{} generate after {:#?}", after, step);
            let is_promoted_later = steps[nth + 1..]
                .iter()
                .any(|step| step.argv[1] == "promote-ca" && group.contains(&step.server.unwrap()));
            prop_assert!(after > 0 || before == 0 || is_promoted_later, "nobody generates after {:#?}", step);
        }
    }
    Ok(())
}

/// Where two files are of one server, whoever collects again has the new one twice.
fn collect_again(bench: &mut Bench) {
    for reported in check(&observed(bench), now(), &Default::default()).findings {
        if let (Finding::SameServerTwice { other, .. }, Some(id)) = (reported.finding, reported.subject) {
            bench.seats[id].text = bench.seats[other].text.clone();
        }
    }
}

/// The dead hosts return after what is planned for them: there is still one generator.
fn after_return(bench: &mut Bench, steps: &[PlanStep]) -> Result<(), TestCaseError> {
    let later: Vec<&PlanStep> = steps.iter().filter(|step| step.when == When::BeforeItReturns).collect();
    for step in &later {
        match bench.carry_out(step) {
            Ok(()) => {}
            // Such a file has to be corrected by hand, once its host can be reached.
            Err(StepError::Refused(code, _)) if is_by_hand(code) => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(format!("{error:?}\n{step:#?}"))),
        }
    }
    let Some(first) = later.iter().find_map(|step| step.server) else { return Ok(()) };
    let verdict = check(&observed(bench), now(), &Default::default());
    let group = verdict.groups.iter().find(|group| group.servers.contains(&first)).unwrap();
    prop_assert!(group.masters.len() <= 1, "{:#?} after {:#?}", group, later);
    Ok(())
}

fn is_by_hand(code: RefusalCode) -> bool {
    use RefusalCode::*;
    matches!(
        code,
        Incomplete | IssuingPointWithoutClass | BranchReference | AmbiguousLine | RoleNotReached | BackupAsTarget
    )
}

/// Everything that a plan has to hold.
fn law(bench: &Bench, request: &PlanRequest) -> Result<bool, TestCaseError> {
    let advice = plan(&observed(bench), request, now());
    if !advice.questions.is_empty() {
        prop_assert!(advice.steps.is_empty());
        for command in advice.questions.iter().flat_map(|question| &question.commands) {
            prop_assert!(command[1] == "plan" || parsed(command).is_ok(), "{:?}", command);
        }
        return Ok(false);
    }
    let now_steps = |plan: &Plan| plan.steps.iter().filter(|step| step.when == When::Now).cloned().collect::<Vec<_>>();
    let lost_before = lost_publishers(bench, request);
    for only_needed in [false, true] {
        let mut bench = bench.clone();
        let steps: Vec<PlanStep> =
            now_steps(&advice).into_iter().filter(|step| !(only_needed && step.optional)).collect();
        carry_out(&mut bench, request, &steps)?;
        collect_again(&mut bench);
        let left = problems(&bench, request);
        prop_assert!(left.is_empty(), "left: {:#?}\nafter {:#?}\n{:?}", left, steps, bench);
        let made = &lost_publishers(&bench, request) - &lost_before;
        prop_assert!(made.is_empty(), "made: {:?}\nafter {:#?}\n{:?}", made, steps, bench);
        let again = plan(&observed(&bench), request, now());
        prop_assert!(again.questions.is_empty(), "{:#?}\nafter {:#?}\n{:?}", again.questions, steps, bench);
        let needed: Vec<_> = now_steps(&again).into_iter().filter(|step| !step.optional).collect();
        prop_assert!(needed.is_empty(), "{:#?}\nafter {:#?}\n{:?}", needed, steps, bench);
        after_return(&mut bench, &advice.steps)?;
    }
    Ok(true)
}

/// A topology, and what is asked of its plan.
fn topologies() -> impl Strategy<Value = (Bench, PlanRequest)> {
    (vec(any::<u16>(), 24), vec(any::<u16>(), NUMBERS)).prop_map(|(ask, numbers)| {
        let bench = servers::topology(&numbers);
        let request = request(&mut Dice::new(&ask), &bench);
        (bench, request)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn advice_never_harms((bench, request) in topologies()) {
        law(&bench, &request)?;
    }
}

/// Not by asking alone: a third of the topologies get steps.
#[test]
fn much_can_be_planned_without_asking() {
    let mut runner = TestRunner::deterministic();
    let mut planned = 0;
    for _ in 0..200 {
        let (bench, request) = topologies().new_tree(&mut runner).unwrap().current();
        let advice = plan(&observed(&bench), &request, now());
        planned += usize::from(advice.questions.is_empty() && !advice.steps.is_empty());
    }
    assert!(planned >= 60, "{planned} of 200");
}
