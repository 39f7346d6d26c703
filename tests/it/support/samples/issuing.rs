//! One of each reason why a CRL is not issued, and of each error of an agent's files.

use std::path::PathBuf;

use pki_role::host::agent::{AgentError, AgentErrorCode};
use pki_role::host::issue_crl::Issue;
use pki_role::host::not_issued::{NotIssued, NotIssuedCode};
use pki_role::host::small_file::SmallFileError;
use pki_role::pki::{LiveQuestion, NoAnswer, Unanswered};
use strum::IntoEnumIterator;

fn agent(code: AgentErrorCode) -> AgentError {
    let path = PathBuf::from("/root/my agent.pem");
    match code {
        AgentErrorCode::NoAgentCertificate => AgentError::NoAgentCertificate { looked_at: path },
        AgentErrorCode::AgentFileUnreadable => {
            AgentError::AgentFileUnreadable { path, source: SmallFileError::NotFound }
        }
        AgentErrorCode::AgentFileIsNss => AgentError::AgentFileIsNss { path },
        AgentErrorCode::AgentFileIsPkcs12 => AgentError::AgentFileIsPkcs12 { path },
        AgentErrorCode::AgentFileLacks => AgentError::AgentFileLacks { path, what: "certificate" },
        AgentErrorCode::AgentKeyEncrypted => AgentError::AgentKeyEncrypted { path },
    }
}

/// All errors of an agent's files.
pub fn agents() -> Vec<AgentError> {
    AgentErrorCode::iter().map(agent).collect()
}

fn not_issued(code: NotIssuedCode) -> Vec<NotIssued> {
    let said = || "a reason".to_owned();
    vec![match code {
        NotIssuedCode::CrlNotInitialized => {
            return [Some(false), None].map(|cache_is_on| NotIssued::CrlNotInitialized { cache_is_on }).into();
        }
        NotIssuedCode::CrlUpdatesDisabled => NotIssued::CrlUpdatesDisabled,
        NotIssuedCode::CrlStillInProgress => NotIssued::CrlStillInProgress { seconds: 30, is_scheduled: true },
        NotIssuedCode::CrlPointUnknown => NotIssued::CrlPointUnknown,
        NotIssuedCode::CrlServerError => NotIssued::CrlServerError { said: said() },
        NotIssuedCode::NotAnAgent => NotIssued::NotAnAgent { said: Some(said()) },
        NotIssuedCode::AgentCertificateUnusable => NotIssued::AgentCertificateUnusable { said: said() },
        NotIssuedCode::ServerNotVerified => NotIssued::ServerNotVerified { said: said() },
        NotIssuedCode::CrlNoAnswer => {
            NotIssued::CrlNoAnswer { why: NoAnswer::Status, status: Some(500), said: Some(said()) }
        }
        NotIssuedCode::CrlNotRisen => NotIssued::CrlNotRisen { crl: None },
        NotIssuedCode::CrlNotReadBack => {
            let note = Unanswered::new(LiveQuestion::Crl, Some("MasterCRL"), NoAnswer::NoCrl);
            NotIssued::CrlNotReadBack { note }
        }
        NotIssuedCode::IssueInterrupted => NotIssued::IssueInterrupted { signal: 15 },
    }]
}

/// An issue for each reason why nothing was issued.
pub fn issues() -> Vec<Issue> {
    let reasons = NotIssuedCode::iter().flat_map(not_issued);
    reasons.map(|why| Issue { issued: Vec::new(), failed: vec![("Master CRL".to_owned(), why)] }).collect()
}
