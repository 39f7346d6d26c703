//! The sentences of a plan: steps with their reasons, and questions with the commands that answer them.

use serde::Serialize;

use super::list::list;
use super::question::{ask, by_hand};
use super::{ShellCommand, one_line};
use crate::pki::{Needs, Observation, Plan, PlanQuestion, PlanStep, StepNote, StepReason, When};

/// A step of a plan.
#[derive(Serialize, schemars::JsonSchema)]
#[schemars(rename = "Step")]
pub struct StepJson {
    host: Option<String>,
    instance: Option<String>,
    config: Option<String>,
    command: String,
    argv: Vec<String>,
    needs: Option<Needs>,
    optional: bool,
    #[schemars(with = "String")]
    when: When,
    reason: String,
    /// The CRLs that a `status` of the server must show before the next step, where they are known.
    awaits: Vec<AwaitedJson>,
    notes: Vec<String>,
}

/// A CRL that is waited for: at least this number.
#[derive(Serialize, schemars::JsonSchema)]
#[schemars(rename = "AwaitedCrl")]
struct AwaitedJson {
    issuing_point: String,
    number: u64,
}

/// A question of a plan.
#[derive(Serialize, schemars::JsonSchema)]
#[schemars(rename = "Question")]
pub struct QuestionJson {
    code: &'static str,
    question: String,
    host: Option<String>,
    config: Option<String>,
    commands: Vec<String>,
}

impl StepJson {
    /// The steps of a plan.
    pub fn all(plan: &Plan) -> Vec<StepJson> {
        plan.steps.iter().map(StepJson::of).collect()
    }

    fn of(step: &PlanStep) -> StepJson {
        StepJson {
            host: step.host.clone(),
            instance: step.instance.clone(),
            config: step.config.clone(),
            command: typed(&step.argv),
            argv: step.argv.clone(),
            needs: step.needs.clone(),
            optional: step.optional,
            when: step.when,
            reason: reason(&step.reason),
            awaits: awaited(&step.reason),
            notes: step.notes.iter().map(note).collect(),
        }
    }
}

fn awaited(reason: &StepReason) -> Vec<AwaitedJson> {
    let StepReason::WaitForReplication { numbers } = reason else { return Vec::new() };
    let awaited = |(point, number): &(String, u64)| AwaitedJson { issuing_point: point.clone(), number: *number };
    numbers.iter().map(awaited).collect()
}

impl QuestionJson {
    /// The questions of a plan.
    pub fn all(plan: &Plan, servers: &[Observation]) -> Vec<QuestionJson> {
        let of = |question: &PlanQuestion| {
            let subject = question.subject.and_then(|id| servers.get(id));
            QuestionJson {
                code: question.matter.code().into(),
                question: ask(question, servers),
                host: subject.and_then(|subject| subject.server.host.clone()),
                config: subject.map(|subject| subject.config.clone()),
                commands: question.commands.iter().map(|argv| typed(argv)).collect(),
            }
        };
        plan.questions.iter().map(of).collect()
    }
}

/// The steps as text, each with its host. A note that several of them have is printed once, behind them.
pub fn steps_text(plan: &Plan) -> String {
    let mut text = String::new();
    let mut number = 0;
    let is_repeated = |note: &StepNote| plan.steps.iter().filter(|step| step.notes.contains(note)).count() > 1;
    let mut repeated: Vec<(&StepNote, Vec<usize>)> = Vec::new();
    for step in &plan.steps {
        number += 1;
        if let Some(Needs::Output { host, argv, file }) = &step.needs {
            text += &format!(
                "  {number}. {}: for the next step; then copy {} to {}\n",
                place(host.as_deref()),
                one_line(file),
                step.host.as_deref().map_or("the host of that step".into(), one_line)
            );
            text += &format!("       {} > {}\n", typed(argv), super::command::quoted(file));
            number += 1;
        }
        let when = match step.when {
            When::Now => "",
            When::BeforeItReturns => ", before it comes back into the network",
        };
        let optional = if step.optional { " (optional)" } else { "" };
        text += &format!("  {number}. {}{when}: {}{optional}\n", place(step.host.as_deref()), reason(&step.reason));
        if let Some(Needs::Path { path }) = &step.needs {
            text += &format!("       needs {}\n", one_line(path));
        }
        text += &format!("       {}\n", typed(&step.argv));
        for each in &step.notes {
            match repeated.iter_mut().find(|(other, _)| *other == each) {
                Some((_, numbers)) => numbers.push(number),
                None if is_repeated(each) => repeated.push((each, vec![number])),
                None => text += &format!("       note: {}\n", note(each)),
            }
        }
    }
    for (each, numbers) in repeated {
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        text += &format!("  note on steps {}: {}\n", numbers.join(", "), note_on_several(each));
    }
    text
}

/// The questions as text, each with the commands that answer it.
pub fn questions_text(plan: &Plan, servers: &[Observation]) -> String {
    let mut text = String::new();
    for question in &plan.questions {
        text += &format!("question: {} [{}]\n", ask(question, servers), question.matter.code());
        for argv in &question.commands {
            text += &format!("    {}\n", typed(argv));
        }
    }
    text
}

fn typed(argv: &[String]) -> String {
    ShellCommand::of(argv.iter().cloned()).to_string()
}

fn place(host: Option<&str>) -> String {
    host.map_or_else(|| "here".to_owned(), |host| format!("on {}", one_line(host)))
}

fn reason(reason: &StepReason) -> String {
    match reason {
        StepReason::IssueLastCrl => {
            "have a last CRL issued: that gives the longest time until the next one is due".to_owned()
        }
        StepReason::StopGenerating { new_master } => format!("stop generating CRLs; the new master is {new_master}"),
        StepReason::CompleteClone => "complete the role of a clone".to_owned(),
        StepReason::WaitForReplication { numbers } if numbers.is_empty() => {
            "wait until replication between the directory servers has caught up".to_owned()
        }
        StepReason::WaitForReplication { numbers } => {
            let crls: Vec<String> = numbers.iter().map(|(point, number)| format!("CRL {number} of {point}")).collect();
            format!("wait until it shows {}: then replication has caught up", list(&crls))
        }
        StepReason::StartGenerating => "become the CA that generates CRLs".to_owned(),
        StepReason::CompleteMaster => "complete the role of the master".to_owned(),
        StepReason::Redirect => "redirect agents to the master".to_owned(),
        StepReason::StopReceiving => "become an OCSP clone".to_owned(),
        StepReason::StartReceiving => "become the OCSP master, which receives CRLs".to_owned(),
        StepReason::RemoveInterval => "remove the refresh interval, which an OCSP master does not need".to_owned(),
        StepReason::RedirectPublisher => "publish CRLs to the OCSP master".to_owned(),
        StepReason::IssueToResponder => "have a CRL issued now, so that the OCSP master has one".to_owned(),
        StepReason::DeadHost => "make it a clone: it would come back as a second master".to_owned(),
        StepReason::CheckAgain => "collect the status of every server again, and check it".to_owned(),
    }
}

/// A note that several steps have.
fn note_on_several(each: &StepNote) -> String {
    match each {
        StepNote::OnlyACopy { is_edited: true } => {
            "the files that were looked at may be copies: name each server's own CS.cfg on its host".to_owned()
        }
        StepNote::OnlyACopy { is_edited: false } => {
            "the files that were looked at are copies; the commands change the servers' own files, on their hosts"
                .to_owned()
        }
        other => note(other),
    }
}

fn note(note: &StepNote) -> String {
    match note {
        StepNote::OnlyACopy { is_edited: true } => {
            "the file that was looked at may be a copy: name the server's own CS.cfg on its host".to_owned()
        }
        StepNote::OnlyACopy { is_edited: false } => {
            "the file that was looked at is a copy; the command changes the server's own file, on its host".to_owned()
        }
        StepNote::PortMayBeStale { port } => {
            format!("the new master's port {port} comes from a parameter that may be stale: look into its server.xml")
        }
        StepNote::InstanceAssumed => "the name of the instance is assumed to be the same as elsewhere".to_owned(),
        StepNote::OwnSettings => {
            "its own issuing point settings stay; with a backup of the former master's CS.cfg among the files, plan copies that CA's".to_owned()
        }
        StepNote::StillDead { hosts } => {
            format!("leave out the file of a host that has not returned yet: {}", list(hosts))
        }
        StepNote::PointsMissing { points } => {
            format!("it will not have these issuing points of another CA: {}", list(points))
        }
        StepNote::PointsRemoved { points } => {
            format!("these issuing points are removed, since the former master does not have them: {}", list(points))
        }
        StepNote::PublishersReplaced { publishers } => {
            format!(
                "these publishers of its own are removed, since the former master does not have them: {}",
                list(publishers)
            )
        }
        StepNote::PublishingStaysBehind { host, publishers } => {
            let host = host.as_deref().map_or("the former master".into(), one_line);
            format!(
                "{host} publishes CRLs ({}), and the new master does not: nobody publishes them until the new master is promoted with --with-publishing and with --from an export or a backup of {host}",
                list(publishers)
            )
        }
        StepNote::ByHandFirst { fault } => format!("its file must be corrected by hand first: {}", by_hand(fault)),
        StepNote::EnablesPoint { point } => {
            format!("issuing point `{}` is disabled, and is enabled by it", one_line(point))
        }
    }
}
