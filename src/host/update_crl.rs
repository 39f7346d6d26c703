//! `updateCRL`: an agent has a CA generate a CRL now.

use std::net::IpAddr;

use super::curl::{self, Agent, AgentFetchError};
use super::endpoint::{Asking, FetchError, Question, Response, addresses, escaped};
use super::live::Page;
use super::xml::each_word;
use crate::pki::HostPort;

/// How long an answer may be, in bytes.
const MOST: usize = 256 * 1024;

/// Where a CA of this host takes agents' requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentPort {
    /// The name that its certificate has, and the port.
    pub server: HostPort,
    /// The address of this host that it listens at; without it loopback.
    pub address: Option<IpAddr>,
}

/// What a CA makes a CRL of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrlSource {
    /// All revoked certificates in the database. What was revoked on another CA while nobody listened,
    /// as between a demotion and a promotion, is in no cache. A CA whose status update task is off
    /// fails at it, and stays busy until a restart.
    Database,
    /// Its cache.
    Cache,
}

/// What a CA answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateAnswer {
    /// It generated a CRL.
    Generated,
    /// It generated one, or tried to, and could not publish it, for this reason.
    PublishFailed(String),
    /// It has nothing to generate it with: a clone, or a master in its first moments.
    NotInitialized,
    /// Updates are off.
    Disabled,
    /// It generates one already.
    InProgress,
    /// It will generate one.
    Scheduled,
    /// It does not know the issuing point.
    UnknownPoint,
    /// It does not take the one who asks for an agent.
    NotAnAgent(Option<String>),
    /// It answers with a page that reports an error, or with another word than those above.
    Error(String),
    /// Another status of HTTP.
    Status(u16),
    /// Neither the XML nor a page that reports an error.
    NotUnderstood,
    /// No answer.
    None(AgentFetchError),
}

impl AgentPort {
    /// Has a CRL generated at an issuing point, and waits for the answer as long as the deadline lets it.
    pub fn update(&self, point: &str, source: CrlSource, agent: &Agent, asking: &Asking<'_>) -> UpdateAnswer {
        let id = escaped(point);
        let clear = match source {
            CrlSource::Database => "&clearCRLCache=true",
            CrlSource::Cache => "",
        };
        let path = format!("/ca/agent/ca/updateCRL?crlIssuingPoint={id}&waitForUpdate=true{clear}&xml=true");
        let question = Question { path: &path, accept: "*/*", most: MOST };
        let mut answer = Err(AgentFetchError::Fetch(FetchError::Closed));
        for address in addresses(self.address) {
            answer = curl::get_as_agent(&self.server, address, agent, &question, asking);
            if answer != Err(AgentFetchError::Fetch(FetchError::Closed)) {
                break;
            }
        }
        match answer {
            Ok(response) => UpdateAnswer::of(&response, point),
            Err(error) => UpdateAnswer::None(error),
        }
    }
}

impl UpdateAnswer {
    /// What an answer about an issuing point says.
    pub fn of(response: &Response, point: &str) -> UpdateAnswer {
        match response.status {
            200 => {}
            401 | 403 => return UpdateAnswer::NotAnAgent(None),
            status => return UpdateAnswer::Status(status),
        }
        match Header::parse(&response.body) {
            Some(header) => header.answer(point),
            None => of_page(&Page::of(&response.body)),
        }
    }
}

/// What a CA reports as an error.
fn of_error(error: String) -> UpdateAnswer {
    const WORDS: [&str; 4] = ["credential", "authoriz", "authenticat", "client certificate"];
    match WORDS.iter().any(|word| error.to_ascii_lowercase().contains(word)) {
        true => UpdateAnswer::NotAnAgent(Some(error)),
        false => UpdateAnswer::Error(error),
    }
}

/// A page, as it comes in place of the XML where something went very wrong.
fn of_page(page: &Page<'_>) -> UpdateAnswer {
    match page.error() {
        Some(error) => of_error(error),
        None if page.mentions("not authorized") || page.mentions("unauthorized") => UpdateAnswer::NotAnAgent(None),
        None if page.mentions("exception") => UpdateAnswer::Error("an exception, see its debug log".to_owned()),
        None => UpdateAnswer::NotUnderstood,
    }
}

/// The header of the XML, and what stands behind it where the request was not carried out.
#[derive(Default)]
struct Header {
    point: Option<String>,
    update: Option<String>,
    time: Option<String>,
    published: Option<String>,
    error: Option<String>,
    /// Of a request that was not carried out.
    refusal: Option<String>,
}

impl Header {
    fn parse(body: &[u8]) -> Option<Header> {
        let mut header = Header::default();
        let (mut is_ours, mut is_other) = (false, false);
        each_word(std::str::from_utf8(body).ok()?, |path, word| {
            match path.first() {
                Some(root) if root == "xml" => is_ours = true,
                _ => is_other = true,
            }
            match path {
                [_, part, name] if part == "header" => header.take(name, word),
                [_, part, name] if part == "fixed" && matches!(&**name, "errorDetails" | "unexpectedError") => {
                    header.refusal = Some(word.to_owned());
                }
                _ => {}
            }
        })?;
        (is_ours && !is_other).then_some(header)
    }

    fn take(&mut self, name: &str, word: &str) {
        let field = match name {
            "crlIssuingPoint" => &mut self.point,
            "crlUpdate" => &mut self.update,
            "time" => &mut self.time,
            "crlPublished" => &mut self.published,
            "error" => &mut self.error,
            _ => return,
        };
        *field = Some(word.to_owned());
    }

    fn answer(self, asked: &str) -> UpdateAnswer {
        if let Some(refusal) = self.refusal {
            return of_error(refusal);
        }
        // For one that it does not know Dogtag takes another one.
        if self.point.as_ref().is_some_and(|point| point != asked) {
            return UpdateAnswer::UnknownPoint;
        }
        let error = self.error.filter(|error| !error.is_empty()).unwrap_or_else(|| "no reason given".to_owned());
        match (self.update.as_deref(), self.time, self.published.as_deref()) {
            (_, _, Some("Failure")) => UpdateAnswer::PublishFailed(error),
            (Some("Success"), ..) | (None, Some(_), _) => UpdateAnswer::Generated,
            (Some("notInitialized"), ..) => UpdateAnswer::NotInitialized,
            (Some("Disabled"), ..) => UpdateAnswer::Disabled,
            (Some("inProgress"), ..) => UpdateAnswer::InProgress,
            (Some("Scheduled"), ..) => UpdateAnswer::Scheduled,
            (Some(other), ..) => UpdateAnswer::Error(format!("{other}: {error}")),
            (None, None, Some(_)) => UpdateAnswer::Generated,
            (None, None, None) => UpdateAnswer::UnknownPoint,
        }
    }
}
