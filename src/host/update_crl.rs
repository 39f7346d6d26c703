//! `updateCRL`: an agent has a CA generate a CRL now.

use std::net::IpAddr;

use super::curl::{self, Agent, AgentFetchError};
use super::endpoint::{Asking, FetchError, Question, Response, addresses, escaped};
use super::live::Page;
use super::not_issued::NotIssued;
use super::xml::each_word;
use crate::pki::{HostPort, NoAnswer};

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

/// What a CA answers that was asked for a CRL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateAnswer {
    /// It generated one, or tried to.
    Generated {
        /// Why it could not be published, where the CA says that.
        publish_error: Option<String>,
    },
    /// It has nothing to generate it with: a clone, or a master in its first moments.
    NotInitialized,
    /// It generates one already.
    InProgress,
    /// It will generate one.
    Scheduled,
}

impl AgentPort {
    /// Has a CRL generated at an issuing point, and waits for the answer as long as the deadline lets it.
    pub fn update(
        &self,
        point: &str,
        source: CrlSource,
        agent: &Agent,
        asking: &Asking<'_>,
    ) -> Result<UpdateAnswer, NotIssued> {
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
        UpdateAnswer::of(&answer?, point)
    }
}

impl UpdateAnswer {
    /// What an answer about an issuing point says.
    fn of(response: &Response, point: &str) -> Result<UpdateAnswer, NotIssued> {
        match response.status {
            200 => {}
            401 | 403 => return Err(NotIssued::NotAnAgent { said: None }),
            status => {
                return Err(NotIssued::CrlNoAnswer { why: NoAnswer::Status, status: Some(status), said: None });
            }
        }
        match Header::parse(&response.body) {
            Some(header) => header.answer(point),
            None => Err(of_page(&Page::of(&response.body))),
        }
    }
}

/// What a CA reports as an error.
fn of_error(error: String) -> NotIssued {
    const WORDS: [&str; 4] = ["credential", "authoriz", "authenticat", "client certificate"];
    match WORDS.iter().any(|word| error.to_ascii_lowercase().contains(word)) {
        true => NotIssued::NotAnAgent { said: Some(error) },
        false => NotIssued::CrlServerError { said: error },
    }
}

/// A page, as it comes in place of the XML where something went very wrong.
fn of_page(page: &Page<'_>) -> NotIssued {
    match page.error() {
        Some(error) => of_error(error),
        None if page.mentions("not authorized") || page.mentions("unauthorized") => {
            NotIssued::NotAnAgent { said: None }
        }
        None if page.mentions("exception") => {
            NotIssued::CrlServerError { said: "an exception, see its debug log".to_owned() }
        }
        None => NotIssued::CrlNoAnswer { why: NoAnswer::NotUnderstood, status: None, said: None },
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

    fn answer(self, asked: &str) -> Result<UpdateAnswer, NotIssued> {
        if let Some(refusal) = self.refusal {
            return Err(of_error(refusal));
        }
        // For one that it does not know Dogtag takes another one.
        if self.point.as_ref().is_some_and(|point| point != asked) {
            return Err(NotIssued::CrlPointUnknown);
        }
        let error = self.error.filter(|error| !error.is_empty()).unwrap_or_else(|| "no reason given".to_owned());
        match (self.update.as_deref(), self.time, self.published.as_deref()) {
            (_, _, Some("Failure")) => Ok(UpdateAnswer::Generated { publish_error: Some(error) }),
            (Some("Success"), ..) | (None, Some(_), _) => Ok(UpdateAnswer::Generated { publish_error: None }),
            (Some("notInitialized"), ..) => Ok(UpdateAnswer::NotInitialized),
            (Some("Disabled"), ..) => Err(NotIssued::CrlUpdatesDisabled),
            (Some("inProgress"), ..) => Ok(UpdateAnswer::InProgress),
            (Some("Scheduled"), ..) => Ok(UpdateAnswer::Scheduled),
            (Some(other), ..) => Err(NotIssued::CrlServerError { said: format!("{other}: {error}") }),
            (None, None, Some(_)) => Ok(UpdateAnswer::Generated { publish_error: None }),
            (None, None, None) => Err(NotIssued::CrlPointUnknown),
        }
    }
}
