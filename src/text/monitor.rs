//! What `monitor` prints: a first line for Nagios and the like, with performance data, and a line for
//! each alarm.

use super::explanation::state;
use super::live::{crl_number, no_answer};
use super::{Console, Invocation, duration, explain, explain_failure, moment, one_line, unanswered};
use crate::convert::Failure;
use crate::pki::{Alarm, Crl, Expectation, MonitorState, Observation, Subsystem, Thresholds, Timestamp};

/// What was found out for a monitoring system.
pub struct Monitored {
    /// What is expected.
    pub expected: Vec<Expectation>,
    /// How much of a CRL's period must be left.
    pub thresholds: Thresholds,
    /// The servers that something is expected of, each with its alarms.
    pub servers: Vec<(Observation, Vec<(MonitorState, Alarm)>)>,
    /// Files that could not be looked at.
    pub failures: Vec<Failure>,
    /// Now.
    pub now: Timestamp,
}

impl Monitored {
    /// The worst verdict, and the text.
    pub fn report(&self, invocation: &Invocation) -> (MonitorState, String) {
        let missing = self.expected.iter().filter(|expected| {
            !self.servers.iter().any(|(observation, _)| observation.server.subsystem() == expected.subsystem)
        });
        let missing = missing
            .map(|expected| (MonitorState::Unknown, format!("there is no {} to look at here", expected.subsystem)));
        let failures = self.failures.iter();
        let failures = failures.map(|failure| (MonitorState::Unknown, explain_failure(failure, invocation).what));
        let mut alarms: Vec<(MonitorState, String)> = failures.chain(missing).collect();
        for (observation, all) in &self.servers {
            let server = named(observation);
            alarms.extend(all.iter().map(|(verdict, alarm)| (*verdict, format!("{server}: {}", self.sentence(alarm)))));
        }
        // The worst first; of those alike the first that was found.
        alarms.sort_by_key(|(verdict, _)| std::cmp::Reverse(*verdict));
        let worst = alarms.first().map_or(MonitorState::Ok, |(verdict, _)| *verdict);
        let first = match alarms.as_slice() {
            [] => self.all_well(),
            [(_, only)] => only.clone(),
            [(_, first), rest @ ..] => format!("{first} (and {} more)", rest.len()),
        };
        let data = self.performance_data();
        let data = if data.is_empty() { data } else { format!(" | {data}") };
        let mut text = format!("PKI-ROLE {worst} - {}{data}\n", plain(&first));
        for (verdict, alarm) in alarms.iter().filter(|_| alarms.len() > 1) {
            text += &format!("{verdict}: {}\n", plain(alarm));
        }
        (worst, text)
    }

    fn all_well(&self) -> String {
        let expected: Vec<String> = self.expected.iter().map(ToString::to_string).collect();
        let crls = self.crls().map(|(_, crl)| {
            let valid = crl.next_update.and_then(|next| u64::try_from(next.seconds_since(self.now)).ok());
            let valid = valid.map(|left| format!(", next update in {}", duration(left))).unwrap_or_default();
            format!("CRL of {}: {}{valid}", crl.issuing_point, crl_number(crl))
        });
        [expected.join(", ")].into_iter().chain(crls).collect::<Vec<_>>().join("; ")
    }

    /// The CRLs of the enabled issuing points.
    fn crls(&self) -> impl Iterator<Item = (&Observation, &Crl)> {
        self.servers.iter().flat_map(|(observation, _)| {
            let crls = observation.live.iter().flat_map(|live| &live.crls);
            let is_enabled = |crl: &&Crl| {
                let mut points = observation.server.ca().into_iter().flat_map(|ca| &ca.issuing_points);
                points.any(|point| point.id == crl.issuing_point && point.is_enabled())
            };
            crls.filter(is_enabled).map(move |crl| (observation, crl))
        })
    }

    /// Seconds of validity and the number of each CRL, as the plugins' convention has it.
    fn performance_data(&self) -> String {
        let is_ca = |(observation, _): &&(Observation, _)| observation.server.subsystem() == Subsystem::Ca;
        let several = self.servers.iter().filter(is_ca).count() > 1;
        let mut data = Vec::new();
        for (observation, crl) in self.crls() {
            let instance = observation.server.instance.as_ref().filter(|_| several);
            let instance = instance.map(|instance| format!("{instance}_")).unwrap_or_default();
            let label = label(&format!("{instance}{}", crl.issuing_point));
            if let Some(next_update) = crl.next_update {
                let left = next_update.seconds_since(self.now);
                let period = next_update.seconds_since(crl.this_update).max(0);
                let part = |percent: u8| period.saturating_mul(i64::from(percent)) / 100;
                let (warning, critical) = (part(self.thresholds.warning), part(self.thresholds.critical));
                data.push(format!("'{label}_left'={left}s;{warning}:;{critical}:"));
            }
            data.extend(crl.number.map(|number| format!("'{label}_number'={number}c")));
        }
        data.join(" ")
    }

    fn sentence(&self, alarm: &Alarm) -> String {
        match alarm {
            Alarm::OtherRole { expected, found } => format!("role {found}, expected {expected}"),
            Alarm::Problem(finding) => explain(finding, &[]).what,
            Alarm::NoAnswer { answer, status } => state(*answer, *status),
            Alarm::NotAsked(notes) => match notes.first() {
                Some(note) => format!("not known: {}", unanswered(note)),
                None => "nobody was asked whether it runs".to_owned(),
            },
            Alarm::Validity { crl, left } => {
                let which = format!("CRL of {} ({})", crl.issuing_point, crl_number(crl));
                let when = crl.next_update.map(moment).unwrap_or_default();
                match left {
                    None => format!("{which} expired {when}"),
                    Some(left) => format!("{which} has {left} % of its period left, until {when}"),
                }
            }
            Alarm::NotYetValid(crl) => format!(
                "CRL of {} ({}) is not valid before {}: the clock here or on the host that issued it is wrong",
                crl.issuing_point,
                crl_number(crl),
                moment(crl.this_update)
            ),
            Alarm::NoCrl(note) => {
                format!("no CRL of {}: {}", note.issuing_point.as_deref().unwrap_or_default(), no_answer(note))
            }
        }
    }
}

/// Prints the report and gives its exit code.
pub fn monitored(monitored: &Monitored, invocation: &Invocation, console: &Console) -> u8 {
    let (verdict, text) = monitored.report(invocation);
    console.data(&text);
    verdict.exit_code()
}

/// Nothing could be judged.
pub fn not_monitored(why: &str, console: &Console) -> u8 {
    console.data(&format!("PKI-ROLE {} - {}\n", MonitorState::Unknown, plain(why)));
    MonitorState::Unknown.exit_code()
}

fn named(observation: &Observation) -> String {
    let subsystem = observation.server.subsystem();
    match &observation.server.instance {
        Some(instance) => format!("{subsystem} of {instance}"),
        None => subsystem.to_string(),
    }
}

/// One line without the character that separates performance data.
fn plain(text: &str) -> String {
    one_line(text).replace('|', "/")
}

/// A label of performance data: without what would end it.
fn label(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect()
}
