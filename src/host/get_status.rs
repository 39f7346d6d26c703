//! The question whether a subsystem runs: `getStatus`, in the spelling of Dogtag 10 and 11.

use serde_json::Value;

use super::answer::Answer;
use super::endpoint::{Asking, Endpoint, FetchError, Question};
use super::xml::each_word;
use crate::pki::Subsystem;

/// How long the answer about a subsystem's state may be, in bytes.
const MOST: usize = 64 * 1024;
/// How long a word of it may be, in bytes.
const MOST_WORD: usize = 100;

impl Answer {
    /// Asks a subsystem once whether it runs.
    pub fn ask(endpoint: &Endpoint, asking: &Asking<'_>) -> Answer {
        Answer::ask_with_version(endpoint, asking).0
    }

    /// Asks a subsystem once whether it runs, and of which version it is.
    pub fn ask_with_version(endpoint: &Endpoint, asking: &Asking<'_>) -> (Answer, Option<String>) {
        let folder = endpoint.subsystem.folder();
        let path = format!("/{folder}/admin/{folder}/getStatus");
        let question = Question { path: &path, accept: "*/*", most: MOST };
        let response = match endpoint.ask(&question, asking) {
            Ok(response) => response,
            Err(FetchError::Closed) => return (Answer::Closed, None),
            Err(FetchError::Broken | FetchError::TooLong) => return (Answer::NotHttp, None),
            Err(why) => return (Answer::Unreachable(why), None),
        };
        match response.status {
            200 => {}
            404 => return (Answer::NotFound, None),
            status => return (Answer::Status(status), None),
        }
        let mut report = StatusReport::parse(&response.body).unwrap_or_default();
        let version = report.version.take();
        (Answer::of(report, endpoint.subsystem), version)
    }

    /// What a subsystem's report says.
    fn of(report: StatusReport, subsystem: Subsystem) -> Answer {
        let StatusReport { status: Some(status), subsystem: named, .. } = report else { return Answer::Unclear };
        if let Some(named) = named.filter(|named| !named.eq_ignore_ascii_case(subsystem.into())) {
            return Answer::OtherSubsystem(named);
        }
        match status.as_str() {
            "running" => Answer::Running,
            "starting" => Answer::Starting,
            _ => Answer::OtherState(status),
        }
    }
}

/// The body of an answer to `getStatus`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusReport {
    /// The subsystem, as in `cs.type`.
    pub subsystem: Option<String>,
    /// `running`, `starting`, or another word.
    pub status: Option<String>,
    /// The version of Dogtag.
    pub version: Option<String>,
}

impl StatusReport {
    /// Reads the XML of Dogtag 10 or the JSON of Dogtag 11. None where it is neither; empty where it is
    /// XML of another kind.
    pub fn parse(body: &[u8]) -> Option<StatusReport> {
        let text = std::str::from_utf8(body).ok()?;
        StatusReport::of_json(text).or_else(|| StatusReport::of_xml(text))
    }

    fn of_json(text: &str) -> Option<StatusReport> {
        let value: Value = serde_json::from_str(text).ok()?;
        let response = value.get("Response")?.as_object()?;
        let mut report = StatusReport::default();
        for (name, value) in response {
            report.take(name, value.as_str().unwrap_or_default());
        }
        Some(report)
    }

    fn of_xml(text: &str) -> Option<StatusReport> {
        let mut report = StatusReport::default();
        each_word(text, |path, word| match path {
            [root, name] if root == "XMLResponse" => report.take(name, word),
            _ => {}
        })?;
        Some(report)
    }

    fn take(&mut self, name: &str, word: &str) {
        let field = match name {
            "Type" => &mut self.subsystem,
            "Status" => &mut self.status,
            "Version" => &mut self.version,
            _ => return,
        };
        let word = word.trim();
        if field.is_none() && !word.is_empty() {
            *field = Some(word.chars().take(MOST_WORD).collect());
        }
    }
}
