//! What a running server of this host answers without authentication: whether it runs, which CRL
//! caches are on, what its last CRLs are, who belongs to its security domain.
//!
//! The spellings are those of Dogtag 10 and 11. Whatever is answered costs a note at most: each answer
//! is bounded in time and in size, and all of them together by the deadline that the caller gives.

mod crl;
mod members;
mod page;

use std::time::Duration;

use super::answer::Answer;
use super::clock;
use super::endpoint::{Asking, Endpoint, FetchError, Question, Response, escaped};
use crate::pki::{Crl, Live, LiveQuestion, NoAnswer, Subsystem, SubsystemState, Unanswered};

pub use page::Page;

/// How long the answer to one question may take.
const QUESTION: Duration = Duration::from_secs(5);
/// Less time than this says nothing about a server that does not answer in it.
const SHORTEST: Duration = Duration::from_millis(500);
/// How long a CRL may take: one of 50 MB comes from a directory server first.
const CRL: Duration = Duration::from_secs(15);
/// How long a page may be, in bytes.
const MOST_PAGE: usize = 1024 * 1024;
/// How long a CRL may be, in bytes: some 1.5 million entries.
const MOST_CRL: usize = 64 * 1024 * 1024;
/// How many issuing points are asked for. Real CAs have one or a few.
const MOST_POINTS: usize = 32;

/// Asks a server everything; `points` are the issuing points of a CA.
///
/// Only a subsystem that says that it runs is asked more than that.
pub fn ask(endpoint: &Endpoint, points: &[String], asking: &Asking<'_>) -> Live {
    if asking.deadline.left() < SHORTEST {
        // Others have used up the time: the server is not to blame for it.
        let note = Unanswered::new(LiveQuestion::State, None, NoAnswer::TimedOut);
        return Live { notes: vec![note], ..silent(SubsystemState::NotAsked) };
    }
    let (answer, version) = Answer::ask_with_version(endpoint, &asking.within(QUESTION));
    let mut live = Live { version, ..silent(answer.state()) };
    match &answer {
        Answer::Unreachable(why) => live.notes.push(unanswered(LiveQuestion::State, None, why)),
        Answer::Status(status) => live.notes.push(other_status(LiveQuestion::State, None, *status)),
        _ => {}
    }
    if answer != Answer::Running || endpoint.subsystem != Subsystem::Ca {
        return live;
    }
    let asked = points.get(..MOST_POINTS).unwrap_or(points);
    if asked.len() < points.len() {
        live.notes.push(Unanswered::new(LiveQuestion::Crl, None, NoAnswer::TooMany));
    }
    for point in asked {
        match running_cache(endpoint, point, asking) {
            Ok(is_on) => drop(live.caches.insert(point.clone(), is_on)),
            Err(note) => live.notes.push(note),
        }
    }
    match security_domain(endpoint, asking) {
        Ok((members, are_all)) => {
            live.members = members;
            live.notes
                .extend((!are_all).then(|| Unanswered::new(LiveQuestion::Members, None, NoAnswer::NotUnderstood)));
        }
        Err(note) => live.notes.push(note),
    }
    for point in asked {
        match last_crl(endpoint, point, asking) {
            Ok(crl) => live.crls.push(crl),
            Err(note) => live.notes.push(note),
        }
    }
    live
}

/// A server that could not be asked, since it is not known where.
pub fn nowhere(why: &str) -> Live {
    let mut note = Unanswered::new(LiveQuestion::State, None, NoAnswer::NoPort);
    note.detail = Some(detail(why));
    Live { notes: vec![note], ..silent(SubsystemState::NotAsked) }
}

/// A server of which no more than its state is known.
fn silent(answer: SubsystemState) -> Live {
    Live {
        observed_at: clock::now(),
        answer,
        version: None,
        caches: indexmap::IndexMap::new(),
        crls: Vec::new(),
        members: Vec::new(),
        notes: Vec::new(),
    }
}

/// Whether the CRL cache of an issuing point is on in the running server.
pub fn running_cache(endpoint: &Endpoint, point: &str, asking: &Asking<'_>) -> Result<bool, Unanswered> {
    let id = escaped(point);
    let path = format!("/ca/ee/ca/getCRL?op=checkCRLcache&crlIssuingPoint={id}&certSerialNumber=1");
    let about = |why: NoAnswer| Unanswered::new(LiveQuestion::Cache, Some(point), why);
    let question = Question { path: &path, accept: "*/*", most: MOST_PAGE };
    let body = body(endpoint.ask(&question, &asking.within(QUESTION)), LiveQuestion::Cache, Some(point))?;
    let page = Page::of(&body);
    match page.error() {
        Some(error) if error.contains("is not enabled") => Ok(false),
        Some(error) if error.contains("is empty") => Ok(true),
        Some(error) => Err(Unanswered { detail: Some(detail(&error)), ..about(NoAnswer::NotUnderstood) }),
        None if page.says("isOnCRL") => Ok(true),
        None => Err(about(NoAnswer::NotUnderstood)),
    }
}

/// The last CRL of an issuing point.
pub fn last_crl(endpoint: &Endpoint, point: &str, asking: &Asking<'_>) -> Result<Crl, Unanswered> {
    let path = format!("/ca/ee/ca/getCRL?op=getCRL&crlIssuingPoint={}", escaped(point));
    let about = |why: NoAnswer| Unanswered::new(LiveQuestion::Crl, Some(point), why);
    let question = Question { path: &path, accept: "*/*", most: MOST_CRL };
    let body = body(endpoint.ask(&question, &asking.within(CRL)), LiveQuestion::Crl, Some(point))?;
    crl::read(point, &body).map_err(|crl::NotACrl| match Page::of(&body).error() {
        Some(error) => Unanswered { detail: Some(detail(&error)), ..about(NoAnswer::NoCrl) },
        None => about(NoAnswer::NotUnderstood),
    })
}

/// The members of the security domain, and whether all of them could be read.
fn security_domain(endpoint: &Endpoint, asking: &Asking<'_>) -> Result<(Vec<crate::pki::Member>, bool), Unanswered> {
    let ask = |path: &str| {
        let question = Question { path, accept: "application/json", most: MOST_PAGE };
        endpoint.ask(&question, &asking.within(QUESTION))
    };
    // From 11.6 on; the older path is there in all versions so far, but is to be removed.
    let answer = match ask("/ca/v2/securityDomain/domainInfo") {
        Ok(Response { status: 404, .. }) => ask("/ca/rest/securityDomain/domainInfo"),
        answer => answer,
    };
    let body = body(answer, LiveQuestion::Members, None)?;
    members::read(&body).ok_or_else(|| Unanswered::new(LiveQuestion::Members, None, NoAnswer::NotUnderstood))
}

/// The body of an answer with status 200.
fn body(
    answer: Result<Response, FetchError>,
    question: LiveQuestion,
    point: Option<&str>,
) -> Result<Vec<u8>, Unanswered> {
    match answer {
        Ok(Response { status: 200, body }) => Ok(body),
        Ok(Response { status, .. }) => Err(other_status(question, point, status)),
        Err(why) => Err(unanswered(question, point, &why)),
    }
}

fn other_status(question: LiveQuestion, point: Option<&str>, status: u16) -> Unanswered {
    Unanswered { status: Some(status), ..Unanswered::new(question, point, NoAnswer::Status) }
}

fn unanswered(question: LiveQuestion, point: Option<&str>, why: &FetchError) -> Unanswered {
    let said = match why {
        FetchError::Failed(said) => Some(detail(said)),
        _ => None,
    };
    Unanswered { detail: said, ..Unanswered::new(question, point, reason(why)) }
}

/// Why a question has no answer.
pub(super) fn reason(why: &FetchError) -> NoAnswer {
    match why {
        FetchError::Closed => NoAnswer::Closed,
        FetchError::TimedOut => NoAnswer::TimedOut,
        FetchError::TooLong => NoAnswer::TooLong,
        FetchError::Broken => NoAnswer::NotHttp,
        FetchError::NoCurl => NoAnswer::NoCurl,
        FetchError::Interrupted(_) => NoAnswer::Interrupted,
        FetchError::Failed(_) => NoAnswer::Failed,
    }
}

/// What another program said, shortened.
fn detail(text: &str) -> String {
    text.chars().take(200).collect()
}
