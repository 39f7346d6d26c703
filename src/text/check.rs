//! What `check` and `plan` print.

use serde::Serialize;

use super::mermaid::mermaid;
use super::step::{QuestionJson, StepJson, questions_text, steps_text};
use super::{Console, SCHEMA_VERSION, ServerReportJson, Table, duration, explain, one_line, place, title};
use crate::pki::{FindingCode, Observation, Plan, Reported, Severity, Timestamp, Verdict};

/// A finding about a topology.
#[derive(Serialize, schemars::JsonSchema)]
#[schemars(rename = "TopologyFinding")]
pub struct ReportedJson {
    #[schemars(with = "FindingCode")]
    code: &'static str,
    severity: Severity,
    message: String,
    fix: String,
    host: Option<String>,
    instance: Option<String>,
    config: Option<String>,
    line: Option<usize>,
}

/// What `check` prints.
#[derive(Serialize, schemars::JsonSchema)]
#[schemars(rename = "Check")]
pub struct CheckJson<'a> {
    #[schemars(extend("const" = SCHEMA_VERSION))]
    schema_version: u32,
    ok: bool,
    problems: Vec<ReportedJson>,
    warnings: Vec<ReportedJson>,
    steps: Vec<StepJson>,
    questions: Vec<QuestionJson>,
    files: Vec<ServerReportJson<'a>>,
}

/// What `plan` prints.
#[derive(Serialize, schemars::JsonSchema)]
#[schemars(rename = "Plan")]
pub struct PlanJson {
    #[schemars(extend("const" = SCHEMA_VERSION))]
    schema_version: u32,
    steps: Vec<StepJson>,
    questions: Vec<QuestionJson>,
}

/// How a verdict is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictForm {
    /// Sentences and tables, or JSON where the console says so.
    Report,
    /// A picture in the language of mermaid.
    Mermaid,
}

/// Prints the verdict on a topology, and the steps for what is wrong.
pub fn verdict(
    verdict: &Verdict,
    plan: &Plan,
    servers: &[Observation],
    form: VerdictForm,
    now: Timestamp,
    console: &Console,
) {
    if form == VerdictForm::Mermaid {
        return console.data(&mermaid(verdict, servers));
    }
    if console.manner().json {
        let all = |reported: Vec<&Reported>| reported.into_iter().map(|each| ReportedJson::of(each, servers)).collect();
        return console.json(&CheckJson {
            schema_version: SCHEMA_VERSION,
            ok: verdict.is_right(),
            problems: all(verdict.problems().collect()),
            warnings: all(verdict.warnings().collect()),
            steps: StepJson::all(plan),
            questions: QuestionJson::all(plan, servers),
            files: servers.iter().map(|server| ServerReportJson::of(server, now)).collect(),
        });
    }
    if console.manner().quiet && verdict.is_right() {
        return;
    }
    console.data(&text(verdict, plan, servers, now, console.columns()));
}

/// Prints a plan; `is_right` says whether the topology is.
pub fn planned(plan: &Plan, servers: &[Observation], is_right: bool, console: &Console) {
    if console.manner().json {
        let (steps, questions) = (StepJson::all(plan), QuestionJson::all(plan, servers));
        return console.json(&PlanJson { schema_version: SCHEMA_VERSION, steps, questions });
    }
    match (plan.questions.is_empty(), plan.steps.is_empty()) {
        (false, _) => console.data(&questions_text(plan, servers)),
        (true, true) if is_right => console.data("nothing has to be done\n"),
        (true, true) => {
            console.data(
                "no command is left to type, but the topology is not right: check, with the same files, says why\n",
            );
        }
        (true, false) => console.data(&steps_text(plan)),
    }
}

impl ReportedJson {
    fn of(reported: &Reported, servers: &[Observation]) -> ReportedJson {
        let explanation = explain(&reported.finding, servers);
        let subject = reported.subject.and_then(|id| servers.get(id));
        ReportedJson {
            code: reported.finding.code().into(),
            severity: reported.severity,
            message: explanation.message(),
            fix: explanation.fix,
            host: subject.and_then(|subject| subject.server.host.clone()),
            instance: subject.and_then(|subject| subject.server.instance.clone()),
            config: subject.map(|subject| subject.config.clone()),
            line: reported.finding.line(),
        }
    }
}

fn text(verdict: &Verdict, plan: &Plan, servers: &[Observation], now: Timestamp, columns: usize) -> String {
    let mut text = table(servers).text("", columns);
    text += &age(servers, now);
    for reported in verdict.problems().chain(verdict.warnings()) {
        text += &finding(reported, servers);
    }
    // Steps for what is wrong; those that only put warnings right are for `plan`.
    let is_needed = !verdict.is_right();
    if is_needed && !plan.questions.is_empty() {
        text += &questions_text(plan, servers);
    } else if is_needed && plan.steps.iter().any(|step| !step.optional) {
        text += "what to do, in this order:\n";
        text += &steps_text(plan);
    }
    if !is_needed && plan.questions.is_empty() && !plan.steps.is_empty() {
        text += "plan, with the same files, prints the commands that put warnings right\n";
    }
    let is_nothing = |reported: &Reported| reported.finding.code() == FindingCode::NothingToCheck;
    text + match (verdict.is_right(), verdict.findings.is_empty()) {
        (true, false) if verdict.findings.iter().all(is_nothing) => "nothing to judge\n",
        (true, true) => "the topology is right\n",
        (true, false) => "the topology is right, with warnings\n",
        (false, _) => "the topology has problems\n",
    }
}

/// One row for each server.
fn table(servers: &[Observation]) -> Table<5> {
    let mut table = Table::new(["subsystem", "server", "instance", "role", "file"]);
    for observation in servers {
        let server = &observation.server;
        let instance = server.instance.as_deref().map_or("-".to_owned(), |name| one_line(name).into_owned());
        let config = one_line(&observation.config).into_owned();
        table.row([server.subsystem().to_string(), place(server), instance, server.role().to_string(), config]);
    }
    table
}

fn finding(Reported { finding, subject, severity }: &Reported, servers: &[Observation]) -> String {
    let subject = subject.and_then(|id| servers.get(id)).map(|subject| format!(": {}", title(subject)));
    let head = format!("{severity}{}", subject.unwrap_or_default());
    explain(finding, servers).lines("", &head, finding.code())
}

/// How old the oldest and the newest answer of a running server are.
fn age(servers: &[Observation], now: Timestamp) -> String {
    let times = servers.iter().filter_map(Observation::observed_at);
    let (Some(oldest), Some(newest)) = (times.clone().min(), times.max()) else { return String::new() };
    let ago = |moment: Timestamp| duration(u64::try_from(now.seconds_since(moment)).unwrap_or(0));
    match oldest == newest {
        true => format!("the servers were asked {} ago\n", ago(newest)),
        false => format!("the servers were asked between {} and {} ago\n", ago(oldest), ago(newest)),
    }
}
