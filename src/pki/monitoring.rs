//! The judgement of one server for a monitoring system: what is critical, what is a warning.

use std::fmt;
use std::str::FromStr;

use strum::Display;
use thiserror::Error;

use super::{
    Crl, Finding, Live, NoAnswer, Observation, Role, Severity, Subsystem, SubsystemState, Timestamp, Unanswered,
};

/// How many seconds the clocks of two hosts may differ.
const MOST_SKEW: i64 = 300;

/// The role that a subsystem is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// CA or OCSP.
    pub subsystem: Subsystem,
    /// Master or clone.
    pub role: Role,
}

/// A text is not an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it must be ca=master, ca=clone, ocsp=master or ocsp=clone")]
pub struct ExpectationError;

impl FromStr for Expectation {
    type Err = ExpectationError;

    fn from_str(text: &str) -> Result<Expectation, ExpectationError> {
        let subsystem = |name: &str| [Subsystem::Ca, Subsystem::Ocsp].into_iter().find(|known| known.folder() == name);
        let role = |name: &str| [Role::Master, Role::Clone].into_iter().find(|known| known.to_string() == name);
        let both = text.split_once('=').and_then(|(one, other)| Some((subsystem(one.trim())?, role(other.trim())?)));
        both.map(|(subsystem, role)| Expectation { subsystem, role }).ok_or(ExpectationError)
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.subsystem.folder(), self.role)
    }
}

/// How much of a CRL's period must be left, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Less is a warning.
    pub warning: u8,
    /// Less is critical.
    pub critical: u8,
}

/// What a monitoring system is to be given; the worst one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Display)]
#[strum(serialize_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names are those of the plugins' convention")]
pub enum MonitorState {
    Ok,
    Warning,
    Unknown,
    Critical,
}

impl MonitorState {
    /// The exit code of the plugins' convention.
    pub fn exit_code(self) -> u8 {
        match self {
            MonitorState::Ok => 0,
            MonitorState::Warning => 1,
            MonitorState::Critical => 2,
            MonitorState::Unknown => 3,
        }
    }
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the data of each variant's sentence")]
pub enum Alarm {
    /// The file has another role than is expected.
    OtherRole { expected: Role, found: Role },
    /// A problem of this server.
    Problem(Finding),
    /// The subsystem does not say that it runs.
    NoAnswer {
        /// What it said.
        answer: SubsystemState,
        /// The HTTP status, where it is all that was answered.
        status: Option<u16>,
    },
    /// Nobody could be asked.
    NotAsked(Vec<Unanswered>),
    /// A CRL is expired, or less than a part of its period is left: so much of it, in percent.
    Validity { crl: Crl, left: Option<u8> },
    /// A CRL is valid only from a later moment on: clients refuse it.
    NotYetValid(Crl),
    /// There is no CRL where the CA generates some, or it could not be read.
    NoCrl(Unanswered),
}

/// Judges a server.
pub fn alarms(
    observation: &Observation,
    expected: Role,
    thresholds: Thresholds,
    now: Timestamp,
) -> Vec<(MonitorState, Alarm)> {
    let mut alarms = Vec::new();
    let found = observation.server.role();
    if found != expected {
        alarms.push((MonitorState::Critical, Alarm::OtherRole { expected, found }));
    }
    // The CRLs are judged below, by the thresholds; a mixed role is another one in any case.
    let problems = observation.findings(now).into_iter().filter(|finding| {
        let is_judged_otherwise = matches!(finding, Finding::CrlExpired { .. } | Finding::MixedRole { .. });
        finding.severity() == Severity::Problem && !is_judged_otherwise
    });
    alarms.extend(problems.map(|finding| (MonitorState::Critical, Alarm::Problem(finding))));
    let Some(live) = &observation.live else {
        alarms.push((MonitorState::Unknown, Alarm::NotAsked(Vec::new())));
        return alarms;
    };
    let is_known = |(_, alarm): &(MonitorState, Alarm)| {
        matches!(alarm, Alarm::Problem(Finding::NotAnswering { .. } | Finding::ServiceDown { .. }))
    };
    match live.answer {
        SubsystemState::Running => alarms.extend(of_crls(observation, live, thresholds, now)),
        SubsystemState::NotAsked => alarms.push((MonitorState::Unknown, Alarm::NotAsked(live.notes.clone()))),
        answer if !alarms.iter().any(is_known) => {
            alarms.push((MonitorState::Critical, Alarm::NoAnswer { answer, status: live.status() }));
        }
        _ => {}
    }
    alarms
}

/// The last CRL of every enabled issuing point: a clone gives the replicated ones, which expire too.
fn of_crls(
    observation: &Observation,
    live: &Live,
    thresholds: Thresholds,
    now: Timestamp,
) -> Vec<(MonitorState, Alarm)> {
    let Some(ca) = observation.server.ca() else { return Vec::new() };
    let mut alarms = Vec::new();
    for point in ca.issuing_points.iter().filter(|point| point.is_enabled()) {
        if let Some(crl) = live.crl(&point.id) {
            alarms.extend(of_crl(crl, thresholds, now));
            continue;
        }
        let note = live.no_crl(&point.id).filter(|_| ca.generates_at(point)).cloned();
        alarms.extend(note.map(|note| match note.why {
            NoAnswer::NoCrl | NoAnswer::NotUnderstood => (MonitorState::Critical, Alarm::NoCrl(note)),
            _ => (MonitorState::Unknown, Alarm::NoCrl(note)),
        }));
    }
    alarms
}

fn of_crl(crl: &Crl, thresholds: Thresholds, now: Timestamp) -> Option<(MonitorState, Alarm)> {
    if crl.this_update.seconds_since(now) > MOST_SKEW {
        return Some((MonitorState::Critical, Alarm::NotYetValid(crl.clone())));
    }
    let next_update = crl.next_update?;
    let left = next_update.seconds_since(now);
    if left <= 0 {
        return Some((MonitorState::Critical, Alarm::Validity { crl: crl.clone(), left: None }));
    }
    let period = next_update.seconds_since(crl.this_update).max(left);
    let percent = u8::try_from(left.saturating_mul(100) / period).unwrap_or(100);
    let verdict = match percent {
        _ if percent < thresholds.critical => MonitorState::Critical,
        _ if percent < thresholds.warning => MonitorState::Warning,
        _ => return None,
    };
    Some((verdict, Alarm::Validity { crl: crl.clone(), left: Some(percent) }))
}
