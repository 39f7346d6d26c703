//! Has a CA issue a CRL, and reads it back: its number must have risen.

use std::path::Path;
use std::time::{Duration, Instant};

use super::clock;
use super::curl::Agent;
use super::deadline::Deadline;
use super::endpoint::{Asking, Endpoint};
use super::live::{last_crl, running_cache};
use super::not_issued::NotIssued;
use super::systemctl::Watch;
use super::update_crl::{AgentPort, CrlSource, UpdateAnswer};
use crate::pki::{Crl, NoAnswer, Timestamp, Unanswered};

/// How long a master may say that it is not initialized.
const INITIALIZING: Duration = Duration::from_secs(120);
/// How long a CRL that was generated may not be there yet.
const STORING: Duration = Duration::from_secs(30);
/// The time between two questions.
const PAUSE: Duration = Duration::from_millis(500);

/// What it takes to have a CRL issued.
pub struct Issuer<'i> {
    /// Who asks.
    pub agent: Agent,
    /// Where agents' requests are taken.
    pub port: AgentPort,
    /// What CRLs are made of.
    pub source: CrlSource,
    /// Where the CRL is read.
    pub endpoint: Endpoint,
    /// The curl that asks with TLS.
    pub curl: &'i Path,
    /// How long all of it may take.
    pub timeout: Duration,
    /// The signal that asked this program to end, if any did.
    pub signal: &'i dyn Fn() -> Option<u8>,
    /// Called during waits.
    pub watch: Watch<'i>,
}

/// A CRL that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCrl {
    /// The last one before.
    pub before: Option<Crl>,
    /// The new one, as it was read back.
    pub crl: Crl,
    /// Why it could not be published, where the CA says that.
    pub publish_error: Option<String>,
}

/// What came of several issuing points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issue {
    /// The CRLs that were issued.
    pub issued: Vec<IssuedCrl>,
    /// The issuing points without a new one.
    pub failed: Vec<(String, NotIssued)>,
}

impl Issuer<'_> {
    /// Has a CRL issued at each issuing point, one after the other.
    pub fn issue(&self, points: &[String]) -> Issue {
        let deadline = Deadline::after(self.timeout);
        let mut issue = Issue::default();
        for point in points {
            match self.issue_at(point, deadline) {
                Ok(issued) => issue.issued.push(issued),
                Err(why) => {
                    let ends = why.concerns_all();
                    issue.failed.push((point.clone(), why));
                    if ends {
                        break;
                    }
                }
            }
        }
        issue
    }

    fn issue_at(&self, point: &str, deadline: Deadline) -> Result<IssuedCrl, NotIssued> {
        let started = Instant::now();
        let asking = Asking { curl: self.curl, deadline, signal: self.signal };
        let before = match last_crl(&self.endpoint, point, &asking) {
            Ok(crl) => Some(crl),
            Err(Unanswered { why: NoAnswer::NoCrl, .. }) => None,
            Err(note) => return Err(self.interrupted().unwrap_or(NotIssued::unanswered(note))),
        };
        let asked_at = clock::now();
        let answer = loop {
            match self.port.update(point, self.source, &self.agent, &asking)? {
                UpdateAnswer::NotInitialized => {
                    let cache_is_on = running_cache(&self.endpoint, point, &asking).ok();
                    let is_over = deadline.is_over() || started.elapsed() >= INITIALIZING;
                    if cache_is_on == Some(false) || is_over {
                        return Err(NotIssued::CrlNotInitialized { cache_is_on });
                    }
                    self.pause(&format!("the CA to be initialized at {point}"), started, PAUSE)?;
                }
                answer => break answer,
            }
        };
        let is_generated = matches!(answer, UpdateAnswer::Generated { .. });
        let until = if is_generated { Deadline::after(STORING).earlier(deadline) } else { deadline };
        let mut seen = None;
        loop {
            let asked = Instant::now();
            match last_crl(&self.endpoint, point, &asking) {
                Ok(crl) if is_newer(&crl, before.as_ref(), asked_at) => {
                    let publish_error = match answer {
                        UpdateAnswer::Generated { publish_error } => publish_error,
                        _ => None,
                    };
                    return Ok(IssuedCrl { before, crl, publish_error });
                }
                Ok(crl) => seen = Some(Ok(Some(crl))),
                Err(Unanswered { why: NoAnswer::NoCrl, .. }) => seen = Some(Ok(None)),
                // What was read last counts, not that there was no more time to read it again.
                Err(note) => seen = seen.or(Some(Err(note))),
            }
            if until.is_over() {
                return Err(match (seen, answer) {
                    (Some(Err(note)), UpdateAnswer::Generated { .. }) => NotIssued::CrlNotReadBack { note },
                    (Some(Ok(crl)), UpdateAnswer::Generated { .. }) => {
                        NotIssued::CrlNotRisen { crl: crl.map(Box::new) }
                    }
                    (_, answer) => NotIssued::CrlStillInProgress {
                        seconds: started.elapsed().as_secs(),
                        is_scheduled: answer == UpdateAnswer::Scheduled,
                    },
                });
            }
            // A CRL of many megabytes is not read all the time.
            self.pause(&format!("a CRL of {point}"), started, PAUSE.max(asked.elapsed() * 4))?;
        }
    }

    fn interrupted(&self) -> Option<NotIssued> {
        (self.signal)().map(|signal| NotIssued::IssueInterrupted { signal })
    }

    fn pause(&self, what: &str, started: Instant, pause: Duration) -> Result<(), NotIssued> {
        let until = Deadline::after(pause);
        while !until.is_over() {
            if let Some(interrupted) = self.interrupted() {
                return Err(interrupted);
            }
            (self.watch)(what, started.elapsed());
            std::thread::sleep(until.left().min(super::child::TICK));
        }
        Ok(())
    }
}

/// Whether a CRL is another one than the last before: a higher number and a new time; a new time alone
/// where CRLs carry no numbers.
fn is_newer(crl: &Crl, before: Option<&Crl>, asked_at: Timestamp) -> bool {
    let Some(before) = before else { return true };
    let is_later = crl.this_update > before.this_update || crl.this_update >= asked_at;
    match (crl.number, before.number) {
        (Some(number), Some(before)) => number > before && is_later,
        _ => is_later && crl.sha256 != before.sha256,
    }
}
