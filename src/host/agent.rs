//! The certificate and key with which an agent of a CA authenticates, as files.
//!
//! They are given to curl by their paths. Nothing of them is kept, shown, or put into arguments.
#![allow(clippy::disallowed_methods, reason = "this module looks for files")]

use std::path::{Path, PathBuf};

use strum::{EnumDiscriminants, EnumIter, IntoStaticStr};
use thiserror::Error;

use super::curl::Agent;
use super::roots::Roots;
use super::small_file::{SmallFileError, read_small};

/// The agent of FreeIPA, and the certificate of its CA.
const IPA_CERTIFICATE: &str = "var/lib/ipa/ra-agent.pem";
const IPA_KEY: &str = "var/lib/ipa/ra-agent.key";
const IPA_CACERT: &str = "etc/ipa/ca.crt";
/// How long each of the files may be, in bytes.
const MOST: usize = 1024 * 1024;

/// The files that a command names.
#[derive(Clone, Copy, Debug, Default)]
pub struct AgentFiles<'f> {
    /// The certificate.
    pub certificate: Option<&'f Path>,
    /// The key; without it the certificate's file holds it too.
    pub key: Option<&'f Path>,
    /// The CA's certificate.
    pub cacert: Option<&'f Path>,
}

/// Why there is no agent to ask as.
#[derive(Debug, Error, EnumDiscriminants)]
#[strum_discriminants(name(AgentErrorCode), derive(EnumIter, IntoStaticStr), strum(serialize_all = "kebab-case"))]
#[strum_discriminants(doc = "The stable names of [`AgentError`].", allow(missing_docs))]
#[allow(missing_docs, reason = "each variant's message says what its fields are")]
pub enum AgentError {
    #[error("no agent's certificate is named, and there is none of FreeIPA at {}", looked_at.display())]
    NoAgentCertificate { looked_at: PathBuf },
    #[error("cannot read {}", path.display())]
    AgentFileUnreadable { path: PathBuf, source: SmallFileError },
    #[error("{} is the folder of an NSS database, and PEM is needed", path.display())]
    AgentFileIsNss { path: PathBuf },
    #[error("{} is PKCS#12, and PEM is needed", path.display())]
    AgentFileIsPkcs12 { path: PathBuf },
    #[error("there is no {what} in PEM in {}", path.display())]
    AgentFileLacks { path: PathBuf, what: &'static str },
    #[error("the key in {} is encrypted", path.display())]
    AgentKeyEncrypted { path: PathBuf },
}

impl AgentError {
    /// The error's stable name.
    pub fn code(&self) -> &'static str {
        AgentErrorCode::from(self).into()
    }
}

/// The agent that is named; else FreeIPA's, where it is.
///
/// # Errors
/// [`AgentError`], where there is none, or its files are not what curl needs.
pub fn find_agent(named: AgentFiles<'_>, roots: &Roots) -> Result<Agent, AgentError> {
    let [ipa_certificate, ipa_key, ipa_cacert] = [IPA_CERTIFICATE, IPA_KEY, IPA_CACERT].map(|path| roots.path(path));
    let (certificate, key) = match named.certificate {
        Some(certificate) => (absolute(certificate), absolute(named.key.unwrap_or(certificate))),
        None if ipa_certificate.exists() => (ipa_certificate, ipa_key),
        None => return Err(AgentError::NoAgentCertificate { looked_at: ipa_certificate }),
    };
    let cacert = named.cacert.map(absolute).or_else(|| ipa_cacert.exists().then_some(ipa_cacert));
    read(&certificate, "certificate", "-----BEGIN CERTIFICATE-----")?;
    let pem = read(&key, "private key", "PRIVATE KEY-----")?;
    if pem.contains("BEGIN ENCRYPTED PRIVATE KEY") || pem.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(AgentError::AgentKeyEncrypted { path: key });
    }
    if let Some(cacert) = &cacert {
        read(cacert, "certificate", "-----BEGIN CERTIFICATE-----")?;
    }
    Ok(Agent { certificate, key, cacert })
}

/// Whether there is an agent that nobody has to name.
pub fn agent_is_known(roots: &Roots) -> bool {
    find_agent(AgentFiles::default(), roots).is_ok()
}

/// curl takes a name without a slash for that of a certificate in a database.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The text of a file that must be PEM and hold something.
fn read(path: &Path, what: &'static str, mark: &str) -> Result<String, AgentError> {
    let path_owned = || path.to_owned();
    if path.is_dir() && ["cert9.db", "cert8.db"].iter().any(|name| path.join(name).exists()) {
        return Err(AgentError::AgentFileIsNss { path: path_owned() });
    }
    let bytes =
        read_small(path, MOST).map_err(|source| AgentError::AgentFileUnreadable { path: path_owned(), source })?;
    let text = String::from_utf8_lossy(&bytes);
    match text.contains(mark) {
        true => Ok(text.into_owned()),
        // DER begins with a sequence, and there is no other file of that kind that is named here.
        false if bytes.starts_with(b"\x30\x82") || bytes.starts_with(b"\x30\x80") => {
            Err(AgentError::AgentFileIsPkcs12 { path: path_owned() })
        }
        false => Err(AgentError::AgentFileLacks { path: path_owned(), what }),
    }
}
