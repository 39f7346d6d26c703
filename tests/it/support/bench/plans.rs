//! Plans as short lists of text.

use pki_role::pki::{Plan, PlanRequest, PlanStep, QuestionCode, When, plan};

use super::small::bench;
use super::steps::parsed;
use super::{Bench, Seat, now};

pub const TO_CA1: &str = "--new-master ca1.example.com:8443";
pub const TO_CA2: &str = "--new-master ca2.example.com:8443";

fn files(bench: &Bench) -> Vec<String> {
    (0..bench.seats.len()).map(|id| format!("{id}.json")).collect()
}

pub fn planned(bench: &Bench, request: PlanRequest) -> Plan {
    let plan = plan(&bench.observations(), &PlanRequest { files: files(bench), ..request }, now());
    for argv in plan.questions.iter().flat_map(|question| &question.commands) {
        parsed(argv).unwrap();
    }
    plan
}

pub fn repair(seats: impl Into<Vec<Seat>>) -> Plan {
    planned(&bench(seats), PlanRequest::default())
}

pub fn moved(seats: impl Into<Vec<Seat>>, new_master: &str) -> Plan {
    let new_master = Some(new_master.to_owned());
    planned(&bench(seats), PlanRequest { new_master, with_publishing: Some(false), ..PlanRequest::default() })
}

/// Steps as `host: command`, optional ones in brackets, later ones after `later`; the last one checks again.
pub fn shown(plan: &Plan) -> Vec<String> {
    assert!(plan.questions.is_empty(), "{:#?}", plan.questions);
    let host = |step: &PlanStep| step.host.clone().unwrap_or_else(|| "here".to_owned()).replace(".example.com", "");
    let one = |step: &PlanStep| {
        let typed = step.argv[1..].join(" ").replace("-i pki-tomcat ", "");
        let text = format!("{}: {typed}", host(step));
        match (step.optional, step.when) {
            (true, _) => format!("[{text}]"),
            (_, When::BeforeItReturns) => format!("later {text}"),
            _ => text,
        }
    };
    plan.steps.iter().map(one).collect()
}

#[track_caller]
pub fn steps(plan: &Plan, wanted: &[&str]) {
    let mut found = shown(plan);
    if let Some(last) = found.pop() {
        assert!(last.contains("here: check"), "{last}");
    }
    assert_eq!(found, wanted);
}

#[track_caller]
pub fn asks(plan: &Plan, wanted: &[QuestionCode]) {
    assert!(plan.steps.is_empty());
    assert_eq!(plan.questions.iter().map(|question| question.matter.code()).collect::<Vec<_>>(), wanted);
}

/// The options of the commands that answer the first question.
pub fn answers(plan: &Plan) -> Vec<String> {
    let behind_files = |argv: &Vec<String>| {
        argv.iter().skip(1).filter(|argument| !argument.ends_with(".json")).cloned().collect::<Vec<_>>().join(" ")
    };
    plan.questions[0].commands.iter().map(behind_files).collect()
}
