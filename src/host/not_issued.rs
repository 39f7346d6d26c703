//! Why a CA issued no CRL.

use strum::{EnumDiscriminants, EnumIter, IntoStaticStr};

use super::curl::AgentFetchError;
use super::endpoint::FetchError;
use super::live::reason;
use crate::pki::{Crl, NoAnswer, Unanswered};

/// Why no CRL was issued at an issuing point.
#[derive(Clone, Debug, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(name(NotIssuedCode), derive(EnumIter, IntoStaticStr), strum(serialize_all = "kebab-case"))]
#[strum_discriminants(doc = "The stable names of [`NotIssued`].", allow(missing_docs))]
#[allow(missing_docs, reason = "the fields are the data of each variant's sentence")]
pub enum NotIssued {
    /// The running CA is a clone, or does not get initialized.
    CrlNotInitialized { cache_is_on: Option<bool> },
    /// Updates are off in the running CA.
    CrlUpdatesDisabled,
    /// It was being generated, and was not there in time.
    CrlStillInProgress { seconds: u64, is_scheduled: bool },
    /// The running CA does not know the issuing point.
    CrlPointUnknown,
    /// The CA failed.
    CrlServerError { said: String },
    /// The CA does not take the certificate for an agent's.
    NotAnAgent { said: Option<String> },
    /// The certificate or its key cannot be used.
    AgentCertificateUnusable { said: String },
    /// The server's certificate is not verified.
    ServerNotVerified { said: String },
    /// The question could not be asked, or its answer has another form.
    CrlNoAnswer { why: NoAnswer, status: Option<u16>, said: Option<String> },
    /// The CA said that it generated one, and the last CRL is still the one before.
    CrlNotRisen { crl: Option<Box<Crl>> },
    /// The CA said that it generated one, and it could not be read back.
    CrlNotReadBack { note: Unanswered },
    /// A signal arrived.
    IssueInterrupted { signal: u8 },
}

impl NotIssued {
    /// The stable name.
    pub fn code(&self) -> &'static str {
        NotIssuedCode::from(self).into()
    }

    pub(super) fn unanswered(note: Unanswered) -> NotIssued {
        NotIssued::CrlNoAnswer { why: note.why, status: note.status, said: note.detail }
    }

    /// Whether the other issuing points would fail for the same reason.
    pub fn concerns_all(&self) -> bool {
        matches!(
            self,
            NotIssued::NotAnAgent { .. }
                | NotIssued::AgentCertificateUnusable { .. }
                | NotIssued::ServerNotVerified { .. }
                | NotIssued::CrlNoAnswer { .. }
                | NotIssued::IssueInterrupted { .. }
        )
    }

    /// Whether the CA may have been asked, and may still do it.
    pub fn may_follow(&self) -> bool {
        matches!(
            self,
            NotIssued::CrlStillInProgress { .. }
                | NotIssued::CrlNoAnswer { status: None, .. }
                | NotIssued::CrlNotReadBack { .. }
                | NotIssued::IssueInterrupted { .. }
        )
    }
}

impl From<AgentFetchError> for NotIssued {
    fn from(error: AgentFetchError) -> NotIssued {
        match error {
            AgentFetchError::OwnCertificate(said) => NotIssued::AgentCertificateUnusable { said },
            AgentFetchError::ServerNotVerified(said) => NotIssued::ServerNotVerified { said },
            AgentFetchError::Refused(said) => NotIssued::NotAnAgent { said: Some(said) },
            AgentFetchError::Fetch(FetchError::Interrupted(signal)) => NotIssued::IssueInterrupted { signal },
            AgentFetchError::Fetch(error) => {
                let said = matches!(error, FetchError::Failed(_)).then(|| error.to_string());
                NotIssued::CrlNoAnswer { why: reason(&error), status: None, said }
            }
        }
    }
}
